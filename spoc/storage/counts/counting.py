"""From a measure to numbers: by local day, by part, or as the ids behind a number.

Numbers come from the projection, in one pass over a kind of record however many measures there are. A day
is a day in London: the pass itself assigns a UTC hour that belongs to the next local day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from statistics import median

from spoc.model.ledger.entry import Actor
from spoc.model.measures.measure import DAYS_OPEN, DESK, Measure
from spoc.model.measures.period import Span
from spoc.model.measures.record_kinds import ATTENDANCE, CONTACT, KINDS
from spoc.model.rules.access import require
from spoc.model.rules.clock import from_local, to_local
from spoc.model.values.instants import from_text
from spoc.storage.contacts.reading.listing import start_of
from spoc.storage.counts.conditions import condition, part
from spoc.storage.counts.count_sources import ROWS, CountSource
from spoc.storage.driver import row
from spoc.storage.store import Store

Days = dict[date, tuple[int, int]]  # the numerator and denominator of each day with any

_CHILD = (
    " JOIN contact_person ON contact_person.contact = contact.id AND contact_person.part = 'child'"
    " AND contact_person._void = 0 AND contact_person.person IS NOT NULL"
)
_HOUR = 3600.0


def begins(store: Store, actor: Actor, records: str = CONTACT) -> date | None:
    """The local day of a kind's first record: before it nothing was recorded. Whatever belongs to a contact
    was recorded since the first contact."""
    require(actor.role, "report.view")
    rows = ROWS[records if records == ATTENDANCE else CONTACT]
    first = row(
        store.reader.conn.execute(
            f"SELECT min({rows.at}) FROM {rows.source} WHERE {rows.counts}"
        ).fetchone()
    )
    return _local(first[:10], not rows.local and first[11:13] == "23") if first else None


def days_with_lists(store: Store, actor: Actor) -> set[date]:
    """The days with a list of attendances."""
    require(actor.role, "report.view")
    found = store.reader.conn.execute(
        "SELECT DISTINCT day FROM listing WHERE _void = 0 AND day IS NOT NULL"
    )
    return {date.fromisoformat(day) for (day,) in found}


def daily(
    store: Store, actor: Actor, measures: Sequence[Measure], since: date = date.min
) -> dict[str, Days]:
    """Each measure's numbers for each day since one, numerator and denominator; counts have no denominator
    (0). Not for measures of children, medians or what is open at a period's end: these do not add up over
    days."""
    require(actor.role, "report.view")
    found: dict[str, Days] = {}
    kinds: dict[str, list[Measure]] = {}
    for each in {measure.code: measure for measure in measures}.values():
        if each.origin == DESK and each.unit != "child" and not each.value and not each.at_end:
            kinds.setdefault(each.records, []).append(each)
            found[each.code] = {}
    for records, counted in kinds.items():
        _daily(store, ROWS[records], counted, since, found)
    return found


def _daily(
    store: Store, rows: CountSource, counted: Sequence[Measure], since: date, found: dict[str, Days]
) -> None:
    columns, values = [], []
    for each in counted:
        for denominator in (False, True):
            text, texts = condition(store, each, denominator=denominator)
            columns.append(f"total({text})")
            values += texts
    read = store.reader.conn.execute(
        f"SELECT {_day(rows)}, {', '.join(columns)} FROM {rows.source}"
        f" WHERE {rows.counts} AND {rows.at} >= ? GROUP BY 1, 2",
        [*values, _since(rows, since)],
    )
    for day, late, *numbers in read:
        local = _local(day, late)
        for at, each in enumerate(counted):
            one, of = int(numbers[2 * at]), int(numbers[2 * at + 1])
            if one or of:
                before = found[each.code].get(local, (0, 0))
                found[each.code][local] = before[0] + one, before[1] + of


def daily_parts(store: Store, actor: Actor, measure: Measure, by: str) -> dict[str, Days]:
    """The days of each part of a count's breakdown."""
    require(actor.role, "report.view")
    rows = ROWS[measure.records]
    text, values = condition(store, measure)
    code, joined, texts = part(store, measure, by)
    read = store.reader.conn.execute(
        f"SELECT {_day(rows)}, {code}, count(*) FROM {rows.source}{joined}"
        f" WHERE {rows.counts} AND {rows.at} IS NOT NULL AND {text} GROUP BY 1, 2, 3",
        [*texts, *values],
    )
    found: dict[str, Days] = defaultdict(dict)
    for day, late, name, number in read:
        local = _local(day, late)
        before = found[name].get(local, (0, 0))
        found[name][local] = before[0] + number, 0
    return dict(found)


