"""The guidance pack in force: one that comes with spoc, or a service's own from the ledger.

A service writes its own packs in the folder ``packs`` beside the store, one folder each; they may extend
those that come with spoc but never replace them. Adopting one puts its files into the ledger, with who did
it. Later changes in the folder take effect only when adopted again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spoc.guidance.pack import Files, available, files_of, of_files
from spoc.guidance.packfile import parse
from spoc.model.errors import BadInput, BadPack
from spoc.model.ledger.entry import Command
from spoc.model.ledger.records import tables
from spoc.model.ledger.table import Value, natural_id
from spoc.model.persons import look_alike
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database, row
from spoc.storage.migrations import keep_local, local

FOLDER = "packs"  # for a service's own, beside the store
_BASE = "generic"  # the pack that every service's pack extends
_KEPT = "pack_files"  # the files of the last valid pack, with those that it extends


@dataclass(frozen=True, slots=True)
class Adoption:
    """Who adopted a pack, as it then was (``digest``, hex), and when (UTC text)."""

    digest: str
    by: str
    at: str


def adopted(fields: Mapping[str, str], pack_id: str) -> Adoption | None:
    """The last adoption of a pack, or None; ``fields`` are the settings of the service."""
    try:
        return Adoption(**json.loads(fields.get(key_of(pack_id), "")))
    except (ValueError, TypeError):  # never adopted, or written by a later version
        return None


def key_of(pack_id: str) -> str:
    """The setting that holds the adoption of a pack."""
    return f"adopted.{pack_id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pack that the setting names or named: who set it, and whether in a signed act."""

    pack: str
    by: str
    signed: bool


def in_force(
    db: Database, wanted: Sequence[Wanted], beside: Path, fields: Mapping[str, str]
) -> tuple[Pack, str]:
    """The pack, and a sentence if it is not the one that the setting names, or the files beside the store differ.

    ``wanted`` is what the setting says and said before, the present first; ``fields`` are the settings. Raises
    BadPack if there is no valid one.
    """
    first = wanted[0]
    # before acts were signed nobody adopted packs
    if not first.signed or _is_adopted(db, first.pack, fields):
        return _in_force(db, first.pack, beside, fields)
    earlier = (each.pack for each in wanted[1:] if _is_adopted(db, each.pack, fields))
    pack, text = _in_force(db, next(earlier, _BASE), beside, fields)
    return pack, " ".join(filter(None, (_unadopted(first, pack), text)))


def _unadopted(named: Wanted, pack: Pack) -> str:
    return (
        f"{named.by} chose the pack {named.pack}, which nobody adopted, so it is not in force: the desk works by "
        f"{pack.id}. Ask {named.by} about it; a named professional reads it and adopts it (spoc pack adopt "
        f"{named.pack}), or sets the former one: spoc setting set pack {pack.id}"
    )


def _in_force(
    db: Database, pack_id: str, beside: Path, fields: Mapping[str, str]
) -> tuple[Pack, str]:
    folder = beside / FOLDER
    there = (folder / pack_id).is_dir()
    if pack_id in available():
        text = (
            f"The folder packs/{pack_id} beside the store is not used: {pack_id} is a pack of spoc. Give yours a "
            f'name of its own and write extends = "{pack_id}" in it.'
        )
        return of_files(pack_id, files_of(pack_id)), text if there else ""
    last = local(db, _KEPT)
    kept = _bytes(last["files"]) if last and last["id"] == pack_id else None
    own = _in_ledger(db, pack_id, fields) or (kept and _own(kept))
    try:
        beside_it = files_of(pack_id, folder) if there else None
        changed = beside_it is not None and _own(beside_it) != own
        if beside_it is not None and changed:
            of_files(pack_id, beside_it)
    except BadPack as bad:
        if own is None:
            raise
        pack = _made(db, pack_id, own, kept)
        return pack, f"{bad} Until then the desk goes on with the pack as it was adopted."
    if own is None and beside_it is None:
        return of_files(pack_id, files_of(pack_id)), ""  # which says that there is none
    if own is None or not changed:
        return _made(db, pack_id, own or _own(beside_it or {}), kept), ""
    return _made(db, pack_id, own, kept), (
        f"The files of the pack {pack_id} beside the store were changed and are not in force; the desk goes on with "
        f"the pack as it was adopted. A named professional reads them and adopts them: spoc pack adopt {pack_id}"
    )


