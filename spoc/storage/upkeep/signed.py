"""Which acts count, found out by checking every signature again: a part of verification."""

from collections.abc import Iterator, Sequence

from spoc.model.ledger.act import Act
from spoc.model.ledger.chain import LedgerRow, short
from spoc.model.ledger.entry import Entry
from spoc.model.ledger.fold import in_clear_after
from spoc.model.ledger.roster import ENDED, FORGED, REMOVED, STRANGER, WAITS
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.values.instants import from_text
from spoc.storage.driver import Database
from spoc.storage.ledger import belief

_LATER = (REMOVED, ENDED)  # written at another desk before the news arrived there


class Signed:
    """Sees every stream's entries in the order of their numbers, and says whose acts do not count.

    ``entries`` are those that do not count, each with the reason; ``waiting`` what another desk did before
    it heard that somebody was removed; ``unsigned`` how many entries come from before acts were signed.
    """

    def __init__(self, db: Database, own: dict[str, str]) -> None:
        self._db, self._own = db, own
        self.roster, _ = belief.roster_of(db)
        self.entries: dict[bytes, str] = {}  # those that do not count, each with the reason
        self.waiting: list[str] = []
        self.unsigned = 0
        self._act: tuple[bytes, bytes] = (b"", b"")
        self._rows: list[tuple[bytes, bytes | None]] = []
        self._ids: list[bytes] = []
        self._told = False

    def see(self, row: LedgerRow, is_known: bool) -> Iterator[str]:
        """Takes the next entry of a stream; ``is_known`` if something was already reported about it."""
        act = (row.stream, row.header[:40])  # a header begins with its act
        if act != self._act:
            yield from self.end()
            self._act = act
        self._rows.append((row.header, row.body))
        self._ids.append(row.id)
        self._told |= is_known
        if row.body is None and row.erased and not self._may_be_erased(row.id):
            self._told = True
            yield (
                f"Entry {row.seq:,} of stream {short(row.stream.hex())} has lost its payload, and no erasure "
                "that counts names it."
            )

    def end(self) -> Iterator[str]:
        """Judges the act that was seen last."""
        rows, ids, is_known = self._rows, self._ids, self._told
        self._rows, self._ids, self._told = [], [], False
        if not rows:
            return
        try:
            first = belief.judged(rows[:1], b"")
            signature = belief.signature_of(self._db, first.id)
            every = list(belief.ways(rows, signature))
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # no entry at all: reported by whoever checks the chain
        good = next((each for each in every if not self.roster.wrong(each)), None)
        if good is not None:
            self.unsigned += 0 if signature else len(rows)
            right = {each.id for each in good.entries}
            self.entries |= {each: FORGED for each in ids if each not in right}
            return
        act, size = every[0], every[0].entries[0].size
        if not self.roster.rooted or (signature and len(rows) < size):
            return  # which is reported; what is left of it, or cannot be judged, stays
        why = self.roster.wrong(act)
        self.entries |= dict.fromkeys(ids, why)
        if not is_known:
            yield from self._report(act, STRANGER if why == WAITS else why)

    def roots(self) -> Iterator[str]:
        """Says so if there is nothing to judge acts by."""
        if not self.roster.rooted:
            yield (
                "What this service began with, or the act that covers what was written before acts were signed, is "
                "not as it was: no signature can be checked."
            )

    def _report(self, act: Act, why: str) -> Iterator[str]:
        stream = short(act.stream.hex())
        if act.first == act.last:
            text = f"Entry {act.first:,} of stream {stream} does not count: {why}"
        else:
            text = f"Entries {act.first:,} to {act.last:,} of stream {stream} do not count: {why}"
        if why in _LATER and act.stream.hex() not in self._own:
            self.waiting.append(text)
        else:
            yield text

    def _may_be_erased(self, entry: bytes) -> bool:
        for stream, seq, header in self._db.conn.execute(
            "SELECT stream, seq, header FROM entry WHERE record = ? AND tbl = 'erase'", (entry,)
        ).fetchall():
            try:
                every = belief.acts_at(self._db, stream, seq, header)
                if any(not self.roster.wrong(each) for each in every):
                    return True
            except (ValueError, KeyError, TypeError):
                continue
        return False

    def before(self) -> list[str]:
        """What was written before acts were signed, in a sentence."""
        if not self.unsigned:
            return []
        covers = self._db.conn.execute(
            "SELECT cover._first_at, user.name FROM cover LEFT JOIN user ON user.id = cover._by"
            " ORDER BY cover._hlc"
        ).fetchall()
        return [
            f"Unsigned before {shown_instant(to_local(from_text(at)))}: covered as it then stood by one signed act of "
            f"{name or 'somebody'}."
            for at, name in covers
        ]


def in_clear(tbl: str, entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Unsealed entries on a restricted record that do not count: the stream (hex), and a sentence."""
    aside = set(in_clear_after(tbl, entries))
    for each in entries:
        if each.id in aside:
            stream = each.stream.hex()
            yield (
                stream,
                f"Entry {each.seq:,} of stream {short(stream)} does not count: it is in clear, on a record that is "
                "sealed.",
            )
