"""Which guidance pack is in force: that of the setting as its files now are, else the last that held.

A service's own packs lie in the folder ``packs`` beside the store, one folder each; they may extend those
that come with spoc. What they say travels in the ledger, so that a desk without the files opens.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from spoc.guidance.pack import Files, available, files_of, of_files
from spoc.model.errors import BadPack
from spoc.model.ledger.entry import Command
from spoc.model.ledger.records import Value, natural_id, tables
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database, row
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
            received = _received(db, pack_id)
            if received is None:
                raise
            spoilt = (folder / pack_id).is_dir()
            said = f"{bad} Until then the desk goes on with the pack as the service last set it."
            return received, said if spoilt else ""
        said = f"{bad} Until then the desk goes on with the pack as it last held."
        return of_files(pack_id, _bytes(held["files"])), said
    held = local(db, _KEPT)
    if not held or held["digest"] != pack.digest:
        words = {name: _words(each) for name, each in files.items()}
        keep_local(db, _KEPT, {"id": pack_id, "digest": pack.digest, "files": words})
    return pack, ""


def carried(db: Database, pack_id: str, beside: Path) -> list[Command]:
    """The commands that put a service's own pack into the ledger, by the digest of what it says, so that a desk
    without its files opens; none where it comes with spoc, or is there already."""
    folder = beside / FOLDER
    files = files_of(pack_id, folder if folder.is_dir() else None)
    own = {name: each for name, each in files.items() if name not in available()}
    if not own:
        return []
    said: dict[str, Value] = {
        "pack": pack_id,
        "digest": of_files(pack_id, files).digest,
        "files": json.dumps({name: _words(each) for name, each in own.items()}),
    }
    record = natural_id(tables()["pack_files"], said)
    there = db.conn.execute("SELECT 1 FROM pack_files WHERE id = ?", (record,)).fetchone()
    return [] if there else [Command("pack_files", record, said)]


def _received(db: Database, pack_id: str) -> Pack | None:
    """The pack of the service as another desk put it into the ledger last, over what comes with spoc."""
    if pack_id in available():
        return None
    held = row(
        db.conn.execute(
            "SELECT files FROM pack_files WHERE pack = ? AND _void = 0 ORDER BY _hlc DESC, id DESC",
            (pack_id,),
        ).fetchone()
    )
    if held is None:
        return None
    files = _bytes(json.loads(held))
    base = tomllib.loads(files[list(files)[-1]]["pack.toml"].decode()).get("extends")
    return of_files(pack_id, {**files, **(files_of(base) if base else {})})


def _words(files: Mapping[str, bytes]) -> dict[str, str]:
    return {file: data.decode() for file, data in files.items()}


def _bytes(held: dict[str, dict[str, str]]) -> Files:
    return {
        name: {file: text.encode() for file, text in each.items()} for name, each in held.items()
    }
