"""Restricted contacts: sealed as they are written, and opened in memory for those who have a key of them.

Each has a key of its own, sealed to the public key of everybody it is opened to (records ``opening``). All
that is said of it is sealed; in clear stands that it exists. See docs/decisions/0020-restricted.md.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from spoc.model import restricting
from spoc.model.access import require
from spoc.model.entry import Actor, Command, Open, Seal
from spoc.model.errors import BadInput, NotAllowed
from spoc.model.fold import EXISTS, fold
from spoc.model.records import Value
from spoc.model.restricting import User
from spoc.model.sheet import Kept, Sheet
from spoc.storage import ledger, projection
from spoc.storage.driver import Database, connect, row
from spoc.storage.ledger import Written
from spoc.storage.migrations import LEDGER, statements
from spoc.storage.sealing import SealBroken, decrypt, seal
from spoc.storage.store import Store

_SAID = (
    "said."  # before what was said of a known person: it stands with the sealed link, not with them
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody to whom a contact is opened: since when (UTC text), and by whom."""

    name: str
    at: str
    by: str


# -- who ---------------------------------------------------------------------------------------------


def users(db: Database) -> list[User]:
    """The users of the service with their public keys."""
    found = db.conn.execute(
        "SELECT id, name, role, public_key FROM user WHERE _void = 0 ORDER BY n"
    ).fetchall()
    return [
        User(record, name or "", role or "", bytes.fromhex(public or ""))
        for record, name, role, public in found
    ]


def is_restricted(db: Database, contact: bytes) -> bool:
    """Whether a contact of the store is restricted."""
    return bool(
        row(db.conn.execute("SELECT sealed FROM contact WHERE id = ?", (contact,)).fetchone())
    )


def opened_to(db: Database, contact: bytes) -> list[Opened]:
    """To whom a contact is opened, in the order it was."""
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())
    found: dict[bytes, Opened] = {}
    for user, at, by in db.conn.execute(
        "SELECT user, _first_at, _by FROM opening WHERE contact = ? AND _void = 0 ORDER BY n",
        (contact,),
    ):
        found.setdefault(user, Opened(names.get(user, "unknown"), at, names.get(by, "unknown")))
    return list(found.values())


# -- keys --------------------------------------------------------------------------------------------


def _keys(store: Store, db: Database, actor: Actor, contact: bytes) -> list[Seal]:
    """The keys of a contact that were sealed to the actor, the newest first."""
    found = []
    for (sealed,) in db.conn.execute(
        "SELECT key FROM opening WHERE contact = ? AND user = ? AND _void = 0 ORDER BY n DESC",
        (contact, actor.id),
    ).fetchall():
        key = store.keyring.unseal(actor.id, bytes.fromhex(sealed), bound_to(contact, actor.id))
        if key is not None:
            found.append(Seal(contact, key))
    return found


def _opens(keys: Iterable[Seal]) -> Open:
    """Opens what is sealed under any of these keys."""
    held = {each.name: each.key for each in keys}

    def opens(name: str, box: bytes, bound_to: bytes) -> bytes | None:
        if name not in held:
            return None
        try:
            return decrypt(held[name], box, bound_to)
        except SealBroken:
            raise ValueError("the payload does not open with its key") from None

    return opens


def _opening(now: datetime, key: Seal, user: User) -> Command:
    """The key of a contact, sealed to one person."""
    sealed = seal(user.public, key.key, bound_to(key.contact, user.id))
    fields = {"contact": key.contact.hex(), "user": user.id.hex(), "key": sealed.hex()}
    return Command("opening", ledger.new_id(now), fields)


def bound_to(contact: bytes, user: bytes) -> bytes:
    """Where a key that is sealed to somebody may be used: for this contact, by this user."""
    return b"spoc opening 1\0" + contact + user


def _refused(store: Store, db: Database, actor: Actor, contact: bytes) -> NotAllowed:
    """Why somebody may not open a contact, in words that say nothing of it."""
    many = len(opened_to(db, contact))
    people = "1 person" if many == 1 else f"{many} people"
    said = f"A restricted contact; it is opened to {people}."
    had = db.conn.execute(
        "SELECT 1 FROM opening WHERE contact = ? AND user = ? AND _void = 0", (contact, actor.id)
    ).fetchone()
    if had and store.keyring.holds(actor.id):
        return NotAllowed(
            f"{said} It was sealed to a key of yours that is gone since your passphrase was reset; nothing "
            "was opened. Ask one of the others to open it to you again."
        )
    return NotAllowed(
        f"{said} You are not among them, whatever your role; nothing was opened, and that you tried is "
        "recorded."
    )


