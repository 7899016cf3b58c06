"""``python -m bench lists``. Lists of attendances: an import beside reading alone and plain inserts, the day's flags, the worklist.

The floor reads the same CSV with ``csv`` and inserts the finished rows into the same indexed tables of an
equal store, in batches of equal size.
"""

import csv
import io
import random
import resource
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench import made_up
from bench.figures import MS, Figure, median
from spoc.intake.reading import of_bytes, sites_of
from spoc.model.attendance.flags import raised
from spoc.model.attendance.row import FIELDS
from spoc.model.ledger.entry import Actor
from spoc.model.values.nhs_number import completed
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.attendances.listing import WorklistFilter
from spoc.storage.attendances.stored import history
from spoc.storage.driver import Database
from spoc.storage.store import Store

TIMES_FLOOR = 6.0
MEMORY = 300.0  # MB at its peak
ROWS, FEW = 100_000, 5_000
PAGE = 50.0  # ms for a page of the worklist, in front or far down
BATCH = 200
_COLUMNS = {"names": "rowid, name, known, other, marks"}
TABLES = ("attendance", "person", "entry", "payload", "names")
_SAID = ("Wheeze, 10 puffs at home", "Fell from bed, no LOC", "Ear pain 3/7", "Kicked on R ankle", "OD paracetamol ?16")  # fmt: skip
_HEAD = (
    "Attendance Number,NHS Number,Hospital Number,Surname,Forename,Date of Birth,Sex,Postcode,GP Practice Code,"
    "Site Code,Arrival Date Time,Arrival Mode,Presenting Complaint,Diagnosis,Discharge Status,Departure Date Time,"
    "CP-IS Status,Accompanied By"
)


def made(rows: int, years: int = 5, seed: int = 1) -> bytes:
    """A list of that many rows over some years until now: every fourth an adult, each child about twice."""
    chance = random.Random(seed)
    into = io.StringIO()
    writer = csv.writer(into)
    writer.writerow(_HEAD.split(","))
    minutes = years * 525_600
    first = datetime.now().replace(second=0, microsecond=0) - timedelta(minutes=minutes)
    for n in range(rows):
        who = chance.randrange(max(1, rows * 2 // 3)) + 1
        own = random.Random(who)
        days = own.randrange(4800) if own.random() < 0.75 else -own.randrange(4000, 9000)
        at = first + timedelta(minutes=n * minutes // rows)
        born = min(date(2010, 1, 1) + timedelta(days=days), at.date())
        left = at + timedelta(hours=3)
        writer.writerow(
            [f"A{n:07d}", completed(f"999{who:06d}") or "", f"H{who}", f"Family{who % 5000}", f"Given{who % 700}",
             f"{born:%d/%m/%Y}", "F", "TA1 1AA", "B83049", "MPH", f"{at:%d/%m/%Y %H:%M}", "Own transport",
             chance.choice(_SAID), "Asthma", "Discharged", f"{left:%d/%m/%Y %H:%M}", "None found", "Mother"]
        )  # fmt: skip
    return into.getvalue().encode()


def measure(store: Store, beside: Store, actor: Actor, rows: int) -> list[Figure]:
    """The figures for a list of that many rows; ``beside`` is an equal store, for the floor."""
    data = made(rows)
    began = time.process_time()
    sites = sites_of(data, "bench")
    reading = of_bytes(data, "bench", datetime.now())
    importing.bring_in(store, actor, [Listed("bench", reading.rows, sites)], "ED-MPH")
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    floor = _floor(store, beside, data)
    return [
        Figure(f"import of {rows:,} rows", took * MS, floor * MS, TIMES_FLOOR),
        Figure("peak memory of it, MB", peak, None, MEMORY),
        *_flags(store, actor),
        *_worklist(store, actor),
    ]


def _floor(store: Store, beside: Store, data: bytes) -> float:
    """The seconds of the processor that reading and plain inserts take."""
    source = store.connection()
    held = {
        name: source.conn.execute(f"SELECT {_COLUMNS.get(name, '*')} FROM {name}").fetchall()
        for name in TABLES
    }
    source.close()
    began = time.process_time()
    for _ in csv.reader(io.StringIO(data.decode())):
        pass
    for at in range(0, len(held["entry"]), BATCH):
        beside.submit(partial(_insert, held, at)).result()
    return time.process_time() - began


def _insert(held: dict[str, list[tuple[Any, ...]]], at: int, db: Database) -> None:
    for name, rows in held.items():
        if some := rows[at : at + BATCH]:
            into = f"{name}({_COLUMNS[name]})" if name in _COLUMNS else name
            marks = ", ".join("?" * len(some[0]))
            db.conn.executemany(f"INSERT OR IGNORE INTO {into} VALUES({marks})", some)


def _flags(store: Store, actor: Actor) -> list[Figure]:
    """The flags of the last day's list, each child with all that is held of it."""
    last = listing.page(
        store, actor, WorklistFilter(since=str(date.today() - timedelta(days=2))), 180
    )
    fields = [_fields(store, each.id) for each in last]
    began = time.perf_counter()
    for each in fields:
        raised(each, store.pack.book, history(store.reader, each, "ED-MPH"))
    took = (time.perf_counter() - began) * MS
    return [Figure(f"flags of a day's {len(fields)} rows", took, None, 20.0 * max(1, len(fields)))]


def _fields(store: Store, record: bytes) -> dict[str, str]:
    columns = ", ".join(f'"{name}"' for name in FIELDS)
    row = store.reader.conn.execute(
        f"SELECT {columns} FROM attendance WHERE id = ?", (record,)
    ).fetchone()
    return {name: value for name, value in zip(FIELDS, row, strict=True) if value}


def _worklist(store: Store, actor: Actor) -> list[Figure]:
    """The first page of the worklist, its counts, and every page down to the last."""
    wanted = WorklistFilter(unreviewed=True)
    first = _timed(lambda: listing.page(store, actor, wanted))
    counts = _timed(lambda: listing.counts(store, actor, listing.recently(store)))
    times, last = [], None
    while True:
        began = time.perf_counter()
        page = listing.page(store, actor, wanted, after=last)
        times.append((time.perf_counter() - began) * MS)
        if not page:
            break
        last = page[-1]
    return [
        Figure("worklist, first page", first, None, PAGE),
        Figure("worklist, its counts", counts, None, PAGE * 2),
        Figure("worklist, the slowest page of all", max(times), None, PAGE * 4),
    ]


def _timed(what: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        what()
        times.append((time.perf_counter() - began) * MS)
    return median(times)


def run(folder: Path, rows: int) -> list[Figure]:
    """The figures, on two fresh stores in a folder."""
    one = made_up.make(folder / "lists", 0)
    two = made_up.make(folder / "beside", 0)
    try:
        return measure(one.store, two.store, one.actor, rows)
    finally:
        one.close()
        two.close()
