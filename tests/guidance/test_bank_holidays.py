"""The bank holidays held, against a library that works them out on its own."""

import tomllib
from datetime import date
from importlib.resources import files

import holidays
import pytest

from spoc.guidance.calendar import bank_holidays

DAYS, KNOWN_UNTIL = bank_holidays()


@pytest.mark.parametrize("year", sorted({day.year for day in DAYS}))
def test_each_year_has_the_weekdays_that_the_holidays_library_has(year: int) -> None:
    library = holidays.country_holidays("GB", subdiv="ENG", years=year)
    assert {day for day in DAYS if day.year == year} == {
        day for day in library if day.weekday() < 5
    }


def test_the_years_are_whole_and_without_a_gap() -> None:
    assert {day.year for day in DAYS} == set(range(2018, KNOWN_UNTIL.year + 1))
    assert date(KNOWN_UNTIL.year, 12, 31) == KNOWN_UNTIL


def test_no_bank_holiday_is_at_a_weekend() -> None:
    assert all(day.weekday() < 5 for day in DAYS)


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 5, 8),  # VE Day
        date(2022, 6, 2),  # spring bank holiday, moved
        date(2022, 6, 3),  # Platinum Jubilee
        date(2022, 9, 19),  # the Queen's funeral
        date(2023, 5, 8),  # the coronation
    ],
)
def test_the_days_that_no_rule_gives_are_held(day: date) -> None:
    assert day in DAYS


def test_the_data_name_their_source_edition_and_review_date() -> None:
    text = files("spoc.guidance.calendar").joinpath("england.toml").read_text(encoding="utf-8")
    calendar = tomllib.loads(text)["calendar"]
    assert calendar["source"] and calendar["edition"]
    assert calendar["review"] < KNOWN_UNTIL
