"""Coverage: which sites and days have a list; which lists are missing, short or have a gap. Pure.

A day without a list reads "no list", never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from spoc.model.attendance.cell_values import from_text
from spoc.model.values.dates import WEEKDAY_NAMES, shown_day

LIST_IN, NONE_YET, CLOSED = "list in", "no list", "closed"


@dataclass(frozen=True, slots=True)
class CoverageLimits:
    """What counts as missing, short or a gap."""

    expected_by: time
    gap: timedelta
    short_percent: int
    usual_weeks: int
    usual_least: int
    days: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What the lists contain for one site and day: first and last arrival, number of rows, which lists."""

    site: str
    day: date
    first: str
    last: str
    records: int
    intakes: frozenset[str] = frozenset()  # the lists (ids) that contained it


@dataclass(frozen=True, slots=True)
class Day:
    """One site and day. ``alarms`` are sentences that stay until the fault is corrected or explained."""

    site: str
    day: date
    state: str
    records: int = 0
    alarms: tuple[str, ...] = ()
    why: str = ""  # it was explained, or the site was closed


def days(
    listings: Sequence[Listing],
    explained: Mapping[tuple[str, date], tuple[str, str]],
    now: datetime,
    limits: CoverageLimits,
) -> list[Day]:
    """Each known site on each of the last days, newest first. ``explained`` holds (state, why) by site and
    day; ``now`` is local and naive. Yesterday's list is expected by the hour of the limits."""
    by_day: dict[tuple[str, date], Listing] = {(each.site, each.day): each for each in listings}
    since = now.date() - timedelta(weeks=limits.usual_weeks)
    sites = sorted({each.site for each in listings if each.day >= since})
    begun = {site: min(each.day for each in listings if each.site == site) for site in sites}
    found = []
    for back in range(1, limits.days + 1):
        day = now.date() - timedelta(days=back)
        for site in sites:
            if day < begun[site]:
                continue  # there was never a list before
            state, why = explained.get((site, day), ("", ""))
            one = by_day.get((site, day))
            if one is None:
                missing = _missing(day, now, limits) if state != CLOSED and not why else ()
                found.append(Day(site, day, state or NONE_YET, 0, missing, why))
                continue
            alarms = () if why else (*_short(one, listings, limits), *_gap(one, by_day, limits))
            found.append(Day(site, day, LIST_IN, one.records, alarms, why))
    return found


def _missing(day: date, now: datetime, limits: CoverageLimits) -> tuple[str, ...]:
    due = datetime.combine(day + timedelta(days=1), limits.expected_by)
    if now < due:
        return ()
    return (f"no list of {shown_day(day)}; it was expected by {due.strftime('%H:%M')}",)


def _short(one: Listing, listings: Sequence[Listing], limits: CoverageLimits) -> tuple[str, ...]:
    since = one.day - timedelta(weeks=limits.usual_weeks)
    like = [
        each.records
        for each in listings
        if each.site == one.site
        and since <= each.day < one.day
        and each.day.weekday() == one.day.weekday()
    ]
    if len(like) < limits.usual_least:
        return ()
    usual = round(median(like))
    if one.records * 100 >= usual * limits.short_percent:
        return ()
    weekday = WEEKDAY_NAMES[one.day.weekday()]
    return (f"{one.records} on the list of {shown_day(one.day)}; usually {usual} on a {weekday}",)


def _gap(
    one: Listing, by_day: Mapping[tuple[str, date], Listing], limits: CoverageLimits
) -> tuple[str, ...]:
    before = by_day.get((one.site, one.day - timedelta(days=1)))
    if before is None or len(one.first) == 10 or len(before.last) == 10:
        return ()
    if one.intakes & before.intakes:
        return ()  # one list had the whole night
    last, first = from_text(before.last).latest, from_text(one.first).earliest
    if first - last <= limits.gap:
        return ()
    hours = round((first - last) / timedelta(hours=1))
    clock = "%H:%M"
    return (
        f"nothing from {shown_day(last.date())} {last.strftime(clock)} to {first.strftime(clock)}: {hours} hours between two lists",
    )
