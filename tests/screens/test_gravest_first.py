"""A child who is known: what matters most is said first, then the last contact; nothing is hidden behind it."""

from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one
from seated import at_the_board
from textual.widgets import Static

from spoc.model.forms.sheet import Person
from spoc.screens.call.contact import ContactScreen
from spoc.storage.contacts import outcomes
from spoc.storage.store import Store

TY = Person("Brook, Ty", "child", dob="2026-07-19")


async def test_a_section_47_and_a_stop_come_before_the_last_outcome(
    store: Store, clock: Clock
) -> None:
    contact = close_one(store, children=(TY,), many={"issues": ("forced-marriage",)})
    outcomes.add(store, ADVISOR, contact, "s47-begun").result()
    clock.step(minutes=20)
    outcomes.add(store, ADVISOR, contact, "advice-accepted").result()
    clock.step(minutes=20)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(
            pilot,
            "n",
            "<enter>",
            "ed",
            "<enter>",
            "nurse",
            "<enter>",
            "1",
            "<enter>",
            "k",
            "<enter>",
            "brook",
            "<enter>",
        )
        call = await shown(pilot, ContactScreen)
        await until(
            pilot, lambda: "earlier contact" in str(call.query_one("#message", Static).content)
        )
        said = str(call.query_one("#message", Static).content)
        assert (
            said.index("DO NOT TELL") < said.index("Section 47") < said.index("1 earlier contact")
        )
        assert said.index("1 earlier contact") < said.index("Advice accepted")


async def test_a_twin_is_named_the_moment_a_child_is_picked_and_not_once_both_are_named(
    store: Store,
) -> None:
    born = {"dob": "2020-01-19"}
    for name in ("Brook, Tyler", "brook, Riley", "Brooks, Ann", "Lane, Ivy"):
        close_one(store, children=(Person(name, "child", **born),))
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        call._go("child")
        await type_in(pilot, "brook, tyler", "<enter>")
        said = call.query_one("#message", Static)
        await until(pilot, lambda: "TWIN? brook, Riley, born the same day" in str(said.content))
        assert "Brooks" not in str(said.content) and "Lane" not in str(said.content)
        call._go("child")
        await type_in(pilot, "brook, riley", "<enter>")
        await until(pilot, lambda: len(call.sheet.children) == 2)
        assert "TWIN?" not in str(said.content)
