"""Giving the store its new data key after somebody left.

The key file then has the new key and the former one, and the store uses one of them. It gets the new one
when a window opens it, before anything else reads: other readers would meet pages they cannot read. If a
command has it open at that moment, the store keeps the former key until the next time.
"""

from pathlib import Path

from spoc.model.errors import Refusal, StoreDamaged
from spoc.storage.driver import DatabaseError, connect, row
from spoc.storage.secrecy import keyfile, keys
from spoc.storage.secrecy.keyfile import extract_key
from spoc.storage.store_folder import EXTRACT_FILE, STORE_FILE


def key_in_force(folder: Path, unlocked: keys.OpenedKeys, *, alone: bool) -> bytes:
    """The store's data key; ``alone`` if this is its window, which may change it.

    Raises StoreDamaged if neither key fits.
    """
    if not unlocked.former_key:
        return unlocked.data_key
    path = folder / STORE_FILE
    if not _fits(path, unlocked.data_key) and not (
        alone and rekey(path, unlocked.former_key, unlocked.data_key)
    ):
        return unlocked.former_key
    if alone and _extract_too(folder, unlocked):
        keyfile.drop_former_key(folder)
    return unlocked.data_key


def _extract_too(folder: Path, unlocked: keys.OpenedKeys) -> bool:
    """Gives the extract the key that follows from the store's; False if it is in use and keeps the former one."""
    path, store = folder / EXTRACT_FILE, keys.store_id(folder)
    new, former = (extract_key(each, store) for each in (unlocked.data_key, unlocked.former_key))
    # one that is broken is made again
    if not path.exists() or _fits(path, new) or not _fits(path, former):
        return True
    return rekey(path, former, new)


def extract_key_in_force(folder: Path, unlocked: keys.OpenedKeys) -> bytes | None:
    """The key of the extract for somebody who has only that; None if the extract is missing or does not open."""
    path = folder / EXTRACT_FILE
    for key in filter(None, (unlocked.data_key, unlocked.former_key)):
        if path.is_file() and _fits(path, key):
            return key
    return None


def rekey(path: Path, former: bytes, new: bytes) -> bool:
    """Encrypts the whole file with another key; returns False and changes nothing if that is not possible
    now.

    One transaction: after a power cut the file has one key or the other.
    """
    try:
        db = connect(path, former)
    except Refusal:
        return False
    try:
        db.conn.execute("PRAGMA busy_timeout=200")
        # Only the last remaining connection can leave the WAL, so nobody else has it open.
        if row(db.conn.execute("PRAGMA journal_mode=DELETE").fetchone()) != "delete":
            return False
        db.conn.execute("PRAGMA journal_mode=WAL")
        db.conn.execute(f"PRAGMA rekey=\"x'{new.hex()}'\"")
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except DatabaseError:
        pass  # the disk is full, or somebody opened it meanwhile: find out again which key it has
    finally:
        db.conn.close()
    return _fits(path, new)


def _fits(path: Path, key: bytes) -> bool:
    try:
        connect(path, key, read_only=True).conn.close()
    except StoreDamaged:
        return False
    return True
