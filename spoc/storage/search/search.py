"""The search indexes over contacts and persons, updated act by act.

``search`` has one document per contact, ``names`` one per person; ``name_word`` has every word of a name,
for near spelling (see spelling.py). A contact's row number in ``search`` grows with the time it was
received, so that the newest matches are read first and nothing is sorted.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from spoc.guidance.naming import lore
from spoc.model.ledger.entry import Entry
from spoc.model.ledger.fold import fits
from spoc.model.ledger.table import Column, Table, owned
from spoc.model.persons import names, probes
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.values import tokens
from spoc.model.values.instants import from_text
from spoc.model.values.reference import reference
from spoc.storage.driver import Database
from spoc.storage.migrations import COLUMNS, NEXT, empty_search, local

FORMAT = 3  # of the documents: a store with another format is indexed again
RECEIVED = "r"  # prefix of the mark for the local day on which a contact was received
EVERY = tokens.coded("e", "")  # the mark of every contact
_ROW_BITS = 28  # in a place: the contact's row number; above it the minute of receipt
ROW = (1 << _ROW_BITS) - 1  # the bits of a place that are the contact's own row number
_LAST_MINUTE = (1 << 26) - 1  # in the year 2097


class Document(NamedTuple):
    """A contact's text in the index: who, how it was coded, what was written, and its marks."""

    place: int
    people: str
    codes: str
    notes: str
    marks: str


class NameDocument(NamedTuple):
    """A person's text in the index. ``known`` is what finds a contact besides the name."""

    n: int
    name: str
    known: str
    other: str
    marks: str


