"""Open work at two desks: a parked call becomes everybody's, and two who go on with it at once are both named."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, a_colleague, a_sheet
from screens.conftest import page
from seated import at_the_board
from sync.seats import Seats

from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import claims, drafts, sheets
from spoc.storage.desk import Desk
from spoc.storage.desks import conflicts


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    made = Seats(tmp_path, 2)
    yield made
    made.close()


def parked(desk: Desk) -> bytes:
    """A call parked at a desk until it is everybody's; gives its id."""
    draft = drafts.new(desk.store, ADVISOR)
    now = desk.store.now()
    sheet = a_sheet(now, parked_at=now.isoformat().replace("+00:00", "Z"))
    drafts.save(desk.store, draft, sheet).result()
    return draft.id


async def test_a_parked_call_that_two_desks_go_on_with_is_a_conflict_until_somebody_decides(
    seats: Seats,
) -> None:
    one, other = seats.desks
    contact = parked(one)
    bea, _ = a_colleague(one.store, "Bea Bird", "advisor")
    seats.until_quiet()
    assert contacts.still_open(other.store, ADVISOR) == []
    for number in (0, 1):
        seats.clock(number).step(minutes=16)
    for done in sheets.hand_on_overdue(one.store, ADVISOR):
        done.result()
    seats.until_quiet()
    (row,) = contacts.still_open(other.store, bea)
    assert row.id == contact

    for number in (0, 1):
        seats.clock(number).step(minutes=1)
    sheets.take_over(one.store, ADVISOR, contact).result()  # neither reaches the share
    taken = sheets.take_over(other.store, bea, contact).result()
    assert taken.sheet.children[0].name == a_sheet(one.store.now()).children[0].name
    seats.until_quiet()
    for desk in seats.desks:
        (found,) = conflicts.open_conflicts(desk.store, ADVISOR)
        assert (found.record, found.field) == (contact, "advisor")
        assert {each.value for each in found.sides} == {ADVISOR.id.hex(), bea.id.hex()}
    async with at_the_board(other.store, actor=bea, size=(80, 24)) as pilot:
        await type_in(pilot, "y")
        await shown(pilot, SyncScreen)
        await type_in(pilot, "c")
        await shown(pilot, ConflictsScreen)
        said = page(pilot)
        assert "who goes on with it" in said
        assert ADVISOR.id.hex() not in said and bea.id.hex() not in said
        await type_in(pilot, "1")
        await until(pilot, lambda: "Decided" in page(pilot))
    seats.until_quiet()
    kept = {
        str(desk.store.reader.conn.execute("SELECT hex(advisor) FROM contact").fetchone()[0])
        for desk in seats.desks
    }
    assert len(kept) == 1
    assert not any(conflicts.open_conflicts(desk.store, ADVISOR) for desk in seats.desks)


async def test_who_has_an_open_contact_open_at_another_desk_is_said_before_going_on_with_it(
    seats: Seats,
) -> None:
    one, other = seats.desks
    contact = parked(one)
    bea, _ = a_colleague(one.store, "Bea Bird", "advisor")
    for done in sheets.hand_on(one.store, ADVISOR, drafts.waiting(one.store, ADVISOR)):
        done.result()
    seats.until_quiet()
    for number in (0, 1):
        seats.clock(number).step(minutes=1)
    draft = sheets.take_over(other.store, bea, contact).result()
    assert claims.elsewhere(other.store, bea, contact) is None
    seats.until_quiet()
    async with at_the_board(one.store, size=(80, 24)) as pilot:
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
        said = " ".join(page(pilot).split())
        assert re.search(r"Bea Bird at Desk 1 has had it open since \d\d:\d\d\.", said)
        await type_in(pilot, "g")
        await until(pilot, lambda: "press g again" in page(pilot))
        assert drafts.waiting(one.store, ADVISOR) == []
        await type_in(pilot, "g")
        await shown(pilot, ContactScreen)
    contacts.leave_open(other.store, bea, draft, draft.sheet).result()  # nothing was changed in it
    seats.until_quiet()
    assert claims.elsewhere(one.store, ADVISOR, contact) is None
    claim = claims.elsewhere(other.store, bea, contact)
    assert claim and (claim.who, claim.where) == ("Ada Advisor", "Desk 0")


async def test_g_goes_on_at_once_where_nobody_else_has_it_open(seats: Seats) -> None:
    one, _ = seats.desks
    parked(one)
    for done in sheets.hand_on(one.store, ADVISOR, drafts.waiting(one.store, ADVISOR)):
        done.result()
    async with at_the_board(one.store) as pilot:
        await type_in(pilot, "<enter>", "g")
        await shown(pilot, ContactScreen)


@pytest.mark.parametrize("ends", ["closes", "leaves"])
async def test_what_is_typed_into_a_contact_that_another_desk_closes_meanwhile_is_added_to_it(
    seats: Seats, ends: str
) -> None:
    one, other = seats.desks
    contact = parked(one)
    bea, _ = a_colleague(one.store, "Bea Bird", "advisor")
    for done in sheets.hand_on(one.store, ADVISOR, drafts.waiting(one.store, ADVISOR)):
        done.result()
    seats.until_quiet()
    async with at_the_board(one.store, size=(80, 24)) as pilot:
        await type_in(pilot, "<enter>", "g")
        call = await shown(pilot, ContactScreen)
        taken = sheets.take_over(other.store, bea, contact).result()
        hers = replace(taken.sheet, notes=f"{taken.sheet.notes} Bea rang back.")
        contacts.close(other.store, bea, taken, hers).result()
        seats.until_quiet()
        await type_in(pilot, "@notes", " Ada saw the mother.")
        await until(pilot, lambda: "saved" in page(pilot) and "NOT SAVED" not in page(pilot))
        if ends == "closes":
            await type_in(pilot, "<f2>")
            await shown(pilot, BoardScreen)
        else:
            await type_in(pilot, "<ctrl+q>")
            await shown(pilot, LeaveScreen)
            await type_in(pilot, "l")
            await until(pilot, lambda: pilot.app._exit)
    assert call.sheet and drafts.waiting(one.store, ADVISOR) == []
    seats.until_quiet()
    for desk in seats.desks:
        assert contacts.still_open(desk.store, ADVISOR) == []
        found = {each.field: each for each in conflicts.open_conflicts(desk.store, ADVISOR)}
        assert {*found} == {"advisor", "text"}, "nobody decides between two times of closing"
        said = " ".join(str(each.value) for each in found["text"].sides)
        assert "Bea rang back." in said and "Ada saw the mother." in said
