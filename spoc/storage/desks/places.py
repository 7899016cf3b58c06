"""What was sent to a place of sync and received from it, and where each stream ends, here and at the other desks."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoc.model.ledger.entry import Carried
from spoc.storage.driver import Database
from spoc.storage.ledger import splits
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import keep_local, local


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment in a place: its name, its size, its stream and the numbers in it."""

    name: str
    size: int
    stream: bytes
    first: int
    last: int
    sent: bool  # this desk put it there

    @property
    def range(self) -> tuple[bytes, int, int]:
        return self.stream, self.first, self.last


def segments_at(db: Database, place: str) -> dict[str, SegmentFile]:
    """The segments that were sent to a place or received from it, by name."""
    rows = db.conn.execute(
        "SELECT name, size, stream, first, last, sent FROM carried WHERE place = ?", (place,)
    ).fetchall()
    return {
        name: SegmentFile(name, size, stream, first, last, bool(sent))
        for name, size, stream, first, last, sent in rows
    }


def note(db: Database, place: str, file: SegmentFile) -> None:
    """Notes that a segment was sent or received. Within a writing job."""
    db.conn.execute(
        "INSERT INTO carried VALUES(?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET size = excluded.size, sent = max(sent, excluded.sent),"
        " first = max(first, excluded.first), last = max(last, excluded.last)",
        (place, file.name, file.size, file.stream, file.first, file.last, int(file.sent)),
    )


def forget(db: Database, place: str, name: str) -> None:
    """Forgets a segment that no longer exists. Within a writing job."""
    db.conn.execute("DELETE FROM carried WHERE place = ? AND name = ?", (place, name))


def unsent(db: Database, place: str) -> Iterator[tuple[bytes, int, int]]:
    """The entries that a place never had: stream, first and last number, without numbers that are missing
    here too."""
    files = segments_at(db, place).values()
    ranges = _ranges(files)
    for stream, end in last_of_records(db).items():
        for first, last in _gaps(ranges.get(stream, ()), end):
            here = db.conn.execute(
                "SELECT min(seq), max(seq) FROM entry WHERE stream = ? AND seq BETWEEN ? AND ?",
                (stream, first, last),
            ).fetchone()
            if here != (None, None):
                yield stream, *here


def send_again(db: Database, stream: bytes, number: int) -> None:
    """Forgets what every place has of a stream from a number on, so that it is sent there again. Within a writing
    job."""
    db.conn.execute(
        "UPDATE carried SET first = 0, last = 0, sent = 0 WHERE stream = ? AND last >= ?",
        (stream, number),
    )


def count_unsent(db: Database, place: str) -> int:
    """How many entries a place never had."""
    found = (
        db.conn.execute(
            "SELECT count(*) FROM entry WHERE stream = ? AND seq BETWEEN ? AND ?", each
        ).fetchone()
        for each in unsent(db, place)
    )
    return sum(many for (many,) in found)


def lost(db: Database, place: str, listed: Mapping[str, int]) -> Iterator[SegmentFile]:
    """The files that a place has lost, or has only in part, unless others there contain the same numbers.
    ``listed`` is what is there, with sizes. In a stream that goes two ways no file can replace another."""
    files = segments_at(db, place).values()
    gone = [each for each in files if listed.get(each.name) != each.size]
    if not gone:
        return
    ranges = _ranges(each for each in files if listed.get(each.name) == each.size)
    end = max(each.last for each in gone)
    gaps = {each: [*_gaps(ranges.get(each, ()), end)] for each in {each.stream for each in gone}}
    two_ways = splits.found(db)
    for each in gone:
        twice = each.last >= two_ways.get(each.stream.hex(), each.last + 1)
        if twice or any(
            first <= each.last and each.first <= last for first, last in gaps[each.stream]
        ):
            yield each


def _ranges(files: Iterable[SegmentFile]) -> dict[bytes, list[tuple[int, int]]]:
    """The first and last numbers of files, by stream."""
    ranges: dict[bytes, list[tuple[int, int]]] = {}
    for each in files:
        ranges.setdefault(each.stream, []).append((each.first, each.last))
    return ranges


