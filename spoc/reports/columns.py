"""A series read from a CSV file: one column of days, one of values, found by their headings."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from spoc.model.errors import BadInput
from spoc.model.values.dates import parse_day, quoted


def read_days(file: Path, day: str, today: date) -> list[date]:
    """The days of a column, in the order of the file. Raises BadInput with the line that is wrong."""
    return [_day(row[day], line, today) for line, row in _rows(file, day)]


def read_series(
    file: Path, day: str, value: str, today: date
) -> tuple[list[str], list[float | None]]:
    """Days (ISO) and values. An empty value is a gap. Raises BadInput with the line that is wrong."""
    days, values = [], []
    for line, row in _rows(file, day, value):
        days.append(_day(row[day], line, today).isoformat())
        values.append(_number(row[value], line))
    if twice := next((each for each in days if days.count(each) > 1), None):
        raise BadInput(f"The day {twice} comes twice in {file.name}; nothing was drawn.")
    return days, values


def _rows(
    file: Path, *wanted: str, may: tuple[str, ...] = (), undone: str = "nothing was drawn"
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of each row that is not blank: the ``wanted`` columns, and those that ``may``
    be there."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            heads = rows.fieldnames or []
            for name in wanted:
                if name not in heads:
                    there = ", ".join(heads) or "none"
                    raise BadInput(
                        f"{file.name} has no column {quoted(name)}; {undone}. Its columns are: {there}."
                    )
            for row in rows:
                if any(isinstance(each, str) and each.strip() for each in row.values()):
                    yield rows.line_num, {name: row.get(name) or "" for name in (*wanted, *may)}
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadInput(
            f"The file {file} cannot be read as CSV; {undone}. Check its name, and save it as CSV UTF-8."
        ) from None


def as_day(text: str, today: date) -> date:
    """A day in the form of files (2026-11-20) or as people type it. Raises BadInput."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return parse_day(text, today)


def read_supplied(file: Path) -> list[tuple[str, float | None, int | None, int | None]]:
    """Period, value, numerator and denominator of each line; None if empty or without a column."""
    found = []
    may = ("value", "numerator", "denominator")
    for line, row in _rows(file, "period", may=may, undone="nothing was added"):
        numbers = [_number(row[name], line, "nothing was added") for name in may]
        one, of = (None if each is None else int(each) for each in numbers[1:])
        found.append((row["period"], numbers[0], one, of))
    if not found:
        raise BadInput(f"{file.name} holds no period; nothing was added.")
    return found


def _day(text: str, line: int, today: date) -> date:
    try:
        return as_day(text, today)
    except BadInput:
        raise BadInput(f"Line {line}: {quoted(text)} is not a date; nothing was drawn.") from None


def _number(text: str, line: int, undone: str = "nothing was drawn") -> float | None:
    typed = text.strip().removesuffix("%").replace(",", "")
    if not typed:
        return None
    try:
        return float(typed)
    except ValueError:
        raise BadInput(
            f"Line {line}: {quoted(text)} is not a number; {undone}. Leave it empty if the value is missing."
        ) from None
