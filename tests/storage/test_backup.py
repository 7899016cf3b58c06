"""Backups that open, and the way back."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from test_keys import ANN, CHEAP, OTHER, PASS, create, in_child, open_to_all

from spoc.model.errors import (
    BadInput,
    DiskFull,
    FolderUnusable,
    NotAStore,
    Refusal,
    StoreDamaged,
    StoreExists,
)
from spoc.storage.driver import Database, connect
from spoc.storage.migrations import LEDGER, statements
from spoc.storage.secrecy import keys
from spoc.storage.upkeep import backup as backups

__all__ = ["open_to_all"]

NOW = datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)


class Desk:
    """A small store with 500 rows of what must never be read from a disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key, _ = create(folder)
        self.database: Database = connect(folder / "spoc.db", self.key)
        for statement in statements(LEDGER):
            self.database.conn.execute(statement)
        self.database.conn.execute("CREATE TABLE child (name TEXT)")
        self.database.conn.executemany(
            "INSERT INTO child VALUES (?)", [("Tommy Tucker " * 20,)] * 500
        )

    def backup(self, target: Path, now: datetime = NOW, auto: bool = False) -> backups.BackupResult:
        return backups.backup(self.database, self.key, self.folder, target, now, automatic=auto)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.database.conn.close()


def rows(folder: Path, passphrase: str = PASS) -> int:
    database = connect(folder / "spoc.db", keys.unlock(folder, passphrase).data_key)
    count = database.conn.execute("SELECT count(*) FROM child").fetchone()[0]
    database.conn.close()
    return int(count)


def test_a_backup_is_a_store_that_the_passphrase_opens(desk: Desk, tmp_path: Path) -> None:
    made = desk.backup(tmp_path / "out")
    assert made.path.name == "spoc-backup-20261120-093015"
    assert sorted(f.name for f in made.path.iterdir()) == [
        "spoc.db", "spoc.heads", "spoc.keys", "spoc.sha256",
    ]  # fmt: skip
    assert made.size == sum(f.stat().st_size for f in made.path.iterdir())
    assert made.same_disk
    assert rows(made.path) == 500


def test_a_backup_is_encrypted(desk: Desk, tmp_path: Path) -> None:
    made = desk.backup(tmp_path / "out")
    content = (made.path / "spoc.db").read_bytes()
    assert not content.startswith(b"SQLite format 3")
    assert b"Tucker" not in content
    with pytest.raises(StoreDamaged):
        connect(made.path / "spoc.db", b"k" * 32)


def test_a_backup_holds_what_is_still_in_the_wal_and_needs_no_wal_itself(
    desk: Desk, tmp_path: Path
) -> None:
    assert (desk.folder / "spoc.db-wal").stat().st_size > 0
    made = desk.backup(tmp_path / "out")
    assert (made.path / "spoc.db").read_bytes()[:16] != (desk.folder / "spoc.db").read_bytes()[:16]
    assert not list(made.path.glob("*-wal"))
    assert rows(made.path) == 500


def test_a_backup_is_named_by_utc(desk: Desk, tmp_path: Path) -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert desk.backup(tmp_path / "out", summer).path.name == "spoc-backup-20260630-233000"


def test_somebody_writing_meanwhile_is_no_obstacle(desk: Desk, tmp_path: Path) -> None:
    writer = connect(desk.folder / "spoc.db", desk.key)
    writer.conn.execute("BEGIN IMMEDIATE")
    writer.conn.execute("DELETE FROM child")
    made = desk.backup(tmp_path / "out")
    writer.conn.execute("COMMIT")
    writer.conn.close()
    assert rows(made.path) == 500


