"""Finding contacts: by words, numbers, days and filters, newest first, and why each was found.

Everything comes from the full-text index, whose rows are in the order of receipt: it is read from the
newest until a page is full, so that searching many contacts costs no more than searching few.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from spoc.model.forms.sheet import Sheet, not_taken
from spoc.model.hearing import code_match
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import may, require
from spoc.model.rules.clock import from_local, to_local
from spoc.model.rules.codes import Pack
from spoc.model.values import tokens
from spoc.model.values.instants import from_text
from spoc.model.values.query import Filters, Query, SearchTerm, parse
from spoc.model.values.reference import reference
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading import found_why
from spoc.storage.contacts.reading.rows import ContactRow, authors
from spoc.storage.search import search, spelling
from spoc.storage.store import Store

_ALL = 1 << 62  # above every place in the index


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A page of results. ``next`` is where the next page begins, None if this is the last."""

    rows: list[ContactRow]
    query: Query
    next: "ResultPosition | None" = None


class ResultPosition(NamedTuple):
    """A contact's place in the order of results, newest first: the same on every desk. ``row`` is its row
    in the index, which begins with the minute it was received."""

    minute: int
    received_at: str
    hlc: int
    id: bytes
    row: int


def understand(store: Store, text: str) -> Query:
    """What was typed, as a query."""
    return parse(text, to_local(store.now()).date(), _fields(store))


def find(
    store: Store,
    actor: Actor,
    text: str,
    limit: int = 50,
    after: ResultPosition | None = None,
) -> ResultPage:
    """A page of the contacts that have every term, newest first; ``after`` is the previous page's ``next``."""
    require(actor.role, "contact.search")
    query = understand(store, text)
    if not query:
        return ResultPage([], query)
    places = _places(store, query, limit + 1, after)
    rows = found_why.rows_with_reasons(store, actor, query, _rows(places[:limit]), {})
    return ResultPage(rows, query, places[limit - 1] if len(places) > limit else None)


def find_near(
    store: Store,
    actor: Actor,
    text: str,
    rows: Sequence[ContactRow],
    limit: int = 50,
) -> list[ContactRow]:
    """What only a near spelling of a name finds, newest first, to follow the rows already there."""
    require(actor.role, "contact.search")
    query = understand(store, text)
    spelt = {
        word: found
        for term in query.terms
        if len(term.words) == 1 and not term.digits
        for word in term.words
        if (found := spelling.near_spellings(store, word))
    }
    if not spelt:
        return []
    places = _places(store, query, limit + len(rows), None, spelt)
    known = {row.id for row in rows}
    rest = _rows(place for place in places if place.id not in known)[:limit]
    return [
        replace(row, near=True)
        for row in found_why.rows_with_reasons(store, actor, query, rest, spelt)
    ]


def all_near(store: Store, actor: Actor, text: str, limit: int = 50) -> list[ContactRow]:
    """The contacts that have every term, newest first, then those with a near spelling."""
    found = find(store, actor, text, limit).rows
    if len(found) < limit:
        found = [*found, *find_near(store, actor, text, found, limit - len(found))]
    return found


def waiting(store: Store, actor: Actor, query: Query) -> list[Draft]:
    """The matching calls that are waiting; their text is in no index, since there are few."""
    if not query or not may(actor.role, "contact.log"):
        return []
    names = authors(store)
    return [
        draft
        for draft in drafts.waiting(store, actor)
        if not draft.shut
        and all(
            _waits_with(store, draft.sheet, term) or reference(draft.id) == term.reference
            for term in query.terms
        )
        and _waits_within(store, draft.sheet, query.filters, names.get(draft.actor, ""))
    ]


def _waits_with(store: Store, sheet: Sheet, term: SearchTerm) -> bool:
    """Whether a sheet has a term, in any of its readings."""
    people = [*sheet.children, *(each.mother for each in sheet.children if each.mother)]
    people.append(sheet.caller)
    parts = [text for each in people for text in (each.name, each.nhs_number, each.callback)]
    parts += [sheet.notes, *(text for _, _, text in not_taken(sheet)), *sheet.values.values()]
    lists = {field.key: field.codes for field in store.form} | {
        "action": "action",
        "outcome": "outcome",
    }
    parts += [
        store.pack.label(lists.get(name, ""), code) for name, code in _coded(sheet) if code
    ] + [code for _, code in _coded(sheet)]
    text = tokens.fold("\n".join(parts))
    if term.words and tokens.any_begins(text, term.words):
        return True
    if term.digits and any(
        each.startswith(term.digits) for one in parts for each in tokens.numbers_in(one)
    ):
        return True
    days = {day for each in people for day in (each.dob, each.edd)}
    days.add(str(to_local(from_text(sheet.received_at)).date()))
    return any(str(day) in days for day in term.days)


