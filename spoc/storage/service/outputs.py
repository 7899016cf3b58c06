"""The folder of outputs: unencrypted files that somebody asked for, recorded first, listed, and deleted
here."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spoc.model.errors import BadInput
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.storage.store_folder import own_folder

# In the folder of the store: on the computer's own disk, and in no folder that is copied elsewhere.
FOLDER = "outputs"
_READ_BACKS = "read-backs"  # where earlier versions put them; listed and deleted too
_OWN = 0o600  # only the person who wrote it may read it


@dataclass(frozen=True, slots=True)
class Output:
    """An unencrypted file: its path, when it was written, its size (bytes)."""

    path: Path
    at: datetime
    size: int


def write(desk: Desk, kind: str, text: str, *, detail: str = "", subject: bytes = b"") -> Path:
    """Writes a new file (``kind`` begins its name, which names nobody): recorded first, so that none goes
    unrecorded, with anything else to record and the record it comes from. Raises a Refusal if it cannot be
    recorded or written."""
    require(desk.actor.role, "contact.view")
    now = desk.store.now()
    path = desk.folder / FOLDER / f"{kind}-clear-text-{to_local(now):%Y%m%d-%H%M%S}.html"
    words = ", ".join(filter(None, (detail, path.name)))
    audit.record(
        desk.store, desk.actor, "export", subject=subject, purpose=kind, detail=words
    ).result()
    try:
        own_folder(path.parent)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
        with open(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise BadInput(f"No file was written: {why}. Nothing else was changed.") from None
    return path


def listed(desk: Desk) -> list[Output]:
    """The present files, latest first."""
    outputs = []
    for folder in (desk.folder / FOLDER, desk.folder / _READ_BACKS):
        with suppress(OSError):
            for path in folder.iterdir() if not folder.is_symlink() else ():
                row = path.lstat()
                if stat.S_ISREG(row.st_mode):
                    at = datetime.fromtimestamp(row.st_mtime, UTC)
                    outputs.append(Output(path, at, row.st_size))
    return sorted(outputs, key=lambda each: (each.at, each.path.name), reverse=True)


def delete(desk: Desk, output: Output) -> None:
    """Deletes one of them, and records that. Raises BadInput if this is not possible."""
    try:
        output.path.unlink(missing_ok=True)
    except OSError as error:
        why = (error.strerror or "it cannot be deleted").lower()
        raise BadInput(f"{output.path.name} was not deleted: {why}.") from None
    audit.record(desk.store, desk.actor, "deleted", purpose="output", detail=output.path.name)
