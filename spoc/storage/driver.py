"""The only way to SQLCipher: imported before sqlite_utils, so that both use the same errors.

sqlite_utils catches the exception classes of whichever driver it finds first. If that were the standard
library's, our errors would pass through it and rows would be silently lost; so our driver is registered
under the name it looks for, and this module refuses to continue if that came too late.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from spoc.model.errors import DiskFull, EncryptionMissing, StoreDamaged
from spoc.model.ledger.entry import Open
from spoc.storage.store_folder import keep_private

SQLITE_NEEDED = (3, 51, 3)  # every earlier SQLite can lose a WAL reset

_MISSING = (
    "The encryption library (sqlcipher3) is missing or does not encrypt on this computer; nothing was "
    "opened, created or changed. Ask IT to install spoc again with its lock file."
)

try:
    import sqlcipher3
    from sqlcipher3 import dbapi2

    sys.modules["pysqlite3"] = sqlcipher3
    sys.modules["pysqlite3.dbapi2"] = dbapi2
    import sqlite_utils.utils
except ImportError as missing:
    raise EncryptionMissing(_MISSING) from missing

if vars(sqlite_utils.utils)["sqlite3"] is not sqlcipher3:
    raise EncryptionMissing(_MISSING)
if dbapi2.sqlite_version_info < SQLITE_NEEDED:
    raise EncryptionMissing(
        f"The encryption library brings SQLite {dbapi2.sqlite_version}, which can lose work; nothing was "
        "opened. Ask IT to install sqlcipher3 0.6.4 or later."
    )


class Database(sqlite_utils.Database):
    """A connection. ``opens`` opens sealed payloads as they are read: only if the connection was made for
    that."""

    opens: Open | None = None


Connection = dbapi2.Connection
DatabaseError: type[Exception] = dbapi2.DatabaseError
IntegrityError: type[Exception] = dbapi2.IntegrityError
OperationalError: type[Exception] = dbapi2.OperationalError

_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-65536",
    "PRAGMA busy_timeout=10000",
)


def connect(path: Path | str, key: bytes, *, read_only: bool = False) -> Database:
    """Opens the encrypted database file at ``path`` with the raw 32-byte ``key``.

    A missing file is created (unless ``read_only``); ``":memory:"`` is allowed for made-up data.
    Transactions are explicit: the connection begins none by itself.

    Raises EncryptionMissing if no cipher responds, DiskFull, StoreDamaged if the key does not fit.
    """
    if len(key) != 32:
        raise ValueError("the key is 32 bytes")
    _require_cipher()
    if isinstance(path, Path) and not read_only:
        keep_private(path)
    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        return Database(connection, execute_plugins=False, strict=True)
    except DatabaseError as error:
        connection.close()
        if "disk I/O" in str(error) or "full" in str(error):
            raise DiskFull(
                f"The disk is full or does not answer ({error}), so the store was not opened; what was saved "
                "before is safe. Make room on the disk and start again; if there is room, tell IT."
            ) from None
        raise damaged(path, error) from None


def _require_cipher() -> None:
    """Raises EncryptionMissing if no cipher responds: tried beside the file, which stays untouched."""
    asked = dbapi2.connect(":memory:")
    try:
        if not asked.execute("PRAGMA cipher_version").fetchone():
            raise EncryptionMissing(_MISSING)
    finally:
        asked.close()


def damaged(path: Path | str, error: BaseException | str) -> StoreDamaged:
    """The refusal for a file that cannot be read as a store."""
    return StoreDamaged(
        f"The store {Path(path).name} cannot be read ({error}). Nothing was changed; leave the folder as it "
        "is and restore the newest backup into a new folder with: spoc --store FOLDER restore BACKUP"
    )


def row(found: Any) -> Any:
    """The first column of a fetched row, or None."""
    return found[0] if found else None


def data_version(db: Database) -> int:
    """A number that differs for this connection once another one has written."""
    return int(row(db.conn.execute("PRAGMA data_version").fetchone()))


def checkpointed(db: Database) -> bool:
    """Copies the WAL into the file without waiting for readers; returns whether all of it is there now."""
    try:  # FULL would hold up writers until the last reader has finished
        _, frames, brought = db.conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except DatabaseError:
        return False
    return bool(frames == brought)


def truncated(db: Database) -> bool:
    """Empties the WAL, which keeps former pages, unless somebody is reading from it. Nobody waits."""
    with suppress(DatabaseError):
        (waits,) = db.conn.execute("PRAGMA busy_timeout").fetchone()
        db.conn.execute("PRAGMA busy_timeout=0")
        try:
            (busy, *_) = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            db.conn.execute(f"PRAGMA busy_timeout={waits}")
        return not busy
    return False
