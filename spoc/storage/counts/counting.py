"""The one engine that turns a measure into numbers: by local day, by part, or as the ids behind a number.

Numbers come from the projection, in one pass over a kind of record whatever the number of measures. A day
is a day in London: an hour in UTC that belongs to the next local day is told apart in the pass itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache

from spoc.model.ledger.entry import Actor
from spoc.model.measures.measure import (
    ACTIONS,
    DESK,
    NOT_RECORDED,
    OUTCOME,
    RECORD,
    RECORDED,
    Measure,
    Term,
    Where,
)
from spoc.model.measures.period import Span
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.storage.contacts.listing import start_of
from spoc.storage.contacts.outcomes import LATEST
from spoc.storage.driver import row
from spoc.storage.store import Store

Days = dict[date, tuple[int, int]]  # numerator and denominator of each day that has any
Sql = tuple[str, list[str]]

_STATES = {
    "open": "contact.closed_at IS NULL",
    "closed": "contact.closed_at IS NOT NULL",
    "restricted": "contact.sealed IS NOT NULL",
    "late": "contact.received_at <> contact.opened_at",
}
_DAY = "substr(contact.received_at, 1, 10), substr(contact.received_at, 12, 2) = '23'"
_CHILD = (
    " JOIN contact_person ON contact_person.contact = contact.id AND contact_person.part = 'child'"
    " AND contact_person._void = 0 AND contact_person.person IS NOT NULL"
)


def begins(store: Store, actor: Actor) -> date | None:
    """The local day of the first contact: before it nothing was recorded."""
    require(actor.role, "report.view")
    first = row(
        store.reader.conn.execute("SELECT min(received_at) FROM contact WHERE _void = 0").fetchone()
    )
    return _local(first[:10], first[11:13] == "23") if first else None


def daily(store: Store, actor: Actor, measures: Sequence[Measure]) -> dict[str, Days]:
    """How many there are of each measure on each day, numerator and denominator; counts have no denominator
    (0). Not for measures of children, who are not added up over days."""
    require(actor.role, "report.view")
    counted = [each for each in measures if each.origin == DESK and each.unit != "child"]
    found: dict[str, Days] = {each.code: {} for each in counted}
    if not counted:
        return found
    columns, values = [], []
    for each in counted:
        for text, given in (_numerator(store, each), _denominator(store, each)):
            columns.append(f"total({text})")
            values += given
    rows = store.reader.conn.execute(
        f"SELECT {_DAY}, {', '.join(columns)} FROM contact"
        " WHERE contact._void = 0 AND contact.received_at IS NOT NULL GROUP BY 1, 2",
        values,
    )
    for day, late, *numbers in rows:
        local = _local(day, late)
        for at, each in enumerate(counted):
            one, of = int(numbers[2 * at]), int(numbers[2 * at + 1])
            if one or of:
                held = found[each.code].get(local, (0, 0))
                found[each.code][local] = held[0] + one, held[1] + of
    return found


def daily_parts(store: Store, actor: Actor, measure: Measure, by: str) -> dict[str, Days]:
    """The days of each part of a breakdown of a count."""
    require(actor.role, "report.view")
    text, values = _numerator(store, measure)
    part, joined, given = _part(store, by)
    rows = store.reader.conn.execute(
        f"SELECT {_DAY}, {part}, count(*) FROM contact{joined}"
        f" WHERE contact._void = 0 AND contact.received_at IS NOT NULL AND {text} GROUP BY 1, 2, 3",
        [*given, *values],
    )
    found: dict[str, Days] = defaultdict(dict)
    for day, late, code, number in rows:
        local = _local(day, late)
        held = found[code].get(local, (0, 0))
        found[code][local] = held[0] + number, 0
    return dict(found)


def children(store: Store, actor: Actor, measure: Measure) -> dict[date, set[bytes]]:
    """The children whom the contacts of each day are about."""
    require(actor.role, "report.view")
    text, values = _numerator(store, measure)
    found: dict[date, set[bytes]] = defaultdict(set)
    for day, late, child in store.reader.conn.execute(
        f"SELECT DISTINCT {_DAY}, contact_person.person FROM contact{_CHILD}"
        f" WHERE contact._void = 0 AND contact.received_at IS NOT NULL AND {text}",
        values,
    ):
        found[_local(day, late)].add(child)
    return dict(found)


def ids(
    store: Store, actor: Actor, measure: Measure, span: Span, *, denominator: bool = False
) -> list[bytes]:
    """What a measure counts in a period: the ids of different records (of children, where it counts those)."""
    require(actor.role, "report.view")
    text, values = condition(store, measure, denominator=denominator)
    child = measure.unit == "child"
    what, joined = ("contact_person.person", _CHILD) if child else ("contact.id", "")
    rows = store.reader.conn.execute(
        f"SELECT {what} FROM contact{joined} WHERE {_WITHIN} AND {text}"
        f" GROUP BY {what} ORDER BY min(contact.received_at), {what}",
        [start_of(span.start), start_of(span.end), *values],
    )
    return [each[0] for each in rows]


def parts(
    store: Store, actor: Actor, measure: Measure, by: str, span: Span
) -> dict[str, list[bytes]]:
    """The ids of a count in a period, by part. What has no code of the list stands under not recorded."""
    require(actor.role, "report.view")
    text, values = _numerator(store, measure)
    part, joined, given = _part(store, by)
    found: dict[str, list[bytes]] = defaultdict(list)
    for code, record in store.reader.conn.execute(
        f"SELECT {part}, contact.id FROM contact{joined} WHERE {_WITHIN} AND {text}"
        " ORDER BY contact.received_at, contact.id",
        [*given, start_of(span.start), start_of(span.end), *values],
    ):
        found[code].append(record)
    return dict(found)


def condition(store: Store, measure: Measure, *, denominator: bool = False) -> Sql:
    """What a measure counts, as a condition on a contact and its values."""
    return (_denominator if denominator else _numerator)(store, measure)


_WITHIN = "contact._void = 0 AND contact.received_at >= ? AND contact.received_at < ?"


def _numerator(store: Store, measure: Measure) -> Sql:
    whole = measure.denominator or ()
    return _all(store, (*measure.numerator, *whole), measure.exclude)


def _denominator(store: Store, measure: Measure) -> Sql:
    if measure.denominator is None:
        return "0", []
    return _all(store, measure.denominator, measure.exclude)


def _all(store: Store, where: Where, exclude: Where) -> Sql:
    """That every term holds, and not all of those that exclude; 1 or 0, never NULL."""
    holding = [_term(store, each) for each in where]
    if exclude:
        text, values = _joined([_term(store, each) for each in exclude])
        holding.append((f"NOT {text}", values))
    return _joined(holding)


def _joined(terms: Iterable[Sql]) -> Sql:
    every = list(terms)
    text = " AND ".join(text for text, _ in every) or "1"
    return f"coalesce({text}, 0)", [value for _, values in every for value in values]


def _term(store: Store, term: Term) -> Sql:
    if term.key == RECORD:
        return f"({' OR '.join(_STATES[each] for each in term.codes)})", []
    marks, values = ", ".join("?" * len(term.codes)), list(term.codes)
    if term.key == ACTIONS:
        return (
            "EXISTS (SELECT 1 FROM action WHERE action.contact = contact.id AND action._void = 0"
            f" AND action.code IN ({marks}))",
            values,
        )
    if NOT_RECORDED in term.codes:
        return _uncoded(store, term.key)
    if is_many(store, term.key):
        listed = f"json_each(contact.{_named(store, term.key)})"
        if RECORDED in term.codes:
            return f"EXISTS (SELECT 1 FROM {listed})", []
        return f"EXISTS (SELECT 1 FROM {listed} WHERE json_each.value IN ({marks}))", values
    column = LATEST if term.key == OUTCOME else f"contact.{_named(store, term.key)}"
    if RECORDED in term.codes:
        return f"coalesce({column}, '') <> ''", []
    return f"coalesce({column}, '') IN ({marks})", values


def _uncoded(store: Store, key: str) -> Sql:
    """That a field holds no code of its list."""
    name = next((each.codes for each in store.form if each.key == key), key)
    codes = [each.code for each in store.pack.lists.get(name, ())]
    marks = ", ".join("?" * len(codes))
    if is_many(store, key):
        listed = f"json_each(contact.{_named(store, key)})"
        return f"NOT EXISTS (SELECT 1 FROM {listed} WHERE json_each.value IN ({marks}))", codes
    column = LATEST if key == OUTCOME else f"contact.{_named(store, key)}"
    return f"coalesce({column}, '') NOT IN ({marks})", codes


def _part(store: Store, by: str) -> tuple[str, str, list[str]]:
    """The part of a breakdown that a contact belongs to: an expression, what is joined for it, its values."""
    name = next((each.codes for each in store.form if each.key == by), by)
    codes = [each.code for each in store.pack.lists.get(name, ())]
    marks = ", ".join("?" * len(codes))
    if by == OUTCOME:
        column, joined = LATEST, ""
    elif is_many(store, by):
        column = "chosen.value"
        joined = f" LEFT JOIN json_each(contact.{_named(store, by)}) AS chosen ON 1"
    else:
        column, joined = f"contact.{_named(store, by)}", ""
    return f"CASE WHEN {column} IN ({marks}) THEN {column} ELSE '{NOT_RECORDED}' END", joined, codes


def is_many(store: Store, key: str) -> bool:
    """Whether a contact may have several codes of a field, so that its parts come to more than the whole."""
    column = store.tables["contact"].column(key)
    return column is not None and column.kind == "many"


def _named(store: Store, key: str) -> str:
    """The quoted name of a column of the contact; what is none never comes near a statement."""
    if store.tables["contact"].column(key) is None:
        raise ValueError(f"{key} is no column of the contact")
    return f'"{key}"'


@cache
def _local(day: str, late: bool) -> date:
    """The local day of an hour of a UTC day: its last hour may be tomorrow's first."""
    hour = 23 if late else 12
    return to_local(datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)).date()


def weigh(days: Mapping[date, tuple[int, int]], span: Span) -> tuple[int, int]:
    """The sum of the days of a period."""
    within = [each for day, each in days.items() if span.start <= day < span.end]
    return sum(each[0] for each in within), sum(each[1] for each in within)
