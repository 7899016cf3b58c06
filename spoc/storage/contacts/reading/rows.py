"""Contacts as rows of a list: the newest, the open ones, some by their ids."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spoc.model.forms.contact import late_entry
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require, sight_of
from spoc.storage.contacts.outcomes import LATEST
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as a row of a list. Times are UTC text; ``late`` marks a late entry; names are "" for a
    role that may not see them."""

    id: bytes
    received_at: str
    logged_at: str
    late: bool
    open: bool
    service: str
    category: str
    issues: tuple[str, ...]
    identity: str
    children: tuple[str, ...]
    caller: str
    outcome: str
    amended: bool
    restricted: bool = False  # only when it was logged is shown
    near: bool = False
    why: str = ""  # what a search found it by: child, caller, mother, number, date, code, notes


_ROW = (
    "SELECT contact.id, contact.received_at, contact._first_at,"
    " contact.opened_at, contact.closed_at IS NULL, contact.service, contact.category,"
    " contact.issues, contact.identity, contact._amended AND contact.closed_at IS NOT NULL,"
    f" {LATEST},"
    " contact.sealed IS NOT NULL FROM contact"
)


def recent(
    store: Store, actor: Actor, limit: int = 50, after: ContactRow | None = None
) -> list[ContactRow]:
    """Closed contacts, latest received first; ``after`` is the last row already there, for the next page."""
    require(actor.role, "contact.list")
    order = "ORDER BY contact.received_at DESC, contact.id DESC LIMIT ?"
    if after is None:
        return _rows(store, actor, f"WHERE contact._void = 0 {order}", (limit,))
    return _rows(
        store,
        actor,
        f"WHERE contact._void = 0 AND (contact.received_at, contact.id) < (?, ?) {order}",
        (after.received_at, after.id, limit),
    )


def still_open(store: Store, actor: Actor) -> list[ContactRow]:
    """The open contacts: begun, and waiting for somebody to continue them. Oldest first."""
    require(actor.role, "contact.list")
    return _rows(
        store,
        actor,
        "WHERE contact.closed_at IS NULL AND contact._void = 0"
        " AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.id = contact.id)"
        " ORDER BY contact.received_at, contact.id",
        (),
    )


def count_since(store: Store, actor: Actor, since: str) -> int:
    """How many contacts were received since an instant (UTC text)."""
    require(actor.role, "contact.list")
    if not sight_of(actor.role).rows:
        return 0
    found = store.reader.conn.execute(
        "SELECT count(*) FROM contact WHERE received_at >= ? AND _void = 0", (since,)
    )
    return int(found.fetchone()[0])


def authors(store: Store) -> dict[bytes, str]:
    """The names of the service's users, by id."""
    return dict(store.reader.conn.execute("SELECT id, name FROM user").fetchall())


def by_id(store: Store, actor: Actor, ids: Sequence[bytes]) -> list[ContactRow]:
    """These contacts, latest received first."""
    require(actor.role, "contact.search")
    marks = ", ".join("?" * len(ids))
    order = "ORDER BY contact.received_at DESC, contact._hlc DESC, contact.id DESC"
    return _rows(store, actor, f"WHERE contact.id IN ({marks}) {order}", ids)


def _rows(store: Store, actor: Actor, where: str, values: Sequence[Any]) -> list[ContactRow]:
    sight = sight_of(actor.role)
    if not sight.rows:
        return []
    db = store.reader
    found = db.conn.execute(f"{_ROW} {where}", values).fetchall()
    people: dict[bytes, list[tuple[str, str]]] = {}
    lost = quiet.hidden(store, actor)
    hidden = quiet.hidden_contacts(store, actor, [row[0] for row in found])
    if sight.identifiers:
        marks = ", ".join("?" * len(found))
        for contact, part, name, own in db.conn.execute(
            "SELECT contact_person.contact, contact_person.part, person.name, person.id FROM contact_person"
            " JOIN person ON person.id = contact_person.person"
            f" WHERE contact_person.contact IN ({marks}) AND contact_person._void = 0"
            " ORDER BY contact_person._hlc, contact_person.id",
            [row[0] for row in found],
        ):
            child = quiet.WORDS if own in lost else name or ""
            people.setdefault(contact, []).append((part, child))
    rows = []
    for (
        record,
        received,
        logged,
        opened,
        still_open,
        service,
        category,
        issues,
        identity,
        amended,
        outcome,
        sealed,
    ) in found:
        named = people.get(record, [])
        if record in hidden:
            named = [("child", quiet.WORDS)]
            service = category = issues = outcome = amended = None
        rows.append(
            ContactRow(
                id=record,
                received_at=received or logged,
                logged_at=logged,
                late=bool(received and opened) and late_entry(received, opened, store.pack),
                open=bool(still_open),
                service=service or "",
                category=category or "",
                issues=tuple(json.loads(issues or "[]")),
                identity=identity or "",
                children=tuple(name for part, name in named if part == "child"),
                caller=next((name for part, name in named if part == "caller"), ""),
                outcome=outcome or "",
                amended=bool(amended) and not sealed,
                restricted=bool(sealed),
            )
        )
    return rows
