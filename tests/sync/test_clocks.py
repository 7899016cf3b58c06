"""A laptop's clock a day behind and another's a day ahead: every desk names both, at the folder and at the hub, and
each of them is told on its own board; a clock that is set right is no longer named."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR
from screens.conftest import page
from seated import at_the_board
from sync.seats import Seats
from sync.test_rules import call
from sync.test_two_desks import Two, cheap, two  # noqa: F401

from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.desks import clocks
from spoc.storage.desks.standing import standing
from spoc.sync.folder import Folder
from spoc.sync.hub import Hub, prepare
from spoc.sync.transport import Transport

DAY = timedelta(days=1)
RIGHT, BEHIND, AHEAD = range(3)


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    """Three desks: one clock is right, one a day behind, one a day ahead."""
    made = Seats(tmp_path, 3)
    for number, off in enumerate((timedelta(), -DAY, DAY)):
        made.clock(number).at = datetime.now(UTC) + off
    yield made
    made.close()


@pytest.fixture(params=["folder", "hub"])
def place(request: pytest.FixtureRequest, seats: Seats) -> Callable[[], Transport]:
    """A real folder, whose files the computer dates, or a real server."""
    if request.param == "folder":
        return lambda: Folder(seats.share)
    dsn = str(request.getfixturevalue("hub"))
    prepare(dsn)
    return lambda: Hub(dsn)


def in_turn(seats: Seats, place: Callable[[], Transport], *numbers: int) -> None:
    for number in numbers:
        transport = place()
        said = seats.sync(number, transport).problems
        assert all(
            "hours ahead of this one" in each for each in said
        )  # of two days: waits until a clock is set
        assert number == BEHIND or not said
        transport.close()


def wrong(seats: Seats, number: int) -> dict[bytes, str]:
    """What a desk says of the clocks of the others, by desk."""
    others = standing(seats.desks[number].store, ADVISOR).others
    return {each.id: clocks.words(each.ahead) for each in others if abs(each.ahead) > clocks.WRONG}


def test_every_desk_names_both_and_each_of_them_hears_of_its_own(
    seats: Seats, place: Callable[[], Transport]
) -> None:
    for desk in seats.desks:
        call(desk)
    in_turn(seats, place, RIGHT, BEHIND, AHEAD, RIGHT, BEHIND, AHEAD)
    ids = [each.id for each in seats.members]
    said = {ids[BEHIND]: "about 1 day behind", ids[AHEAD]: "about 1 day ahead"}
    for number, own in enumerate(ids):
        assert wrong(seats, number) == {each: what for each, what in said.items() if each != own}
        note = clocks.note(seats.desks[number].store)
        assert (said[own] in note) if own in said else note == ""
        for other in standing(seats.desks[number].store, ADVISOR).others:
            assert not other.silent and other.heard
            assert abs(other.heard - seats.clock(number)()) < timedelta(minutes=5)


def test_a_clock_that_was_set_right_is_no_longer_named_and_what_it_says_then_counts(
    seats: Seats, place: Callable[[], Transport]
) -> None:
    in_turn(seats, place, RIGHT, BEHIND, AHEAD, RIGHT)
    for number in (BEHIND, AHEAD):
        seats.clock(number).at = datetime.now(UTC)
    in_turn(seats, place, BEHIND, AHEAD, RIGHT, BEHIND, AHEAD)
    for number in (RIGHT, BEHIND, AHEAD):
        assert wrong(seats, number) == {} and clocks.note(seats.desks[number].store) == ""


async def test_the_page_and_the_board_say_so_with_a_next_step(seats: Seats) -> None:
    in_turn(seats, lambda: Folder(seats.share), RIGHT, BEHIND, AHEAD, RIGHT, BEHIND, AHEAD)
    for number, own in ((RIGHT, ""), (BEHIND, "1 day behind"), (AHEAD, "1 day ahead")):
        async with at_the_board(seats.desks[number].store, size=(80, 24)) as pilot:
            says = f"This computer's clock is about {own}"
            board = " ".join(page(pilot).split())
            assert (says in board) if own else ("computer's clock" not in board)
            await type_in(pilot, "y")
            screen = await shown(pilot, SyncScreen)
            await until(pilot, lambda: "Last heard" in page(pilot))
            assert page(pilot).count("clock wrong") == (2 if number == RIGHT else 1)
            found = set[str]()
            for _ in screen.stands.others:
                text = " ".join(page(pilot).split())
                assert ("clock is about " + own in text) if own else True
                found |= {
                    each
                    for each in ("behind", "ahead")
                    if f"its clock is about 1 day {each}" in text
                }
                assert "Ask IT to set it" in text or number == RIGHT or not own
                await type_in(pilot, "<down>")
            assert found == {"behind", "ahead"} - {own.rpartition(" ")[2]}


def test_a_clock_is_the_right_one_where_most_agree_not_where_the_server_is() -> None:
    week, hour = timedelta(days=7), timedelta(hours=1)
    assert clocks.usual([week, week, week + hour]) == week  # the server is wrong
    assert clocks.usual([timedelta(), -DAY]) == timedelta()
    assert clocks.usual([DAY]) == timedelta()  # one desk alone: the server's
    assert clocks.usual([]) == timedelta()


def test_a_slow_place_makes_no_clock_wrong() -> None:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    minute = timedelta(minutes=1)
    assert clocks.ahead(at, at + 3 * minute, at + 20 * minute) == timedelta()
    assert clocks.ahead(at, at - 3 * minute, at + minute) == 3 * minute
    assert clocks.ahead(at, at + 3 * minute, at + minute) == -2 * minute


@pytest.mark.long
def test_the_command_names_a_wrong_clock(two: Two) -> None:  # noqa: F811
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    assert two.sync("a")["clocks"] == []
    desk = Path(__file__).parents[1] / "journeys" / "a_desk.py"
    with subprocess.Popen(
        [sys.executable, str(desk), str(two.place / "b"), "-24"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(desk.parents[2])},
    ) as process:  # fmt: skip
        out, _ = process.communicate(
            json.dumps(["sync", *two.place_named, "--format", "json"]) + "\n"
        )
    code, own, _ = json.loads(out)
    assert code == 0 and "This computer's clock is about 1 day behind" in own
    said: list[Any] = two.sync("a")["clocks"]
    assert said == ["The clock of Desk b is about 1 day behind. Ask IT to set it; nothing is lost."]
