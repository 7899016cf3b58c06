"""What a place can tell from its files (rule S14): no name and no byte in clear says which stream or how many entries;
what an earlier version put there is still read, healed and erased."""

import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from samples import ADVISOR, a_colleague, close_one, joins
from sync.faulty_places import Dies, Killed
from sync.seats import Seats
from sync.test_erasing import NAMED, said_of
from sync.test_rules import agree, call, held

from spoc.model.ledger.entry import canonical
from spoc.storage import keyring
from spoc.storage.contacts import contacts, erasing
from spoc.storage.desks import group as groups
from spoc.storage.desks import places, shut_out
from spoc.storage.migrations import local
from spoc.storage.sealing import decrypt, encrypt, hkdf
from spoc.sync import compare, names, segment
from spoc.sync.folder import Folder
from spoc.sync.hub import Hub, prepare
from spoc.sync.joining import group_key
from spoc.sync.transport import PlaceGone, Transport

NEWLINE = b"\n"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Seats]:
    seats = Seats(tmp_path, 2)
    call(seats.desks[0])
    call(seats.desks[1])
    seats.until_quiet()
    yield seats
    seats.close()


def tells(seats: Seats, transport: Transport) -> list[str]:
    """What is in a segment's name or in clear in it and says whose it is or what range it has."""
    known = {
        each.hex() for desk in seats.desks for each in places.last_of_records(desk.store.reader)
    }
    known |= {each.id.hex() for each in seats.members}
    found = []
    for name in transport.list():
        if name.endswith(names.END):
            head = json.loads(transport.get(name).partition(b"\n")[0])
            assert {*head} == {"spoc", "group", "epoch", "salt"}
            said = f"{name.removeprefix(seats.group.id.hex())} {head['salt']}"
            found += [each for each in known if each in said]
    return found


def test_neither_names_nor_what_is_in_clear_tells_stream_or_range(two: Seats, hub: str) -> None:
    assert tells(two, Folder(two.share)) == []
    prepare(hub, "service", {"desk": "one"})
    there = Hub(hub.replace("keeper@", "desk:one@"))
    try:
        assert two.sync(0, there).sent > 0
        assert tells(two, there) == []
        every = [name for name in there.list() if name.endswith(names.END)]
        assert len({len(each) for each in every}) == 1
    finally:
        there.close()


def test_where_streams_end_is_said_in_files_that_name_no_desk(two: Seats) -> None:
    files = [*two.share.rglob("*.head")]
    assert len(files) == 2
    for each in files:
        said = f"{each} {each.read_bytes().partition(NEWLINE)[0].decode()}"
        assert not [member for member in two.members if member.id.hex() in said]


def test_what_an_earlier_version_said_of_its_ends_is_still_read(two: Seats) -> None:
    """Its file and what is in clear in it name the desk."""
    (before,) = two.share.rglob(f"heads/{names.known_as(two.group, two.members[0].id)}/*.head")
    head, _, box = before.read_bytes().partition(b"\n")
    content = json.loads(decrypt(hkdf(two.group.key, head, b"spoc heads 1"), box, head)[64:])
    by, later = content.pop("by"), {**content, "at": "2026-11-21T09:00:00+00:00", "contacts": 77}
    fields = {"spoc": 1, "group": two.group.id.hex(), "by": by, "name": "0123456789abcdef"}
    old, said = canonical(fields), canonical(later)
    own = (
        two.desks[0]
        .store.submit(lambda db: keyring.own_keys(db, two.desks[0].store.now()))
        .result()
    )
    key = hkdf(two.group.key, old, b"spoc heads 1")
    file = before.parent.parent / by / "0123456789abcdef.head"
    file.parent.mkdir()
    file.write_bytes(old + b"\n" + encrypt(key, own.sign(old + said) + said, old))
    assert two.sync(1).problems == ()
    assert places.witnessed(two.desks[1].store.reader)[by]["contacts"] == 77


@pytest.fixture
def rolled(tmp_path: Path) -> Iterator[Seats]:
    """Three desks; two people have shut out the second, and no desk has synced since."""
    seats = Seats(tmp_path, 3)
    one = seats.desks[0].store
    beth, _ = a_colleague(one, "Beth Bell", "named-professional")
    seats.until_quiet()
    for who in (ADVISOR, beth):
        shut_out.ask(one, who, seats.members[1].id, "left").result()
    yield seats
    seats.close()


def keys_of(seats: Seats) -> list[int]:
    """The epoch of the key that each desk has."""
    found = [groups.group_of(each.store.reader) for each in seats.desks]
    return [each.epoch for each in found if each]


def test_a_changed_key_is_in_files_that_name_no_desk(rolled: Seats) -> None:
    for number in (0, 2):
        rolled.sync(number)
    assert keys_of(rolled) == [2, 1, 2]
    files = [*rolled.share.rglob("*.key")]
    assert len(files) == 2
    for each in files:
        said = each.read_bytes()
        assert not [one for one in rolled.members if one.id.hex() in each.name]
        assert not [one for one in rolled.members if one.id.hex().encode() in said]
    with pytest.raises(PlaceGone, match="has been shut out"):
        rolled.sync(1)
    files[0].write_bytes(files[0].read_bytes()[:-1])  # torn: passed over, and nobody is stopped
    assert rolled.sync(2).problems == ()


