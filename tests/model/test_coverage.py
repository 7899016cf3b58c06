"""Coverage: a day without a list, a short list and a gap between two are said until somebody explains them."""

from datetime import date, datetime, timedelta

import pytest

from spoc.guidance.intake import coverage_limits
from spoc.model.attendance.coverage import CLOSED, LIST_IN, NONE_YET, Day, Listing, days

FRIDAY = date(2026, 11, 20)
THURSDAY = FRIDAY - timedelta(days=1)
LIMITS = coverage_limits()


def listed(day: date, first: str = "06:10", last: str = "23:40", records: int = 28, of: str = "") -> Listing:  # fmt: skip
    return Listing(
        "ED-MPH", day, f"{day}T{first}", f"{day}T{last}", records, frozenset({of or f"{day}"})
    )


def yesterday(*lists: Listing, at: str = "11:00", explained: dict[tuple[str, date], tuple[str, str]] | None = None) -> Day:  # fmt: skip
    now = datetime.fromisoformat(f"{FRIDAY}T{at}")
    (found,) = (each for each in days(lists, explained or {}, now, LIMITS) if each.day == THURSDAY)
    return found


def weeks(records: int, many: int = 4) -> list[Listing]:
    return [listed(THURSDAY - timedelta(weeks=n), records=records) for n in range(1, many + 1)]


def test_a_list_is_missed_from_its_hour_on_and_not_before() -> None:
    before = yesterday(*weeks(28), at="09:59")
    assert (before.state, before.records, before.alarms) == (NONE_YET, 0, ())
    (alarm,) = yesterday(*weeks(28), at="10:00").alarms
    assert alarm == "no list of 19 Nov 2026; it was expected by 10:00"


def test_a_department_that_was_closed_or_explained_is_not_missed() -> None:
    closed = yesterday(*weeks(28), explained={("ED-MPH", THURSDAY): (CLOSED, "flooded")})
    assert (closed.state, closed.alarms) == (CLOSED, ())
    late = yesterday(*weeks(28), explained={("ED-MPH", THURSDAY): ("", "comes at noon")})
    assert (late.state, late.alarms, late.why) == (NONE_YET, (), "comes at noon")


@pytest.mark.parametrize(("records", "short"), [(4, True), (13, True), (14, False), (40, False)])
def test_a_list_of_less_than_half_of_what_is_usual_is_short(records: int, short: bool) -> None:
    found = yesterday(*weeks(28), listed(THURSDAY, records=records))
    said = f"{records} on the list of 19 Nov 2026; usually 28 on a Thursday"
    assert found.alarms == ((said,) if short else ())
    assert (found.state, found.records) == (LIST_IN, records)


def test_what_is_usual_is_known_from_three_lists_of_that_weekday_on() -> None:
    assert yesterday(*weeks(28, many=2), listed(THURSDAY, records=1)).alarms == ()
    assert yesterday(*weeks(28, many=3), listed(THURSDAY, records=1)).alarms


@pytest.mark.parametrize(("last", "first", "broken"), [("20:00", "05:00", True), ("21:10", "05:10", False)])  # fmt: skip
def test_hours_without_anybody_between_two_lists_are_a_gap(
    last: str, first: str, broken: bool
) -> None:
    before = listed(THURSDAY - timedelta(days=1), last=last)
    found = yesterday(before, listed(THURSDAY, first=first))
    said = f"nothing from 18 Nov 2026 {last} to {first}: 9 hours between two lists"
    assert found.alarms == ((said,) if broken else ())


def test_one_list_of_both_days_has_no_gap() -> None:
    before = listed(THURSDAY - timedelta(days=1), last="20:00", of="weekend")
    assert yesterday(before, listed(THURSDAY, first="09:00", of="weekend")).alarms == ()


def test_a_department_that_sends_none_yet_is_not_asked_for_the_days_before() -> None:
    now = datetime.fromisoformat(f"{FRIDAY}T11:00")
    assert [each.day for each in days([listed(THURSDAY)], {}, now, LIMITS)] == [THURSDAY]
    assert days([], {}, now, LIMITS) == []
