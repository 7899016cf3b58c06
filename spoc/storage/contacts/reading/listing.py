"""Contacts listed and shown for other programs, read a page at a time."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from spoc.model.documents import contact_to_json
from spoc.model.documents.contact_to_json import StoredContact
from spoc.model.errors import BadInput
from spoc.model.followups.followup import HOLDER_FORM, holder_fields
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action, Answer, Person, Response
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.table import Table, owned
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.clock import from_local
from spoc.model.values import tokens
from spoc.model.values.instants import utc_text
from spoc.model.values.reference import parse, reference
from spoc.storage.contacts import contacts
from spoc.storage.contacts.outcomes import LATEST
from spoc.storage.contacts.reading import history
from spoc.storage.contacts.reading.parts import Part
from spoc.storage.driver import Database, row
from spoc.storage.search import search
from spoc.storage.secrecy import exposure, quiet, restricted
from spoc.storage.store import Store

PAGE = 500  # contacts read at once
_HELD = [each.key for each in HOLDER_FORM]
_LEAST = 4  # the fewest digits of an id that can be searched for

_CODED = {
    "service": "contact.service = ?",
    "category": "contact.category = ?",
    "issue": "EXISTS (SELECT 1 FROM json_each(contact.issues) WHERE json_each.value = ?)",
    "outcome": f"{LATEST} = ?",
}


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts: received from ``since`` until before ``until`` (UTC text), with these codes, logged
    by this advisor, only open ones, only so many of the newest (0: all)."""

    since: str = ""
    until: str = ""
    service: str = ""
    category: str = ""
    issue: str = ""
    outcome: str = ""
    advisor: bytes = b""
    open: bool = False
    limit: int = 0


def start_of(day: date) -> str:
    """When a local day begins (UTC text)."""
    return utc_text(from_local(datetime.combine(day, time()))[0])


def end_of(day: date) -> str:
    """When a local day ends (UTC text): the first instant of the next."""
    return start_of(day + timedelta(days=1))


def count(store: Store, actor: Actor, wanted: ContactFilter) -> int:
    """How many such contacts there are."""
    require(actor.role, "contact.list")
    where, values = _where(wanted)
    found = store.reader.conn.execute(f"SELECT count(*) FROM contact WHERE {where}", values)
    number = int(row(found.fetchone()))
    return min(number, wanted.limit) if wanted.limit else number


def stream(store: Store, actor: Actor, wanted: ContactFilter) -> Iterator[dict[str, Any]]:
    """The contacts as JSON objects, latest received first. At most a page of them is held in memory.

    A role that sees no identifiers gets only times and codes.
    """
    require(actor.role, "contact.list")
    identifiers = sight_of(actor.role).identifiers
    where, values = _where(wanted)
    left, after = wanted.limit, ("", b"")
    while True:
        size = min(PAGE, left) if wanted.limit else PAGE
        on = " AND (contact.received_at, contact.id) < (?, ?)" if after[1] else ""
        page = _page(
            store,
            store.reader,
            quiet.hidden(store, actor),
            f"WHERE {where}{on} ORDER BY contact.received_at DESC, contact.id DESC LIMIT ?",
            [*values, *(after if after[1] else ()), size],
        )
        hidden = quiet.hidden_contacts(store, actor, [bytes.fromhex(stored.id) for stored in page])
        for contact in page:
            if contact.values["sealed"]:
                yield contact_to_json.restricted(contact)
            elif bytes.fromhex(contact.id) in hidden:
                yield contact_to_json.shut(contact)
            else:
                yield contact_to_json.contact_json(
                    contact, store.form, store.pack, identifiers=identifiers
                )
        left -= len(page)
        if len(page) < size or (wanted.limit and not left):
            return
        after = (page[-1].values["received_at"], bytes.fromhex(page[-1].id))


