"""Receiving what another desk wrote, beside plain INSERTs of the very rows that came of it.

One desk writes contacts; a second takes them in by the ledger's own way: checked, folded, projected, indexed.
What that left there is read and put into a copy by hand: the same rows in the same tables, indexes and full
text, in as many transactions.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import Any

from bench.closing import Table
from bench.figures import MS, Figure
from bench.made_up import GENERIC
from spoc.model.ledger.entry import Carried
from spoc.storage.driver import Database, connect
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import keep_local, local
from spoc.storage.start import open_store, start
from spoc.storage.store import DB_NAME, Store

BUDGET = 4.0  # with the rests, and beside INSERTs in as few transactions
LONGEST = 50.0  # ms for which whoever writes meanwhile may wait
PAUSE = 0.03  # seconds between two who write meanwhile


def measure(folder: Path, key: bytes) -> list[Figure]:
    """Carry what the desk in a folder wrote to a desk of the same service that has nothing of it."""
    source = open_store(folder, key)
    streams = [bytes.fromhex(local(source.reader, each)) for each in ("stream", "audit_stream")]
    carried = [each for stream in streams for each in carry(source.reader, stream)]
    roots = local(source.reader, "roots")
    source.close()
    for copy in ("there", "by-hand", "busy"):
        (folder.parent / copy).mkdir()
    fresh = start(folder.parent / "there" / DB_NAME, key, GENERIC)
    fresh.submit(lambda db: keep_local(db, "roots", roots)).result()
    fresh.close()
    for copy in ("by-hand", "busy"):
        shutil.copy(folder.parent / "there" / DB_NAME, folder.parent / copy)
    store = start(folder.parent / "there" / DB_NAME, key, GENERIC)
    plain = connect(folder.parent / "by-hand" / DB_NAME, key)
    names = ("entry", "payload", "signature", *store.tables, "search", "names", "name_word")
    tables = [Table(store.reader, name) for name in names]
    began = perf_counter()
    batches = _received(store, carried)
    ours = (perf_counter() - began) * MS
    rows = [(table.put, table.fresh(store.reader)) for table in tables]
    floor = 0.0
    for batch in range(batches):
        began = perf_counter()
        plain.conn.execute("BEGIN IMMEDIATE")
        for put, values in rows:
            part = values[len(values) * batch // batches : len(values) * (batch + 1) // batches]
            if part:
                plain.conn.executemany(put, part)
        plain.conn.execute("COMMIT")
        floor += (perf_counter() - began) * MS
    for table in tables:
        if table.all_of(store.reader) != table.all_of(plain):
            raise AssertionError(f"the two stores differ in {table.name}")
    store.close()
    plain.close()
    many = len(carried) / 1000
    waits = sorted(_waits(start(folder.parent / "busy" / DB_NAME, key, GENERIC), carried))
    return [
        Figure("receiving 1,000 entries", ours / many, floor / many, BUDGET),
        Figure("writing meanwhile, 19 of 20", waits[len(waits) * 19 // 20], LONGEST, 1.0),
    ]


def _received(store: Store, carried: Sequence[Carried]) -> int:
    """Receive; in how many transactions."""
    many = 0
    really = store._transact

    def counted(job: Callable[[Database], Any]) -> Any:
        nonlocal many
        many += 1
        return really(job)

    store._transact = counted  # type: ignore[method-assign]
    store.receive(carried)
    return many


def _waits(store: Store, carried: Sequence[Carried]) -> list[float]:
    """How long whoever writes a little now and then waits for it while the store receives (ms)."""
    waited: list[float] = []
    receiving = Thread(target=store.receive, args=(carried,))
    receiving.start()
    while receiving.is_alive():
        sleep(PAUSE)
        began = perf_counter()
        store.submit(lambda db: keep_local(db, "written", len(waited))).result()
        waited.append((perf_counter() - began) * MS)
    receiving.join()
    store.close()
    return waited
