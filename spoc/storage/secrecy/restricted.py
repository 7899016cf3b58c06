"""Restricted contacts: sealed as they are written, and opened in memory for people who have one of their keys.

Each has its own key, sealed to the public key of everybody who may open it (records ``opening``).
Everything said about it is sealed; only its existence is visible. See docs/decisions/0021-restricted.md.
"""

import json
import os
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.forms.sheet import Sheet
from spoc.model.ledger.entry import Actor, Command, Open, Seal
from spoc.model.ledger.fold import fold
from spoc.model.ledger.ids import hlc
from spoc.model.ledger.table import Value
from spoc.model.rules import recipients
from spoc.model.rules.access import may, require
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.generations import KeyGrant
from spoc.model.rules.recipients import Colleague
from spoc.model.values.instants import from_text
from spoc.storage.driver import Database, connect
from spoc.storage.ledger import append, audit, projection
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.migrations import LEDGER, statements
from spoc.storage.sealing import SealBroken, decrypt, seal, usable
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

# prefix of fields about a known person, which are kept with the sealed link and not in the person's record
SAID = "said."


OWNERS = projection.RESTRICTED


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody who can open a contact: since when (UTC text), and who opened it to them."""

    name: str
    at: str
    by: str

    def words(self, first: str) -> str:
        """The name; for somebody who was let in after ``first``, also by whom and when."""
        later = f" (by {self.by}, {shown_instant(from_text(self.at))})" if self.at != first else ""
        return self.name + later


# -- who ---------------------------------------------------------------------------------------------


def users(db: Database) -> list[Colleague]:
    """The users of the service with their working public keys, one for each of their desks; those who left
    have none."""
    found = db.conn.execute(
        "SELECT id, name, role, public_key, _void FROM user ORDER BY _hlc, id"
    ).fetchall()
    further: dict[bytes, list[str]] = {}
    for user, public in db.conn.execute(
        "SELECT user, public_key FROM user_key WHERE _void = 0 ORDER BY _first_at, id"
    ):
        further.setdefault(user, []).append(public)
    return [
        Colleague(record, name or "", role or "", b"" if gone else _working(public), not gone)
        for record, name, role, first, gone in found
        for public in _keys(first, further.get(record, []))
    ]


def _keys(first: str | None, further: list[str]) -> list[str | None]:
    """A user's public keys, one for each of their desks; a single empty one if there is none."""
    return [each for each in (first, *further) if each] or [None]


def _working(public: str | None) -> bytes:
    """A public key, or an empty one if nothing can be sealed to it."""
    try:
        key = bytes.fromhex(public or "")
    except ValueError:
        return b""
    return key if len(key) == 32 and usable(key) else b""


def is_restricted(db: Database, owner: bytes) -> bool:
    """Whether a contact of the store, or an attendance, is restricted."""
    for tbl in OWNERS:
        found = db.conn.execute(f'SELECT sealed FROM "{tbl}" WHERE id = ?', (owner,)).fetchone()
        if found is not None:
            return found[0] is not None
    return False


def opened_to(db: Database, contact: bytes) -> list[Opened]:
    """Who can open a contact, in the order they were let in."""
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())
    found: dict[bytes, Opened] = {}
    for user, at, by in db.conn.execute(
        "SELECT user, _first_at, _by FROM opening WHERE contact = ? AND _void = 0 ORDER BY _hlc, id",
        (contact,),
    ):
        found.setdefault(user, Opened(names.get(user, "unknown"), at, names.get(by, "unknown")))
    return list(found.values())


def known(db: Database, sheet: Sheet) -> frozenset[str]:
    """The persons of a sheet (ids, hex) whom the desk knows from somewhere other than a restricted contact."""
    mothers = [child.mother for child in sheet.children if child.mother]
    everybody = (sheet.caller, *sheet.children, *mothers)
    ids = [bytes.fromhex(each.id) for each in everybody if each.id]
    marks = ", ".join("?" * len(ids))
    found = db.conn.execute(
        f"SELECT id FROM person WHERE id IN ({marks}) AND sealed IS NULL", ids
    ).fetchall()
    return frozenset(person.hex() for (person,) in found)


