"""Persons: looking them up while a name is typed, and reading one who was chosen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spoc.model.forms.sheet import Kept, Person
from spoc.model.forms.sheet_commands import REMEMBERED
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.table import Value
from spoc.model.persons import names
from spoc.model.rules.access import require
from spoc.model.values import tokens
from spoc.storage.driver import Database
from spoc.storage.persons import links
from spoc.storage.search import search, spelling
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_FIELDS = (*REMEMBERED, "mother")
_DIED = (  # a death is looked for on all records that are linked as the same
    "(WITH RECURSIVE same(id) AS (SELECT person.id UNION"
    "  SELECT iif(link.person = same.id, link.other, link.person) FROM same JOIN person_link AS link"
    "  ON (link.person = same.id OR link.other = same.id) AND link.kind = 'same' AND link._void = 0)"
    " SELECT value FROM fact WHERE fact.person IN (SELECT id FROM same) AND fact.key = 'died'"
    " AND fact._void = 0 ORDER BY fact.at DESC LIMIT 1)"
)
_ENOUGH = 60  # read before ranking: by the third letter a duty desk can tell people apart


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """A person who may be the one meant; ``near`` if their name is only like what was typed."""

    person: Person
    near: bool = False


def suggest(
    store: Store, actor: Actor, typed: str, kinds: tuple[str, ...], limit: int = 8
) -> list[PersonMatch]:
    """Possible matches for what was typed, latest contact first: those that match every word; then those
    whose name is a near spelling, sounds alike or is another form of it (``near``). ``kinds`` says among
    whom to look (``professional``; ``child``, ``unborn``; ``adult``)."""
    require(actor.role, "person.search")
    words = tokens.words_of(typed)
    if not words:
        return []
    exact = [f'"{word}"*' for word in words]
    found = _matching(store, actor, _either(exact, words), kinds)
    spelt = [spelling.near_spellings(store, word) for word in words]
    near: list[tuple[str, bytes]] = []
    if len(found) < limit and any(spelt):
        either = [
            f"({one} OR name : {search.any_of(near)})" if near else one
            for one, near in zip(exact, spelt, strict=True)
        ]
        near = _matching(store, actor, " AND ".join(either), kinds)
    shown = list(dict.fromkeys([*found, *near]))[:limit]
    known = _read(store.reader, [person for _, person in shown])
    return [PersonMatch(known[each[1]], each not in found) for each in shown if each[1] in known]


def _either(exact: Sequence[str], words: Sequence[str]) -> str:
    """All the words; or two adjacent ones as one word of a name (smith jones, Smithjones)."""
    ways = [list(exact)]
    for at, joined in names.joined_neighbours(words):
        ways.append([*exact[:at], f'name : ("{joined}"*)', *exact[at + 2 :]])
    return "(" + " OR ".join(f"({' AND '.join(way)})" for way in ways) + ")"


def _matching(
    store: Store, actor: Actor, asked: str, kinds: tuple[str, ...]
) -> list[tuple[str, bytes]]:
    """The newest persons (ids) of these kinds that match, each with when their last contact was received (UTC text):
    the latest first."""
    kind = search.any_of(tokens.coded("kind", each) for each in kinds)
    rows = store.reader.conn.execute(
        "SELECT (SELECT contact.received_at FROM contact_person JOIN contact"
        "  ON contact.id = contact_person.contact WHERE contact_person.person = person.id"
        "  ORDER BY contact.received_at DESC, contact.id DESC LIMIT 1), person.id"
        " FROM names CROSS JOIN person ON person.n = names.rowid"
        " WHERE names MATCH ? AND person._void = 0"
        " ORDER BY names.rowid DESC LIMIT ?",
        (f"{asked} AND {kind}", _ENOUGH),
    ).fetchall()
    lost = quiet.hidden(store, actor)
    return sorted(((at or "", each) for at, each in rows if each not in lost), reverse=True)


def _read(db: Database, ids: Sequence[bytes]) -> dict[bytes, Person]:
    """Persons by their ids."""
    rows = db.conn.execute(
        f"SELECT id, {', '.join(_FIELDS)}, _heads, {_DIED} FROM person"
        f" WHERE id IN ({', '.join('?' * len(ids))})",
        ids,
    ).fetchall()
    return {row[0]: _person(row[0], row[1:-2], row[-2], row[-1]) for row in rows}


def get(store: Store, actor: Actor, person: str, db: Database | None = None) -> Person | None:
    """A person as they are now, by id (hex), with an unborn baby's mother; or None. ``db`` is where a
    restricted contact is read."""
    require(actor.role, "person.search")
    row = (
        (db or store.reader)
        .conn.execute(
            f"SELECT id, {', '.join(_FIELDS)}, _heads, {_DIED} FROM person WHERE id = ?",
            (bytes.fromhex(person),),
        )
        .fetchone()
    )
    if row is None:
        return None
    found = _person(row[0], row[1:-2], row[-2], row[-1])
    mother = get(store, actor, found.mother.id, db) if found.mother else None
    return replace(found, mother=mother)


def with_number(db: Database, number: str, but: str = "") -> list[Person]:
    """The persons with this NHS number, except one (hex id); the first recorded first."""
    rows = db.conn.execute(
        f"SELECT id, {', '.join(_FIELDS)}, _heads, {_DIED} FROM person WHERE nhs_number = ? AND _void = 0"
        " AND kind <> 'professional' ORDER BY _first_at, id",
        (number,),
    ).fetchall()
    found = [_person(row[0], row[1:-2], row[-2], row[-1]) for row in rows]
    return [each for each in found if each.id != but]


def born_with(db: Database, person: str) -> list[str]:
    """The names of other children of the same family name who were born on the same day: twins, perhaps. Records
    linked as this child are not others."""
    own = bytes.fromhex(person)
    same = links.linked_records(db, own)
    rows = db.conn.execute(
        "SELECT other.id, own.name, other.name FROM person own JOIN person other ON other.dob = own.dob"
        " WHERE own.id = ? AND other.id <> own.id AND other.kind = 'child' AND other._void = 0"
        " AND other.sealed IS NULL ORDER BY other.name, other.id",
        (own,),
    ).fetchall()
    family = (
        (other, mine, theirs or "") for other, mine, theirs in rows if mine and other not in same
    )
    return [theirs for _, mine, theirs in family if _family(theirs) == _family(mine)]


def _family(name: str) -> str:
    return tokens.fold(name.partition(",")[0])


def since(db: Database, person: str) -> str:
    """When a person was first written (UTC text)."""
    found = db.conn.execute("SELECT _first_at FROM person WHERE id = ?", (bytes.fromhex(person),))
    return str((found.fetchone() or ("",))[0])


def _person(
    record: bytes, values: tuple[str | bytes | None, ...], heads: str, died: str | None
) -> Person:
    row: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
    mother = row.pop("mother")
    fields = {name: value for name, value in row.items() if value}
    if mother:
        fields["mother"] = mother.hex()
    ids = {name: tuple(each) for name, each in json.loads(heads).items()}
    texts: dict[str, Any] = {name: value or "" for name, value in row.items()}
    return Person(
        id=record.hex(),
        mother=Person(id=mother.hex()) if mother else None,
        kept=Kept(fields, ids),
        died=died or "",
        **texts,
    )


def linked(db: Database, link: Mapping[str, Value]) -> str:
    """The person a contact was linked to: "child Brook, Ty"."""
    found = db.conn.execute(
        "SELECT name FROM person WHERE id = ?", (bytes.fromhex(str(link.get("person") or "")),)
    ).fetchone()
    return f"{link.get('part') or 'person'} {found[0] if found and found[0] else 'without a name'}"
