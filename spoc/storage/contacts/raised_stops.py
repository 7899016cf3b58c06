"""STOPs that an amendment raises: for a closed contact they are open on its page and on the board."""

from collections.abc import Callable
from dataclasses import dataclass

from spoc.model.forms.sheet import Sheet
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Value, natural_id
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.guiding.guide import STOP
from spoc.model.rules.guiding.guiding import RAISED, Guided
from spoc.model.values.instants import utc_text
from spoc.storage.contacts.call import guidance_facts
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.secrecy import quiet, restricted, sealed_acts
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Open:
    """An unanswered STOP of a closed contact: since when (UTC text), its contact and children, its title."""

    contact: bytes
    at: str
    code: str
    title: str
    children: tuple[str, ...]


def amending(
    store: Store,
    db: Database,
    actor: Actor,
    contact: bytes,
    write: Callable[[], append.WrittenAct],
) -> append.WrittenAct:
    """Writes an act about a contact, within a job; if the contact is closed, with every STOP that this
    raises."""
    if not _is_closed(db, contact):
        return write()
    _, before = _now(store, db, actor, contact)
    done = write()
    sheet, after = _now(store, db, actor, contact)
    commands = [
        _raise(store, sheet, contact, prompt.code)
        for prompt in after.stops
        if prompt not in before.stops
    ]
    fired = {each.code for each in after.fired}
    for record, kept in sheet.kept.get("prompt", {}).items():
        if kept.fields.get("state") == RAISED and kept.fields.get("code") not in fired:
            commands.append(Command("prompt", bytes.fromhex(record), {VOID: True}))
    if commands:
        sealed_acts.append(store, db, actor, contact, commands)
    return done


def open_stops(store: Store, actor: Actor) -> list[Open]:
    """Every open STOP of closed contacts, oldest first; none of restricted ones."""
    require(actor.role, "contact.list")
    if not sight_of(actor.role).identifiers:
        return []
    prompts = store.pack.guide.prompt_by_code
    found: dict[tuple[bytes, str], tuple[str, list[str]]] = {}
    lost = quiet.hidden(store, actor)
    for contact, code, at, name, own in store.reader.conn.execute(
        "SELECT prompt.contact, prompt.code, prompt.at, person.name, person.id FROM prompt"
        " JOIN contact ON contact.id = prompt.contact"
        " LEFT JOIN contact_person ON contact_person.contact = contact.id AND contact_person.part = 'child'"
        "  AND contact_person._void = 0 LEFT JOIN person ON person.id = contact_person.person"
        " WHERE prompt.state = ? AND prompt._void = 0 AND contact._void = 0 AND contact.closed_at IS NOT NULL"
        " AND contact.sealed IS NULL ORDER BY prompt.at",
        (RAISED,),
    ):
        found.setdefault((contact, code), (at or "", []))[1].append(
            quiet.WORDS if own in lost else name or ""
        )
    return [
        Open(contact, at, code, prompts[code].title, tuple(filter(None, names)))
        for (contact, code), (at, names) in found.items()
        if code in prompts and prompts[code].kind == STOP
    ]


def _now(store: Store, db: Database, actor: Actor, contact: bytes) -> tuple[Sheet, Guided]:
    from spoc.storage.contacts.call import sheets  # which reads contacts as this writes them

    read = restricted.reader(store, actor, contact, db)
    sheet = sheets.read_sheet(store, actor, read, contact)
    return sheet, guidance_facts.guided(store, sheet)


def _raise(store: Store, sheet: Sheet, contact: bytes, code: str) -> Command:
    fields: dict[str, Value] = {
        "contact": contact.hex(),
        "code": code,
        "state": RAISED,
        "at": utc_text(store.now()),
    }
    for record, kept in sheet.kept.get("prompt", {}).items():
        if kept.fields.get("code") == code:
            on = {name: kept.heads[name] for name in fields if name in kept.heads}
            return Command("prompt", bytes.fromhex(record), fields, on)
    fresh = (
        append.new_id(store.now()) if sheet.sealed else natural_id(store.tables["prompt"], fields)
    )
    return Command("prompt", fresh, fields)


def _is_closed(db: Database, contact: bytes) -> bool:
    return bool(
        db.conn.execute(
            "SELECT 1 FROM contact WHERE id = ? AND closed_at IS NOT NULL", (contact,)
        ).fetchone()
    )
