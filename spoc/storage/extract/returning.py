"""Bringing what users wrote in the extract into the records, by somebody who holds the records' key.

It is received like what another desk wrote: judged by who signed it, and held separately if it does not count.
"""

from contextlib import closing
from pathlib import Path

from spoc.storage.driver import Database, connect, row
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.secrecy import keys
from spoc.storage.secrecy.keyfile import extract_key
from spoc.storage.store import Store
from spoc.storage.store_folder import EXTRACT_FILE

OURS = "extract"  # under this key the records keep the streams that they gave the extract


def key_of(folder: Path, key: bytes) -> bytes:
    """The key of the extract, for somebody who holds the store's."""
    return extract_key(key, keys.store_id(folder))


def take_in(store: Store, folder: Path, key: bytes) -> int:
    """Receives what is new in a store's extract (``key`` is the store's); returns how many entries. Call it
    in a thread.

    Raises StoreDamaged if the extract does not open.
    """
    path, added = folder / EXTRACT_FILE, 0
    streams = local(store.reader, OURS)
    if streams is None or not path.is_file():
        return 0
    with closing(connect(path, key_of(folder, key), read_only=True)) as db:
        for stream in map(bytes.fromhex, streams.values()):
            if new := list(carry(db, stream, _last(store.reader, "entry", stream))):
                added += store.receive(new).added
    return added


def left(db: Database) -> bool:
    """Whether something in the extract is not in the records (attached as ``store``), neither in the ledger
    nor held."""
    for name in ("stream", "audit_stream"):
        stream = bytes.fromhex(local(db, name))
        known = max(_last(db, "store.entry", stream), _last(db, "store.held", stream))
        if _last(db, "main.entry", stream) > known:
            return True
    return False


def changed(folder: Path) -> tuple[int, ...]:
    """Numbers that differ once somebody has written in the extract."""
    found = []
    for end in ("", "-wal"):
        path = Path(f"{folder / EXTRACT_FILE}{end}")
        if path.exists():
            found += [path.stat().st_size, path.stat().st_mtime_ns]
    return tuple(found)


def _last(db: Database, table: str, stream: bytes) -> int:
    found = db.conn.execute(f"SELECT max(seq) FROM {table} WHERE stream = ?", (stream,))
    return row(found.fetchone()) or 0
