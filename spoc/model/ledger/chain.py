"""The chain: whether a stream of entries is what was written, checked entry by entry, and the report on it.

Faults are reported in sentences that name streams and sequence numbers, and nothing about a patient.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from spoc.model.ledger.entry import FIRST, entry_id

Heads = Mapping[str, tuple[int, str]]  # stream (hex): its last entry's number and SHA-256 (hex)

_COLUMNS = ("stream", "seq", "hlc", "tbl", "record")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An entry from the ledger's table; ``erased`` if an erase entry names it."""

    stream: bytes
    seq: int
    id: bytes
    hlc: int
    tbl: str
    record: bytes
    header: bytes
    body: bytes | None
    erased: bool = False


@dataclass(slots=True)
class _Stream:
    name: str
    seq: int = 0
    hashes: set[bytes] = field(default_factory=lambda: {FIRST})  # several only if it forked
    hlc: int = 0
    act: str = ""
    size: int = 0
    count: int = 0
    began: int = 0  # where the act begins; 0 if that is not known
    # the head that was verified earlier, until the check reaches it
    meets: tuple[int, bytes] | None = None
    gap: tuple[int, set[bytes]] | None = (
        None  # the last entry before the first that has not arrived yet
    )


class ChainCheck:
    """Sees every stream's entries in the order of their numbers and reports what is wrong.

    ``since`` are heads verified earlier: a stream in it is seen from that entry on, inclusive. A gap in one
    of this desk's ``own`` streams is damage; in another desk's, something still to come: ``waiting``.
    """

    def __init__(self, since: Heads | None = None, own: Collection[str] = ()) -> None:
        self.waiting: list[str] = []
        self._own = own
        self._streams: dict[bytes, _Stream] = {}
        for stream, (seq, digest) in (since or {}).items():
            before = bytes.fromhex(digest)
            self._streams[bytes.fromhex(stream)] = _Stream(
                short(stream), seq - 1, {before}, meets=(seq, before)
            )

    @property
    def heads(self) -> dict[str, tuple[int, str]]:
        """Each stream's last entry and its hash, as far as it was seen without a gap."""
        found = {}
        for stream, walked in self._streams.items():
            seq, hashes = walked.gap or (walked.seq, walked.hashes)
            if walked.meets is None and seq:
                found[stream.hex()] = (seq, min(hashes).hex())
        return found

    def see(self, row: LedgerRow) -> Iterator[str]:
        """Takes the next entry of a stream; returns what is wrong with it."""
        walked = self._streams.setdefault(row.stream, _Stream(short(row.stream.hex())))
        digest = hashlib.sha256(row.header).digest()
        where = f"Entry {row.seq:,} of stream {walked.name}"
        if walked.meets is not None:
            yield from self._meet(walked, row, digest)
            return
        if row.seq == walked.seq:
            yield f"{where} is there twice, with different content."
            walked.hashes.add(digest)
            return
        gap = row.seq != walked.seq + 1
        if gap and row.stream.hex() in self._own:
            yield f"{_between(walked.seq + 1, row.seq - 1, walked.name)} missing."
        elif gap:
            self.waiting.append(
                f"{_between(walked.seq + 1, row.seq - 1, walked.name)} still to come from another desk."
            )
            walked.gap = walked.gap or (walked.seq, walked.hashes)
        try:
            head = json.loads(row.header)
            fields = _header_fields(head)
        except (ValueError, KeyError, TypeError):
            yield f"{where} cannot be read: its header is not one that spoc writes."
            head = None
        if entry_id(row.header) != row.id:
            yield f"{where} was changed: its header is not the one its id names."
        if head is not None:
            wrong = [name for name in _COLUMNS if fields[name] != getattr(row, name)]
            if wrong:
                yield f"{where} was changed: {', '.join(wrong)} beside the header says something else."
            if not gap and fields["prev"] not in walked.hashes:
                yield f"{where} does not follow the entry before it: one of the two was changed."
            if fields["hlc"] <= walked.hlc:
                yield f"{where} has an earlier place in time than the entry before it."
            walked.hlc = fields["hlc"]
            yield from _payload(row, head["body"], where)
            yield from _act(walked, row.seq, fields, gap)
        walked.seq, walked.hashes = row.seq, {digest}

    def end(self) -> Iterator[str]:
        """Reports what only shows when there are no more entries."""
        for walked in self._streams.values():
            if walked.meets is not None:
                yield (
                    f"Stream {walked.name} was verified before up to entry {walked.meets[0]:,}, which is "
                    "no longer there: its end was cut off."
                )
            else:
                yield from _whole(walked)

    def _meet(self, walked: _Stream, row: LedgerRow, digest: bytes) -> Iterator[str]:
        seq, before = walked.meets or (0, b"")
        walked.meets = None
        if row.seq != seq:
            yield (
                f"Entry {seq:,} of stream {walked.name} was verified before and is no longer there."
            )
        elif digest != before:
            yield f"Entry {seq:,} of stream {walked.name} is not the one that was verified before."
        walked.seq, walked.hashes, walked.hlc = row.seq, {digest}, row.hlc


