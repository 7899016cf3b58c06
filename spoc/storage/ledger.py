"""The one write path: an act's commands become entries, and the projection follows, in one transaction."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from spoc.model.codes import Pack
from spoc.model.entry import FIRST, Actor, Command, Entry, Place, encode, entry_id
from spoc.model.ids import hlc, uuid7
from spoc.model.instants import utc_text
from spoc.model.records import Table
from spoc.storage import projection, search
from spoc.storage.driver import Database, row
from spoc.storage.migrations import SCHEMA, local


@dataclass(frozen=True, slots=True)
class Written:
    """What an act left in the ledger."""

    act: bytes
    entries: tuple[Entry, ...]


def new_id(now: datetime) -> bytes:
    """A fresh id for a record or an act (uuid7, 16 bytes)."""
    return uuid7(int(now.timestamp() * 1000), os.urandom(10))


def write(
    db: Database,
    commands: Sequence[Command],
    actor: Actor,
    now: datetime,
    tables: Mapping[str, Table],
    pack: Pack,
    *,
    stream: str = "stream",
) -> Written:
    """Append one act and bring the projection up to date. The caller holds ``BEGIN IMMEDIATE``.

    ``now`` is an aware instant; ``stream`` names which of the desk's own streams ("stream" or
    "audit_stream"). The head and the clock are read here, never cached: another process may have
    written a moment ago.
    """
    own = bytes.fromhex(local(db, stream))
    seq, prev = head(db, own)
    last = row(db.conn.execute("SELECT max(hlc) FROM entry").fetchone()) or 0
    act, at, physical = new_id(now), utc_text(now), int(now.timestamp() * 1000)
    entries: list[Entry] = []
    rows: list[tuple[object, ...]] = []
    bodies: list[tuple[bytes, bytes]] = []
    for command in commands:
        seq += 1
        last = hlc(physical, last)
        place = Place(
            stream=own,
            seq=seq,
            prev=prev,
            act=act,
            size=len(commands),
            at=at,
            hlc=last,
            actor=actor.id,
            schema=SCHEMA,
            pack=(pack.id, pack.digest),
        )
        header, body = encode(command, place, os.urandom(16))
        prev = hashlib.sha256(header).digest()
        entry = _entry(header, command, place)
        entries.append(entry)
        rows.append((own, seq, entry.id, last, command.tbl, command.record, header))
        bodies.append((entry.id, body))
    known = projection.known(db, {command.record for command in commands})
    earlier = {
        (each.tbl, each.record): projection.entries_of(db, each.tbl, each.record)
        if each.record in known
        else []
        for each in commands
    }
    db.conn.executemany(
        "INSERT INTO entry(stream, seq, entry_id, hlc, tbl, record, header) VALUES(?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    db.conn.executemany("INSERT INTO payload(entry_id, body) VALUES(?, ?)", bodies)
    for entry in entries:
        earlier[entry.tbl, entry.record].append(entry)
    for (tbl, record), all_of_it in earlier.items():
        if tbl in tables:
            projection.project(db, tables[tbl], record, all_of_it)
    search.follow(db, earlier, tables, pack)
    return Written(act, tuple(entries))


def head(db: Database, stream: bytes) -> tuple[int, bytes]:
    """The last sequence number of a stream and the hash that the next entry must follow."""
    found = db.conn.execute(
        "SELECT seq, header FROM entry WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)
    ).fetchone()
    return (found[0], hashlib.sha256(found[1]).digest()) if found else (0, FIRST)


def _entry(header: bytes, command: Command, place: Place) -> Entry:
    return Entry(
        id=entry_id(header),
        stream=place.stream,
        seq=place.seq,
        prev=place.prev,
        act=place.act,
        size=place.size,
        at=place.at,
        hlc=place.hlc,
        tbl=command.tbl,
        record=command.record,
        actor=place.actor,
        fields=command.fields,
        parents=command.parents,
        why=command.why,
    )
