"""When something is due: the one function behind every clock in spoc.

How long something may take is never written here: a rule arrives as a short string of guidance data, such
as "24h", "3wd" or "1mo".
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from spoc.model.errors import BadInput
from spoc.model.rules.clock import (
    Hours,
    NotKnown,
    from_local,
    is_working_day,
    shown_instant,
    shown_weekday,
    to_local,
)
from spoc.model.values.dates import MONTHS, WEEKDAYS, counted, parse_day, quoted, shown_day

_RULE = re.compile(r"([1-9][0-9]{0,3})(m|h|wd)|([1-9][0-9]?)(mo)")
_SATURDAY = 5
_FEW = 5  # up to this many working days are named one by one
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{2})")
_ISO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[t ]([0-9]{2}:[0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MONTHS = 12
_TIME = re.compile(r"([0-9]{2})([0-9]{2})|([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Months:
    """A number of calendar months."""

    count: int


@dataclass(frozen=True, slots=True)
class DueRule:
    """How to find a due time. ``value`` is a timedelta (elapsed time, in whole minutes), an int (working
    days), Months, an aware datetime (at that instant) or a date (by close of that day).

    ``str(rule)`` is the string that ``DueRule.parse`` reads.
    """

    value: timedelta | int | Months | datetime | date

    @property
    def kind(self) -> Literal["elapsed", "working-days", "months", "at"]:
        if isinstance(self.value, timedelta):
            return "elapsed"
        if isinstance(self.value, Months):
            return "months"
        return "working-days" if isinstance(self.value, int) else "at"

    @staticmethod
    def parse(text: str) -> "DueRule":
        """Reads "30m", "24h", "3wd", "1mo", "2026-11-23" or "2026-11-23T16:00:00Z"; raises BadInput for
        anything else."""
        words = text.strip().casefold()
        if match := _RULE.fullmatch(words):
            if match[4]:
                return DueRule(Months(int(match[3])))
            number, unit = int(match[1]), _UNITS.get(match[2])
            return DueRule(number * unit if unit else number)
        try:
            if len(words) == len("2026-11-23"):
                return DueRule(date.fromisoformat(words))
            instant = datetime.fromisoformat(words.upper())
            if instant.tzinfo is not None:
                return DueRule(instant.astimezone(UTC))
        except ValueError:
            pass
        raise BadInput(
            f"{quoted(text)} is not a due rule: write 30m, 24h, 3wd (working days), 1mo, "
            "2026-11-23 or 2026-11-23T16:00:00Z."
        )

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, timedelta):
            hours, rest = divmod(value, _UNITS["h"])
            return f"{value // _UNITS['m']}m" if rest else f"{hours}h"
        if isinstance(value, Months):
            return f"{value.count}mo"
        if isinstance(value, int):
            return f"{value}wd"
        return value.isoformat().replace("+00:00", "Z")

    @property
    def span(self) -> str:
        """The waiting time in words: "24 hours", "3 working days", "1 month"; "" for a given time."""
        value = self.value
        if isinstance(value, timedelta):
            hours, rest = divmod(value, _UNITS["h"])
            return counted(value // _UNITS["m"], "minute") if rest else counted(hours, "hour")
        if isinstance(value, Months):
            return counted(value.count, "month")
        return counted(value, "working day") if isinstance(value, int) else ""


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due.

    ``at`` is the UTC instant, or None if it lies beyond the recorded bank holidays; ``unknown`` then says so.
    ``closed`` says in words why the body is closed at that instant, "" if it is open: somebody must be
    responsible for whatever falls due in closed hours.
    """

    rule: DueRule
    start: datetime
    at: datetime | None
    closed: str = ""
    unknown: str = ""

    def words(self, now: datetime, at_once: bool = False) -> str:
        """For a list or a letter: "due by 17:00 Wed 25 Nov 2026 (3rd working day)", "due Mon 23 Nov 2026
        16:00, 24 hours after 16:00 Sun", "overdue by 2 hours", "not known: …". For an action done
        ``at_once``: "now, by 14:30"."""
        if self.at is None:
            return f"not known: {self.unknown}"
        if now > self.at:
            return f"overdue by {_span(now - self.at)}, due {shown_instant(self.at)}"
        value = self.rule.value
        if at_once and isinstance(value, timedelta):
            local, today = to_local(self.at), to_local(self.start).date()
            day = "" if local.date() == today else f" {shown_weekday(local)}"
            return f"now, by {local:%H:%M}{day}"
        if isinstance(value, timedelta):
            start, end = to_local(self.start), to_local(self.at)
            # A weekday alone identifies the start only within a week.
            since = WEEKDAYS[start.weekday()] if value < timedelta(7) else shown_weekday(start)
            changed = ", over the clock change" if start.utcoffset() != end.utcoffset() else ""
            return f"due {shown_instant(self.at)}, {self.rule.span} after {start:%H:%M} {since}{changed}"
        if isinstance(value, datetime):
            return f"due {shown_instant(self.at)}"
        local = to_local(self.at)
        by = f"due by {local:%H:%M} {shown_weekday(local)}"
        if isinstance(value, Months):
            return f"{by} ({self.rule.span})"
        return f"{by} ({_ordinal(value)} working day)" if isinstance(value, int) else by


