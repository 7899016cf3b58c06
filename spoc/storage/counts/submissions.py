"""Returns that were made, as records of the ledger: what a frozen one said, and which numbers each showed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.measures.period import Span
from spoc.model.measures.return_cells import Cell, Counted, Quantity
from spoc.model.measures.suppression import Sum
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database
from spoc.storage.ledger import append, projection
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.store import Store

DRAFT, FROZEN = "draft", "frozen"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen return: when, by whom and what it said."""

    made_at: str
    made_by: str
    signed_by: str
    cells: tuple[Cell, ...]
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sent:
    """The quantities that a recipient already has, with their values then, and whether they were hidden."""

    values: Mapping[Quantity, int]
    hidden: Mapping[Quantity, bool]
    sums: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """An entry made after a return was frozen, in a record that changed the return."""

    entry: str
    record: str
    table: str
    at: str
    by: str
    fields: tuple[str, ...]
    why: str


def keep(
    store: Store,
    actor: Actor,
    span: Span,
    recipient: str,
    counted: Counted,
    hidden: Iterable[Quantity],
    *,
    signed_by: str = "",
) -> "Future[WrittenAct]":
    """Records a return that was made: a frozen one (``signed_by``) completely, a draft only with what it
    showed that the recipient did not have yet."""
    require(actor.role, "report.make")
    gone, before = set(hidden), sent(store, recipient)
    shown = [
        [*key, value, int(key in gone)]
        for key, value in counted.values.items()
        if (before.values.get(key), before.hidden.get(key)) != (value, key in gone)
    ]
    known = set(before.sums)
    sums = [[each.whole, *each.parts] for each in counted.sums if each not in known]
    own = {span.start.isoformat(), span.end.isoformat()}
    now = store.now()

    def job(db: Database) -> WrittenAct:
        fields: dict[str, Value] = {
            "period": span.code,
            "start": min(own),
            "end": max(own),
            "recipient": recipient,
            "state": FROZEN if signed_by else DRAFT,
            "signed_by": signed_by,
            "made_at": utc_text(now),
            "shown": json.dumps({"values": shown, "sums": sums}, separators=(",", ":")),
        }
        if signed_by:
            fields["cells"] = _packed(counted.cells)
            fields["seen"] = json.dumps(_heads(db))
        return store.append(db, actor, [Command("submission", append.new_id(now), fields)])

    return store.submit(job)


def sent(store: Store, recipient: str) -> Sent:
    """Everything that was sent to a recipient, or drafted for them: the latest of each quantity."""
    values: dict[Quantity, int] = {}
    hidden: dict[Quantity, bool] = {}
    sums: dict[str, Sum] = {}
    for (shown,) in store.reader.conn.execute(
        "SELECT shown FROM submission WHERE recipient = ? AND _void = 0 AND shown IS NOT NULL"
        " ORDER BY made_at, id",
        (recipient,),
    ):
        row = json.loads(shown)
        for name, start, end, value, gone in row["values"]:
            values[name, start, end] = value
            hidden[name, start, end] = bool(gone)
        for each in row["sums"]:
            whole, *parts = (tuple(key) for key in each)
            sums[json.dumps(each)] = Sum(whole, tuple(parts))
    return Sent(values, hidden, tuple(sums.values()))


def frozen(store: Store, span: Span, recipient: str) -> Frozen | None:
    """The last frozen return of a period, or None."""
    found = store.reader.conn.execute(
        "SELECT made_at, _by, signed_by, cells, seen FROM submission WHERE start = ? AND end = ?"
        " AND recipient = ? AND state = ? AND _void = 0 ORDER BY made_at DESC, id DESC LIMIT 1",
        (span.start.isoformat(), span.end.isoformat(), recipient, FROZEN),
    ).fetchone()
    if found is None:
        return None
    made_at, by, signed, cells, seen = found
    names = contacts.authors(store)
    return Frozen(
        made_at, names.get(by, "unknown"), signed or "", _unpacked(cells), json.loads(seen)
    )


def causes(store: Store, records: Iterable[str], seen: Mapping[str, int]) -> dict[str, list[Cause]]:
    """The entries made since a return was frozen about these contacts or what belongs to them."""
    names = contacts.authors(store)
    found: dict[str, list[Cause]] = {}
    db = store.reader
    for contact in records:
        for tbl, record in _of(db, bytes.fromhex(contact)):
            for entry in projection.entries_of(db, tbl, record):
                if entry.seq > seen.get(entry.stream.hex(), 0):
                    found.setdefault(contact, []).append(
                        Cause(
                            entry.id.hex(),
                            record.hex(),
                            tbl,
                            entry.at,
                            names.get(entry.actor, "unknown"),
                            tuple(entry.fields or ()),
                            entry.why,
                        )
                    )
    for each in found.values():
        each.sort(key=lambda cause: cause.at)
    return found


# What is counted, and what belongs to it: a change to either may change a number.
_COUNTED = ("contact", "person", "request", "action", "clock", "attendance", "supplied")
_BELONGING = {
    "contact": ("contact_person", "action", "outcome"),
    "attendance": ("review",),
}


def _of(db: Database, counted: bytes) -> list[tuple[str, bytes]]:
    """A counted record and the records that belong to it, including removed ones."""
    found = [(tbl, counted) for tbl in _COUNTED]
    for owner, tables in _BELONGING.items():
        for tbl in tables:
            rows = db.conn.execute(f"SELECT id FROM {tbl} WHERE {owner} = ?", (counted,))
            found += [(tbl, record) for (record,) in rows.fetchall()]
    return found


def _heads(db: Database) -> dict[str, int]:
    """The last number of each stream that is in the ledger."""
    rows = db.conn.execute("SELECT stream, max(seq) FROM entry GROUP BY stream")
    return {stream.hex(): seq for stream, seq in rows.fetchall()}


def _packed(cells: Sequence[Cell]) -> str:
    """The cells as JSON, each id written once."""
    place: dict[str, int] = {}
    rows = []
    for cell in cells:
        fields: dict[str, Any] = asdict(cell)
        for name in ("contacts", "of"):
            fields[name] = [place.setdefault(each, len(place)) for each in fields[name]]
        del fields["shows"]
        rows.append(fields)
    return json.dumps(
        {"ids": list(place), "cells": rows}, ensure_ascii=False, separators=(",", ":")
    )


def _unpacked(text: str) -> tuple[Cell, ...]:
    value = json.loads(text)
    ids = value["ids"]
    return tuple(
        Cell(**each | {name: tuple(ids[at] for at in each[name]) for name in ("contacts", "of")})
        for each in value["cells"]
    )
