"""A contact's outcomes: which is the latest, and adding one."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

# An outcome added after another comes after it, whatever the two desks' clocks say.
_ORDER = "one.after IS NULL, one.at DESC, one._hlc DESC, one.id DESC"
_LATEST = (
    "(SELECT {} FROM outcome AS one WHERE one.contact = contact.id AND one._void = 0"
    " AND NOT EXISTS (SELECT 1 FROM outcome AS later WHERE later.contact = one.contact"
    f"  AND later.after = one.id AND later._void = 0) ORDER BY {_ORDER} LIMIT 1)"
)
LATEST = _LATEST.format("code")  # the code, within a statement that reads ``contact``


def latest(outcomes: Iterable[tuple[bytes, Mapping[str, Any]]]) -> bytes:
    """The latest of a contact's outcomes, given as ids with their fields, in display order."""
    every = list(outcomes)
    passed = {fields["after"] for _, fields in every}
    standing = [each for each in every if each[0] not in passed]
    return max(
        standing,
        key=lambda each: (each[1]["after"] is not None, each[1]["at"] or "", every.index(each)),
        default=(b"", {}),
    )[0]


def add(store: Store, actor: Actor, contact: bytes, code: str) -> "Future[append.WrittenAct]":
    """Adds a later outcome; the earlier ones stay. Raises BadInput if it is not a code."""
    require(actor.role, "contact.amend")
    if store.pack.find("outcome", code) is None:
        raise BadInput("Choose an outcome from the list; nothing was added.")
    now = store.now()

    def job(db: Database) -> append.WrittenAct:
        fields: dict[str, Value] = {"contact": contact.hex(), "code": code, "at": utc_text(now)}
        read = restricted.reader(store, actor, contact, db)
        found = read.conn.execute(
            f"SELECT {_LATEST.format('id')} FROM contact WHERE id = ?", (contact,)
        ).fetchone()
        if found and found[0]:
            fields["after"] = found[0].hex()
        added = Command("outcome", append.new_id(now), fields)
        return sealed_acts.append(store, db, actor, contact, [added])

    return store.submit(job)
