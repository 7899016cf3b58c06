"""Contacts as sheets again: to continue an open one, and to copy a field from the last."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace

from spoc.model.errors import BadInput
from spoc.model.followups.followup import holder_fields
from spoc.model.forms.sheet import Action, Answer, Kept, Person, Response, Sheet
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import VOID, fold
from spoc.model.ledger.table import Value, owned
from spoc.model.rules import recipients
from spoc.model.rules.access import may, require
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import claims, drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.contacts import is_closed
from spoc.storage.driver import Database, row
from spoc.storage.ledger import audit, projection
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.persons import persons
from spoc.storage.secrecy import quiet, restricted
from spoc.storage.store import Store


def sheet_of(store: Store, actor: Actor, contact: bytes) -> Sheet:
    """A contact of the store as a sheet, with what was shown of each record (``kept``)."""
    require(actor.role, "contact.view")
    db = restricted.reader(store, actor, contact)
    sheet = read_sheet(store, actor, db, contact)
    lost = {each.hex() for each in quiet.hidden(store, actor, db)}
    if not any(each.id in lost for each in sheet.children):
        return sheet
    unnamed = Person(quiet.WORDS, "unborn")
    return replace(
        sheet, children=tuple(unnamed if each.id in lost else each for each in sheet.children)
    )


def read_sheet(store: Store, actor: Actor, db: Database, contact: bytes) -> Sheet:
    """The same, read from a known place (see restricted.reader)."""
    kept = {"contact": {contact.hex(): _kept(db, "contact", contact)}}
    for table in owned(store.tables, "contact"):
        gone = "" if table.natural else " AND _void = 0"  # what was removed may be given again
        rows = db.conn.execute(
            f'SELECT id FROM "{table.name}" WHERE contact = ?{gone} ORDER BY _hlc, id', (contact,)
        ).fetchall()
        kept[table.name] = {record.hex(): _kept(db, table.name, record) for (record,) in rows}
    groups = {
        tbl: {record: each for record, each in records.items() if not each.fields.get(VOID)}
        for tbl, records in kept.items()
    }
    own = kept["contact"][contact.hex()].fields
    people: dict[str, list[Person]] = {"caller": [], "child": [], "mother": []}
    for link in groups["contact_person"].values():
        found = persons.get(store, actor, str(link.fields["person"]), db)
        if found:
            people.setdefault(str(link.fields["part"]), []).append(found)
    kinds = {field.key: field.kind for field in store.form}
    return Sheet(
        opened_at=str(own.get("opened_at") or _begun(db, contact)),
        values={
            key: str(own[key])
            for key, kind in kinds.items()
            if kind in ("text", "code", "when", "age") and own.get(key)
        },
        many={key: _chosen(own, key) for key, kind in kinds.items() if kind == "many"},
        caller=next(iter(people["caller"]), Person()),
        children=tuple(people["child"]),
        identity=_text(own, "identity"),
        read_back_at=_text(own, "read_back_at"),
        actions=tuple(_action(record, each.fields) for record, each in groups["action"].items()),
        outcome=next((_text(each.fields, "code") for each in groups["outcome"].values()), ""),
        notes=next((_text(each.fields, "text") for each in groups["note"].values()), ""),
        kept=kept,
        answers={
            str(each.fields["question"]): Answer(
                _text(each.fields, "state"), _text(each.fields, "text")
            )
            for each in groups["answer"].values()
        },
        prompts={
            str(each.fields["code"]): _response(each.fields) for each in groups["prompt"].values()
        },
        visit=_text(own, "visit"),
        sealed=restricted.is_restricted(db, contact),
    )


def _begun(db: Database, contact: bytes) -> str:
    """When a contact began that was erased while another desk added to it."""
    return str(
        row(db.conn.execute("SELECT _first_at FROM contact WHERE id = ?", (contact,)).fetchone())
    )


def _text(fields: Mapping[str, Value], name: str) -> str:
    return str(fields.get(name) or "")


def _chosen(fields: Mapping[str, Value], name: str) -> tuple[str, ...]:
    """The codes of a field that holds several, each of which the ledger has under a name of its own."""
    return tuple(
        each.partition(".")[2]
        for each, value in fields.items()
        if value is True and each.startswith(f"{name}.")
    )


def _action(record: str, fields: Mapping[str, Value]) -> Action:
    code, who, due, at = (_text(fields, name) for name in ("code", "who", "due", "at"))
    return Action(code=code, who=who, due=due, at=at, id=record, held=holder_fields(fields))


def _response(fields: Mapping[str, Value]) -> Response:
    """How a prompt was met."""
    state, why, at = (_text(fields, name) for name in ("state", "why", "at"))
    return Response(state, _chosen(fields, "done"), why, at)


def last_sheet(store: Store, actor: Actor) -> Sheet | None:
    """The last contact this advisor closed, as a sheet to copy a field from; None if there is none. Nothing
    is copied from a restricted one."""
    require(actor.role, "contact.view")
    row = store.reader.conn.execute(
        "SELECT id FROM contact WHERE advisor = ? AND _void = 0 AND closed_at IS NOT NULL AND sealed IS NULL"
        " ORDER BY closed_at DESC, id DESC LIMIT 1",
        (actor.id,),
    ).fetchone()
    return sheet_of(store, actor, row[0]) if row else None


def take_over(store: Store, actor: Actor, contact: bytes) -> "Future[Draft]":
    """Continues an open contact, whoever began it: recorded, and the actor's own draft from now on.

    The future holds BadInput if a colleague has closed it or is already continuing it.
    """
    require(actor.role, "contact.log")

    def job(db: Database) -> Draft:
        if is_closed(db, contact) or drafts.is_in_use(db, contact):
            raise BadInput("A colleague is already going on with this contact, or has closed it.")
        restricted.reader(store, actor, contact, db)  # or they cannot open it
        heads = _kept(db, "contact", contact).heads
        on = {"advisor": heads["advisor"]} if "advisor" in heads else {}
        taken = Command("contact", contact, {"advisor": actor.id.hex()}, on, claims.TAKEN)
        store.append(db, actor, [taken])
        read = restricted.reader(store, actor, contact, db)
        draft = Draft(
            contact, actor.id, read_sheet(store, actor, read, contact), utc_text(store.now())
        )
        drafts.put(store, db, draft)
        return draft

    return store.submit(job)


def move(
    store: Store, actor: Actor, taken: Draft, target: Draft, what: str, person: Person
) -> "Future[None]":
    """Keeps two drafts after something moved from one call to the other: one recorded action.

    ``what`` is ``child`` or ``caller``; both drafts have their sheets as they now are.
    """
    require(actor.role, "contact.log")
    if not recipients.reasons(target.sheet, store.pack):
        known_ids = restricted.known(store.reader, target.sheet)
        target = replace(target, sheet=recipients.bared(target.sheet, known_ids))
    # Nobody else may know who was moved in or out of a restricted call.
    known = not any(recipients.reasons(each.sheet, store.pack) for each in (taken, target))
    audit.record(
        store,
        actor,
        "move",
        subject=bytes.fromhex(person.id) if person.id and known else None,
        purpose=what,
        detail=f"from {taken.id.hex()} to {target.id.hex()}" if known else "",
    )

    def job(db: Database) -> None:
        for draft in (taken, target):
            drafts.put(store, db, draft, at=utc_text(store.now()))

    return store.submit(job)


def hand_on_overdue(store: Store, actor: Actor) -> "list[Future[WrittenAct]]":
    """Hands on the parked calls that have waited as long as the pack allows."""
    limit = store.pack.limits.get("parked")
    if limit is None or not may(actor.role, "contact.log"):
        return []
    since = utc_text(store.now() - limit)
    waiting = drafts.waiting(store, actor)
    return hand_on(store, actor, [each for each in waiting if "" < each.sheet.parked_at <= since])


def hand_on(store: Store, actor: Actor, waiting: Iterable[Draft]) -> "list[Future[WrittenAct]]":
    """Turns drafts into open contacts that every colleague can see and continue. A restricted call waits
    for somebody who can open it."""
    return [
        contacts.leave_open(store, actor, draft, draft.sheet) for draft in waiting if not draft.shut
    ]


def _kept(db: Database, tbl: str, record: bytes) -> Kept:
    folded = fold(projection.entries_of(db, tbl, record))
    return Kept(folded.values, folded.heads)
