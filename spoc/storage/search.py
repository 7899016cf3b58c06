"""Full text and near spelling over callers, children and notes.

``search`` holds one document a contact, ``names`` one a person; both follow the ledger, act by act.
"""

import json
from collections.abc import Iterable, Mapping

from spoc.model.codes import Pack
from spoc.model.entry import Entry
from spoc.model.fold import fits
from spoc.model.records import Table
from spoc.storage.driver import Database
from spoc.storage.migrations import SEARCH, statements

# Letters from which a word has near spellings: shorter ones have too many neighbours, most of all in notes.
NEAR_FROM = {"names_word": 3, "search_word": 4}
_OF_CONTACT = ("contact_person", "action", "outcome", "note")


def follow(
    db: Database,
    touched: Mapping[tuple[str, bytes], Iterable[Entry]],
    tables: Mapping[str, Table],
    pack: Pack,
) -> None:
    """Bring both indexes up to date after an act that touched these records (all entries of each)."""
    contacts: dict[bytes, None] = {}
    for (tbl, record), entries in touched.items():
        if tbl == "contact":
            contacts[record] = None
        elif tbl in _OF_CONTACT:
            for entry in entries:  # where it was moved, the former contact as well
                named = (entry.fields or {}).get("contact")
                if fits("ref", named) and named:
                    contacts[bytes.fromhex(str(named))] = None
        elif tbl == "person":
            _index_person(db, record, pack)
            for (contact,) in db.conn.execute(
                "SELECT contact FROM contact_person WHERE person = ? AND contact IS NOT NULL",
                (record,),
            ).fetchall():
                contacts[contact] = None
    for contact in contacts:
        _index_contact(db, contact, tables, pack)


def rebuild(db: Database, tables: Mapping[str, Table], pack: Pack) -> None:
    """Drop both indexes and fill them again from the tables that the ledger has filled."""
    for name in ("search_word", "search", "names_word", "names"):
        db.conn.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in statements(SEARCH):
        db.conn.execute(statement)
    for (person,) in db.conn.execute("SELECT id FROM person ORDER BY n"):
        _index_person(db, person, pack)
    for (contact,) in db.conn.execute("SELECT id FROM contact ORDER BY n"):
        _index_contact(db, contact, tables, pack)


def document(
    db: Database, contact: bytes, tables: Mapping[str, Table], pack: Pack
) -> tuple[int, str, str, str] | None:
    """What the index holds of a contact: row number, people, codes with their words, notes."""
    found = db.conn.execute('SELECT n, * FROM "contact" WHERE id = ?', (contact,))
    names = [each[0] for each in found.description]
    values = found.fetchone()
    if values is None:
        return None
    held = dict(zip(names, values, strict=True))
    people = [
        " ".join(filter(None, each))
        for each in db.conn.execute(
            "SELECT person.name, person.nhs_number, person.callback FROM contact_person"
            " JOIN person ON person.id = contact_person.person"
            " WHERE contact_person.contact = ? AND contact_person._void = 0 ORDER BY contact_person.n",
            (contact,),
        )
    ]
    coded: list[str] = []
    notes: list[str] = []
    for column in tables["contact"].columns:
        value = held[column.name]
        if not value:
            continue
        if column.kind == "many":
            coded += [f"{each} {pack.label(column.codes, each)}" for each in json.loads(value)]
        elif column.kind == "code":
            coded.append(f"{value} {pack.label(column.codes, value)}")
        elif column.kind == "text":
            notes.append(value)
    for tbl, free in (("action", "who"), ("outcome", "detail")):
        for code, words in db.conn.execute(
            f'SELECT code, "{free}" FROM "{tbl}" WHERE contact = ? AND _void = 0 ORDER BY n',
            (contact,),
        ):
            coded.append(f"{code} {pack.label(tbl, code or '')}")
            notes.append(words or "")
    notes += [
        each[0] or ""
        for each in db.conn.execute(
            "SELECT text FROM note WHERE contact = ? AND _void = 0 ORDER BY n", (contact,)
        )
    ]
    return held["n"], "\n".join(people), "\n".join(coded), "\n".join(filter(None, notes))


def _index_contact(db: Database, contact: bytes, tables: Mapping[str, Table], pack: Pack) -> None:
    written = document(db, contact, tables, pack)
    if written:
        db.conn.execute(
            "INSERT OR REPLACE INTO search(rowid, people, codes, notes) VALUES(?, ?, ?, ?)", written
        )


def name_document(db: Database, person: bytes, pack: Pack) -> tuple[int, str, str] | None:
    """What the index holds of a person: row number, name, and what else finds them."""
    found = db.conn.execute(
        "SELECT n, name, kind, dob, edd, nhs_number, service, role, callback FROM person WHERE id = ?",
        (person,),
    ).fetchone()
    if found is None:
        return None
    n, name, kind, dob, edd, nhs, service, role, callback = found
    words = [kind, dob, edd, nhs, service, role, callback]
    if service:
        words.append(pack.label("service", service))
    return n, name or "", " ".join(filter(None, words))


def _index_person(db: Database, person: bytes, pack: Pack) -> None:
    written = name_document(db, person, pack)
    if written:
        db.conn.execute("INSERT OR REPLACE INTO names(rowid, name, other) VALUES(?, ?, ?)", written)


def words_of(query: str) -> list[str]:
    """The words of a query as the index cuts them: letters and digits, lower case."""
    cut = "".join(each if each.isalnum() else " " for each in query.casefold())
    return cut.split()[:12]


def match(words: Iterable[str], column: str = "") -> str:
    """The full-text expression that finds every word as the beginning of a word; data, never syntax."""
    each = " AND ".join(f'"{word}"*' for word in words)
    return f"{{{column}}} : ({each})" if column else each


def near(db: Database, words: Iterable[str], vocabulary: str) -> str | None:
    """The expression that also finds near spellings of each word, or None where there are none.

    ``vocabulary`` is the index's own list of words (``search_word`` or ``names_word``).
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    known = [each[0] for each in db.conn.execute(f"SELECT DISTINCT term FROM {vocabulary}")]
    groups, any_near = [], False
    for word in words:
        same = [f'"{word}"*']
        if len(word) >= NEAR_FROM[vocabulary]:
            slips = 1 if len(word) <= 5 else 2
            found = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=20)
            same += [f'"{term}"' for term, _, _ in found if term != word]
        any_near = any_near or len(same) > 1
        groups.append("(" + " OR ".join(same) + ")")
    return " AND ".join(groups) if any_near else None
