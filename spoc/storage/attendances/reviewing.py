"""Reviewing an attendance: taking, clearing, ending and undoing; one function per act."""

import json
from collections.abc import Mapping
from concurrent.futures import Future

from spoc.model.attendance.flags import REST, one_key_clears
from spoc.model.attendance.review import CLEAR, LIST, Review, missing
from spoc.model.errors import BadInput
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.model.rules.due import parse_due
from spoc.model.values.instants import utc_text
from spoc.storage.attendances import listing, showing
from spoc.storage.attendances.showing import Shown
from spoc.storage.driver import Database
from spoc.storage.ledger import append as ledger
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store


def take(store: Store, actor: Actor, record: bytes) -> "Future[bytes | None]":
    """Takes a case for review, which others then see; returns who already has it, else None."""
    require(actor.role, "attendance.review")

    def job(db: Database) -> bytes | None:
        (line,) = listing.by_id(store, actor, [record])
        other = listing.taken(line, store, actor)
        if other is None:
            fields: dict[str, Value] = {
                "taken_by": actor.id.hex(),
                "taken_at": utc_text(store.now()),
            }
            write(store, db, actor, record, {("attendance", record): fields})
        return other

    return store.submit(job)


def clear(store: Store, actor: Actor, record: bytes) -> "Future[WrittenAct]":
    """Clears a case with one key: no concern, from the list only, without its checklist.

    The future holds BadInput if one key is not enough: a child under 2, an injury, one who left unseen, a
    "cannot tell", or one that a colleague has reviewed meanwhile.
    """
    review = Review(CLEAR, LIST, one_key=True)
    return _write(store, actor, record, None, review)


def dispose(
    store: Store, actor: Actor, shown: Shown, review: Review, contact: bytes | None = None
) -> "Future[WrittenAct]":
    """Reviews a case that was shown. The future holds BadInput with the first thing it lacks, or if a
    colleague has reviewed it since it was shown."""
    return _write(store, actor, shown.line.id, shown, review, contact)


def _write(
    store: Store,
    actor: Actor,
    record: bytes,
    shown: Shown | None,
    review: Review,
    contact: bytes | None = None,
) -> "Future[WrittenAct]":
    require(actor.role, "attendance.review")
    own = ledger.new_id(store.now())

    def job(db: Database) -> WrittenAct:
        now = showing.get(store, actor, record, db)
        if now.line.reviewed is not None and (
            shown is None or shown.line.reviewed != now.line.reviewed
        ):
            by = next((each.by for each in now.reviews if each.id == now.line.reviewed), "")
            raise BadInput(
                f"{by or 'A colleague'} has reviewed this case since you saw it; nothing was changed. Open it again."
            )
        if review.one_key and (why := one_key_clears(now.fields, now.flags)):
            raise BadInput(
                f"One key does not clear this case: {why}. Nothing was changed; open it with Enter."
            )
        lacks = missing(review, now.flags, store.pack)
        if lacks:
            raise BadInput(f"{lacks[0]} Nothing was changed.")
        fields: dict[str, Value] = {
            "attendance": record.hex(),
            "at": utc_text(store.now()),
            "disposition": review.disposition,
            "basis": review.basis,
            **{f"item_{n}": answer for n, answer in review.items.items() if answer},
            **{f"flags.{each.code}": True for each in now.flags},
        }
        if review.note.strip():
            fields["note"] = review.note.strip()
        if review.one_key:
            fields["one_key"] = True
        if contact:
            fields["contact"] = contact.hex()
        attendance: dict[str, Value] = {"reviewed": own.hex()}
        if now.line.reopened:
            attendance["reopened"] = None
        changes = {("review", own): fields, ("attendance", record): attendance}
        return write(store, db, actor, record, changes)

    return store.submit(job)


def undo(store: Store, actor: Actor, record: bytes) -> "Future[WrittenAct]":
    """Takes back the present review; the case waits again. Only its author may."""
    require(actor.role, "attendance.review")

    def job(db: Database) -> WrittenAct:
        database = restricted.reader(store, actor, record, db)
        row = database.conn.execute(
            "SELECT review.id, review._by FROM attendance JOIN review ON review.id = attendance.reviewed"
            " WHERE attendance.id = ?",
            (record,),
        ).fetchone()
        if row is None:
            raise BadInput("This case is not reviewed; there is nothing to undo.")
        if row[1] != actor.id:
            raise BadInput(
                "A colleague reviewed this case: ask them to undo it, or review it again."
            )
        return write(
            store,
            db,
            actor,
            record,
            {("review", row[0]): {"_void": True}, ("attendance", record): {"reviewed": None}},
        )

    return store.submit(job)


