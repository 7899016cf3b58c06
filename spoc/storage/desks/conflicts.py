"""Conflicts between desks: each field with its values, who wrote them and when; and the act that ends it."""

import json
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Table, Value
from spoc.model.rules.access import require
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database, row
from spoc.storage.ledger import conflicts as ledger
from spoc.storage.ledger import erasing
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import quiet, restricted, sealed_acts
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values: who wrote it, when (UTC text), in which entry (hex), and at which desk."""

    value: Value
    who: str
    at: str
    entry: str
    where: str


@dataclass(frozen=True, slots=True)
class ConflictSides:
    """A field in conflict; ``contact`` is the contact that the record belongs to (of a person, the last one), if any;
    ``people`` names whom the record is about; ``code`` is the record's own, if it has one."""

    tbl: str
    record: bytes
    field: str
    sides: tuple[Side, ...]
    contact: bytes | None
    text: bool
    sealed: bool = False  # what was added is under a key that was erased with the contact
    people: tuple[str, ...] = ()
    code: str = ""
    restricted: bool = False  # within a restricted contact: decided under its key


_TURN = "restricted_conflicts"  # grows whenever something came in
_CHANGED = "Somebody changed it in the meantime. Nothing was changed; look at it again."


def open_conflicts(store: Store, actor: Actor) -> list[ConflictSides]:
    """Every conflict, by kind of record. Raises NotAllowed by role."""
    require(actor.role, "contact.view")
    db = store.reader
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())
    lost = quiet.hidden(store, actor)
    found = [_shown(store, db, each, names, lost) for each in ledger.conflicts(db)]
    within = _restricted(store, actor, names) if _looked(db, actor.id)[1] else []
    return [*found, *_erased(db, names), *within]


def count(db: Database, user: bytes) -> int:
    """How many conflicts there are for somebody, in restricted contacts as of their last look (``look_again``)."""
    return ledger.count(db) + _looked(db, user)[1]


def look_again(store: Store, actor: Actor, *, fresh: bool) -> None:
    """Counts the conflicts in the restricted contacts that the actor can open, and keeps the number, once something
    ``fresh`` came in: at once, or the next time if the desk is locked. Call it in a thread: each of them is read."""
    require(actor.role, "sync.run")
    turn = (local(store.reader, _TURN) or 1) + fresh
    looks = _looked(store.reader, actor.id)[0] != turn and store.keyring.holds(actor.id)
    many = len(_restricted(store, actor, {})) if looks else 0

    def job(db: Database) -> None:
        keep_local(db, _TURN, turn)
        if looks:
            keep_local(db, f"{_TURN}.{actor.id.hex()}", [turn, many])

    if fresh or looks:
        store.submit(job).result()


def _looked(db: Database, user: bytes) -> tuple[int, int]:
    """When somebody's restricted contacts were last looked through, by turns, and how many conflicts were in them."""
    turn, many = local(db, f"{_TURN}.{user.hex()}") or (0, 0)
    return turn, many


def _restricted(store: Store, actor: Actor, names: Mapping[bytes, str]) -> list[ConflictSides]:
    """The conflicts in the restricted contacts that the actor can open."""
    db, found = store.reader, []
    every = db.conn.execute(
        "SELECT id FROM contact WHERE sealed IS NOT NULL AND _void = 0 ORDER BY id"
    ).fetchall()
    for (contact,) in every:
        if not restricted.keys_of(store, db, actor, contact):
            continue
        memory = restricted.reader(store, actor, contact)
        found += [
            replace(_shown(store, memory, each, names, ()), contact=contact, restricted=True)
            for each in ledger.conflicts(memory)
            if not ledger.of(
                db, each.tbl, each.record
            )  # a person whom the desk knows is shown already
        ]
    return found