def _gaps(ranges: Sequence[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    """The gaps between ranges of numbers, from 1 up to ``end``."""
    upto = 0
    for first, last in sorted(ranges):
        if first > upto + 1:
            yield upto + 1, first - 1
        upto = max(upto, last)
    if end > upto:
        yield upto + 1, end


def entries(
    db: Database, stream: bytes, after: int, upto: int | None = None
) -> Iterator[tuple[int, bytes, Carried]]:
    """The entries of a stream with their number and act, in order."""
    for each in carry(db, stream, after):
        value = json.loads(each.header)
        if upto is not None and value["seq"] > upto:
            return
        yield value["seq"], bytes.fromhex(value["act"]), each


def last_of_records(db: Database) -> dict[bytes, int]:
    """The last number of each stream of records here."""
    audit = trails(db)
    found = db.conn.execute("SELECT stream, max(seq) FROM entry GROUP BY stream").fetchall()
    return {stream: last for stream, last in found if stream not in audit}


def holds(db: Database, stream: bytes, first: int, last: int) -> bool:
    """Whether every entry of a range of a stream is here."""
    (here,) = db.conn.execute(
        "SELECT count(DISTINCT seq) FROM entry WHERE stream = ? AND seq BETWEEN ? AND ?",
        (stream, first, last),
    ).fetchone()
    return bool(here == last - first + 1)


def is_ours(db: Database, stream: bytes, carried: Sequence[Carried]) -> bool:
    """Whether entries found in a place under one of this desk's own streams are the ones it wrote: if
    somebody put others there, they do not count as sent. True for the streams of other desks."""
    if stream.hex() not in own_streams(db):
        return True
    first, last = (json.loads(carried[at].header)["seq"] for at in (0, -1))
    written = {each.header: each.signature for _, _, each in entries(db, stream, first - 1, last)}
    return not written or all(written.get(each.header) == each.signature for each in carried)


def heads(db: Database) -> dict[str, list[Any]]:
    """Where each stream ends, audit too: its last number and the SHA-256 of that header."""
    found = {}
    for stream, last in db.conn.execute(
        "SELECT stream, max(seq) FROM entry GROUP BY stream"
    ).fetchall():
        (header,) = db.conn.execute(
            "SELECT header FROM entry WHERE stream = ? AND seq = ?", (stream, last)
        ).fetchone()
        found[stream.hex()] = [last, hashlib.sha256(header).hexdigest()]
    return found


def former_streams(db: Database) -> list[str]:
    """The streams (hex) that this desk wrote to before it was restored or came back, audit too."""
    every = local(db, "former_streams") or []
    return [stream for each in every for stream in each.values() if stream]


def own_streams(db: Database) -> list[str]:
    """Every stream (hex) that this desk writes to or has written to, audit too."""
    now = [local(db, key) for key in ("stream", "audit_stream")]
    return [*(each for each in now if each), *former_streams(db)]


def trails(db: Database) -> frozenset[bytes]:
    """Every audit stream here: this desk's own and, at a named professional's desk, those of others. They
    contain no records."""
    return audit_streams(db) | {bytes.fromhex(each) for each in local(db, "trails") or []}


def note_trail(db: Database, stream: bytes) -> None:
    """Remembers that a stream is another desk's audit. Within a writing job."""
    keep_local(db, "trails", sorted({*(local(db, "trails") or []), stream.hex()}))


def audit_streams(db: Database) -> frozenset[bytes]:
    """This desk's own audit streams, former ones too."""
    own = [local(db, "audit_stream")]
    own += [each.get("audit_stream") for each in local(db, "former_streams") or []]
    return frozenset(bytes.fromhex(each) for each in own if each)


def known(db: Database) -> dict[str, Any]:
    """The places this desk has synced with, and when it last did: place → {at, group file's hash, …}."""
    return local(db, "places") or {}


def is_hub(named: str) -> bool:
    """Whether a setting names a hub, not a folder."""
    return named.startswith(("postgresql://", "postgres://"))


def folder_name(folder: Path) -> str:
    """The name of a folder as a place of sync."""
    return f"folder {folder.expanduser().absolute()}"


def of_setting(db: Database, named: str) -> str:
    """The name of the place that the setting names, as it is among the known ones; if it names none, of the place that
    this desk synced with last. "" where there is none."""
    if named and not is_hub(named):
        return folder_name(Path(named))
    every = known(db)
    found = [each for each in every if each.startswith("hub ") or not named]
    return max(found, key=lambda each: every[each].get("at", ""), default="hub" if named else "")


def keep_known(db: Database, place: str, fields: dict[str, Any]) -> None:
    """Saves what is known about a place. Within a writing job."""
    keep_local(db, "places", {**known(db), place: fields})


def witnessed(db: Database) -> dict[str, Any]:
    """Where other desks' streams end, as they signed it: desk (hex) → {name, at, heads, contacts}."""
    return local(db, "witnessed") or {}
