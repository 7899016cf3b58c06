"""How old a child is, as a caller says it: typed in Born, in the walk and on a contact's page."""

from typing import Any

import pytest
from keyboard import CALLER, shown, type_in, until
from samples import ADVISOR, Clock, close_one
from seated import at_the_board
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.model.forms.sheet import Person
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.store import Store

NAMED = (*CALLER, "Brook, Ty", "<enter>")


async def the_call(pilot: Pilot[Any], *steps: str) -> Any:
    await type_in(pilot, *steps)
    return await shown(pilot, ContactScreen)


def said(screen: Any) -> str:
    return str(screen.query_one("#message", Static).content)


@pytest.mark.parametrize(
    ("typed", "age", "dob"),
    [
        ("4/12", "4m", ""),
        ("3/52", "3w", ""),
        ("5/7", "5d", ""),
        ("15", "15y", ""),
        ("15y", "15y", ""),
        ("4 months", "4m", ""),
        ("-4m", "4m", ""),
        ("190726", "", "2026-07-19"),
        ("2026-07-19", "", "2026-07-19"),
    ],
)
async def test_an_age_in_born_is_kept_as_an_age_and_a_day_as_a_day(
    store: Store, typed: str, age: str, dob: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, *NAMED, typed, "<enter>")
        await until(pilot, lambda: call.sheet.children and call.slot == "child.ref")
        child = call.sheet.children[0]
        assert (child.age, child.dob, child.age_on) == (age, dob, "2026-11-20" if age else "")
        if age:
            assert "on 20 Nov" in call.first_page.places["child.date"].words


async def test_what_may_be_an_age_or_a_day_shows_both_and_none_is_marked(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, *NAMED, "4/12")
        await until(pilot, lambda: len(call.strip.offered) == 2)
        assert [each.name for each in call.strip.offered] == ["4 months", "4 Dec 2025"]
        assert call.strip.marked is None
        await type_in(pilot, "<down>", "<down>", "<enter>")
        await until(pilot, lambda: call.slot == "child.ref")
        assert (call.sheet.children[0].dob, call.sheet.children[0].age) == ("2025-12-04", "")


@pytest.mark.parametrize(
    ("typed", "edd"),
    [("30/40", "2027-01-29"), ("30+2", "2027-01-27"), ("30 weeks", "2027-01-29"), ("120227", "2027-02-12")],
)  # fmt: skip
async def test_a_gestation_gives_an_unborn_baby_a_due_date(
    store: Store, typed: str, edd: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, *NAMED[:-2], "ub", "<enter>", typed, "<enter>")
        await until(pilot, lambda: call.slot == "child.ref")
        assert call.sheet.children[0].edd == edd


@pytest.mark.parametrize("typed", ["211126", "21/11/26", "21/11/2026", "12/3/45"])
async def test_a_birth_to_come_is_refused_and_stays_as_it_was_typed(
    store: Store, typed: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, *NAMED, typed, "<enter>")
        await until(pilot, lambda: "still to come" in said(call))
        assert not call.sheet.children[0].dob and call.sheet.children[0].typed == {
            "child.date": typed
        }


@pytest.mark.parametrize(
    ("child", "typed", "asks"),
    [("Brook, Ty", "12031985", "41 years"), ("Brook, Ty", "41", "41 years"), ("ub", "121227", "12 months to go")],
)  # fmt: skip
async def test_what_is_unlikely_of_a_birth_needs_a_yes(
    store: Store, child: str, typed: str, asks: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, *NAMED[:-2], child, "<enter>", typed, "<enter>")
        await until(pilot, lambda: "is that right" in said(call))
        assert asks in said(call)
        held = call.sheet.children[0]
        assert not (held.dob or held.age or held.edd), "it is not taken"
        await type_in(pilot, "<shift+tab>", "<down>", "<enter>")
        await until(pilot, lambda: call.slot == "child.ref")
        held = call.sheet.children[0]
        assert (held.dob or held.age or held.edd) and not held.doubt


