"""The audit stream: who opened what, signed in, locked, exported. Chained like the ledger; each desk has
its own."""

from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial

from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.ledger.deferred_views import Owed, left
from spoc.storage.store import Store

# one entry for an actor, a record and a purpose in this time (design decision 3)
ONE_VIEW = timedelta(minutes=15)


def record(
    store: Store,
    actor: Actor,
    kind: str,
    *,
    subject: bytes | None = None,
    purpose: str = "",
    detail: str = "",
) -> "Future[None]":
    """Leaves an audit entry: ``kind`` is view, refused, search, sign-in, failed-sign-in, lock, export,
    backup.

    Views of the same record, or refusals of it, for the same purpose within a quarter of an hour are one
    entry. If an entry cannot be written (a full disk), reading still goes on: the future holds the error,
    and the entry is written at the next chance, with the time it happened, even if the program ended
    meanwhile (see ``owed``).
    """
    now = store.now()
    fields: dict[str, Value] = {"kind": kind, "purpose": purpose}
    if subject:
        fields["subject"] = subject.hex()
    if detail:
        fields["detail"] = detail
    content = {"actor": actor.id.hex(), "at": utc_text(now), "fields": fields}
    return _write(Owed(store, append.new_id(now), content))


def pay(store: Store) -> None:
    """Writes the entries still owed when the program last ended, each with its own time. Does nothing if the
    disk is full."""
    for each in left(store):
        _write(each).add_done_callback(partial(_paid, each))


def _paid(owed: Owed, done: "Future[None]") -> None:
    if done.exception() is None:
        owed.paid()


def _write(owed: Owed) -> "Future[None]":
    store, values = owed.store, owed.content
    actor = Actor(bytes.fromhex(values["actor"]), "", "")
    now, fields = from_text(values["at"]), dict(values["fields"])

    def job(db: Database) -> None:
        if _is_there(db, owed.record, actor, now, fields):
            return
        if not store.keyring.signs(actor.id):
            fields["who"] = actor.id.hex()
        command = Command("audit", owed.record, fields)
        store.append(db, actor, [command], now, stream="audit_stream")

    return store.submit(job, owed=owed)


def _is_there(
    db: Database, record: bytes, actor: Actor, now: datetime, fields: dict[str, Value]
) -> bool:
    """Whether it, or one like it shortly before, was already written."""
    if db.conn.execute("SELECT 1 FROM audit WHERE id = ?", (record,)).fetchone():
        return True
    if fields["kind"] not in ("view", "refused"):
        return False
    subject = bytes.fromhex(str(fields.get("subject", "")))
    found = db.conn.execute(
        "SELECT 1 FROM audit WHERE subject = ? AND kind = ? AND purpose = ? AND _by = ? AND _first_at > ?"
        " AND _first_at <= ?",
        (
            subject,
            fields["kind"],
            fields["purpose"],
            actor.id,
            utc_text(now - ONE_VIEW),
            utc_text(now),
        ),
    )
    return found.fetchone() is not None
