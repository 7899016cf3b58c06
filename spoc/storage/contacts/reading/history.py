"""A contact's history: every change, with both versions readable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spoc.model.documents.change_words import ADDED
from spoc.model.ledger.entry import Actor, Entry
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Value, owned
from spoc.model.rules.access import require
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database
from spoc.storage.ledger import projection
from spoc.storage.persons import persons
from spoc.storage.secrecy import quiet, restricted
from spoc.storage.store import Store

_ADDED_TO = ("contact_person", "action", "outcome")
_SAYS = ("code", "question", "text", "asked_by")  # what a record that was taken out is known by
_UNSAID = {
    "closed_at",
    "opened_at",
    "seconds",
    "due_at",
    "read_back_at",
    "contact",
    "at",
}  # computed from other fields


@dataclass(frozen=True, slots=True)
class Change:
    """One change in a contact's history: who said what, when, instead of what, and why.

    If a record was taken out, ``field`` is VOID and ``value`` is what the record said.
    """

    at: str
    by: str
    tbl: str
    field: str
    value: Value
    before: Value
    why: str


def changes(store: Store, actor: Actor, contact: bytes, db: Database | None = None) -> list[Change]:
    """Every change to the contact after it was first written, oldest first, with both versions. ``db`` is
    where to read it, if that is known (see restricted.reader)."""
    require(actor.role, "contact.view")
    db = db or restricted.reader(store, actor, contact)
    users = contacts.authors(store)
    found: list[Change] = []
    begun: set[bytes] = set()  # the acts during the call, up to its close
    lost = quiet.hidden(store, actor, db)
    for tbl, record in _ever(store, db, contact):
        if record in lost:
            continue
        entries = projection.entries_of(db, tbl, record)
        if tbl == "contact":
            begun = _begun(entries)
        if tbl in _ADDED_TO and entries and entries[0].act not in begun:
            found.append(_addition(db, tbl, entries[0], users))
        found += _changed(db, tbl, entries, users)
    return sorted(found, key=lambda change: change.at)


def _changed(
    db: Database, tbl: str, entries: Sequence[Entry], users: Mapping[bytes, str]
) -> Iterator[Change]:
    """What the entries of one record changed after the act that began it."""
    fields: dict[str, Value] = {}
    for entry in entries:
        for name, value in (entry.fields or {}).items():
            before, fields[name] = fields.get(name), value
            if entry.act == entries[0].act or before == value or name in _UNSAID:
                continue
            if name == "advisor":
                before, value = (
                    users.get(bytes.fromhex(str(each or ""))) for each in (before, value)
                )
            elif name == VOID:
                value = _what_it_said(db, tbl, fields)
            if tbl == "answer" and name == "text":
                name = str(fields.get("question"))
            by = users.get(entry.actor) or "unknown"
            yield Change(entry.at, by, tbl, name, value, before, entry.why)


def _what_it_said(db: Database, tbl: str, fields: Mapping[str, Value]) -> Value:
    """What a record said before it was taken out."""
    if tbl == "contact_person":
        return persons.linked(db, fields)
    return next((fields[name] for name in _SAYS if fields.get(name)), None)


def _begun(entries: Sequence[Entry]) -> set[bytes]:
    acts: set[bytes] = set()
    for entry in entries:
        acts.add(entry.act)
        if "closed_at" in (entry.fields or {}):
            break
    return acts


def _addition(db: Database, tbl: str, entry: Entry, users: Mapping[bytes, str]) -> Change:
    """The addition of a person, an action or an outcome after the call."""
    fields = entry.fields or {}
    value = persons.linked(db, fields) if tbl == "contact_person" else fields.get("code")
    by = users.get(entry.actor) or "unknown"
    return Change(entry.at, by, tbl, ADDED, value, None, entry.why)


def _ever(store: Store, db: Database, contact: bytes) -> Iterator[tuple[str, bytes]]:
    """Every record that ever belonged to the contact, removed ones too; persons once each."""
    yield "contact", contact
    for (person,) in db.conn.execute(
        "SELECT DISTINCT person FROM contact_person WHERE contact = ? AND person IS NOT NULL",
        (contact,),
    ).fetchall():
        yield "person", person
    for table in owned(store.tables, "contact"):
        for (record,) in db.conn.execute(
            f'SELECT id FROM "{table.name}" WHERE contact = ? ORDER BY _hlc, id', (contact,)
        ).fetchall():
            yield table.name, record
