"""Writing in bulk through the ledger, beside plain INSERTs of the very rows that came of it.

Contacts are written by ``append`` in batches, as an import does; what that left is read and put into a copy by
hand: the same rows in the same tables, indexes and full text, in as many transactions.
"""

import random
import shutil
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import made_up
from bench.closing import Table
from bench.figures import MS, Figure
from bench.made_up import known_callers, routine
from spoc.model.forms.sheet_commands import Writing, written
from spoc.model.ledger.entry import Actor
from spoc.storage.desk import sign_in
from spoc.storage.driver import Database, connect
from spoc.storage.ledger.append import new_id

BUDGET = 3.0
LONGEST = 50.0  # ms for which whoever writes meanwhile may wait
TOGETHER = 4  # contacts a batch, as many as stay within that


def measure(folder: Path, key: bytes, actor: Actor, batches: int) -> list[Figure]:
    """Write contacts into copies of the store in a folder."""
    ours, by_hand = folder.parent / "in-bulk", folder.parent / "bulk-by-hand"
    shutil.copytree(folder, ours)
    by_hand.mkdir()
    store = sign_in(ours, made_up.PASSPHRASE, window=False).store
    store.submit(lambda _: None).result()  # the sign-in is recorded by now
    store.checkpoint()
    shutil.copy(ours / "spoc.db", by_hand)
    plain = connect(by_hand / "spoc.db", key)
    names = ("entry", "payload", "signature", *store.tables, "search", "names", "name_word")
    tables = [Table(store.reader, name) for name in names]
    chance, callers = random.Random(20261120), known_callers(store, actor)
    took, floor, entries = [], 0.0, 0
    for _ in range(batches):
        acts = []
        for _ in range(TOGETHER):
            now = store.now()
            by = Writing(new_id(now).hex(), actor.id.hex(), now, store.hours, partial(new_id, now))
            acts.append(written(routine(chance, now, chance.choice(callers)), by, closed=True))

        def job(db: Database, acts: Any = acts) -> None:
            for commands in acts:
                store.append(db, actor, commands)

        began = perf_counter()
        store.submit(job, bulk=True).result()
        took.append((perf_counter() - began) * MS)
        rows = [(table.put, table.fresh(store.reader)) for table in tables]
        entries += len(rows[0][1])
        began = perf_counter()
        plain.conn.execute("BEGIN IMMEDIATE")
        for put, values in rows:
            if values:
                plain.conn.executemany(put, values)
        plain.conn.execute("COMMIT")
        floor += (perf_counter() - began) * MS
    for table in tables:
        # As many rows: an act may also change a row that stood, a known caller's for one.
        if len(table.all_of(store.reader)) != len(table.all_of(plain)):
            raise AssertionError(f"the two stores differ in {table.name}")
    store.close()
    plain.close()
    many = entries / 1000
    return [
        Figure("writing 1,000 entries in bulk", sum(took) / many, floor / many, BUDGET),
        Figure("a batch of it, 19 of 20", sorted(took)[len(took) * 19 // 20], None, LONGEST),
    ]
