"""What a place has lost comes back from whichever desk holds it; what nobody holds any more is named, and holds nothing
else up."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import GENERIC, KEY, close_one, joins
from sync.seats import Seats
from sync.test_erasing import NAMED
from sync.test_rules import agree, call, held, older_copy
from sync.test_splits import beth, decide, split  # noqa: F401

from spoc.storage.contacts import erasing
from spoc.storage.desk import Desk, new_streams
from spoc.storage.start import start
from spoc.storage.store import DB_NAME


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Seats]:
    """Two desks that hold the same open contact."""
    seats = Seats(tmp_path, 2)
    call(seats.desks[0])
    seats.until_quiet()
    yield seats
    seats.close()


def tear(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def put_back(seats: Seats, number: int, copy: Desk) -> None:
    """An older copy of a store takes its place, known to be one."""
    copy.store.close()
    here = seats.desks[number]
    here.store.close()
    shutil.rmtree(here.folder)
    shutil.copytree(copy.folder, here.folder)
    store = start(here.folder / DB_NAME, KEY, GENERIC, now=here.store.now)
    store.submit(lambda db: new_streams(db, store.now())).result()
    seats.desks[number] = Desk(store, here.actor, here.folder)


def test_what_the_place_lost_of_a_desk_that_was_put_back_comes_from_a_colleagues(
    two: Seats,
) -> None:
    copy, before = older_copy(two, 0), {*two.segments()}
    call(two.desks[0])
    two.sync(0)
    two.sync(1)
    put_back(two, 0, copy)
    (fresh,) = {*two.segments()} - before
    tear(fresh)
    agree(two)
    assert [held(each) for each in two.desks] == [2, 2]
    assert [two.sync(number).problems for number in (0, 1)] == [()] * 2


def test_what_no_desk_holds_any_more_is_named_and_all_else_goes_on(two: Seats) -> None:
    copy, before = older_copy(two, 0), {*two.segments()}
    call(two.desks[0])
    two.sync(0)
    (fresh,) = {*two.segments()} - before
    call(two.desks[0])
    two.sync(0)
    put_back(two, 0, copy)
    tear(fresh)
    for _ in range(3):
        done = [two.sync(number) for number in (0, 1)]
    assert [held(each) for each in two.desks] == [2, 2], "what was sent later came"
    assert [(each.sent, each.received) for each in done] == [(0, 0)] * 2
    assert all(fresh.name in problem for each in done for problem in each.problems)
    fresh.unlink()  # as IT would
    agree(two)
    assert [two.sync(number).problems for number in (0, 1)] == [()] * 2


def test_each_way_of_a_stream_that_goes_two_ways_is_written_again(split: Seats) -> None:  # noqa: F811
    before = {*split.segments()}
    split.sync(0)
    split.sync(1)
    split.sync(3)
    split.sync(1)
    for fresh in {*split.segments()} - before:
        fresh.unlink()
    for number in (0, 3):
        split.desks[number].close()
    decide(split, 1, split.desks[1].actor)
    decide(split, 1, beth(split))
    for number in (1, 2, 2):
        split.sync(number)
    assert held(split.desks[2]) == held(split.desks[1]) == 4
    assert split.sync(2).problems == ()


def test_a_damaged_file_without_what_was_erased_is_written_again_once(two: Seats) -> None:
    contact = close_one(two.desks[0].store)
    joins(two.desks[0].store, NAMED)
    two.until_quiet()
    before = {*two.segments()}
    erasing.erase(two.desks[0].store, NAMED, contact, "past its time").result()
    two.sync(0)
    for fresh in {*two.segments()} - before:
        tear(fresh)
    two.sync(0)
    files = two.segments()
    agree(two)
    assert [two.sync(number).problems for number in (0, 1)] == [()] * 2
    assert two.segments() == files, "the other desk takes none of it for what was erased"
