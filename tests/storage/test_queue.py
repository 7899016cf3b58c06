"""The queue of a store: in which order is written what is asked for, and what is read meanwhile."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from samples import ADVISOR, KEY, close_one, raw
from storage.test_store import TESTS, child, pragma, write

from spoc.model.errors import FolderUnusable, Refusal
from spoc.model.ledger.entry import Command
from spoc.storage.driver import Database, connect
from spoc.storage.failures import explained
from spoc.storage.migrations import keep_local
from spoc.storage.store import DB_NAME, Store
from spoc.storage.upkeep.verify import verify


def test_an_act_goes_before_bulk_work_that_waits(store: Store) -> None:
    gate, order = threading.Event(), []
    store.submit(lambda _: gate.wait(10))
    jobs = [store.submit(lambda _, n=n: order.append(n), bulk=True) for n in range(3)]
    jobs.append(store.submit(lambda _: order.append("draft")))
    jobs.append(store.submit(lambda _: order.append("act")))
    gate.set()
    for job in jobs:
        job.result(10)
    assert order == ["draft", "act", 0, 1, 2]


def test_closing_finishes_what_is_queued(store: Store, tmp_path: Path) -> None:
    gate = threading.Event()
    store.submit(lambda _: gate.wait(10))
    queued = [write(store, f"{n}", bulk=n % 2 == 0) for n in range(20)]
    closing = threading.Thread(target=store.close)
    closing.start()
    gate.set()
    closing.join(10)
    assert not closing.is_alive() and all(each.done() and not each.exception() for each in queued)
    store.close()  # twice does nothing
    db = connect(tmp_path / DB_NAME, KEY, read_only=True)
    kept = {key for (key,) in db.conn.execute("SELECT key FROM local")}
    db.close()
    assert {str(n) for n in range(20)} <= kept


def test_a_closed_store_says_that_it_is_closed(store: Store) -> None:
    store.close()
    with pytest.raises(RuntimeError, match="closed"):
        write(store, "late")


def test_a_job_that_fails_leaves_nothing_and_stops_nobody(store: Store) -> None:
    def fail(db: Database) -> None:
        keep_local(db, "half", 1)
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        store.submit(fail).result()
    write(store, "after").result()
    kept = {key for (key,) in store.reader.conn.execute("SELECT key FROM local")}
    assert "after" in kept and "half" not in kept


def test_a_job_that_was_cancelled_is_not_done(store: Store) -> None:
    gate = threading.Event()
    store.submit(lambda _: gate.wait(10))
    job = write(store, "unwanted")
    assert job.cancel()
    gate.set()
    write(store, "after").result()
    assert not store.reader.conn.execute("SELECT 1 FROM local WHERE key = 'unwanted'").fetchone()


def test_readers_see_what_is_committed_and_nothing_else(store: Store) -> None:
    written, go_on = threading.Event(), threading.Event()

    def slowly(db: Database) -> None:
        keep_local(db, "slow", 1)
        written.set()
        go_on.wait(10)

    def seen() -> bool:
        found = store.reader.conn.execute("SELECT 1 FROM local WHERE key = 'slow'").fetchone()
        return bool(found)

    job = store.submit(slowly)
    assert written.wait(10) and not seen()
    go_on.set()
    job.result()
    assert seen()


def test_each_thread_reads_by_a_connection_of_its_own(store: Store) -> None:
    found: list[Database] = []
    other = threading.Thread(target=lambda: found.append(store.reader))
    other.start()
    other.join()
    assert found[0] is not store.reader and store.reader is store.reader


def test_a_refusal_of_a_job_reaches_its_caller(store: Store) -> None:
    def refuse(_: Database) -> None:
        raise FolderUnusable("Not here.")

    with pytest.raises(Refusal, match=r"Not here\."):
        store.submit(refuse).result()


def test_an_act_and_what_goes_with_it_are_one(store: Store) -> None:
    def act(db: Database) -> None:
        store.append(db, ADVISOR, [Command("note", bytes(16), {"text": "x"})])
        raise ValueError("the draft would not go")

    with pytest.raises(ValueError, match="draft"):
        store.submit(act).result()
    assert not store.reader.conn.execute("SELECT 1 FROM note").fetchone()
    assert verify(store).sound


def test_reading_the_file_beside_sqlite_takes_no_lock_from_it(store: Store) -> None:
    """Where one was lost, whoever closes the store next would take the WAL away from under it."""
    close_one(store)
    db = raw(store)
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = in_the_drafts(db)
    db.close()
    harm = "file = open(sys.argv[1], 'r+b'); file.seek(int(sys.argv[2])); file.write(bytes(16))"
    assert child(harm, store.path, page).returncode == 0
    wal = store.path.with_name(f"{store.path.name}-wal")
    look = (
        "from pathlib import Path\nfrom samples import KEY\nfrom spoc.storage.driver import connect\n"
        "connect(Path(sys.argv[1]), KEY).close()"
    )
    error = ValueError("no JSON")
    for read in (lambda: explained(store.path, error), lambda: verify(store)):
        read()
        write(store, "a").result()
        done = child(look, store.path)
        assert done.returncode == 0, done.stderr
        assert wal.exists()
    assert any("not the one that was written" in each for each in verify(store).findings)


def in_the_drafts(db: Database) -> int:
    """A place in the file where nobody but the drafts would miss what stands there."""
    (page,) = db.conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'draft'").fetchone()
    return (int(page) - 1) * int(pragma(db, "page_size")) + 100


def test_closing_a_store_that_a_thread_still_reads_ends_no_program(tmp_path: Path) -> None:
    """In a process of its own: SQLite would take the whole program with it."""
    script = (
        "import sys, threading, time\n"
        "from pathlib import Path\n"
        "from samples import Clock, set_up\n"
        "store, read = set_up(Path(sys.argv[1]), Clock()), []\n"
        "many = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000)'\n"
        "ask = lambda: read.append(store.reader.conn.execute(many + ' SELECT count(*) FROM c').fetchone())\n"
        "thread = threading.Thread(target=ask)\n"
        "thread.start()\n"
        "time.sleep(0.1)\n"
        "store.close()\n"
        "thread.join()\n"
        "print(read)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "[(3000000,)]"), done.stderr