def find(store: Store, actor: Actor, typed: str) -> bytes:
    """The contact with this reference, id, or beginning or end of an id. Raises BadInput; if two contacts
    share a reference, it names both."""
    require(actor.role, "contact.view")
    text = parse(typed)
    if text:
        shared = of_reference(store, text)
        if len(shared) > 1:
            ids = " and ".join(each.hex() for each in shared)
            raise BadInput(
                f"Two contacts share the reference {text}; nothing was opened. They are {ids}."
            )
        if shared:
            return shared[0]
    wanted = typed.strip().lower().replace("-", "")
    if len(wanted) < _LEAST or len(wanted) > 32 or set(wanted) - set("0123456789abcdef"):
        raise BadInput(
            f"A contact is named by its reference, such as AB37-QK2X with every sign right, or by {_LEAST} to 32 "
            "letters a to f and digits of its id; nothing was opened. Take it from: spoc contact list"
        )
    low, high = (bytes.fromhex(wanted.ljust(32, pad)) for pad in "0f")
    found = [
        each[0]
        for each in store.reader.conn.execute(
            "SELECT id FROM contact WHERE _void = 0 AND (id BETWEEN ? AND ? OR substr(lower(hex(id)), ?) = ?)"
            " LIMIT 2",
            (low, high, -len(wanted), wanted),
        )
    ]
    if not found:
        raise BadInput(
            "No contact has such a reference or id; nothing was opened. Take it from: spoc contact list"
        )
    if len(found) > 1:
        raise BadInput("Several contacts have such an id; nothing was opened. Give more of it.")
    return bytes(found[0])


def of_reference(store: Store, text: str) -> list[bytes]:
    """The contacts with a reference: hardly ever more than one."""
    rows = store.reader.conn.execute(
        "SELECT contact.id FROM search CROSS JOIN contact ON contact.n = (search.rowid & ?)"
        " WHERE search MATCH ? AND contact._void = 0",
        (
            search.ROW,
            f"marks : {search.any_of([tokens.coded(tokens.REFERENCE, text)])}",
        ),
    ).fetchall()
    sealed = store.reader.conn.execute(
        "SELECT id FROM contact WHERE sealed IS NOT NULL AND _void = 0"
    ).fetchall()
    return [*(each[0] for each in rows), *(each for (each,) in sealed if reference(each) == text)]


def page_of(store: Store, actor: Actor, contact: bytes) -> dict[str, Any]:
    """Everything on a contact's page, as a JSON object: what it says, when and by whom, its history.

    Raises NotAllowed if it is restricted and the actor cannot open it.
    """
    require(actor.role, "contact.view")
    db = restricted.reader(store, actor, contact)
    lost = quiet.hidden(store, actor, db)
    stored = _page(store, db, lost, "WHERE contact.id = ?", [contact])[0]
    own, users = stored.values, contacts.authors(store)
    fields = contact_to_json.contact_json(stored, store.form, store.pack, identifiers=True)
    fields |= {
        "logged_at": own["opened_at"],
        "closed_at": own["closed_at"],
        "advisor": users.get(own["advisor"] or b"", "unknown"),
        "seconds": own["seconds"],
    }
    for value, action in zip(fields.get("actions", ()), stored.actions, strict=True):
        due = due_of(action, store.hours)
        value["due_at"] = utc_text(due.at) if due and due.at else None
    parts = contacts.get(store, actor, contact, db)
    for table in owned(store.tables, "contact"):
        if table.listed:
            fields[table.listed] = [
                _listed(table, each) for each in parts if each.tbl == table.name
            ]
    fields["entries"] = [
        {"text": each.values["text"], "at": each.first_at} for each in parts if each.tbl == "note"
    ]
    names = {user.hex(): name for user, name in users.items()}
    fields["conflicts"] = [
        {
            "table": each.tbl,
            "field": name,
            "values": list(values),
            "said": [
                {
                    "value": names.get(str(one.value), one.value),
                    "by": users.get(one.by, "unknown"),
                    "at": one.at,
                }
                for one in each.sources.get(name, ())
            ],
        }
        for each in parts
        for name, values in each.conflicts.items()
    ]
    fields["history"] = [asdict(each) for each in history.changes(store, actor, contact, db)]
    if own["sealed"]:
        fields["opened_to"] = [each.name for each in restricted.opened_to(store.reader, contact)]
        found = exposure.exposed(store, actor, contact)
        if found:
            fields["could_read"] = [each.name for each in found]
        fields["beside"] = own["beside"].hex() if own["beside"] else None
    return fields


def _listed(table: Table, part: Part) -> dict[str, Any]:
    """A contact's record in its page's JSON: what was said, without the links between records."""
    return {
        column.name: part.values[column.name] for column in table.columns if column.kind != "ref"
    }


