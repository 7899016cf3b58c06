"""The tables that screens read, updated from the ledger and from nothing else.

Each kind of record has a table: ``n`` (local row number), ``id``, a column for each of its fields, and
``_hlc`` (its first entry's: rows are shown in the order ``_hlc, id``, the same on every desk),
``_first_at``, ``_last_at``, ``_by`` (who wrote it first), ``_heads``, ``_conflicts``, ``_extra``,
``_amended``, ``_void``. Everything can be dropped and folded again at any time.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from spoc.model.ledger.entry import Entry, Open, decode
from spoc.model.ledger.fold import Folded, Safer, columns, fold_for_desk, in_order
from spoc.model.ledger.table import Column, Table, Value, by_name, owned
from spoc.storage.driver import Database
from spoc.storage.ledger import conflicts
from spoc.storage.migrations import FOLLOWED_UP, SHOWN, keep_local, local

_OWN = {
    "_hlc": "INTEGER",
    "_first_at": "TEXT",
    "_last_at": "TEXT",
    "_by": "BLOB",
    "_heads": "TEXT",
    "_conflicts": "TEXT",
    "_extra": "TEXT",
    "_amended": "INTEGER NOT NULL DEFAULT 0",
    "_void": "INTEGER NOT NULL DEFAULT 0",
}
RESTRICTED = ("contact", "attendance")  # what may be restricted, with all that belongs to it
_TYPES = {"ref": "BLOB", "flag": "INTEGER", "int": "INTEGER"}


def ensure(db: Database, tables: Mapping[str, Table]) -> None:
    """Creates missing tables and adds new columns.

    It also folds entries of kinds that were unknown until now, fields that an earlier program kept in
    ``_extra`` because it had no column for them, and each restricted contact, because this version decides
    what is not sealed.
    """
    written: set[str] | None = None
    conflicts.ensure(db)
    for table in tables.values():
        if not db[table.name].exists():
            db.conn.execute(_create(table))
            _index(db, table)
            if written is None:
                written = {tbl for (tbl,) in db.conn.execute("SELECT DISTINCT tbl FROM entry")}
            if table.name in written:
                _fold(db, table)
            continue
        known = {row[1] for row in db.conn.execute(f'PRAGMA table_info("{table.name}")')}
        new = [column for column in table.columns if column.name not in known]
        for column in new:
            db.conn.execute(f'ALTER TABLE "{table.name}" ADD COLUMN {_define(column)}')
        _index(db, table)
        if new:
            _fold(db, table, f'SELECT id FROM "{table.name}" WHERE _extra IS NOT NULL')
        if not known >= _OWN.keys():
            _add_own(db, table, known)
        if table.name == "contact" and "sealed" in known:
            _fold(db, table, "SELECT id FROM contact WHERE sealed IS NOT NULL")
    for owner in RESTRICTED:
        if owner in tables:
            for record in restricted_among(db, owner, ()):
                fold_parts(db, tables, owner, record)


def _add_own(db: Database, table: Table, known: Collection[str]) -> None:
    """Adds to an earlier version's table the columns that every table now has."""
    for name, kind in _OWN.items():
        if name not in known:
            db.conn.execute(f'ALTER TABLE "{table.name}" ADD COLUMN {name} {kind}')
    db.conn.execute(
        f'UPDATE "{table.name}" AS own SET _hlc ='
        " (SELECT min(hlc) FROM entry WHERE record = own.id AND tbl = ?)",
        (table.name,),
    )
    _fold(
        db,
        table,
        f"SELECT record FROM entry WHERE tbl = '{table.name}' GROUP BY record HAVING count(*) > 1",
    )


def _fold(db: Database, table: Table, which: str = "") -> None:
    """Folds a table's records again, in the order they came in: those that a statement selects, or all."""
    every = (
        f"SELECT record FROM entry WHERE tbl = '{table.name}' GROUP BY record ORDER BY min(rowid)"
    )
    for (record,) in db.conn.execute(which or every).fetchall():
        if entries := entries_of(db, table.name, record):
            project(db, table, record, entries)


def _index(db: Database, table: Table) -> None:
    for statement in indexes({table.name: table}):
        db.conn.execute(statement)


