"""Forms that are typed but not saved yet: kept for their author, and sealed only to them.

A call is a draft that a colleague may continue (see contacts/call/drafts.py). A half-written note or reason
belongs to its author: it is there again when they open the same form about the same thing.
"""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database, row
from spoc.storage.secrecy import sealed_drafts
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A draft's author (a user's id), and its form and subject (16 bytes)."""

    kind: str
    subject: bytes
    actor: bytes


@dataclass(frozen=True, slots=True)
class FormLines:
    """The text of each line by slot, and when it was saved (UTC text)."""

    lines: Mapping[str, str]
    at: str


def draft_of(user: bytes, kind: str, *subject: str) -> FormDraft:
    """The draft of a form about something; only a hash of the words that name it is kept."""
    named = "\0".join((kind, *subject)).encode()
    return FormDraft(kind, hashlib.sha256(named).digest()[:16], user)


def save(store: Store, draft: FormDraft, lines: Mapping[str, str]) -> "Future[str]":
    """Keeps what is typed; the future's result is the time when it was safe on disk (UTC text)."""
    text = json.dumps(dict(lines), ensure_ascii=False)

    def job(db: Database) -> str:
        at = utc_text(store.now())
        body = sealed_drafts.for_author(db, draft.subject, draft.actor, text)
        db.conn.execute(
            "INSERT INTO form_draft(kind, subject, actor, saved_at, body) VALUES(?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET saved_at = excluded.saved_at, body = excluded.body",
            (draft.kind, draft.subject, draft.actor, at, body),
        )
        return at

    return store.submit(job)


def read(store: Store, draft: FormDraft) -> FormLines | None:
    """What its author typed earlier; None if that is nothing, or if somebody else is now at the desk."""
    found = store.reader.conn.execute(
        "SELECT saved_at, body FROM form_draft WHERE kind = ? AND subject = ? AND actor = ?",
        (draft.kind, draft.subject, draft.actor),
    ).fetchone()
    if found is None:
        return None
    value: Any = json.loads(found[1])
    if sealed_drafts.is_sealed(value):
        text = sealed_drafts.opened(store, draft.actor, draft.subject, value)
        if text is None:
            return None
        value = json.loads(text)
    return FormLines(value, found[0])


def count(store: Store, user: bytes) -> int:
    """How many forms this user has left half written."""
    found = store.reader.conn.execute("SELECT count(*) FROM form_draft WHERE actor = ?", (user,))
    return int(row(found.fetchone()))


def end(db: Database, draft: FormDraft) -> None:
    """Removes it, in the transaction of the act that saves what was typed."""
    db.conn.execute(
        "DELETE FROM form_draft WHERE kind = ? AND subject = ? AND actor = ?",
        (draft.kind, draft.subject, draft.actor),
    )


def discard(store: Store, draft: FormDraft) -> "Future[None]":
    """Removes it, because its author dropped it."""
    return store.submit(lambda db: end(db, draft))
