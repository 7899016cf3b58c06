"""Working time: when a desk is open, which days count, and when a thing is due.

Instants are aware datetimes in UTC; local time is Europe/London. Nothing here reads the clock:
"now" is always an argument. How long something may take is never written here either: a rule
arrives as a short string of guidance data, such as "24h" or "3wd".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from spoc.model.dates import WEEKDAYS, counted, parse_day, quoted, shown_day
from spoc.model.errors import BadInput, Refusal

LONDON = ZoneInfo("Europe/London")

_LAST_MINUTE = time(23, 59)

_RULE = re.compile(r"([1-9][0-9]{0,3})(h|wd)")
_TIME = re.compile(r"([0-9]{2})([0-9]{2})|([0-9]{1,2}):([0-9]{2})")
_OPENING = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? ([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")


class NotKnown(Refusal):
    """A day outside the recorded bank holidays: whether it is worked cannot be said."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a body (the desk, social care) is open.

    ``week`` maps a weekday (Monday is 0) to its opening and closing time, local; a weekday that is
    not in it is closed all day. ``closures`` are local closure days. ``known_until`` is the last
    day that ``bank_holidays`` cover; they begin with the year of the first of them.
    """

    week: Mapping[int, tuple[time, time]]
    closures: frozenset[date]
    bank_holidays: frozenset[date]
    known_until: date

    def why_unknown(self, day: date) -> str:
        """Words where the bank holidays do not reach this day, else ""."""
        if day > self.known_until:
            return f"bank holidays are recorded to {shown_day(self.known_until)}"
        first = min(self.bank_holidays, default=None)
        if first and day.year < first.year:
            return f"bank holidays are recorded from {shown_day(date(first.year, 1, 1))}"
        return ""

    def closes(self, day: date) -> datetime:
        """The instant at which the body closes on this local day, or 23:59 where its weekday has no
        hours. Bank holidays and closure days are not looked at."""
        closing = self.week[day.weekday()][1] if day.weekday() in self.week else _LAST_MINUTE
        return from_local(datetime.combine(day, closing))[0]

    def why_closed(self, instant: datetime) -> str:
        """Words for why the body is closed at this instant, as "closed on Sat", else "".

        The closing minute itself still counts as open, as a deadline may fall on it. Where the
        bank holidays are not recorded the answer is words too, so that nobody relies on it.
        """
        local = to_local(instant)
        day, clock = local.date(), local.time()
        if day in self.closures:
            return "closure day"
        if day in self.bank_holidays:
            return "bank holiday"
        if day.weekday() not in self.week:
            return f"closed on {WEEKDAYS[day.weekday()]}"
        opens, closes = self.week[day.weekday()]
        if clock < opens:
            return f"before {opens:%H:%M}"
        if clock > closes:
            return f"after {closes:%H:%M}"
        unknown = self.why_unknown(day)
        return f"not known whether open: {unknown}" if unknown else ""


def parse_week(text: str) -> dict[int, tuple[time, time]]:
    """Opening hours as guidance data write them: "Mon-Fri 08:30-17:00; Sat 09:00-12:00".

    BadInput where a part is not such a range, a day comes twice or closing is not after opening.
    """
    week: dict[int, tuple[time, time]] = {}
    for part in text.casefold().split(";"):
        match = _OPENING.fullmatch(part.strip())
        try:
            if match is None:
                raise ValueError(part)
            first = WEEKDAYS.index(match[1].title())
            last = WEEKDAYS.index(match[2].title()) if match[2] else first
            opens, closes = time.fromisoformat(match[3]), time.fromisoformat(match[4])
            days = range(first, last + 1)
            if not days or opens >= closes or any(day in week for day in days):
                raise ValueError(part)
        except ValueError:
            raise BadInput(
                f"{quoted(text)} are not opening hours: write Mon-Fri 08:30-17:00; Sat 09:00-12:00."
            ) from None
        week.update(dict.fromkeys(days, (opens, closes)))
    return week


def is_working_day(hours: Hours, day: date) -> bool:
    """Monday to Friday, less England's bank holidays and the local closure days.

    NotKnown where the bank holidays do not reach the day and it could be one.
    """
    if day.weekday() > 4 or day in hours.closures:
        return False
    if unknown := hours.why_unknown(day):
        raise NotKnown(f"Not known whether {shown_day(day)} is a working day: {unknown}.")
    return day not in hours.bank_holidays


def in_hours(hours: Hours, instant: datetime) -> bool:
    """Whether the body is open at this instant: from opening until just before closing.

    NotKnown where the bank holidays do not reach the day and it would otherwise be open.
    """
    local = to_local(instant)
    opens_closes = hours.week.get(local.weekday())
    if opens_closes is None or local.date() in hours.closures:
        return False
    if not opens_closes[0] <= local.time() < opens_closes[1]:
        return False
    if unknown := hours.why_unknown(local.date()):
        raise NotKnown(f"Not known whether open on {shown_day(local.date())}: {unknown}.")
    return local.date() not in hours.bank_holidays


def to_local(instant: datetime) -> datetime:
    """An instant as London time. ValueError for a naive one: it is no instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(LONDON)


