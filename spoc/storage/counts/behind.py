"""The records behind a number: a contact's own line, or what a request, a promise or an attendance is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.storage.contacts import contacts
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.storage.persons import persons
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_AT_ONCE = 500  # ids in one statement
_OF_CONTACT = ("request", "action", "clock")


@dataclass(frozen=True, slots=True)
class Behind:
    """One record behind a number: its id, and the contact that it is or belongs to, or else a description in
    words."""

    id: bytes
    row: ContactRow | None = None
    words: str = ""


def lines(store: Store, actor: Actor, ids: Sequence[bytes]) -> list[Behind]:
    """A line for each id, in the given order: exactly as many."""
    require(actor.role, "contact.view")
    of = _contacts_of(store, ids)
    rows = _rows(store, actor, sorted(set(of.values())))
    attended = _attended(store, ids)
    return [
        Behind(each, rows[of[each]])
        if each in of and of[each] in rows
        else Behind(each, words=attended.get(each) or _person(store, actor, each))
        for each in ids
    ]


def _contacts_of(store: Store, ids: Sequence[bytes]) -> dict[bytes, bytes]:
    """The contact that each record is or belongs to."""
    found: dict[bytes, bytes] = {}
    for part, marks in _portions(ids):
        for (record,) in _read(store, f"SELECT id FROM contact WHERE id IN ({marks})", part):
            found[record] = record
        for table in _OF_CONTACT:
            sql = f"SELECT id, contact FROM {table} WHERE id IN ({marks})"
            found |= dict(_read(store, sql, part))
    return found


def _rows(store: Store, actor: Actor, ids: Sequence[bytes]) -> dict[bytes, ContactRow]:
    every = (contacts.by_id(store, actor, part) for part, _ in _portions(ids))
    return {row.id: row for part in every for row in part}


def _attended(store: Store, ids: Sequence[bytes]) -> dict[bytes, str]:
    """An attendance in words; for a restricted one only where and when."""
    found = {}
    for part, marks in _portions(ids):
        for record, arrived, site, name, complaint, closed in _read(
            store,
            "SELECT id, arrived, site, name, complaint, closed_to IS NOT NULL FROM attendance"
            f" WHERE id IN ({marks})",
            part,
        ):
            rows = (
                (arrived or "").replace("T", " "),
                site,
                *(("restricted",) if closed else (name, complaint)),
            )
            found[record] = "  ".join(each for each in rows if each)
    return found


def _person(store: Store, actor: Actor, record: bytes) -> str:
    if record in quiet.hidden(store, actor):
        return quiet.WORDS
    found = persons.get(store, actor, record.hex())
    return (found.name or "unnamed child") if found else "a record that is not held any more"


def _portions(ids: Sequence[bytes]) -> list[tuple[Sequence[bytes], str]]:
    parts = [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]
    return [(part, ", ".join("?" * len(part))) for part in parts]


def _read(store: Store, sql: str, values: Sequence[bytes]) -> list[tuple[Any, ...]]:
    return list(store.reader.conn.execute(sql, list(values)).fetchall())
