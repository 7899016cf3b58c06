"""Unborn babies who were lost, or whose pregnancy ended: only people who work on the case see their records.

The pack says who that is (``works-the-case``); ``WAYS`` says how to find each of its words in the tables.
"""

from collections.abc import Iterable

from spoc.model.errors import NotAllowed
from spoc.model.followups.unborn import QUIET
from spoc.model.ledger.entry import Actor
from spoc.model.rules.codes import CLAIMED, SAID_SO, TOOK_A_CONTACT, WROTE
from spoc.storage.driver import Database, row
from spoc.storage.ledger import audit
from spoc.storage.store import Store

WORDS = "an unborn baby"  # shown instead of the name in a list
_OF_CONTACTS = "EXISTS (SELECT 1 FROM contact_person AS of JOIN {} ON {} WHERE of.person = unborn.person AND {} = ?1)"
WAYS = {
    SAID_SO: ("unborn.ended_by = ?1",),
    TOOK_A_CONTACT: (
        _OF_CONTACTS.format("contact", "contact.id = of.contact", "contact.advisor"),
    ),
    WROTE: tuple(
        _OF_CONTACTS.format(tbl, f"{tbl}.contact = of.contact", f"{tbl}._by")
        for tbl in ("note", "outcome", "action", "chase")
    ),
    CLAIMED: tuple(
        _OF_CONTACTS.format(tbl, f"{tbl}.contact = of.contact", f"{tbl}.claimed_by")
        for tbl in ("action", "clock")
    ),
}  # fmt: skip


def hidden(store: Store, actor: Actor, db: Database | None = None) -> frozenset[bytes]:
    """The babies (ids of persons) who are hidden from the actor in every list, search and suggestion."""
    read = db or store.reader
    marks = ", ".join(f"'{each}'" for each in QUIET)
    lost = f"SELECT person FROM unborn WHERE ended IN ({marks}) AND _void = 0"
    if not row(read.conn.execute(f"{lost} LIMIT 1").fetchone()):
        return frozenset()
    working = store.pack.works_the_case
    if actor.role in working:
        return frozenset()
    works = " OR ".join(sql for name in working for sql in WAYS.get(name, ())) or "0"
    found = read.conn.execute(f"{lost} AND NOT coalesce({works}, 0)", (actor.id,)).fetchall()
    return frozenset(each for (each,) in found)


def hidden_contacts(
    store: Store, actor: Actor, contacts: Iterable[bytes], db: Database | None = None
) -> frozenset[bytes]:
    """The contacts among these that are only about such babies: they show only that they exist. A contact
    that is also about another child stays open, for that child's sake, without the baby's name."""
    read = db or store.reader
    lost = hidden(store, actor, read)
    wanted = list(contacts) if lost else []
    marks = ", ".join("?" * len(wanted))
    children: dict[bytes, set[bytes]] = {}
    for contact, person in read.conn.execute(
        f"SELECT contact, person FROM contact_person WHERE contact IN ({marks})"
        " AND part = 'child' AND _void = 0",
        wanted,
    ):
        children.setdefault(contact, set()).add(person)
    return frozenset(contact for contact, named in children.items() if named <= lost)


def require_open(store: Store, actor: Actor, contact: bytes, db: Database) -> None:
    """Raises NotAllowed, and records the attempt, if the actor may not open a contact."""
    if hidden_contacts(store, actor, [contact], db):
        audit.record(store, actor, "refused", subject=contact)
        raise NotAllowed(
            "This contact is open to those who work the case alone; nothing was opened, and that you tried is "
            "recorded. Ask a named professional."
        )
