"""Receiving what another desk wrote, beside plain INSERTs of the very rows that came of it.

One desk writes contacts; a second takes them in by the ledger's own way: checked, folded, projected, indexed.
What that left there is read and put into a copy by hand: the same rows in the same tables, indexes and full
text, in as many transactions.
"""

import shutil
from pathlib import Path
from time import perf_counter

from bench.closing import Table
from bench.figures import MS, Figure
from bench.made_up import GENERIC
from spoc.storage.driver import connect
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import keep_local, local
from spoc.storage.start import open_store, start
from spoc.storage.store import DB_NAME, Store

BUDGET = 3.0
LONGEST = 50.0  # ms for which whoever writes meanwhile may wait


def measure(folder: Path, key: bytes) -> list[Figure]:
    """Carry what the desk in a folder wrote to a desk of the same service that has nothing of it."""
    source = open_store(folder, key)
    streams = [bytes.fromhex(local(source.reader, each)) for each in ("stream", "audit_stream")]
    carried = [each for stream in streams for each in carry(source.reader, stream)]
    roots = local(source.reader, "roots")
    source.close()
    for copy in ("there", "by-hand"):
        (folder.parent / copy).mkdir()
    fresh = start(folder.parent / "there" / DB_NAME, key, GENERIC)
    fresh.submit(lambda db: keep_local(db, "roots", roots)).result()
    fresh.close()
    shutil.copy(folder.parent / "there" / DB_NAME, folder.parent / "by-hand")
    store = start(folder.parent / "there" / DB_NAME, key, GENERIC)
    plain = connect(folder.parent / "by-hand" / DB_NAME, key)
    names = ("entry", "payload", "signature", *store.tables, "search", "names", "name_word")
    tables = [Table(store.reader, name) for name in names]
    began = perf_counter()
    batches = _received(store, carried)
    ours = (perf_counter() - began) * MS
    rows = [(table.put, table.fresh(store.reader)) for table in tables]
    floor = 0.0
    for batch in range(len(batches)):
        began = perf_counter()
        plain.conn.execute("BEGIN IMMEDIATE")
        for put, values in rows:
            part = values[
                len(values) * batch // len(batches) : len(values) * (batch + 1) // len(batches)
            ]
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
    return [
        Figure("receiving 1,000 entries", ours / many, floor / many, BUDGET),
        Figure("a batch of it, 19 of 20", sorted(batches)[len(batches) * 19 // 20], LONGEST, 1.0),
    ]


def _received(store: Store, carried: list[object]) -> list[float]:
    """Receive; how long each batch took (ms)."""
    took: list[float] = []
    really = store._transact  # type: ignore[attr-defined]

    def timed(job: object) -> object:
        began = perf_counter()
        try:
            return really(job)
        finally:
            took.append((perf_counter() - began) * MS)

    store._transact = timed  # type: ignore[method-assign]
    store.receive(carried)  # type: ignore[arg-type]
    return took
