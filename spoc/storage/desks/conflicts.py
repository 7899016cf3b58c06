"""What stands two ways: each field with its values, who wrote them and when; and the act that ends it."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.records import Value
from spoc.model.rules.access import require
from spoc.storage.driver import Database
from spoc.storage.ledger import projection
from spoc.storage.ledger.append import Written
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values: who wrote it, when (UTC text), and the entry that says so (hex)."""

    value: Value
    who: str
    at: str
    entry: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of a record that stands two ways; ``contact`` is the contact it belongs to, where to one."""

    tbl: str
    record: bytes
    field: str
    sides: tuple[Side, ...]
    contact: bytes | None
    text: bool


def standing(store: Store, actor: Actor) -> list[Conflict]:
    """Everything that stands two ways, by kind of record. Raises NotAllowed by role."""
    require(actor.role, "contact.view")
    db = store.reader
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())
    return [
        each
        for tbl in store.tables
        for (record,) in db.conn.execute(
            f'SELECT id FROM "{tbl}" WHERE _conflicts IS NOT NULL ORDER BY _first_at, id'
        ).fetchall()
        for each in _of(store, db, tbl, record, names)
    ]


def _of(
    store: Store, db: Database, tbl: str, record: bytes, names: dict[bytes, str]
) -> Iterator[Conflict]:
    """The fields of one record that stand two ways."""
    table = store.tables[tbl]
    contact = record if tbl == "contact" else None
    if table.column("contact"):
        (contact,) = db.conn.execute(
            f'SELECT contact FROM "{tbl}" WHERE id = ?', (record,)
        ).fetchone()
    differing, heads = (
        json.loads(each)
        for each in db.conn.execute(
            f'SELECT _conflicts, _heads FROM "{tbl}" WHERE id = ?', (record,)
        ).fetchone()
    )
    entries = {each.id.hex(): each for each in projection.entries_of(db, tbl, record)}
    for field in differing:
        sides = tuple(
            Side((found.fields or {}).get(field), names.get(found.actor, "unknown"), found.at, head)
            for head in heads.get(field, ())
            if (found := entries.get(head))
        )
        column = table.column(field)
        if len(sides) > 1:
            yield Conflict(
                tbl, record, field, sides, contact, column is not None and column.kind == "text"
            )


def decide(
    store: Store, actor: Actor, conflict: Conflict, value: Value, why: str = ""
) -> "Future[Written]":
    """End a conflict: this value, on top of all that were shown. Raises NotAllowed by role.

    The future holds BadInput where it stands otherwise by now.
    """
    require(actor.role, "contact.amend")
    shown = tuple(each.entry for each in conflict.sides)

    def job(db: Database) -> Written:
        found = db.conn.execute(
            f'SELECT _heads FROM "{conflict.tbl}" WHERE id = ?', (conflict.record,)
        ).fetchone()
        now = json.loads(found[0]).get(conflict.field, ()) if found else ()
        if set(now) != set(shown):
            raise BadInput(
                "It stands otherwise by now: somebody wrote meanwhile. Nothing was changed; look at it again."
            )
        said = why or "one of two ways chosen"
        change = Command(
            conflict.tbl, conflict.record, {conflict.field: value}, {conflict.field: shown}, said
        )
        return store.append(db, actor, [change])

    return store.submit(job)


def both(sides: Sequence[Side]) -> str:
    """The texts of all sides one under the other, each with who wrote it."""
    return "\n\n".join(f"{each.value or ''}\n({each.who})" for each in sides)


def words(conflict: Conflict, value: Value) -> str:
    """A value in words, where it is one of the ledger's own."""
    if conflict.field == VOID:
        return "removed" if value else "kept"
    return "nothing" if value is None else str(value)
