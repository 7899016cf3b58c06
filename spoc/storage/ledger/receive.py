"""Receive: entries that other desks wrote, from any stream, in any order, in pieces, and possibly twice.

An act is folded once all of it is here, together with the records that it changes; until then, or if
something is wrong with it, its entries are kept separately and not shown. What is missing between two acts of
a stream may still come. An entry that is already here changes nothing. This desk's own entries use its own
clock, whatever other clocks say.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from spoc.model.ledger.act import Act
from spoc.model.ledger.chain import short
from spoc.model.ledger.entry import Carried, Entry, decode
from spoc.model.ledger.ids import hlc_ms
from spoc.model.ledger.roster import Roster, governs
from spoc.model.ledger.table import Table
from spoc.storage.driver import Database
from spoc.storage.ledger import belief, held
from spoc.storage.ledger.apply import ProjectionContext, apply
from spoc.storage.ledger.erasing import TABLE as ERASED
from spoc.storage.ledger.erasing import is_erased
from spoc.storage.ledger.held import Piece
from spoc.storage.ledger.splits import Splits, at_number
from spoc.storage.migrations import local

# a day and the largest error in a time zone: a clock further ahead is wrong
AHEAD = timedelta(hours=26)

NO_ENTRY = "Something was received that is not an entry of spoc; it was left out."


@dataclass(frozen=True, slots=True)
class Received:
    """What became of received entries: how many are now in the ledger, how many wait for the rest of their
    act, and what is wrong with those held back, in sentences that say nothing about a patient."""

    added: int = 0
    waiting: int = 0
    problems: tuple[str, ...] = ()


class _Known(NamedTuple):
    """What this desk knows of streams and people while it receives."""

    own: frozenset[bytes]  # the streams to which it writes
    closed: Mapping[str, tuple[int, str]]  # of desks that were shut out: where they end
    splits: Splits
    roster: Roster

    @classmethod
    def of(cls, db: Database) -> "_Known":
        return cls(
            _own_streams(db),
            local(db, "closed_streams") or {},
            Splits.of(db),
            belief.roster_of(db)[0],
        )


def receive(
    db: Database,
    pieces: Iterable[Iterable[Carried]],
    now: datetime,
    book: ProjectionContext,
) -> Received:
    """Takes entries into the ledger, piece by piece, and applies every act that they complete.

    The caller holds ``BEGIN IMMEDIATE``. ``now`` is this desk's clock, with which another's is compared.
    """
    known = _Known.of(db)
    added, problems = 0, list[str]()
    for carried in pieces:
        acts: dict[bytes, list[Piece]] = {}
        for each in carried:
            try:
                piece = Piece(_read(each), each)
            except (ValueError, KeyError, TypeError):
                problems.append(NO_ENTRY)
                continue
            if not _is_there(db, piece.entry):
                acts.setdefault(piece.entry.act, []).append(piece)
        for (act,) in db.conn.execute("SELECT DISTINCT act FROM held WHERE why <> ''").fetchall():
            # it may be acceptable by now: the clock has moved on, an erasure has arrived, or a record has begun
            acts.setdefault(act, [])
        whole, learned = _accepted(db, acts, known, now, book)
        apply(db, [each.entry for each in whole], book)
        added += len(whole)
        if learned:
            belief.judge_again(db, book, learned)
            known = known._replace(roster=belief.roster_of(db)[0])
    held.drop_erased(db)
    known.splits.keep(db)
    return Received(added, *held.what_is_held(db, problems))


def _accepted(
    db: Database,
    acts: Mapping[bytes, Sequence[Piece]],
    known: _Known,
    now: datetime,
    book: ProjectionContext,
) -> tuple[list[Piece], list[Act]]:
    """Accepts the acts that are complete and valid, and holds the others; returns the accepted entries, and
    those of the acts that say something about the service."""
    left = [_ways(pieces, held.pieces_of(db, act)) for act, pieces in acts.items()]
    left.sort(key=lambda ways: ways[0][0].entry.hlc)
    whole: list[Piece] = []
    learned: list[Act] = []
    found: dict[bytes, str] = {}
    progress = True
    while left and progress:  # held acts may depend on what has just arrived
        progress, builds = False, []
        for ways in left:
            for pieces in ways:
                why: str | None = _shut_out(known.closed, pieces) or known.splits.stops(
                    pieces[-1].entry
                )
                why = why or _wrong(db, pieces, known, now, book.tables)
                if why is None:
                    break
                if (
                    why not in (held.WAITS, held.BUILDS)
                    and not known.splits.both_count(pieces[0].entry)
                    and _is_proof(pieces, known.roster)
                ):
                    why = known.splits.begin(db, [each.entry for each in pieces]) or why
            if why is None:
                whole += _take_in(db, pieces)
                progress = True
                if governs(each.entry for each in pieces):
                    act = _judged(pieces)
                    known.roster.learn(act)
                    learned.append(act)
            elif why == held.WAITS:
                held.hold(db, ways, why)
            else:
                builds.append(ways)
                found[ways[0][0].entry.act] = why
        left = builds
    for ways in left:
        held.hold(db, ways, found[ways[0][0].entry.act])
    return whole, learned


def carry(db: Database, stream: bytes, after: int = 0) -> Iterator[Carried]:
    """A stream's entries with numbers above ``after``, in order, to send to another desk."""
    for found in db.conn.execute(
        "SELECT header, payload.body, signature.body FROM entry LEFT JOIN payload USING(entry_id)"
        " LEFT JOIN signature ON act = unhex(header ->> 'act')"
        " WHERE stream = ? AND seq > ? ORDER BY seq, entry_id",
        (stream, after),
    ):
        header, body, signature = found
        yield Carried(header, body, signature or b"")


