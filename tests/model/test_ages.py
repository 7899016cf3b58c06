"""Ages and gestations as nurses say them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.model.errors import BadInput
from spoc.model.values.ages import Age, age_of, age_on_day, due_date, months_between, parse_age
from spoc.model.values.dates import whole_months

TODAY = date(2026, 11, 26)
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("4/12", "4m"),
        ("3/52", "3w"),
        ("5/7", "5d"),
        ("18/12", "18m"),
        ("15", "15y"),
        ("15y", "15y"),
        ("15 years", "15y"),
        ("15yo", "15y"),
        ("15 y/o", "15y"),
        ("-4m", "4m"),
        ("4 Months", "4m"),
        ("4 months old", "4m"),
        ("4-month old", "4m"),
        ("about 4 months", "4m"),
        ("3 wks", "3w"),
        ("2y 3m", "27m"),
        ("1 year 2 months", "14m"),
        ("0/12", "0m"),
    ],
)
def test_an_age_is_understood_as_a_nurse_says_it(text: str, kept: str) -> None:
    assert str(age_of(text)) == kept


@pytest.mark.parametrize(
    "text", ["", "4", "190726", "19/7/26", "4/13", "4 dec", "t-2", "soon", "1203"]
)
def test_what_is_a_day_is_no_age(text: str) -> None:
    assert parse_age(text) == (Age(4, "y") if text == "4" else None)


def test_what_is_no_age_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="“soon” is not an age: write 4/12"):
        age_of("soon")


@given(st.integers(0, 400), st.sampled_from("my"), DAYS)
def test_an_age_stands_for_every_birth_that_makes_it_so_and_for_no_other(number: int, unit: str, on: date) -> None:  # fmt: skip
    age = Age(number if unit == "m" else number // 5, unit)
    whole = age.number * (12 if unit == "y" else 1)
    first, last = age.births(on)
    ages = {whole_months(first, on), whole_months(last, on)}
    assert min(ages) // (12 if unit == "y" else 1) == max(ages) // (12 if unit == "y" else 1) == age.number  # fmt: skip
    assert whole_months(first - timedelta(days=1), on) == whole + (12 if unit == "y" else 1)
    assert whole_months(last + timedelta(days=1), on) < whole if whole else last == on


def test_an_age_goes_on_with_the_calendar_and_stays_a_range() -> None:
    assert months_between("4m", "2026-11-26", TODAY) == (4, 4)
    assert months_between("4m", "2026-11-26", date(2027, 1, 10)) == (5, 6)
    assert months_between("15y", "2026-11-26", TODAY) == (180, 191)
    assert months_between("52w", "2026-11-26", TODAY) == (11, 12)
    assert age_on_day("4m", "2026-11-26") == "about 4 months on 26 Nov 2026"


@pytest.mark.parametrize(
    ("text", "weeks", "days"),
    [("30/40", 30, 0), ("30+2", 30, 2), ("30+2/40", 30, 2), ("30 weeks", 30, 0), ("30w", 30, 0), ("30 weeks 2 days", 30, 2), ("30", 30, 0)],
)  # fmt: skip
def test_a_gestation_gives_the_day_the_child_is_due(text: str, weeks: int, days: int) -> None:
    assert due_date(text, TODAY) == TODAY + timedelta(weeks=40) - timedelta(weeks=weeks, days=days)


def test_a_gestation_that_cannot_be_is_refused_and_a_day_is_none() -> None:
    with pytest.raises(BadInput, match="not a gestation"):
        due_date("60/40", TODAY)
    assert due_date("120227", TODAY) is None
    assert due_date("12 feb 2027", TODAY) is None