def alone_with(db: Database, user: bytes) -> dict[bytes, int]:
    """The restricted contacts and calls that only this user can still open, each with its beginning (hybrid
    clock): nobody could read them once the user is gone."""
    here = {each.id for each in users(db) if each.public}
    opened: dict[bytes, set[bytes]] = {}
    began: dict[bytes, int] = {}
    for contact, value, at in db.conn.execute(
        "SELECT contact, user, (SELECT min(hlc) FROM entry WHERE record = opening.id AND tbl = 'opening')"
        " FROM opening WHERE _void = 0"
    ):
        opened.setdefault(contact, set()).add(value)
        began[contact] = min(at, began.get(contact, at))
    for draft, body, at in db.conn.execute("SELECT id, body, opened_at FROM draft"):
        keys = json.loads(body).get("keys")
        if keys:
            opened.setdefault(draft, set()).update(map(bytes.fromhex, keys))
            began.setdefault(draft, hlc(int(from_text(at).timestamp() * 1000), 0))
    return {each: began[each] for each, present in opened.items() if present & here == {user}}


# -- keys --------------------------------------------------------------------------------------------


def keys_of(store: Store, db: Database, actor: Actor, contact: bytes) -> list[Seal]:
    """A contact's keys that were sealed to the actor, newest first."""
    found = []
    for (sealed,) in db.conn.execute(
        "SELECT key FROM opening WHERE contact = ? AND user = ? AND _void = 0 ORDER BY _hlc DESC, id DESC",
        (contact, actor.id),
    ).fetchall():
        key = store.keyring.unseal(actor.id, bytes.fromhex(sealed), bound_to(contact, actor.id))
        if key is not None:
            found.append(Seal(contact, key))
    return found


def sealed_anew(store: Store, db: Database, actor: Actor, public: bytes) -> list[Command]:
    """Every key of a contact that the actor has, sealed to their new public key."""
    to = Colleague(actor.id, actor.name, actor.role, public)
    found = []
    for contact, sealed, generation in db.conn.execute(
        "SELECT contact, key, generation FROM opening WHERE user = ? AND _void = 0 ORDER BY _hlc, id",
        (actor.id,),
    ).fetchall():
        key = store.keyring.unseal(actor.id, bytes.fromhex(sealed), bound_to(contact, actor.id))
        if key is not None:
            found.append(opening(store.now(), Seal(contact, key), to, generation or 0))
    return found


def opener(keys: Iterable[Seal]) -> Open:
    """A function that opens what is sealed under any of these keys."""
    found = {each.name: each.key for each in keys}

    def opens(name: str, box: bytes, bound_to: bytes) -> bytes | None:
        if name not in found:
            return None
        try:
            return decrypt(found[name], box, bound_to)
        except SealBroken:
            raise ValueError("the payload does not open with its key") from None

    return opens


def opening(now: datetime, key: Seal, user: Colleague, generation: int) -> Command:
    """The key of a contact, sealed to one person."""
    sealed = seal(user.public, key.key, bound_to(key.contact, user.id))
    fields: dict[str, Value] = {
        "contact": key.contact.hex(),
        "user": user.id.hex(),
        "key": sealed.hex(),
        "name": key.name,
        "generation": generation,
    }
    return Command("opening", append.new_id(now), fields)


def given(db: Database, contact: bytes) -> list[KeyGrant]:
    """Every key of a contact that was ever sealed to somebody."""
    found = db.conn.execute(
        "SELECT name, generation, user, _void FROM opening WHERE contact = ?", (contact,)
    )
    return [
        KeyGrant(name or "", generation or 0, user, bool(gone))
        for name, generation, user, gone in found
    ]


