"""The fixed tables: the ledger, drafts and what belongs only to this desk. Forward only.

The tables that screens read are not here: they follow from spoc.model.ledger.records (see projection.py).
"""

import json
from typing import Any

from sqlite_utils import Migrations

from spoc.storage.driver import Database, DatabaseError, row

SCHEMA = (
    6  # in each entry's header and the file's user_version; a store with a higher one is refused
)

migrations = Migrations("spoc")

LEDGER = """
CREATE TABLE entry(
    stream BLOB NOT NULL,
    seq INTEGER NOT NULL CHECK(seq > 0),
    entry_id BLOB NOT NULL CHECK(length(entry_id) = 16),
    hlc INTEGER NOT NULL,
    tbl TEXT NOT NULL,
    record BLOB NOT NULL CHECK(length(record) = 16),
    header BLOB NOT NULL,
    UNIQUE(stream, seq, entry_id)
) STRICT;
CREATE INDEX entry_record ON entry(record, tbl);
CREATE INDEX entry_hlc ON entry(hlc);
CREATE TABLE payload(entry_id BLOB PRIMARY KEY NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS refused(entry_id BLOB PRIMARY KEY NOT NULL, why TEXT NOT NULL) STRICT;

CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER payload_stays BEFORE UPDATE ON payload
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER payload_is_kept BEFORE DELETE ON payload
WHEN NOT EXISTS (SELECT 1 FROM entry WHERE tbl = 'erase' AND record = OLD.entry_id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""

# From other desks: entries that cannot be folded yet, and the signature of each act.
RECEIVED = """
CREATE TABLE held(
    stream BLOB NOT NULL,
    seq INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    act BLOB NOT NULL,
    header BLOB NOT NULL,
    body BLOB,
    signature BLOB NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY(stream, seq, entry_id)
) STRICT;
CREATE INDEX held_act ON held(act);
CREATE INDEX held_why ON held(why) WHERE why <> '';
CREATE TABLE signature(act BLOB PRIMARY KEY NOT NULL, body BLOB NOT NULL) STRICT;

CREATE TRIGGER signature_stays BEFORE UPDATE ON signature
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER signature_is_kept BEFORE DELETE ON signature
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""

# The files that this desk put into a place of sync or received from there, so that each is sent or received
# only once.
CARRIED = """
CREATE TABLE carried(
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    stream BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY(place, name)
) STRICT
"""

_DESK = """
CREATE TABLE local(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
CREATE TABLE draft(
    id BLOB PRIMARY KEY NOT NULL,
    actor BLOB NOT NULL,
    opened_at TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
"""

FORM_DRAFT = """
CREATE TABLE form_draft(
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    actor BLOB NOT NULL,
    saved_at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY(kind, subject, actor)
) STRICT
"""

_FIRST_SEARCH = """
CREATE VIRTUAL TABLE search USING fts5(people, codes, notes, tokenize='unicode61 remove_diacritics 2');
INSERT INTO search(search, rank) VALUES('secure-delete', 1);
CREATE VIRTUAL TABLE search_word USING fts5vocab(search, 'row');
CREATE VIRTUAL TABLE names USING fts5(name, other, tokenize='unicode61 remove_diacritics 2', prefix='1 2 3');
INSERT INTO names(names, rank) VALUES('secure-delete', 1);
CREATE VIRTUAL TABLE names_word USING fts5vocab(names, 'col');
"""

# Row numbers grow with the time of receipt (see search.index_row), so that the newest matches come first and
# none is sorted. Beginnings of one to three letters have an index; longer ones have few enough matches.
_TOKENS = "detail=column, tokenize='unicode61 remove_diacritics 2', prefix='1 2 3'"
COLUMNS = {"search": "people, codes, notes, marks", "names": "name, known, other, marks"}
# ``uses`` was once a count: the index of names says whether a name still has a word.
_NAME_WORD = """
CREATE TABLE name_word(n INTEGER PRIMARY KEY AUTOINCREMENT, term TEXT NOT NULL UNIQUE, uses INTEGER NOT NULL) STRICT
"""
NEXT, FORMER = "_next", "_former"  # an index that is being filled, and one that is being removed
# The tables of every version.
SEARCH_TABLES = (
    "search_word", "names_word", "name_word",
    *(index + kind for index in COLUMNS for kind in ("", NEXT)),
)  # fmt: skip


@migrations()
def first(db: Any) -> None:
    for script in (LEDGER, _DESK, _FIRST_SEARCH):
        for statement in statements(script):
            db.conn.execute(statement)
    db.conn.execute("PRAGMA user_version=1")


@migrations()
def newest_first(db: Any) -> None:
    """Search by time of receipt; its contents come from the tables when the store is opened."""
    empty_search(db)
    db.conn.execute("DELETE FROM local WHERE key = 'indexed'")
    if db["contact"].exists():  # a new store has it from projection.ensure
        db.conn.execute(CONTACT_SHOWN)
    db.conn.execute("PRAGMA user_version=2")