async def test_a_wrong_year_does_not_take_a_stop_away(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(
            pilot, *NAMED, "4/12", "<enter>", "@where_now", "ed", "<enter>", "@category", "p", "<enter>", "@issues", "burn", "<enter>"
        )  # fmt: skip
        await until(pilot, lambda: "T2" in [each.code for each in call.now.stops])
        call._go("child.date")
        await type_in(pilot, "<home>", *["<delete>"] * 8, "211126", "<enter>")
        await until(pilot, lambda: "still to come" in said(call))
        assert "T2" in [each.code for each in call.now.stops]


@pytest.mark.parametrize(
    ("typed", "age"), [("4", "4y"), ("4/12", "4m"), ("15y", "15y"), ("3 wks", "3w")]
)
async def test_the_walk_takes_an_age_and_not_the_number_of_a_band(
    store: Store, typed: str, age: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(
            pilot, *NAMED, "@where_now", "ed", "<enter>", "@category", "p", "<enter>"
        )
        call._go("age_band")
        await type_in(pilot, typed, "<enter>")
        await until(pilot, lambda: call.asking and call.asking != "age_band")
        assert call.sheet.children[0].age == age
        assert not call.sheet.values.get("age_band")
        call._go("age_band")
        assert call.walk.line.value, "it can be gone back to"


async def test_the_age_of_a_child_whom_nobody_named_is_kept_with_the_contact(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(
            pilot,
            *NAMED[:-2],
            "nn",
            "<enter>",
            "@where_now",
            "ed",
            "<enter>",
            "@category",
            "p",
            "<enter>",
        )
        call._go("age_band")
        await type_in(pilot, "4/12", "<enter>")
        await until(pilot, lambda: call.sheet.values.get("age") == "4m")
        assert call.now.facts.months == ((4, 4),)


async def test_a_known_childs_record_stands_and_an_age_that_fits_it_changes_nothing(
    store: Store, clock: Clock
) -> None:
    close_one(store, children=(Person("Brook, Ty", "child", dob="2026-07-19"),))
    clock.step(hours=1)
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, *NAMED[:-2], "brook", "<enter>")
        await until(pilot, lambda: call.sheet.children)
        call._go("child.date")
        await type_in(pilot, "<home>", *["<delete>"] * 12, "4/12", "<enter>")
        await until(pilot, lambda: call.slot != "child.date")
        assert (call.sheet.children[0].dob, call.sheet.children[0].age) == ("2026-07-19", "")
        call._go("child.date")
        await type_in(pilot, "<home>", *["<delete>"] * 12, "9/12", "<enter>")
        await until(pilot, lambda: "recorded differently" in said(call))


async def test_on_a_page_a_birth_is_read_as_in_a_call(store: Store) -> None:
    contact = close_one(store, children=(Person("Brook, Ty", "child", age="4m", age_on="2026-11-20"),))  # fmt: skip
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        lines = [(line.label, line.text) for line in page.rows.items]
        assert ("Born", "about 4 months on 20 Nov 2026") in lines
        page.rows.marked = lines.index(("Born", "about 4 months on 20 Nov 2026"))
        await type_in(pilot, "a")
        card = await shown(pilot, AmendScreen)
        await type_in(pilot, "12031985", "<enter>", "read back", "<enter>")
        await until(pilot, lambda: "is that right" in said(card))
        assert pilot.app.screen is card, "what is unlikely is not written by one more Enter"
        card.set_focus(card.value)
        await type_in(pilot, "<home>", *["<delete>"] * 8, "190726", "<enter>", "<enter>")
        await until(pilot, lambda: pilot.app.screen is page)
    child = next(each for each in contacts.get(store, ADVISOR, contact) if each.part == "child")
    assert (child.values["dob"], child.values["age"]) == ("2026-07-19", None)
