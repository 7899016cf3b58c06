"""The store: one encrypted file that keeps what it said it kept, and says in words what it cannot do."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from samples import KEY, SEEDED, Clock, close_one, raw, set_up

from spoc.model.errors import (
    NotAStore,
    StoreBusy,
    StoreDamaged,
    StoreTooNew,
)
from spoc.model.ledger.entry import Actor
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database
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
