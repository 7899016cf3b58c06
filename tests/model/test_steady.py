"""A clock that was changed: a day back, a year forward, a night's sleep, and at the start."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.made_up import GENERIC
from spoc.model.rules.steady import BACK, FORWARD, RIGHT, ClockChange, Steady

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def begun(last: datetime | None = NOON) -> Steady:
    steady = Steady(GENERIC.limits)
    assert steady.begin(NOON, 100.0, last) is None
    return steady


def test_a_clock_that_runs_is_no_change() -> None:
    steady = begun()
    for minutes in range(1, 600, 7):
        at = NOON + timedelta(minutes=minutes)
        assert steady.look(at, 100.0 + minutes * 60) is None
        assert steady.now(at, 100.0 + minutes * 60) == at


@pytest.mark.parametrize(
    ("step", "kind"),
    [(timedelta(days=-1), BACK), (timedelta(days=365), FORWARD), (timedelta(hours=-1), BACK)],
)
def test_a_step_is_told_once_and_the_time_that_is_known_runs_on(step: timedelta, kind: str) -> None:
    steady = begun()
    change = steady.look(NOON + step, 101.0)
    assert change == ClockChange(kind, NOON + timedelta(seconds=1), NOON + step)
    assert steady.look(NOON + step + timedelta(seconds=9), 110.0) is None
    assert steady.now(NOON + step, 160.0) == NOON + timedelta(seconds=60)


def test_put_right_again_it_is_right_and_said_to_be() -> None:
    steady = begun()
    assert steady.look(NOON + timedelta(days=365), 101.0)
    change = steady.look(NOON + timedelta(seconds=60), 160.0)
    assert change is not None and change.kind == RIGHT and change.words() == ""
    assert steady.kind == RIGHT


def test_a_nights_sleep_in_which_the_other_clock_stood_still_is_no_change() -> None:
    steady = begun()
    assert steady.look(NOON + timedelta(hours=14), 101.0) is None
    assert steady.now(NOON + timedelta(hours=14), 101.0) == NOON + timedelta(hours=14)


def test_somebody_may_say_that_it_is_right_as_it_is() -> None:
    steady = begun()
    later = NOON + timedelta(days=40)
    assert steady.look(later, 101.0)
    steady.trust(later, 102.0)
    assert steady.now(later, 102.0) == later and steady.look(later, 103.0) is None


@pytest.mark.parametrize(
    ("last", "kind"),
    [(NOON + timedelta(days=1), BACK), (NOON - timedelta(days=365), FORWARD)],
)
def test_at_the_start_the_ledgers_last_entry_tells(last: datetime, kind: str) -> None:
    change = Steady(GENERIC.limits).begin(NOON, 0.0, last)
    assert change is not None and (change.kind, change.ought) == (kind, last)
    assert f"went {kind}" in change.words()


def test_a_new_store_and_one_of_this_morning_tell_nothing() -> None:
    begun(None)
    begun(NOON - timedelta(days=3))