def index_row(received_at: str | None, n: int) -> int:
    """A contact's row number in the index: from the minute it was received, then its own number."""
    minute = int(when.timestamp() // 60) if (when := _instant(received_at)) else 0
    return max(0, min(minute, _LAST_MINUTE)) << _ROW_BITS | n


def places_on(first: datetime) -> int:
    """The lowest place of a contact received at or after an instant."""
    return max(0, min(int(first.timestamp() // 60), _LAST_MINUTE)) << _ROW_BITS


def follow(
    db: Database,
    touched: Mapping[tuple[str, bytes], Sequence[Entry]],
    tables: Mapping[str, Table],
    pack: Pack,
) -> None:
    """Updates both indexes after an act that touched these records (all entries of each).

    If another pair is being filled (see indexing.py), what that already holds is updated there.
    """
    filled = filled_down_to(db)
    contacts: dict[bytes, set[str]] = {}  # and every time it was ever said to be received
    for (tbl, record), entries in touched.items():
        if tbl == "contact":
            said = ((entry.fields or {}).get("received_at") for entry in entries)
            contacts.setdefault(record, set()).update(
                each for each in said if isinstance(each, str)
            )
        elif tbl in tables and tables[tbl].owner == "contact":
            for contact in _named("contact", entries):  # if it was moved, the former one too
                contacts.setdefault(contact, set())
        if tbl in ("person", "fact"):
            for person in [record] if tbl == "person" else _named("person", entries):
                fresh = tbl == "person" and len(entries) == 1
                if _index_person(db, person, pack, filled, fresh=fresh):
                    for contact in _contacts_of(db, person):
                        contacts.setdefault(contact, set())
    for contact, received_at in contacts.items():
        fresh = len(touched.get(("contact", contact), ())) == 1
        _index_contact(db, contact, tables, pack, None if fresh else received_at, filled)


def _named(column: str, entries: Iterable[Entry]) -> list[bytes]:
    """The records that entries name in a column, each once."""
    named = (str((entry.fields or {}).get(column) or "") for entry in entries)
    return [bytes.fromhex(each) for each in dict.fromkeys(named) if fits("ref", each) and each]


def _contacts_of(db: Database, person: bytes) -> list[bytes]:
    sql = "SELECT contact FROM contact_person WHERE person = ? AND contact IS NOT NULL"
    return [contact for (contact,) in db.conn.execute(sql, (person,))]


def filled_down_to(db: Database) -> Mapping[str, int] | None:
    """The number of a contact and a person above which the next pair of indexes is complete, if there is
    one."""
    going = local(db, "indexing")
    return going["left"] if going and going["into"] == NEXT else None


def index_all(
    db: Database,
    tbl: str,
    records: Sequence[bytes],
    tables: Mapping[str, Table],
    pack: Pack,
    into: str,
) -> None:
    """Writes the documents of contacts or of persons into a pair of indexes that has none of them.

    For the next pair, the words of names stay as they are: they do not depend on a pack.
    """
    if tbl == "person":
        for record in reversed(records):
            if not into:
                _index_person(db, record, pack)
            elif named := name_document(db, record, pack):
                _put(db, f"names{into}", named, ())
        return
    # The index collects rows that come in order; before one out of order it writes everything it has.
    written = filter(None, (document(db, each, tables, pack) for each in records))
    for each in sorted(written):
        _put(db, f"search{into}", each, () if into else (each.place,))


def rebuild(db: Database, tables: Mapping[str, Table], pack: Pack) -> None:
    """Empties both indexes and fills them again from the ledger's tables."""
    empty_search(db)
    for (person,) in db.conn.execute("SELECT id FROM person ORDER BY n"):
        _index_person(db, person, pack, fresh=True)
    for (contact,) in db.conn.execute("SELECT id FROM contact ORDER BY received_at, n"):
        _index_contact(db, contact, tables, pack, None)


def _put(db: Database, index: str, written: Document | NameDocument, places: Iterable[int]) -> Any:
    """Writes a document in place of what is at these places, if it differs; returns the former one."""
    columns = COLUMNS[index.partition("_")[0]]
    value = None
    for at in places:
        value = db.conn.execute(
            f"SELECT rowid, {columns} FROM {index} WHERE rowid = ?", (at,)
        ).fetchone()
        if value == written:
            return value
        if value:
            db.conn.execute(f"DELETE FROM {index} WHERE rowid = ?", (at,))
    db.conn.execute(f"INSERT INTO {index}(rowid, {columns}) VALUES(?, ?, ?, ?, ?)", written)
    return value


# -- contacts --------------------------------------------------------------------------------------


def document(
    db: Database, contact: bytes, tables: Mapping[str, Table], pack: Pack
) -> Document | None:
    """A contact's document for the index: None for a restricted one."""
    own, read = _spoken(tables["contact"])
    found = db.conn.execute(read, (contact,)).fetchone()
    if found is None:
        return None
    n, received_at, closed_at, advisor, *values = found
    people, codes, notes, marks = [], [], [], []
    for name, nhs, dob, edd, mother, also in db.conn.execute(
        "SELECT person.name, person.nhs_number, person.dob, person.edd, mother.name,"
        " (SELECT group_concat(value, ', ') FROM fact WHERE fact.person = person.id AND fact._void = 0"
        "  AND fact.key IN ('also', 'name'))"
        " FROM contact_person JOIN person ON person.id = contact_person.person"
        " LEFT JOIN person AS mother ON mother.id = person.mother"
        " WHERE contact_person.contact = ? AND contact_person._void = 0 ORDER BY contact_person._hlc, contact_person.id",
        (contact,),
    ):
        named = [*name_words(name), nhs or "", *name_words(mother), *name_words(also)]
        people.append(" ".join(filter(None, dict.fromkeys(named))))
        marks += person_marks(nhs, dob, edd)
    for column, value in zip(own, values, strict=True):
        if not value:
            continue
        if column.kind == "many":
            for each in json.loads(value):
                codes.append(f"{each} {pack.label(column.codes, each)}")
                marks.append(tokens.coded(column.name, each))
        elif column.kind == "code":
            codes.append(f"{value} {pack.label(column.codes, value)}")
            marks.append(tokens.coded(column.name, value))
        else:
            notes.append(value)
            marks += [tokens.number(each) for each in tokens.numbers_in(value)]
    spoken, read = _spoken_beside(*owned(tables, "contact"))
    for tbl, *values in db.conn.execute(read, (contact,)):
        for column, value in zip(spoken[tbl], values, strict=False):  # padded to the widest
            if value and column.kind == "code":
                codes.append(f"{value} {pack.label(column.codes, value)}")
                marks.append(tokens.coded(tbl if column.name == "code" else column.name, value))
            elif value:
                notes.append(value)
    marks += contact_marks(received_at, closed_at, advisor)
    marks.append(tokens.coded(tokens.REFERENCE, reference(contact)))
    return Document(
        index_row(received_at, n),
        "\n".join(people),
        tokens.fold("\n".join(codes)),
        tokens.fold("\n".join(filter(None, notes))),
        " ".join(dict.fromkeys(marks)),
    )


@cache
def _spoken(contact: Table) -> tuple[list[Column], str]:
    """The columns of a contact that go into its document, and how to read them."""
    columns = [each for each in contact.columns if each.kind in ("code", "many", "text")]
    listed = "".join(f', "{each.name}"' for each in columns)
    own = f"SELECT n, received_at, closed_at, advisor{listed} FROM contact"
    return columns, f"{own} WHERE id = ? AND sealed IS NULL"


@cache
def _spoken_beside(*records: Table) -> tuple[dict[str, list[Column]], str]:
    """The same for a contact's records: all are read at once, and each row begins with its table."""
    spoken = {
        t.name: [
            each
            for each in t.columns
            if each.kind == "text" or (each.kind == "code" and each.codes)
        ]
        for t in records
    }
    widest = max(map(len, spoken.values()))
    reads = []
    for name, columns in spoken.items():
        if not columns:
            continue
        listed = [f'"{each.name}"' for each in columns] + ["NULL"] * (widest - len(columns))
        reads.append(
            f"SELECT * FROM (SELECT '{name}', {', '.join(listed)} FROM \"{name}\""
            " WHERE contact = ?1 AND _void = 0 ORDER BY _hlc, id)"
        )
    return spoken, " UNION ALL ".join(reads)


def person_marks(nhs: str | None, dob: str | None, edd: str | None) -> list[str]:
    """The marks of a person in a contact: the number, and the day of birth or the due date."""
    numbers = [tokens.number(each) for each in tokens.numbers_in(nhs or "")]
    return numbers + [tokens.on_day(each) for each in (dob, edd) if each]


def contact_marks(
    received_at: str | None, closed_at: str | None, advisor: bytes | None
) -> list[str]:
    """The marks of a contact itself: the local day it was received, who took it, whether it is open."""
    marks = [EVERY] if closed_at else [EVERY, tokens.coded(tokens.OPEN, "")]
    if when := _instant(received_at):
        marks.append(tokens.on_day(to_local(when).date(), RECEIVED))
    if advisor:
        marks.append(taken_by(advisor))
    return marks


def taken_by(advisor: bytes) -> str:
    """The mark of the contacts that an advisor took."""
    return tokens.coded("by", advisor.hex()[-12:])


def _instant(text: str | None) -> datetime | None:
    try:
        when = from_text(text) if text else None
    except ValueError:
        return None
    return when if when and when.tzinfo else None


def _index_contact(
    db: Database,
    contact: bytes,
    tables: Mapping[str, Table],
    pack: Pack,
    received_at: Iterable[str] | None,
    filled: Mapping[str, int] | None = None,
) -> None:
    """Writes a contact's document; ``received_at`` is None if the index has none of it yet."""
    written = document(db, contact, tables, pack)
    if written is None:
        _take_out(db, contact, received_at or ())
        return
    n = written.place & ROW
    times = () if received_at is None else (*received_at, None)
    rows = {written.place, *(index_row(each, n) for each in times)}
    places = set() if received_at is None else rows
    _put(db, "search", written, places)
    if filled and n > filled["contact"]:
        _put(db, f"search{NEXT}", written, places)


def _take_out(db: Database, contact: bytes, received_at: Iterable[str]) -> None:
    """Takes a contact that has become restricted out of the index."""
    found = db.conn.execute("SELECT n FROM contact WHERE id = ?", (contact,)).fetchone()
    for at in {index_row(each, found[0]) for each in (*received_at, None)} if found else ():
        db.conn.execute("DELETE FROM search WHERE rowid = ?", (at,))
        if filled_down_to(db):
            db.conn.execute(f"DELETE FROM search{NEXT} WHERE rowid = ?", (at,))


# -- persons ---------------------------------------------------------------------------------------


def name_document(db: Database, person: bytes, pack: Pack) -> NameDocument | None:
    """A person's document for the index."""
    found = db.conn.execute(
        "SELECT n, name, kind, dob, edd, nhs_number, service, role, callback FROM person WHERE id = ?",
        (person,),
    ).fetchone()
    if found is None:
        return None
    n, name, kind, dob, edd, nhs, service, role, callback = found
    other = [kind, service, role, callback]
    if service:
        other.append(pack.label("service", service))
    marks = [tokens.coded("kind", kind or ""), *person_marks(nhs, dob, edd)]
    marks += [tokens.number(each) for each in tokens.numbers_in(callback or "")]
    rows = db.conn.execute(
        "SELECT key, value FROM fact WHERE person = ? AND _void = 0"
        " AND key IN ('also', 'name', 'phone', 'nhs_number', 'dob') ORDER BY n",
        (person,),
    ).fetchall()
    spelt = name_words(name)
    for key, value in rows:
        if key in ("also", "name"):
            spelt += name_words(value)
        elif key == "dob":
            marks.append(tokens.on_day(value or ""))
        else:
            marks += [tokens.number(each) for each in tokens.numbers_in(value or "")]
    spelt = list(dict.fromkeys(spelt))
    known = " ".join(filter(None, (dob, edd, nhs)))
    marks += [probes.sounding(word) for word in spelt]
    own = tokens.fold(" ".join(filter(None, other)))
    return NameDocument(n, " ".join(spelt), known, own, " ".join(dict.fromkeys(marks)))


def name_words(name: str | None) -> list[str]:
    """The words that find a name, folded, apart and together."""
    return names.spellings(name, lore()) if name else []


def _index_person(
    db: Database,
    person: bytes,
    pack: Pack,
    filled: Mapping[str, int] | None = None,
    *,
    fresh: bool = False,
) -> bool:
    """Writes a person's document; returns whether what finds contacts has changed."""
    written = name_document(db, person, pack)
    if written is None:
        return False
    places = () if fresh else (written.n,)
    if filled and written.n > filled["person"]:
        _put(db, f"names{NEXT}", written, places)
    value = _put(db, "names", written, places)
    if value == written:
        return False
    before, after = (set(text.split()) for text in (value[1] if value else "", written.name))
    for word in sorted(after - before):  # one that is there already costs no page
        if not db.conn.execute("SELECT 1 FROM name_word WHERE term = ?", (word,)).fetchone():
            db.conn.execute("INSERT INTO name_word(term, uses) VALUES(?, 1)", (word,))
    for word in sorted(before - after):
        db.conn.execute(
            "DELETE FROM name_word WHERE term = ?"
            " AND NOT EXISTS (SELECT 1 FROM names WHERE names MATCH ?)",
            (word, f'name : "{word}"'),
        )
    return value is None or value[1:3] != written[1:3]


def all_of(words: Iterable[str], column: str = "") -> str:
    """The full-text expression that finds every word as the beginning of a word; data, never syntax."""
    each = " AND ".join(f'"{word}"*' for word in words)
    return f"{column} : ({each})" if column else f"({each})"


def any_of(marks: Iterable[str]) -> str:
    """The expression that finds any of these marks, whole."""
    return "(" + " OR ".join(f'"{mark}"' for mark in marks) + ")"