def children(store: Store, actor: Actor, measure: Measure) -> dict[date, set[bytes]]:
    """The children whom each day's contacts are about."""
    require(actor.role, "report.view")
    rows = ROWS[CONTACT]
    text, values = condition(store, measure)
    found: dict[date, set[bytes]] = defaultdict(set)
    for day, late, child in store.reader.conn.execute(
        f"SELECT DISTINCT {_day(rows)}, contact_person.person FROM contact{_CHILD}"
        f" WHERE {rows.counts} AND {rows.at} IS NOT NULL AND {text}",
        values,
    ):
        found[_local(day, late)].add(child)
    return dict(found)


def waits(store: Store, actor: Actor, measure: Measure) -> dict[date, list[float]]:
    """The values of a median, by day: the hours from arrival to review of the reviewed attendances, or the
    days from beginning to end of the promises that ended."""
    require(actor.role, "report.view")
    rows = ROWS[measure.records]
    text, values = condition(store, measure)
    found: dict[date, list[float]] = defaultdict(list)
    if measure.value == DAYS_OPEN:
        for began, ended in store.reader.conn.execute(
            f"SELECT {rows.at}, {rows.name}.ended_at FROM {rows.source}"
            f" WHERE {rows.counts} AND {rows.name}.ended_at IS NOT NULL AND {text}",
            values,
        ):
            days = (from_text(ended) - from_text(began)).total_seconds() / (24 * _HOUR)
            found[_day_of(began)].append(days)
        return found
    for arrived, reviewed in store.reader.conn.execute(
        "SELECT attendance.arrived, review.at FROM attendance JOIN review ON review.id = attendance.reviewed"
        f" WHERE {rows.counts} AND length(attendance.arrived) > 10 AND {text}",
        values,
    ):
        came = datetime.fromisoformat(arrived)
        hours = (from_text(reviewed) - from_local(came)[0]).total_seconds() / _HOUR
        found[came.date()].append(hours)
    return dict(found)


def lasted(store: Store, actor: Actor, measure: Measure) -> list[tuple[date, date | None]]:
    """The days from and to which each record lasted, for a measure of what is open at a period's end; None
    while it lasts."""
    require(actor.role, "report.view")
    rows = ROWS[measure.records]
    text, values = condition(store, measure)
    found = store.reader.conn.execute(
        f"SELECT {rows.at}, {rows.name}.ended_at FROM {rows.source} WHERE {rows.counts}"
        f" AND {rows.at} IS NOT NULL AND {text}",
        values,
    )
    return [(_day_of(began), _day_of(ended) if ended else None) for began, ended in found]


def open_at(lasting: Sequence[tuple[date, date | None]], end: date) -> int:
    """How many began before a day and did not end before it."""
    return sum(began < end and (ended is None or ended >= end) for began, ended in lasting)


def median_of(days: Mapping[date, Sequence[float]], span: Span) -> tuple[float | None, int]:
    """The median of a period to one decimal place, and how many values it has."""
    every = [hours for day, each in days.items() if span.start <= day < span.end for hours in each]
    return (round(median(every), 1) if every else None), len(every)