def test_a_key_that_an_earlier_version_handed_out_is_taken_and_not_handed_out_again(
    rolled: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(group_key, "known_as", lambda group, desk: desk.hex())
        earlier.setattr(group_key, "_closed", lambda group, content: content)
        rolled.sync(0)
    files = {each.name for each in rolled.share.rglob("*.key")}
    assert any(rolled.members[2].id.hex() in each for each in files)
    assert rolled.sync(2).problems == () and keys_of(rolled) == [2, 1, 2]
    assert {each.name for each in rolled.share.rglob("*.key")} == files
    with pytest.raises(PlaceGone, match="has been shut out"):
        rolled.sync(1)


def test_the_same_entries_have_the_same_name_at_every_desk(two: Seats, tmp_path: Path) -> None:
    before = [each.name for each in two.segments()]
    two.share = tmp_path / "moved"
    two.share.mkdir()
    for number in (0, 1):
        two.sync(number)
    assert {each.name for each in two.segments()} == {*before}


def test_one_act_or_many_go_in_one_file_with_each_sync(two: Seats) -> None:
    before = len(two.segments())
    for _ in range(5):
        call(two.desks[0])
    two.sync(0)
    assert len(two.segments()) == before + 1


def test_a_torn_file_that_nobody_noted_is_no_problem_once_its_entries_are_here(two: Seats) -> None:
    machine = {*two.segments()}
    call(two.desks[0])
    with closing(Folder(two.share)) as there, suppress(Killed):
        two.sync(0, Dies(there, 1, Killed()))  # put there, and never noted
    (file,) = {*two.segments()} - machine
    file.write_bytes(file.read_bytes()[:100])
    call(two.desks[0])
    agree(two)
    assert [two.sync(number).problems for number in (0, 1)] == [()] * 2


# -- what an earlier version put there -------------------------------------------------------------


def in_the_former_form(seats: Seats) -> list[Path]:
    """Writes everything on the share again as the first version did, and takes away what is there."""
    home = seats.share / "spoc1" / seats.group.id.hex()
    for each in seats.segments():
        each.unlink()
    made = []
    for number, desk in enumerate(seats.desks):
        db = desk.store.reader
        stream = bytes.fromhex(str(local(db, "stream")))
        entries = [each for _, _, each in places.entries(db, stream, 0)]
        if not entries:
            continue
        content, salt, last = segment.packed(entries), os.urandom(32), len(entries)
        own = desk.store.submit(
            lambda db, desk=desk: keyring.own_keys(db, desk.store.now())
        ).result()
        head = canonical(
            {
                "spoc": 1, "group": seats.group.id.hex(), "epoch": 1, "stream": stream.hex(), "first": 1,
                "last": last, "by": seats.members[number].id.hex(), "salt": salt.hex(),
            }
        )  # fmt: skip
        inner = own.sign(head + hashlib.sha256(content).digest()) + zlib.compress(content, 6)
        box = encrypt(hkdf(seats.group.key, salt, b"spoc segment 1"), inner, head)
        digest = hashlib.sha256(content).hexdigest()[:16]
        file = home / stream.hex() / f"{1:012d}-{last:012d}-{digest}.seg"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(head + b"\n" + box)
        made.append(file)
    return made


@pytest.fixture
def former(tmp_path: Path) -> Iterator[Seats]:
    """Three desks at a share that an earlier version filled, with two closed contacts; none has read it."""
    seats = Seats(tmp_path, 3)
    for number in (0, 1):
        close_one(seats.desks[number].store)
    joins(seats.desks[0].store, NAMED)
    seats.sync(2)  # the group's file
    in_the_former_form(seats)
    yield seats
    seats.close()


def test_files_of_the_former_form_are_read_and_healed(former: Seats) -> None:
    agree(former)
    assert [held(each) for each in former.desks] == [2, 2, 2]
    (torn, *_) = [each for each in former.segments() if len(each.parent.name) == 32]
    torn.write_bytes(torn.read_bytes()[:200])
    call(former.desks[2])
    agree(former)
    assert [former.sync(number).problems for number in range(3)] == [()] * 3
    assert compare.with_place(former.desks[0], Folder(former.share)).same


def test_what_is_erased_goes_from_files_of_the_former_form_too(former: Seats) -> None:
    agree(former)
    one = former.desks[0]
    contact = min(row.id for row in contacts.recent(one.store, ADVISOR, 10))
    said = "SELECT body FROM payload JOIN entry USING(entry_id) WHERE record = ?"
    payloads = {body for (body,) in one.store.reader.conn.execute(said, (contact,)).fetchall()}
    assert payloads & {*said_of(former, Folder(former.share))}
    erasing.erase(one.store, NAMED, contact, "past its time").result()
    agree(former)
    assert not payloads & {*said_of(former, Folder(former.share))}
