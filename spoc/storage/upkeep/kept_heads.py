"""The ends of a store's streams, kept in each of its backups: a store that ends earlier is an older copy."""

import json
from pathlib import Path

from spoc.model.errors import Refusal
from spoc.model.ledger.chain import Heads
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.secrecy import keyfile
from spoc.storage.store_folder import plain_content, write_durably

FILE = "spoc.heads"
_LONGEST = 1_000_000  # bytes


def write(backup: Path, heads: Heads) -> None:
    """Keeps the ends of a backup's streams and the number of its key file in the backup. Raises OSError."""
    fields = {
        "streams": {stream: [seq, digest] for stream, (seq, digest) in heads.items()},
        "keys": keyfile.read(backup)[0].number,
    }
    write_durably(backup / FILE, json.dumps(fields).encode())


def older(backup: Path, folder: Path, db: Database) -> str:
    """What to say if a backup has what the store does not have, or a later key file; "" if not, or if it does not say."""
    try:
        value = json.loads(plain_content(backup / FILE, _LONGEST))
        ends = {str(stream): _end(end) for stream, end in value["streams"].items()}
        keys, number = int(value["keys"]), keyfile.read(folder)[0].number
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Refusal):
        return ""
    for name in ("stream", "audit_stream"):
        stream, _, _, _ = append.head(db, name)
        if stream.hex() in ends and not _has(db, stream, *ends[stream.hex()]):
            return f"The backup {backup.name} holds more than the records here: an older copy was put back. {_WHAT_TO_DO}"
    if keys > number:
        return f"The backup {backup.name} has a later key file than the one here: an older one was put back. {_WHAT_TO_DO}"
    return ""


def _end(end: int | list[int | str]) -> tuple[int, bytes]:
    """The last entry's number and id; no id where an earlier version wrote the number alone."""
    if isinstance(end, int):
        return end, b""
    return int(end[0]), bytes.fromhex(str(end[1]))[:16]


def _has(db: Database, stream: bytes, seq: int, entry: bytes) -> bool:
    """Whether the store has that entry: one put back may have grown as long as the backup, with other entries."""
    found = db.conn.execute(
        "SELECT entry_id FROM entry WHERE stream = ? AND seq = ?", (stream, seq)
    )
    ids = [each for (each,) in found]
    return entry in ids if entry else bool(ids)


_WHAT_TO_DO = (
    "Sync before you go on; if you did not put it back yourself, tell IT and a named professional."
)