# -- reading -----------------------------------------------------------------------------------------


def reader(store: Store, actor: Actor, contact: bytes, db: Database | None = None) -> Database:
    """Where a contact is read: the tables of the store; for a restricted one the same tables in memory,
    filled for this contact alone. Raises NotAllowed where it is not opened to the actor."""
    db = db or store.reader
    if not is_restricted(db, contact):
        return db
    keys = _keys(store, db, actor, contact)
    if not keys:
        raise _refused(store, db, actor, contact)
    memory = connect(":memory:", os.urandom(32))
    memory.opens = _opens(keys)
    for statement in statements(LEDGER):
        memory.conn.execute(statement)
    projection.ensure(memory, store.tables)
    for tbl, table in store.tables.items():
        if table.column("sealed"):
            for (record,) in db.conn.execute(
                f'SELECT id FROM "{tbl}" WHERE sealed = ? ORDER BY n', (contact,)
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
    """Copy the entries of a record, as they are, and fold it there."""
    values = (tbl, record)
    for stored in db.conn.execute("SELECT * FROM entry WHERE tbl = ? AND record = ?", values):
        memory.conn.execute("INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)", stored)
    for stored in db.conn.execute(
        "SELECT entry_id, body FROM entry JOIN payload USING(entry_id) WHERE tbl = ? AND record = ?",
        values,
    ):
        memory.conn.execute("INSERT INTO payload VALUES(?, ?)", stored)
    projection.project(
        memory, store.tables[tbl], record, projection.entries_of(memory, tbl, record)
    )


def _say(store: Store, memory: Database) -> None:
    """Show a known person as this contact speaks of them."""
    held = {column.name for column in store.tables["person"].columns}
    for person, extra in memory.conn.execute(
        "SELECT person, _extra FROM contact_person WHERE _extra IS NOT NULL"
    ).fetchall():
        for name, value in json.loads(extra).items():
            column = name.removeprefix(_SAID)
            if name != column and column in held:
                memory.conn.execute(
                    f'UPDATE person SET "{column}" = ? WHERE id = ?', (value, person)
                )


# -- writing -----------------------------------------------------------------------------------------


def append(
    store: Store, db: Database, actor: Actor, contact: bytes, commands: Sequence[Command]
) -> Written:
    """Write an act about a contact of the store, within a job: sealed where the contact is restricted."""
    if not is_restricted(db, contact):
        return store.append(db, actor, commands)
    return write(store, db, actor, contact, commands)


def write(
    store: Store,
    db: Database,
    actor: Actor,
    contact: bytes,
    commands: Sequence[Command],
    now: datetime | None = None,
    *,
    author: Actor | None = None,
    sheet: Sheet | None = None,
) -> Written:
    """Write an act about a restricted contact, within a job.

    Where it is the first, the contact gets its key, sealed to everybody of its circle; ``sheet`` is then
    what is written, and says whom it is about. ``author`` is who wrote it, where another hands it on.
    Raises NotAllowed where it is not opened to the actor.
    """
    at, by = now or store.now(), author or actor
    if is_restricted(db, contact):
        keys = _keys(store, db, actor, contact)
        if not keys:
            raise _refused(store, db, actor, contact)
        return store.append(db, by, _closed(db, keys[0], commands, sheet), at)
    about = sheet.values.get(restricting.ABOUT, "") if sheet else ""
    to = restricting.circle(users(db), by.id, about)
    if by.id not in {each.id for each in to}:
        raise BadInput(
            "This contact is restricted, and there is no key of its author's to seal it to; nothing was "
            "written. Ask a named professional to add the author as a user."
        )
    key = Seal(contact, os.urandom(32))
    openings = [_opening(at, key, each) for each in to]
    return store.append(db, by, [*_closed(db, key, commands, sheet), *openings], at)


def _closed(
    db: Database, key: Seal, commands: Sequence[Command], sheet: Sheet | None
) -> list[Command]:
    """The commands as they are written: sealed, but that the contact exists. What was said of a person whom
    the desk knows goes with the sealed link; what was begun in clear is hidden with the rest."""
    kept = _in_clear(db, key.contact, sheet.kept if sheet else {})
    said: dict[str, dict[str, Value]] = {}
    rest: list[Command] = []
    for each in commands:
        if each.tbl == "contact":
            for clear in (True, False):
                part = {name: v for name, v in each.fields.items() if (name in EXISTS) == clear}
                on = {name: ids for name, ids in each.parents.items() if name in part}
                if part:
                    own = replace(each, fields=part, parents=on, why="" if clear else each.why)
                    rest.append(own if clear else replace(own, seal=key))
        elif each.tbl == "person" and _is_known(db, key.contact, each.record, kept):
            said[each.record.hex()] = {f"{_SAID}{name}": v for name, v in each.fields.items()}
        else:
            rest.append(replace(each, seal=key))
    written = {(each.tbl, each.record) for each in rest if each.seal}
    rest += [
        Command(tbl, record, dict(held.fields), held.heads, seal=key)
        for (tbl, record), held in kept.items()
        if (tbl, record) not in written
    ]
    if not said:
        return rest
    links = {
        str(held.fields.get("person")): (record, held)
        for record, held in (sheet.kept.get("contact_person", {}) if sheet else {}).items()
    }
    for at, each in enumerate(rest):
        if each.tbl == "contact_person" and each.fields.get("person") in said:
            more = said.pop(str(each.fields["person"]))
            rest[at] = replace(each, fields={**each.fields, **more})
    for person, more in said.items():
        if person in links:
            record, held = links[person]
            on = {name: held.heads[name] for name in more if name in held.heads}
            rest.append(Command("contact_person", bytes.fromhex(record), more, on, seal=key))
    return rest


def _in_clear(
    db: Database, contact: bytes, kept: Mapping[str, Mapping[str, Kept]]
) -> dict[tuple[str, bytes], Kept]:
    """What of a contact that becomes restricted stands in clear: its records, and the persons whom only it
    named. Nothing where it was restricted from the first."""
    if not kept or is_restricted(db, contact):
        return {}
    found = {
        (tbl, bytes.fromhex(record)): held
        for tbl, records in kept.items()
        for record, held in records.items()
        if tbl != "contact"
    }
    for tbl in ("outcome", "note", "release"):  # those that were added beside it
        for (record,) in db.conn.execute(f'SELECT id FROM "{tbl}" WHERE contact = ?', (contact,)):
            found.setdefault((tbl, record), _held(db, tbl, record))
    for (person,) in db.conn.execute(
        "SELECT DISTINCT person FROM contact_person AS own WHERE contact = ? AND person IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM contact_person WHERE person = own.person AND contact <> ?1)"
        " AND NOT EXISTS (SELECT 1 FROM person AS baby WHERE baby.mother = own.person AND EXISTS"
        "  (SELECT 1 FROM contact_person WHERE person = baby.id AND contact <> ?1))",
        (contact,),
    ).fetchall():
        found["person", person] = _held(db, "person", person)
    return found


def _held(db: Database, tbl: str, record: bytes) -> Kept:
    folded = fold(projection.entries_of(db, tbl, record))
    return Kept(folded.values, folded.heads)


def _is_known(
    db: Database, contact: bytes, person: bytes, kept: Mapping[tuple[str, bytes], Kept]
) -> bool:
    """Whether the desk knows a person from elsewhere than this contact."""
    found = db.conn.execute("SELECT sealed FROM person WHERE id = ?", (person,)).fetchone()
    return found is not None and found[0] != contact and ("person", person) not in kept


# -- opening it to one more --------------------------------------------------------------------------


def open_to(store: Store, actor: Actor, contact: bytes, name: str) -> "Future[Written]":
    """Open a restricted contact to one more person: an act of somebody who has it, recorded.

    Raises NotAllowed by role. The future holds NotAllowed where the actor has it not, BadInput where nobody
    of that name may have it: unknown, shut out, of a role that opens no contact, or has it already.
    """
    require(actor.role, "contact.view")
    wanted = " ".join(name.split()).casefold()

    def job(db: Database) -> Written:
        if not is_restricted(db, contact):
            raise BadInput("This contact is not restricted: the desk sees it. Nothing was changed.")
        keys = _keys(store, db, actor, contact)
        if not keys:
            raise _refused(store, db, actor, contact)
        every = users(db)
        found = next((each for each in every if each.name.casefold() == wanted), None)
        if found is None or not found.public:
            raise BadInput("No user of this store is called so; it was opened to nobody else.")
        memory = reader(store, actor, contact, db)
        about = row(memory.conn.execute(f"SELECT {restricting.ABOUT} FROM contact").fetchone())
        if found.id in restricting.shut_out(about or "", every):
            raise BadInput(
                "It is about that person, or may be: it is never opened to them. It was opened to nobody else."
            )
        require_of(found)
        return store.append(db, actor, [_opening(store.now(), each, found) for each in keys])

    return store.submit(job)


def require_of(user: User) -> None:
    """Raise BadInput where a user's role opens no contact at all."""
    try:
        require(user.role, "contact.view")
    except NotAllowed:
        raise BadInput(
            "Their role opens no contact; it was opened to nobody else. Choose somebody clinical."
        ) from None
