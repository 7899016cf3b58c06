"""Due times: months, minutes, the words that explain them, and what no rule may ever do."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.guidance.calendar import bank_holidays
from spoc.model.rules.clock import Hours, from_local, is_working_day, parse_week, to_local
from spoc.model.rules.due import (
    DueRule,
    Months,
    due,
    explained,
    parse_due,
    parse_when,
    same_date,
)

HELD, KNOWN_UNTIL = bank_holidays()
OPEN = Hours(parse_week("Mon-Fri 09:00-17:00"), frozenset(), HELD, KNOWN_UNTIL, tonight=time(22))
SHIPPED = ("30m", "2h", "24h", "1wd", "3wd", "10wd", "15wd", "45wd", "1mo", "3mo")


def london(*when: int) -> datetime:
    return from_local(datetime(*when))[0]


def at(rule: str, start: datetime, hours: Hours = OPEN) -> datetime | None:
    found = due(DueRule.parse(rule), start, hours).at
    return found and to_local(found)


def said(rule: str, start: datetime, hours: Hours = OPEN) -> str:
    return explained(DueRule.parse(rule), start, hours)


CHRISTMAS = london(2027, 12, 24, 16, 0)


def test_three_working_days_over_christmas_are_named_with_the_bank_holidays_between() -> None:
    assert at("3wd", CHRISTMAS) == london(2027, 12, 31, 17, 0)
    assert said("3wd", CHRISTMAS) == (
        "3 working days from Fri 24 Dec 2027 16:00: Wed 29, Thu 30, Fri 31 Dec; "
        "bank holidays 27 and 28 Dec"
    )


def test_the_year_is_named_where_the_days_run_into_another() -> None:
    assert said("3wd", london(2027, 12, 30, 9, 0)) == (
        "3 working days from Thu 30 Dec 2027 09:00: Fri 31 Dec, Tue 4, Wed 5 Jan 2028; "
        "bank holiday 3 Jan 2028"
    )


def test_many_working_days_are_told_by_the_last() -> None:
    assert said("10wd", CHRISTMAS) == (
        "10 working days from Fri 24 Dec 2027 16:00: to Wed 12 Jan 2028; "
        "bank holidays 27, 28 Dec and 3 Jan 2028"
    )


def test_a_closure_day_is_named_and_stepped_over() -> None:
    shut = Hours(OPEN.week, frozenset({date(2027, 12, 29)}), HELD, KNOWN_UNTIL)
    assert said("1wd", CHRISTMAS, shut) == (
        "1 working day from Fri 24 Dec 2027 16:00: Thu 30 Dec; "
        "bank holidays 27 and 28 Dec; closure day 29 Dec"
    )


@pytest.mark.parametrize(
    ("start", "months", "ends"),
    [
        ((2026, 11, 20, 9, 0), "1mo", (2026, 12, 21, 17, 0)),  # the 20th is a Sunday
        ((2027, 1, 31, 9, 0), "1mo", (2027, 3, 1, 17, 0)),  # 28 February is a Sunday
        ((2028, 1, 31, 9, 0), "1mo", (2028, 2, 29, 17, 0)),
        ((2026, 11, 25, 9, 0), "1mo", (2026, 12, 29, 17, 0)),  # Christmas, and its substitute day
        ((2026, 11, 30, 23, 59), "3mo", (2027, 3, 1, 17, 0)),
        ((2026, 6, 1, 9, 0), "3mo", (2026, 9, 1, 17, 0)),
    ],
)
def test_a_month_is_the_same_date_or_the_last_of_the_month_or_the_next_working_day(
    start: tuple[int, ...], months: str, ends: tuple[int, ...]
) -> None:
    assert at(months, london(*start)) == london(*ends)


def test_a_month_that_was_moved_says_what_from() -> None:
    assert said("1mo", london(2027, 1, 31, 9, 0)) == (
        "1 month from Sun 31 Jan 2027 09:00: Mon 1 Mar, as Sun 28 Feb is not a working day"
    )
    assert said("3mo", london(2026, 6, 1, 9, 0)) == (
        "3 months from Mon 1 Jun 2026 09:00: Tue 1 Sep"
    )


def test_an_elapsed_rule_says_the_instant_and_that_the_clocks_changed() -> None:
    assert said("30m", london(2026, 11, 20, 16, 45)) == (
        "30 minutes from Fri 20 Nov 2026 16:45: Fri 20 Nov 2026 17:15"
    )
    assert said("24h", london(2027, 3, 27, 16, 0)) == (
        "24 hours from Sat 27 Mar 2027 16:00: Sun 28 Mar 2027 17:00, over the clock change"
    )


@pytest.mark.parametrize("rule", ["1wd", "1mo", "3mo"])
def test_past_the_last_recorded_year_a_due_day_is_not_known_and_says_so(rule: str) -> None:
    start = london(2028, 12, 29, 18, 0)
    assert at(rule, start) is None
    assert said(rule, start) == "not known: bank holidays are recorded to 31 Dec 2028"
    assert at("24h", start) == london(2028, 12, 30, 18, 0)


@pytest.mark.parametrize("text", [*SHIPPED, "90m", "12mo"])
def test_every_rule_is_written_as_it_is_read(text: str) -> None:
    assert str(DueRule.parse(text)) == text


def test_sixty_minutes_are_an_hour() -> None:
    assert DueRule.parse("60m") == DueRule.parse("1h")


INSTANTS = st.datetimes(datetime(2018, 1, 1), datetime(2028, 9, 30), timezones=st.just(UTC))
MONTHLY = st.integers(1, 3).map(Months)
COUNTED = st.one_of(st.integers(1, 45), MONTHLY)
CLOSURES = st.frozensets(st.dates(date(2018, 1, 1), date(2028, 12, 31)), max_size=40)
WEEKS = st.sampled_from(["Mon-Fri 09:00-17:00", "Mon-Thu 08:00-16:30", "Tue-Sat 10:00-18:00"])


@given(INSTANTS, COUNTED, CLOSURES, WEEKS)
def test_what_is_counted_in_days_never_falls_on_a_closed_day_and_is_due_at_closing(
    start: datetime, value: int | Months, closures: frozenset[date], week: str
) -> None:
    hours = Hours(parse_week(week), closures, HELD, KNOWN_UNTIL)
    found = due(DueRule(value), start, hours)
    if found.at is None:
        assert "recorded to 31 Dec 2028" in found.unknown
        return
    local = to_local(found.at)
    assert found.closed == "" and local.time() == hours.week[local.weekday()][1]
    assert local.weekday() < 5 and local.date() not in closures | HELD


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=400)), COUNTED | st.just(timedelta(1)))
def test_what_is_asked_later_is_never_due_earlier(
    start: datetime, later: timedelta, value: int | Months | timedelta
) -> None:
    first, second = (due(DueRule(value), each, OPEN).at for each in (start, start + later))
    assert second is None or (first is not None and first <= second)


@given(INSTANTS, st.integers(1, 44), CLOSURES)
def test_a_longer_rule_is_due_later_and_a_closure_makes_nothing_due_earlier(
    start: datetime, days: int, closures: frozenset[date]
) -> None:
    shut = Hours(OPEN.week, closures, HELD, KNOWN_UNTIL)
    found = [due(DueRule(days), start, OPEN).at, due(DueRule(days), start, shut).at]
    assert found[0] is not None and (found[1] is None or found[0] <= found[1])
    longer = due(DueRule(days + 1), start, OPEN).at
    assert longer is None or found[0] < longer


@given(INSTANTS, st.integers(1, 9999))
def test_elapsed_minutes_are_never_moved(start: datetime, minutes: int) -> None:
    wait = timedelta(minutes=minutes)
    assert due(DueRule(wait), start, OPEN).at == start + wait


@given(INSTANTS, st.integers(1, 45))
def test_the_day_alone_decides_whatever_the_hour_and_however_the_clocks_stand(
    start: datetime, days: int
) -> None:
    midnight = from_local(datetime.combine(to_local(start).date(), time(0, 0)))[0]
    assert due(DueRule(days), start, OPEN).at == due(DueRule(days), midnight, OPEN).at


@pytest.mark.parametrize("year", sorted({day.year for day in HELD}))
def test_working_days_are_those_that_the_holidays_library_counts(year: int) -> None:
    library = holidays.country_holidays("GB", subdiv="ENG", years=(year, year + 1))
    for number in range(366):
        day = date(year, 1, 1) + timedelta(number)
        if day.year != year or (day.year == KNOWN_UNTIL.year and day.month == 12):
            break
        assert is_working_day(OPEN, day) == library.is_working_day(day)
        for count in (1, 3, 10):
            ends = due(DueRule(count), london(day.year, day.month, day.day, 12, 0), OPEN).at
            assert ends is not None
            assert to_local(ends).date() == library.get_nth_working_day(day, count)
        first = same_date(day, 1)
        if first < date(KNOWN_UNTIL.year, 12, 29):
            ends = due(DueRule(Months(1)), london(day.year, day.month, day.day, 12, 0), OPEN).at
            while not library.is_working_day(first):
                first += timedelta(1)
            assert ends is not None and to_local(ends).date() == first


@pytest.mark.parametrize(
    ("text", "past", "local"),
    [
        ("now", False, "20 Nov 2026 09:10"),
        ("tonight", False, "20 Nov 2026 22:00"),
        ("14.30", False, "20 Nov 2026 14:30"),
        ("8.30", True, "20 Nov 2026 08:30"),
        ("mon 0900", True, "16 Nov 2026 09:00"),
        ("mon 0900", False, "23 Nov 2026 09:00"),
        ("12 mar 1430", True, "12 Mar 2026 14:30"),
        ("12 mar 14.30", True, "12 Mar 2026 14:30"),
        ("2026-11-19 16:30", True, "19 Nov 2026 16:30"),
        ("2026-11-19T16:30", True, "19 Nov 2026 16:30"),
        ("2026-11-19T16:30:00Z", True, "19 Nov 2026 16:30"),
    ],
)
def test_a_time_is_read_as_people_say_it(text: str, past: bool, local: str) -> None:
    from spoc.model.rules.clock import shown_instant

    now = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    when = parse_when(text, now, OPEN, past=past)
    assert isinstance(when, datetime) and shown_instant(when).partition(" ")[2] == local


def test_a_due_time_is_shown_in_local_words_and_never_as_it_is_kept() -> None:
    from spoc.model.rules.due import due_typed

    assert due_typed("2026-07-26T14:00:00Z") == "26 Jul 2026 15:00"
    assert due_typed("2026-11-26") == "26 Nov 2026"
    assert due_typed("24h") == "24h"


def test_what_is_to_be_done_now_has_the_grace_of_the_pack_and_without_one_none() -> None:
    now = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    graced = replace(OPEN, grace=timedelta(minutes=20))
    assert parse_due(" Now ", now, graced) == DueRule(timedelta(minutes=20))
    assert parse_due("now", now, OPEN) == DueRule(now)
    assert parse_due("0915", now, graced) == parse_due("0915", now, OPEN)
    assert parse_when("now", now, graced, past=True) == now, "what has happened has no grace"
