"""The meaning of one cell of a list: a day, a moment, an NHS number, an age. Never a guess.

A cell is text, a number, a bool or a spreadsheet's date or time. Days and moments are in the department's
own local calendar and clock (Europe/London, naive), as the hospital writes them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from spoc.model.errors import BadInput
from spoc.model.values import nhs_number
from spoc.model.values.dates import MONTHS

Cell = str | float | int | bool | date | datetime | time | timedelta | None

_ZONE = ZoneInfo("Europe/London")
_EPOCH = datetime(1899, 12, 30)  # day 0 of a spreadsheet's count from March 1900 on
_SERIALS = range(1, 73051)  # the largest serial number that is read as a day: the end of 2099
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b]")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})Z?(?:[T ]+(.+))?")
_UK = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ,]+(.+))?")
_RUN = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{4}(?:\d{2})?))?")
_NAMED = re.compile(r"(\d{1,2})[- /]([A-Za-z]{3,9})[- /,]+(\d{4}|\d{2})(?:[T ,]+(.+))?")
_CLOCK = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*([ap]m)?(?:Z|[+-]\d\d:?\d\d)?", re.I
)
_HOURS = re.compile(r"(\d{2})(\d{2})(?:\d{2})?")
_SERIAL = re.compile(r"\d{1,5}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A local day, and the time of day if it is known."""

    day: date
    at: time | None = None

    def __str__(self) -> str:
        return f"{self.day.isoformat()}T{self.at.strftime('%H:%M')}" if self.at else str(self.day)

    @property
    def latest(self) -> datetime:
        """The moment itself, or the last minute of its day if no time is known."""
        return datetime.combine(self.day, self.at or time(23, 59))

    @property
    def earliest(self) -> datetime:
        return datetime.combine(self.day, self.at or time.min)


def from_text(text: str) -> Moment:
    """The moment that ``str(moment)`` wrote."""
    day, _, at = text.partition("T")
    return Moment(date.fromisoformat(day), time.fromisoformat(at) if at else None)


def text_of(cell: Cell) -> str:
    """A cell as text, with its line breaks, and spaces for control characters; "" if it is empty."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.isprintable() and "  " not in cell:  # as most are
            return cell.strip()
        plain = _CONTROL.sub(" ", cell.replace("\r\n", "\n").replace("\r", "\n"))
        return "\n".join(_SPACES.sub(" ", line).strip() for line in plain.split("\n")).strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return str(cell)


def moment(day: Cell, at: Cell = None, *, from_1904: bool = False) -> Moment | None:
    """The moment in a cell with a day (and perhaps a time) and a cell with a time.

    None if the first has no day that exists: 30 February, a word, nothing. The day always comes before the month.
    24:00 is 00:00 of the next day. A time that cannot be read leaves the time unknown.
    """
    found = _day_and_time(day, from_1904)
    if found is None:
        return None
    clock = found.at
    days = 0
    if at is not None and text_of(at):
        later = _clock(at)
        if later is not None:
            days, clock = later
    return Moment(found.day + timedelta(days=days), clock)


def in_spring_gap(at: datetime) -> bool:
    """Whether the clocks skip this local time."""
    back = at.replace(tzinfo=_ZONE).astimezone(ZoneInfo("UTC")).astimezone(_ZONE)
    return back.replace(tzinfo=None) != at


def _day_and_time(cell: Cell, from_1904: bool) -> Moment | None:
    if isinstance(cell, datetime):
        clock = cell.time().replace(second=0, microsecond=0)
        return Moment(cell.date(), clock if cell.time() != time.min else None)
    if isinstance(cell, date):
        return Moment(cell)
    if isinstance(cell, timedelta):
        return _serial(cell / timedelta(days=1), from_1904)
    if isinstance(cell, bool) or cell is None or isinstance(cell, time):
        return None
    if isinstance(cell, int | float):
        return _serial(cell, from_1904)
    return _spelt(text_of(cell), from_1904)


def _serial(number: float, from_1904: bool) -> Moment | None:
    if int(number) not in _SERIALS:
        return _spelt(str(int(number)), False) if number > 10_000_000 else None
    instant = _EPOCH + timedelta(days=number + (1462 if from_1904 else 0))
    rounded = instant + timedelta(seconds=30)
    whole = float(number).is_integer()
    return Moment(rounded.date(), None if whole else time(rounded.hour, rounded.minute))


def _spelt(text: str, from_1904: bool) -> Moment | None:
    text = text.split("\n")[0].strip()
    if match := _ISO.fullmatch(text) or _RUN.fullmatch(text):
        year, month, number, clock = match.groups()
    elif match := _UK.fullmatch(text):
        number, month, year, clock = match.groups()
    elif match := _NAMED.fullmatch(text):
        number, name, year, clock = match.groups()
        short = name[:3].title()
        if short not in MONTHS:
            return None
        month = str(MONTHS.index(short) + 1)
    elif _SERIAL.fullmatch(text):
        return _serial(float(text), from_1904)
    else:
        return None
    try:
        day = date(_whole_year(year), int(month), int(number))
    except ValueError:
        return None
    if not clock:
        return Moment(day)
    later = _clock(clock)
    return Moment(day + timedelta(days=later[0]), later[1]) if later else Moment(day)


def _whole_year(year: str) -> int:
    """The year in full. Two digits mean one of the last hundred years, as for a birth or an attendance."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < 30 else 1900)


