"""Persons: looked up while a name is typed, and as they stand when chosen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spoc.model.forms.sheet import Kept, Person
from spoc.model.forms.sheet_commands import REMEMBERED
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.records import Value
from spoc.model.rules.access import require
from spoc.model.values import terms
from spoc.storage.driver import Database
from spoc.storage.search import search, spelling
from spoc.storage.store import Store

_FIELDS = (*REMEMBERED, "mother")
_ENOUGH = 60  # looked at before ranking: a duty desk tells people apart by the third letter


@dataclass(frozen=True, slots=True)
class Found:
    """A person who may be the one that is meant. ``last_at`` is their last contact (UTC text)."""

    person: Person
    last_at: str
    near: bool = False


def suggest(
    store: Store, actor: Actor, typed: str, kinds: tuple[str, ...], limit: int = 8
) -> list[Found]:
    """Who may be meant by what was typed, last in contact first: those that hold every word; only where
    nobody does, near spellings. ``kinds`` says whom to look among (``professional``; ``child``, ``unborn``; ``adult``).
    """
    require(actor.role, "person.search")
    words = terms.words_of(typed)
    if not words:
        return []
    found = _matching(store, [f'"{word}"*' for word in words], kinds, near=False)
    if not found:
        spelt = [spelling.near(store, word) for word in words]
        if any(spelt):
            either = [
                f'("{word}"* OR name : {search.any_of(near)})' if near else f'"{word}"*'
                for word, near in zip(words, spelt, strict=True)
            ]
            found = _matching(store, either, kinds, near=True)
    return found[:limit]


def _matching(
    store: Store, parts: Sequence[str], kinds: tuple[str, ...], *, near: bool
) -> list[Found]:
    """The newest persons of these kinds that match, last in contact first.

    A person's last contact is the one they were written into last.
    """
    kind = search.any_of(terms.coded("kind", each) for each in kinds)
    rows = store.reader.conn.execute(
        f"SELECT person.id, {', '.join(f'person.{name}' for name in _FIELDS)}, person._heads,"
        " (SELECT contact.received_at FROM contact_person JOIN contact"
        "  ON contact.id = contact_person.contact WHERE contact_person.person = person.id"
        "  ORDER BY contact_person.n DESC LIMIT 1)"
        " FROM names CROSS JOIN person ON person.n = names.rowid"
        " WHERE names MATCH ? AND person._void = 0"
        " ORDER BY names.rowid DESC LIMIT ?",
        (" AND ".join([*parts, kind]), _ENOUGH),
    ).fetchall()
    found = [Found(_person(row[0], row[1:-2], row[-2]), row[-1] or "", near) for row in rows]
    return sorted(found, key=lambda each: each.last_at, reverse=True)


def get(store: Store, actor: Actor, person: str, db: Database | None = None) -> Person | None:
    """A person as they stand now, by id (hex), with an unborn baby's mother; or None. ``db`` is where a
    restricted contact is read."""
    require(actor.role, "person.search")
    row = (
        (db or store.reader)
        .conn.execute(
            f"SELECT id, {', '.join(_FIELDS)}, _heads FROM person WHERE id = ?",
            (bytes.fromhex(person),),
        )
        .fetchone()
    )
    if row is None:
        return None
    found = _person(row[0], row[1:-1], row[-1])
    mother = get(store, actor, found.mother.id, db) if found.mother else None
    return replace(found, mother=mother)


def _person(record: bytes, values: tuple[str | bytes | None, ...], heads: str) -> Person:
    held: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
    mother = held.pop("mother")
    fields = {name: value for name, value in held.items() if value}
    if mother:
        fields["mother"] = mother.hex()
    ids = {name: tuple(each) for name, each in json.loads(heads).items()}
    return Person(
        id=record.hex(),
        mother=Person(id=mother.hex()) if mother else None,
        kept=Kept(fields, ids),
        **{name: value or "" for name, value in held.items()},
    )


def linked(db: Database, link: Mapping[str, Value]) -> str:
    """Whom a link to a contact was to: "child Brook, Ty"."""
    found = db.conn.execute(
        "SELECT name FROM person WHERE id = ?", (bytes.fromhex(str(link.get("person") or "")),)
    ).fetchone()
    return f"{link.get('part') or 'person'} {found[0] if found and found[0] else 'without a name'}"
