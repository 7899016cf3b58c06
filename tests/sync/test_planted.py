"""Faults that are planted into the merge and into sync, one by one: each is caught by a day that is known to bring
it out, and that day ends well without it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from samples import ADVISOR
from sync.faulty_places import Table
from sync.machine import Desks

from spoc.model.errors import Refusal
from spoc.model.ledger import fold
from spoc.storage.contacts import contacts
from spoc.storage.desks import conflicts, places
from spoc.storage.ledger import projection, receive
from spoc.storage.store import Store
from spoc.sync import run, sending
from spoc.sync.folder import Folder
from spoc.sync.hub import Hub, prepare
from spoc.sync.segment import SegmentHeader

Patch = pytest.MonkeyPatch


@contextmanager
def day(kind: str, request: pytest.FixtureRequest) -> Iterator[Desks]:
    """Two desks that hold one open contact, and their share or hub."""
    machine = Desks()
    if kind == "hub":
        dsn = request.getfixturevalue("hub")
        prepare(dsn)
        machine.at = lambda place: Table(dsn)
    machine.begin()
    try:
        yield machine
    finally:
        machine.seats.close()
        machine.place.close()
        shutil.rmtree(machine.folder, ignore_errors=True)


# -- days ------------------------------------------------------------------------------------------------


def torn(machine: Desks) -> None:
    """What was sent is torn before the other has seen it."""
    before = {*machine.place.files()}
    machine.call(0)
    machine.sync(0)
    for fresh in {*machine.place.files()} - before:
        machine.place.tear(fresh)
    machine.sync(1)
    machine.call(1)
    machine._heal()


def both_amend(machine: Desks) -> None:
    """Both say something of one field, neither having seen the other's; one has the form open meanwhile."""
    one, other = machine.seats.desks
    (contact,) = (each.id for each in contacts.still_open(one.store, ADVISOR))
    opened = contacts.get(one.store, ADVISOR, contact)[0]
    theirs = contacts.get(other.store, ADVISOR, contact)[0]
    contacts.amend(other.store, ADVISOR, theirs, {"category": "neglect"}, "heard so").result()
    machine.sync(1)
    machine.sync(0)
    contacts.amend(one.store, ADVISOR, opened, {"category": "sexual"}, "heard so").result()
    machine._heal()
    for desk in machine.seats.desks:
        found = conflicts.open_conflicts(desk.store, ADVISOR)
        assert [{side.value for side in each.sides} for each in found] == [{"neglect", "sexual"}]


def one_number(machine: Desks) -> None:
    """Two programs write under one name: another entry already has the number."""
    one, other = machine.seats.desks
    machine.seats.until_quiet()
    stream = bytes.fromhex(str(run.local(one.store.reader, "stream")))
    (header,) = one.store.reader.conn.execute(
        "SELECT header FROM entry WHERE stream = ? AND seq = 2", (stream,)
    ).fetchone()
    body = one.store.reader.conn.execute(
        "SELECT body FROM payload JOIN entry USING(entry_id) WHERE stream = ? AND seq = 2",
        (stream,),
    ).fetchone()[0]
    header = header.replace(b'"at":"2026', b'"at":"2025')
    done = other.store.receive([receive.Carried(header, body)])
    assert done.problems or done.waiting, "it was taken for the one that is there"


def at_one_moment(machine: Desks) -> None:
    """Both say something of one field in the same millisecond, and each hears of the other's later."""
    for desk, said in zip(machine.seats.desks, ("neglect", "sexual"), strict=True):
        (contact,) = (each.id for each in contacts.still_open(desk.store, ADVISOR))
        part = contacts.get(desk.store, ADVISOR, contact)[0]
        contacts.amend(desk.store, ADVISOR, part, {"category": said}, "heard so").result()
    machine._heal()


def a_later_version(machine: Desks) -> None:
    """One desk has a later program, which knows a field that the other does not."""
    machine.know_a_later_field(0)
    machine._heal()


# -- faults -----------------------------------------------------------------------------------------------


def forgets_to_heal(patch: Patch) -> None:
    """A file that is gone or torn is not written again."""
    patch.setattr(places, "lost", lambda db, place, listed: iter(()))


def marks_unread_as_seen(patch: Patch) -> None:
    """What is torn counts as taken in."""
    whole = run.opened

    def opened(group: Any, data: bytes, verify: Any) -> Any:
        try:
            return whole(group, data, verify)
        except run.BadSegment:
            return SegmentHeader(os.urandom(16), 1, 1, b""), []

    for each in (run, sending):
        patch.setattr(each, "opened", opened)


def takes_for_sent_what_is_not_there(patch: Patch) -> None:
    """What is sent is noted though the file never came to the share."""
    for each in (Folder, Hub):

        def put_new(self: Any, name: str, data: bytes, put: Any = each.put_new) -> None:
            if name.endswith("group.json") or "heads" in name:
                put(self, name, data)

        patch.setattr(each, "put_new", put_new)


