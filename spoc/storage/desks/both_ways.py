"""Letting both ways of a stream count: two people decide it, or one and the recovery code (rule S8).

What came by either way was signed by its author, or it would not have been kept; records that are wrong are
then removed like any others. If somebody misused a copy, that desk should also be shut out.
"""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.ids import derived
from spoc.model.rules.access import COMMANDS, require
from spoc.model.values.instants import utc_text
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.driver import Database
from spoc.storage.ledger import belief, splits
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.ledger.receive import receive
from spoc.storage.migrations import keep_local, local
from spoc.storage.store import Store

_HANDED_ON = "ways_handed_on"  # by stream: how many entries of its ways were here when it was sent
SIGNERS = 2
_ROLES = ", ".join(f"'{each}'" for each in sorted(COMMANDS["sync.both-count"][0]))


@dataclass(frozen=True, slots=True)
class Split:
    """A stopped stream: its desk, the number at which the ways part, who wrote the entries there and when
    (UTC text), and who has agreed that both count."""

    stream: str
    desk: str
    at: int
    ways: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]


def waiting(db: Database) -> list[Split]:
    """Every stream that is stopped."""
    found = splits.waiting(db)
    if not found:
        return []
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())
    ways = _agreements(db)
    return [
        Split(
            stream,
            groups.writer_of(db, stream),
            at,
            tuple(_ways(db, bytes.fromhex(stream), at, names)),
            tuple(names.get(by, "unknown") for by, seq, _ in ways.get(stream, ()) if seq <= at),
        )
        for stream, at in sorted(found.items())
    ]


def _ways(db: Database, stream: bytes, at: int, names: dict[bytes, str]) -> list[tuple[str, str]]:
    every = db.conn.execute(
        "SELECT header ->> 'at', unhex(header ->> 'actor') FROM (SELECT header, stream, seq FROM entry UNION"
        " SELECT header, stream, seq FROM held) WHERE stream = ? AND seq = ? ORDER BY 1",
        (stream, at),
    ).fetchall()
    return [(names.get(actor, "unknown"), when) for when, actor in every]


def let_count(
    store: Store, actor: Actor, stream: str, why: str, *, code: bytes = b""
) -> "Future[WrittenAct]":
    """Agrees that both ways of a stream count. It takes effect with the second person, or with the recovery
    code, whose seed is ``code`` (see ``service.second``). The waiting entries are then accepted, here at once
    and at every other desk with its next sync.

    Raises NotAllowed by role; BadInput if the stream is not stopped, or if this person has already agreed.
    """
    require(actor.role, "sync.both-count")

    def job(db: Database) -> WrittenAct:
        at = splits.waiting(db).get(stream)
        if at is None:
            raise BadInput("That stream is not stopped; nothing was changed.")
        agreed = [each for each in _agreements(db).get(stream, ()) if each[0] == actor.id]
        if any(seq <= at and (second or not code) for _, seq, second in agreed):
            raise BadInput(
                "You have already agreed; nothing was changed. A second person must agree too, or use the recovery "
                "code instead."
            )
        fields: dict[str, str | int] = {
            "stream": stream, "user": actor.id.hex(), "from_number": at, "at": utc_text(store.now()),
            "why": " ".join(why.split()),
        }  # fmt: skip
        if code:
            fields["second"] = "code"
        record = derived("both_ways", stream, actor.id.hex())
        row = db.conn.execute("SELECT _heads FROM both_ways WHERE id = ?", (record,)).fetchone()
        on = {name: tuple(ids) for name, ids in json.loads(row[0]).items()} if row else {}
        command = Command("both_ways", record, fields, on)
        written = store.append(db, actor, [command], second=[code] if code else ())
        if code and (wrong := belief.why_not(db, written.entries)):
            raise BadInput(
                f"That would not count at any desk: {wrong} Nothing was changed. Use the code of the desk with which "
                "the service began, or ask a second person."
            )
        if settle(db):
            receive(db, [[]], store.now(), store.book)
        return written

    return store.submit(job)


def second_wanted(db: Database, by: bytes) -> bool:
    """Whether there is nobody else who could agree, so that the recovery code is needed."""
    found = db.conn.execute(
        f"SELECT 1 FROM user WHERE role IN ({_ROLES}) AND _void = 0 AND id <> ?", (by,)
    )
    return found.fetchone() is None


def settle(db: Database) -> bool:
    """Tells the ledger which streams have two ways that both count; returns whether that changed anything.
    Within a writing job."""
    counts: dict[str, int] = {}
    for stream, rows in _agreements(db).items():
        numbers = sorted(number for _, number, code in rows for _ in range(1 + code))
        if len(numbers) >= SIGNERS:
            counts[stream] = numbers[SIGNERS - 1]
    if counts == splits.admitted(db):
        return False
    keep_local(db, splits.ADMITTED, counts)
    return True


def hand_on(db: Database) -> None:
    """Has a stream whose ways all count sent again from where they part, if more of it came in here since the last
    time: it may have been held apart here alone, and its file be gone. Within a writing job."""
    known, here = local(db, _HANDED_ON) or {}, {}
    for stream, number in splits.admitted(db).items():
        (here[stream],) = db.conn.execute(
            "SELECT count(*) FROM entry WHERE stream = ? AND seq >= ?",
            (bytes.fromhex(stream), number),
        ).fetchone()
        if here[stream] != known.get(stream):
            places.send_again(db, bytes.fromhex(stream), number)
    if here != known:
        keep_local(db, _HANDED_ON, here)


def _agreements(db: Database) -> dict[str, Sequence[tuple[bytes, int, bool]]]:
    """By stream (hex): who agreed that both ways count, from which number, and whether the recovery code
    signed too."""
    found: dict[str, list[tuple[bytes, int, bool]]] = {}
    for stream, by, number, second in db.conn.execute(
        "SELECT stream, both_ways._by, from_number, second FROM both_ways JOIN user ON user.id = both_ways._by"
        f" WHERE both_ways._void = 0 AND user = both_ways._by AND role IN ({_ROLES})"
        " ORDER BY both_ways._hlc, both_ways.id"
    ).fetchall():
        if stream and number:
            found.setdefault(stream, []).append((by, number, second == "code"))
    return dict(found)


def new_stream_wanted(db: Database) -> bool:
    """Whether this desk's own stream is stopped, so that it must go on in a new one."""
    return local(db, "stream") in splits.waiting(db)
