"""Withdrawing an import: what it added is removed, what it changed gets its former values back, what was
reviewed stays."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command, Entry
from spoc.model.ledger.fold import fold
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.storage.attendances.reviewing import change
from spoc.storage.driver import Database
from spoc.storage.ledger import projection
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The result: how many attendances were removed, how many got former values back, and the numbers of
    those that stay because they were reviewed."""

    gone: int
    restored: int
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """An import in a list."""

    id: bytes
    at: str
    files: str
    site: str
    state: str
    summary: str
    by: str
    why: str


def imports(store: Store, actor: Actor, limit: int = 50) -> list[Intake]:
    """The imports, latest first."""
    require(actor.role, "attendance.list")
    rows = store.reader.conn.execute(
        "SELECT intake.id, at, files, site, state, summary, user.name, why FROM intake"
        " LEFT JOIN user ON user.id = intake._by WHERE intake._void = 0 ORDER BY at DESC, intake.n DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return [Intake(row[0], *(each or "" for each in row[1:])) for row in rows]


def withdraw(store: Store, actor: Actor, intake: bytes, why: str) -> "Future[Withdrawn]":
    """Withdraws a whole import, with a reason. Raises BadInput without one, or if it is already withdrawn."""
    require(actor.role, "attendance.import")
    if not why.strip():
        raise BadInput("Say why the import is withdrawn. Nothing was changed.")

    def job(db: Database) -> Withdrawn:
        row = db.conn.execute("SELECT state FROM intake WHERE id = ?", (intake,)).fetchone()
        if row is None or row[0] == "withdrawn":
            raise BadInput(
                "This import is already withdrawn, or does not exist; nothing was changed."
            )
        commands: list[Command] = []
        gone, restored, kept = list[bytes](), 0, list[str]()
        for record, number, reviews in _touched(db, intake):
            if reviews or restricted.is_restricted(db, record):
                kept.append(number or "a restricted one")
                continue
            entries = projection.entries_of(db, "attendance", record)
            fields = _without(entries, intake)
            if "_void" in fields:
                gone.append(record)
            else:
                restored += 1
            commands.append(change(db, "attendance", record, fields))
        for tbl in ("listing", "set_aside"):
            for (record,) in db.conn.execute(
                f"SELECT id FROM {tbl} WHERE intake = ? AND _void = 0", (intake,)
            ).fetchall():
                commands.append(change(db, tbl, record, {"_void": True}))
        commands += [
            change(db, "person", each, {"_void": True}) for each in _orphans(store, db, gone)
        ]
        commands.append(change(db, "intake", intake, {"state": "withdrawn", "why": why.strip()}))
        store.append(db, actor, commands)
        return Withdrawn(len(gone), restored, tuple(sorted(kept)))

    return store.submit(job)


def _orphans(store: Store, db: Database, gone: Sequence[bytes]) -> list[bytes]:
    """The persons whom only these attendances brought in, and about whom nothing else is known."""
    persons = {
        person
        for record in gone
        for (person,) in db.conn.execute("SELECT person FROM attendance WHERE id = ?", (record,))
        if person is not None
    }
    refs = [
        (table.name, column.name)
        for table in store.tables.values()
        for column in table.columns
        if column.kind == "ref" and column.name in ("person", "other", "mother", "child")
    ]
    going = set(gone)
    return sorted(
        person
        for person in persons
        if len(projection.entries_of(db, "person", person)) == 1
        and not any(
            record not in going
            for tbl, column in refs
            for (record,) in db.conn.execute(
                f'SELECT id FROM "{tbl}" WHERE "{column}" = ? AND _void = 0', (person,)
            )
        )
    )


def _touched(db: Database, intake: bytes) -> list[tuple[bytes, str, int]]:
    """The attendances that an import made or changed, and how many reviews each has had."""
    found: list[Any] = db.conn.execute(
        "SELECT id, number, (SELECT count(*) FROM review WHERE attendance = attendance.id AND review._void = 0)"
        " FROM attendance WHERE _void = 0"
        " AND EXISTS (SELECT 1 FROM json_each(lists) WHERE value = ?)",
        (intake.hex(),),
    ).fetchall()
    return found


def _without(entries: Sequence[Entry], intake: bytes) -> dict[str, Value]:
    """What to write so that a record is as if the import had never happened."""
    own = f"lists.{intake.hex()}"
    others = [each for each in entries if own not in (each.fields or {})]
    imported = [each for each in entries if own in (each.fields or {})]
    if not any(name.startswith("lists.") for each in others for name in each.fields or {}):
        return {"_void": True, own: False}
    stays = fold(others).values
    fields: dict[str, Value] = {}
    for each in imported:
        for name in each.fields or {}:
            fields[name] = stays.get(name, False if "." in name else None)
    return fields
