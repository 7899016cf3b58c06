"""Conflicts: two values for one field, whose authors had not seen each other's.

Part of the projection: each field in conflict has rows in a table, one for each entry behind it, starting
with the one that is shown. Only somebody who has seen all of them can end it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from spoc.model.ledger.entry import Command
from spoc.model.ledger.fold import VOID, Folded
from spoc.model.ledger.records import tables
from spoc.model.ledger.table import Table, Value
from spoc.storage.driver import Database, row

TABLE = "_conflict"
_CREATE = f"""
CREATE TABLE IF NOT EXISTS {TABLE}(
    record BLOB NOT NULL,
    tbl TEXT NOT NULL,
    field TEXT NOT NULL,
    place INTEGER NOT NULL,
    value TEXT NOT NULL,
    by BLOB NOT NULL,
    at TEXT NOT NULL,
    entry_id BLOB NOT NULL,
    PRIMARY KEY(record, tbl, field, place)
) STRICT, WITHOUT ROWID
"""
_ROWS = f"SELECT tbl, record, field, value, by, at, entry_id FROM {TABLE}"


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """A value that somebody (a user's id) gave for a field, when (UTC text), in which entry (hex)."""

    value: Value
    by: bytes
    at: str
    entry: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in conflict and all its values, the one that is shown first. For ``_void`` the values say
    whether the record was removed: a change made meanwhile says no."""

    tbl: str
    record: bytes
    field: str
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A record that was added to an erased contact, by whom (a user's id), when (UTC text), in which entry (hex)."""

    contact: bytes
    tbl: str
    record: bytes
    by: bytes
    at: str
    entry: str
    sealed: bool  # under a key that went with the contact


def conflicts(db: Database) -> list[Conflict]:
    """Every field in conflict, in the same order on every desk."""
    return _read(db, "", ())


def count(db: Database) -> int:
    """How many fields are in conflict."""
    fields = f"SELECT DISTINCT record, tbl, field FROM {TABLE}"
    found = int(row(db.conn.execute(f"SELECT count(*) FROM ({fields})").fetchone()))
    return found + len({each.contact for each in added_to_erased(db)})


def added_to_erased(db: Database) -> list[Added]:
    """The records that somebody added to a contact which another desk erased meanwhile: they must not
    disappear unseen."""
    gone = db.conn.execute(  # an erased contact has not even a time of receipt
        "SELECT id FROM contact WHERE received_at IS NULL AND _void = 1 ORDER BY id"
    ).fetchall()
    return [
        Added(contact, table.name, record, by, at, entry.hex(), bool(sealed))
        for (contact,) in gone
        for table in tables().values()
        if table.owner == "contact"
        for under in ("own.sealed IS NOT NULL" if table.sealable else "0",)
        for record, by, at, entry, sealed in db.conn.execute(
            f'SELECT own.id, own._by, own._first_at, entry_id, {under} FROM "{table.name}" AS own'
            " JOIN entry ON record = own.id AND tbl = ?1 JOIN payload USING(entry_id)"
            f" WHERE (own.contact = ?2{' OR own.sealed = ?2' if table.sealable else ''}) AND own._void = 0"
            " GROUP BY own.id ORDER BY own.id",
            (table.name, contact),
        ).fetchall()
    ]


def of(db: Database, tbl: str, record: bytes) -> dict[str, tuple[ConflictValue, ...]]:
    """A record's fields in conflict."""
    return {
        each.field: each.values for each in _read(db, "WHERE tbl = ? AND record = ?", (tbl, record))
    }


def removal(db: Database, tbl: str, record: bytes, why: str = "") -> Command:
    """The command that removes a record as it is now: it names everything that was seen, so that it does not
    remove what another desk writes meanwhile."""
    heads = row(db.conn.execute(f'SELECT _heads FROM "{tbl}" WHERE id = ?', (record,)).fetchone())
    on = {name: tuple(ids) for name, ids in json.loads(heads).items()}
    return Command(tbl, record, {VOID: True}, on, why)


# -- the table -------------------------------------------------------------------------------------


def ensure(db: Database) -> None:
    """Creates the table if it is missing."""
    db.conn.execute(_CREATE)


def put(db: Database, tbl: str, record: bytes, folded: Folded) -> None:
    """Updates the rows of one record."""
    db.conn.execute(f"DELETE FROM {TABLE} WHERE record = ? AND tbl = ?", (record, tbl))
    if folded.differing:
        db.conn.executemany(
            f"INSERT INTO {TABLE}(record, tbl, field, place, value, by, at, entry_id)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            rows_of(tbl, record, folded),
        )


def rows_of(tbl: str, record: bytes, folded: Folded) -> list[tuple[Any, ...]]:
    """The rows for a folded record, in order."""
    return [
        (record, tbl, name, place, json.dumps(value), entry.actor, entry.at, entry.id)
        for name, rows in sorted(folded.differing.items())
        for place, (value, entry) in enumerate(rows)
    ]


def rows_in(db: Database, tbl: str, record: bytes) -> list[tuple[Any, ...]]:
    """A record's rows as they are now."""
    found: list[tuple[Any, ...]] = db.conn.execute(
        f"SELECT record, tbl, field, place, value, by, at, entry_id FROM {TABLE}"
        " WHERE record = ? AND tbl = ? ORDER BY field, place",
        (record, tbl),
    ).fetchall()
    return found


def again(db: Database, tables: Mapping[str, Table]) -> list[tuple[Table, bytes]]:
    """The records in conflict: to fold again if the pack changes which value is safer."""
    found = db.conn.execute(f"SELECT DISTINCT tbl, record FROM {TABLE} ORDER BY tbl, record")
    return [(tables[tbl], record) for tbl, record in found.fetchall() if tbl in tables]


def _read(db: Database, where: str, values: tuple[Any, ...]) -> list[Conflict]:
    found = db.conn.execute(
        f"{_ROWS} {where} ORDER BY tbl, record, field, place", values
    ).fetchall()
    return [
        Conflict(
            tbl,
            record,
            name,
            tuple(
                ConflictValue(json.loads(value), by, at, entry.hex())
                for *_, value, by, at, entry in rows
            ),
        )
        for (tbl, record, name), rows in groupby(found, key=itemgetter(0, 1, 2))
    ]
