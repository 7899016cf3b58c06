"""Adding to a child's household: who is known already is offered, and nobody is taken unasked."""

from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, close_one
from screens.conftest import page
from screens.test_who_is_like import RILEY, TYLER, child_of, lines, said
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Person
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.member import CHOOSE, MemberScreen
from spoc.storage.persons import statements
from spoc.storage.store import Store


def persons(store: Store) -> list[str]:
    rows = store.reader.conn.execute("SELECT name FROM person WHERE kind <> 'professional'")
    return sorted(name for (name,) in rows if name)


async def asked(pilot: Pilot[Any], child: bytes) -> MemberScreen:
    """The form for somebody of this child's household."""
    pilot.app.push_screen(ChildPage(pilot.app.desk, child, "test"))
    await shown(pilot, ChildPage)
    await type_in(pilot, "m")
    return await shown(pilot, MemberScreen)


def offered(form: MemberScreen) -> list[str]:
    return [each.name for each in form.strip.offered]


async def test_a_known_twin_joins_the_household_as_the_child_they_are(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    riley = child_of(store, close_one(store, children=(RILEY,)))
    before = persons(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        form = await asked(pilot, tyler)
        await until(pilot, lambda: form.slots["until"].region.y > 0)
        assert len({each.region.y for each in form.slots.values()}) == len(form.order)
        assert all(each.region.x > 0 and each.region.width > 9 for each in form.slots.values())
        await type_in(pilot, "brook")
        await until(pilot, lambda: offered(form) == ["Brook, Riley", "brook"])
        assert form.strip.marked is None
        await type_in(pilot, "<down>", "<enter>", "t", "<f2>")
        page = await shown(pilot, ChildPage)
        await until(pilot, lambda: "Brook, Riley" in lines(pilot))
        assert any(
            "household" in line and "Brook, Riley: " in line for line in lines(pilot).splitlines()
        )
        assert persons(store) == before
        links = store.reader.conn.execute("SELECT person, other, relation FROM household")
        assert links.fetchall() == [(tyler, riley, "twin")]
        assert page.shown and page.shown.record.siblings == ((riley, "Brook, Riley"),)


async def test_a_known_name_is_neither_taken_nor_made_anew_unasked(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    close_one(store, children=(RILEY,))
    before = persons(store)
    async with at_the_board(store) as pilot:
        form = await asked(pilot, tyler)
        await type_in(pilot, "Brook, Riley", "<enter>", "s", "<f2>")
        await until(pilot, lambda: said(form) == CHOOSE)
        assert form.slot == "name" and persons(store) == before
        await type_in(pilot, "<up>")
        assert form.strip.marked and form.strip.marked.words == "somebody new"
        await type_in(pilot, "<enter>", "<f2>")
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "Brook, Riley" in lines(pilot))
        assert persons(store) == sorted([*before, "Brook, Riley"])


async def test_who_was_chosen_no_longer_counts_once_the_name_is_changed(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    close_one(store, children=(RILEY,))
    async with at_the_board(store) as pilot:
        form = await asked(pilot, tyler)
        await type_in(pilot, "Riley", "<down>", "<enter>", "<shift+tab>")
        assert form.who is not None
        await type_in(pilot, "Brook")
        assert form.slots["name"].value == "Brook" and form.who is None
        await type_in(pilot, "<enter>", "s", "<f2>")
        await until(pilot, lambda: said(form) == CHOOSE)


async def test_somebody_nobody_knows_needs_no_choosing(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    async with at_the_board(store) as pilot:
        form = await asked(pilot, tyler)
        await type_in(pilot, "Osei, Ama")
        assert offered(form) == []
        await type_in(pilot, "<enter>", "m", "<f2>")
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "Osei, Ama" in lines(pilot))


def test_nobody_belongs_to_their_own_household(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    own = {"other": tyler.hex(), "relation": "twin"}
    with pytest.raises(BadInput, match="Nobody belongs to their own household"):
        statements.add_member(store, ADVISOR, tyler, own)


async def test_no_phrase_of_a_childs_headline_breaks_at_the_end_of_a_line(store: Store) -> None:
    child = Person("Brook-Abernathy, Tyler", "child", dob="2026-07-19")
    one = child_of(store, close_one(store, children=(child,)))
    async with at_the_board(store, size=(80, 24)) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, one, "test"))
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "no NHS number" in page(pilot))
        assert "no GP recorded" in page(pilot)
