"""A backup by somebody who holds no key of the store: its encrypted file as it lies, not read.

SQLite must not be in the middle of anything: nobody has the store open, and its file did not change while it
was copied. Whoever holds the key can compare the copy with the records: ``spoc verify --against``.
"""

import hashlib
import os
import shutil
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from spoc.model.errors import StoreInUse
from spoc.storage.store_folder import (
    KEY_FILE,
    STORE_FILE,
    as_it_lies,
    cannot_write,
    same_disk,
    sync_folder,
    write_durably,
)
from spoc.storage.upkeep import backup
from spoc.storage.upkeep.backup import BackupResult
from spoc.storage.window import one_at_a_time


def copy(store_folder: Path, target: Path, now: datetime) -> BackupResult:
    """Copies the encrypted file and the key file into a new folder in ``target``, with their checksums.

    The caller holds the store's window. Raises StoreInUse if somebody has the store open or it was not closed
    properly, DiskFull, FolderUnusable; nothing then remains in ``target``.
    """
    with one_at_a_time(store_folder, backup.LOCK_FILE):
        final, part = backup.folders(target, now)
        try:
            before = _resting(store_folder)
            target.mkdir(parents=True, exist_ok=True)
            part.mkdir(mode=0o700)
            write_durably(part / KEY_FILE, (store_folder / KEY_FILE).read_bytes())
            with as_it_lies(store_folder / STORE_FILE) as source:
                backup.write_file(source, part / STORE_FILE)
            with (part / STORE_FILE).open("rb") as made:
                copied = _digest(made)
            if not before == copied == _resting(store_folder):
                raise _in_use(store_folder)
            backup.write_checksums(part)
            size = sum(file.stat().st_size for file in part.iterdir())
            os.rename(part, final)
            sync_folder(target)
        except OSError as error:
            raise cannot_write(target, error, backup.SAFE) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return BackupResult(final, same_disk(store_folder, final), size, {})


def _resting(folder: Path) -> str:
    """The SHA-256 of the store's file while nothing of it is elsewhere. Raises StoreInUse, OSError."""
    left = Path(f"{folder / STORE_FILE}-wal")
    if left.exists() and left.stat().st_size:
        raise _in_use(folder)
    with as_it_lies(folder / STORE_FILE) as file:
        return _digest(file)


def _digest(file: BinaryIO) -> str:
    found = hashlib.sha256()
    for block in iter(partial(file.read, 1 << 20), b""):
        found.update(block)
    return found.hexdigest()


def _in_use(folder: Path) -> StoreInUse:
    return StoreInUse(
        f"The store in {folder} is in use, or was not closed properly, so no copy was made of it; its records are safe. "
        "Close spoc there and try again; the daily copy is made by whoever takes calls."
    )