def _erased(db: Database, names: Mapping[bytes, str]) -> list[ConflictSides]:
    """Contacts that one desk erased while another added to them, as conflicts for somebody to decide."""
    every: dict[bytes, list[ledger.Added]] = {}
    for each in ledger.added_to_erased(db):
        every.setdefault(each.contact, []).append(each)
    found = []
    for contact, added in every.items():
        by, at, entry = db.conn.execute(
            "SELECT unhex(header ->> 'actor'), header ->> 'at', entry_id FROM entry WHERE record = ? AND tbl = 'contact'"
            " ORDER BY hlc DESC LIMIT 1",
            (contact,),
        ).fetchone()
        removed = ledger.Conflict("contact", contact, VOID, ())
        sides = [
            Side(True, names.get(by, "unknown"), at, entry.hex(), _where(db, removed, entry.hex()))
        ]
        sides += [
            Side(
                False,
                names.get(each.by, "unknown"),
                each.at,
                each.entry,
                _where(db, ledger.Conflict(each.tbl, each.record, VOID, ()), each.entry),
            )
            for each in added
        ]
        sealed = any(each.sealed for each in added)
        found.append(ConflictSides("contact", contact, VOID, tuple(sides), contact, False, sealed))
    return found


def _shown(
    store: Store,
    db: Database,
    found: ledger.Conflict,
    names: Mapping[bytes, str],
    lost: Collection[bytes],
) -> ConflictSides:
    table = store.tables[found.tbl]
    contact = found.record if found.tbl == "contact" else None
    if table.column("contact"):
        (contact,) = db.conn.execute(
            f'SELECT contact FROM "{found.tbl}" WHERE id = ?', (found.record,)
        ).fetchone()
    elif found.tbl == "person":
        contact = row(
            db.conn.execute(
                "SELECT contact FROM contact_person JOIN contact ON contact.id = contact"
                " WHERE person = ? AND contact_person._void = 0 AND contact._void = 0 AND contact.sealed IS NULL"
                " ORDER BY contact DESC LIMIT 1",
                (found.record,),
            ).fetchone()
        )
    sides = tuple(
        Side(
            value.value,
            names.get(value.by, "unknown"),
            value.at,
            value.entry,
            _where(store.reader, found, value.entry),
        )
        for value in found.values
    )
    column = table.column(found.field)
    return ConflictSides(
        found.tbl,
        found.record,
        found.field,
        sides,
        contact,
        column is not None and column.kind == "text",
        people=_people(db, table, found.record, contact, lost),
        code=_code(db, table, found.record),
    )


def _people(
    db: Database, table: Table, record: bytes, contact: bytes | None, lost: Collection[bytes]
) -> tuple[str, ...]:
    """The names of those whom a record is about: itself, its person, or the children of its contact."""
    if table.name == "person":
        of = [record]
    elif table.column("person"):
        of = [row(db.conn.execute(f'SELECT person FROM "{table.name}" WHERE id = ?', (record,)).fetchone())]  # fmt: skip
    else:
        of = [person for (person,) in db.conn.execute(
            "SELECT person FROM contact_person WHERE contact = ? AND part = 'child' AND _void = 0 ORDER BY _hlc, id",
            (contact,),
        ).fetchall()]  # fmt: skip
    named = [
        row(db.conn.execute("SELECT name FROM person WHERE id = ?", (each,)).fetchone())
        for each in of if each not in lost
    ]  # fmt: skip
    return tuple(filter(None, named))


def _code(db: Database, table: Table, record: bytes) -> str:
    """The code of an action, an outcome and the like."""
    if table.name == "contact" or not table.column("code"):
        return ""
    return (
        row(db.conn.execute(f'SELECT code FROM "{table.name}" WHERE id = ?', (record,)).fetchone())
        or ""
    )


def _where(db: Database, found: ledger.Conflict, entry: str) -> str:
    """The desk at which an entry was written."""
    stream = row(
        db.conn.execute(
            "SELECT stream FROM entry WHERE record = ? AND tbl = ? AND entry_id = ?",
            (found.record, found.tbl, bytes.fromhex(entry)),
        ).fetchone()
    )
    return groups.writer_of(db, stream.hex()) if stream else "another desk"


