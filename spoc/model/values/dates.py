"""Days as people type and read them: 20 Nov 2026, always day before month.

Every function here works on local calendar days; "today" is an argument.
"""

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from spoc.model.errors import BadInput

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = tuple(name[:3] for name in WEEKDAY_NAMES)
MONTHS = tuple(name[:3] for name in _MONTH_NAMES)

# Years outside these are typing slips.
_FIRST_YEAR, _LAST_YEAR = 1900, 2099

_GESTATION = timedelta(weeks=40)  # from the first day of the last period to the due date

_OFFSET = re.compile(r"(?:(?:t|today) ?)?([+-]) ?([0-9]{1,3}) ?([dwmy]?)")
_RUN = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2}|[0-9]{4})?")
_NUMBERS = re.compile(r"([0-9]{1,2})([/.\- ])([0-9]{1,2})(?:\2([0-9]{2}|[0-9]{4}))?")
_NAMED = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[/.\- ]?([a-z]{3,9})\.?(?:[/.\- ]?([0-9]{2}|[0-9]{4}))?"
)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_WEEKDAY_FIRST = re.compile(r"([a-z]{3,9})[, ]+([0-9]{1,2}[^0-9].*)")


def shown_day(day: date) -> str:
    """A day in words: "20 Nov 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def parse_day(text: str, today: date, past: bool = False) -> date:
    """The day that was typed.

    Understood: ``t`` (today), ``t-2`` and ``t+1`` (days), ``-3w``, ``+2d``, ``+1m``, ``-1y``; ``mon`` (the
    next one, never today); ``1203``, ``120319``, ``12032019``; ``12/3``, ``12/3/19``, ``12/3/2019`` (also
    with dots, dashes or spaces); ``12 mar``, ``12 mar 2019``, ``Thu 12 Mar 2026``, ``2026-03-12``. The day
    always comes before the month: a date that is impossible that way round is refused, never swapped.

    Without a year this is the nearest such day, with two digits the nearest such year. ``past`` is for a
    date of birth or something that happened: all of these, and ``mon``, are then the latest not after
    today, and a day after today is refused.

    Raises BadInput with what was typed and what would be understood.
    """
    words = " ".join(text.casefold().split())
    day = _relative(words, today, past)
    if day is None:
        day = _calendar(words, text, today, past)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _bad(text, f"it would be in {day.year}")
    if past and day > today:
        raise _bad(text, f"{shown_day(day)} is still to come")
    return day


def whole_months(dob: date, on: date) -> int:
    """Whole calendar months from a birth to a day. The 29th, 30th or 31st of a month without one is the 1st
    of the next, so that 29 February births turn on 1 March. Years are this // 12.

    Raises BadInput if the day is before the birth.
    """
    if on < dob:
        raise BadInput(f"{shown_day(on)} is before the date of birth, {shown_day(dob)}.")
    return (on.year - dob.year) * 12 + on.month - dob.month - (on.day < dob.day)


def age(dob: date, on: date) -> str:
    """An age in words: "12 days" in the first month, "14 months" under two, then "15 years".

    Raises BadInput if the day is before the birth.
    """
    months = whole_months(dob, on)
    if months < 1:
        return counted((on - dob).days, "day")
    if months < 24:
        return counted(months, "month")
    return counted(months // 12, "year")


def gestation_words(edd: date, on: date) -> str:
    """An unborn child's week and due date: "28 weeks (EDD 12 Feb 2027, 12 weeks to go)".

    Weeks are whole weeks. The gestation is left out once the due date has passed, and if the date is more
    than 40 weeks away and so cannot be right.
    """
    left = edd - on
    due = f"EDD {shown_day(edd)}"
    if left == timedelta(0):
        return f"40 weeks ({due}, today)"
    far = abs(left.days)
    span = counted(far, "day") if far < 7 else counted(far // 7, "week")
    if left < timedelta(0):
        return f"{due}, {span} ago"
    if left > _GESTATION:
        return f"{due}, {span} to go"
    return f"{counted((_GESTATION - left).days // 7, 'week')} ({due}, {span} to go)"


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 day", "2 days"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: int) -> str:
    """How long a call took: "4 min 12 s", from two hours on "28 h"."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02} s" if minutes < 120 else f"{minutes // 60} h"


def quoted(text: str) -> str:
    """User text in quotation marks on one line, not too long for a sentence."""
    typed = " ".join(text.split())
    return f"“{typed}”" if len(typed) <= 40 else f"“{typed[:40]}…”"


def _relative(words: str, today: date, past: bool) -> date | None:
    """A day counted from today, or None if the words have another form."""
    if words in ("t", "today"):
        return today
    wanted = _named(words, WEEKDAY_NAMES)
    if wanted is not None:
        if past:
            return today - timedelta((today.weekday() - wanted - 1) % 7 + 1)
        return today + timedelta((wanted - today.weekday() - 1) % 7 + 1)
    match = _OFFSET.fullmatch(words)
    if match is None:
        return None
    sign, number, unit = match.groups()
    count = int(sign + number)
    return today + {
        "w": relativedelta(weeks=count),
        "m": relativedelta(months=count),
        "y": relativedelta(years=count),
    }.get(unit, relativedelta(days=count))


def _calendar(words: str, text: str, today: date, past: bool) -> date:
    """A day of the calendar, with or without its year; ``text`` is what the refusal quotes."""
    match = _WEEKDAY_FIRST.fullmatch(words)
    weekday = _named(match[1], WEEKDAY_NAMES) if match else None
    if match and weekday is not None:
        dated = _calendar(match[2], text, today, past)
        if dated.weekday() != weekday:
            raise _bad(text, f"{shown_day(dated)} is a {WEEKDAY_NAMES[dated.weekday()]}")
        return dated
    if match := _ISO.fullmatch(words):
        number, month, year = int(match[3]), int(match[2]), match[1]
    elif match := _RUN.fullmatch(words):
        number, month, year = int(match[1]), int(match[2]), match[3]
    elif match := _NUMBERS.fullmatch(words):
        number, month, year = int(match[1]), int(match[3]), match[4]
    elif (match := _NAMED.fullmatch(words)) and (
        named := _named(match[2], _MONTH_NAMES)
    ) is not None:
        number, month, year = int(match[1]), named + 1, match[3]
    else:
        raise _bad(text)
    if not 1 <= month <= 12:
        raise _bad(text, f"there is no month {month}, and the day comes first")
    if year and len(year) == 4:
        years = [int(year)]
    elif year:
        years = [century + int(year) for century in range(_FIRST_YEAR, _LAST_YEAR, 100)]
    else:
        years = [today.year - 1, today.year, today.year + 1]
    days = [day for each in years if (day := _day(each, month, number))]
    if not days:
        where = f" {years[0]}" if len(years) == 1 else "" if year else " near today"
        raise _bad(text, f"there is no {number} {MONTHS[month - 1]}{where}")
    if past and len(years) > 1:
        return max((day for day in days if day <= today), default=days[0])
    return min(days, key=lambda day: abs(day - today))


def _named(word: str, names: tuple[str, ...]) -> int | None:
    """The number of a name that was typed in full or by its first three letters (or "sept")."""
    word = "sep" if word == "sept" else word
    short = (
        index for index, name in enumerate(names) if word in (name.casefold(), name[:3].casefold())
    )
    return next(short, None)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _bad(text: str, why: str = "") -> BadInput:
    reason = f" ({why})" if why else ""
    return BadInput(
        f"{quoted(text)} is not a date I recognise{reason}: "
        "type 12 mar, 1203, 12/3/2019, t, t-2, +3w or mon."
    )
