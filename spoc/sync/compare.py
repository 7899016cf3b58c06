"""Comparing this desk with a share, a hub or a backup: which records differ, by hash."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spoc.model.errors import Refusal, StoreDamaged
from spoc.model.ledger.entry import entry_id
from spoc.model.values.dates import counted
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.group import Group
from spoc.storage.driver import Database, DatabaseError, connect
from spoc.storage.secrecy import keyfile, keys
from spoc.storage.store_folder import STORE_FILE
from spoc.sync.names import END, range_of
from spoc.sync.segment import BadSegment, SegmentHeader, opened
from spoc.sync.sending import verifier
from spoc.sync.transport import Transport

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """The result: what only one side has, as records by kind and id and as a number of entries, and what
    could not be read."""

    here: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    entries: int = 0

    @property
    def same(self) -> bool:
        return not (self.here or self.there or self.unreadable)

    def lines(self) -> list[str]:
        """The report for people."""
        if self.same:
            return [f"Both hold the same: {self.entries:,} entries of records."]
        parts = [*self.unreadable]
        for which, records in (("only here", self.here), ("only there", self.there)):
            if records:
                parts.append(f"Entries of {counted(len(records), 'record')} are {which}:")
                parts += [f"  {each}" for each in records[:SHOWN]]
                if len(records) > SHOWN:
                    parts.append(f"  and {len(records) - SHOWN:,} more")
        return parts


def with_backup(desk: Desk, folder: Path) -> Compared:
    """Compares with a backup of this store (a folder with ``spoc.db``). Raises Refusal if it cannot be opened."""
    copy = _opened_backup(desk, folder)
    try:
        # A view, which whoever has the key could put there, may have rows without end.
        if copy.conn.execute("SELECT type FROM sqlite_master WHERE name = 'entry'").fetchall() != [
            ("table",)
        ]:
            raise _no_backup(folder)
        return _compared(desk, _ids(copy), ())
    except DatabaseError:
        raise _no_backup(folder) from None
    finally:
        copy.close()


def _opened_backup(desk: Desk, folder: Path) -> Database:
    """A backup, opened for reading with its own key: the store's key changes when a user is removed."""
    content, _ = keyfile.read(folder)
    if content.store != keys.store_id(desk.folder):
        raise Refusal(f"The backup {folder} is of another store, so nothing was compared.")
    if not (folder / STORE_FILE).is_file():
        raise _no_backup(folder)
    sealed = [slot.data_key for slot in content.slots if slot.user == desk.actor.id]
    unsealed = (desk.store.keyring.unseal(desk.actor.id, each, content.store) for each in sealed)
    for key in filter(None, (desk.key, *unsealed)):
        with suppress(StoreDamaged):
            return connect(folder / STORE_FILE, key, read_only=True)
    raise Refusal(
        f"The backup {folder} opens only with a passphrase from its own day, so nothing was compared. Restore it into "
        f"a new folder and verify it there: spoc --store NEW restore {folder}, then spoc --store NEW verify"
    )


def _no_backup(folder: Path) -> Refusal:
    return Refusal(
        f"The folder {folder} holds no records as spoc writes them, so nothing was compared. Name another backup, and tell "
        "IT if spoc made this one."
    )


def with_place(desk: Desk, transport: Transport) -> Compared:
    """Compares with a place of sync. Raises Refusal if this desk belongs to no group."""
    db = desk.store.reader
    group = groups.group_of(db)
    if group is None:
        raise Refusal("This desk syncs with no other, so there is nothing to compare. Sync first.")
    there: dict[bytes, str] = {}
    torn: dict[str, str] = {}
    whole: list[SegmentHeader] = []
    verify = verifier(groups.every(db))
    for name in sorted(transport.list()):
        if not (name.startswith(f"{group.id.hex()}/") and name.endswith(END)):
            continue
        try:
            header, entries = opened(group, _bounded(transport, name), verify)
        except BadSegment as bad:
            torn[name] = f"The file {name} could not be read: {bad}."
            continue
        whole.append(header)
        for each in entries:
            there[entry_id(each.header)] = _record(each.header)
    lost = [why for name, why in torn.items() if not _stands_beside(group, name, whole)]
    return _compared(desk, there, lost)


def _bounded(transport: Transport, name: str) -> bytes:
    try:
        return transport.get(name)
    except KeyError:
        raise BadSegment("it is gone, or larger than any segment") from None


def _stands_beside(group: Group, torn: str, whole: Sequence[SegmentHeader]) -> bool:
    """Whether a readable file has what an unreadable one should contain, because it was written again."""
    ends: dict[bytes, int] = {}
    for each in whole:
        ends[each.stream] = max(each.last, ends.get(each.stream, 0))
    of = range_of(group, torn, ends)
    if of is None:
        return False
    stream, first, last = of
    return any(
        each.stream == stream and each.first <= first and last <= each.last for each in whole
    )


def _compared(desk: Desk, there: dict[bytes, str], unreadable: Iterable[str]) -> Compared:
    here = _ids(desk.store.reader)
    alone = dict.fromkeys(record for entry, record in here.items() if entry not in there)
    missing = dict.fromkeys(record for entry, record in there.items() if entry not in here)
    return Compared(tuple(alone), tuple(missing), tuple(unreadable), len(here))


def _ids(db: Database) -> dict[bytes, str]:
    """Every entry of a record, and the record it belongs to."""
    streams = places.last_of_records(db)
    found = db.conn.execute("SELECT stream, entry_id, tbl, record FROM entry").fetchall()
    return {
        entry: f"{tbl} {record.hex()}" for stream, entry, tbl, record in found if stream in streams
    }


def _record(header: bytes) -> str:
    value = json.loads(header)
    return f"{value['tbl']} {value['record']}"