def pack_commands(db: Database, pack_id: str, digest: str, beside: Path) -> list[Command]:
    """The commands that put a service's own pack into the ledger as it was read (``digest``); none if it comes
    with spoc, or is already there. Raises BadInput if it has changed since, or passes for one of spoc's."""
    folder = beside / FOLDER
    files = files_of(pack_id, folder if folder.is_dir() else None)
    own = _own(files)
    if not own:
        return []
    alike = look_alike.look_alike(pack_id, available(), ())
    if alike and alike.same:
        raise BadInput(
            f"The pack {pack_id} could be taken for {alike.name}, which is a pack of spoc; nothing was adopted. "
            f'Give it a name of its own and write extends = "{alike.name}" in it.'
        )
    if of_files(pack_id, files).digest != digest:
        raise BadInput(
            f"The files of the pack {pack_id} were changed while it was being adopted; nothing was adopted. Find "
            f"out who writes there, read the pack again, then adopt it: spoc pack adopt {pack_id}"
        )
    fields: dict[str, Value] = {
        "pack": pack_id,
        "digest": digest,
        "files": json.dumps({name: _words(each) for name, each in own.items()}),
    }
    record = natural_id(tables()["pack_files"], fields)
    there = db.conn.execute("SELECT 1 FROM pack_files WHERE id = ?", (record,)).fetchone()
    return [] if there else [Command("pack_files", record, fields)]


def must_be_adopted(db: Database, pack_id: str, fields: Mapping[str, str]) -> None:
    """Raises BadInput for a pack that nobody has adopted; those that come with spoc need not be."""
    if not _is_adopted(db, pack_id, fields):
        raise BadInput(
            f"The pack {pack_id} is not adopted; nothing was changed. A named professional reads it and adopts "
            f"it first: spoc pack adopt {pack_id}"
        )


def _is_adopted(db: Database, pack_id: str, fields: Mapping[str, str]) -> bool:
    return pack_id in available() or _in_ledger(db, pack_id, fields) is not None


def _made(db: Database, pack_id: str, own: Files, kept: Files | None) -> Pack:
    """The pack made from a service's own files on top of spoc's; as it was last valid, if a later spoc
    refuses it."""
    try:
        files = {**own, **_beneath(own)}
        pack = of_files(pack_id, files)
    except BadPack:
        if kept is None or _own(kept) != own:
            raise
        return of_files(pack_id, kept)
    if files != kept:
        words = {name: _words(each) for name, each in files.items()}
        keep_local(db, _KEPT, {"id": pack_id, "digest": pack.digest, "files": words})
    return pack


def _in_ledger(db: Database, pack_id: str, fields: Mapping[str, str]) -> Files | None:
    """A pack's own files as they were adopted; otherwise as they last came into the ledger."""
    last = adopted(fields, pack_id)
    found = row(
        db.conn.execute(
            "SELECT files FROM pack_files WHERE pack = ? AND _void = 0"
            " ORDER BY digest = ? DESC, _hlc DESC, id DESC",
            (pack_id, last.digest if last else ""),
        ).fetchone()
    )
    return _bytes(json.loads(found)) if found else None


def _beneath(own: Files) -> Files:
    """The files of spoc that the last of a service's own packs extends."""
    last = list(own)[-1]
    base = parse(last, "pack.toml", own[last].get("pack.toml")).table.get("extends")
    return files_of(base) if isinstance(base, str) else {}


def _own(files: Files) -> Files:
    return {name: each for name, each in files.items() if name not in available()}


def _words(files: Mapping[str, bytes]) -> dict[str, str]:
    return {file: data.decode() for file, data in files.items()}


def _bytes(found: dict[str, dict[str, str]]) -> Files:
    return {
        name: {file: text.encode() for file, text in each.items()} for name, each in found.items()
    }
