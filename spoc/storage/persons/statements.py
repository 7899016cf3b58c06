"""Writing in a person's record: statements about them are added, never overwritten."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.persons.record_fields import BY_KEY, DIED, UNKNOWN
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.ledger.conflicts import removal
from spoc.storage.persons import links
from spoc.storage.secrecy import sealed_acts
from spoc.storage.store import Store

TABLES = ("fact", "alert", "household")


def add(
    store: Store,
    actor: Actor,
    person: bytes,
    tbl: str,
    fields: Mapping[str, Value],
    contact: bytes = b"",
) -> "Future[WrittenAct]":
    """Adds a fact, an alert or a member of the household, as said on ``contact``, if it was on one.

    Raises BadInput with what is missing or impossible.
    """
    require(actor.role, "person.amend")
    checked(store, tbl, fields)
    return write(store, actor, [command(store, tbl, person, fields, contact)], contact)


def add_all(
    store: Store, actor: Actor, person: bytes, facts: Sequence[Mapping[str, Value]]
) -> "Future[WrittenAct]":
    """Adds several facts in one go. Raises BadInput if there is none, or one is impossible."""
    require(actor.role, "person.amend")
    if not facts:
        raise BadInput("Nothing was filled in; nothing was changed.")
    for each in facts:
        checked(store, "fact", each)
    return write(store, actor, [command(store, "fact", person, each) for each in facts])


def add_member(
    store: Store, actor: Actor, person: bytes, fields: Mapping[str, Value]
) -> "Future[WrittenAct]":
    """Adds somebody to a child's household: the known person ``other`` (hex id), or a new person called
    ``name``; with their relation to the child. Raises BadInput if it would be the child."""
    require(actor.role, "person.amend")
    checked(store, "household", fields)
    name, other = (str(fields.get(key) or "").strip() for key in ("name", "other"))
    if not name and not other:
        raise BadInput("Say who it is, or what they are called; nothing was changed.")
    if other and bytes.fromhex(other) in links.linked_records(store.reader, person):
        raise BadInput("Nobody belongs to their own household; nothing was changed.")
    new = []
    if not other:
        code = store.pack.find("relation", str(fields["relation"]))
        kind = "child" if code and code.group == "child" else "adult"
        new = [Command("person", append.new_id(store.now()), {"name": name, "kind": kind})]
        other = new[0].record.hex()
    link = {**fields, "name": None, "other": other}
    return write(store, actor, [*new, command(store, "household", person, link)])


def write(
    store: Store, actor: Actor, commands: Sequence[Command], contact: bytes = b""
) -> "Future[WrittenAct]":
    """Writes statements, sealed if the contact is restricted."""
    if not contact:
        return store.act(actor, commands)
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, commands))


def command(
    store: Store, tbl: str, person: bytes, fields: Mapping[str, Value], contact: bytes = b""
) -> Command:
    """The ledger command for one statement."""
    now = store.now()
    values = {name: value for name, value in fields.items() if value not in ("", None)}
    of: dict[str, Value] = {"person": person.hex(), "at": utc_text(now)}
    if contact:
        of["contact"] = contact.hex()
    return Command(tbl, append.new_id(now), {**of, **values})


def died(
    store: Store, actor: Actor, person: bytes, on: str, said_by: str, contact: bytes = b""
) -> "Future[WrittenAct]":
    """Records that somebody died: on a day (ISO), or an unknown one (""). Raises BadInput if nobody said
    so, or if the day is in the future."""
    fields = {"key": DIED, "value": on or UNKNOWN, "said_by": said_by}
    if not said_by.strip():
        raise BadInput("Say who said so: a death needs a source. Nothing was changed.")
    return add(store, actor, person, "fact", fields, contact)


def take_back(
    store: Store, actor: Actor, tbl: str, record: bytes, why: str
) -> "Future[WrittenAct]":
    """Takes a statement back: it is no longer shown, and stays in the history. Raises BadInput without a
    reason."""
    require(actor.role, "person.amend")
    if tbl not in TABLES:
        raise ValueError(f"{tbl} is no saying")
    if not why.strip():
        raise BadInput("Say why it is taken back. Nothing was changed.")
    row = store.reader.conn.execute(
        f'SELECT contact FROM "{tbl}" WHERE id = ? AND _void = 0', (record,)
    ).fetchone()
    if row is None:
        raise BadInput("This was already taken back; nothing was changed.")
    gone = removal(store.reader, tbl, record, why.strip())
    return write(store, actor, [gone], row[0] or b"")


def statement_moves(
    db: Database, contact: bytes, person: bytes, other: bytes, why: str
) -> list[Command]:
    """Moves a contact's statements about one person to another: they were about the other. Nothing else in
    either record changes."""
    found = []
    for tbl in TABLES:
        for record, heads in db.conn.execute(
            f'SELECT id, _heads FROM "{tbl}" WHERE contact = ? AND person = ? AND _void = 0',
            (contact, person),
        ).fetchall():
            on = tuple(json.loads(heads).get("person", ()))
            found.append(Command(tbl, record, {"person": other.hex()}, {"person": on}, why))
    return found


def checked(store: Store, tbl: str, fields: Mapping[str, Value]) -> None:
    """Raises BadInput if a statement lacks something, or is impossible."""
    today = to_local(store.now()).date()
    if tbl == "fact":
        key, value = str(fields.get("key") or ""), str(fields.get("value") or "")
        fact = BY_KEY.get(key)
        if fact is None or not value.strip():
            raise BadInput("Say what it is; nothing was changed.")
        if fact.codes and store.pack.find(fact.codes, value) is None:
            raise BadInput(f"{fact.label}: choose it from the list. Nothing was changed.")
        past = fact.day and key != "edd"
        if fact.day or (key == DIED and value != UNKNOWN):
            _day(fact.label, value, today if past or key == DIED else None)
    elif tbl == "alert":
        if store.pack.find("alert", str(fields.get("code") or "")) is None:
            raise BadInput("Say what the alert is, from the list; nothing was changed.")
        if not str(fields.get("said_by") or "").strip():
            raise BadInput("Say who stated it: an alert needs a source. Nothing was changed.")
        _day("Checked on", str(fields.get("checked") or ""), today)
        for name in ("review", "ended_on"):
            _day(name, str(fields.get(name) or ""), None)
    elif tbl == "household":
        if store.pack.find("relation", str(fields.get("relation") or "")) is None:
            raise BadInput("Say what they are to the child, from the list; nothing was changed.")
        if fields.get("responsible") not in (None, "", "yes", "no"):
            raise BadInput("Parental responsibility is yes or no; nothing was changed.")
    for name in ("since", "until"):
        _day(name, str(fields.get(name) or ""), None)


def _day(what: str, text: str, latest: date | None) -> None:
    if not text:
        return
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{what}: “{text}” is not a day; nothing was changed.") from None
    if latest and day > latest:
        raise BadInput(f"{what}: this day is still to come; nothing was changed.")