def due_typed(kept: str) -> str:
    """A due time as somebody would type it, in local words: "26 Nov 2026 15:00"; a length of time as it is."""
    try:
        value = DueRule.parse(kept).value
    except BadInput:
        return kept
    if isinstance(value, datetime):
        return shown_instant(value).partition(" ")[2]
    return shown_day(value) if isinstance(value, date) else kept


def due(rule: DueRule, start: datetime, hours: Hours) -> Due:
    """When something that began at ``start`` (UTC) is due.

    Elapsed hours are real hours: 24 hours over a clock change are 24 hours, whatever the wall clock says.
    Working days: day 0 is the calendar day of ``start`` (of the referral), even if that was after hours or
    not a working day; it is due when the body closes on the nth working day after it. Months: the same
    date, or the last of the month, or the next working day, when the body closes. A date is due when the
    body closes on that day.

    A rule that would need bank holidays beyond the recorded ones gives no instant, and says why.
    """
    value = rule.value
    if isinstance(value, timedelta):
        at = start.astimezone(UTC) + value  # in UTC, so that the hours are elapsed hours
    elif isinstance(value, datetime):
        at = value
    elif isinstance(value, date):
        at = hours.closes(value)
    else:
        try:
            at = hours.closes(days_of(rule, start, hours)[-1])
        except NotKnown as refused:
            return Due(rule, start, None, unknown=refused.why)
    return Due(rule, start, at, closed=hours.why_closed(at))


def days_of(rule: DueRule, start: datetime, hours: Hours) -> list[date]:
    """The local days that a rule in working days or months counts; the last is the day it is due.

    Empty for any other rule. Raises NotKnown if the recorded bank holidays do not reach.
    """
    first = to_local(start).date()
    if isinstance(rule.value, Months):
        return [_working_from(same_date(first, rule.value.count), hours)]
    found: list[date] = []
    for _ in range(rule.value if isinstance(rule.value, int) else 0):
        first = _working_from(first + timedelta(days=1), hours)
        found.append(first)
    return found


