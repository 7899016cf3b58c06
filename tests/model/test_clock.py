"""Working time: opening hours, due times and the clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.guidance.calendar import bank_holidays
from spoc.model.errors import BadInput
from spoc.model.rules.clock import (
    Hours,
    NotKnown,
    from_local,
    in_hours,
    is_working_day,
    parse_week,
    shown_instant,
    to_local,
)
from spoc.model.rules.due import DueRule, due, parse_when

HELD, KNOWN_UNTIL = bank_holidays()
SHUT = date(2026, 11, 30)
HOURS = Hours(parse_week("Mon-Fri 08:30-17:00"), frozenset({SHUT}), HELD, KNOWN_UNTIL)


def london(*when: int) -> datetime:
    return from_local(datetime(*when))[0]


def words(rule: str, start: datetime) -> str:
    return due(DueRule.parse(rule), start, HOURS).words(start)


FRIDAY_FOUR = london(2026, 11, 20, 16, 0)


def test_twenty_four_hours_from_friday_afternoon_fall_on_saturday_when_it_is_shut() -> None:
    result = due(DueRule.parse("24h"), FRIDAY_FOUR, HOURS)
    assert result.at == london(2026, 11, 21, 16, 0)
    assert result.closed == "closed on Sat"
    assert result.words(FRIDAY_FOUR) == "due Sat 21 Nov 2026 16:00, 24 hours after 16:00 Fri"


def test_three_working_days_from_friday_afternoon_end_on_wednesday_at_close() -> None:
    result = due(DueRule.parse("3wd"), FRIDAY_FOUR, HOURS)
    assert result.at == london(2026, 11, 25, 17, 0)
    assert result.closed == ""
    assert result.words(FRIDAY_FOUR) == "due by 17:00 Wed 25 Nov 2026 (3rd working day)"


@pytest.mark.parametrize(
    "start",
    [
        london(2026, 11, 20, 0, 1),
        london(2026, 11, 20, 23, 59),
        london(2026, 11, 21, 12, 0),
        london(2026, 11, 22, 23, 59),
    ],
)
def test_day_nought_is_the_calendar_day_also_after_hours_and_at_the_weekend(
    start: datetime,
) -> None:
    assert words("1wd", start) == "due by 17:00 Mon 23 Nov 2026 (1st working day)"


def test_christmas_is_stepped_over_with_its_substitute_day() -> None:
    # 26 Dec 2026 is a Saturday, so Monday 28 Dec is a bank holiday.
    start = london(2026, 12, 24, 16, 0)
    assert words("1wd", start) == "due by 17:00 Tue 29 Dec 2026 (1st working day)"
    assert words("3wd", start) == "due by 17:00 Thu 31 Dec 2026 (3rd working day)"
    assert due(DueRule.parse("24h"), start, HOURS).closed == "bank holiday"


def test_a_closure_day_of_the_desk_is_no_working_day() -> None:
    assert words("1wd", london(2026, 11, 27, 9, 0)).startswith("due by 17:00 Tue 1 Dec 2026")
    assert HOURS.why_closed(london(2026, 11, 30, 9, 0)) == "closure day"


def test_twenty_four_hours_over_the_spring_change_are_twenty_four_real_hours() -> None:
    start = london(2027, 3, 27, 16, 0)
    result = due(DueRule.parse("24h"), start, HOURS)
    assert result.at is not None and result.at - start == timedelta(hours=24)
    assert result.words(start) == (
        "due Sun 28 Mar 2027 17:00, 24 hours after 16:00 Sat, over the clock change"
    )


def test_twenty_four_hours_over_the_autumn_change_are_twenty_four_real_hours() -> None:
    start = london(2026, 10, 24, 16, 0)
    result = due(DueRule.parse("24h"), start, HOURS)
    assert result.at is not None and result.at - start == timedelta(hours=24)
    assert "Sun 25 Oct 2026 15:00" in result.words(start)


def test_working_days_over_a_clock_change_end_at_the_local_closing_time() -> None:
    assert due(DueRule.parse("1wd"), london(2027, 3, 26, 9, 0), HOURS).at == datetime(
        2027, 3, 30, 16, 0, tzinfo=UTC
    )  # Good Friday to Easter Tuesday, 17:00 BST


def test_working_days_pass_29_february_and_the_end_of_a_month() -> None:
    assert (
        words("1wd", london(2028, 2, 28, 9, 0)) == "due by 17:00 Tue 29 Feb 2028 (1st working day)"
    )
    assert (
        words("2wd", london(2028, 2, 28, 9, 0)) == "due by 17:00 Wed 1 Mar 2028 (2nd working day)"
    )
    assert (
        words("1wd", london(2027, 2, 26, 9, 0)) == "due by 17:00 Mon 1 Mar 2027 (1st working day)"
    )


def test_what_is_late_says_by_how_much() -> None:
    result = due(DueRule.parse("2h"), FRIDAY_FOUR, HOURS)
    assert result.at is not None
    late = {
        timedelta(0): "due Fri 20 Nov 2026 18:00, 2 hours after 16:00 Fri",
        timedelta(seconds=30): "overdue by less than a minute, due Fri 20 Nov 2026 18:00",
        timedelta(minutes=1): "overdue by 1 minute, due Fri 20 Nov 2026 18:00",
        timedelta(hours=2, minutes=59): "overdue by 2 hours, due Fri 20 Nov 2026 18:00",
        timedelta(hours=47): "overdue by 47 hours, due Fri 20 Nov 2026 18:00",
        timedelta(days=3): "overdue by 3 days, due Fri 20 Nov 2026 18:00",
    }
    assert {wait: result.words(result.at + wait) for wait in late} == late
    assert result.closed == "after 17:00"


def test_a_long_span_names_the_day_it_began() -> None:
    assert words("168h", FRIDAY_FOUR) == (
        "due Fri 27 Nov 2026 16:00, 168 hours after 16:00 Fri 20 Nov 2026"
    )


def test_a_deadline_at_the_closing_minute_is_not_in_closed_hours() -> None:
    assert HOURS.why_closed(london(2026, 11, 20, 17, 0)) == ""
    assert HOURS.why_closed(london(2026, 11, 20, 17, 1)) == "after 17:00"
    assert HOURS.why_closed(london(2026, 11, 20, 8, 29)) == "before 08:30"


def test_a_call_at_the_closing_minute_is_out_of_hours() -> None:
    assert in_hours(HOURS, london(2026, 11, 20, 8, 30))
    assert in_hours(HOURS, london(2026, 11, 20, 16, 59))
    assert not in_hours(HOURS, london(2026, 11, 20, 17, 0))
    assert not in_hours(HOURS, london(2026, 11, 21, 12, 0))
    assert not in_hours(HOURS, london(2026, 12, 25, 12, 0))
    assert not in_hours(HOURS, london(2026, 11, 30, 12, 0))


def test_working_days_beyond_the_recorded_bank_holidays_are_said_to_be_unknown() -> None:
    start = london(2028, 12, 28, 9, 0)
    result = due(DueRule.parse("3wd"), start, HOURS)
    assert result.at is None
    assert result.words(start) == "not known: bank holidays are recorded to 31 Dec 2028"
    assert due(DueRule.parse("1wd"), start, HOURS).at == london(2028, 12, 29, 17, 0)


def test_hours_beyond_the_recorded_bank_holidays_are_known_but_not_whether_it_is_open() -> None:
    result = due(DueRule.parse("24h"), london(2029, 1, 1, 12, 0), HOURS)
    assert result.at == london(2029, 1, 2, 12, 0)
    assert result.closed == "not known whether open: bank holidays are recorded to 31 Dec 2028"


@pytest.mark.parametrize("day", [date(2029, 1, 2), date(2017, 12, 29)])
def test_a_day_outside_the_recorded_bank_holidays_cannot_pass_for_a_working_day(day: date) -> None:
    with pytest.raises(NotKnown, match=r"Not known whether .* bank holidays are recorded"):
        is_working_day(HOURS, day)
    with pytest.raises(NotKnown, match="Not known whether open"):
        in_hours(HOURS, london(day.year, day.month, day.day, 12, 0))


def test_a_weekend_beyond_the_recorded_bank_holidays_is_still_no_working_day() -> None:
    assert not is_working_day(HOURS, date(2029, 1, 6))
    assert not in_hours(HOURS, london(2029, 1, 6, 12, 0))


def test_a_time_in_the_spring_gap_is_told_of() -> None:
    instant, word = from_local(datetime(2027, 3, 28, 1, 30))
    assert instant == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert word == "that time did not exist (the clocks went forward); taken as 02:30 BST"


def test_a_time_that_came_twice_is_taken_as_the_first_and_told_of() -> None:
    instant, word = from_local(datetime(2026, 10, 25, 1, 30))
    assert instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert word == "that time came twice; taken as the first, BST"
    assert shown_instant(instant) == "Sun 25 Oct 2026 01:30 BST"
    assert shown_instant(instant + timedelta(hours=1)) == "Sun 25 Oct 2026 01:30 GMT"


def test_an_ordinary_time_needs_no_word() -> None:
    assert from_local(datetime(2026, 7, 1, 12, 0)) == (
        datetime(2026, 7, 1, 11, 0, tzinfo=UTC),
        None,
    )


def test_a_time_without_a_zone_is_no_instant_and_one_with_a_zone_is_not_local() -> None:
    with pytest.raises(ValueError):
        to_local(datetime(2026, 7, 1, 12, 0))
    with pytest.raises(ValueError):
        from_local(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))


def test_opening_hours_are_read_from_guidance_text() -> None:
    assert parse_week("Mon-Tue 08:30-17:00; Sat 09:00-12:00") == {
        0: (time(8, 30), time(17)),
        1: (time(8, 30), time(17)),
        5: (time(9), time(12)),
    }


@pytest.mark.parametrize(
    "text", ["", "Mon-Fri", "Mon-Fri 17:00-08:30", "Mon 08:00-25:00", "Fri-Mon 08:00-17:00",
             "Mon 08:00-12:00; Mon 13:00-17:00", "Lun 08:00-17:00"]
)  # fmt: skip
def test_opening_hours_that_do_not_hold_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="opening hours"):
        parse_week(text)


@pytest.mark.parametrize("text", ["24h", "2h", "1wd", "45wd", "2026-11-23", "2026-11-23T16:00:00Z"])
def test_a_due_rule_is_written_as_it_is_read(text: str) -> None:
    assert str(DueRule.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "24", "0h", "-1wd", "3 wd", "1.5h", "2026-13-01", "2026-11-23T16:00", "99999h"]
)
def test_a_due_rule_that_does_not_hold_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="due rule"):
        DueRule.parse(text)


def test_a_rule_knows_its_kind() -> None:
    kinds = [DueRule.parse(rule).kind for rule in ("24h", "3wd", "2026-11-23", "2026-11-23T16:00Z")]
    assert kinds == ["elapsed", "working-days", "at", "at"]


def test_a_given_day_is_due_by_close_and_a_given_instant_at_its_time() -> None:
    assert words("2026-11-23", FRIDAY_FOUR) == "due by 17:00 Mon 23 Nov 2026"
    assert words("2026-11-23T16:00:00Z", FRIDAY_FOUR) == "due Mon 23 Nov 2026 16:00"
    saturday = due(DueRule.parse("2026-11-21"), FRIDAY_FOUR, HOURS)
    assert saturday.words(FRIDAY_FOUR) == "due by 23:59 Sat 21 Nov 2026"
    assert saturday.closed == "closed on Sat"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1430", (2026, 11, 20, 14, 30)),
        ("14:30", (2026, 11, 20, 14, 30)),
        ("9:05", (2026, 11, 20, 9, 5)),
        ("1203", (2026, 11, 20, 12, 3)),
        ("t 1430", (2026, 11, 20, 14, 30)),
        ("t-1 2350", (2026, 11, 19, 23, 50)),
        ("mon 0900", (2026, 11, 23, 9, 0)),
        ("mon 1203", (2026, 11, 23, 12, 3)),
        ("12 mar 14:30", (2027, 3, 12, 14, 30)),
        ("12 dec 1930", None),
        ("12 dec 2026", (2026, 12, 12, 23, 59)),
        ("1 dec 2026 0930", (2026, 12, 1, 9, 30)),
        ("1 dec 0930", (2026, 12, 1, 9, 30)),
        ("0112 0930", (2026, 12, 1, 9, 30)),
        ("1/12 1930", (2026, 12, 1, 19, 30)),
        ("Mon 23 Nov 2026 16:00", (2026, 11, 23, 16, 0)),
        ("mon", (2026, 11, 23, 17, 0)),
        ("+1w", (2026, 11, 27, 17, 0)),
    ],
)
def test_a_time_is_understood_as_it_is_typed_on_the_phone(
    text: str, meant: tuple[int, ...] | None
) -> None:
    if meant is None:
        with pytest.raises(BadInput, match=r"year or a time: type 12/12 19:30 or 12/12/1930\."):
            parse_when(text, FRIDAY_FOUR, HOURS)
    else:
        assert parse_when(text, FRIDAY_FOUR, HOURS) == london(*meant)


def test_a_span_typed_on_the_phone_is_a_rule() -> None:
    assert parse_when("24h", FRIDAY_FOUR, HOURS) == DueRule(timedelta(hours=24))
    assert parse_when(" 3WD ", FRIDAY_FOUR, HOURS) == DueRule(3)


def test_today_is_the_local_day_also_just_after_midnight_in_summer() -> None:
    after_midnight = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 00:30 on 1 July in London
    assert parse_when("t 1200", after_midnight, HOURS) == london(2026, 7, 1, 12, 0)


@pytest.mark.parametrize(
    "text", ["", "soon", "2560", "930", "t 2560", "31/02", "3/25 1200", "24:00"]
)
def test_a_time_that_is_none_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_when(text, FRIDAY_FOUR, HOURS)
    sentence = str(refused.value)
    assert sentence.startswith("“") and sentence.endswith(".") and sentence.count(". ") == 0


def test_a_time_in_the_spring_gap_is_refused_when_typed() -> None:
    with pytest.raises(BadInput, match="did not exist"):
        parse_when("28/3/2027 0130", FRIDAY_FOUR, HOURS)


def test_what_a_time_shows_is_understood_again() -> None:
    instant = london(2026, 11, 23, 16, 0)
    assert parse_when(shown_instant(instant), FRIDAY_FOUR, HOURS) == instant


INSTANTS = st.datetimes(
    datetime(2018, 1, 1), datetime(2028, 6, 30), timezones=st.just(UTC), allow_imaginary=False
)


@given(INSTANTS, st.integers(1, 45))
def test_working_days_never_end_on_a_day_that_is_none(start: datetime, days: int) -> None:
    result = due(DueRule(days), start, HOURS)
    assert result.at is not None and result.closed == ""
    local = to_local(result.at)
    assert is_working_day(HOURS, local.date()) and local.time() == time(17)
    first = to_local(start).date() + timedelta(days=1)
    between = [first + timedelta(n) for n in range((local.date() - first).days + 1)]
    assert sum(is_working_day(HOURS, day) for day in between) == days


@given(INSTANTS, st.integers(1, 9999))
def test_elapsed_hours_are_elapsed_hours(start: datetime, hours: int) -> None:
    at = due(DueRule(timedelta(hours=hours)), start, HOURS).at
    assert at is not None and at - start == timedelta(hours=hours)


@given(st.datetimes(datetime(1972, 1, 1), datetime(2099, 12, 31)))
def test_a_local_time_comes_back_as_it_was_unless_a_word_says_otherwise(naive: datetime) -> None:
    instant, word = from_local(naive)
    assert instant.tzinfo is UTC
    assert word is not None or to_local(instant).replace(tzinfo=None) == naive
