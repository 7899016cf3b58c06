"""The rules of sync, each broken on purpose: what is forged, swapped or copied is refused and named, and what a
share loses or a clock gets wrong costs nobody a record."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from carrying import differing, shown
from samples import ADVISOR, GENERIC, KEY, PRIVATE, Clock, a_colleague, a_sheet
from sync.seats import Seats

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import canonical
from spoc.storage import keyring, sealing
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places, shut_out, standing
from spoc.storage.driver import Database
from spoc.storage.ledger import audit
from spoc.storage.migrations import local
from spoc.storage.start import start
from spoc.storage.store import DB_NAME
from spoc.sync import segment
from spoc.sync.folder import Folder
from spoc.sync.segment import SegmentHeader
from spoc.sync.transport import PlaceGone


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Seats]:
    """Two desks that hold the same: one open contact."""
    seats = Seats(tmp_path, 2)
    call(seats.desks[0])
    seats.until_quiet()
    yield seats
    seats.close()


def call(desk: Desk) -> bytes:
    """An open contact at a desk."""
    draft = drafts.new(desk.store, ADVISOR)
    contacts.leave_open(desk.store, ADVISOR, draft, a_sheet(desk.store.now())).result()
    return contacts.still_open(desk.store, ADVISOR)[0].id


def held(desk: Desk) -> int:
    return len(contacts.recent(desk.store, ADVISOR, 1000))


def agree(seats: Seats) -> None:
    seats.until_quiet()
    first = shown(seats.desks[0].store)
    for each in seats.desks[1:]:
        other = shown(each.store)
        assert not [part for part in differing(first, other) if part != "verify"]


# -- S7: what is swapped, replayed or signed by another ------------------------------------------------


def test_a_file_under_another_ones_name_is_refused_and_named(two: Seats) -> None:
    before = {*two.segments()}
    call(two.desks[0])
    two.sync(0)
    (fresh,) = {*two.segments()} - before
    whole = fresh.read_bytes()
    fresh.write_bytes(min(before).read_bytes())  # an old one is replayed in its place
    done = two.sync(1)
    assert held(two.desks[1]) == 1
    (said,) = done.problems
    assert fresh.name in said and "renamed" in said
    fresh.write_bytes(whole)
    assert two.sync(1).problems == () and held(two.desks[1]) == 2


@pytest.mark.parametrize("forged", ["other-signature", "other-header", "stranger"])
def test_a_file_that_its_desk_did_not_sign_is_refused_and_named(two: Seats, forged: str) -> None:
    call(two.desks[0])
    store = two.desks[0].store
    stream = bytes.fromhex(str(local(store.reader, "stream")))
    entries = [each for _, _, each in places.entries(store.reader, stream, 0)]
    by = {"stranger": os.urandom(16)}.get(forged, two.members[0].id)
    name, data = segment.sealed(
        two.group, SegmentHeader(stream, 1, len(entries), by), entries,
        lambda content: sealing.sign(os.urandom(32), content),
    )  # fmt: skip
    if forged == "other-header":
        data = data.replace(b'"epoch":1', b'"epoch":2')
    file = two.share / "spoc1" / two.group.id.hex() / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    done = two.sync(1)
    assert done.received == 0 and held(two.desks[1]) == 1
    assert len(done.problems) == 1 and file.name in done.problems[0]


# -- S6: a desk that is shut out ------------------------------------------------------------------------


def test_what_a_desk_that_two_people_shut_out_writes_later_counts_nowhere_whoever_carries_it(
    tmp_path: Path,
) -> None:
    seats = Seats(tmp_path, 3)
    try:
        one, leaver, other = seats.desks
        beth, _ = a_colleague(one.store, "Beth Bell", "named-professional")
        call(leaver)
        seats.until_quiet()
        gone = seats.members[1].id
        shut_out.ask(one.store, ADVISOR, gone, "left").result()
        with pytest.raises(BadInput, match="already"):
            shut_out.ask(one.store, ADVISOR, gone, "left").result()
        assert not shut_out.in_force(one.store.reader)
        shut_out.ask(one.store, beth, gone, "left").result()
        call(leaver)
        stream = bytes.fromhex(str(local(leaver.store.reader, "stream")))
        later = [each for _, _, each in places.entries(leaver.store.reader, stream, 0)]
        seats.sync(1)  # before the one that knows it syncs: nobody hinders it
        said = seats.sync(0)
        assert held(one) == 1 and [each for each in said.problems if "is shut out" in each]
        assert "was shut out before" in " ".join(
            one.store.receive(later).problems
        )  # another carried it
        seats.sync(2)
        assert held(other) == 1 and shut_out.in_force(other.store.reader).keys() == {gone}
        keys = [groups.group_of(each.store.reader) for each in seats.desks]
        assert [each and each.epoch for each in keys] == [2, 1, 2] and keys[0] == keys[2]
        with pytest.raises(PlaceGone, match="has been shut out"):
            seats.sync(1)
    finally:
        seats.close()


# -- S13: a store that was copied ----------------------------------------


def older_copy(seats: Seats, number: int) -> Desk:
    """A clone of a desk's store in another folder."""
    desk = seats.desks[number]
    folder = desk.folder.with_name(f"{number}-copy")
    folder.mkdir()
    for each in desk.folder.glob(f"{DB_NAME}*"):
        shutil.copy(each, folder)
    store = start(folder / DB_NAME, KEY, GENERIC, now=Clock())
    store.keyring.hold(ADVISOR.id, PRIVATE)
    return Desk(store, ADVISOR, folder)