def same_date(day: date, months: int) -> date:
    """The same date that many months later, or the last of that month if it has no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _working_from(day: date, hours: Hours) -> date:
    """This day if it is a working day, else the next one."""
    while not is_working_day(hours, day):
        day += timedelta(days=1)
        if unknown := hours.why_unknown(day):
            raise NotKnown(
                f"Not known whether {shown_day(day)} is a working day: {unknown}.", unknown
            )
    return day


def parse_when(text: str, now: datetime, hours: Hours, *, past: bool = False) -> datetime | DueRule:
    """The UTC instant, or the due rule, that was typed.

    Understood: ``now``, ``tonight`` (the pack's time, today); ``1430``, ``14:30`` or ``14.30`` (today); a
    day as in ``parse_day`` and a time (``t 1430``, ``mon 0900``, ``12 mar 14:30``); a day alone, for the
    closing time of that day; ``30m``, ``24h``, ``3wd`` and ``1mo``, which are returned as rules. Four
    digits alone are always a time. ``12 mar 2026`` is a day with its year if that is this year, the last or
    the next; otherwise four digits after such a day could be either, and are refused. A time in the spring
    gap is refused; one that comes twice in autumn means the first, and ``shown`` says so. ISO 8601 is read
    too. ``past`` is for what has happened: ``mon 0900`` and ``12 mar 1430`` then mean the last such day.

    Raises BadInput with what was typed and what would be understood.
    """
    words = " ".join(text.casefold().split())
    if _RULE.fullmatch(words):
        return DueRule.parse(words)
    if words == "now":
        return now
    if match := _ISO_TIME.fullmatch(words):
        if match[3]:
            return datetime.fromisoformat(text.strip().upper()).astimezone(UTC)
        words = f"{match[1]} {match[2]}"
    today = to_local(now).date()
    if words == "tonight":
        return _at(today, hours.tonight, text)
    day_words, _, last = words.rpartition(" ")
    dotted = _DOTTED.fullmatch(last)
    # otherwise 12.10 is the twelfth of October
    if dotted and (past or day_words or int(dotted[2]) > _MONTHS):
        last = f"{dotted[1]}:{dotted[2]}"
        words = f"{day_words} {last}".strip()
    clock = clock_time(last)
    if not day_words and clock:
        return _at(today, clock, text)
    if not clock or _is_dated(words, last, today, text):
        try:
            if re.fullmatch("[0-9]{4}", words):
                raise BadInput(f"{quoted(text)} is not a time of day.")
            return hours.closes(parse_day(text, today, past))
        except BadInput as refused:
            why = str(refused).removesuffix(".")
            raise BadInput(f"{why}; a time is 1430 or t 1430, a span 24h or 3wd.") from None
    return _at(parse_day(day_words, today, past), clock, text)


def parse_due(text: str, now: datetime, hours: Hours) -> DueRule:
    """By when something is to be done, as typed: see ``parse_when``. For ``now`` it includes the pack's
    grace, so that it is not overdue a minute later."""
    when = parse_when(text, now, hours)
    if text.strip().casefold() == "now" and hours.grace:
        return DueRule(hours.grace)
    return when if isinstance(when, DueRule) else DueRule(when)


def clock_time(words: str) -> time | None:
    """A time of day as typed (1645, 16:45); None if it is not one."""
    match = _TIME.fullmatch(words)
    if match is None:
        return None
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _is_dated(words: str, last: str, today: date, text: str) -> bool:
    """Whether the last four digits are the year of the day before them, rather than a time."""
    try:
        day = parse_day(words, today)
    except BadInput:
        return False
    if abs(day.year - today.year) > 1:
        raise BadInput(
            f"{quoted(text)} could be a year or a time: "
            f"type {day.day}/{day.month} {last[:2]}:{last[2:]} or {day.day}/{day.month}/{day.year}."
        )
    return True


def _at(day: date, clock: time, text: str) -> datetime:
    instant, _ = from_local(datetime.combine(day, clock))
    if to_local(instant).time() != clock:
        raise BadInput(
            f"{quoted(text)} did not exist, as the clocks went forward: type what the clock showed."
        )
    return instant


def _span(late: timedelta) -> str:
    """A length of time in the one unit that fits, rounded down."""
    minutes = late // timedelta(minutes=1)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return counted(minutes, "minute")
    if minutes < 48 * 60:
        return counted(minutes // 60, "hour")
    return counted(minutes // (24 * 60), "day")


def _ordinal(number: int) -> str:
    ending = (
        "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{ending}"


def explained(rule: DueRule, start: datetime, hours: Hours) -> str:
    """Why something is due when it is: "3 working days from Fri 24 Dec 2027 16:00: Wed 29, Thu 30, Fri 31
    Dec; bank holidays 27 and 28 Dec"."""
    result = due(rule, start, hours)
    if result.at is None:
        return f"not known: {result.unknown}"
    since = f"{rule.span} from {shown_instant(start)}: "
    if rule.kind == "at":
        return result.words(start)
    if rule.kind == "elapsed":
        changed = to_local(start).utcoffset() != to_local(result.at).utcoffset()
        return since + shown_instant(result.at) + (", over the clock change" if changed else "")
    days, asked = days_of(rule, start, hours), to_local(start).date()
    if isinstance(rule.value, Months):
        first = same_date(asked, rule.value.count)
        moved = f", as {_listed([first], asked)} is not a working day" if first != days[-1] else ""
    else:
        first, moved = asked + timedelta(days=1), ""
    every_day = [first + timedelta(n) for n in range((days[-1] - first).days + 1)]
    weekdays = [day for day in every_day if day.weekday() < _SATURDAY]
    parts = [
        since + (_listed(days, asked) if len(days) <= _FEW else f"to {_listed(days[-1:], asked)}"),
        _named("bank holiday", [day for day in weekdays if day in hours.bank_holidays], asked),
        _named("closure day", [day for day in weekdays if day in hours.closures], asked),
    ]
    return "; ".join(filter(None, parts)) + moved


def _listed(days: Sequence[date], asked: date) -> str:
    """ "Wed 29, Thu 30, Fri 31 Dec": the month where it ends, and the year if it is not the year asked in."""
    return ", ".join(
        f"{WEEKDAYS[day.weekday()]} {_of_month(day, after, asked)}"
        for day, after in zip(days, [*days[1:], None], strict=True)
    )


def _named(what: str, days: Sequence[date], asked: date) -> str:
    """ "bank holidays 27 and 28 Dec", or "" for no days."""
    if not days:
        return ""
    parts = [
        _of_month(day, after, asked) for day, after in zip(days, [*days[1:], None], strict=True)
    ]
    return f"{what}{'s' * (len(parts) > 1)} {' and '.join(filter(None, [', '.join(parts[:-1]), parts[-1]]))}"


def _of_month(day: date, after: date | None, asked: date) -> str:
    if after and (after.year, after.month) == (day.year, day.month):
        return str(day.day)
    year = f" {day.year}" if day.year != asked.year else ""
    return f"{day.day} {MONTHS[day.month - 1]}{year}"