def index(db: Database, tables: Mapping[str, Table]) -> None:
    """Replaces the indexes of an earlier version with this version's."""
    wanted = indexes(tables)
    if local(db, "indexes") != wanted:
        db.conn.execute("BEGIN IMMEDIATE")
        for statement in wanted:
            db.conn.execute(statement)
        keep_local(db, "indexes", wanted)
        db.conn.execute("COMMIT")


def indexes(tables: Mapping[str, Table]) -> list[str]:
    """The statements that create the tables' indexes, whether or not they exist."""
    made = []
    for table in tables.values():
        for column in table.columns:
            index = f'CREATE INDEX IF NOT EXISTS "{table.name}_{column.name}" ON "{table.name}"'
            if column.indexed:
                made.append(f'{index}("{column.name}")')
            if column.name == "sealed":  # for the few that are set
                made.append(f"{index}(sealed) WHERE sealed IS NOT NULL")
            if column.name == "snoozed_to":  # every kind that is followed up
                made += [each.format(table.name) for each in FOLLOWED_UP]
        made += SHOWN.get(table.name, ())
    return made


def only_grew(before: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> bool:
    """Whether every column of an earlier signature is still there and of the same kind."""
    return all(set(columns) <= set(now.get(name, columns)) for name, columns in before.items())


def signature(tables: Mapping[str, Table]) -> dict[str, list[str]]:
    """The shape of the tables, for comparison with the shape at the last opening."""
    own = [f"{name} {kind}" for name, kind in _OWN.items()]
    return {"": own} | {
        table.name: [f"{each.name} {each.kind}" for each in table.columns]
        for table in tables.values()
    }


def follow(
    db: Database, table: Table, record: bytes, fresh: list[Entry], safer: Safer | None = None
) -> list[Entry]:
    """Updates one record's row after these entries of it were appended; returns all its entries.

    Most records that an act writes are new: without a row there are no other entries, and none are looked
    for.
    """
    fresh = erased_keep_place(db, fresh)
    folded = fold_for_desk(table.name, fresh, safer, restricted_owner(db, table, fresh))
    if db.conn.execute(f"{_insert(table)} DO NOTHING", row_of(table, record, folded)).rowcount:
        if folded.differing:
            conflicts.put(db, table.name, record, folded)
        return fresh
    every = entries_of(db, table.name, record)
    project(db, table, record, every, safer)
    return every


def project(
    db: Database,
    table: Table,
    record: bytes,
    entries: Iterable[Entry],
    safer: Safer | None = None,
) -> None:
    """Updates one record's row from all its entries."""
    every = list(entries)
    folded = fold_for_desk(table.name, every, safer, restricted_owner(db, table, every))
    db.conn.execute(f"{_insert(table)} {_update(table)}", row_of(table, record, folded))
    conflicts.put(db, table.name, record, folded)


def restricted_owner(db: Database, table: Table, entries: Sequence[Entry]) -> bytes:
    """The restricted record to which a record that can be sealed belongs, or b"": what is in clear there does not
    count (decision 21)."""
    if not table.owner or not table.sealable:
        return b""
    name = next(
        (
            each.fields[table.owner]
            for each in entries
            if each.fields and table.owner in each.fields
        ),
        None,
    )
    if not isinstance(name, str):
        return b""
    owner = bytes.fromhex(name)
    found = db.conn.execute(f'SELECT sealed FROM "{table.owner}" WHERE id = ?', (owner,)).fetchone()
    return owner if found and found[0] else b""


def fold_parts(db: Database, tables: Mapping[str, Table], owner: str, record: bytes) -> None:
    """Folds again what belongs to a record that became restricted, or that was and is erased."""
    found = db.conn.execute(f'SELECT sealed FROM "{owner}" WHERE id = ?', (record,)).fetchone()
    restricted = found is not None and found[0] is not None
    where = f'"{owner}" = ? AND sealed IS NULL' if restricted else "sealed = ?"
    for table in owned(tables, owner):
        if table.sealable:
            rows = f'SELECT id FROM "{table.name}" WHERE {where}'
            for (each,) in db.conn.execute(rows, (record,)).fetchall():
                project(db, table, each, entries_of(db, table.name, each))


def restricted_among(db: Database, owner: str, records: Collection[bytes]) -> list[bytes]:
    """Those of these records, or of all, that are restricted."""
    found = db.conn.execute(
        f'SELECT id FROM "{owner}" WHERE sealed IS NOT NULL'
        " AND (?1 = '[]' OR id IN (SELECT unhex(value) FROM json_each(?1)))",
        (json.dumps([each.hex() for each in records]),),
    )
    return [each for (each,) in found.fetchall()]


def row_of(table: Table, record: bytes, folded: Folded) -> list[Any]:
    """The row for a folded record, in the order of the table's columns."""
    values, extra = columns(table, folded)
    known = by_name(table)
    stored = {name: _stored(known[name], value) for name, value in values.items()}
    return [
        record,
        *map(stored.get, known),
        folded.first.hlc,
        folded.first.at,
        folded.last.at,
        folded.first.actor,
        _json(folded.heads),
        _json(folded.conflicts) if folded.conflicts else None,
        _json(extra) if extra else None,
        int(folded.amended),
        int(folded.void),
    ]


def refold(db: Database, tables: Mapping[str, Table]) -> None:
    """Drops the tables and folds every record again from the ledger, which is only read.

    Rows keep their numbers, which follow the order in which records came in.
    """
    for name in (*tables, conflicts.TABLE):
        db.conn.execute(f'DROP TABLE IF EXISTS "{name}"')
    ensure(db, tables)


def entries_of(db: Database, tbl: str, record: bytes, opens: Open | None = None) -> list[Entry]:
    """All entries of one record that count, oldest first; ``opens`` opens the sealed ones."""
    found = db.conn.execute(
        "SELECT entry.header, payload.body FROM entry LEFT JOIN payload USING(entry_id)"
        " WHERE entry.record = ? AND entry.tbl = ?"
        " AND entry.entry_id NOT IN (SELECT entry_id FROM refused)",
        (record, tbl),
    )
    every = [decode(header, body, opens or db.opens) for header, body in found.fetchall()]
    return in_order(erased_keep_place(db, every))


def erased_keep_place(db: Database, entries: list[Entry]) -> list[Entry]:
    """The same entries; those that were erased keep the place that their erasures say they had."""
    if all(each.fields is not None or each.sealed for each in entries):
        return entries
    return [_erased(db, each) for each in entries]


def _erased(db: Database, entry: Entry) -> Entry:
    """An entry whose payload is gone keeps its place but says nothing: what it replaced stays replaced."""
    if entry.fields is not None or entry.sealed:
        return entry
    found = db.conn.execute(
        "SELECT body FROM entry JOIN payload USING(entry_id) WHERE record = ? AND tbl = 'erase'",
        (entry.id,),
    ).fetchone()
    value = json.loads(found[0])["set"].get("on") if found else None
    if value is None:
        return entry
    replaced = {name: tuple(ids) for name, ids in json.loads(value).items() if ids}
    return entry._replace(parents=replaced)


def names(table: Table) -> list[str]:
    """The columns of a table that come from the ledger, in order."""
    return ["id", *(column.name for column in table.columns), *_OWN]


def _stored(column: Column, value: Value | list[str]) -> Any:
    if value is None:
        return None
    if column.kind == "ref":
        return bytes.fromhex(str(value))
    if column.kind == "many":
        return json.dumps(value)
    return int(value) if isinstance(value, bool) else value


# The same spelling in whatever order the fields were written. The encoder is made once; dumps would make one
# each time.
_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode


def _define(column: Column) -> str:
    return f'"{column.name}" {_TYPES.get(column.kind, "TEXT")}'


def _create(table: Table) -> str:
    own = ", ".join(f"{name} {kind}" for name, kind in _OWN.items())
    fields = ", ".join(_define(column) for column in table.columns)
    return f'CREATE TABLE "{table.name}"(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, {fields}, {own}) STRICT'


@cache
def _insert(table: Table) -> str:
    parts = names(table)
    listed = ", ".join(f'"{name}"' for name in parts)
    marks = ", ".join("?" * len(parts))
    return f'INSERT INTO "{table.name}"({listed}) VALUES({marks}) ON CONFLICT(id)'


@cache
def _update(table: Table) -> str:
    again = ", ".join(f'"{name}" = excluded."{name}"' for name in names(table)[1:])
    return f"DO UPDATE SET {again}"
