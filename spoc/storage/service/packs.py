"""Which guidance pack is in force: that of the setting as its files now are, else the last that held.

A service's own packs lie in the folder ``packs`` beside the store, one folder each; they may extend those
that come with spoc.
"""

from pathlib import Path

from spoc.guidance.pack import Files, files_of, of_files
from spoc.model.errors import BadPack
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local

FOLDER = "packs"  # of a service's own, beside the store
_KEPT = "pack_files"  # the files of the last pack that held, with the digest of it


def in_force(db: Database, pack_id: str, beside: Path) -> tuple[Pack, str]:
    """The pack, and a sentence where what its files now say does not hold and the last good one serves.

    Raises BadPack where there is no good one to go on with.
    """
    folder = beside / FOLDER
    try:
        files = files_of(pack_id, folder if folder.is_dir() else None)
        pack = of_files(pack_id, files)
    except BadPack as bad:
        held = local(db, _KEPT)
        if not held or held["id"] != pack_id:
            raise
        said = f"{bad} Until then the desk goes on with the pack as it last held."
        return of_files(pack_id, _bytes(held["files"])), said
    held = local(db, _KEPT)
    if not held or held["digest"] != pack.digest:
        words = {
            name: {file: data.decode() for file, data in each.items()}
            for name, each in files.items()
        }
        keep_local(db, _KEPT, {"id": pack_id, "digest": pack.digest, "files": words})
    return pack, ""


def _bytes(held: dict[str, dict[str, str]]) -> Files:
    return {
        name: {file: text.encode() for file, text in each.items()} for name, each in held.items()
    }
