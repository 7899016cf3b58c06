"""Erasing a contact for good: when its retention period is over, or it should never have been written.

It is taken out with everything that belongs to it, and the contents of all their entries go: here at once,
at every other desk and in every place of sync as they sync. That it existed, who erased it, when and why
stays.
"""

from concurrent.futures import Future

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import require
from spoc.storage.driver import Database
from spoc.storage.ledger import erasing
from spoc.storage.ledger.append import new_id
from spoc.storage.ledger.conflicts import removal
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

_ALSO = ("contact_link", "opening")  # about a contact, though not its own


def erase(store: Store, actor: Actor, contact: bytes, why: str) -> "Future[int]":
    """Erases a contact; returns how many entries it had. Recorded in the ledger and in the audit trail.

    Raises NotAllowed by role; BadInput without a reason, or for a contact that is open or restricted.
    """
    require(actor.role, "contact.erase")
    reason = " ".join(why.split())
    if not reason:
        raise BadInput("Say why it is erased: the reason is what stays. Nothing was changed.")

    def job(db: Database) -> int:
        found = db.conn.execute("SELECT closed_at FROM contact WHERE id = ?", (contact,)).fetchone()
        if found is None:
            raise BadInput("There is no such contact; nothing was changed.")
        if restricted.is_restricted(db, contact):
            raise BadInput(
                "A restricted contact cannot be erased; nothing was changed. What it says opens for nobody once "
                "it is opened to nobody."
            )
        records, left = [], []
        for table in store.tables.values():
            if table.name == "contact" or table.owner == "contact" or table.name in _ALSO:
                key = "id" if table.name == "contact" else "contact"
                for record, gone in db.conn.execute(
                    f'SELECT id, _void FROM "{table.name}" WHERE "{key}" = ? ORDER BY n', (contact,)
                ).fetchall():
                    records.append((table.name, record))
                    if not gone:
                        left.append(removal(db, table.name, record, reason))
        erased = erasing.commands(db, records, reason)
        if erasing.is_erased(db, erased[0].record):
            raise BadInput("The contact is erased already; nothing was changed.")
        if found[0] is None:
            raise BadInput("The contact is still open; nothing was changed. Close it first.")
        if left:
            store.append(db, actor, left)
        # A separate act: a desk that comes later reads it before the record that it erases.
        store.append(db, actor, erased)
        fields = {"kind": "erase", "subject": contact.hex(), "purpose": reason}
        audit = Command("audit", new_id(store.now()), fields)
        store.append(db, actor, [audit], stream="audit_stream")
        return len(erased)

    return store.submit(job)