def from_local(naive: datetime) -> tuple[datetime, str | None]:
    """The UTC instant of a London date and time, and a word where the clocks make it doubtful.

    A time in the spring gap is taken as the same moment an hour on; a time that comes twice in
    autumn is taken as the first. ValueError for a datetime that has a time zone already.
    """
    if naive.tzinfo is not None:
        raise ValueError("a local time comes without a time zone")
    first = naive.replace(tzinfo=LONDON, fold=0)
    second = first.replace(fold=1)
    instant = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return instant, None
    local = instant.astimezone(LONDON)
    if local.replace(tzinfo=None) == naive:
        return instant, f"that time came twice; taken as the first, {local:%Z}"
    return instant, f"that time did not exist (the clocks went forward); taken as {local:%H:%M %Z}"


def shown(instant: datetime) -> str:
    """An instant in words, local: "Mon 23 Nov 2026 16:00". An hour that comes twice says which:
    "Sun 25 Oct 2026 01:30 BST"."""
    local = to_local(instant)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{_shown_weekday(local)} {local:%H:%M}" + (f" {local:%Z}" if twice else "")


@dataclass(frozen=True, slots=True)
class DueRule:
    """How a due time is found. ``value`` is a timedelta (elapsed hours), an int (working days),
    an aware datetime (at that instant) or a date (by close of that day).

    ``str(rule)`` is the string that ``DueRule.parse`` reads.
    """

    value: timedelta | int | datetime | date

    @property
    def kind(self) -> Literal["elapsed", "working-days", "at"]:
        if isinstance(self.value, timedelta):
            return "elapsed"
        return "working-days" if isinstance(self.value, int) else "at"

    @staticmethod
    def parse(text: str) -> "DueRule":
        """Reads "24h", "3wd", "2026-11-23" or "2026-11-23T16:00:00Z"; BadInput for the rest."""
        words = text.strip().casefold()
        if match := _RULE.fullmatch(words):
            number = int(match[1])
            return DueRule(timedelta(hours=number) if match[2] == "h" else number)
        try:
            if len(words) == len("2026-11-23"):
                return DueRule(date.fromisoformat(words))
            instant = datetime.fromisoformat(words.upper())
            if instant.tzinfo is not None:
                return DueRule(instant.astimezone(UTC))
        except ValueError:
            pass
        raise BadInput(
            f"{quoted(text)} is not a due rule: write 24h, 3wd (working days), "
            "2026-11-23 or 2026-11-23T16:00:00Z."
        )

    def __str__(self) -> str:
        if isinstance(self.value, timedelta):
            return f"{self.value // timedelta(hours=1)}h"
        if isinstance(self.value, int):
            return f"{self.value}wd"
        return self.value.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Due:
    """When a thing is due.

    ``at`` is the UTC instant, or None where it is not known because it lies beyond the recorded
    bank holidays; ``unknown`` then says so. ``closed`` is why the body is shut at that instant, in
    words, and "" where it is open: whatever is due in closed hours needs a holder until then.
    """

    rule: DueRule
    start: datetime
    at: datetime | None
    closed: str = ""
    unknown: str = ""

    def words(self, now: datetime) -> str:
        """For a list or a letter: "due by 17:00 Wed 25 Nov 2026 (3rd working day)", "due Mon 23 Nov
        2026 16:00, 24 hours after 16:00 Sun", "overdue by 2 hours", "not known: …"."""
        if self.at is None:
            return f"not known: {self.unknown}"
        if now > self.at:
            return f"overdue by {_span(now - self.at)}"
        value = self.rule.value
        if isinstance(value, timedelta):
            start, end = to_local(self.start), to_local(self.at)
            # A weekday alone names the start only within a week.
            since = WEEKDAYS[start.weekday()] if value < timedelta(7) else _shown_weekday(start)
            changed = ", over the clock change" if start.utcoffset() != end.utcoffset() else ""
            hours = counted(value // timedelta(hours=1), "hour")
            return f"due {shown(self.at)}, {hours} after {start:%H:%M} {since}{changed}"
        if isinstance(value, datetime):
            return f"due {shown(self.at)}"
        local = to_local(self.at)
        by = f"due by {local:%H:%M} {_shown_weekday(local)}"
        return f"{by} ({_ordinal(value)} working day)" if isinstance(value, int) else by


def due(rule: DueRule, start: datetime, hours: Hours) -> Due:
    """When something that began at ``start`` (UTC) is due.

    Elapsed hours are real hours: 24 hours over a clock change are 24 hours, whatever the wall
    clock says. Working days: day 0 is the calendar day of ``start`` (of the referral), also where
    that was after hours or not a working day; it is due when the body closes on the nth working
    day after it. A date is due when the body closes on that day.

    What would need bank holidays beyond the recorded ones has no instant, and says why.
    """
    value = rule.value
    if isinstance(value, timedelta):
        at = start.astimezone(UTC) + value  # in UTC, so that the hours are elapsed ones
    elif isinstance(value, datetime):
        at = value
    elif isinstance(value, date):
        at = hours.closes(value)
    else:
        day = to_local(start).date()
        for _ in range(value):
            day += timedelta(days=1)
            try:
                while not is_working_day(hours, day):
                    day += timedelta(days=1)
            except NotKnown:
                return Due(rule, start, None, unknown=hours.why_unknown(day))
        at = hours.closes(day)
    return Due(rule, start, at, closed=hours.why_closed(at))


def parse_when(text: str, now: datetime, hours: Hours) -> datetime | DueRule:
    """The UTC instant, or the due rule, that was typed.

    Understood: ``1430`` or ``14:30`` (today); a day as in ``parse_day`` and a time (``t 1430``,
    ``mon 0900``, ``12 mar 14:30``); a day alone, for the closing time of that day; ``24h`` and
    ``3wd``, which come back as rules. Four digits alone are always a time. ``12 mar 2026`` is a
    day with its year where that is this year, the last or the next; otherwise four digits after
    such a day could be either, and are refused. A time in the spring gap is refused; one that
    comes twice in autumn is taken as the first, and ``shown`` says so.

    BadInput says what was typed and what would be understood.
    """
    words = " ".join(text.casefold().split())
    if _RULE.fullmatch(words):
        return DueRule.parse(words)
    today = to_local(now).date()
    day_words, _, last = words.rpartition(" ")
    clock = _clock(last)
    if not day_words and clock:
        return _at(today, clock, text)
    if not clock or _is_dated(words, last, today, text):
        try:
            if re.fullmatch("[0-9]{4}", words):
                raise BadInput(f"{quoted(text)} is not a time of day.")
            return hours.closes(parse_day(text, today))
        except BadInput as refused:
            why = str(refused).removesuffix(".")
            raise BadInput(f"{why}; a time is 1430 or t 1430, a span 24h or 3wd.") from None
    return _at(parse_day(day_words, today), clock, text)


def _clock(words: str) -> time | None:
    match = _TIME.fullmatch(words)
    if match is None:
        return None
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _is_dated(words: str, last: str, today: date, text: str) -> bool:
    """Whether the last four digits are the year of the day before them, and not a time."""
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


def _shown_weekday(local: date) -> str:
    return f"{WEEKDAYS[local.weekday()]} {shown_day(local)}"


def _span(late: timedelta) -> str:
    """A length of time in its one fitting unit, rounded down."""
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
