"""Erasure: an entry of the kind ``erase`` names another entry, whose payload is deleted, here and on every
desk that has it.

The header stays, so that the chain can be checked. What was erased is remembered for ever: a payload that
comes back from an old copy is not accepted.
"""

import json
from collections.abc import Iterable, Mapping

from spoc.model.ledger.entry import Command, Entry
from spoc.model.ledger.table import Table
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database
from spoc.storage.ledger import projection

TABLE = "erase"


def commands(db: Database, records: Iterable[tuple[str, bytes]], why: str) -> list[Command]:
    """The commands that erase every entry of these records (kind and id) that this desk has. Each says, by
    field, what the entry replaced, so that this does not come back in its place."""
    return [
        Command(
            TABLE,
            each.id,
            {"of": record.hex(), "kind": tbl, "on": json.dumps(on(each))},
            {},
            why,
        )
        for tbl, record in records
        for each in projection.entries_of(db, tbl, record)
    ]


def on(entry: Entry) -> dict[str, list[str]]:
    """The entries that an entry replaced, by field; not for an element of a set, because its name is a code
    and would reveal what was erased."""
    parents = {name: list(entry.parents.get(name, ())) for name in entry.fields or ()}
    return {name: ids for name, ids in parents.items() if ids and "." not in name}


def purge(
    db: Database, erased: Iterable[bytes], tables: Mapping[str, Table], pack: Pack
) -> dict[tuple[str, bytes], list[Entry]]:
    """Drops the payloads of these entries, which an entry names as erased, and folds their records again.

    Returns the records with their entries as they were, so that search knows what to forget.
    """
    before: dict[tuple[str, bytes], list[Entry]] = {}
    for entry in erased:
        found = db.conn.execute(
            "SELECT tbl, record FROM entry JOIN payload USING(entry_id) WHERE entry_id = ?",
            (entry,),
        ).fetchone()
        if found and found not in before:
            before[found] = projection.entries_of(db, *found)
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (entry,))
    for tbl, record in before:
        if tbl in tables:
            entries = projection.entries_of(db, tbl, record)
            projection.project(db, tables[tbl], record, entries, pack.safer.get(tbl))
    return before


def is_erased(db: Database, entry: bytes) -> bool:
    """Whether an entry (id) was erased."""
    return bool(
        db.conn.execute(
            "SELECT 1 FROM entry WHERE record = ? AND tbl = ?", (entry, TABLE)
        ).fetchone()
    )


def places(db: Database) -> dict[bytes, list[int]]:
    """The numbers of the erased entries, by stream."""
    found: dict[bytes, list[int]] = {}
    for stream, seq in db.conn.execute(
        "SELECT gone.stream, gone.seq FROM entry AS erase JOIN entry AS gone ON gone.entry_id = erase.record"
        " WHERE erase.tbl = ?",
        (TABLE,),
    ).fetchall():
        found.setdefault(stream, []).append(seq)
    return found
