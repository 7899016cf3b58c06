"""What an audit entry owes: a view that found the disk full, kept until there is room, also after the program ended.

While the program runs it is kept in memory; beside that it lies, sealed to the desk, in the user's settings, which may
be on another disk. Nothing can be read from it but that something is owed.
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
_LONGEST = 10_000  # bytes of a file
_MOST = 1000  # of a store: somebody who fills a disk fills no second one


@dataclass(frozen=True, slots=True)
class Owed:
    """One entry that is owed: what is to be written, in words that JSON holds, and under which id."""

    store: Store
    record: bytes
    content: dict[str, Any]

    @property
    def _file(self) -> Path:
        return _home() / f"{_of(self.store)}-{self.record.hex()}.sealed"

    def keep(self) -> None:
        """Keep it beside the store. Where there is no room either, the running program alone has it."""
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
        """It is written: what was kept of it goes."""
        remove_quietly(self._file)


def left(store: Store) -> list[Owed]:
    """What was owed when the program ended. What does not open is left where it is."""
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