def decide(
    store: Store, actor: Actor, conflict: ConflictSides, value: Value, why: str = ""
) -> "Future[WrittenAct]":
    """Ends a conflict with this value, which replaces all that were shown. Raises NotAllowed by role.

    The future's error is BadInput if the conflict has changed meanwhile.
    """
    require(actor.role, "contact.amend")
    tbl, record, field, contact = conflict.tbl, conflict.record, conflict.field, conflict.contact
    shown = tuple(each.entry for each in conflict.sides)

    def job(db: Database) -> WrittenAct:
        added = [each for each in ledger.added_to_erased(db) if each.contact == record]
        if tbl == "contact" and field == VOID and added:
            if {each.entry for each in added} != {*shown[1:]}:
                raise BadInput(_CHANGED)
            return store.append(db, actor, _of_erased(db, actor, added, gone=bool(value)))
        read = db
        if conflict.restricted and contact:
            read = restricted.reader(store, actor, contact, db)
        now = ledger.of(read, tbl, record).get(field, ())
        if {each.entry for each in now} != set(shown):
            raise BadInput(_CHANGED)
        text = why or "one of two ways chosen"
        if field == VOID and value:
            change = ledger.removal(read, tbl, record, text)
        else:
            (heads,) = read.conn.execute(
                f'SELECT _heads FROM "{tbl}" WHERE id = ?', (record,)
            ).fetchone()
            on = {field: tuple(json.loads(heads)[field])}
            change = Command(tbl, record, {field: value}, on, text)
        if conflict.restricted and contact:
            turn, many = _looked(db, actor.id)
            keep_local(db, f"{_TURN}.{actor.id.hex()}", [turn, max(0, many - 1)])
            return sealed_acts.append(store, db, actor, contact, [change])
        return store.append(db, actor, [change])

    return store.submit(job)


def _of_erased(
    db: Database, actor: Actor, added: Sequence[ledger.Added], *, gone: bool
) -> list[Command]:
    """What was added goes with the erased contact, or the contact is shown again with only that. What was added
    under seal can only go, and is erased: a removal in clear would not count on it."""
    sealed = [(each.tbl, each.record) for each in added if each.sealed]
    if sealed and not gone:
        raise BadInput(
            "What was added is sealed under a key that was erased with the contact, so nobody can open it; nothing was "
            "changed. Ask whoever added it to write it down in a new contact, then let it go with the erased one."
        )
    if gone:
        if sealed:
            require(actor.role, "contact.erase")
        why = "its contact is erased"
        clear = [each for each in added if not each.sealed]
        return [
            *(ledger.removal(db, each.tbl, each.record, why) for each in clear),
            *erasing.commands(db, sealed, why),
        ]
    contact = added[0].contact
    (heads,) = db.conn.execute("SELECT _heads FROM contact WHERE id = ?", (contact,)).fetchone()
    on = {VOID: tuple(json.loads(heads)[VOID])}
    return [Command("contact", contact, {VOID: False}, on, "what was added to it stays")]


def names(store: Store, conflict: ConflictSides) -> dict[str, str]:
    """The names of the people that its values refer to, by id (hex)."""
    db = store.reader
    ids = [str(each.value) for each in conflict.sides if isinstance(each.value, str)]
    found = db.conn.execute(
        "SELECT lower(hex(id)), name FROM user WHERE lower(hex(id)) IN (SELECT value FROM json_each(?1))"
        " UNION SELECT lower(hex(id)), name FROM person WHERE sealed IS NULL AND name IS NOT NULL"
        " AND lower(hex(id)) IN (SELECT value FROM json_each(?1))",
        (json.dumps(ids),),
    )
    return dict(found.fetchall())


def both(sides: Sequence[Side]) -> str:
    """The texts of all sides, one below the other, each with its author."""
    return "\n\n".join(f"{each.value or ''}\n({each.who})" for each in sides)


def words(conflict: ConflictSides, value: Value) -> str:
    """A value in words, if it is one of the ledger's own."""
    if conflict.field == VOID and conflict.sealed and not value:
        return "added under its seal, whose key was erased with it: nobody can open it"
    if conflict.field == VOID:
        return "removed" if value else "kept"
    return "nothing" if value is None else str(value)
