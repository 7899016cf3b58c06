"""Audit entries that could not be written because the disk was full: kept until there is room, even if the
program ends.

They are kept in memory and, sealed to the desk, in the folder of the user's settings, which may be on another
disk. The file reveals only that something is owed.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoc.storage import sealing, store_folder
from spoc.storage.migrations import local
from spoc.storage.store import Store
from spoc.storage.store_folder import remove_quietly, write_durably

_BOUND = b"spoc owed 1"
_LONGEST = 10_000  # bytes of one file
_MOST = 1000  # files per store, so that a second disk does not fill up as well


@dataclass(frozen=True, slots=True)
class Owed:
    """One entry that is owed: its fields, as JSON can contain them, and its id."""

    store: Store
    record: bytes
    content: dict[str, Any]

    @property
    def _file(self) -> Path:
        return _home() / f"{_of(self.store)}-{self.record.hex()}.sealed"

    def keep(self) -> None:
        """Keeps it outside the store. If there is no room there either, only the running program has it."""
        keys = local(self.store.reader, "desk_keys")
        if not keys:
            return
        public = sealing.public_of(bytes.fromhex(keys["private"]))
        box = sealing.seal(public, json.dumps(self.content).encode(), _BOUND + self.record)
        with suppress(OSError):
            _home().mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(list(_home().iterdir())) < _MOST:
                write_durably(self._file, box)

    def paid(self) -> None:
        """Deletes the copy, because the entry is written now."""
        remove_quietly(self._file)


def left(store: Store) -> list[Owed]:
    """The entries still owed when the program last ended. A file that does not open stays where it is."""
    found, keys = [], local(store.reader, "desk_keys")
    if not keys:
        return []
    with suppress(OSError):
        for file in sorted(_home().glob(f"{_of(store)}-*.sealed")):
            with suppress(OSError, ValueError, sealing.SealBroken):
                record = bytes.fromhex(file.stem.partition("-")[2])
                with file.open("rb") as opened:
                    box = opened.read(_LONGEST)
                private = bytes.fromhex(keys["private"])
                value = json.loads(sealing.unseal(private, box, _BOUND + record))
                found.append(Owed(store, record, value))
    return found


def _home() -> Path:
    return store_folder.user_settings() / "owed"


def _of(store: Store) -> str:
    return hashlib.sha256(str(store.path.parent.resolve()).encode()).hexdigest()[:16]
