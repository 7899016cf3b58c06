"""``python -m bench promises``. The board, and what it asks, with 10,000 open follow-ups.

They go straight into the table that screens read; half of them are overdue.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import board, made_up
from bench.figures import MS, Figure, median
from spoc.model.values.instants import utc_text
from spoc.storage.desk import sign_in
from spoc.storage.driver import Database
from spoc.storage.followups import followups, queue, ringing
from spoc.storage.start import open_store

OPEN, FEW = 10_000, 1_000
ASKED = 100.0  # ms for what the board asks, away from the screen
_CODES = ("hold-discharge", "call-back", "csc-decision", "shared-hv")


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Every figure, in a store of its own."""
    many = FEW if quick else OPEN
    desk = made_up.make(folder / "desk", made_up.FEW)
    desk.close()
    (none,) = board.measure(folder / "desk", 2 if quick else 5)
    desk = sign_in(folder / "desk", made_up.PASSPHRASE)
    desk.store.submit(lambda db: _fill(db, desk, many)).result()
    store, actor = desk.store, desk.actor
    asked = [
        ("the first four", lambda: queue.due_now(store, actor, 4)),
        ("the counts", lambda: queue.count(store, actor)),
        ("who holds what", lambda: queue.unheld(store, actor, 4)),
        ("the first page of the queue", lambda: queue.page(store, actor)),
        ("what rings", lambda: ringing.upcoming(store, actor)),
    ]
    figures = [Figure(f"{many:,} open: {what}", _timed(act), None, ASKED) for what, act in asked]
    whole = _timed(lambda: followups.open_ones(store, actor))
    figures.append(Figure(f"{many:,} open: the whole queue", whole, None, 10 * ASKED))
    key = desk.key
    desk.close()
    open_store(folder / "desk", key).close()  # written back to the file
    (shown,) = board.measure(folder / "desk", 2 if quick else 5)
    what = f"board after the passphrase, {many:,} open"
    without = Figure("board after the passphrase, none open", none.spoc, None, board.BUDGET)
    return [*figures, without, Figure(what, shown.spoc, None, board.BUDGET)]


def _fill(db: Database, desk: Any, many: int) -> None:
    chance = random.Random(20261126)
    now = desk.store.now()
    contacts = [each for (each,) in db.conn.execute("SELECT id FROM contact").fetchall()]
    for _ in range(many):
        due = utc_text(now + timedelta(minutes=chance.randrange(-20_000, 20_000)))
        at = utc_text(now - timedelta(days=20))
        db.conn.execute(
            "INSERT INTO action(id, contact, code, at, who, due, due_at, _first_at, _last_at, _by, _heads)"
            " VALUES(?, ?, ?, ?, 'the ward', '24h', ?, ?, ?, ?, '{}')",
            (chance.randbytes(16), chance.choice(contacts), chance.choice(_CODES), at, due, at, at, desk.actor.id),
        )  # fmt: skip


def _timed(act: Callable[[], Any]) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * MS)
    return median(times)