def last_writer_wins(patch: Patch) -> None:
    """Of two who differ the later one stands, and nothing is said of the other."""
    whole = projection.fold_for_desk

    def shown_(tbl: str, entries: Any, *more: Any) -> Any:
        return replace(whole(tbl, entries, *more), differing={}, conflicts={})

    patch.setattr(projection, "fold_for_desk", shown_)


def takes_the_base_at_save(patch: Patch) -> None:
    """What is saved names as seen what stands when it is saved, not what was shown when the form was opened."""
    whole = Store.append

    def append(self: Store, db: Any, actor: Any, commands: Any, *more: Any, **named: Any) -> Any:
        fresh = []
        for each in commands:
            row = (
                db.conn.execute(f'SELECT _heads FROM "{each.tbl}" WHERE id = ?', (each.record,))
                if each.tbl in self.tables
                else None
            )
            found = row.fetchone() if row else None
            heads = projection.json.loads(found[0]) if found else {}
            on = {name: tuple(heads[name]) for name in each.fields if name in heads}
            fresh.append(replace(each, parents={**each.parents, **on}))
        return whole(self, db, actor, fresh, *more, **named)

    patch.setattr(Store, "append", append)


def knows_entries_by_their_number_alone(patch: Patch) -> None:
    """An entry with a known number is taken for the same one."""

    def is_there(db: Any, entry: Any) -> bool:
        found = db.conn.execute(
            "SELECT 1 FROM entry WHERE stream = ? AND seq = ?", (entry.stream, entry.seq)
        )
        return found.fetchone() is not None

    patch.setattr(receive, "_is_there", is_there)


def breaks_ties_by_arrival(patch: Patch) -> None:
    """Of two at one moment the one shows that came to this desk later."""
    whole = projection.fold_for_desk

    def entries_of(db: Any, tbl: str, record: bytes) -> Any:
        found = db.conn.execute(
            "SELECT entry.header, payload.body FROM entry LEFT JOIN payload USING(entry_id)"
            " WHERE entry.record = ? AND entry.tbl = ? ORDER BY entry.rowid",
            (record, tbl),
        )
        return [projection.decode(*each, db.opens) for each in found.fetchall()]

    def shown_(tbl: str, entries: Any, *more: Any) -> Any:
        every = list(entries)
        folded = whole(tbl, every, *more)
        came = {each.id: number for number, each in enumerate(every)}
        said = {
            name: tuple(sorted(told, key=lambda one: -came[one.entry.id]))
            for name, told in folded.differing.items()
        }
        values = {**folded.values, **{name: told[0].value for name, told in said.items()}}
        return replace(folded, differing=said, values=values)

    patch.setattr(projection, "entries_of", entries_of)
    patch.setattr(projection, "fold_for_desk", shown_)


def drops_what_it_does_not_know(patch: Patch) -> None:
    """A field that no column holds is let go."""
    patch.setattr(projection, "columns", lambda table, folded: (fold.columns(table, folded)[0], {}))


FAULTS: dict[Callable[[Patch], None], Callable[[Desks], None]] = {
    forgets_to_heal: torn,
    marks_unread_as_seen: torn,
    takes_for_sent_what_is_not_there: torn,
    last_writer_wins: both_amend,
    takes_the_base_at_save: both_amend,
    knows_entries_by_their_number_alone: one_number,
    breaks_ties_by_arrival: at_one_moment,
    drops_what_it_does_not_know: a_later_version,
}


# What the place has no part in is tried at a hub in the long form only.
AT = [
    (fault, kind)
    for fault, goes in FAULTS.items()
    for kind in ("share", "hub")
    if kind == "share" or goes is torn or os.environ.get("SPOC_SOAK")
]


def called(one: object) -> str:
    return getattr(one, "__name__", str(one))


@pytest.mark.long
@pytest.mark.parametrize(
    ("goes", "kind"), dict.fromkeys((FAULTS[fault], kind) for fault, kind in AT), ids=called
)
def test_each_day_ends_well(
    goes: Callable[[Desks], None], kind: str, request: pytest.FixtureRequest
) -> None:
    with day(kind, request) as machine:
        goes(machine)


@pytest.mark.long
@pytest.mark.parametrize(("fault", "kind"), AT, ids=called)
def test_each_planted_fault_is_caught(
    fault: Callable[[Patch], None],
    kind: str,
    request: pytest.FixtureRequest,
    monkeypatch: Patch,
) -> None:
    with day(kind, request) as machine, monkeypatch.context() as patched:
        fault(patched)
        with pytest.raises((AssertionError, Refusal)):
            FAULTS[fault](machine)