def again(db: Database, now: datetime, keys: Iterable[Seal], user: Colleague) -> list[Command]:
    """All these keys of a contact, oldest first, sealed to one more person."""
    seals = list(reversed(list(keys)))
    of = {each.key: each.generation for each in given(db, seals[0].contact)}
    return [opening(now, each, user, of.get(each.name, 0)) for each in seals]


def bound_to(contact: bytes, user: bytes) -> bytes:
    """The associated data of a sealed key: it opens only for this contact and this user."""
    return b"spoc opening 1\0" + contact + user


def refused(store: Store, db: Database, actor: Actor, contact: bytes) -> NotAllowed:
    """Why somebody may not open a contact, in words that say nothing about it; the attempt is recorded."""
    audit.record(store, actor, "refused", subject=contact)
    many = len(opened_to(db, contact))
    people = "1 person" if many == 1 else f"{many} people"
    text = f"A restricted contact; it is opened to {people}."
    had = db.conn.execute(
        "SELECT 1 FROM opening WHERE contact = ? AND user = ? AND _void = 0", (contact, actor.id)
    ).fetchone()
    if had and store.keyring.holds(actor.id):
        return NotAllowed(
            f"{text} It was sealed to a key of yours that is gone since your passphrase was reset; nothing "
            "was opened. Ask one of the others to open it to you again."
        )
    return NotAllowed(
        f"{text} You are not among them, whatever your role; nothing was opened, and that you tried is "
        "recorded."
    )


# -- reading -----------------------------------------------------------------------------------------


def reader(store: Store, actor: Actor, contact: bytes, db: Database | None = None) -> Database:
    """Where a contact is read: the store's tables or, for a restricted one, the same tables in memory,
    filled for this contact only. Raises NotAllowed if the actor cannot open it."""
    db = db or store.reader
    if not is_restricted(db, contact):
        quiet.require_open(store, actor, contact, db)
        return db
    keys = keys_of(store, db, actor, contact)
    if not keys:
        raise refused(store, db, actor, contact)
    memory = connect(":memory:", os.urandom(32))
    memory.opens = opener(keys)
    for statement in statements(LEDGER):
        memory.conn.execute(statement)
    projection.ensure(memory, store.tables)
    for tbl, table in store.tables.items():
        if table.column("sealed"):
            for (record,) in db.conn.execute(
                f'SELECT id FROM "{tbl}" WHERE sealed = ? ORDER BY _hlc, id', (contact,)
            ).fetchall():
                _bring(store, db, memory, tbl, record)
    for column, tbl in (("person", "contact_person"), ("mother", "person")):
        for (record,) in memory.conn.execute(
            f'SELECT DISTINCT {column} FROM "{tbl}" WHERE {column} IS NOT NULL'
            f" AND {column} NOT IN (SELECT id FROM person)"
        ).fetchall():
            _bring(store, db, memory, "person", record)
    _say(store, memory)
    return memory


def _bring(store: Store, db: Database, memory: Database, tbl: str, record: bytes) -> None:
    """Copies a record's entries as they are, and folds it there."""
    values = (tbl, record)
    for stored in db.conn.execute(
        "SELECT * FROM entry WHERE tbl = ? AND record = ?"
        " AND entry_id NOT IN (SELECT entry_id FROM refused)",
        values,
    ):
        memory.conn.execute("INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)", stored)
    for stored in db.conn.execute(
        "SELECT entry_id, body FROM entry JOIN payload USING(entry_id) WHERE tbl = ? AND record = ?",
        values,
    ):
        memory.conn.execute("INSERT INTO payload VALUES(?, ?)", stored)
    entries = projection.entries_of(memory, tbl, record)
    if entries:  # a person whose entries from another desk have not arrived is not there
        projection.project(memory, store.tables[tbl], record, entries, store.pack.safer.get(tbl))


