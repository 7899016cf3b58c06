"""Closing a contact beside plain INSERTs of the very rows it wrote, in one transaction.

Two stores begin as copies of one another. spoc closes a contact in the first; what that left there is read
and put into the second by hand: the same rows in the same tables and indexes, the draft deleted, the same
encryption, WAL and synchronous=FULL. At the end both must hold the same.
"""

import random
import shutil
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import made_up
from bench.figures import MS, Figure, median
from bench.made_up import known_callers, routine
from spoc.model.forms.sheet import Sheet
from spoc.model.ledger.entry import Actor
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts, guidance_facts
from spoc.storage.desk import sign_in
from spoc.storage.driver import Database, connect

BUDGET = 1.5
Rows = list[tuple[Any, ...]]


class Table:
    """A table of which each close adds rows: read after it in one store, put into the other."""

    def __init__(self, db: Database, name: str) -> None:
        held = [row[1] for row in db.conn.execute(f'PRAGMA table_info("{name}")')]
        columns = ", ".join(f'"{each}"' for each in ["rowid", *(c for c in held if c != "n")])
        marks = ", ".join("?" * (columns.count(",") + 1))
        self.name = name
        self._read = f'SELECT {columns} FROM "{name}" WHERE rowid > ? ORDER BY rowid'
        self.put = f'INSERT INTO "{name}"({columns}) VALUES({marks})'
        self.last = 0
        self.fresh(db)

    def fresh(self, db: Database) -> Rows:
        """The rows that came since the last time."""
        rows: Rows = db.conn.execute(self._read, (self.last,)).fetchall()
        self.last = rows[-1][0] if rows else self.last
        return rows

    def all_of(self, db: Database) -> Rows:
        return db.conn.execute(self._read, (0,)).fetchall()


def measure(folder: Path, key: bytes, actor: Actor, closes: int) -> list[Figure]:
    """Close contacts in copies of the store in a folder: a known caller, a child who is new."""
    ours_at, plain_at = folder.parent / "ours", folder.parent / "plain"
    for each in (ours_at, plain_at):
        each.mkdir()
    for file in ("spoc.db", "spoc.keys"):
        shutil.copy(folder / file, ours_at)
    store = sign_in(ours_at, made_up.PASSPHRASE, window=False).store
    store.checkpoint()  # with what the sign-in left there
    shutil.copy(ours_at / "spoc.db", plain_at)
    plain = connect(plain_at / "spoc.db", key)
    names = ("entry", "payload", "signature", *store.tables, "search", "names", "name_word")
    tables = [Table(store.reader, name) for name in names]
    chance, callers = random.Random(20261120), known_callers(store, actor)
    floor, ours = [], []
    for _ in range(closes + 10):
        sheet = routine(chance, store.now(), chance.choice(callers))
        draft = drafts.new(store, actor)
        drafts.save(store, draft, sheet).result()
        _draft_beside(plain, draft, sheet)

        now = guidance_facts.guided(
            store, sheet
        )  # the page knows it since the last field was taken
        began = perf_counter()
        contacts.close(store, actor, draft, sheet, now).result()
        ours.append((perf_counter() - began) * MS)

        rows = [(table.put, table.fresh(store.reader)) for table in tables]
        began = perf_counter()
        plain.conn.execute("BEGIN IMMEDIATE")
        for put, values in rows:
            if values:
                plain.conn.executemany(put, values)
        plain.conn.execute("DELETE FROM draft WHERE id = ?", (draft.id,))
        plain.conn.execute("COMMIT")
        floor.append((perf_counter() - began) * MS)
    for table in tables:
        if table.all_of(store.reader) != table.all_of(plain):
            raise AssertionError(f"the two stores differ in {table.name}")
    store.close()
    plain.close()
    return [
        Figure("closing a contact, acknowledged", median(ours[10:]), median(floor[10:]), BUDGET)
    ]


def _draft_beside(plain: Database, draft: drafts.Draft, sheet: Sheet) -> None:
    plain.conn.execute(
        "INSERT INTO draft(id, actor, opened_at, saved_at, body) VALUES(?, ?, ?, ?, ?)",
        (draft.id, draft.actor, sheet.opened_at, sheet.opened_at, sheet.notes * 6),
    )
