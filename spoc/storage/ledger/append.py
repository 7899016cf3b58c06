"""Append: an act's commands become entries of this desk, each with its place in the chain.

``apply`` then updates the tables; ``write`` does both in one transaction.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from spoc.model.errors import NotAllowed
from spoc.model.ledger.act import signed_content
from spoc.model.ledger.entry import FIRST, Actor, Command, Entry, LedgerPosition, encode
from spoc.model.ledger.ids import hlc, uuid7
from spoc.model.ledger.roster import GOVERNING
from spoc.model.ledger.roster_rights import beyond_a_desk
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import utc_text
from spoc.storage import sealing
from spoc.storage.driver import Database, row
from spoc.storage.ledger.apply import ProjectionContext, apply
from spoc.storage.migrations import SCHEMA, local

Sign = Callable[[bytes], bytes]  # from the bytes that an act's signature covers to the signature


@dataclass(frozen=True, slots=True)
class WrittenAct:
    """An act that was written to the ledger."""

    act: bytes
    entries: tuple[Entry, ...]
    content: bytes = b""  # what was signed


def new_id(now: datetime) -> bytes:
    """A fresh id for a record or an act (uuid7, 16 bytes)."""
    return uuid7(int(now.timestamp() * 1000), os.urandom(10))


def write(
    db: Database,
    commands: Sequence[Command],
    actor: Actor,
    now: datetime,
    book: ProjectionContext,
    sign: Sign,
    *,
    stream: str = "stream",
) -> WrittenAct:
    """Appends one act and applies it. The caller holds ``BEGIN IMMEDIATE``. See ``append`` for the rest."""
    written = append(db, commands, actor, now, book.pack, sign, stream=stream)
    apply(db, written.entries, book)
    return written


def append(
    db: Database,
    commands: Sequence[Command],
    actor: Actor,
    now: datetime,
    pack: Pack,
    sign: Sign,
    *,
    stream: str = "stream",
) -> WrittenAct:
    """Appends one act to the ledger, and does nothing else.

    ``now`` is an aware instant; ``sign`` is the actor's; ``stream`` names which of the desk's own streams
    ("stream" or "audit_stream"). The head and the clock are read here, never cached: another process may
    just have written.
    """
    own, seq, prev, last = head(db, stream)
    place = LedgerPosition(
        stream=own,
        seq=seq,
        prev=prev,
        act=new_id(now),
        size=len(commands),
        at=utc_text(now),
        hlc=last,
        actor=actor.id,
        schema=SCHEMA,
        pack=(pack.id, pack.digest),
    )
    physical = int(now.timestamp() * 1000)
    entries: list[Entry] = []
    rows: list[tuple[object, ...]] = []
    bodies: list[tuple[bytes, bytes]] = []
    digests: list[bytes] = []
    if any(each.tbl in GOVERNING for each in commands):
        seen = last_numbers(db)
        commands = [
            replace(each, seen=seen) if each.tbl in GOVERNING else each for each in commands
        ]
    for command in commands:
        place = place._replace(seq=place.seq + 1, prev=prev, hlc=hlc(physical, place.hlc))
        seal = command.seal
        close = partial(sealing.encrypt, seal.key) if seal else None
        header, body = encode(command, place, os.urandom(16), close)
        prev = hashlib.sha256(header).digest()
        digests.append(prev)
        entry = _entry(prev[:16], command, place)
        entries.append(entry)
        rows.append((own, place.seq, entry.id, place.hlc, command.tbl, command.record, header))
        bodies.append((entry.id, body))
    db.conn.executemany(
        "INSERT INTO entry(stream, seq, entry_id, hlc, tbl, record, header) VALUES(?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    db.conn.executemany("INSERT INTO payload(entry_id, body) VALUES(?, ?)", bodies)
    content = signed_content(digests)
    db.conn.execute("INSERT INTO signature VALUES(?, ?)", (place.act, sign(content)))
    return WrittenAct(place.act, tuple(entries), content)


def last_numbers(db: Database) -> dict[str, int]:
    """The last number of each stream (hex) that this desk has; of an extract, that the records had."""
    found: dict[str, int] = dict(local(db, "seen") or {})
    stream = b""
    while True:
        stream = row(
            db.conn.execute("SELECT min(stream) FROM entry WHERE stream > ?", (stream,)).fetchone()
        )
        if stream is None:
            return found
        last = row(
            db.conn.execute("SELECT max(seq) FROM entry WHERE stream = ?", (stream,)).fetchone()
        )
        found[stream.hex()] = max(last, found.get(stream.hex(), 0))


def head(db: Database, stream: str) -> tuple[bytes, int, bytes, int]:
    """The end of the stream that the next entry follows: its id, last number and hash, and this desk's last clock.

    The clock counts only what was written here, in any stream: another desk's wrong clock does not spoil
    this one's. An extract knows (``clock``) how far its desk's had come.
    """
    own, seq, header, last = db.conn.execute(
        "WITH own(stream) AS (SELECT unhex(value ->> '$') FROM local WHERE key IN ('stream', 'audit_stream')"
        " UNION SELECT unhex(each.value) FROM local, json_tree(local.value) AS each"
        "  WHERE local.key = 'former_streams' AND each.type = 'text')"
        " SELECT unhex(value ->> '$') AS ours, seq, header, (SELECT max((SELECT hlc FROM entry"
        "  WHERE entry.stream = own.stream ORDER BY seq DESC LIMIT 1)) FROM own)"
        " FROM local LEFT JOIN entry ON stream = ours"
        " WHERE key = ? ORDER BY seq DESC LIMIT 1",
        (stream,),
    ).fetchone()
    prev = hashlib.sha256(header).digest() if header else FIRST
    return own, seq or 0, prev, max(last or 0, local(db, "clock") or 0)


def _entry(own_id: bytes, command: Command, place: LedgerPosition) -> Entry:
    return Entry(
        id=own_id,
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
        fields=None if command.seal else command.fields,
        parents={} if command.seal else command.parents,
        why="" if command.seal else command.why,
        sealed=command.seal.contact if command.seal else b"",
        seen=None if command.seal else command.seen,
    )


def may_by_itself(commands: Sequence[Command], *, extract: bool = False) -> None:
    """Raises NotAllowed if a desk may not write this while nobody is signed in: nothing in an extract, which has
    no keys of the desk."""
    if extract or beyond_a_desk([(each.tbl, each.fields) for each in commands]):
        raise NotAllowed(
            "The desk is locked, so this was not written: writing in somebody's name needs their key. Sign "
            "in and do it again; what was typed is kept."
        )
