"""What a search shows for a contact: its row, and why it was found."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from spoc.model.ledger.entry import Actor
from spoc.model.persons import names
from spoc.model.values import tokens
from spoc.model.values.query import Query, SearchTerm
from spoc.storage.contacts.reading.rows import ContactRow, by_id
from spoc.storage.search import search
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

DAYS = (search.RECEIVED, tokens.DAY)
_PARTS = ("child", "caller", "mother")  # whose name explains a hit first


def rows_with_reasons(
    store: Store,
    actor: Actor,
    query: Query,
    places: Sequence[tuple[int, bytes]],
    spelt: Mapping[str, Sequence[str]],
) -> list[ContactRow]:
    """The rows, newest first, each with why it was found."""
    rows = by_id(store, actor, [record for _, record in places])
    if not query.terms or not rows:
        return rows
    at = {record: place for place, record in places}
    people: defaultdict[bytes, list[tuple[str, list[str]]]] = defaultdict(list)
    lost, beside = quiet.hidden(store, actor), set[bytes]()
    hidden = quiet.hidden_contacts(store, actor, at)
    for contact, part, name, mother, own in store.reader.conn.execute(
        "SELECT contact_person.contact, contact_person.part, person.name, mother.name, person.id"
        " FROM contact_person JOIN person ON person.id = contact_person.person"
        " LEFT JOIN person AS mother ON mother.id = person.mother"
        f" WHERE contact_person.contact IN ({', '.join('?' * len(rows))}) AND contact_person._void = 0",
        [row.id for row in rows],
    ):
        if own in lost:
            beside.add(contact)
        else:
            people[contact].append((part or "person", search.name_words(name)))
        if mother:
            people[contact].append(("mother", search.name_words(mother)))
    for parts in people.values():
        parts.sort(key=lambda each: _PARTS.index(each[0]) if each[0] in _PARTS else len(_PARTS))
    whys = {row.id: _by_name(query, people[row.id]) for row in rows}
    texts = _texts(store, [at[record] for record, why in whys.items() if not all(why)])
    rows_shown = []
    for row in rows:
        words = texts.get(at[row.id], ("", "", ()))
        lines = [
            part or _why_text(term, words) or _near_name(term, people[row.id], spelt)
            for term, part in zip(query.terms, whys[row.id], strict=True)
        ]
        if row.id in hidden or (row.id in beside and not all(lines)):
            continue  # a lost baby answers no search, except for those who work the case
        rows_shown.append(replace(row, why=", ".join(filter(None, dict.fromkeys(lines)))))
    return _whose_number(store, query, rows_shown)


def _whose_number(store: Store, query: Query, rows: list[ContactRow]) -> list[ContactRow]:
    """The rows, which say so if a call-back number was found."""
    asked = [row.id for row in rows if "number" in row.why.split(", ")]
    digits = [term.digits for term in query.terms if term.digits]
    marks = ", ".join("?" * len(asked))
    back = {
        record
        for record, callback in store.reader.conn.execute(
            f"SELECT id, callback FROM contact WHERE id IN ({marks})", asked
        )
        if any(n.startswith(d) for d in digits for n in tokens.numbers_in(callback or ""))
    }
    return [
        replace(row, why=row.why.replace("number", "call-back number")) if row.id in back else row
        for row in rows
    ]


def _by_name(query: Query, people: Sequence[tuple[str, list[str]]]) -> list[str]:
    """For each term, whose name has it, as child, caller or mother; "" if no name does."""
    found = [
        next(
            (part for part, name in people if term.words and tokens.holds(name, term.words)),
            "",
        )
        for term in query.terms
    ]
    for at, joined in joined_terms(query.terms):
        owner = next((part for part, name in people if tokens.holds(name, [joined])), "")
        found[at] = found[at] or owner
        found[at + 1] = found[at + 1] or owner
    return found


def _near_name(
    term: SearchTerm, people: Iterable[tuple[str, list[str]]], spelt: Mapping[str, Sequence[str]]
) -> str:
    """Whose name has a near spelling of the term."""
    near = {each for word in term.words for each in spelt.get(word, ())}
    return next((part for part, name in people if near.intersection(name)), "")


def _texts(store: Store, places: Sequence[int]) -> dict[int, tuple[str, str, Sequence[str]]]:
    """The codes, the notes and the marks that the index has at these places, read in one go."""
    listed = ", ".join("?" * len(places))
    return {
        place: (codes, notes, marks.split())
        for place, codes, notes, marks in store.reader.conn.execute(
            f"SELECT rowid, codes, notes, marks FROM search WHERE rowid IN ({listed})", places
        )
    }


def _why_text(term: SearchTerm, row: tuple[str, str, Sequence[str]]) -> str:
    """What else in a contact has the term: a number, a date, its codes or its notes."""
    codes, notes, marks = row
    if term.reference and tokens.coded(tokens.REFERENCE, term.reference) in marks:
        return "reference"
    if term.digits and any(mark.startswith(tokens.number(term.digits)) for mark in marks):
        return "number"
    if any(tokens.on_day(day, kind) in marks for day in term.days for kind in DAYS):
        return "date"
    words = term.words
    if words and tokens.any_begins(codes, words):
        return "code"
    return "notes" if words and tokens.any_begins(notes, words) else ""


def joined_terms(terms_: Sequence[SearchTerm]) -> list[tuple[int, str]]:
    """Adjacent terms that are plain words, written as one."""
    plain = [
        term.words[0] if len(term.words) == 1 and not term.digits and not term.days else ""
        for term in terms_
    ]
    return [
        (at, joined) for at, joined in names.joined_neighbours(plain) if plain[at] and plain[at + 1]
    ]
