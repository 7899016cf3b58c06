"""A measure's conditions as SQL. Names come only from ``count_sources`` and the form; values are always bound."""

import re
from collections.abc import Iterable

from spoc.model.forms.contact import allowed_late
from spoc.model.measures.measure import (
    ACTIONS,
    NOT_RECORDED,
    RECORD,
    RECORDED,
    Criterion,
    Measure,
    Where,
)
from spoc.model.measures.record_kinds import KINDS
from spoc.model.values.instants import utc_text
from spoc.storage.counts.count_sources import ALLOWED, NOW, ROWS
from spoc.storage.store import Store

Sql = tuple[str, list[str]]
_STANDS_FOR = re.compile(f"{NOW}|{ALLOWED}")


def condition(store: Store, measure: Measure, *, denominator: bool = False) -> Sql:
    """A measure's condition on a record (1 or 0, never NULL), and its values."""
    if denominator:
        if measure.denominator is None:
            return "0", []
        return _all(store, measure, measure.denominator)
    return _all(store, measure, (*measure.numerator, *(measure.denominator or ())))


def part(store: Store, measure: Measure, by: str) -> tuple[str, str, list[str]]:
    """The part of a breakdown that a record belongs to: an expression, what to join for it, its values."""
    if by in KINDS[measure.records].through:
        return _case(store, measure.records, by)
    codes = codes_of(store, measure.records, by)
    marks = ", ".join("?" * len(codes))
    column, joined = _column(store, measure.records, by), ""
    if by in KINDS[measure.records].many:
        column, joined = "chosen.value", f" LEFT JOIN json_each({column}) AS chosen ON 1"
    return f"CASE WHEN {column} IN ({marks}) THEN {column} ELSE '{NOT_RECORDED}' END", joined, codes


def codes_of(store: Store, records: str, key: str) -> list[str]:
    """The codes of a field's list, in effect or not."""
    return [each.code for each in store.pack.lists.get(KINDS[records].lists.get(key, key), ())]


def at_site(store: Store, site: str) -> list[str]:
    """The services at a site; for what is not recorded, those without a single site."""
    wanted = "" if site == NOT_RECORDED else site
    return [each.code for each in store.pack.lists["service"] if each.site == wanted]


def _case(store: Store, records: str, key: str) -> tuple[str, str, list[str]]:
    """The site of the caller's service as an expression."""
    column, text, values = _column(store, records, KINDS[records].through[key]), "", list[str]()
    for code in codes_of(store, records, key):
        services = at_site(store, code)
        text += f" WHEN {column} IN ({', '.join('?' * len(services))}) THEN ?"
        values += [*services, code]
    return f"CASE{text or ' WHEN 0 THEN 0'} ELSE '{NOT_RECORDED}' END", "", values


def _all(store: Store, measure: Measure, where: Where) -> Sql:
    """The condition that every term is met, and not all of those that exclude."""
    holding = [_term(store, measure.records, each) for each in where]
    if measure.exclude:
        text, values = _joined(_term(store, measure.records, each) for each in measure.exclude)
        holding.append((f"NOT {text}", values))
    return _joined(holding)


def _joined(terms: Iterable[Sql]) -> Sql:
    every = list(terms)
    text = " AND ".join(text for text, _ in every) or "1"
    return f"coalesce({text}, 0)", [value for _, values in every for value in values]


def _term(store: Store, records: str, term: Criterion) -> Sql:
    if term.key == RECORD:
        text = " OR ".join(ROWS[records].states[each] for each in term.codes)
        fields = {
            NOW: utc_text(store.now()),
            ALLOWED: f"+{allowed_late(store.pack).total_seconds():.3f} seconds",
        }
        values = [fields[each] for each in _STANDS_FOR.findall(text)]
        return f"({_STANDS_FOR.sub('?', text)})", values
    if term.key in KINDS[records].through:
        return _through(store, records, term)
    marks, values = ", ".join("?" * len(term.codes)), list(term.codes)
    if term.key == ACTIONS:
        return (
            "EXISTS (SELECT 1 FROM action WHERE action.contact = contact.id AND action._void = 0"
            f" AND action.code IN ({marks}))",
            values,
        )
    column = _column(store, records, term.key)
    unlisted = NOT_RECORDED in term.codes
    if unlisted:
        values = codes_of(store, records, term.key)
        marks = ", ".join("?" * len(values))
    if term.key in KINDS[records].many:
        listed = f"json_each({column})"
        if RECORDED in term.codes:
            return f"EXISTS (SELECT 1 FROM {listed})", []
        has = "NOT EXISTS" if unlisted else "EXISTS"
        return f"{has} (SELECT 1 FROM {listed} WHERE json_each.value IN ({marks}))", values
    if RECORDED in term.codes:
        return f"coalesce({column}, '') <> ''", []
    return f"coalesce({column}, '') {'NOT IN' if unlisted else 'IN'} ({marks})", values


def _through(store: Store, records: str, term: Criterion) -> Sql:
    """The condition that the caller's service is at one of some sites, at any, or at none."""
    nowhere = NOT_RECORDED in term.codes
    every = nowhere or RECORDED in term.codes
    sites = codes_of(store, records, term.key) if every else term.codes
    services = [each for site in sites for each in at_site(store, site)]
    column = _column(store, records, KINDS[records].through[term.key])
    marks = ", ".join("?" * len(services))
    return f"coalesce({column}, '') {'NOT IN' if nowhere else 'IN'} ({marks})", services


def _column(store: Store, records: str, key: str) -> str:
    """The expression of a field; anything else never reaches a statement."""
    rows = ROWS[records]
    if key in rows.columns:
        return rows.columns[key]
    known = KINDS[records]
    if key not in known.lists and key not in known.written:
        raise ValueError(f"{key} is nothing that {records} can hold")
    return f'{rows.name}."{key}"'