def _coded(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """The codes of a sheet, each with the name of its field."""
    yield from sheet.values.items()
    yield from ((name, code) for name, codes in sheet.many.items() for code in codes)
    yield from (("action", each.code) for each in sheet.actions)
    yield "outcome", sheet.outcome


def _waits_within(store: Store, sheet: Sheet, filters: Filters, author: str) -> bool:
    """Whether a sheet is within the filters; a waiting call counts as open."""
    lists, known = _fields(store), set(_coded(sheet))
    day = to_local(from_text(sheet.received_at)).date()
    return (
        (filters.since is None or day >= filters.since)
        and (filters.until is None or day <= filters.until)
        and all(
            any(
                (name, code) in known
                for value in values
                for code in _codes(store.pack, lists.get(name, ""), value)
            )
            for name, values in filters.coded.items()
        )
        and (not filters.by or any(_is_named(author, text) for text in filters.by))
    )


def _is_named(name: str, text: str) -> bool:
    return tokens.holds(tokens.plain_words(name), tokens.plain_words(text))


# -- asking the index ------------------------------------------------------------------------------


def _fields(store: Store) -> dict[str, str]:
    """The coded fields that a filter may name, each with its list in the pack."""
    of_contact = {
        column.name: column.codes
        for column in store.tables["contact"].columns
        if column.kind in ("code", "many")
    }
    return {**of_contact, "action": "action", "outcome": "outcome"}


def _places(
    store: Store,
    query: Query,
    limit: int,
    after: ResultPosition | None,
    spelt: Mapping[str, Sequence[str]] | None = None,
) -> list[ResultPosition]:
    """The places of the newest contacts that match.

    The index is read from the newest until there are enough; contacts received in the same minute are in
    order of arrival, which differs between desks, and are sorted here.
    """
    low, high = 0, _ALL
    if query.filters.since:
        low = search.places_on(_midnight(query.filters.since))
    if query.filters.until:
        high = search.places_on(_midnight(query.filters.until + timedelta(days=1)))
    if after:
        high = min(high, after.minute + search.ROW + 1)
    parts = _asked(query.terms, spelt or {})
    parts += _narrowed(store, query.filters)
    reading = store.reader.conn.execute(
        "SELECT search.rowid & ~?1, coalesce(contact.received_at, ''), contact._hlc, contact.id, search.rowid FROM search"
        " CROSS JOIN contact ON contact.n = (search.rowid & ?1)"
        " WHERE search MATCH ?2 AND search.rowid >= ?3 AND search.rowid < ?4 AND contact._void = 0"
        " ORDER BY search.rowid DESC",
        (search.ROW, " AND ".join(parts), low, high),
    )
    found: list[ResultPosition] = []
    for _, minute in groupby(map(ResultPosition._make, reading), key=itemgetter(0)):
        found += sorted(minute, reverse=True)
        if after:
            found = [each for each in found if each < after]
        if len(found) >= limit:
            break
    reading.close()
    return found[:limit]


def _rows(places: Iterable[ResultPosition]) -> list[tuple[int, bytes]]:
    """The row in the index and the id of each."""
    return [(place.row, place.id) for place in places]


def _asked(terms_: Sequence[SearchTerm], spelt: Mapping[str, Sequence[str]]) -> list[str]:
    """The expression of all terms; two adjacent words may be one word of a name."""
    each = [_expression(term, spelt) for term in terms_]
    either = [" AND ".join(each)] if each else []
    for at, joined in found_why.joined_terms(terms_):
        rest = [*each[:at], f'people : ("{joined}"*)', *each[at + 2 :]]
        either.append(" AND ".join(rest))
    return [f"({' OR '.join(f'({one})' for one in either)})"] if either else []


def _midnight(day: date) -> datetime:
    return from_local(datetime.combine(day, time()))[0]


def _expression(term: SearchTerm, spelt: Mapping[str, Sequence[str]]) -> str:
    """The expression that finds one term, in any of its readings. Words are data, never syntax."""
    ways = []
    if term.words:
        ways.append(search.all_of(term.words))
    if term.reference:
        ways.append(search.any_of([tokens.coded(tokens.REFERENCE, term.reference)]))
    if term.digits:
        ways.append(f'"{tokens.number(term.digits)}"*')
    if term.days:
        marks = [tokens.on_day(day, kind) for day in term.days for kind in found_why.DAYS]
        ways.append(search.any_of(marks))
    for word in term.words:
        if word in spelt:
            ways.append(f"people : {search.any_of(spelt[word])}")
    return "(" + " OR ".join(ways) + ")"


def _narrowed(store: Store, filters: Filters) -> list[str]:
    """The expressions of the filters; at least one, so that days alone also find contacts."""
    lists = _fields(store)
    narrowed = [
        search.any_of(
            dict.fromkeys(
                tokens.coded(name, code)
                for value in values
                for code in _codes(store.pack, lists.get(name, ""), value)
            )
        )
        for name, values in filters.coded.items()
    ]
    if filters.by:
        users = authors(store).items()
        by_advisor = [
            search.taken_by(each)
            for each, name in users
            if any(_is_named(name, text) for text in filters.by)
        ]
        narrowed.append(search.any_of(by_advisor or [tokens.coded("by", "nobody")]))
    if filters.open:
        narrowed.append(search.any_of([tokens.coded(tokens.OPEN, "")]))
    return narrowed or [search.any_of([search.EVERY])]


def _codes(pack: Pack, codes: str, value: str) -> list[str]:
    """The codes that a filter's value means: that one, otherwise all that begin with it, and the value
    itself."""
    known = pack.lists.get(codes, ())
    if same := code_match.exact(value, known):
        return [same.code]
    words = tokens.plain_words(value)
    begun = [
        code.code
        for code in known
        if code.code.casefold().startswith(value.casefold())
        or tokens.holds(tokens.plain_words(code.label), words)
    ]
    return [*begun, value]
