"""Contacts: the acts that write them, one function an act, and how they are read."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.form_input import labels
from spoc.model.forms.sheet import Sheet
from spoc.model.forms.sheet_commands import Writing, written
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.records import Value
from spoc.model.rules import recipients
from spoc.model.rules.access import require, visible
from spoc.model.rules.guiding import Guided, outcomes
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import drafts, guidance_facts
from spoc.storage.contacts.drafts import Draft
from spoc.storage.contacts.parts import RECORDS as RECORDS
from spoc.storage.contacts.parts import Part as Part
from spoc.storage.contacts.parts import get as get
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.secrecy import sealed_acts
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Row:
    """A contact as a list shows it. Times are UTC text; ``late`` where it was logged after the time it was
    received; names are "" for a role that may not see them."""

    id: bytes
    received_at: str
    logged_at: str
    late: bool
    open: bool
    service: str
    category: str
    issues: tuple[str, ...]
    identity: str
    children: tuple[str, ...]
    caller: str
    outcome: str
    amended: bool
    restricted: bool = False  # nothing else of it is shown, but when it was logged
    near: bool = False
    why: str = ""  # what a search found it by: child, caller, mother, number, date, code, notes


# -- acts ----------------------------------------------------------------------------------------


def close(
    store: Store, actor: Actor, draft: Draft, sheet: Sheet, now: Guided | None = None
) -> "Future[append.Written]":
    """Close the contact: one act, and the draft ends with it. The contact has the draft's id. ``now`` is
    what guides the sheet, where that is known already.

    Raises BadInput with the first thing that is missing; NotAllowed by role. The future holds BadInput
    where the contact is closed already: two may have had its draft open.
    """
    require(actor.role, "contact.log")
    now = now or guidance_facts.guided(store, sheet)
    missing = guidance_facts.missing(store, sheet, now)
    lacks = [each for each in missing if each.stop or not sheet.closed_anyway]
    if lacks:
        raise BadInput(f"{lacks[0].sentence} The contact is kept as a draft.")
    whole = _whole(store, sheet)
    sealed = recipients.reasons(whole, store.pack, now.facts if whole is sheet else None)
    whole = replace(whole, prompts=outcomes(sheet, now))
    return _write(store, actor, draft, whole, bool(sealed), closed=True)


def leave_open(store: Store, actor: Actor, draft: Draft, sheet: Sheet) -> "Future[append.Written]":
    """Turn a draft into an open contact that every colleague sees: one act, and the draft ends with it.

    What was typed and not taken goes into its note, so that nothing is lost.
    """
    require(actor.role, "contact.log")
    whole = _whole(store, sheet)
    sealed = recipients.reasons(whole, store.pack)
    return _write(store, actor, draft, whole, bool(sealed), closed=False)


def _whole(store: Store, sheet: Sheet) -> Sheet:
    """The sheet with what was typed and not taken in its note."""
    named = labels(store.form)
    typed = [
        f"{named.get(slot, slot)}: {text}" for slot, text in sheet.pending.items() if text.strip()
    ]
    if not typed:
        return sheet
    notes = "\n".join(filter(None, [sheet.notes, *typed]))
    return replace(sheet, notes=notes, pending={})


def _write(
    store: Store, actor: Actor, draft: Draft, sheet: Sheet, sealed: bool, *, closed: bool
) -> "Future[append.Written]":
    now = store.now()
    by = Writing(
        draft.id.hex(),
        draft.actor.hex(),
        now,
        store.hours,
        lambda: append.new_id(now),
        store.pack.guide,
    )
    commands = written(sheet, by, closed=closed)

    def job(db: Database) -> append.Written:
        if is_closed(db, draft.id):
            raise BadInput("This contact is closed already; it was not written again.")
        # Words that are handed on stay those of whoever typed them.
        author = actor if closed else replace(actor, id=draft.actor)
        if sealed:
            done = sealed_acts.write(
                store,
                db,
                actor,
                draft.id,
                commands,
                now,
                author=author,
                advisor=draft.actor,
                sheet=sheet,
            )
        else:
            done = store.append(db, author, commands, now)
        drafts.end(db, draft.id)
        return done

    return store.submit(job)


def is_closed(db: Database, contact: bytes) -> bool:
    """Whether a contact is in the store and closed."""
    return bool(
        db.conn.execute(
            "SELECT 1 FROM contact WHERE id = ? AND closed_at IS NOT NULL", (contact,)
        ).fetchone()
    )


def amend(
    store: Store, actor: Actor, part: Part, fields: Mapping[str, Value], why: str
) -> "Future[append.Written]":
    """Change fields of one record of a contact, on top of what was shown; both versions stay.

    Raises BadInput where no reason is given, or where the record is not the restricted contact's own.
    """
    require(actor.role, "contact.amend")
    if not why.strip():
        raise BadInput("Say why: an amendment carries its reason. Nothing was changed.")
    if part.of and not part.values.get("sealed"):
        raise BadInput(
            "The desk knows this person from elsewhere: what is changed here would be seen there. Add a note "
            "instead, or amend it in an open contact. Nothing was changed."
        )
    parents = {name: part.heads[name] for name in fields if name in part.heads}
    change = Command(part.tbl, part.id, fields, parents, why.strip())
    contact = part.of or (part.id if part.tbl == "contact" else part.values.get("contact"))
    if contact is None:
        return store.act(actor, [change])
    if part.tbl == "contact" and recipients.amended(part.values, fields, store.form, store.pack):
        about, begun = (
            str({**part.values, **fields}.get(recipients.ABOUT) or ""),
            part.values["advisor"],
        )
        return store.submit(
            lambda db: sealed_acts.write(
                store, db, actor, part.id, [change], advisor=begun or b"", about=about
            )
        )
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [change]))


def add_outcome(store: Store, actor: Actor, contact: bytes, code: str) -> "Future[append.Written]":
    """Add a later outcome; the earlier ones stay. Raises BadInput where it is no code."""
    require(actor.role, "contact.amend")
    if store.pack.find("outcome", code) is None:
        raise BadInput("Choose an outcome from the list; nothing was added.")
    said: dict[str, Value] = {"contact": contact.hex(), "code": code, "at": utc_text(store.now())}
    added = Command("outcome", append.new_id(store.now()), said)
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [added]))


def add_note(store: Store, actor: Actor, contact: bytes, text: str) -> "Future[append.Written]":
    """Add a note, with its own time and author. Raises BadInput where it is empty."""
    require(actor.role, "contact.amend")
    if not text.strip():
        raise BadInput("The note is empty; nothing was added.")
    said: dict[str, Value] = {"contact": contact.hex(), "text": text}
    added = Command("note", append.new_id(store.now()), said)
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [added]))


# -- reading -------------------------------------------------------------------------------------

_ROW = (
    "SELECT contact.id, contact.received_at, contact._first_at,"
    " contact.received_at <> contact.opened_at, contact.closed_at IS NULL, contact.service, contact.category,"
    " contact.issues, contact.identity, contact._last_at > contact.closed_at,"
    " (SELECT code FROM outcome WHERE contact = contact.id AND _void = 0 ORDER BY at DESC, n DESC LIMIT 1),"
    " contact.sealed IS NOT NULL FROM contact"
)


def recent(store: Store, actor: Actor, limit: int = 50, after: Row | None = None) -> list[Row]:
    """Closed contacts, last received first; ``after`` is the last row held, to page on."""
    require(actor.role, "contact.list")
    order = "ORDER BY contact.received_at DESC, contact.id DESC LIMIT ?"
    if after is None:
        return _rows(store, actor, f"WHERE contact._void = 0 {order}", (limit,))
    return _rows(
        store,
        actor,
        f"WHERE contact._void = 0 AND (contact.received_at, contact.id) < (?, ?) {order}",
        (after.received_at, after.id, limit),
    )


def still_open(store: Store, actor: Actor) -> list[Row]:
    """The contacts that are open: begun, and waiting for somebody to go on. Oldest first."""
    require(actor.role, "contact.list")
    return _rows(
        store,
        actor,
        "WHERE contact.closed_at IS NULL AND contact._void = 0"
        " AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.id = contact.id)"
        " ORDER BY contact.received_at",
        (),
    )


def count_since(store: Store, actor: Actor, since: str) -> int:
    """How many contacts were received since an instant (UTC text)."""
    require(actor.role, "contact.list")
    if not visible(actor.role).rows:
        return 0
    found = store.reader.conn.execute(
        "SELECT count(*) FROM contact WHERE received_at >= ? AND _void = 0", (since,)
    )
    return int(found.fetchone()[0])


def authors(store: Store) -> dict[bytes, str]:
    """The names of the service's users, by id."""
    return dict(store.reader.conn.execute("SELECT id, name FROM user").fetchall())