def _where(wanted: ContactFilter) -> tuple[str, list[Any]]:
    """The condition and its values."""
    parts, values = ["contact._void = 0"], []
    for condition, value in (
        ("contact.received_at >= ?", wanted.since),
        ("contact.received_at < ?", wanted.until),
        *((condition, getattr(wanted, name)) for name, condition in _CODED.items()),
        ("contact.advisor = ?", wanted.advisor),
    ):
        if value:
            parts.append(condition)
            values.append(value)
    if wanted.open:
        parts.append("contact.closed_at IS NULL")
    return " AND ".join(parts), values


def _page(
    store: Store, db: Database, lost: Collection[bytes], where: str, values: Sequence[Any]
) -> list[StoredContact]:
    """Contacts with everything that belongs to them, in a few statements; a baby who was lost (``lost``) is
    not named."""
    columns = store.tables["contact"].columns
    listed = ", ".join(f'contact."{column.name}"' for column in columns)
    rows = db.conn.execute(
        f"SELECT contact.id, {LATEST}, {listed} FROM contact {where}", values
    ).fetchall()
    ids = [each[0] for each in rows]
    people = _of(
        db,
        "SELECT contact_person.contact, contact_person.part, person.name, person.kind, person.dob,"
        " person.edd, person.age, person.age_on, person.doubt, person.nhs_number, mother.name, mother.dob,"
        " mother.nhs_number, mother.doubt, person.id FROM contact_person"
        " JOIN person ON person.id = contact_person.person"
        " LEFT JOIN person AS mother ON mother.id = person.mother"
        " WHERE contact_person.contact IN ({}) AND contact_person._void = 0 ORDER BY contact_person._hlc, contact_person.id",
        ids,
    )
    actions = _belonging(db, "action", ("code", "who", "due", "at", *_HELD), ids)
    notes = _belonging(db, "note", ("text",), ids)
    answers = _belonging(db, "answer", ("question", "state", "text"), ids)
    prompts = _belonging(db, "prompt", ("code", "state", "done", "why", "at"), ids)
    many = {column.name for column in columns if column.kind == "many"}
    found = []
    for record, ended, *own in rows:
        persons = people.get(record, [])
        found.append(
            StoredContact(
                id=record.hex(),
                values={
                    column.name: json.loads(value or "[]") if column.name in many else value
                    for column, value in zip(columns, own, strict=True)
                },
                caller=next((each[1] or "" for each in persons if each[0] == "caller"), ""),
                children=tuple(
                    Person(quiet.WORDS, "unborn") if each[-1] in lost else _child(each[1:-1])
                    for each in persons
                    if each[0] == "child"
                ),
                actions=tuple(_action(each) for each in actions.get(record, [])),
                outcome=ended or "",
                notes="\n\n".join(text or "" for (text,) in notes.get(record, [])),
                answers={
                    code: Answer(state, text or "") for code, state, text in answers.get(record, [])
                },
                prompts={
                    code: Response(state, tuple(json.loads(done or "[]")), why or "", at or "")
                    for code, state, done, why, at in prompts.get(record, [])
                },
            )
        )
    return found


def _belonging(
    db: Database, table: str, columns: Iterable[str], ids: Sequence[bytes]
) -> dict[bytes, list[tuple[Any, ...]]]:
    """What these contacts have in one of their tables, in order of writing."""
    sql = f"SELECT contact, {', '.join(columns)} FROM {table}"
    return _of(db, f"{sql} WHERE contact IN ({{}}) AND _void = 0 ORDER BY _hlc, id", ids)


def _of(db: Database, sql: str, ids: Sequence[bytes]) -> dict[bytes, list[tuple[Any, ...]]]:
    """Rows grouped by the contact in their first column."""
    found: dict[bytes, list[tuple[Any, ...]]] = {}
    for contact, *rest in db.conn.execute(sql.format(", ".join("?" * len(ids))), ids):
        found.setdefault(contact, []).append(tuple(rest))
    return found


def _action(row: Sequence[Any]) -> Action:
    code, who, due, at, *held = row
    holder = holder_fields(dict(zip(_HELD, held, strict=True)))
    return Action(code or "", who or "", due or "", at or "", held=holder)


def _child(parts: Sequence[str | None]) -> Person:
    name, kind, dob, edd, age, age_on, doubt, number, *mother = (each or "" for each in parts)
    known = Person(mother[0], "adult", dob=mother[1], nhs_number=mother[2], doubt=mother[3])
    return Person(
        name,
        kind,
        "",
        dob,
        edd,
        nhs_number=number,
        mother=known if any(mother) else None,
        age=age,
        age_on=age_on,
        doubt=doubt,
    )