def _say(store: Store, memory: Database) -> None:
    """Shows a known person as this contact describes them."""
    present = {column.name for column in store.tables["person"].columns}
    for person, extra in memory.conn.execute(
        "SELECT person, _extra FROM contact_person WHERE _extra IS NOT NULL"
    ).fetchall():
        for name, value in json.loads(extra).items():
            column = name.removeprefix(SAID)
            if name != column and column in present:
                memory.conn.execute(
                    f'UPDATE person SET "{column}" = ? WHERE id = ?', (value, person)
                )


# -- opening it to one more --------------------------------------------------------------------------


def open_to(store: Store, actor: Actor, contact: bytes, name: str) -> "Future[WrittenAct]":
    """Opens a restricted contact to one more person: a recorded act of somebody who can open it.

    Raises NotAllowed by role. The future holds NotAllowed if the actor cannot open it, BadInput if nobody
    of that name may: unknown, shut out, with a role that opens no contact, or already let in.
    """
    require(actor.role, "contact.view")
    wanted = " ".join(name.split()).casefold()

    def job(db: Database) -> WrittenAct:
        if not is_restricted(db, contact):
            raise BadInput("This contact is not restricted: the desk sees it. Nothing was changed.")
        keys = keys_of(store, db, actor, contact)
        if not keys:
            raise refused(store, db, actor, contact)
        every = users(db)
        found = next((each for each in every if each.name.casefold() == wanted), None)
        if found is None or not found.public:
            raise BadInput("No user of this store has that name; it was opened to nobody else.")
        about = about_of(store, db, actor, contact)
        if not recipients.is_known(about, every) and (
            found.role != recipients.OPENED_TO or len(opened_to(db, contact)) > 1
        ):
            raise BadInput(
                "It is not known yet whom this is about, so it may be opened to one named professional and "
                "nobody else. Open it to one of your choice, who says whom it is about; then it opens as usual."
            )
        if found.id in recipients.shut_out(about, every):
            raise BadInput(
                "It is about that person, or may be: it is never opened to them. It was opened to nobody else."
            )
        if not may(found.role, "contact.view"):
            raise BadInput("Their role opens no contact; it was opened to nobody else.")
        return store.append(db, actor, again(db, store.now(), keys, found))

    return store.submit(job)


def may_have(store: Store, actor: Actor, contact: bytes) -> list[Colleague]:
    """The people to whom somebody who can open a contact may also open it. Raises NotAllowed if they
    cannot."""
    db = store.reader
    every = users(db)
    about = about_of(store, db, actor, contact)
    known, shut = recipients.is_known(about, every), recipients.shut_out(about, every)
    present = {each.name for each in opened_to(db, contact)}
    if not known and len(present) > 1:
        return []
    return [
        each
        for each in every
        if each.public
        and (known or each.role == recipients.OPENED_TO)
        and each.id not in shut
        and each.name not in present
        and may(each.role, "contact.view")
    ]


def abouts_of(store: Store, db: Database, actor: Actor, contact: bytes) -> list[str]:
    """The people whom a restricted contact is about according to each desk, if the desks differ."""
    memory = reader(store, actor, contact, db)
    folded = fold(projection.entries_of(memory, "contact", contact))
    return [str(each or "") for each in folded.conflicts.get(recipients.ABOUT, ())]


def about_of(store: Store, db: Database, actor: Actor, contact: bytes) -> str:
    """The person whom a restricted contact is now about (see recipients.about)."""
    memory = reader(store, actor, contact, db)
    found = memory.conn.execute("SELECT * FROM contact")
    names = [each[0] for each in found.description]
    groups = dict(zip(names, found.fetchone(), strict=True))
    for field in store.form:
        if field.kind == "many" and groups.get(field.key):
            groups[field.key] = json.loads(groups[field.key])
    return recipients.about(recipients.sheet_of(groups, store.form), store.pack)
