"""Drafts: what is being typed, kept outside the ledger until its author closes or ends it."""

import json
from concurrent.futures import Future
from dataclasses import dataclass, replace

from spoc.model.errors import BadInput
from spoc.model.forms import sheet as sheets
from spoc.model.forms.sheet import Sheet
from spoc.model.ledger import bounds
from spoc.model.ledger.entry import Actor
from spoc.model.rules import recipients
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database, row
from spoc.storage.ledger import append, audit
from spoc.storage.secrecy import sealed_drafts
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored call sheet. ``saved_at`` is UTC text; ``shut`` if it is restricted and the reader cannot
    open it: the sheet then says only when it was begun."""

    id: bytes
    actor: bytes
    sheet: Sheet
    saved_at: str
    shut: bool = False


def new(store: Store, actor: Actor) -> Draft:
    """A new sheet, stamped now; nothing is written until something is typed."""
    require(actor.role, "contact.log")
    now = store.now()
    return Draft(append.new_id(now), actor.id, Sheet(opened_at=utc_text(now)), "")


def save(store: Store, draft: Draft, sheet: Sheet) -> "Future[str]":
    """Keeps the sheet as it is; the future gives the time it was safe on disk (UTC text), or says that it
    is more than a contact can hold.

    The future holds BadInput if nothing was written: the contact is closed, or now belongs to a colleague.
    """
    body = _body(sheet)  # now: the sheet is as it was typed, whatever the queue holds

    def job(db: Database) -> str:
        bounds.check_size(len(body.encode()))
        at = utc_text(store.now())
        if not put(store, db, replace(draft, sheet=sheet), body, at):
            raise BadInput(
                "A colleague goes on with this contact, or has closed it: what you typed since is not in it. Add it "
                "to the contact as a note."
            )
        return at

    return store.submit(job)


def put(store: Store, db: Database, draft: Draft, body: str = "", at: str = "") -> bool:
    """Keeps a draft, within a transaction: only for its author, and not anew for a closed contact. A restricted
    one is sealed. Returns whether it was kept."""
    if draft.shut:
        return False
    body = body or _body(draft.sheet)
    if recipients.reasons(draft.sheet, store.pack):
        leave_nothing_clear(store, db, draft.id)
        body = sealed_drafts.closed(
            db, draft.id, draft.actor, recipients.about(draft.sheet, store.pack), body
        )
    kept = db.conn.execute(
        "INSERT INTO draft(id, actor, opened_at, saved_at, body) SELECT ?1, ?2, ?3, ?4, ?5"
        " WHERE NOT EXISTS (SELECT 1 FROM contact WHERE id = ?1 AND closed_at IS NOT NULL)"
        " OR EXISTS (SELECT 1 FROM draft WHERE id = ?1)"  # another desk closed it: what is typed here is added to it
        " ON CONFLICT(id) DO UPDATE SET saved_at = excluded.saved_at, body = excluded.body"
        " WHERE actor = excluded.actor",
        (
            draft.id,
            draft.actor,
            draft.sheet.opened_at,
            at or draft.saved_at,
            body,
        ),
    )
    return kept.rowcount > 0


def leave_nothing_clear(store: Store, db: Database, draft: bytes) -> None:
    """Has the WAL emptied after this transaction if it holds an unsealed draft that is now sealed."""
    body = row(db.conn.execute("SELECT body FROM draft WHERE id = ?", (draft,)).fetchone())
    if body is not None and not sealed_drafts.is_sealed(json.loads(body)):
        store.clear_left = True


def is_in_use(db: Database, draft: bytes) -> bool:
    """Whether somebody is working on it."""
    return bool(db.conn.execute("SELECT 1 FROM draft WHERE id = ?", (draft,)).fetchone())


def _body(sheet: Sheet) -> str:
    return json.dumps(sheets.to_json(sheet), ensure_ascii=False)


def waiting(store: Store, actor: Actor) -> list[Draft]:
    """Every draft of this desk, oldest first: anybody in the service may read it, unless it is restricted."""
    require(actor.role, "contact.log")
    found = store.reader.conn.execute(
        "SELECT id, actor, opened_at, body, saved_at FROM draft ORDER BY opened_at"
    )
    return [_read(store, actor, *each) for each in found.fetchall()]


def _read(
    store: Store, actor: Actor, draft: bytes, author: bytes, opened_at: str, body: str, at: str
) -> Draft:
    value = json.loads(body)
    if sealed_drafts.is_sealed(value):
        text = sealed_drafts.opened(store, actor.id, draft, value)
        if text is None:
            return Draft(draft, author, Sheet(opened_at), at, shut=True)
        value = json.loads(text)
    return Draft(draft, author, sheets.from_json(value), at)


def end(db: Database, draft: bytes) -> None:
    """Removes a draft, in the transaction of the act that ends it."""
    db.conn.execute("DELETE FROM draft WHERE id = ?", (draft,))


def discard_for(store: Store, actor: Actor, draft: Draft, why: str) -> "Future[None]":
    """Ends a call that was begun by mistake: who did it and why is recorded, but nothing of what was typed."""
    require(actor.role, "contact.log")
    ended: Future[None] = Future()

    def recorded(done: "Future[None]") -> None:
        if error := done.exception():
            ended.set_exception(error)
        else:
            discard(store, draft).add_done_callback(gone)

    def gone(done: "Future[None]") -> None:
        error = done.exception()
        if error:
            ended.set_exception(error)
        else:
            ended.set_result(None)

    future = audit.record(store, actor, "discard", subject=draft.id, purpose="call", detail=why)
    future.add_done_callback(recorded)
    return ended


def discard(store: Store, draft: Draft) -> "Future[None]":
    """Ends a draft with nothing worth keeping: only its author can."""
    return store.submit(lambda db: end(db, draft.id))