class Ways:
    """The end of a stream that goes two ways, if both count: each way is checked as a stream of its own."""

    def __init__(self, walk: ChainCheck) -> None:
        self._walk = walk
        self.before: LedgerRow | None = None  # the last entry that all ways follow
        self._rows: list[LedgerRow] = []
        self._further: list[ChainCheck] = []

    def add(self, held: LedgerRow) -> None:
        self._rows.append(held)

    def in_order(self) -> Iterator[tuple[ChainCheck, LedgerRow]]:
        """The entries, way by way, each with the check for its way; entries that follow nothing come last."""
        after: dict[str, list[LedgerRow]] = {}
        for each in self._rows:
            after.setdefault(_prev(each), []).append(each)
        begins = [(self.before, each) for each in after.pop(_digest(self.before).hex(), [])]
        walk = self._walk
        while begins:
            _, one = begins.pop(0)
            yield walk, one
            while follows := after.pop(_digest(one).hex(), []):
                begins += [(one, each) for each in follows[1:]]
                one = follows[0]
                yield walk, one
            if begins:
                walk = self._from(begins[0][0])
        left = {each.id for rest in after.values() for each in rest}
        yield from ((self._walk, each) for each in self._rows if each.id in left)

    def _from(self, before: LedgerRow | None) -> ChainCheck:
        """A check for the entries after one that was already checked."""
        if before is None:
            walk = ChainCheck()
        else:
            walk = ChainCheck({before.stream.hex(): (before.seq, _digest(before).hex())})
            list(walk.see(before))
        self._further.append(walk)
        return walk

    def end(self) -> Iterator[str]:
        """Reports what only shows when there are no more entries."""
        for walk in self._further:
            yield from walk.end()


def _digest(held: LedgerRow | None) -> bytes:
    return hashlib.sha256(held.header).digest() if held else FIRST


def _prev(held: LedgerRow) -> str:
    try:
        return str(json.loads(held.header)["prev"])
    except (ValueError, KeyError, TypeError):
        return ""


@dataclass(frozen=True, slots=True)
class Report:
    """The result. ``findings`` are sentences, ``more`` how many others; ``heads`` say where each stream
    ends; ``own`` which streams are this desk's, in words; ``partly`` says that only what came after the
    last verification was read."""

    findings: tuple[str, ...]
    more: int
    heads: Heads
    own: dict[str, str]
    entries: int
    records: int
    finished: bool
    mendable: bool  # the ledger and the file are sound, so the tables can be made again (see spoc.storage.upkeep.verify)
    partly: bool = False
    waiting: tuple[str, ...] = ()  # entries still to come from other desks; this is not damage

    @property
    def sound(self) -> bool:
        return self.finished and not self.findings

    def lines(self) -> list[str]:
        """The report for people: what was found, then where each stream ends."""
        return [*self.words(), *head_lines(self.heads, self.own)]

    def words(self) -> list[str]:
        """What was found, for people."""
        parts = list(self.findings)
        if self.more:
            parts.append(f"And {self.more:,} more of the same kind.")
        if not self.finished:
            parts.append("Verifying was stopped before it finished.")
        elif self.sound:
            which = "What came since it was last verified" if self.partly else "Everything"
            parts.append(
                f"{which} is as it was written: {self.entries:,} entries, {self.records:,} records."
            )
        elif self.mendable:
            parts.append(
                "The ledger itself is whole, so nothing is lost: what the screens show can be made again "
                "from it: spoc verify --mend"
            )
        else:
            parts.append(
                "Leave the folder as it is and tell IT; the newest backup may be restored into a new "
                "folder with: spoc --store FOLDER restore BACKUP"
            )
        parts += self.waiting
        return parts


def head_lines(heads: Heads, own: Mapping[str, str]) -> list[str]:
    """Where each stream ends, one line per stream, the desk's own first."""
    parts = []
    for stream in sorted(heads, key=[*own, *heads].index):
        seq, digest = heads[stream]
        name = own.get(stream, "Another desk's stream")
        parts.append(f"{name} ({short(stream)}): last entry {seq:,}, seal {short_hash(digest)}.")
    return parts


def short_hash(digest: str) -> str:
    """A head's hash, short enough to read out and compare: four groups of four."""
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def short(stream: str) -> str:
    """A stream's name for people: the end of its id (two of one desk begin with the same time)."""
    return f"…{stream[-8:]}"


def _header_fields(head: Any) -> dict[str, Any]:
    """What a header says, in the form of the table. Raises an error if it is not a header."""
    fields = {
        "stream": bytes.fromhex(head["stream"]),
        "seq": head["seq"],
        "hlc": head["hlc"],
        "tbl": head["tbl"],
        "record": bytes.fromhex(head["record"]),
        "prev": bytes.fromhex(head["prev"]),
        "act": head["act"],
        "size": head["size"],
    }
    for name in ("seq", "hlc", "size"):
        if not isinstance(fields[name], int):
            raise TypeError(name)
    bytes.fromhex(head["body"])
    return fields


def _payload(row: LedgerRow, digest: str, where: str) -> Iterator[str]:
    if row.body is None:
        if not row.erased:
            yield f"{where} has lost its payload, and no erasure names it."
    elif hashlib.sha256(row.body).hexdigest() != digest:
        yield f"{where} was changed: its payload is not the one its header names."


def _act(walked: _Stream, seq: int, fields: Mapping[str, Any], gap: bool) -> Iterator[str]:
    """Counts the entries of each act: a new act begins when the one before is complete."""
    if fields["act"] == walked.act:
        walked.count += 1
    else:
        if not gap:
            yield from _whole(walked)
        walked.act, walked.size, walked.count = fields["act"], fields["size"], 1
        walked.began = 0 if gap else seq
    if gap:
        walked.began = 0


def _whole(walked: _Stream) -> Iterator[str]:
    if walked.began and walked.count != walked.size:
        yield (
            f"The act that begins at entry {walked.began:,} of stream {walked.name} has "
            f"{walked.count:,} of its {walked.size:,} entries."
        )


def _between(first: int, last: int, stream: str) -> str:
    if first == last:
        return f"Entry {first:,} of stream {stream} is"
    return f"Entries {first:,} to {last:,} of stream {stream} are"