# -- one act ---------------------------------------------------------------------------------------


def _wrong(
    db: Database,
    pieces: Sequence[Piece],
    known: _Known,
    now: datetime,
    tables: Mapping[str, Table],
) -> str | None:
    """Why an act is held: ``held.WAITS`` or ``held.BUILDS`` if nothing is wrong; None if it may be folded."""
    first, last = pieces[0].entry, pieces[-1].entry
    if first.stream in known.own:
        return (
            f"{_where(first)} is held back: it belongs to this desk's own stream, but this desk did not write it. "
            "There is a copy of this store somewhere; ask IT to find it."
        )
    if (
        any(
            (each.entry.stream, each.entry.size, each.entry.actor)
            != (first.stream, first.size, first.actor)
            for each in pieces
        )
        or len(pieces) > first.size
    ):
        return f"{_where(first)} is held back: the parts of its act do not belong together."
    if len(pieces) < first.size:
        return held.WAITS
    clock = max(each.entry.hlc for each in pieces)
    ahead = timedelta(milliseconds=hlc_ms(clock)) - timedelta(seconds=now.timestamp())
    if ahead > AHEAD:
        return (
            f"{_where(first)} is held back: the clock of the desk that wrote it is "
            f"{ahead // timedelta(hours=1):,} hours ahead of this one. Ask IT to set that clock."
        )
    before = at_number(db, first.stream, first.seq - 1)
    after = at_number(db, last.stream, last.seq + 1)
    both = known.splits.both_count(first)
    if both and first.seq > 1:  # it follows one of several entries, which may still be to come
        before = [each for each in before if each.id == first.prev[:16]]
        if not before:
            return held.BUILDS
    chain = [*before[:1], *(each.entry for each in pieces), *([] if both else after[:1])]
    for one, two in pairwise(chain):
        if two.seq != one.seq + 1 or two.prev[:16] != one.id or two.hlc <= one.hlc:
            return (
                f"{_where(two)} is held back: it does not follow the entry before it. One of the two was changed, "
                "or two programs wrote under one name."
            )
    same_number = db.conn.execute(
        "SELECT 1 FROM entry WHERE stream = ? AND seq BETWEEN ? AND ? LIMIT 1",
        (first.stream, first.seq, last.seq),
    )
    if not both and same_number.fetchone():
        return f"{_where(first)} is held back: another entry has that number."
    for each in pieces:
        if each.carried.body is None and not _is_erased(db, each.entry.id, both, known):
            return f"{_where(each.entry)} is held back: its content is missing, and no erasure names it."
    if text := known.roster.wrong(_judged(pieces)):
        return held.BUILDS if text == held.BUILDS else f"{_where(first)} is held back: {text}"
    return None if _has_begun(db, [each.entry for each in pieces], tables) else held.BUILDS


def _is_erased(db: Database, entry: bytes, both: bool, known: _Known) -> bool:
    """Whether an erasure names an entry. In a stream of which ``both`` ways count, an erasure that is held will do if
    it is whole and signed: it may be waiting for the very entry."""
    if is_erased(db, entry):
        return True
    return both and any(
        _is_proof(held.pieces_of(db, act), known.roster) for act in held.erasures_of(db, entry)
    )


def _shut_out(closed: Mapping[str, tuple[int, str]], pieces: Sequence[Piece]) -> str:
    """Why an act of a shut-out desk is held: it is later than what counts, or a different act."""
    for each in pieces:
        last, head = closed.get(each.entry.stream.hex(), (each.entry.seq + 1, ""))
        other = each.entry.seq == last and hashlib.sha256(each.carried.header).hexdigest() != head
        if each.entry.seq > last or other:
            return (
                f"{_where(each.entry)} is held back: the desk that wrote it was shut out before anybody had it. "
                "If it is needed, shut that desk out once more at a desk that has it."
            )
    return ""


def _is_proof(pieces: Sequence[Piece], roster: Roster) -> bool:
    """Whether the author signed an act: an unsigned act proves nothing, so it does not stop a stream."""
    return len(pieces) == pieces[0].entry.size and not roster.wrong(_judged(pieces))