@migrations()
def restricted(db: Any) -> None:
    """Changes nothing in the fixed tables; a program that does not know sealed payloads must refuse the
    store."""
    db.conn.execute("PRAGMA user_version=3")


@migrations()
def received(db: Any) -> None:
    """What other desks wrote can be received."""
    for statement in statements(RECEIVED):
        db.conn.execute(statement)
    db.conn.execute("PRAGMA user_version=4")


@migrations()
def carried(db: Any) -> None:
    """What is sent between desks is identified by its place and name."""
    db.conn.execute(CARRIED)
    db.conn.execute("PRAGMA user_version=5")


@migrations()
def half_written(db: Any) -> None:
    """What is typed into a form is kept; an earlier program can do without, so the number stays."""
    db.conn.execute(FORM_DRAFT)


@migrations()
def signed(db: Any) -> None:
    """Acts are signed: a program that does not sign must refuse the store. Acts that do not count are left out."""
    db.conn.execute(
        next(each for each in statements(LEDGER) if each.startswith("CREATE TABLE IF NOT EXISTS"))
    )
    db.conn.execute("PRAGMA user_version=6")


# Counting and listing contacts reads only this index.
CONTACT_SHOWN = (
    "CREATE INDEX IF NOT EXISTS contact_shown ON contact(received_at, id) WHERE _void = 0"
)
# So do the ED safety net's worklist and its counts; a child's attendances are found by number and birth.
_OF_CHILDREN = "WHERE _void = 0 AND adult IS NULL AND state IS NULL"
SHOWN = {
    "contact": (CONTACT_SHOWN,),
    "attendance": (
        "DROP INDEX IF EXISTS attendance_waiting",  # from before lists said what was cancelled
        "DROP INDEX IF EXISTS attendance_shown",
        "CREATE INDEX IF NOT EXISTS attendance_waits ON attendance(rank, arrived, id)"
        f" {_OF_CHILDREN} AND reviewed IS NULL",
        "CREATE INDEX IF NOT EXISTS attendance_stands ON attendance(arrived, site, id, reviewed, rank)"
        f" {_OF_CHILDREN}",
    ),
}
# For each kind of record that is followed up: counting and ringing what is open, showing the first, and
# counting what nobody holds each read only this index.
FOLLOWED_UP = (
    'DROP INDEX IF EXISTS "{0}_open"',  # from before ringing used it too
    'CREATE INDEX IF NOT EXISTS "{0}_promised" ON "{0}"(code, due_at, snoozed_to, due, who, id)'
    " WHERE ended IS NULL AND _void = 0",
    'CREATE INDEX IF NOT EXISTS "{0}_wakes" ON "{0}"(coalesce(snoozed_to, due_at), id)'
    " WHERE ended IS NULL AND _void = 0",
    'CREATE INDEX IF NOT EXISTS "{0}_unheld" ON "{0}"(due_at, code, id)'
    " WHERE ended IS NULL AND _void = 0 AND (holder IS NULL OR safe_tonight IS NULL)",
    'CREATE INDEX IF NOT EXISTS "{0}_moved" ON "{0}"(due_why) WHERE due_why IS NOT NULL',
)


def empty_search(db: Database) -> None:
    """Drops the search indexes of every version, and makes them again, empty."""
    for name in SEARCH_TABLES:
        db.conn.execute(f"DROP TABLE IF EXISTS {name}")
    make_indexes(db)
    make_words(db)


def make_indexes(db: Database, kind: str = "") -> None:
    """Makes both full-text indexes, empty."""
    for index, columns in COLUMNS.items():
        own = index + kind
        db.conn.execute(f"CREATE VIRTUAL TABLE {own} USING fts5({columns}, {_TOKENS})")
        db.conn.execute(f"INSERT INTO {own}({own}, rank) VALUES('secure-delete', 1)")


def make_words(db: Database) -> None:
    """Makes the table of all words of names, for near spellings, empty."""
    db.conn.execute("DROP TABLE IF EXISTS name_word")
    db.conn.execute(_NAME_WORD)


def statements(script: str) -> list[str]:
    """The statements of a script; a trigger's body stays in one piece."""
    found, current = [], ""
    for part in script.split(";"):
        current += part + ";"
        if "BEGIN" not in current or current.rstrip("; \n").endswith("END"):
            found.append(current.strip())
            current = ""
    return [each for each in found if each != ";"]


# The ledger's triggers as they are in the file, by name.
TRIGGERS = {
    each.split()[2]: each.rstrip(";")
    for each in statements(LEDGER + RECEIVED)
    if each.startswith("CREATE TRIGGER")
}


def local(db: Database, key: str) -> Any:
    """The value that only this desk stores under a key, or None."""
    found = row(db.conn.execute("SELECT value FROM local WHERE key = ?", (key,)).fetchone())
    try:
        return None if found is None else json.loads(found)
    except ValueError:  # a page does not contain what it should
        raise DatabaseError("database disk image is malformed") from None


def keep_local(db: Database, key: str, value: Any) -> None:
    """Stores a JSON value under a key, only on this desk."""
    db.conn.execute(
        "INSERT INTO local(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )
