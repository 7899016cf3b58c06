"""Bringing lists in: batches of rows, each a transaction; a second run changes nothing more.

The transaction that writes a row decides what it means beside what the store has, so that two programs at
once make each attendance only once. A kill or a full disk in the middle leaves complete batches; the same
file again adds the rest. If the lists cover few days, the last batch also writes the note of the end.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from spoc.model.attendance.flags import Flag, on_ward, raised, rank
from spoc.model.attendance.reconcile import (
    REOPENS,
    Decision,
    aliases,
    contradicts,
    decide,
    record_of,
    same_site,
    site_code,
)
from spoc.model.attendance.row import GONE, Attendance, Rejected, placed
from spoc.model.attendance.summary import Summary
from spoc.model.errors import Refusal
from spoc.model.ledger.entry import Actor, Command, Seal
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import counted
from spoc.storage.attendances.intakes import AT_ONCE, Covered, begin_import, days_first, end_import
from spoc.storage.attendances.stored import AttendanceRow, attach, history, rows
from spoc.storage.driver import Database
from spoc.storage.ledger import append as ledger
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.service import settings
from spoc.storage.store import Store

RESTRICTED = (
    "this attendance is restricted, and not open to you: whoever it is open to brings the row in"
)
_AIM = 0.035  # seconds a batch should take; it may take 0.05
_FIRST, _LEAST, _MOST = (
    32,
    16,
    400,
)  # rows in a batch: in a smaller one the commit would take most of the time
_MANY = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Listed:
    """One file to bring in: its rows, to read once, and the site codes in it."""

    file: str
    rows: Iterable[Attendance | Rejected]
    sites: Sequence[str] = ()


@dataclass(slots=True)
class Import:
    """An import in progress: who, at what site, and what has been counted."""

    store: Store
    actor: Actor
    site: str
    dry: bool = False
    on_progress: Callable[[int], None] = lambda done: None
    go_on: Callable[[], bool] = lambda: True
    rest: Callable[[float], None] = lambda took: None
    id: bytes = b""
    summary: Summary = field(default_factory=Summary)
    covered: Covered = field(default_factory=Covered)
    aliases: Mapping[str, str] = field(default_factory=dict)
    key: bytes = b""
    ended: bool = False
    # the restricted attendances that this person can open
    keys: dict[bytes, Seal] = field(default_factory=dict)
    # changes so far, in a dry run or in the batch
    seen: dict[bytes, AttendanceRow] = field(default_factory=dict)


def refusal(store: Store, file: Listed, site: str) -> str:
    """Why a file is not brought in for a site, or ""."""
    if not site and not file.sites:
        return "nothing in it says which department it comes from. Nothing was written; name the site (--site)."
    return contradicts(file.sites, site, aliases(store.pack))


def bring_in(
    store: Store,
    actor: Actor,
    files: Sequence[Listed],
    site: str,
    *,
    dry: bool = False,
    on_progress: Callable[[int], None] = lambda done: None,
    go_on: Callable[[], bool] = lambda: True,
    rest: Callable[[float], None] = lambda took: None,
    summary: Summary | None = None,
) -> Import:
    """Brings in the rows of some files under one summary; a dry run only counts.

    ``on_progress`` receives how many rows are done; if ``go_on`` says no, what is done stays and the rest is left.
    ``rest`` is called after each batch with the seconds it took: others who write get their turn. Raises
    NotAllowed by role; a Refusal in the middle says how many rows are in.
    """
    require(actor.role, "attendance.import")
    run = Import(store, actor, site, dry, on_progress, go_on, rest, summary=summary or Summary())
    run.aliases = aliases(store.pack)
    run.id = ledger.new_id(store.now())
    run.key = _list_key(run)
    if not dry:
        names = [each.file for each in files]
        store.submit(lambda db: begin_import(store, db, actor, run.id, names, site)).result()
    _bring(run, chain.from_iterable(each.rows for each in files))
    return run


def _list_key(run: Import) -> bytes:
    """The key for marks: a setting made at set-up, so that every desk makes the same marks; made here in an
    older store."""
    text = settings.all_of(run.store.reader).get(settings.LIST_KEY)
    if text:
        return bytes.fromhex(text)
    fresh = secrets.token_hex(32)
    if not run.dry:

        def job(db: Database) -> str:
            there = settings.all_of(db).get(settings.LIST_KEY)
            if not there:
                run.store.append(db, run.actor, [settings.command(settings.LIST_KEY, fresh)])
            return there or fresh

        fresh = run.store.submit(job).result()
    return bytes.fromhex(fresh)


def _bring(run: Import, rows: Iterable[Attendance | Rejected]) -> None:
    """Works batch by batch, to the end or until nobody wants to continue."""
    coming, size, done, whole = iter(rows), _FIRST, 0, False
    try:
        following = next(coming, None)
        while True:
            batch = [following, *islice(coming, size - 1)] if following else []
            following = next(coming, None)
            began = time.perf_counter()
            if run.dry:
                _take_all(run, run.store.reader, batch)
            else:
                last = following is None
                run.store.submit(partial(_write, run, batch, last), bulk=True).result()
                took = time.perf_counter() - began
                size = max(_LEAST, min(_MOST, int(size * min(2.0, _AIM / took))))
                run.rest(took)
            done, whole = run.summary.done, following is None
            run.on_progress(done)
            if following is None or not run.go_on():
                if not run.dry and not run.ended:
                    days_first(run.store, run.actor, run.id, run.covered)
                    state = "cancelled" if following else "done"
                    run.store.submit(partial(_end, run, state)).result()
                return
    except Refusal as refused:
        if run.dry or not done:
            raise
        many = counted(done, "row")
        all_in = f"All {many} of this list are in and safe, and only the note of it is missing"
        so_far = f"Of this list the first {many} are in and safe"
        again = "bring the same list in again, and nothing is doubled."
        raise type(refused)(f"{refused} {all_in if whole else so_far}: {again}") from None


def _write(run: Import, batch: Sequence[Attendance | Rejected], last: bool, db: Database) -> None:
    commands = _take_all(run, db, batch)
    if commands:
        run.store.append(db, run.actor, commands)
    run.seen.clear()  # from here on the store knows it
    if last and len(run.covered) <= AT_ONCE:
        _end(run, "done", db)
        run.ended = True


def _end(run: Import, state: str, db: Database) -> None:
    end_import(run.store, db, run.actor, run.id, state, run.summary, run.covered)


def _take_all(run: Import, db: Database, batch: Sequence[Attendance | Rejected]) -> list[Command]:
    """The result of a batch of rows: counted, and as commands."""
    batch = [_placed(run, row) for row in batch]
    attendances = [row for row in batch if isinstance(row, Attendance)]
    ids = [record_of(row.site, row.number) for row in attendances]
    for record, stored in rows(db, [each for each in ids if each not in run.seen]):
        run.seen[record] = stored
    unreadable = _open_sealed(run, db, ids)
    commands: dict[bytes, Command] = {}
    for left in (row for row in batch if isinstance(row, Rejected)):
        run.summary.reject(left)
    for record, one in zip(ids, attendances, strict=True):
        if record in unreadable:
            run.covered.count(one)
            run.summary.reject(Rejected(one.where, RESTRICTED))
        elif command := _take(run, db, record, one):
            before = commands.get(command.record)
            commands[command.record] = _both(before, command) if before else command
            if (
                record not in run.keys
                and command.tbl == "attendance"
                and (person := attach(db, run.key, commands, record, run.seen[record]))
            ):
                commands.setdefault(person.record, person)
    return [
        each
        for record, command in commands.items()
        for each in (
            sealed_acts.closed(run.store, db, run.keys[record], [command])
            if record in run.keys
            else [command]
        )
    ]


def _open_sealed(run: Import, db: Database, ids: Sequence[bytes]) -> set[bytes]:
    """Reads the restricted attendances among these that the person bringing in the list can open; returns
    the others."""
    marks, unreadable = ", ".join("?" * len(ids)), set()
    for (record,) in db.conn.execute(
        f"SELECT id FROM attendance WHERE sealed IS NOT NULL AND id IN ({marks})", list(ids)
    ).fetchall():
        keys = restricted.keys_of(run.store, db, run.actor, record)
        if not keys:
            unreadable.add(record)
            continue
        run.keys[record] = keys[0]
        memory = restricted.reader(run.store, run.actor, record, db)
        run.seen.update(rows(memory, [record]))
    return unreadable


def _both(first: Command, then: Command) -> Command:
    """Two commands of one batch for one record, as one: what the first wrote is not an entry yet."""
    return replace(
        then,
        fields={**first.fields, **then.fields},
        parents={**first.parents, **then.parents},
    )


def _placed(run: Import, row: Attendance | Rejected) -> Attendance | Rejected:
    """The row at its site: its own, by the pack's code if it has one, otherwise the given one."""
    if isinstance(row, Rejected):
        return row
    if not row.site and not run.site:
        return Rejected(row.where, "site missing")
    if run.site and (not row.site or same_site(row.site, run.site, run.aliases)):
        return placed(row, run.site)
    return placed(row, run.aliases.get(site_code(row.site), row.site))


def _take(run: Import, db: Database, record: bytes, row: Attendance) -> Command | None:
    stored = run.seen.get(record)
    decision = decide(row, stored.held if stored and not stored.void else None, run.key)
    run.covered.count(row)
    if decision.kind == "conflict":
        run.summary.set_aside(row, decision.why)
        return None if run.dry else _aside(run, record, row, decision)
    run.summary.take(decision.kind, row)
    if decision.kind == "duplicate":
        return None
    now = _assessed(run, db, row, stored, decision)
    if not now.hidden and now.fields.get("state") not in GONE:
        run.summary.flagged(record, now.flags, decision.kind)
    command = _command(run, record, row, stored, decision, now)
    run.seen[record] = AttendanceRow(
        {} if now.hidden else now.fields,
        [*(stored.marks if stored else ()), decision.mark],
        now.hidden,
        [each.code for each in now.flags],
        stored.heads if stored else {},
        False,
        False,
        stored.person if stored else None,
        row.site,
        dict(row.sent),
    )
    return command


class _Assessed(NamedTuple):
    """An attendance with a new row: its fields, its flags, whether it is a parent's, and whether it is an adult's of
    which only the number is kept."""

    fields: dict[str, str]
    flags: list[Flag]
    parent: bool
    hidden: bool


def _assessed(
    run: Import, db: Database, row: Attendance, stored: AttendanceRow | None, decision: Decision
) -> _Assessed:
    merged = {**(stored.fields if stored and not stored.void else {}), **decision.changed}
    fields = {name: value for name, value in merged.items() if value is not None}
    book = run.store.pack.book
    flags = raised(fields, book, history(db, fields, row.site, run.seen.values()), _now(run))
    parent = row.adult and any(each.code in book.for_adults for each in flags)
    hidden = row.adult and not parent and (stored is None or stored.adult or stored.void)
    return _Assessed(fields, flags, parent, hidden)


def _command(
    run: Import,
    record: bytes,
    row: Attendance,
    stored: AttendanceRow | None,
    decision: Decision,
    now: _Assessed,
) -> Command:
    values: dict[str, Value] = {f"marks.{decision.mark}": True, f"lists.{run.id.hex()}": True}
    if stored is None or stored.void:
        values |= {"site": row.site, "number": row.number}
    if stored and stored.void:
        values["_void"] = False
        values |= dict.fromkeys(stored.fields)  # values from before it was withdrawn
    if now.hidden:
        values["adult"] = True
        return Command("attendance", record, values, _on(stored, values))
    if stored and stored.adult:
        values["adult"] = None
    values |= decision.changed
    values["sent"] = _MANY(row.sent)
    values["rank"] = rank(
        now.fields, now.flags, parent=now.parent, ward=on_ward(run.store.pack.book, now.fields)
    )
    if now.parent:
        values["parent"] = True
    if row.notes or row.issue:
        values["notes"] = "; ".join(
            [*row.notes, *([f"NHS number {row.issue}"] if row.issue else ())]
        )
    codes = [each.code for each in now.flags]
    before = stored.flags if stored else []
    values |= {f"flags.{code}": True for code in codes if code not in before}
    values |= {f"flags.{code}": False for code in before if code not in codes}
    if stored and stored.reviewed:
        why = _reopened(decision, now.fields, [each for each in codes if each not in before])
        if why:
            values |= {"reviewed": None, "reopened": why}
    return Command("attendance", record, values, _on(stored, values))


def _reopened(decision: Decision, fields: Mapping[str, str], fresh: Sequence[str]) -> str:
    """What a later list changed that a reviewer must see again, in words, or ""."""
    if fields.get("state") in GONE:
        return ""
    changed = [name.replace("_", " ") for name in REOPENS if name in decision.changed]
    return "; ".join(
        filter(None, [", ".join(changed), ", ".join(fresh) and f"new: {', '.join(fresh)}"])
    )


def _on(stored: AttendanceRow | None, fields: Mapping[str, Value]) -> dict[str, tuple[str, ...]]:
    if stored is None:
        return {}
    return {name: tuple(stored.heads[name]) for name in fields if name in stored.heads}


def _aside(run: Import, record: bytes, row: Attendance, decision: Decision) -> Command:
    """The row with another person's number, set aside for somebody to decide."""
    own = record_of(f"{row.site}\0{decision.mark}", row.number)
    fields: dict[str, Value] = {
        "attendance": record.hex(),
        "intake": run.id.hex(),
        "site": row.site,
        "number": row.number,
        "why": decision.why,
    }
    if not row.adult:
        fields |= {
            name: row.fields[name]
            for name in ("arrived", "name", "nhs_number", "birth_date", "complaint")
            if name in row.fields
        }
        fields["sent"] = _MANY(row.sent)
    return Command("set_aside", own, fields)


def _now(run: Import) -> datetime:
    return to_local(run.store.now()).replace(tzinfo=None)
