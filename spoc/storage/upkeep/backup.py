"""Copies of the store that are stores themselves, and how to restore them.

A backup is a folder ``spoc-backup-YYYYMMDD-HHMMSS`` (UTC; with ``-auto`` if nobody asked for it) with
``spoc.db``, ``spoc.keys`` and their checksums. It is built under a name ending in ``.part`` and renamed
once it is checked, so nothing half-written ever looks like a backup.
"""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlcipher3 import dbapi2

from spoc.model.errors import (
    BadInput,
    DiskFull,
    FolderUnusable,
    NotAStore,
    Refusal,
    StoreDamaged,
    StoreExists,
)
from spoc.model.ledger.chain import Heads
from spoc.storage.driver import Connection, Database, DatabaseError
from spoc.storage.secrecy import keys
from spoc.storage.store_folder import (
    KEY_FILE,
    STORE_FILE,
    cannot_write,
    create_private,
    plain_content,
    remove_quietly,
    same_disk,
    sync_folder,
    write_durably,
)
from spoc.storage.upkeep import kept_heads
from spoc.storage.window import one_at_a_time

CHECKSUMS = "spoc.sha256"  # as sha256sum writes and checks them
_PART = ".part"
LOCK_FILE = "spoc.backup.lock"
_NAME = re.compile(r"spoc-backup-(\d{8}-\d{6})(-auto)?")
_STAMP = "%Y%m%d-%H%M%S"
_ABANDONED = timedelta(days=1)
SAFE = "the store itself is safe and no backup was left half-made"


@dataclass(frozen=True)
class BackupResult:
    """A finished backup: its folder, whether it shares a disk with the store, its size in bytes."""

    path: Path
    same_disk: bool
    size: int
    heads: Heads  # where the copy's streams end


def backup(
    source: Database | Connection,
    key: bytes,
    store_folder: Path,
    target: Path,
    now: datetime,
    *,
    automatic: bool = False,
) -> BackupResult:
    """Copies the open store and its key file into a new folder in ``target``, encrypted with ``key``.

    ``source`` must be outside a transaction (a reader's connection will do; writers are not held up);
    ``now`` is aware. The copy is made page by page through SQLite's backup API, and checked before it is
    named. Tell the user if ``same_disk`` is true: such a copy is lost with the disk. Raises DiskFull,
    FolderUnusable, StoreDamaged; nothing then remains in ``target``.
    """
    connection = source.conn if isinstance(source, Database) else source
    if connection.in_transaction or now.tzinfo is None:
        raise ValueError("a backup needs a connection outside a transaction and an aware time")
    if not target.name:
        raise BadInput("The folder for the backup has no name; nothing was made. Name a folder.")
    lock = one_at_a_time(store_folder, LOCK_FILE)
    try:
        lock.acquire()
    except OSError as error:  # there is a folder or a link in its place
        raise cannot_write(store_folder / LOCK_FILE, error, SAFE) from None
    try:
        return _back_up(connection, key, store_folder, target, now.astimezone(UTC), automatic)
    finally:
        lock.release()


def _back_up(
    connection: Connection,
    key: bytes,
    store_folder: Path,
    target: Path,
    now: datetime,
    automatic: bool,
) -> BackupResult:
    """The copying itself. No other backup of this store is being made, so anything half-made was killed."""
    final, part = folders(target, now, "-auto" if automatic else "")
    try:
        target.mkdir(parents=True, exist_ok=True)
        _sweep(target, keys.store_id(store_folder), now)
        part.mkdir(mode=0o700)
        keys.user_count(store_folder)  # a damaged key file is reported, not kept as a backup
        write_durably(part / KEY_FILE, (store_folder / KEY_FILE).read_bytes())
        heads = _copy_database(connection, key, part / STORE_FILE)
        kept_heads.write(part, heads)
        _fsync(part / STORE_FILE)
        write_checksums(part)
        size = sum(file.stat().st_size for file in part.iterdir())
        os.rename(part, final)
        sync_folder(target)
    except OSError as error:
        raise cannot_write(target, error, SAFE) from None
    except DatabaseError as error:
        raise _could_not_copy(target, error) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return BackupResult(final, same_disk(store_folder, final), size, heads)


def restore(backup_folder: Path, store_folder: Path) -> None:
    """Copies a backup into a folder without a store, which is made if it is missing.

    The copy is checked against the backup's checksums before it is put in place; the backup stays as it is.
    After a kill halfway the same call finishes the work. The caller opens the store with the passphrase
    from the day of the backup and starts a new stream. Raises NotAStore (not a backup), StoreDamaged,
    StoreExists, DiskFull, FolderUnusable.
    """
    try:
        written = plain_content(backup_folder / CHECKSUMS, 10_000).decode("ascii", errors="replace")
    except OSError:
        raise NotAStore(
            f"The folder {backup_folder} is not a whole backup; nothing was restored or changed. "
            "Choose a folder whose name begins with spoc-backup-."
        ) from None
    if any(not (backup_folder / name).is_file() for name in (STORE_FILE, KEY_FILE)):
        raise _damaged(backup_folder)
    if os.path.lexists(store_folder / STORE_FILE) or (
        os.path.lexists(store_folder / KEY_FILE)
        and not _same_content(backup_folder / KEY_FILE, store_folder / KEY_FILE)
    ):
        raise StoreExists(
            f"The folder {store_folder} already holds a store, which was left as it is. "
            "Restore into a new folder."
        )
    parts = [store_folder / f"{name}{_PART}" for name in (KEY_FILE, STORE_FILE)]
    try:
        store_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in parts:
            _copy_file(backup_folder / part.name.removesuffix(_PART), part)
        if written != _checksums(store_folder, suffix=_PART):
            raise _damaged(backup_folder)
        for part in parts:
            os.replace(part, part.with_name(part.name.removesuffix(_PART)))
        sync_folder(store_folder)
        sync_folder(store_folder.parent)
    except OSError as error:
        raise cannot_write(
            store_folder, error, "the backup is safe and no store was left half-made"
        ) from None
    finally:
        for part in parts:
            remove_quietly(part)


