"""The store: one encrypted file that keeps what it said it kept, and says in words what it cannot do."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3
import sqlite_utils.utils
from samples import ADVISOR, KEY, SEEDED, Clock, close_one, raw, set_up

from spoc.model.errors import (
    EncryptionMissing,
    FolderUnusable,
    NotAStore,
    Refusal,
    StoreBusy,
    StoreDamaged,
    StoreTooNew,
)
from spoc.model.ledger.entry import Actor, Command
from spoc.storage import driver
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database, connect
from spoc.storage.failures import explained
from spoc.storage.migrations import SCHEMA, TRIGGERS, keep_local, migrations
from spoc.storage.start import open_store, start
from spoc.storage.store import DB_NAME, Store
from spoc.storage.upkeep.verify import verify

TESTS = Path(__file__).parent.parent


def child(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a Python of its own that finds spoc and the samples."""
    begin = f"import sys; sys.path[:0] = [{str(TESTS.parent)!r}, {str(TESTS)!r}]\n"
    return subprocess.run(
        [sys.executable, "-c", begin + script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def pragma(db: Database, name: str) -> Any:
    return db.conn.execute(f"PRAGMA {name}").fetchone()[0]


def write(store: Store, name: str, **how: Any) -> "Future[Any]":
    return store.submit(lambda db: keep_local(db, name, 1), **how)


# -- the driver ----------------------------------------------------------------------------------

SETTINGS = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "temp_store": 2,  # memory
    "trusted_schema": 0,
    "journal_mode": "wal",
    "cache_size": -65536,
    "busy_timeout": 10000,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_connection_is_set_as_designed(store: Store, name: str) -> None:
    assert pragma(store.reader, name) == SETTINGS[name]
    assert store.submit(lambda db: pragma(db, name)).result() == SETTINGS[name]


def test_a_commit_is_on_the_disk_before_it_is_said_to_be(store: Store) -> None:
    full = 2
    assert store.submit(lambda db: pragma(db, "synchronous")).result() == full
    assert store.submit(lambda db: pragma(db, "cipher_memory_security")).result() == "0"


def test_a_reader_cannot_write(store: Store) -> None:
    for db in (store.reader, store.connection()):
        with pytest.raises(driver.OperationalError, match="readonly"):
            keep_local(db, "x", 1)


def test_sqlite_is_one_that_loses_no_work(store: Store) -> None:
    (version,) = store.reader.conn.execute("SELECT sqlite_version()").fetchone()
    assert tuple(map(int, version.split("."))) >= driver.SQLITE_NEEDED == (3, 51, 3)


def test_deleted_words_leave_the_search_index(store: Store) -> None:
    for table in ("search", "names"):
        config = dict(store.reader.conn.execute(f"SELECT k, v FROM {table}_config"))
        assert config["secure-delete"] == 1


def test_sqlite_utils_speaks_of_the_same_errors(store: Store) -> None:
    assert vars(sqlite_utils.utils)["sqlite3"] is sqlcipher3
    assert vars(sqlite_utils.utils)["OperationalError"] is driver.OperationalError
    assert isinstance(store.reader.conn, sqlcipher3.dbapi2.Connection)

    def fail(db: Database) -> None:
        db["local"].insert({"key": "k", "value": "1"})
        db["local"].insert({"key": "k", "value": "2"})

    with pytest.raises(driver.IntegrityError, match="UNIQUE"):
        store.submit(fail).result()
    assert not store.reader.conn.execute("SELECT 1 FROM local WHERE key = 'k'").fetchone()


BLOCKED = """
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sqlcipher3":
            raise ImportError("no such library")
sys.meta_path.insert(0, Blocker())
"""
IMPORTING = """
try:
    import spoc.storage.store
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_library_nothing_is_opened(tmp_path: Path) -> None:
    said = child(f"import os; os.chdir({str(tmp_path)!r})" + BLOCKED + IMPORTING).stdout
    assert said.startswith("EncryptionMissing The encryption library (sqlcipher3) is missing")
    assert "nothing was opened, created or changed" in said and "IT" in said
    assert not [*tmp_path.iterdir()]


def test_a_sqlite_utils_that_came_first_is_refused() -> None:
    said = child("import sqlite_utils" + IMPORTING)
    assert said.stdout.startswith("EncryptionMissing ")


def test_a_library_that_does_not_encrypt_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr(driver, "dbapi2", sqlite3)
    with pytest.raises(EncryptionMissing, match="does not encrypt"):
        connect(tmp_path / DB_NAME, KEY)
    assert not [*tmp_path.iterdir()]


def test_a_key_of_another_length_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        connect(tmp_path / DB_NAME, b"short")
    assert not [*tmp_path.iterdir()]


# -- the file ------------------------------------------------------------------------------------


def test_nothing_readable_lies_on_the_disk(store: Store, tmp_path: Path) -> None:
    close_one(store)
    contents = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert contents.keys() >= {DB_NAME, f"{DB_NAME}-wal"}
    for name, held in contents.items():
        assert not held.startswith(b"SQLite format 3")
        for word in (b"Mulberry", b"CREATE TABLE", b"9990000018", KEY, KEY.hex().encode()):
            assert word not in held, (name, word)
    store.close()
    assert not (tmp_path / DB_NAME).read_bytes().startswith(b"SQLite format 3")


def test_the_guards_of_the_ledger_are_all_there_after_every_migration(store: Store) -> None:
    def held() -> dict[str, str]:
        return dict(
            store.reader.conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        )

    assert held() == TRIGGERS
    assert TRIGGERS.keys() == {
        "entry_stays", "entry_is_kept", "payload_stays", "payload_is_kept",
        "signature_stays", "signature_is_kept",
    }  # fmt: skip
    before = [*store.reader.conn.execute("SELECT * FROM sqlite_master")]
    db = raw(store)
    migrations.apply(db)
    db.close()
    assert [*store.reader.conn.execute("SELECT * FROM sqlite_master")] == before


def test_it_opens_again_with_what_was_in_it(store: Store, actor: Actor, tmp_path: Path) -> None:
    contact = close_one(store)
    store.close()
    again = open_store(tmp_path, KEY)
    assert [row.id for row in contacts.recent(again, actor)] == [contact]
    assert again.pack.id == "generic" and again.settings["pack"] == "generic"
    assert verify(again).sound
    again.close()


def test_a_newer_store_is_refused_and_left_as_it_is(store: Store, tmp_path: Path) -> None:
    close_one(store)
    store.submit(lambda db: db.conn.execute(f"PRAGMA user_version={SCHEMA + 1}")).result()
    store.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(StoreTooNew, match="later version") as refused:
        open_store(tmp_path, KEY)
    assert f"schema {SCHEMA + 1}" in str(refused.value) and "Nothing was changed" in str(
        refused.value
    )
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_wrong_key_is_refused(store: Store, tmp_path: Path) -> None:
    store.close()
    before = store.path.read_bytes()
    with pytest.raises(StoreDamaged, match="cannot be read"):
        open_store(tmp_path, bytes(32))
    assert store.path.read_bytes() == before


def test_a_store_that_was_never_set_up_is_refused(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "half"
    folder.mkdir()
    start(folder / DB_NAME, KEY, store.pack).close()
    with pytest.raises(StoreDamaged, match="never set up"):
        open_store(folder, KEY)


def test_a_folder_without_a_store_is_left_without_one(tmp_path: Path) -> None:
    with pytest.raises(NotAStore, match="spoc init"):
        open_store(tmp_path, KEY)
    with pytest.raises(NotAStore):
        open_store(tmp_path / "none", KEY)
    assert not [*tmp_path.iterdir()]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "random bytes": lambda held: random.Random(SEEDED).randbytes(len(held)),
    "random bytes at the start": lambda held: random.Random(SEEDED).randbytes(64) + held[64:],
    "a zeroed header": lambda held: bytes(16) + held[16:],
    "a zeroed first page": lambda held: bytes(4096) + held[4096:],
    "a file of zeros": lambda held: bytes(len(held)),
    "nothing left": lambda held: b"",
    "a few bytes left": lambda held: held[:100],
    "half of the first page left": lambda held: held[:2048],
    "the first page left": lambda held: held[:4096],
    "half left": lambda held: held[: len(held) // 2],
    "not a store": lambda held: b"Dear colleague, " * 2000,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_refused_and_left_as_it_is(
    store: Store, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    close_one(store)
    store.close()
    store.path.write_bytes(damage(store.path.read_bytes()))
    before = store.path.read_bytes()
    with pytest.raises(StoreDamaged) as refused:
        open_store(tmp_path, KEY)
    said = str(refused.value)
    assert "cannot be read" in said and "Nothing was changed" in said and "restore BACKUP" in said
    assert store.path.read_bytes() == before


# -- folders and disks that will not -------------------------------------------------------------


@pytest.fixture
def open_folder(clock: Clock) -> Iterator[Path]:
    """A folder that another user may reach, with a store in it."""
    folder = Path(tempfile.mkdtemp(prefix="spoc-test-"))
    folder.chmod(0o755)
    store = set_up(folder, clock)
    close_one(store)
    store.close()
    (folder / DB_NAME).chmod(0o644)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


NOBODY = """
import os
from pathlib import Path
from samples import KEY
from spoc.storage.start import open_store, start
if os.getuid() == 0:
    os.setuid(65534)
try:
    open_store(Path(sys.argv[1]), KEY)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users that may less than others")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(0o555, 0o644), (0o555, 0o444), (0o000, 0o644)]
)
def test_a_folder_that_may_not_be_written_is_refused(
    open_folder: Path, folder_mode: int, file_mode: int
) -> None:
    (open_folder / DB_NAME).chmod(file_mode)
    open_folder.chmod(folder_mode)
    said = child(NOBODY, open_folder)
    open_folder.chmod(0o755)
    assert said.stdout.startswith(f"FolderUnusable The folder {open_folder} cannot be"), said
    assert "as they were" in said.stdout and "IT" in said.stdout
    assert [file.name for file in open_folder.iterdir()] == [DB_NAME]


FULL = """
import os, resource
from pathlib import Path
from samples import KEY, ADVISOR, close_one
from spoc.storage.contacts import contacts
from spoc.storage.start import open_store, start
from spoc.storage.upkeep.verify import verify
store = open_store(Path(sys.argv[1]), KEY)
kept = [close_one(store) for _ in range(3)]
wal = Path(sys.argv[1], "spoc.db-wal").stat().st_size
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (wal + int(sys.argv[2]), hard))
for _ in range(200):
    try:
        kept.append(close_one(store))
    except Exception as error:
        print(type(error).__name__, error)
        break
shown = {row.id for row in contacts.recent(store, ADVISOR, 500)}
assert set(kept) <= shown, "what was saved must be readable on a full disk"
if sys.argv[3] == "room again":
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    kept.append(close_one(store))
if sys.argv[3] != "killed":
    store.close()
print(*(each.hex() for each in kept), flush=True)
os._exit(0)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to be had")
@pytest.mark.parametrize("room", [0, 1000, 50_000])
@pytest.mark.parametrize("end", ["closed", "killed", "room again"])
def test_on_a_full_disk_the_act_is_refused_and_what_was_saved_stays(
    store: Store, actor: Actor, tmp_path: Path, room: int, end: str
) -> None:
    store.close()
    said = child(FULL, tmp_path, room, end)
    refusal, _, kept = said.stdout.partition("\n")
    assert refusal.startswith("DiskFull The disk is full"), said
    assert "everything saved before is safe" in refusal and said.returncode == 0
    again = open_store(tmp_path, KEY)
    shown = {row.id for row in contacts.recent(again, actor, 500)}
    assert shown == {bytes.fromhex(each) for each in kept.split()}
    assert verify(again).findings == ()
    again.close()


def test_a_store_that_stays_busy_is_said_in_words(store: Store) -> None:
    store.submit(lambda db: db.conn.execute("SELECT 1")).result()
    store._db.conn.execute("PRAGMA busy_timeout=20")
    other = raw(store)
    other.conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="was not saved"):
        close_one(store)
    other.conn.execute("ROLLBACK")
    other.close()
    assert close_one(store)
    assert verify(store).sound


# -- the queue -----------------------------------------------------------------------------------


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
