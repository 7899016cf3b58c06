"""Giving the store the data key that was sealed to those who stay when somebody left.

The key file then holds the new key and the former one, and the store has either. It is given the new one
when a window opens it, before anything else reads: whatever reads beside it would meet pages it cannot
read. Where a command has it open at that moment, it goes on with the former key until the next time.
"""

from pathlib import Path

from spoc.model.errors import Refusal, StoreDamaged
from spoc.storage.driver import DatabaseError, connect, row
from spoc.storage.place import STORE_FILE
from spoc.storage.secrecy import keyfile, keys


def key_in_force(folder: Path, unlocked: keys.Unlocked, *, alone: bool) -> bytes:
    """The data key that the store has; ``alone`` where this is its window, which may change it.

    Raises StoreDamaged where neither key fits.
    """
    if not unlocked.former_key:
        return unlocked.data_key
    path = folder / STORE_FILE
    if not _fits(path, unlocked.data_key) and not (
        alone and rekey(path, unlocked.former_key, unlocked.data_key)
    ):
        return unlocked.former_key
    if alone:
        keyfile.settle(folder)
    return unlocked.data_key


def rekey(path: Path, former: bytes, new: bytes) -> bool:
    """Encrypt the whole file with another key; False, and nothing is changed, where that cannot be now.

    One transaction: after a power cut the file has one key or the other.
    """
    try:
        db = connect(path, former)
    except Refusal:
        return False
    try:
        db.conn.execute("PRAGMA busy_timeout=200")
        # Only the one connection that is left can leave the WAL: so nobody else has it open.
        if row(db.conn.execute("PRAGMA journal_mode=DELETE").fetchone()) != "delete":
            return False
        db.conn.execute("PRAGMA journal_mode=WAL")
        db.conn.execute(f"PRAGMA rekey=\"x'{new.hex()}'\"")
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except DatabaseError:
        pass  # a full disk, or somebody who came in between: which key it has is asked again
    finally:
        db.conn.close()
    return _fits(path, new)


def _fits(path: Path, key: bytes) -> bool:
    try:
        connect(path, key, read_only=True).conn.close()
    except StoreDamaged:
        return False
    return True