def prune(target: Path, store_folder: Path, keep: int) -> list[Path]:
    """Removes all except the newest ``keep`` (at least 1) automatic backups of this store.

    Backups that somebody asked for, and those of other stores, stay. Returns the folders removed.
    """
    if keep < 1:
        raise ValueError("at least one backup is kept")
    ours = keys.store_id(store_folder)
    automatic = [
        folder
        for folder in _folders(target)
        if _NAME.fullmatch(folder.name) and folder.name.endswith("-auto") and _is_of(folder, ours)
    ]
    removed = []
    for folder in sorted(automatic, key=lambda f: f.name)[:-keep]:
        part = folder.with_name(folder.name + _PART)
        try:
            os.rename(folder, part)  # a half-removed one must not look like a backup either
        except OSError:
            continue
        shutil.rmtree(part, ignore_errors=True)
        removed.append(folder)
    return removed


def _copy_database(connection: Connection, key: bytes, path: Path) -> Heads:
    """The store at one moment, as one encrypted file without a WAL, checked; returns where its streams end."""
    create_private(path).close()
    copy = dbapi2.connect(str(path), isolation_level=None)
    try:
        copy.execute("PRAGMA cipher_log_level=NONE")
        copy.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        copy.execute("PRAGMA locking_mode=EXCLUSIVE")  # no shared memory: the target may be a share
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        faults = copy.execute("PRAGMA cipher_integrity_check").fetchall()
        faults += [row for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
        last = copy.execute("SELECT stream, max(seq), header FROM entry GROUP BY stream").fetchall()
    finally:
        copy.close()
    with path.open("rb") as file:
        encrypted = not file.read(16).startswith(b"SQLite format 3")
    if faults or not encrypted:
        raise StoreDamaged(
            "The copy of the store did not pass its check and was removed; earlier backups were not "
            "touched. Run: spoc verify"
        )
    return {stream.hex(): (seq, hashlib.sha256(header).hexdigest()) for stream, seq, header in last}


def _damaged(backup_folder: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The backup {backup_folder} is damaged and was not restored; nothing was changed. "
        "Restore an older backup."
    )


def _could_not_copy(target: Path, error: Exception) -> Refusal:
    text = str(error)
    if "full" in text:
        return DiskFull(
            f"There is no room left in {target}; {SAFE}. Free some space and try again."
        )
    if "I/O" in text or "open" in text or "readonly" in text:
        return FolderUnusable(
            f"The backup could not be written to {target} ({text}); {SAFE}. "
            "Check that there is room and that you may write there, then try again."
        )
    return StoreDamaged(
        f"The store could not be copied ({text}); earlier backups were not touched and no half-made one "
        "was left. Run: spoc verify"
    )


def newest(target: Path, store_folder: Path) -> Path | None:
    """The newest backup of this store in a folder."""
    ours = keys.store_id(store_folder)
    names = sorted((each for each in _folders(target) if _NAME.fullmatch(each.name)), key=_when)
    return next((each for each in reversed(names) if _is_of(each, ours)), None)


def _when(folder: Path) -> str:
    return folder.name.removesuffix("-auto")


def _folders(target: Path) -> list[Path]:
    try:
        return [entry for entry in target.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return []


def _is_of(folder: Path, store: bytes) -> bool:
    try:
        return keys.store_id(folder) == store
    except Refusal:
        return False


def _free(target: Path, now: datetime, end: str) -> Path:
    """A folder that does not exist yet, named after this second or the next free one."""
    while (final := target / f"spoc-backup-{now.strftime(_STAMP)}{end}").exists():
        now += timedelta(seconds=1)
    return final


def _sweep(target: Path, ours: bytes, now: datetime) -> None:
    """Removes what a killed backup left behind: this store's at once, others' after a day, since one of
    theirs may be running."""
    for folder in _folders(target):
        begun = _NAME.match(folder.name)
        if begun and folder.name.endswith(_PART):
            started = datetime.strptime(begun[1], _STAMP).replace(tzinfo=UTC)
            if _is_of(folder, ours) or now - started > _ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def folders(target: Path, now: datetime, end: str = "") -> tuple[Path, Path]:
    """The folder of a new backup, and the one in which it is built."""
    final = _free(target, now, end)
    return final, final.with_name(f"{final.name}-{os.getpid()}{_PART}")


def write_checksums(folder: Path) -> None:
    """Writes the checksums of a backup's files. Raises OSError."""
    write_durably(folder / CHECKSUMS, _checksums(folder).encode())


def _copy_file(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with source.open("rb") as content:
        write_file(content, target)


def write_file(content: BinaryIO, target: Path) -> None:
    """Writes an open file's content into a new file that only its owner can read. Raises OSError."""
    with create_private(target) as out:
        shutil.copyfileobj(content, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())


def _fsync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _same_content(a: Path, b: Path) -> bool:
    try:
        return a.read_bytes() == b.read_bytes()
    except OSError:
        return False


def _checksums(folder: Path, suffix: str = "") -> str:
    lines = []
    for name in (STORE_FILE, KEY_FILE):
        with (folder / f"{name}{suffix}").open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    return "".join(lines)