def _clock(cell: Cell) -> tuple[int, time] | None:
    """Days to add (for 24:00) and the time of a cell, or None."""
    if isinstance(cell, datetime):
        return 0, cell.time().replace(second=0, microsecond=0)
    if isinstance(cell, time):
        return 0, cell.replace(second=0, microsecond=0)
    if isinstance(cell, timedelta):
        return _of_minutes(round(cell / timedelta(minutes=1)))
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if 0 <= cell <= 1 and (isinstance(cell, float) or cell == 1):
            return _of_minutes(round(cell * 1440))
        if float(cell).is_integer():
            return _clock(f"{int(cell):04d}")
        return _of_minutes(round(cell % 1 * 1440))
    text = text_of(cell)
    if match := _CLOCK.fullmatch(text):
        hour, minute, half = int(match[1]), int(match[2]), (match[4] or "").lower()
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
    elif match := _HOURS.fullmatch(text):
        hour, minute = int(match[1]), int(match[2])
    else:
        full = _spelt(text, False)
        return (0, full.at) if full and full.at else None
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return None
    return _of_minutes(hour * 60 + minute)


def _of_minutes(minutes: int) -> tuple[int, time] | None:
    if not 0 <= minutes <= 1440:
        return None
    return (1, time.min) if minutes == 1440 else (0, time(minutes // 60, minutes % 60))


def number_of_patient(cell: Cell, placeholders: frozenset[str]) -> tuple[str, str]:
    """An NHS number's ten digits and "", or "" and the fault: missing, malformed, check-digit, repeated,
    placeholder."""
    text = text_of(cell)
    if isinstance(cell, float) and cell.is_integer():
        text = f"{int(cell):010d}"
    if not text:
        return "", "missing"
    try:
        digits = nhs_number.parse(text)
    except BadInput as error:
        words = str(error)
        kind = (
            "repeated"
            if "repeated" in words
            else "check-digit"
            if "a digit is wrong" in words
            else "malformed"
        )
        return "", kind
    return ("", "placeholder") if digits in placeholders else (digits, "")


_AGE_PARTS = re.compile(
    r"(\d{1,3})\s*(years?|yrs?|y|months?|mths?|mo|m|weeks?|wks?|w|days?|d)\b", re.I
)
_OF = re.compile(r"(\d{1,3})\s*/\s*(12|52|7|365)")


def age_in_months(cell: Cell) -> int | None:
    """A written age in whole months: "6/52", "11/12", "4y 3m", "23", or 11 December, which is what a
    spreadsheet makes of 11/12. None if it cannot be read."""
    if isinstance(cell, date):  # a datetime too
        return cell.day if cell.month == 12 else None
    if isinstance(cell, bool) or cell is None or isinstance(cell, time | timedelta):
        return None
    if isinstance(cell, int | float):
        return int(cell * 12) if 0 <= cell < 130 else None
    text = text_of(cell).casefold()
    if match := _OF.fullmatch(text):
        count, of = int(match[1]), match[2]
        return {"12": count, "52": count * 12 // 52, "7": 0, "365": count * 12 // 365}[of]
    if re.fullmatch(r"\d{1,3}(?:\.0+)?", text):
        return age_in_months(float(text))
    months, end = 0.0, 0
    for match in _AGE_PARTS.finditer(text):
        if text[end : match.start()].strip(" ,&"):
            return None
        months += int(match[1]) * {"y": 12.0, "m": 1.0, "w": 12 / 52, "d": 12 / 365}[match[2][0]]
        end = match.end()
    return int(months) if end and not text[end:].strip(" .old") else None
