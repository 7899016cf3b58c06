"""Streams that go two ways: two entries have the same number, because a copy of a store went on writing or
was changed (rule S8).

Both are kept: the first to arrive in the ledger, the other separately (``held``). From that number on,
nothing more of the stream is accepted by either way until two people decide that both count.
"""

from collections.abc import Mapping, Sequence

from spoc.model.ledger.chain import short
from spoc.model.ledger.entry import Entry, decode
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local

FOUND = "splits"  # stream (hex): the first number that occurs twice
ADMITTED = "admitted_streams"  # likewise, for the streams with two ways that both count


class Splits:
    """What is known about such streams while entries are received."""

    def __init__(self, found: Mapping[str, int], admitted: Mapping[str, int]) -> None:
        self._found, self._before, self._admitted = dict(found), found, admitted

    @classmethod
    def of(cls, db: Database) -> "Splits":
        return cls(local(db, FOUND) or {}, local(db, ADMITTED) or {})

    def stops(self, last: Entry) -> str:
        """Why an act that ends with this entry has to wait, or ""."""
        stream = last.stream.hex()
        at = self._found.get(stream)
        if at is None or last.seq < at or self._admitted.get(stream, at + 1) <= at:
            return ""
        return why(stream, at)

    def both_count(self, first: Entry) -> bool:
        """Whether an act that begins with this entry is allowed beside another with the same numbers."""
        return first.seq >= self._admitted.get(first.stream.hex(), first.seq + 1)

    def begin(self, db: Database, act: Sequence[Entry]) -> str:
        """Notes that a stream goes two ways if the ledger has another entry under one of this act's numbers,
        and returns why it stops."""
        for each in act:
            if any(other.id != each.id for other in at_number(db, each.stream, each.seq)):
                stream = each.stream.hex()
                self._found[stream] = min(each.seq, self._found.get(stream, each.seq))
                return why(stream, self._found[stream])
        return ""

    def keep(self, db: Database) -> None:
        """Saves them. Within a writing job."""
        if self._found != self._before:
            keep_local(db, FOUND, self._found)


def at_number(db: Database, stream: bytes, seq: int) -> list[Entry]:
    """The entries that the ledger has under a number of a stream: several only if it was decided that they
    all count."""
    found = db.conn.execute(
        "SELECT header FROM entry WHERE stream = ? AND seq = ?", (stream, seq)
    ).fetchall()
    return [decode(header, None) for (header,) in found]


def why(stream: str, at: int) -> str:
    """The sentence why nothing more of a stream is accepted."""
    return (
        f"Stream {short(stream)} goes two ways from entry {at:,}: two programs wrote under one name, or a copy was "
        "changed. Both ways are kept, and no more of it comes in. Tell IT and the named nurse; two people can let both "
        "count: b on the sync page, or spoc sync both-count."
    )


def found(db: Database) -> dict[str, int]:
    """The streams that go two ways, stopped or not, each with the number at which the ways part."""
    every: dict[str, int] = local(db, FOUND) or {}
    return every


def waiting(db: Database) -> dict[str, int]:
    """The streams that are stopped, each with the number at which the ways part."""
    admitted = local(db, ADMITTED) or {}
    return {stream: at for stream, at in found(db).items() if admitted.get(stream, at + 1) > at}


def admitted(db: Database) -> dict[str, int]:
    """The streams with two ways that both count, each with the number at which the ways part."""
    found: dict[str, int] = local(db, ADMITTED) or {}
    return found
