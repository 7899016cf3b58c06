"""A contact's present records, read for a page or for amending."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spoc.model.ledger.entry import Actor
from spoc.model.ledger.table import owned
from spoc.model.rules.access import require
from spoc.storage.driver import Database
from spoc.storage.ledger import conflicts, projection
from spoc.storage.ledger.conflicts import ConflictValue
from spoc.storage.secrecy import quiet, restricted
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Part:
    """One record of a contact (itself, a person, an action, an outcome, a note) as it is now.

    ``conflicts`` has a field's differing values, the one shown first; ``sources`` says who gave each and when.
    ``first_at`` and ``by`` say when it was first written and by whom (a user's id); ``part`` what a person
    is to the contact; ``heads`` are the parents an amendment names; ``of`` is the contact if that is
    restricted.
    """

    tbl: str
    id: bytes
    values: Mapping[str, Any]
    heads: Mapping[str, tuple[str, ...]]
    conflicts: Mapping[str, list[Any]]
    first_at: str
    by: bytes
    part: str = ""
    of: bytes = b""
    sources: Mapping[str, tuple[ConflictValue, ...]] = field(default_factory=dict)


def get(store: Store, actor: Actor, contact: bytes, db: Database | None = None) -> list[Part]:
    """All records of one contact: itself first, then persons, then what belongs to it, by kind. ``db`` is
    where to read it, if that is known (see restricted.reader).

    Raises NotAllowed by role, and if it is restricted and the actor cannot open it.
    """
    require(actor.role, "contact.view")
    read = db or restricted.reader(store, actor, contact)
    lost = quiet.hidden(store, actor, read)
    return [_unnamed(each) if each.id in lost else each for each in _parts(store, read, contact)]


def _unnamed(part: Part) -> Part:
    """A baby who was lost, for people who do not work the case: only that there is one."""
    blank = {**dict.fromkeys(part.values), "name": quiet.WORDS, "kind": part.values["kind"]}
    return replace(part, values=blank, heads={}, conflicts={}, sources={})


def _parts(store: Store, db: Database, contact: bytes) -> Iterator[Part]:
    of = contact if restricted.is_restricted(db, contact) else b""
    yield from _read(store, db, "contact", "id = ?", contact, of=of)
    for record, part in db.conn.execute(
        "SELECT person, part FROM contact_person WHERE contact = ? AND _void = 0 ORDER BY _hlc, id",
        (contact,),
    ).fetchall():
        yield from _read(store, db, "person", "id = ?", record, part, of)
    for table in owned(store.tables, "contact"):
        if table.name == "contact_person":  # links are above
            continue
        yield from _read(
            store, db, table.name, "contact = ? AND _void = 0 ORDER BY _hlc, id", contact, of=of
        )


def _read(
    store: Store,
    db: Database,
    tbl: str,
    where: str,
    value: bytes,
    part: str = "",
    of: bytes = b"",
) -> Iterator[Part]:
    table = store.tables[tbl]
    columns = ", ".join(f'"{name}"' for name in projection.names(table))
    for row in db.conn.execute(f'SELECT {columns} FROM "{tbl}" WHERE {where}', (value,)):
        fields = dict(zip(projection.names(table), row, strict=True))
        for column in table.columns:
            if column.kind == "many":
                fields[column.name] = json.loads(fields[column.name] or "[]")
        yield Part(
            tbl=tbl,
            id=fields["id"],
            values={column.name: fields[column.name] for column in table.columns},
            heads={name: tuple(ids) for name, ids in json.loads(fields["_heads"]).items()},
            conflicts=json.loads(fields["_conflicts"] or "{}"),
            sources=conflicts.of(db, tbl, fields["id"]) if fields["_conflicts"] else {},
            first_at=fields["_first_at"],
            by=fields.get("author") or fields["_by"],
            part=part,
            of=of,
        )
