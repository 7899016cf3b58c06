"""The page of a call: quiet until it matters, room for words, and back to where one was."""

from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, a_sheet, close_one
from screens.conftest import page
from seated import at_the_board
from textual.widgets import Static

from spoc.model.forms.sheet import Action, Person
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store

HALF = ("n", "@caller", "Reed, Amy", "<enter>", "@service", "ae", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "k", "<enter>", "@child")  # fmt: skip


async def test_what_is_missing_shows_once_half_is_typed_or_it_was_to_be_closed(
    store: Store,
) -> None:
    async with at_the_board(store, size=(120, 36)) as pilot:
        await type_in(pilot, "n", "Reed")
        call = await shown(pilot, ContactScreen)
        side = call.query_one("#side", Static)
        await until(pilot, lambda: "To ask" in str(side.content))
        assert "Before it closes" not in str(side.content)
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: "Before it closes" in str(side.content))
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        await type_in(pilot, *HALF, "Brook, Ty", "<enter>", "190726", "<enter>", "9991234500", "<enter>", "@where_now", "ed", "<enter>", "@category", "p", "<enter>", "@record_number", "77", "<enter>")  # fmt: skip
        call = await shown(pilot, ContactScreen)
        side = call.query_one("#side", Static)
        await until(pilot, lambda: "Before it closes" in str(side.content))
        assert "999 123 4500" in page(pilot), "a number stands whole"


async def test_notes_take_the_free_room_the_time_is_a_key_and_a_call_is_resumed_where_one_was(
    store: Store,
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "Reed", "@notes")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.slot == "notes" and call.has_class("-writing"))
        await until(pilot, lambda: call.page.size.height == 5)
        await type_in(pilot, "<alt+t>", "seen", "<left>", "<left>")
        await until(pilot, lambda: call.page.text == "09:00 seen")
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        await type_in(pilot, "1", "X")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.page.text == "09:00 seXen")


async def test_in_a_narrow_header_the_child_is_the_last_to_be_cut(
    store: Store, clock: Clock
) -> None:
    """What else is said there becomes shorter first, then the caller's forename, then the child's."""
    at = utc_text(store.now())
    close_one(store, actions=(Action("call-back", "desk", "1h", at),))
    people = {
        "Reed, Amy": "Brook, Ty",
        "Okonkwo-Fife, Amarachi": "Abernathy-Fox, Maximilian",
        "Okonkwo-Featherstonehaugh, Amarachi": "Brook-Abernathy, Maximilian",
    }
    for caller, child in people.items():
        draft = drafts.new(store, ADVISOR)
        sheet = a_sheet(store.now(), caller=Person(caller), children=(Person(child, "child"),))
        drafts.save(store, draft, sheet).result()
    clock.step(hours=2)
    heads = []
    async with at_the_board(store, size=(80, 24)) as pilot:
        for number in "123":
            await type_in(pilot, number)
            call = await shown(pilot, ContactScreen)
            await until(pilot, lambda call=call: "2 parked" in call.header.state)
            heads.append(page(pilot).splitlines()[0].split("  1 overdue   call ")[0].strip())
            await type_in(pilot, "<escape>")
            await shown(pilot, BoardScreen)
    assert heads == [
        "Reed, Amy · Brook, Ty",
        "Okonkwo-Fife, A. · Abernathy-Fox, M.",
        "Brook-Abernathy, Maximilian",
    ]