def agree(
    store: Store, actor: Actor, record: bytes, values: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Adds an action agreed in a review: ``code``, ``who``, ``due`` as typed (``FOLLOW_UP_FORM``). It is in
    the queue of follow-ups until somebody ends it. Raises BadInput if one of the three is missing."""
    require(actor.role, "attendance.review")
    who, typed = values["who"].strip(), values["due"].strip()
    if store.pack.find("action", values["code"]) is None or not who or not typed:
        raise BadInput("Say what is done, who does it and by when; nothing was written.")
    now = store.now()
    rule = str(parse_due(typed, now, store.hours))
    at = utc_text(now)
    due = due_of(Action(values["code"], who, rule, at), store.hours)
    fields: dict[str, Value] = {
        "attendance": record.hex(), "code": values["code"], "at": at, "who": who, "due": rule,
        "due_at": utc_text(due.at) if due and due.at else None,
    }  # fmt: skip
    changes = {("attendance_action", ledger.new_id(now)): fields}
    return store.submit(lambda db: write(store, db, actor, record, changes))


def say_why_late(store: Store, actor: Actor, record: bytes, why: str) -> "Future[int]":
    """Records why a case was not reviewed by the end of the next working day, for it and all others of its
    department and day that are late without a reason; returns how many. Raises BadInput without one."""
    require(actor.role, "attendance.review")
    if not why.strip():
        raise BadInput("Say why it was not reviewed in time. Nothing was changed.")

    def job(db: Database) -> int:
        (line,) = listing.by_id(store, actor, [record])
        alike = listing.WorklistFilter(
            unreviewed=True, late=True, site=line.site, day=line.arrived[:10]
        )
        every = listing.page(store, actor, alike, -1)
        ids = {record} | {each.id for each in every if not each.late_why and not each.closed}
        for each in sorted(ids):
            write(store, db, actor, each, {("attendance", each): {"late_why": why.strip()}})
        return len(ids)

    return store.submit(job)


def restrict(
    store: Store, actor: Actor, record: bytes, to: tuple[bytes, ...]
) -> "Future[WrittenAct]":
    """Seals an attendance to these people (for a child of staff, for example); the actor is one of them.
    Its existence, site and time, and whether it is reviewed, still count. The future holds BadInput if it
    is already sealed or the actor has no key to seal it to."""
    require(actor.role, "attendance.review")

    def job(db: Database) -> WrittenAct:
        if restricted.is_restricted(db, record):
            raise BadInput("This attendance is already restricted; nothing was changed.")
        wanted = {actor.id, *to}
        circle = [each for each in restricted.users(db) if each.id in wanted and each.public]
        if actor.id not in {each.id for each in circle}:
            raise BadInput(
                "You have no key to seal it to; nothing was written. Ask a named professional to add you "
                "as a user again."
            )
        flags = db.conn.execute("SELECT flags FROM attendance WHERE id = ?", (record,)).fetchone()
        fields: dict[str, Value] = {
            "closed_to": " ".join(sorted({each.id.hex() for each in circle})),
            "concern": bool(flags and json.loads(flags[0] or "[]")),
            "rank": REST,  # its place on the worklist must reveal nothing either
        }
        own = change(db, "attendance", record, fields)
        return sealed_acts.restrict(store, db, actor, record, circle, [own])

    return store.submit(job)


def write(
    store: Store,
    db: Database,
    actor: Actor,
    attendance: bytes,
    changes: Mapping[tuple[str, bytes], Mapping[str, Value]],
) -> WrittenAct:
    """Writes, within a job, changes to records of an attendance, on top of what is there now: sealed if it
    is restricted."""
    database = restricted.reader(store, actor, attendance, db)
    commands = [change(database, tbl, record, fields) for (tbl, record), fields in changes.items()]
    return sealed_acts.within(store, db, actor, attendance, commands)


def change(db: Database, tbl: str, record: bytes, fields: Mapping[str, Value]) -> Command:
    """A change to one record as it is now. A removal names all of it, so that it does not remove what another
    desk writes meanwhile."""
    row = db.conn.execute(f'SELECT _heads FROM "{tbl}" WHERE id = ?', (record,)).fetchone()
    heads = json.loads(row[0]) if row else {}
    names = heads if fields.get(VOID) else [each for each in fields if each in heads]
    return Command(tbl, record, fields, {name: tuple(heads[name]) for name in names})


def decide_set_aside(
    store: Store, actor: Actor, aside: bytes, decided: str
) -> "Future[WrittenAct]":
    """Decides about a row that was set aside: ``own`` (brought in under its own number) or ``dropped``."""
    require(actor.role, "attendance.review")

    def job(db: Database) -> WrittenAct:
        return store.append(db, actor, [change(db, "set_aside", aside, {"decided": decided})])

    return store.submit(job)