def test_a_store_that_was_put_back_writes_on_in_a_new_stream_and_nothing_is_lost(
    two: Seats,
) -> None:
    copy = older_copy(two, 0)
    call(two.desks[0])
    two.sync(0)  # more of the stream is on the share than the copy holds
    two.desks[0].close()
    two.desks[0] = copy
    stream = local(copy.store.reader, "stream")
    done = two.sync(0)
    assert done.problems == () and done.received > 0 and held(copy) == 2
    assert local(copy.store.reader, "stream") != stream
    call(copy)
    agree(two)
    assert held(two.desks[1]) == 3


# -- S10: what is acknowledged was read back --------------------------------------------------------------


def test_what_cannot_be_read_back_is_not_sent(two: Seats, monkeypatch: pytest.MonkeyPatch) -> None:
    call(two.desks[0])
    whole = os.fsync

    def torn(file: int) -> None:
        os.ftruncate(file, 10)
        whole(file)

    with monkeypatch.context() as patched:
        patched.setattr("spoc.sync.folder.os.fsync", torn)
        done = two.sync(0)
    assert done.sent == 0 and "sent next time" in done.problems[0]
    assert two.sync(0).sent > 0
    agree(two)


class CutShort(Folder):
    """A share of which a listing shows only the first few names."""

    def list(self) -> Mapping[str, int]:
        whole = super().list()
        return {name: size for name, size in whole.items() if not name.endswith(".seg")}


def test_a_listing_that_is_cut_short_removes_nothing_and_writes_nothing_twice(two: Seats) -> None:
    files = two.segments()
    for number in (0, 1):
        done = two.sync(number, CutShort(two.share))
        assert (done.sent, done.received) == (0, 0)
    assert two.segments() == files and [held(each) for each in two.desks] == [1, 1]
    agree(two)


def test_a_new_place_gets_all_and_a_desk_that_knows_it_alone_ends_with_the_same(
    tmp_path: Path,
) -> None:
    seats = Seats(tmp_path, 3)
    try:
        call(seats.desks[0])
        call(seats.desks[1])
        for number in (0, 1, 0, 1):
            seats.sync(number)
        seats.share = tmp_path / "moved"
        seats.share.mkdir()
        assert seats.sync(0).sent > 0  # what others wrote too
        assert held(seats.desks[2]) == 0 and seats.sync(2).received > 0
        assert held(seats.desks[2]) == 2
        agree(seats)
    finally:
        seats.close()


# -- S12: a clock that is wrong ------------------------------------------------------------------------------


def test_what_a_clock_two_days_ahead_wrote_waits_until_it_may_be_and_moves_no_other_clock(
    two: Seats,
) -> None:
    two.clock(0).step(hours=48)
    call(two.desks[0])
    two.sync(0)
    (said,) = two.sync(1).problems
    assert "48 hours ahead" in said and held(two.desks[1]) == 1
    call(two.desks[1])
    (latest,) = (
        two.desks[1]
        .store.reader.conn.execute(
            "SELECT max(hlc) FROM entry WHERE stream = ?",
            (bytes.fromhex(str(local(two.desks[1].store.reader, "stream"))),),
        )
        .fetchone()
    )
    assert latest >> 16 <= two.clock(1)().timestamp() * 1000 + 1000
    two.clock(1).step(hours=47)
    agree(two)
    assert held(two.desks[1]) == 3


