"""A hostile place, and a hostile desk of the service: an act counts only as its person signed it, and only where the
person may do it. Each is held back at the others, and named; the true one is taken in when it comes (S1, S3, S11)."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from samples import ADVISOR, a_colleague, close_one
from sync.seats import Seats
from sync.test_rules import call, held

from spoc.model.ledger.entry import Carried, Command
from spoc.storage import keyring
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.storage.desks import places
from spoc.storage.ledger import erasing
from spoc.storage.ledger.held import held_back
from spoc.storage.migrations import local
from spoc.sync import segment
from spoc.sync.hub import Hub, prepare
from spoc.sync.segment import SegmentHeader
from spoc.sync.transport import Transport


@pytest.fixture(params=["share", "hub"])
def two(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Seats]:
    """Two desks that hold the same, at a folder and at a hub."""
    seats = Seats(tmp_path, 2)
    if request.param == "hub":
        hub = request.getfixturevalue("hub")
        prepare(hub)
        seats.transport = lambda: Hub(hub)  # type: ignore[method-assign]
    call(seats.desks[0])
    seats.until_quiet()
    yield seats
    seats.close()


def unsent(desk: Desk, upto: int) -> tuple[bytes, int, list[Carried]]:
    """What a desk wrote after a number of its stream."""
    stream = bytes.fromhex(str(local(desk.store.reader, "stream")))
    entries = [each for _, _, each in places.entries(desk.store.reader, stream, upto)]
    return stream, upto, entries


def last(desk: Desk) -> int:
    stream = bytes.fromhex(str(local(desk.store.reader, "stream")))
    return places.last_of_records(desk.store.reader).get(stream, 0)


def puts(
    place: Transport, seats: Seats, stream: bytes, upto: int, entries: Sequence[Carried]
) -> None:
    """A hostile desk of the service carries these: sealed and signed as a segment should be."""
    store = seats.desks[1].store
    own = store.submit(lambda db: keyring.own_keys(db, store.now())).result()
    header = SegmentHeader(stream, upto + 1, upto + len(entries), own.id)
    name, data = segment.sealed(seats.group, header, entries, own.sign)
    place.put_new(f"{seats.group.id.hex()}/{name}", data)


@pytest.mark.parametrize("how", ["unsigned", "of another key", "of another act", "of noughts"])
def test_an_act_that_its_person_did_not_sign_so_is_held_back_and_named(
    two: Seats, how: str
) -> None:
    author, reads = two.desks
    before = last(author)
    earlier = unsent(author, 0)[2]
    call(author)
    stream, upto, entries = unsent(author, before)
    true = entries[0].signature
    assert true and earlier[0].signature not in (b"", true)
    signature = {
        "unsigned": b"",
        "of another key": true[:8] + bytes(reversed(true[8:])),
        "of another act": earlier[0].signature,
        "of noughts": bytes(len(true)),
    }[how]
    with closing(two.transport()) as place:
        puts(place, two, stream, upto, [each._replace(signature=signature) for each in entries])
    problems = two.sync(1).problems
    assert held(reads) == 1
    assert held_back(reads.store.reader)
    if how != "of noughts":  # a key that is not known may still come
        assert any("is held back" in each for each in problems), problems
    two.sync(0)  # what is true keeps nobody out
    assert two.sync(1).problems == () and held(reads) == 2
    assert held_back(reads.store.reader) == []


def test_a_word_changed_in_a_signed_act_is_held_back_and_named(two: Seats) -> None:
    author, reads = two.desks
    before = last(author)
    call(author)
    stream, upto, entries = unsent(author, before)
    forged = [
        each._replace(header=each.header.replace(b'"at":"2026', b'"at":"2025')) for each in entries
    ]
    with closing(two.transport()) as place:
        puts(place, two, stream, upto, forged)
    assert two.sync(1).problems and held(reads) == 1
    two.sync(0)
    assert two.sync(1).problems == () and held(reads) == 2


def test_what_the_role_of_its_person_may_not_do_is_held_back_at_the_others(two: Seats) -> None:
    one, other = two.desks
    contact = close_one(one.store)
    analyst, _ = a_colleague(one.store, "Ann Count", "analyst")
    two.until_quiet()
    commands = erasing.commands(one.store.reader, [("contact", contact)], "because I can")
    one.store.submit(lambda db: one.store.append(db, ADVISOR, commands[:1])).result()
    one.store.act(analyst, [Command("contact", contact, {"category": "neglect"})]).result()
    two.sync(0)
    problems = " ".join(two.sync(1).problems)
    assert "is held back" in problems
    page = contacts.get(other.store, replace(ADVISOR, role="named-professional"), contact)
    assert page and page[0].values["category"] != "neglect"
    assert held(other) == 2
