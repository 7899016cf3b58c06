"""A stream that goes two ways (rule S8): a copy of a store wrote on under the same name. Both ways are kept, the stream
stops at every desk, and goes on once two people have decided that both count."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from carrying import differing, shown
from samples import ADVISOR, a_colleague, close_one, joins, signs
from sync.seats import Seats
from sync.test_rules import call, held, older_copy
from sync.test_two_desks import Two, cheap, two  # noqa: F401
from textual.pilot import Pilot

from keyboard import shown as comes  # isort: skip
from keyboard import type_in, until  # isort: skip
from screens.conftest import page  # isort: skip
from seated import at_the_board  # isort: skip

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.contacts import erasing
from spoc.storage.desks import both_ways
from spoc.storage.ledger.receive import Carried
from spoc.storage.ledger.splits import waiting
from spoc.storage.migrations import local
from spoc.storage.upkeep.verify import verify

NAMED = signs(Actor(b"named-number-001", "Nora Named", "named-professional"))
STOPPED = "goes two ways from entry"


@pytest.fixture
def split(tmp_path: Path) -> Iterator[Seats]:
    """Three desks; the fourth is a copy of the first. Both wrote under one name before either had synced."""
    seats = Seats(tmp_path, 3)
    call(seats.desks[0])
    seats.until_quiet()
    a_colleague(seats.desks[0].store, "Beth Bell", "advisor")
    joins(seats.desks[0].store, NAMED)
    seats.until_quiet()
    copy = older_copy(seats, 0)
    call(seats.desks[0])
    call(copy)
    call(copy)
    seats.desks.append(copy)
    yield seats
    seats.close()


def said(pilot: Pilot[Any]) -> str:
    return " ".join(page(pilot).split())


def beth(seats: Seats) -> Actor:
    (found,) = (
        seats.desks[1]
        .store.reader.conn.execute("SELECT id FROM user WHERE name = 'Beth Bell'")
        .fetchone()
    )
    seats.desks[1].store.keyring.lent.update(seats.desks[0].store.keyring.lent)
    return Actor(found, "Beth Bell", "advisor")


def stopped(seats: Seats, number: int) -> bool:
    told = [each for each in seats.sync(number).problems if STOPPED in each]
    return len(told) == 1 and "both-count" in told[0]


def decide(seats: Seats, number: int, actor: Actor) -> None:
    store = seats.desks[number].store
    (stream,) = waiting(store.reader)
    both_ways.let_count(store, actor, stream, "one laptop, put back from a backup").result()


def test_a_stream_that_goes_two_ways_stops_at_every_desk_until_two_people_decide(
    split: Seats,
) -> None:
    one, other, third, copy = split.desks
    stream = local(one.store.reader, "stream")
    split.sync(0)
    split.sync(1)
    assert stopped(split, 3), "the copy sees that another wrote under its name"
    assert stopped(split, 1) and stopped(split, 2)
    before = [held(each) for each in split.desks]
    call(one)  # it has not heard of it, and writes on under the same name: nothing of that comes in
    split.sync(0)
    assert stopped(split, 1) and stopped(split, 2)
    assert [held(each) for each in split.desks] == [before[0] + 1, *before[1:]]
    assert local(one.store.reader, "stream") != stream, "it writes on in a new stream"
    for each in (one, copy):
        call(each)
    for number in (0, 3, 1, 2):
        split.sync(number)
    assert held(other) == before[1] + 2 and held(third) == before[2] + 2

    decide(split, 0, ADVISOR)
    with pytest.raises(BadInput, match="already agreed"):
        decide(split, 0, ADVISOR)
    split.sync(0)
    assert stopped(split, 1), "one alone decides nothing"
    (found,) = both_ways.waiting(other.store.reader)
    assert found.asked == ("Ada Advisor",) and len(found.ways) == 2 and found.desk == "Desk 0"
    decide(split, 1, beth(split))
    split.sync(1)
    for number in (1, 0, 2, 3, 0):
        split.sync(number)
    assert [split.sync(number).problems for number in range(4)] == [()] * 4
    assert len({held(each) for each in split.desks}) == 1 and held(one) == 7
    first = shown(one.store)
    for each in split.desks:
        assert not [x for x in differing(first, shown(each.store)) if x != "verify"]
        assert verify(each.store).findings == ()


def test_who_comes_later_or_to_another_place_gets_both_ways(split: Seats, tmp_path: Path) -> None:
    for number in (0, 1, 3, 1, 0):
        split.sync(number)
    decide(split, 0, ADVISOR)
    for number in (0, 1):
        split.sync(number)
    decide(split, 1, beth(split))
    for number in (1, 0):
        split.sync(number)
    split.share = tmp_path / "moved"
    split.share.mkdir()
    assert split.sync(1).sent > 0
    assert held(split.desks[2]) == 1
    split.sync(2)
    split.sync(2)
    assert split.sync(2).problems == () and held(split.desks[2]) == held(split.desks[1]) == 4
    assert verify(split.desks[2].store).findings == ()


def test_what_one_way_erased_of_itself_does_not_hold_that_way_up(split: Seats) -> None:
    """Its content is missing, and the erasure that says so comes after it in the same way, so each waits for the
    other."""
    one, other, _, copy = split.desks
    erasing.erase(copy.store, NAMED, close_one(copy.store), "past its time").result()
    for number in (0, 1, 3, 1, 2, 0):
        split.sync(number)
    decide(split, 0, ADVISOR)
    for number in (0, 1):
        split.sync(number)
    decide(split, 1, beth(split))
    for number in (1, 0, 2, 3, 1, 0, 2):
        split.sync(number)
    assert [split.sync(number).problems for number in range(4)] == [()] * 4
    for each in split.desks:
        assert verify(each.store).findings == ()
        assert not [x for x in differing(shown(one.store), shown(each.store)) if x != "verify"]
    assert held(other) == held(one)


def test_what_nobody_signed_stops_no_stream(split: Seats) -> None:
    one, other = split.desks[:2]
    split.sync(0)
    split.sync(1)
    stream = bytes.fromhex(str(local(one.store.reader, "stream")))
    header, body = one.store.reader.conn.execute(
        "SELECT header, body FROM entry JOIN payload USING(entry_id) WHERE stream = ? ORDER BY seq DESC",
        (stream,),
    ).fetchone()
    forged = Carried(header.replace(b'"at":"2026', b'"at":"2025'), body, b"x" * 72)
    other.store.receive([forged])
    assert waiting(other.store.reader) == {}
    call(one)
    split.sync(0)
    assert split.sync(1).received > 0


async def test_on_the_sync_page_two_people_let_both_count(split: Seats) -> None:
    for number in (0, 3, 0):
        split.sync(number)
    store = split.desks[0].store
    async with at_the_board(store) as pilot:
        await type_in(pilot, "y")
        screen = await comes(pilot, SyncScreen)
        await until(pilot, lambda: "goes two ways from entry" in said(pilot))
        assert "b: both count" in said(pilot)
        await type_in(pilot, "b", "one laptop", "<enter>")
        await until(pilot, lambda: "Ada Advisor says that both count" in said(pilot))
        await type_in(pilot, "b", "again", "<enter>")
        await until(pilot, lambda: "already agreed" in said(pilot))
        decide(split, 0, beth(split))
        await until(pilot, lambda: "goes two ways from entry" not in said(pilot))
        assert not screen.check_action("both_count", ())


def test_at_the_command_line_the_recovery_code_stands_for_the_second(
    two: Two,  # noqa: F811
    tmp_path: Path,
) -> None:
    import shutil

    two.call("a", "a-1")
    two.sync("a")
    shutil.copytree(two.place / "a", two.place / "aside")
    two.call("a", "a-2")
    shutil.move(two.place / "a", two.place / "later")
    shutil.copytree(two.place / "aside", two.place / "a")
    forget(two)
    two.call("a", "a-3")
    two.sync("a")
    shutil.move(two.place / "a", two.place / "other")
    shutil.move(two.place / "later", two.place / "a")
    forget(two)
    assert any(STOPPED in each for each in two.sync("a")["problems"])
    code, out, _ = two.run("a", "sync", "both-count", "--why", "a copy was used")
    assert code == 0 and "A second person has to agree" in out
    file = tmp_path / "code"
    file.write_text(two.code)
    code, out, error = two.run("a", "sync", "both-count", "--code-file", str(file))
    assert code == 0 and "Both ways count" in out, error
    assert two.sync("a")["problems"] == [] and len(two.rows("a")) == 3
    code, _, error = two.run("a", "sync", "both-count")
    assert code == 3 and "No stream is stopped" in error
    assert two.run("a", "verify")[0] == 0


def forget(two: Two) -> None:  # noqa: F811
    """The marker beside the profile was put back as well: nothing tells the copy that it is one."""
    from spoc.storage.desks import marker

    marker.path().unlink(missing_ok=True)
