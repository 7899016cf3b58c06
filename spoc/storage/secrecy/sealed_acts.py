"""Writing about a restricted contact: an act's contents are sealed, and nothing is left beside it unsealed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Kept, Sheet
from spoc.model.ledger.entry import Actor, Command, Seal
from spoc.model.ledger.fold import EXISTS, exists, fold
from spoc.model.ledger.table import Value, owned
from spoc.model.rules import generations, recipients
from spoc.model.rules.recipients import Colleague
from spoc.storage.driver import Database, row
from spoc.storage.ledger import projection
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.ledger.conflicts import removal
from spoc.storage.secrecy.restricted import (
    OWNERS,
    SAID,
    about_of,
    abouts_of,
    again,
    given,
    is_restricted,
    keys_of,
    opening,
    reader,
    refused,
    users,
)
from spoc.storage.store import Store


def append(
    store: Store, db: Database, actor: Actor, contact: bytes, commands: Sequence[Command]
) -> WrittenAct:
    """Writes an act about a contact in the store, within a job: sealed if the contact is restricted."""
    if not is_restricted(db, contact):
        return store.append(db, actor, commands)
    return write(store, db, actor, contact, commands)


def within(
    store: Store, db: Database, actor: Actor, owner: bytes, commands: Sequence[Command]
) -> WrittenAct:
    """Writes an act about a stored attendance, within a job: sealed if it is restricted. Raises NotAllowed if
    the actor cannot open it."""
    if not is_restricted(db, owner):
        return store.append(db, actor, commands)
    keys = keys_of(store, db, actor, owner)
    if not keys:
        raise refused(store, db, actor, owner)
    return store.append(db, actor, closed(store, db, keys[0], commands))


def closed(store: Store, db: Database, key: Seal, commands: Sequence[Command]) -> list[Command]:
    """The commands about a restricted record, sealed under its key."""
    return _closed(store, db, key, commands, None)


def restrict(
    store: Store,
    db: Database,
    actor: Actor,
    owner: bytes,
    to: Sequence[Colleague],
    commands: Sequence[Command],
) -> WrittenAct:
    """Seals an attendance that was not sealed, with everything that belongs to it, to these people, within a
    job; what it is counted by stays readable."""
    key, at = Seal(owner, os.urandom(32)), store.now()
    first = generations.following(given(db, owner))
    openings = [opening(at, key, each, first) for each in to]
    return store.append(db, actor, [*_closed(store, db, key, commands, None), *openings], at)


def write(
    store: Store,
    db: Database,
    actor: Actor,
    contact: bytes,
    commands: Sequence[Command],
    now: datetime | None = None,
    *,
    advisor: bytes = b"",
    about: str = "",
    sheet: Sheet | None = None,
) -> WrittenAct:
    """Writes an act about a restricted contact, within a job.

    With the first act the contact gets its key, sealed to everybody in its circle; ``sheet`` is what is
    written, if it is a sheet, and ``about`` says whom it is about. ``advisor`` is who began it. Raises
    NotAllowed if the actor cannot open it.
    """
    at = now or store.now()
    if is_restricted(db, contact):
        keys = keys_of(store, db, actor, contact)
        if not keys:
            raise refused(store, db, actor, contact)
        key, changed = _rotated(store, db, actor, keys, commands, at)
        return store.append(db, actor, [*_closed(store, db, key, commands, sheet), *changed], at)
    about = recipients.about(sheet, store.pack) if sheet else about
    to = recipients.circle(users(db), actor.id, about, advisor or actor.id)
    if actor.id not in {each.id for each in to}:
        raise BadInput(
            "This contact is restricted, and there is no key of yours to seal it to; nothing was written. Ask "
            "a named professional to add you as a user again."
        )
    key = Seal(contact, os.urandom(32))
    first = generations.following(given(db, contact))
    openings = [opening(at, key, each, first) for each in to]
    return store.append(db, actor, [*_closed(store, db, key, commands, sheet), *openings], at)


def _rotated(
    store: Store,
    db: Database,
    actor: Actor,
    keys: Sequence[Seal],
    commands: Sequence[Command],
    now: datetime,
) -> tuple[Seal, list[Command]]:
    """The key to write under, and the commands that open or close the contact to people.

    The person it is about loses access, whichever desk said so: from now on it is written under a key that
    they were never given, if necessary a new one. If this act is the first to say whom it is about, the
    contact is opened as usual.
    """
    contact, every = keys[0].contact, users(db)
    values = [each.fields[recipients.ABOUT] for each in commands if recipients.ABOUT in each.fields]
    before = about_of(store, db, actor, contact)
    abouts = [str(values[0] or "")] if values else [before, *abouts_of(store, db, actor, contact)]
    named = {user for about in abouts for user in recipients.shut_out(about, every)}
    had = given(db, contact)
    out = generations.shut_out(had, named) - {actor.id}
    rows = db.conn.execute(
        "SELECT id, user FROM opening WHERE contact = ? AND _void = 0", (contact,)
    ).fetchall()
    gone = [removal(db, "opening", record) for record, user in rows if user in out]
    have = {user for _, user in rows} - out
    come: list[Colleague] = []
    if values and not recipients.is_known(before, every):
        to = recipients.circle(every, actor.id, abouts[0], _advisor(store, db, actor, contact))
        come = [each for each in to if each.id not in have | out]
    opened = [one for user in come for one in again(db, now, keys, user)]
    by_name = {each.name: each for each in keys}
    key = generations.writable(had, out, by_name)
    if key is not None:
        return by_name[key], [*gone, *opened]
    fresh, follows = Seal(contact, os.urandom(32)), generations.following(had)
    stay = [each for each in every if each.public and each.id in have]
    anew = [opening(now, fresh, each, follows) for each in (*stay, *come)]
    return fresh, [*gone, *opened, *anew]


def _advisor(store: Store, db: Database, actor: Actor, contact: bytes) -> bytes:
    """Who began a restricted contact."""
    memory = reader(store, actor, contact, db)
    return row(memory.conn.execute("SELECT advisor FROM contact").fetchone()) or b""


def _closed(
    store: Store, db: Database, key: Seal, commands: Sequence[Command], sheet: Sheet | None
) -> list[Command]:
    """The commands, sealed except for the fact that the contact exists. Fields about a person whom the desk
    knows are kept with the sealed link; records that were begun unsealed are hidden with the rest."""
    kept = {} if is_restricted(db, key.contact) else _in_clear(store, db, key.contact)
    found: dict[str, dict[str, Value]] = {}
    rest: list[Command] = []
    for each in commands:
        if each.tbl in EXISTS:
            for clear in (True, False):
                part = {k: v for k, v in each.fields.items() if exists(each.tbl, k) == clear}
                on = {name: ids for name, ids in each.parents.items() if name in part}
                if part:
                    own = replace(each, fields=part, parents=on, why="" if clear else each.why)
                    rest.append(own if clear else replace(own, seal=key))
        elif each.tbl == "person" and _is_known(db, key.contact, each.record, kept):
            found[each.record.hex()] = {f"{SAID}{name}": v for name, v in each.fields.items()}
        else:
            rest.append(replace(each, seal=key))
    written = {(each.tbl, each.record) for each in rest if each.seal}
    for (tbl, its), former in kept.items():
        if (tbl, its) not in written:
            own_fields = {
                k: v for k, v in former.fields.items() if tbl == "contact" or not exists(tbl, k)
            }
            if own_fields:
                rest.append(Command(tbl, its, own_fields, former.heads, seal=key))
    if not found:
        return rest
    links = {
        str(former.fields.get("person")): (record, former)
        for record, former in (sheet.kept.get("contact_person", {}) if sheet else {}).items()
    }
    for at, each in enumerate(rest):
        if each.tbl == "contact_person" and each.fields.get("person") in found:
            more = found.pop(str(each.fields["person"]))
            rest[at] = replace(each, fields={**each.fields, **more})
    for person, more in found.items():
        if person in links:
            record, former = links[person]
            on = {name: former.heads[name] for name in more if name in former.heads}
            rest.append(Command("contact_person", bytes.fromhex(record), more, on, seal=key))
    return rest


def _in_clear(store: Store, db: Database, contact: bytes) -> dict[tuple[str, bytes], Kept]:
    """The unsealed parts of a contact (or an attendance) that becomes restricted: itself, its records, and
    persons whom only it names. Empty if it is new."""
    found = [
        (tbl, record)
        for owner in OWNERS
        for tbl, column in (
            (owner, "id"),
            *((each.name, owner) for each in owned(store.tables, owner) if each.sealable),
        )
        for (record,) in db.conn.execute(f'SELECT id FROM "{tbl}" WHERE {column} = ?', (contact,))
    ]
    found += _named_alone(store, db, contact)
    found += [
        ("person", person)
        for (person,) in db.conn.execute(
            "SELECT DISTINCT person FROM contact_person AS own WHERE contact = ?1 AND person IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM contact_person WHERE person = own.person AND contact <> ?1)"
            " AND NOT EXISTS (SELECT 1 FROM person AS baby JOIN contact_person ON person = baby.id"
            "  WHERE baby.mother = own.person AND contact <> ?1)",
            (contact,),
        )
    ]
    return {(tbl, record): _held(db, tbl, record) for tbl, record in found}


def _named_alone(store: Store, db: Database, attendance: bytes) -> list[tuple[str, bytes]]:
    """The person of an attendance and the statements about them, if nothing else names them."""
    found = db.conn.execute("SELECT person FROM attendance WHERE id = ?", (attendance,)).fetchone()
    if found is None or found[0] is None:
        return []
    named = any(
        db.conn.execute(
            f'SELECT 1 FROM "{table.name}" WHERE "{column.name}" = ?1 AND id <> ?2 LIMIT 1',
            (found[0], attendance),
        ).fetchone()
        for table in store.tables.values()
        for column in table.columns
        if column.kind == "ref" and column.name in ("person", "other", "mother")
        if table.name != "fact"
    )
    if named:
        return []
    facts = db.conn.execute("SELECT id FROM fact WHERE person = ?", (found[0],)).fetchall()
    return [("person", found[0]), *(("fact", each) for (each,) in facts)]


def _held(db: Database, tbl: str, record: bytes) -> Kept:
    folded = fold(projection.entries_of(db, tbl, record))
    return Kept(folded.values, folded.heads)


def _is_known(
    db: Database, contact: bytes, person: bytes, kept: Mapping[tuple[str, bytes], Kept]
) -> bool:
    """Whether the desk knows a person from somewhere other than this contact."""
    found = db.conn.execute("SELECT sealed FROM person WHERE id = ?", (person,)).fetchone()
    return found is not None and found[0] != contact and ("person", person) not in kept