def test_a_backup_inside_a_transaction_is_a_mistake_not_a_hang(desk: Desk, tmp_path: Path) -> None:
    desk.database.conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(ValueError, match="outside a transaction"):
        desk.backup(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_backups_in_one_second_are_two(desk: Desk, tmp_path: Path) -> None:
    first, second = desk.backup(tmp_path / "out"), desk.backup(tmp_path / "out")
    assert first.path.name == "spoc-backup-20261120-093015"
    assert second.path.name == "spoc-backup-20261120-093016"
    assert rows(first.path) == rows(second.path) == 500


def test_a_folder_without_a_name_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput, match="has no name"):
        desk.backup(Path(""))


@pytest.mark.parametrize("way", ["folder", "link"])
def test_what_lies_in_the_place_of_its_lock_is_one_sentence(
    desk: Desk, tmp_path: Path, way: str
) -> None:
    lock, target = desk.folder / "spoc.backup.lock", tmp_path / "copies"
    lock.unlink(missing_ok=True)
    lock.mkdir() if way == "folder" else lock.symlink_to(tmp_path / "nowhere" / "else")
    with pytest.raises(Refusal, match="no backup was left half-made"):
        desk.backup(target)
    assert not target.exists()


@pytest.mark.parametrize("limit", [3000, 20_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    desk: Desk, tmp_path: Path, limit: int
) -> None:
    (tmp_path / "out").mkdir()

    def work() -> None:
        with pytest.raises(
            (DiskFull, FolderUnusable), match=r"store itself is safe.*room|room.*safe"
        ):
            desk.backup(tmp_path / "out")

    in_child(work, file_limit=limit)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_target_that_may_not_be_written_is_one_sentence(open_to_all: Path) -> None:
    desk = Desk(open_to_all / "store")
    for file in desk.folder.iterdir():
        file.chmod(0o666)
    desk.folder.chmod(0o777)
    target = open_to_all / "out"
    target.mkdir(mode=0o555)

    def work() -> None:
        with pytest.raises(FolderUnusable, match="store itself is safe"):
            desk.backup(target)

    in_child(work, drop_root=True)
    assert list(target.iterdir()) == []
    desk.database.conn.close()


def test_a_backup_that_fails_its_check_is_removed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.database.conn.execute("PRAGMA cache_size=0")
    with (desk.folder / "spoc.db").open("r+b") as file:
        file.seek(4096 * 3 + 100)
        file.write(b"\0" * 50)
    fresh = connect(desk.folder / "spoc.db", desk.key)
    with pytest.raises(StoreDamaged, match="earlier backups were not touched"):
        backups.backup(fresh, desk.key, desk.folder, tmp_path / "out", NOW)
    fresh.conn.close()
    assert list((tmp_path / "out").iterdir()) == []


def test_a_copy_that_breaks_the_stores_own_rules_is_removed(desk: Desk, tmp_path: Path) -> None:
    desk.database.conn.execute("CREATE TABLE rule (n INTEGER CHECK (n > 0))")
    desk.database.conn.execute("PRAGMA ignore_check_constraints=ON")
    desk.database.conn.execute("INSERT INTO rule VALUES (-1)")
    with pytest.raises(StoreDamaged, match="did not pass its check"):
        desk.backup(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_spoilt_key_file_is_told_of_and_not_backed_up(desk: Desk, tmp_path: Path) -> None:
    (desk.folder / "spoc.keys").write_bytes(b"{")
    with pytest.raises(StoreDamaged, match="key file"):
        desk.backup(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_killed_backup_left_is_no_backup_and_goes_with_the_next(
    desk: Desk, tmp_path: Path
) -> None:
    target = tmp_path / "out"

    def killed() -> None:
        backups._checksums = lambda *_: os._exit(0)  # type: ignore[assignment,misc]
        desk.backup(target)

    in_child(killed)
    [left] = target.iterdir()
    assert left.name.endswith(".part")
    with pytest.raises(NotAStore, match="not a whole backup"):
        backups.restore(left, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    desk.backup(target, NOW + timedelta(hours=1))
    assert not left.exists()


# --- restore -------------------------------------------------------------------------------------


def test_a_restored_store_opens_with_the_passphrase_of_that_day(desk: Desk, tmp_path: Path) -> None:
    made = desk.backup(tmp_path / "out")
    keys.change_passphrase(desk.folder, ANN, PASS, OTHER, CHEAP)
    new = tmp_path / "deep" / "new"
    backups.restore(made.path, new)
    assert sorted(f.name for f in new.iterdir()) == ["spoc.db", "spoc.keys"]
    assert rows(new, PASS) == 500
    assert rows(desk.folder, OTHER) == 500


@pytest.mark.parametrize("file", ["spoc.db", "spoc.keys"])
def test_restore_never_overwrites_a_store(desk: Desk, tmp_path: Path, file: str) -> None:
    made = desk.backup(tmp_path / "out")
    new = tmp_path / "new"
    new.mkdir()
    (new / file).write_bytes(b"precious")
    with pytest.raises(StoreExists):
        backups.restore(made.path, new)
    assert [(f.name, f.read_bytes()) for f in new.iterdir()] == [(file, b"precious")]


def test_restore_finishes_what_a_kill_between_its_files_left(desk: Desk, tmp_path: Path) -> None:
    made = desk.backup(tmp_path / "out")
    new = tmp_path / "new"

    def killed() -> None:
        real, calls = os.replace, []

        def replace(a: Path, b: Path) -> None:
            calls.append(a)
            if len(calls) == 2:
                os._exit(0)
            real(a, b)

        os.replace = replace  # type: ignore[assignment]
        backups.restore(made.path, new)

    in_child(killed)
    assert sorted(f.name for f in new.iterdir()) == ["spoc.db.part", "spoc.keys"]
    backups.restore(made.path, new)
    assert rows(new) == 500
    assert not list(new.glob("*.part"))


@pytest.mark.parametrize("file", ["spoc.db", "spoc.keys", "spoc.sha256"])
def test_a_damaged_backup_is_not_restored(desk: Desk, tmp_path: Path, file: str) -> None:
    path = desk.backup(tmp_path / "out").path / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match="older backup"):
        backups.restore(path.parent, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("file", ["spoc.db", "spoc.keys"])
def test_a_backup_with_a_file_missing_is_not_restored(
    desk: Desk, tmp_path: Path, file: str
) -> None:
    made = desk.backup(tmp_path / "out")
    (made.path / file).unlink()
    with pytest.raises(StoreDamaged):
        backups.restore(made.path, tmp_path / "new")


def test_a_full_disk_stops_a_restore_without_half_a_store(desk: Desk, tmp_path: Path) -> None:
    made = desk.backup(tmp_path / "out")
    new = tmp_path / "new"

    def work() -> None:
        with pytest.raises(DiskFull, match="backup is safe"):
            backups.restore(made.path, new)

    in_child(work, file_limit=20_000)
    assert list(new.iterdir()) == []


# --- prune ---------------------------------------------------------------------------------------


def test_pruning_keeps_the_newest_automatic_copies_and_all_that_somebody_asked_for(
    desk: Desk, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    asked = desk.backup(target, NOW - timedelta(days=9)).path
    autos = [desk.backup(target, NOW + timedelta(hours=n), auto=True).path for n in range(4)]
    (target / "holiday photos-auto").mkdir()
    assert backups.prune(target, desk.folder, 2) == autos[:2]
    assert {f.name for f in target.iterdir()} == {
        asked.name,
        autos[2].name,
        autos[3].name,
        "holiday photos-auto",
    }


def test_pruning_leaves_another_stores_backups_in_a_shared_folder(
    desk: Desk, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    other = Desk(tmp_path / "other")
    theirs = [other.backup(target, NOW - timedelta(days=n), auto=True).path for n in (1, 2)]
    other.database.conn.close()
    desk.backup(target, auto=True)
    assert backups.prune(target, desk.folder, 1) == []
    assert all(path.exists() for path in theirs)


def test_pruning_never_takes_the_last_copy(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        backups.prune(tmp_path, desk.folder, 0)
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert backups.prune(tmp_path / "out", desk.folder, 1) == []