# -- S5: the group file --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged", [{"minimum": 2}, {"group": "00" * 16}, {"by": "11" * 16}, {"epoch": 9}], ids=str
)
def test_a_group_file_that_no_desk_of_the_service_signed_stops_sync(
    two: Seats, forged: dict[str, object]
) -> None:
    (file,) = two.share.rglob("group.json")
    said = json.loads(file.read_bytes())
    file.write_bytes(canonical({**said, **forged}))
    before = held(two.desks[1])
    call(two.desks[0])
    for number in (0, 1):
        with pytest.raises(PlaceGone, match="nothing was"):
            two.sync(number)
    assert held(two.desks[1]) == before
    file.write_bytes(canonical(said))
    agree(two)


# -- S9, S16: what each desk signs of where it stands -----------------------------------------------------------


def test_each_desk_says_once_a_day_that_it_is_there_and_one_that_does_not_is_named(
    two: Seats,
) -> None:
    one = two.desks[0]
    (other,) = standing.standing(one.store, ADVISOR).others
    assert not other.silent and other.heard and not other.lacks
    for number in (0, 1):
        two.clock(number).step(hours=25)
    (other,) = standing.standing(one.store, ADVISOR).others
    assert other.silent
    assert standing.as_of(one.store).startswith("as of the last sync, Fri 09:")
    assert [two.sync(number).sent for number in (1, 0)] == [
        0,
        0,
    ]  # nothing new but that it is there
    (other,) = standing.standing(one.store, ADVISOR).others
    assert not other.silent and standing.as_of(one.store) == ""
    assert len([*two.share.rglob("*.head")]) == 2  # what each said before is gone


def test_an_audit_trail_that_lost_its_end_is_named_by_the_others(two: Seats) -> None:
    one = two.desks[0]
    two.clock(0).step(minutes=5)
    audit.record(one.store, ADVISOR, "export", purpose="a list").result()
    two.sync(0)
    two.sync(1)
    stream = bytes.fromhex(str(local(one.store.reader, "audit_stream")))
    two.clock(0).step(minutes=5)

    def cut(db: Database) -> None:
        db.conn.execute("DROP TRIGGER entry_is_kept")
        db.conn.execute("DELETE FROM entry WHERE stream = ?", (stream,))

    one.store.submit(cut).result()
    assert two.sync(0).sent == 0  # audit stays on its desk; where it ends is said
    (said,) = two.sync(1).problems
    assert "says now that it has 0" in said and "cut off" in said


# -- S11: what is missing without an erasure ----------------------------------------------------------------------


def test_a_payload_that_is_missing_without_an_erasure_is_held_back_and_named(two: Seats) -> None:
    call(two.desks[0])
    store = two.desks[0].store
    stream = bytes.fromhex(str(local(store.reader, "stream")))
    upto = dict(places.last_of_records(two.desks[1].store.reader)).get(stream, 0)
    entries = [each for _, _, each in places.entries(store.reader, stream, upto)]
    last = upto + len(entries)
    own = store.submit(lambda db: keyring.own_keys(db, store.now())).result()
    bare = [each._replace(body=None) for each in entries]
    name, data = segment.sealed(
        two.group, SegmentHeader(stream, upto + 1, last, own.id), bare, own.sign
    )
    file = two.share / "spoc1" / two.group.id.hex() / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    assert any("no erasure names it" in each for each in two.sync(1).problems)
    assert held(two.desks[1]) == 1


# -- S14: sizes ------------------------------------------------------------------------------------------------------


def test_the_size_of_a_segment_is_one_of_a_few(two: Seats) -> None:
    sizes = {segment.padded(size) for size in range(1000, 100_000)}
    assert len(sizes) < 80
    for size in range(1, 5000):
        assert size <= segment.padded(size) <= size + max(256, size // 7)
    bodies = [len(each.read_bytes().partition(b"\n")[2]) - 28 for each in two.segments()]
    assert all(segment.padded(each) == each for each in bodies)