def ids(
    store: Store, actor: Actor, measure: Measure, span: Span, *, denominator: bool = False
) -> list[bytes]:
    """The ids a measure counts in a period: of different records (or of children, if it counts those)."""
    require(actor.role, "report.view")
    rows = ROWS[measure.records]
    text, values = condition(store, measure, denominator=denominator)
    # a child may be in several contacts; for everything else a row is one
    if measure.unit == "child":
        what, joined = "contact_person.person", _CHILD
        order = f"GROUP BY {what} ORDER BY min({rows.at}), {what}"
    else:
        what, joined = f"{rows.name}.id", ""
        order = f"ORDER BY {rows.at}, {what}"
    within, bounds = _within(rows), _bounds(rows, span)
    if measure.at_end:
        ended = f"{rows.name}.ended_at"
        within = f"{rows.counts} AND {rows.at} < ? AND ({ended} IS NULL OR {ended} >= ?)"
        bounds = bounds[1], bounds[1]
    read = store.reader.conn.execute(
        f"SELECT {what} FROM {rows.source}{joined} WHERE {within} AND {text} {order}",
        [*bounds, *values],
    )
    return [each[0] for each in read]


def after(store: Store, actor: Actor, span: Span) -> list[bytes]:
    """The contacts of a period that were logged after it had ended."""
    require(actor.role, "report.view")
    rows, (since, until) = ROWS[CONTACT], _bounds(ROWS[CONTACT], span)
    read = store.reader.conn.execute(
        f"SELECT contact.id FROM contact WHERE {_within(rows)} AND contact.opened_at >= ?"
        f" ORDER BY {rows.at}, contact.id",
        (since, until, until),
    )
    return [each[0] for each in read]


def parts(
    store: Store, actor: Actor, measure: Measure, by: str, span: Span
) -> dict[str, list[bytes]]:
    """The ids of a count in a period, by part. Records without a code of the list are under not recorded."""
    require(actor.role, "report.view")
    rows = ROWS[measure.records]
    text, values = condition(store, measure)
    code, joined, texts = part(store, measure, by)
    found: dict[str, list[bytes]] = defaultdict(list)
    for name, record in store.reader.conn.execute(
        f"SELECT {code}, {rows.name}.id FROM {rows.source}{joined} WHERE {_within(rows)} AND {text}"
        f" ORDER BY {rows.at}, {rows.name}.id",
        [*texts, *_bounds(rows, span), *values],
    ):
        found[name].append(record)
    return dict(found)


def is_many(measure: Measure, key: str) -> bool:
    """Whether a record may have several codes of a field, so that its parts add up to more than the whole."""
    return key in KINDS[measure.records].many


def _day(rows: CountSource) -> str:
    late = "0" if rows.local else f"substr({rows.at}, 12, 2) = '23'"
    return f"substr({rows.at}, 1, 10), {late}"


def _within(rows: CountSource) -> str:
    return f"{rows.counts} AND {rows.at} >= ? AND {rows.at} < ?"


def _since(rows: CountSource, day: date) -> str:
    if day == date.min:
        return ""
    return day.isoformat() if rows.local else start_of(day)


def _bounds(rows: CountSource, span: Span) -> tuple[str, str]:
    if rows.local:
        return span.start.isoformat(), span.end.isoformat()
    return start_of(span.start), start_of(span.end)


def _day_of(text: str) -> date:
    return to_local(from_text(text)).date()


@cache
def _local(day: str, late: bool) -> date:
    """The local day of an hour of a UTC day: its last hour may be tomorrow's first."""
    hour = 23 if late else 12
    return to_local(datetime.fromisoformat(day[:10]).replace(hour=hour, tzinfo=UTC)).date()


def weigh(days: Mapping[date, tuple[int, int]], span: Span) -> tuple[int, int]:
    """The sum of the days of a period."""
    within = [each for day, each in days.items() if span.start <= day < span.end]
    return sum(each[0] for each in within), sum(each[1] for each in within)
