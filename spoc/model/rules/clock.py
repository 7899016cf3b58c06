"""Working time: London's clock, when a body is open, and which days count.

Instants are aware datetimes in UTC; local time is Europe/London. Nothing here reads the clock:
"now" is always an argument.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from spoc.model.errors import BadInput, Refusal
from spoc.model.values.dates import WEEKDAYS, quoted, shown_day

LONDON = ZoneInfo("Europe/London")

_LAST_MINUTE = time(23, 59)

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_OPENING = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? ([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")


class NotKnown(Refusal):
    """A day outside the recorded bank holidays: whether it is a working day is unknown. ``why`` is the bare
    reason, for use in other sentences."""

    def __init__(self, sentence: str, why: str = "") -> None:
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True, slots=True)
class Hours:
    """When a body (the desk, social care) is open.

    ``week`` maps a weekday (Monday is 0) to its local opening and closing time; a weekday that is missing
    is closed all day. ``closures`` are local closure days. ``bank_holidays`` cover the year of the first of
    them up to the day ``known_until``. ``others`` maps an action's code to the hours its time goes by, if
    they are another body's. ``tonight`` is the time that the word means, ``grace`` how long something to be
    done now may take.
    """

    week: Mapping[int, tuple[time, time]]
    closures: frozenset[date]
    bank_holidays: frozenset[date]
    known_until: date
    others: Mapping[str, "Hours"] = field(default_factory=dict)
    tonight: time = _LAST_MINUTE
    grace: timedelta = timedelta(0)

    def why_unknown(self, day: date) -> str:
        """Why the bank holidays do not reach this day, in words, else ""."""
        if day > self.known_until:
            return f"bank holidays are recorded to {shown_day(self.known_until)}"
        first = min(self.bank_holidays, default=None)
        if first and day.year < first.year:
            return f"bank holidays are recorded from {shown_day(date(first.year, 1, 1))}"
        return ""

    def closes(self, day: date) -> datetime:
        """The instant at which the body closes on this local day, or 23:59 if its weekday has no hours.
        Ignores bank holidays and closure days."""
        closing = self.week[day.weekday()][1] if day.weekday() in self.week else _LAST_MINUTE
        return from_local(datetime.combine(day, closing))[0]

    def why_closed(self, instant: datetime) -> str:
        """Why the body is closed at this instant, as "closed on Sat", else "".

        The closing minute itself still counts as open, because a deadline may fall on it. If the bank
        holidays are not recorded, this also returns words, so that nobody relies on the answer.
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


def open_spans(hours: Hours, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When a body is open between two instants: from opening to closing of each local day, inclusive, as
    ``why_closed`` counts; the first and the last day are included whole."""
    found = []
    day, last = to_local(since).date(), to_local(until).date()
    while day <= last:
        if day.weekday() in hours.week:
            opens, closes = (
                from_local(datetime.combine(day, at))[0] for at in hours.week[day.weekday()]
            )
            if not hours.why_closed(opens):
                found.append((opens, closes))
        day += timedelta(days=1)
    return found


def parse_week(text: str) -> dict[int, tuple[time, time]]:
    """Opening hours in the form of the guidance data: "Mon-Fri 08:30-17:00; Sat 09:00-12:00".

    Raises BadInput if a part is not such a range, a day comes twice or closing is not after opening.
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
    """Whether it is Monday to Friday, the body is open, and it is neither one of England's bank holidays
    nor a closure day.

    Raises NotKnown if the bank holidays do not reach the day and it could be one.
    """
    if day.weekday() > 4 or day.weekday() not in hours.week or day in hours.closures:
        return False
    if unknown := hours.why_unknown(day):
        raise NotKnown(f"Not known whether {shown_day(day)} is a working day: {unknown}.", unknown)
    return day not in hours.bank_holidays


def in_hours(hours: Hours, instant: datetime) -> bool:
    """Whether the body is open at this instant: from opening until just before closing.

    Raises NotKnown if the bank holidays do not reach the day and it would otherwise be open.
    """
    local = to_local(instant)
    opens_closes = hours.week.get(local.weekday())
    if opens_closes is None or local.date() in hours.closures:
        return False
    if not opens_closes[0] <= local.time() < opens_closes[1]:
        return False
    if unknown := hours.why_unknown(local.date()):
        raise NotKnown(f"Not known whether open on {shown_day(local.date())}: {unknown}.", unknown)
    return local.date() not in hours.bank_holidays


def hours_words(hours: Hours, instant: datetime) -> str:
    """Whether the body is open, in words: "in hours until 17:00", "out of hours (Christmas Day)"."""
    try:
        within = in_hours(hours, instant)
    except Refusal:
        return "hours not known"
    if not within:
        return f"out of hours ({hours.why_closed(instant) or 'closed'})"
    return f"in hours until {to_local(hours.closes(to_local(instant).date())):%H:%M}"


def to_local(instant: datetime) -> datetime:
    """An instant as London time. Raises ValueError for a naive datetime, which is not an instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(LONDON)


def from_local(naive: datetime) -> tuple[datetime, str | None]:
    """The UTC instant of a London date and time, and a word if the clock change makes it doubtful.

    A time in the spring gap means the same moment an hour later; a time that comes twice in autumn means
    the first. Raises ValueError for a datetime that already has a time zone.
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


def shown_instant(instant: datetime) -> str:
    """An instant in local words: "Mon 23 Nov 2026 16:00". An hour that comes twice says which one: "Sun 25
    Oct 2026 01:30 BST"."""
    local = to_local(instant)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{shown_weekday(local)} {local:%H:%M}" + (f" {local:%Z}" if twice else "")


def in_local_words(text: str) -> str:
    """A text as it is; a time written as programs write it ("2026-11-26T15:00:00Z") in local words."""
    if not _INSTANT.fullmatch(text.strip()):
        return text
    try:
        instant = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return shown_instant(instant if instant.tzinfo else from_local(instant)[0])
    except ValueError:
        return text


def shown_weekday(local: date) -> str:
    """A day with its weekday: "Mon 23 Nov 2026"."""
    return f"{WEEKDAYS[local.weekday()]} {shown_day(local)}"
