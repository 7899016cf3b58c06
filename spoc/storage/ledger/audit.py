"""The audit stream: who opened what, signed in, locked, exported. Chained like the ledger; each desk has
its own."""

from concurrent.futures import Future
from datetime import timedelta

from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.records import Value
from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.store import Store

ONE_VIEW = timedelta(
    minutes=15
)  # one entry for an actor, a record and a purpose in this time (design decision 3)


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
    and the entry is written at the next chance, with the time it happened.
    """
    now = store.now()

    def job(db: Database) -> None:
        since = utc_text(now - ONE_VIEW)
        if (
            kind in ("view", "refused")
            and db.conn.execute(
                "SELECT 1 FROM audit WHERE subject = ? AND kind = ? AND purpose = ? AND _by = ? AND _first_at > ?",
                (subject, kind, purpose, actor.id, since),
            ).fetchone()
        ):
            return
        fields: dict[str, Value] = {"kind": kind, "purpose": purpose}
        if subject:
            fields["subject"] = subject.hex()
        if detail:
            fields["detail"] = detail
        if not store.keyring.signs(actor.id):
            fields["who"] = actor.id.hex()
        command = Command("audit", append.new_id(now), fields)
        store.append(db, actor, [command], now, stream="audit_stream")

    return store.submit(job, owed=True)
