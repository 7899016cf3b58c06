"""Correcting a closed contact: another person, an action added, ended or taken out, a STOP answered."""

from collections.abc import Mapping
from concurrent.futures import Future

from spoc.model.errors import BadInput
from spoc.model.followups.followup import KEPT
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import NAMED, UNBORN, Action, Person, Response
from spoc.model.forms.sheet_commands import REMEMBERED
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Value, natural_id
from spoc.model.rules.access import require
from spoc.model.rules.due import parse_due
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts, raised_stops
from spoc.storage.contacts.call import sheets
from spoc.storage.contacts.reading.parts import Part
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.storage.driver import Database
from spoc.storage.followups import followups
from spoc.storage.ledger import append
from spoc.storage.persons import statements
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

_WHY = "Say why: an amendment needs a reason. Nothing was changed."


def somebody_else(
    store: Store, actor: Actor, contact: bytes, part: Part, person: Person, why: str
) -> "Future[append.WrittenAct]":
    """Says that a contact is about somebody (or from a caller) other than the one of ``part``: the link
    changes, but nobody's record. ``person`` is known, or new. Raises BadInput."""
    _needs(actor, person, why)
    if person.id == part.id.hex():
        raise BadInput("It is the same person as before; nothing was changed.")

    def job(db: Database) -> append.WrittenAct:
        read = restricted.reader(store, actor, contact, db)
        sheet = sheets.read_sheet(store, actor, read, contact)
        commands = [
            Command("contact_person", bytes.fromhex(record), {VOID: True}, {}, why.strip())
            for record, kept in sheet.kept["contact_person"].items()
            if (kept.fields.get("person"), kept.fields.get("part")) == (part.id.hex(), part.part)
        ]
        other, links = _linked(store, contact, person, part.part, bool(part.of), why.strip())
        commands += links
        commands += statements.statement_moves(read, contact, part.id, other, why.strip())
        return raised_stops.amending(
            store, db, actor, contact,
            lambda: sealed_acts.append(store, db, actor, contact, commands),
        )  # fmt: skip

    return store.submit(job)


def name_child(
    store: Store, actor: Actor, own: Part, person: Person, why: str
) -> "Future[append.WrittenAct]":
    """Names the child of a contact without names, ``own``. That it was logged without stays in its history.
    Raises BadInput."""
    _needs(actor, person, why)
    _, links = _linked(store, own.id, person, "child", bool(own.of), why.strip())
    identity = UNBORN if person.kind == UNBORN else NAMED
    named = Command("contact", own.id, {"identity": identity}, own.heads, why.strip())
    return _amending(store, actor, own.id, [named, *links])


def _needs(actor: Actor, person: Person, why: str) -> None:
    require(actor.role, "contact.amend")
    if not why.strip():
        raise BadInput(_WHY)
    if not person.name.strip() and not person.id:
        raise BadInput("Say who it is: choose somebody known, or type a name. Nothing was changed.")


def _linked(
    store: Store, contact: bytes, person: Person, part: str, sealed: bool, why: str
) -> tuple[bytes, list[Command]]:
    """The person's id, and the commands that say that a contact is about them: somebody known, or new."""
    commands: list[Command] = []
    now = store.now()
    other = bytes.fromhex(person.id) if person.id else append.new_id(now)
    if not person.id:
        fields: dict[str, Value] = {name: getattr(person, name) or None for name in REMEMBERED}
        commands.append(Command("person", other, {k: v for k, v in fields.items() if v}))
    link: dict[str, Value] = {"contact": contact.hex(), "person": other.hex(), "part": part}
    fresh = append.new_id(now) if sealed else natural_id(store.tables["contact_person"], link)
    commands.append(Command("contact_person", fresh, {**link, VOID: False}, {}, why))
    return other, commands


def contacts_of(store: Store, actor: Actor, person: bytes) -> list[ContactRow]:
    """The contacts with a person in their heading, latest first: those that change with the person's name."""
    require(actor.role, "contact.view")
    found = store.reader.conn.execute(
        "SELECT DISTINCT contact FROM contact_person WHERE person = ? AND _void = 0", (person,)
    ).fetchall()
    return contacts.by_id(store, actor, [each for (each,) in found])