def _judged(pieces: Sequence[Piece]) -> Act:
    return belief.act_of(
        [each.entry for each in pieces],
        [each.carried.header for each in pieces],
        pieces[0].carried.signature,
    )


def _has_begun(db: Database, act: Sequence[Entry], tables: Mapping[str, Table]) -> bool:
    """Whether every record that an act changes has arrived, or begins with the act: otherwise only the change
    would show."""
    begun = {(each.tbl, each.record) for each in act if _begins(each, tables.get(each.tbl))}
    return all(
        (each.tbl, each.record) in begun
        or db.conn.execute(
            "SELECT 1 FROM entry WHERE record = ? AND tbl = ? LIMIT 1", (each.record, each.tbl)
        ).fetchone()
        for each in act
    )


def _begins(entry: Entry, table: Table | None) -> bool:
    """Whether an entry may begin its record. A restricted contact's first entry is not sealed; for its parts
    that cannot be seen, nor for an erased entry."""
    if entry.fields is None:
        return not entry.sealed or entry.tbl != "contact"
    if table is None or not table.begins:
        return not entry.parents
    return table.begins in entry.fields and not entry.parents.get(table.begins)


def _take_in(db: Database, pieces: Sequence[Piece]) -> list[Piece]:
    """Adds an act to the ledger; returns its entries as they are kept: what was erased comes back without its content
    if the erasure arrived first."""
    act = pieces[0].entry.act
    db.conn.executemany(
        "INSERT INTO entry(stream, seq, entry_id, hlc, tbl, record, header) VALUES(?, ?, ?, ?, ?, ?, ?)",
        [(e.stream, e.seq, e.id, e.hlc, e.tbl, e.record, c.header) for e, c in pieces],
    )
    bodies = [(e.id, c.body) for e, c in pieces if c.body is not None]
    kept = db.conn.executemany(
        "INSERT INTO payload(entry_id, body) SELECT ?1, ?2"
        f" WHERE NOT EXISTS (SELECT 1 FROM entry WHERE record = ?1 AND tbl = '{ERASED}')",
        bodies,
    ).rowcount
    if pieces[0].carried.signature:
        db.conn.execute("INSERT INTO signature VALUES(?, ?)", (act, pieces[0].carried.signature))
    db.conn.execute("DELETE FROM held WHERE act = ?", (act,))
    if kept == len(bodies):
        return list(pieces)
    return [_without_content(each) if is_erased(db, each.entry.id) else each for each in pieces]


def _without_content(piece: Piece) -> Piece:
    carried = piece.carried._replace(body=None)
    return Piece(_read(carried), carried)


def _ways(pieces: Sequence[Piece], items: Sequence[Piece]) -> list[list[Piece]]:
    """Each possible form of an act if something else arrived under its name: along the chain from each of its
    ends, with each signature, so that a forgery cannot keep the true act out."""
    every = {each.entry.id: each for each in reversed([*pieces, *items])}
    plain = sorted(every.values(), key=_seq)
    if not items:
        return [plain]
    ends = [each for each in plain if each.entry.seq == plain[-1].entry.seq]
    found = []
    for end in ends:
        chain = [end]
        while (before := every.get(chain[-1].entry.prev[:16])) and len(chain) < len(every):
            chain.append(before)
        chain.reverse()
        for signature in dict.fromkeys(each.carried.signature for each in (*pieces, *items)):
            found.append(
                [
                    each._replace(carried=each.carried._replace(signature=signature))
                    for each in chain
                ]
            )
    return [*found, plain]


# -- one entry -------------------------------------------------------------------------------------


def _read(carried: Carried) -> Entry:
    """The entry in these bytes. Raises ValueError if they are not an entry, or have a later version's format."""
    entry = decode(carried.header, carried.body)
    for number in (entry.seq, entry.size, entry.hlc):
        if type(number) is not int or number < 1:
            raise ValueError("a number is not one")
    if {len(each) for each in (entry.stream, entry.act, entry.record, entry.actor)} != {16}:
        raise ValueError("an id is not one")
    return entry


def _is_there(db: Database, entry: Entry) -> bool:
    return bool(
        db.conn.execute(
            "SELECT 1 FROM entry WHERE stream = ? AND seq = ? AND entry_id = ?",
            (entry.stream, entry.seq, entry.id),
        ).fetchone()
    )


def _own_streams(db: Database) -> frozenset[bytes]:
    """The streams that this desk now writes to."""
    found = db.conn.execute(
        "SELECT unhex(value ->> '$') FROM local WHERE key IN ('stream', 'audit_stream')"
    )
    return frozenset(stream for (stream,) in found.fetchall())


def _seq(piece: Piece) -> int:
    return piece.entry.seq


def _where(entry: Entry) -> str:
    return f"Entry {entry.seq:,} of stream {short(entry.stream.hex())}"
