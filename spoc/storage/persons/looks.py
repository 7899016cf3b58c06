"""Who has looked at a person: each look is recorded, and can be shown."""

from concurrent.futures import Future
from typing import Any

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.storage.contacts.reading.rows import authors
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database
from spoc.storage.ledger import audit
from spoc.storage.persons.record import Record
from spoc.storage.store import Store


def opened(
    store: Store, actor: Actor, person: bytes, purpose: str, detail: str = ""
) -> "Future[None]":
    """Records that somebody opened a person, and why: ``call`` during a live call, otherwise a reason."""
    require(actor.role, "person.view")
    return audit.record(store, actor, "view", subject=person, purpose=purpose, detail=detail)


def looked(store: Store, actor: Actor, record: Record) -> list[tuple[str, str, str, str]]:
    """Who has looked at this person: when (UTC text), who, why, and the kind of look; latest first. Opening
    one of their contacts is also a look."""
    require(actor.role, "person.view")
    names = authors(store)
    ids = record.ids
    marks = ", ".join("?" * len(ids))
    rows: list[Any] = store.reader.conn.execute(
        "SELECT audit._first_at, audit._by, audit.purpose, audit.kind, audit.detail,"
        " (SELECT lower(hex(stream)) FROM entry WHERE record = audit.id AND tbl = 'audit') FROM audit"
        " WHERE audit.kind IN ('view', 'export', 'search') AND audit.subject IN"
        f" (SELECT contact FROM contact_person WHERE person IN ({marks}) AND _void = 0"
        f"  UNION ALL SELECT id FROM person WHERE id IN ({marks}))"
        " ORDER BY audit._first_at DESC",
        [*ids, *ids],
    ).fetchall()
    where = {stream: _elsewhere(store.reader, stream) for *_, stream in rows}
    return [
        (
            at,
            names.get(by, "unknown") + where[stream],
            ": ".join(filter(None, [purpose, detail])),
            kind,
        )
        for at, by, purpose, kind, detail, stream in rows
    ]


def _elsewhere(db: Database, stream: str) -> str:
    """The other desk at which somebody looked; "" for this one."""
    desk = groups.writer_of(db, stream)
    return "" if desk == "this desk" else f", {desk}"
