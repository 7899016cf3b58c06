"""Erasing a contact for good, because its retention period is over or it should never have been written.

It is taken out with everything that belongs to it, and the contents of all these entries are deleted: here at
once, at every other desk and in every place of sync when they sync. What stays is that it existed, and who
erased it, when and why.
"""

from concurrent.futures import Future

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import require
from spoc.storage.driver import Database, row
from spoc.storage.ledger import erasing, projection
from spoc.storage.ledger.append import new_id
from spoc.storage.ledger.conflicts import removal
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

_ALSO = ("contact_link", "opening")  # about a contact, though not its own


def erase(store: Store, actor: Actor, contact: bytes, why: str) -> "Future[int]":
    """Erases a contact; returns how many entries it had. Recorded in the ledger and in the audit trail.

    A restricted one can be erased by somebody who can open it; its keys are erased too.

    Raises NotAllowed by role, or if the actor cannot open it; BadInput without a reason, or for a contact
    that is open.
    """
    require(actor.role, "contact.erase")
    reason = " ".join(why.split())
    if not reason:
        raise BadInput("Say why it is erased: the reason is what stays. Nothing was changed.")

    def job(db: Database) -> int:
        found = db.conn.execute("SELECT closed_at FROM contact WHERE id = ?", (contact,)).fetchone()
        if found is None:
            raise BadInput("There is no such contact; nothing was changed.")
        own = projection.entries_of(db, "contact", contact)
        if any(erasing.is_erased(db, each.id) for each in own):
            raise BadInput("The contact is already erased; nothing was changed.")
        if found[0] is None:
            raise BadInput("The contact is still open; nothing was changed. Close it first.")
        if restricted.is_restricted(db, contact):
            if not restricted.keys_of(store, db, actor, contact):
                raise restricted.refused(store, db, actor, contact)
            records = _sealed(store, db, contact)
            # Not sealed, and without the reason: every desk shows that it is gone, whoever could open it.
            left = [removal(db, "contact", contact)]
        else:
            records = _records(store, db, contact)
            left = [removal(db, *each, reason) for each in records if not _is_gone(db, *each)]
        erased = erasing.commands(db, records, reason)
        if left:
            store.append(db, actor, left)
        # A separate act: a desk that comes later reads it before the record that it erases.
        store.append(db, actor, erased)
        fields = {"kind": "erase", "subject": contact.hex(), "purpose": reason}
        audit = Command("audit", new_id(store.now()), fields)
        store.append(db, actor, [audit], stream="audit_stream")
        return len(erased)

    return store.submit(job)


def _records(store: Store, db: Database, contact: bytes) -> list[tuple[str, bytes]]:
    """The contact and everything that belongs to it, or is about it: kind and id."""
    found = [("contact", contact)]
    for table in store.tables.values():
        if table.owner == "contact" or table.name in _ALSO:
            rows = db.conn.execute(
                f'SELECT id FROM "{table.name}" WHERE contact = ? ORDER BY n', (contact,)
            )
            found += [(table.name, record) for (record,) in rows.fetchall()]
    return found


def _sealed(store: Store, db: Database, contact: bytes) -> list[tuple[str, bytes]]:
    """The same for a restricted contact: everything sealed with it, including persons whom only it names."""
    found = _records(store, db, contact)
    for table in store.tables.values():
        if table.sealable:
            rows = db.conn.execute(
                f'SELECT id FROM "{table.name}" WHERE sealed = ? ORDER BY n', (contact,)
            )
            found += [(table.name, record) for (record,) in rows.fetchall()]
    return list(dict.fromkeys(found))


def _is_gone(db: Database, tbl: str, record: bytes) -> bool:
    return bool(
        row(db.conn.execute(f'SELECT _void FROM "{tbl}" WHERE id = ?', (record,)).fetchone())
    )