def add_action(
    store: Store, actor: Actor, contact: bytes, fields: Mapping[str, str]
) -> "Future[append.WrittenAct]":
    """Adds an action that was agreed later, or forgotten: ``code``, ``who``, ``due`` as typed. Raises
    BadInput."""
    require(actor.role, "contact.amend")
    if store.pack.find("action", fields["code"]) is None:
        raise BadInput("Choose an action from the list; nothing was added.")
    now = store.now()
    rule = str(parse_due(fields["due"], now, store.hours)) if fields["due"].strip() else ""
    command = _action(
        store, contact, Action(fields["code"], fields["who"].strip(), rule, utc_text(now))
    )
    return _amending(store, actor, contact, [command])


def take_out(
    store: Store, actor: Actor, contact: bytes, part: Part, why: str
) -> "Future[append.WrittenAct]":
    """Takes out an action, an outcome or a note that was written by mistake; it stays in the history."""
    require(actor.role, "contact.amend")
    if not why.strip():
        raise BadInput(_WHY)
    gone = Command(part.tbl, part.id, {VOID: True}, part.heads, why.strip())
    return _amending(store, actor, contact, [gone])


def end_action(
    store: Store, actor: Actor, part: Part, how: str = KEPT, why: str = ""
) -> "Future[append.WrittenAct]":
    """Records that a contact's action was done, or not done and why, as the list of what is due does."""
    return followups.end(store, actor, followups.find(store, actor, part.id.hex()), how, why)


def answer(
    store: Store, actor: Actor, contact: bytes, code: str, response: Response
) -> "Future[append.WrittenAct]":
    """Answers a prompt of a closed contact; ticked items that are not agreed yet become its actions."""
    require(actor.role, "contact.amend")

    def job(db: Database) -> append.WrittenAct:
        read = restricted.reader(store, actor, contact, db)
        sheet = sheets.read_sheet(store, actor, read, contact)
        agreed, at = {each.code for each in sheet.actions}, utc_text(store.now())
        fields: dict[str, Value] = {
            "contact": contact.hex(), "code": code, "state": response.state, "why": response.why, "at": at,
            **{f"done.{each}": True for each in response.done},
        }  # fmt: skip
        rows = [
            (record, kept)
            for record, kept in sheet.kept.get("prompt", {}).items()
            if kept.fields.get("code") == code
        ]
        fresh = (
            append.new_id(store.now())
            if sheet.sealed
            else natural_id(store.tables["prompt"], fields)
        )
        commands = [
            Command(
                "prompt",
                bytes.fromhex(rows[0][0]),
                fields,
                {name: ids for name, ids in rows[0][1].heads.items() if name in fields},
            )
            if rows
            else Command("prompt", fresh, fields)
        ]
        for each in response.done:
            if each not in agreed:
                known = store.pack.find("action", each)
                new = Action(each, known.who if known else "", known.due if known else "", at)
                commands.append(_action(store, contact, new))
        return sealed_acts.append(store, db, actor, contact, commands)

    return store.submit(job)


def _amending(
    store: Store, actor: Actor, contact: bytes, commands: list[Command]
) -> "Future[append.WrittenAct]":
    return store.submit(
        lambda db: raised_stops.amending(
            store, db, actor, contact,
            lambda: sealed_acts.append(store, db, actor, contact, commands),
        )
    )  # fmt: skip


def _action(store: Store, contact: bytes, action: Action) -> Command:
    due = due_of(action, store.hours)
    fields: dict[str, Value] = {
        "contact": contact.hex(), "code": action.code, "at": action.at, "who": action.who, "due": action.due,
        "due_at": utc_text(due.at) if due and due.at else None,
    }  # fmt: skip
    return Command("action", append.new_id(store.now()), {k: v for k, v in fields.items() if v})
