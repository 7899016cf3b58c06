"""Erasing a contact: what it said is gone, here, at the other desks and out of the places of sync; that it was erased
stays, and what comes back from an old copy is not taken in."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from carrying import differing, shown
from samples import ADVISOR, HANDS, close_one, joins, signs
from seated import at_the_board
from sync.seats import Seats
from sync.test_rules import held

from keyboard import shown as comes  # isort: skip
from keyboard import type_in, until  # isort: skip
from screens.conftest import page as screen_text  # isort: skip

from spoc.cli import output
from spoc.model.errors import BadInput, NotAllowed
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.ledger.entry import Actor, Carried, Command
from spoc.model.values.reference import reference
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts, erasing
from spoc.storage.contacts.reading import listing
from spoc.storage.desk import Desk
from spoc.storage.desks import conflicts, standing
from spoc.storage.ledger.receive import carry
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify
from spoc.sync.folder import Folder
from spoc.sync.hub import Hub, prepare
from spoc.sync.segment import opened

NAMED = signs(Actor(b"named-number-001", "Nora Named", "named-professional"))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Seats]:
    """Two desks that hold the same two closed contacts."""
    seats = Seats(tmp_path, 2)
    for desk in seats.desks:
        close_one(desk.store)
    joins(seats.desks[0].store, NAMED)
    seats.until_quiet()
    yield seats
    seats.close()


def first(desk: Desk) -> bytes:
    return min(row.id for row in contacts.recent(desk.store, ADVISOR, 10))


def said_of(seats: Seats, transport: Folder | Hub) -> list[bytes]:
    """Every payload that lies in the place."""
    every = {each.id: each.verifying for each in seats.members}
    found = []
    for name in transport.list():
        if name.endswith(".seg"):
            _, entries = opened(seats.group, transport.get(name), lambda by, *said: by in every)
            found += [each.body for each in entries if each.body]
    return found


def test_what_was_erased_is_gone_at_every_desk_and_from_the_share(two: Seats) -> None:
    one, other = two.desks
    contact = first(one)
    payloads = [
        body
        for (body,) in one.store.reader.conn.execute(
            "SELECT payload.body FROM payload JOIN entry USING(entry_id) WHERE record = ?",
            (contact,),
        ).fetchall()
    ]
    kept = [each for each in carry_all(one) if each.body]
    with pytest.raises(NotAllowed):
        erasing.erase(one.store, ADVISOR, contact, "past its time")
    with pytest.raises(BadInput, match="why"):
        erasing.erase(one.store, NAMED, contact, " ")
    assert payloads and {*payloads} <= {*said_of(two, Folder(two.share))}
    assert erasing.erase(one.store, NAMED, contact, "past its time").result() > 5
    with pytest.raises(BadInput, match="already"):
        erasing.erase(one.store, NAMED, contact, "past its time").result()
    two.until_quiet()
    assert not {*payloads} & {*said_of(two, Folder(two.share))}
    for desk in two.desks:
        assert held(desk) == 1 and verify(desk.store).findings == ()
        (left,) = desk.store.reader.conn.execute(
            "SELECT count(*) FROM payload JOIN entry USING(entry_id) WHERE record = ? AND body NOT LIKE ?",
            (contact, b"%_void%"),
        ).fetchone()
        assert left == 0
        assert desk.store.receive(kept).problems == ()  # an old copy brings nothing back
        assert held(desk) == 1
    again = [two.sync(number) for number in (0, 1)]
    assert [(each.sent, each.received, each.problems) for each in again] == [(0, 0, ())] * 2
    (found,) = one.store.reader.conn.execute(
        "SELECT count(*) FROM search WHERE search MATCH 'molly'"
    ).fetchone()
    assert found == 1  # the contact that is left
    first_, second = shown(one.store), shown(other.store)
    assert [part for part in differing(first_, second) if part != "verify"] == []


def test_what_was_erased_is_gone_from_a_copy_of_a_file_too(two: Seats) -> None:
    for file in two.segments():
        shutil.copy(file, file.with_stem(f"{file.stem} - Copy"))
    store = two.desks[0].store
    contact = first(two.desks[0])
    said = "SELECT body FROM payload JOIN entry USING(entry_id) WHERE record = ?"
    erased = {body for (body,) in store.reader.conn.execute(said, (contact,)).fetchall()}
    erasing.erase(store, NAMED, contact, "past its time").result()
    two.until_quiet()
    for file in two.segments():
        _, entries = opened(two.group, file.read_bytes(), lambda *signed: True)
        assert not erased & {each.body for each in entries}, file.name


def carry_all(desk: Desk) -> list[Carried]:
    streams = desk.store.reader.conn.execute("SELECT DISTINCT stream FROM entry").fetchall()
    return [each for (stream,) in streams for each in carry(desk.store.reader, stream)]


def test_who_joins_later_takes_in_what_is_left_of_it(tmp_path: Path) -> None:
    seats = Seats(tmp_path, 3)
    try:
        close_one(seats.desks[0].store)
        close_one(seats.desks[1].store)
        joins(seats.desks[0].store, NAMED)
        for number in (0, 1, 0):
            seats.sync(number)
        erasing.erase(seats.desks[1].store, NAMED, first(seats.desks[1]), "past its time").result()
        for number in (1, 0, 1):
            assert seats.sync(number).problems == ()
        assert seats.sync(2).problems == ()
        assert [held(each) for each in seats.desks] == [1, 1, 1]
    finally:
        seats.close()


@pytest.mark.parametrize("part", [0, 3, 99], ids=["before it", "before the rest of it", "after it"])
def test_whenever_an_erasure_arrives_nothing_is_left_of_what_it_erases(
    tmp_path: Path, part: int
) -> None:
    seats = Seats(tmp_path, 2)
    try:
        one, other = (desk.store for desk in seats.desks)
        joins(one, NAMED)
        other.receive(carry_all(seats.desks[0]))
        contact = close_one(one, notes="Zebra crossing.")
        before = [each for each in carry_all(seats.desks[0]) if each.body]
        written = sorted(
            (each for each in before if json.loads(each.header)["act"] == act_of(one, contact)),
            key=lambda each: int(json.loads(each.header)["seq"]),
        )
        erasing.erase(one, NAMED, contact, "past its time").result()
        after = [each for each in carry_all(seats.desks[0]) if each not in before and each.body]
        erasures = [each for each in after if json.loads(each.header)["tbl"] == "erase"]
        other.receive(written[:part])
        other.receive(erasures)  # each is an act of its own, or waits for none
        other.receive(written)
        assert other.receive(after).problems == ()
        db = other.reader
        for name in ("payload", "held", "search", *other.tables):
            rows = db.conn.execute(f'SELECT * FROM "{name}"').fetchall()
            assert "zebra" not in repr(rows).casefold(), name
        assert contacts.find(other, ADVISOR, "zebra") == []
        assert verify(other).findings == ()
    finally:
        seats.close()


def test_what_was_erased_keeps_its_place_though_a_clock_was_a_day_behind(tmp_path: Path) -> None:
    seats = Seats(tmp_path, 2)
    try:
        joins(seats.desks[0].store, NAMED)
        contact = close_one(seats.desks[0].store)
        seats.until_quiet()
        other = seats.desks[1].store
        seats.clock(1).at -= timedelta(hours=24)
        on = {"category": contacts.get(other, ADVISOR, contact)[0].heads["category"]}
        neglect = Command("contact", contact, {"category": "neglect"}, on, "read again")
        other.act(ADVISOR, [neglect]).result()
        erasing.erase(other, NAMED, contact, "past its time").result()
        seats.until_quiet()
        for desk in seats.desks:
            assert verify(desk.store).findings == ()
    finally:
        seats.close()


def act_of(store: Store, record: bytes) -> str:
    (act,) = store.reader.conn.execute(
        "SELECT header ->> 'act' FROM entry WHERE record = ? ORDER BY seq LIMIT 1", (record,)
    ).fetchone()
    return str(act)


def test_on_a_hub_only_its_steward_takes_away_what_was_erased(two: Seats, hub: str) -> None:
    import psycopg

    prepare(hub, "service", {"north_desk": "one", "steward_desk": "two"})
    with psycopg.connect(hub, autocommit=True) as db:
        db.execute("GRANT spoc_steward TO steward_desk")
    north, steward = (
        Hub(hub.replace("keeper@", f"{each}@")) for each in ("north_desk:one", "steward_desk:two")
    )
    try:
        assert two.sync(0, north).problems == ()
        before = {*said_of(two, north)}
        erasing.erase(two.desks[0].store, NAMED, first(two.desks[0]), "past its time").result()
        (said,) = two.sync(0, north).problems
        assert "steward's login" in said and before <= {*said_of(two, north)}
        assert two.sync(0, steward).problems == ()
        assert not before <= {*said_of(two, north)}
        assert two.sync(0, north).problems == ()
    finally:
        north.close()
        steward.close()


async def test_in_the_app_it_is_asked_for_twice_and_goes_from_the_share_too(two: Seats) -> None:
    one, other = two.desks
    contact = first(one)
    ref = reference(contact)
    one.store.keyring.lent[NAMED.id] = HANDS[NAMED.id]
    said = "SELECT body FROM payload JOIN entry USING(entry_id) WHERE record = ?"
    payloads = {body for (body,) in one.store.reader.conn.execute(said, (contact,)).fetchall()}
    assert payloads & {*said_of(two, Folder(two.share))}
    for actor, may in ((ADVISOR, False), (NAMED, True)):
        page = ContactPage(replace(one, actor=actor), contact)
        assert bool(page.rights("erase")) == may
    async with at_the_board(one.store, actor=NAMED) as pilot:
        page = ContactPage(pilot.app.desk, contact)  # type: ignore[attr-defined]
        pilot.app.push_screen(page)
        await comes(pilot, ContactPage)
        await type_in(pilot, "z", "past its time", "<enter>")
        await until(pilot, lambda: "are you sure?" in screen_text(pilot))
        await type_in(pilot, "AAA-AAAA", "<enter>")
        await until(pilot, lambda: f"That is not {ref}" in screen_text(pilot))
        assert not is_erased(one, contact)
        await type_in(pilot, "z", "past its time", "<enter>")
        await until(pilot, lambda: "are you sure?" in screen_text(pilot))
        await type_in(pilot, ref, "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
    assert is_erased(one, contact)
    two.until_quiet()
    assert is_erased(other, contact)
    assert not payloads & {*said_of(two, Folder(two.share))}


def is_erased(desk: Desk, contact: bytes) -> bool:
    found = desk.store.reader.conn.execute(
        "SELECT 1 FROM entry AS own JOIN entry AS gone ON gone.tbl = 'erase' AND gone.record = own.entry_id"
        " WHERE own.record = ?",
        (contact,),
    )
    return found.fetchone() is not None


def added_meanwhile(seats: Seats) -> tuple[bytes, conflicts.ConflictSides]:
    """One desk erases a contact while another, which has not heard of it, adds a note and an action; both sync."""
    one, other = seats.desks
    contact = first(one)
    erasing.erase(one.store, NAMED, contact, "past its time").result()
    contacts.add_note(other.store, ADVISOR, contact, "Rang again: a new bruise.").result()
    seats.until_quiet()
    every = [conflicts.open_conflicts(desk.store, ADVISOR) for desk in seats.desks]
    assert every[0] == [replace(every[0][0])] and len(every[1]) == 1, "it is named at both desks"
    assert [standing.standing(desk.store, ADVISOR).conflicts for desk in seats.desks] == [1, 1]
    return contact, every[0][0]


def test_what_was_added_to_a_contact_erased_meanwhile_waits_until_somebody_decides(
    two: Seats,
) -> None:
    one, other = two.desks
    contact, conflict = added_meanwhile(two)
    assert (conflict.tbl, conflict.field, conflict.contact) == ("contact", "_void", contact)
    assert [side.value for side in conflict.sides] == [True, False]
    assert [side.who for side in conflict.sides] == ["Nora Named", "Ada Advisor"]
    conflicts.decide(one.store, ADVISOR, conflict, False).result()
    two.until_quiet()
    for desk in two.desks:
        assert conflicts.open_conflicts(desk.store, ADVISOR) == [] and held(desk) == 2
        (note,) = (
            each for each in contacts.get(desk.store, ADVISOR, contact) if each.tbl == "note"
        )
        assert note.values["text"] == "Rang again: a new bruise."
        assert verify(desk.store).findings == ()
    with pytest.raises(BadInput, match="Somebody changed it"):
        conflicts.decide(other.store, ADVISOR, conflict, True).result()


async def test_what_is_left_of_an_erased_contact_can_be_listed_and_opened(
    two: Seats, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no time of its own any more, only what another desk added to it."""
    contact, conflict = added_meanwhile(two)
    store = two.desks[0].store
    conflicts.decide(store, ADVISOR, conflict, False).result()
    every = list(listing.stream(store, ADVISOR, listing.ContactFilter()))
    (left,) = (each for each in every if each["id"] == contact.hex())
    for form in ("csv", "text", "json"):
        output.write(iter(every), form, CONTACT_FORM, "advisor", store.pack)
    assert capsys.readouterr().out.count(reference(contact)) >= 2
    lines = output.page_lines(left, CONTACT_FORM, store.pack)
    assert any("Its content is gone" in line for line in lines)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "l")
        screen = await comes(pilot, ContactsScreen)
        await until(pilot, lambda: len(screen.rows.items) == 2)
        screen.rows.marked = [row.id for row in screen.rows.items].index(contact)
        await type_in(pilot, "<enter>")
        await comes(pilot, ContactPage)
        await until(pilot, lambda: "Rang again: a new bruise." in screen_text(pilot))


def test_or_what_was_added_goes_with_it(two: Seats) -> None:
    _, conflict = added_meanwhile(two)
    conflicts.decide(two.desks[1].store, ADVISOR, conflict, True).result()
    two.until_quiet()
    for desk in two.desks:
        assert conflicts.open_conflicts(desk.store, ADVISOR) == [] and held(desk) == 1
        assert verify(desk.store).findings == ()
