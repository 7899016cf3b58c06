"""Follow-ups from the tables: every kind of record in one form, and the restricted ones opened."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from spoc.model.followups.followup import FollowUp
from spoc.model.ledger.entry import Actor, Open
from spoc.model.ledger.fold import fold_for_desk
from spoc.model.ledger.records import FOLLOWED
from spoc.storage.driver import Database, row
from spoc.storage.ledger import projection
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

OF_REVIEW = "attendance_action"
KINDS = ("action", "clock", OF_REVIEW)  # the tables of records that are followed up
_OWN = (
    "id",
    "contact",
    "attendance",
    "code",
    "at",
    "who",
    "due",
    "due_at",
    *(each.name for each in FOLLOWED),
)
_IDS = ("id", "contact", "attendance", "ended_by", "claimed_by")
_EMPTIES: tuple[Any, ...] = tuple(b"" if name in _IDS else "" for name in _OWN)  # in their order
TIMED = "(due_at IS NOT NULL OR due <> '')"  # what makes a record a follow-up


def _column(tbl: str, name: str) -> str:
    """A column of a follow-up; NULL under its name if only contacts or only attendances have it."""
    none = "contact" if tbl == OF_REVIEW else "attendance"
    return f"NULL AS {name}" if name == none else name


READ_ONE = {
    tbl: f"SELECT '{tbl}', {', '.join(_column(tbl, each) for each in _OWN)}, _heads, _conflicts FROM \"{tbl}\""
    f" WHERE _void = 0 AND {TIMED} AND {{0}}"
    for tbl in KINDS
}
READ = " UNION ALL ".join(READ_ONE.values())
ORDER = "ORDER BY coalesce(snoozed_to, due_at) IS NULL, coalesce(snoozed_to, due_at), id"


def follow_ups(db: Database, sql: str, values: Iterable[Any]) -> Iterator[FollowUp]:
    """The follow-ups that a statement made of ``READ`` finds."""
    for tbl, *value, heads, conflicts in db.conn.execute(sql, tuple(values)):
        yield _built(tbl, value, heads, conflicts)


def _built(tbl: str, rows: Sequence[Any], heads: str | None, conflicts: str | None) -> FollowUp:
    items: list[Any] = [
        empty if value is None else value for value, empty in zip(rows, _EMPTIES, strict=True)
    ]
    apart = json.loads(conflicts) if conflicts else {}
    disputed = {name: tuple(str(each or "") for each in both) for name, both in apart.items()}
    items += [heads or "{}", disputed]
    return FollowUp(tbl, *items)


def queue_position(each: FollowUp) -> tuple[bool, str, bytes]:
    """An open one's place in the queue: by when it needs attention, those without a time last."""
    wakes = each.snoozed_to or each.due_at
    return not wakes, wakes, each.id


def rows_of(db: Database, contact: bytes, codes: Sequence[str]) -> list[FollowUp]:
    """The follow-ups of one contact with these codes, open and ended, in the order of their times."""
    marks = ", ".join("?" * len(codes))
    where = READ.format(f"contact = ? AND code IN ({marks})")
    values = [contact, *codes] * len(KINDS)
    return list(follow_ups(db, f"SELECT * FROM ({where}) {ORDER}", values))


def open_of(db: Database, contact: bytes) -> int:
    """How many open follow-ups one contact has."""
    where = READ.format("contact = ? AND ended IS NULL")
    found = db.conn.execute(f"SELECT count(*) FROM ({where})", [contact] * len(KINDS))
    return int(found.fetchone()[0])


def of_attendance(db: Database, record: bytes) -> list[FollowUp]:
    """What an attendance's review agreed, open and ended, in the order of its times."""
    where = READ.format("attendance = ?")
    return list(follow_ups(db, f"SELECT * FROM ({where}) {ORDER}", [record] * len(KINDS)))


def sealed(store: Store, actor: Actor) -> list[FollowUp]:
    """The follow-ups of restricted contacts and attendances that the actor can open; a list names nobody.

    They are read again only once something was written, and then only those concerned.
    """
    newest = row(store.reader.conn.execute("SELECT max(rowid) FROM entry").fetchone())
    stamp = (newest, store.keyring.holds(actor.id))
    rows = store.opened.get((actor.id, b""))
    if rows and rows[0] == stamp:
        return list(rows[1])
    found = []
    for (contact,) in store.reader.conn.execute(
        "SELECT DISTINCT contact FROM opening WHERE user = ? AND _void = 0 AND contact IN"
        f" ({' UNION '.join(f'SELECT sealed FROM {tbl} WHERE sealed IS NOT NULL' for tbl in KINDS)})",
        (actor.id,),
    ).fetchall():
        found += _of_sealed(store, actor, contact)
    store.opened[actor.id, b""] = (stamp, found)
    return list(found)


def _of_sealed(store: Store, actor: Actor, contact: bytes) -> list[FollowUp]:
    """The follow-ups of one restricted contact: only their own entries are opened."""
    db = store.reader
    records = [
        (tbl, record)
        for tbl in KINDS
        for (record,) in db.conn.execute(f'SELECT id FROM "{tbl}" WHERE sealed = ?', (contact,))
    ]
    entries = "SELECT count(*) FROM entry WHERE record = ?"
    stamp = sum(row(db.conn.execute(entries, (each,)).fetchone()) for _, each in records)
    rows = store.opened.get((actor.id, b"due" + contact))
    if rows and rows[0] == stamp:
        kept: list[FollowUp] = rows[1]
        return kept
    keys = restricted.keys_of(store, db, actor, contact)
    if not keys:  # locked, or its key is gone: what was read before still applies
        return rows[1] if rows else []
    opens = restricted.opener(keys)
    read = [one for each in records if (one := _opened(store, db, opens, *each))]
    store.opened[actor.id, b"due" + contact] = (stamp, read)
    return read


def _opened(store: Store, db: Database, opens: Open, tbl: str, record: bytes) -> FollowUp | None:
    """One record of a restricted contact, folded as its own tables would be."""
    table = store.tables[tbl]
    entries = projection.entries_of(db, tbl, record, opens)
    within = projection.restricted_owner(db, table, entries)
    folded = fold_for_desk(tbl, entries, store.pack.safer.get(tbl), within)
    fields = dict(
        zip(projection.names(table), projection.row_of(table, record, folded), strict=True)
    )
    if fields["_void"] or not (fields["due_at"] or fields["due"]):
        return None
    own = [fields.get(name) for name in _OWN]
    return replace(_built(tbl, own, fields["_heads"], fields["_conflicts"]), restricted=True)
