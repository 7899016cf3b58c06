"""Bringing search up to date if its documents are not the ones that this program and pack would write.

After words of a pack were edited, a form got another field, or the documents' format changed, every
record's document is written again: newest first, a few per transaction, so that nobody waits meanwhile. The
store records the progress; after any interruption, it continues.

The documents go into a separate pair of indexes, which replace the former ones when complete: until then
search finds by the former words. If the former are in another format, they are set aside first, and search
finds only what has been written again.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from spoc.model.ledger.table import Table
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database, row
from spoc.storage.ledger import projection
from spoc.storage.migrations import (
    COLUMNS,
    FORMER,
    NEXT,
    keep_local,
    local,
    make_indexes,
    make_words,
)
from spoc.storage.search import search
from spoc.storage.store import Store

AIM = 0.02  # seconds a batch should take; it may take 0.05
_FIRST, _MOST = 16, 400  # records, pages or rows in a batch
_SMALL = 300  # records: a store with no more than this is brought up to date on opening
_PARTS = ("data", "idx", "content", "docsize")  # the tables in which an index keeps its contents
# While an index is filled, it is merged here, in small pieces; by itself it would do a lot at once. It still does
# so long before it is in 2,000 parts, the most it can have: where no window is open, nobody merges it.
_FILLING, _USUAL = {"automerge": 0, "crisismerge": 500}, {"automerge": 4, "crisismerge": 16}


def begin(db: Database, tables: Mapping[str, Table], pack: Pack) -> None:
    """If search is out of date, records where to continue; in a small store, does all of it."""
    wanted = [projection.signature(tables), pack.digest, search.FORMAT]
    if local(db, "indexed") == wanted and local(db, "indexing") is None:
        return
    db.conn.execute("BEGIN IMMEDIATE")
    going = local(db, "indexing")
    value = going["wanted"] if going else local(db, "indexed")
    if value != wanted:
        into = NEXT if value is not None and value[2] == search.FORMAT else ""
        if going is not None and going["into"] == "":
            into = ""  # what was set aside then must not be found now either
        _make_room(db, into)
        left = {tbl: _last(db, tbl) for tbl in ("contact", "person")}
        going = {"wanted": wanted, "into": into, "left": left, "of": sum(left.values())}
        keep_local(db, "indexing", {**going, "merge": 0, "filled": False})
    elif going and not going["filled"]:  # an earlier version may have begun it
        _configure(db, going["into"], _FILLING)
    if local(db, "indexing")["of"] <= _SMALL:
        while step(db, tables, pack, {}):
            continue
    db.conn.execute("COMMIT")


def _make_room(db: Database, into: str) -> None:
    """Makes the indexes to fill, empty; if they are the ones in use, those are set aside."""
    for index in COLUMNS:
        db.conn.execute(f"DROP TABLE IF EXISTS {index}{NEXT}")
        if not into:
            _put_aside(db, index)
    make_indexes(db, into)
    if not into:
        make_words(db)
    _configure(db, into, _FILLING)


def step(db: Database, tables: Mapping[str, Table], pack: Pack, many: Mapping[str, int]) -> str:
    """Does the next small step; returns its kind, "" if nothing is left.

    The caller holds ``BEGIN IMMEDIATE``, and says how much of each kind to do at once.
    """
    going = local(db, "indexing")
    if going is None:
        return ""
    if going["merge"]:
        going["merge"] -= 1
        keep_local(db, "indexing", going)
        if any(_merge(db, each + going["into"], many.get("merge", _FIRST)) for each in COLUMNS):
            return "merge"
    if any(going["left"].values()):
        return _fill(db, going, tables, pack, many)
    if not going["filled"]:
        _finish(db, going["into"])
        keep_local(db, "indexing", {**going, "into": "", "filled": True, "merge": 0})
        return "finish"
    if _clear(db, many.get("clear", _FIRST)):
        return "clear"
    keep_local(db, "indexed", going["wanted"])
    db.conn.execute("DELETE FROM local WHERE key = 'indexing'")
    return ""


def _fill(
    db: Database,
    going: Any,
    tables: Mapping[str, Table],
    pack: Pack,
    many: Mapping[str, int],
) -> str:
    """Writes the documents of the next records, and notes that there is something to merge."""
    left: dict[str, int] = going["left"]
    into = going["into"]
    tbl = max(left, key=left.__getitem__)  # both in turn, so that neither waits for the other
    batch = many.get(tbl, _FIRST)
    found = db.conn.execute(
        f'SELECT n, id FROM "{tbl}" WHERE n <= ? ORDER BY n DESC LIMIT ?', (left[tbl], batch)
    ).fetchall()
    search.index_all(db, tbl, [record for _, record in found], tables, pack, into)
    left[tbl] = found[-1][0] - 1 if len(found) == batch else 0
    going["merge"] = 2 if any(left.values()) else 1 << 30  # in the end, everything
    keep_local(db, "indexing", going)
    return tbl


def _merge(db: Database, index: str, pages: int) -> bool:
    """Merges some pages of an index; returns whether there was anything to merge."""
    before = db.conn.total_changes
    db.conn.execute(f"INSERT INTO {index}({index}, rank) VALUES('merge', ?)", (pages,))
    return bool(db.conn.total_changes - before > 1)


def _finish(db: Database, into: str) -> None:
    """Replaces the former indexes with the complete new ones."""
    _configure(db, into, _USUAL)
    if into:
        for index in COLUMNS:
            _put_aside(db, index)
            db.conn.execute(f"ALTER TABLE {index}{into} RENAME TO {index}")


def _configure(db: Database, into: str, chosen: Mapping[str, int]) -> None:
    for index in COLUMNS:
        for name, value in chosen.items():
            own = index + into
            db.conn.execute(f"INSERT INTO {own}({own}, rank) VALUES(?, ?)", (name, value))


def _put_aside(db: Database, index: str) -> None:
    """Sets an index aside at once; its contents are cleared later."""
    if db[index].exists():
        for part in _PARTS:
            own = f"{index}{FORMER}_{part}"
            db.conn.execute(f"DROP TABLE IF EXISTS {own}")
            db.conn.execute(f"ALTER TABLE {index}_{part} RENAME TO {own}")
        db.conn.execute(f"DROP TABLE {index}")


def _clear(db: Database, rows: int) -> bool:
    """Clears some of the former indexes' contents; returns whether there was any.

    Dropping a large one whole would hold everybody up for many seconds.
    """
    for own in (f"{index}{FORMER}_{part}" for index in COLUMNS for part in _PARTS):
        if db[own].exists():
            key = "segid, term" if own.endswith("idx") else "id"
            some = f"SELECT {key} FROM {own} LIMIT ?"
            if not db.conn.execute(
                f"DELETE FROM {own} WHERE ({key}) IN ({some})", (rows,)
            ).rowcount:
                db.conn.execute(f"DROP TABLE {own}")
            return True
    return False


def behind(db: Database) -> int | None:
    """How much of search is up to date, as a percentage, if not all of it is."""
    going = local(db, "indexing")
    if going is None or going["filled"]:
        return None
    left, of = sum(going["left"].values()), max(1, going["of"])
    return int(100 * (of - left) // of)


def is_wanted(store: Store) -> bool:
    """Whether there is anything left for ``bring_up`` to do."""
    return local(store.reader, "indexing") is not None


def bring_up(store: Store, go_on: Callable[[], bool]) -> None:
    """Continues in the background until nothing is left, or nobody wants it any more.

    Acts go before each batch, and between two batches nothing is done for as long as one took, so that
    typing has the computer to itself.
    """
    many: dict[str, int] = {}
    while is_wanted(store) and go_on():
        began: list[float] = []

        def job(db: Database, began: list[float] = began) -> str:
            began.append(time.perf_counter())
            return step(db, store.tables, store.pack, many)

        kind = store.submit(job, bulk=True).result()
        took = time.perf_counter() - began[0]
        done = many.get(kind, _FIRST)
        many[kind] = max(1, min(_MOST, int(done * min(1.5, AIM / took) + 0.5)))
        time.sleep(took)


def _last(db: Database, tbl: str) -> int:
    return int(row(db.conn.execute(f'SELECT max(n) FROM "{tbl}"').fetchone()) or 0)
