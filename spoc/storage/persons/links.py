"""Two records of one person, and two contacts of one matter: links that copy nothing and can be undone.

All linked records are shown as one, however they were linked: A with B here and B with A there, or in a
circle. Once undone, each record is what it would be without the link.
"""

import json
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Literal

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.ledger.conflicts import removal
from spoc.storage.store import Store

PersonLink = Literal["same", "born", "not-same"]
ContactLink = Literal["ring-back", "follow-on"]


def link(
    store: Store, actor: Actor, person: bytes, other: bytes, kind: PersonLink, why: str = ""
) -> "Future[WrittenAct]":
    """Records that two records are one person (``same``; ``born``: an unborn baby and the child born), or
    two (``not-same``). Raises BadInput if they are one record, or this is already recorded."""
    require(actor.role, "person.amend")
    if person == other:
        raise BadInput("This is one record, not two; nothing was changed.")
    fields = {
        "person": person.hex(),
        "other": other.hex(),
        "kind": kind,
        "why": why.strip() or None,
    }

    def job(db: Database) -> WrittenAct:
        _there(db, "person", person, other)
        existing = [each for each in links(db, [person]) if other in each[1:3]]
        if any(each[3] == kind for each in existing):
            raise BadInput("This is already recorded about the two; nothing was changed.")
        if existing:
            raise BadInput(
                f"The two are linked as “{existing[0][3].replace('-', ' ')}”: undo that first. Nothing was changed."
            )
        if kind == "not-same" and other in linked_records(db, person):
            raise BadInput(
                "The two are one through another record: undo that link first. Nothing was changed."
            )
        return store.append(db, actor, [_new(store, "person_link", fields)])

    return store.submit(job)


def link_contacts(
    store: Store, actor: Actor, contact: bytes, other: bytes, kind: ContactLink, why: str = ""
) -> "Future[WrittenAct]":
    """Records that two contacts are one matter: a ring-back, a follow-up. Raises BadInput as ``link`` does."""
    require(actor.role, "contact.amend")
    if contact == other:
        raise BadInput("This is one contact, not two; nothing was changed.")
    fields = {
        "contact": contact.hex(),
        "other": other.hex(),
        "kind": kind,
        "why": why.strip() or None,
    }

    def job(db: Database) -> WrittenAct:
        _there(db, "contact", contact, other)
        if db.conn.execute(
            "SELECT 1 FROM contact WHERE id IN (?, ?) AND sealed IS NOT NULL", (contact, other)
        ).fetchone():
            raise BadInput("A restricted contact cannot be linked; nothing was changed.")
        if other in matter(db, [contact]):
            raise BadInput("The two are already one matter; nothing was changed.")
        return store.append(db, actor, [_new(store, "contact_link", fields)])

    return store.submit(job)


def undo(store: Store, actor: Actor, tbl: str, record: bytes, why: str) -> "Future[WrittenAct]":
    """Takes a link back. Raises BadInput without a reason, or if it was already taken back."""
    require(actor.role, "person.amend" if tbl == "person_link" else "contact.amend")
    if not why.strip():
        raise BadInput("Say why the link is taken back. Nothing was changed.")

    def job(db: Database) -> WrittenAct:
        if not db.conn.execute(
            f'SELECT 1 FROM "{tbl}" WHERE id = ? AND _void = 0', (record,)
        ).fetchone():
            raise BadInput("This link was already taken back; nothing was changed.")
        return store.append(db, actor, [removal(db, tbl, record, why.strip())])

    return store.submit(job)


def _new(store: Store, tbl: str, fields: dict[str, str | None]) -> Command:
    now = store.now()
    return Command(tbl, append.new_id(now), {**fields, "at": utc_text(now)})


def _there(db: Database, tbl: str, *records: bytes) -> None:
    for each in records:
        if not db.conn.execute(f'SELECT 1 FROM "{tbl}" WHERE id = ?', (each,)).fetchone():
            raise BadInput(f"There is no such {tbl}; nothing was changed.")


# -- reading ---------------------------------------------------------------------------------------

Link = tuple[bytes, bytes, bytes, str, str, str, bytes]  # id, person, other, kind, at, why, by


def links(db: Database, persons: Iterable[bytes]) -> list[Link]:
    """The present links of any of these persons, oldest first."""
    ids = list(persons)
    marks = ", ".join("?" * len(ids))
    return db.conn.execute(
        "SELECT id, person, other, kind, at, coalesce(why, ''), _by FROM person_link WHERE _void = 0"
        f" AND (person IN ({marks}) OR other IN ({marks})) ORDER BY at, id",
        [*ids, *ids],
    ).fetchall()


def linked_records(db: Database, person: bytes) -> list[bytes]:
    """Every record that is this person, itself first. An unborn baby belongs to each child born of that
    pregnancy, and the children to the baby; twins do not become one through it."""
    found = _same(db, person)
    for own in list(found):
        for other in _born(db, own):
            found += [each for each in _same(db, other) if each not in found]
    return found


def _same(db: Database, person: bytes) -> list[bytes]:
    """The records that were linked as the same, however they were linked."""
    found = [person]
    for own in found:
        for _, one, other, kind, *_rest in links(db, [own]):
            if kind == "same":
                found += [each for each in (one, other) if each not in found]
    return found


def _born(db: Database, person: bytes) -> list[bytes]:
    """The children born of an unborn baby, or the unborn baby that a child was."""
    found = [
        other if one == person else one
        for _, one, other, kind, *_rest in links(db, [person])
        if kind == "born"
    ]
    for baby, children in db.conn.execute(
        "SELECT person, born FROM unborn WHERE _void = 0 AND (person = ?1 OR born LIKE '%' || lower(hex(?1)) || '%')",
        (person,),
    ).fetchall():
        found += (
            [bytes.fromhex(each) for each in json.loads(children or "[]")]
            if baby == person
            else [baby]
        )
    return found


def contact_links(db: Database, contact: bytes) -> dict[bytes, bytes]:
    """The contacts linked to this one directly, and the link of each."""
    rows = db.conn.execute(
        "SELECT iif(contact = ?1, other, contact), id FROM contact_link WHERE _void = 0"
        " AND (contact = ?1 OR other = ?1) ORDER BY at, id",
        (contact,),
    )
    return dict(rows.fetchall())


def any_linked(db: Database) -> bool:
    """Whether any contacts are linked at all."""
    found = db.conn.execute("SELECT 1 FROM contact_link WHERE _void = 0 LIMIT 1")
    return found.fetchone() is not None


def matter(db: Database, contacts: Iterable[bytes]) -> list[bytes]:
    """These contacts, and every other that is linked to one of them."""
    found = dict.fromkeys(contacts)
    if not any_linked(db):
        return list(found)
    fresh = list(found)
    while fresh:
        own = json.dumps([each.hex() for each in fresh])
        linked = db.conn.execute(
            "SELECT contact, other FROM contact_link WHERE _void = 0 AND ("
            "contact IN (SELECT unhex(value) FROM json_each(?1))"
            " OR other IN (SELECT unhex(value) FROM json_each(?1)))",
            (own,),
        ).fetchall()
        fresh = [each for pair in linked for each in pair if each not in found]
        found |= dict.fromkeys(fresh)
    return list(found)
