"""The periods of charts and returns, as local calendar days; each says its dates.

``2026-10`` a month, ``2026-Q4`` a calendar quarter, ``2026-27`` a financial year (from April),
``2026-27-Q3`` a quarter of one, ``2026-W47`` a week from Monday to Sunday.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from spoc.model.errors import BadInput
from spoc.model.values.dates import MONTHS, quoted, shown_day

Kind = Literal["week", "month", "quarter", "year"]
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_YEAR = re.compile(r"([0-9]{4})-([0-9]{2})(?:-Q([1-4]))?")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_APRIL = 4


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from ``start`` to before ``end``, as a code and in words."""

    start: date
    end: date
    code: str
    title: str

    @property
    def dates(self) -> str:
        """The first day and the last, in words."""
        return f"{shown_day(self.start)} to {shown_day(self.end - timedelta(days=1))}"

    @property
    def heading(self) -> str:
        return f"{self.title}: {self.dates}"

    def running(self, today: date) -> bool:
        """Whether it is not over yet."""
        return today < self.end


def parse_period(text: str) -> Span:
    """The period that was typed. Raises BadInput."""
    typed = text.strip().upper()
    if found := _MONTH.fullmatch(typed):
        return month(date(int(found[1]), int(found[2]), 1))
    if found := _QUARTER.fullmatch(typed):
        return quarter(int(found[1]), int(found[2]))
    if found := _WEEK.fullmatch(typed):
        try:
            return week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            pass
    found = _YEAR.fullmatch(typed)
    if found and int(found[2]) == (int(found[1]) + 1) % 100:
        first = int(found[1])
        return financial_quarter(first, int(found[3])) if found[3] else year(first)
    raise BadInput(
        f"{quoted(text)} is not a period: write 2026-10 (a month), 2026-Q4 (a calendar quarter), 2026-27 (a "
        "financial year), 2026-27-Q3 (a quarter of one) or 2026-W47 (a week). Nothing was made."
    )


def week(day: date) -> Span:
    """The week of a day, Monday to Sunday."""
    start = day - timedelta(days=day.weekday())
    number = start.isocalendar()
    return Span(
        start,
        start + timedelta(days=7),
        f"{number.year}-W{number.week:02}",
        f"Week {number.week} of {number.year}",
    )


def month(day: date) -> Span:
    """The month of a day."""
    start = day.replace(day=1)
    return Span(
        start, _months_on(start, 1), f"{start:%Y-%m}", f"{MONTHS[start.month - 1]} {start.year}"
    )


def quarter(calendar_year: int, number: int) -> Span:
    """A calendar quarter, which says which quarter of the NHS year it is."""
    start = date(calendar_year, 3 * number - 2, 1)
    first, nhs = _financial(start)
    return Span(
        start,
        _months_on(start, 3),
        f"{calendar_year}-Q{number}",
        f"Calendar quarter {number} of {calendar_year} (NHS quarter {nhs} of {_named(first)})",
    )


def financial_quarter(first: int, number: int) -> Span:
    """A quarter of the financial year that begins in April of ``first``."""
    start = _months_on(date(first, _APRIL, 1), 3 * (number - 1))
    return Span(
        start,
        _months_on(start, 3),
        f"{_named(first)}-Q{number}",
        f"Quarter {number} of the financial year {_named(first)}",
    )


def year(first: int) -> Span:
    """The financial year that begins in April of ``first``."""
    start = date(first, _APRIL, 1)
    return Span(start, date(first + 1, _APRIL, 1), _named(first), f"Financial year {_named(first)}")


def year_before(span: Span) -> Span:
    """The same days of the year before (a week: 52 weeks before, so that it begins on a Monday)."""
    if span.code[5:6] == "W":
        return week(span.start - timedelta(weeks=52))
    start, end = (each.replace(year=each.year - 1) for each in (span.start, span.end))
    return Span(start, end, f"{span.code} a year before", "A year before")


def spans(kind: str, since: date, until: date) -> list[Span]:
    """The weeks, months, quarters or financial years that begin on or after ``since`` and end by ``until``."""
    found, each = [], of_kind(kind, since)
    if each.start < since:
        each = of_kind(kind, each.end)
    while each.end <= until:
        found.append(each)
        each = of_kind(kind, each.end)
    return found


def of_kind(kind: str, day: date) -> Span:
    """The week, month, quarter or financial year of a day."""
    if kind == "week":
        return week(day)
    if kind == "month":
        return month(day)
    first, number = _financial(day)
    return financial_quarter(first, number) if kind == "quarter" else year(first)


def _financial(day: date) -> tuple[int, int]:
    """The first year of a day's financial year, and its quarter."""
    first = day.year - (day.month < _APRIL)
    return first, (day.month - _APRIL) % 12 // 3 + 1


def _named(first: int) -> str:
    return f"{first}-{(first + 1) % 100:02}"


def _months_on(start: date, count: int) -> date:
    years, number = divmod(start.month - 1 + count, 12)
    return date(start.year + years, number + 1, 1)