def find(store: Store, actor: Actor, query: str, limit: int = 50) -> list[Row]:
    """Contacts that hold every word of the query, newest first; near spellings follow them."""
    from spoc.storage.search import finding  # which shows what it finds as this module does

    found = finding.find(store, actor, query, limit).rows
    if len(found) < limit:
        found = [*found, *finding.near(store, actor, query, found, limit - len(found))]
    return found


def by_id(store: Store, actor: Actor, ids: Sequence[bytes]) -> list[Row]:
    """These contacts, last received first."""
    require(actor.role, "contact.search")
    marks = ", ".join("?" * len(ids))
    order = "ORDER BY contact.received_at DESC, contact.n DESC"
    return _rows(store, actor, f"WHERE contact.id IN ({marks}) {order}", ids)


def _rows(store: Store, actor: Actor, where: str, values: Sequence[Any]) -> list[Row]:
    sight = visible(actor.role)
    if not sight.rows:
        return []
    db = store.reader
    found = db.conn.execute(f"{_ROW} {where}", values).fetchall()
    people: dict[bytes, list[tuple[str, str]]] = {}
    if sight.identifiers:
        marks = ", ".join("?" * len(found))
        for contact, part, name in db.conn.execute(
            "SELECT contact_person.contact, contact_person.part, person.name FROM contact_person"
            " JOIN person ON person.id = contact_person.person"
            f" WHERE contact_person.contact IN ({marks}) AND contact_person._void = 0"
            " ORDER BY contact_person.n",
            [row[0] for row in found],
        ):
            people.setdefault(contact, []).append((part, name or ""))
    rows = []
    for (
        record,
        received,
        logged,
        late,
        still_open,
        service,
        category,
        issues,
        identity,
        amended,
        outcome,
        sealed,
    ) in found:
        named = people.get(record, [])
        rows.append(
            Row(
                id=record,
                received_at=received or logged,
                logged_at=logged,
                late=bool(late),
                open=bool(still_open),
                service=service or "",
                category=category or "",
                issues=tuple(json.loads(issues or "[]")),
                identity=identity or "",
                children=tuple(name for part, name in named if part == "child"),
                caller=next((name for part, name in named if part == "caller"), ""),
                outcome=outcome or "",
                amended=bool(amended) and not sealed,
                restricted=bool(sealed),
            )
        )
    return rows
