"""Verification: whether the store is still what its ledger says, found out by reading all of it again.

It reads in one transaction on its own connection, so that work continues meanwhile, and streams through the
tables, so that a ledger may have any length. Faults are reported in sentences that name record ids and
nothing else about a patient. A cut end can only be seen against a head kept elsewhere: keep the heads.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import Any

from spoc.model.errors import Refusal
from spoc.model.ledger.chain import ChainCheck, Heads, LedgerRow, Report, Ways
from spoc.model.ledger.entry import decode, entry_id
from spoc.model.ledger.fold import fold_for_desk as as_shown
from spoc.model.ledger.table import Table
from spoc.storage.driver import Database, DatabaseError, row
from spoc.storage.ledger import append, belief, conflicts, held, projection, splits
from spoc.storage.ledger.apply import ProjectionContext
from spoc.storage.migrations import TRIGGERS, keep_local, local
from spoc.storage.sealing import sha256
from spoc.storage.search import search
from spoc.storage.secrecy.comparing import cheap_to_guess, differences
from spoc.storage.store import Store
from spoc.storage.upkeep import pages, searched, signed
from spoc.storage.upkeep.signed import Signed

Progress = Callable[[int, int], bool | None]  # done, of how many; False stops

TOLD = 100  # findings listed one by one; a thoroughly broken store has more than anyone reads
_TICK = 500  # entries or records between two progress reports


def verify(store: Store, since: Heads | None = None, progress: Progress | None = None) -> Report:
    """Reads the store and compares it with its ledger.

    ``since`` are heads verified earlier (see ``last_verified``): then only what came after them is read,
    and the file as a whole is left alone. ``progress`` is called now and then; if it returns False the
    report is unfinished.
    """
    db = store.connection()
    try:
        db.conn.execute("BEGIN")
        reading = _Verification(db, store, since, progress)
        report = reading.run()
    finally:
        db.close()
    if report.finished:
        _leave_out(store, reading.signed.entries, only=since is None)
    return report


def _leave_out(store: Store, refused: Mapping[bytes, str], *, only: bool) -> None:
    """Leaves what does not count out of what the screens show; a full disk changes nothing in the report."""
    if not refused and not (
        only and store.reader.conn.execute("SELECT 1 FROM refused LIMIT 1").fetchone()
    ):
        return
    with suppress(Refusal):
        store.submit(
            lambda db: belief.refuse(db, store.book, refused, only=only), bulk=True
        ).result()


def last_verified(store: Store) -> Heads | None:
    """The heads that ``keep_verified`` kept, or None if the store was never verified."""
    kept = local(store.reader, "verified")
    return kept and {stream: (seq, digest) for stream, (seq, digest) in kept.items()}


def keep_verified(store: Store, report: Report) -> "Future[None]":
    """Keeps the heads of a sound report, where the next verification begins."""
    if not report.sound:
        raise ValueError("only a sound store is verified up to its heads")
    return store.submit(lambda db: keep_local(db, "verified", dict(report.heads)), bulk=True)


def rebuild(db: Database, book: ProjectionContext) -> None:
    """Makes everything again that follows from the ledger: the screens' tables and what search looks in. Within a
    writing job."""
    projection.refold(db, book.tables)
    search.rebuild(db, book.tables, book.pack)


class _Stopped(Exception):
    """The caller wants no more."""


class _Verification:
    """One reading of the store: what was found so far, and its progress."""

    def __init__(
        self, db: Database, store: Store, since: Heads | None, progress: Progress | None
    ) -> None:
        self.db, self.store, self.since, self.progress = db, store, since, progress
        self.findings: list[str] = []
        self.stopped = False
        self.more = self.entries = self.records = self.done = self.total = 0
        self.own = {
            local(db, "stream"): "The desk's records",
            local(db, "audit_stream"): "The desk's audit",
        }
        for former in local(db, "former_streams") or []:
            self.own[former["stream"]] = "Another stream of the desk's records"
            self.own[former["audit_stream"]] = "Another stream of the desk's audit"
        self.both = splits.admitted(db)  # read as a whole: each way is followed by itself
        self.walk = ChainCheck(
            {stream: head for stream, head in (since or {}).items() if stream not in self.both},
            self.own,
        )
        self.signed = Signed(db, self.own)

    def run(self) -> Report:
        finished = whole_ledger = True
        parts = [self.guards, self.chains, self.folds]
        if self.since is None:
            parts += [self.extra_rows, self.indexes, self.keys, self.file, self.seals]
        try:
            for part in parts:
                try:
                    for finding in part():
                        self.tell(finding)
                        derived = part in (self.folds, self.extra_rows, self.indexes, self.keys)
                        whole_ledger &= derived or "fts5" in finding.casefold()
                except DatabaseError as error:
                    self.look()
                    whole_ledger &= "no such" in str(error)  # a table or column that was dropped
                    self.tell(f"The store cannot be read to its end ({error}).")
        except _Stopped:
            finished = False
        return Report(
            findings=tuple(self.findings),
            more=self.more,
            heads=self.walk.heads,
            own=self.own,
            entries=self.entries,
            records=self.records,
            finished=finished,
            mendable=finished and whole_ledger,
            partly=self.since is not None,
            waiting=tuple(self.walk.waiting),
        )

    def tell(self, finding: str) -> None:
        if len(self.findings) < TOLD:
            if finding not in self.findings:
                self.findings.append(finding)
        else:
            self.more += 1

    def tick(self) -> None:
        self.done += 1
        if self.done % _TICK == 0:
            self.look()

    def look(self) -> None:
        """Reports progress; stops if the caller wants no more."""
        if self.progress and not self.stopped:
            self.stopped = self.progress(min(self.done, self.total), self.total) is False
        if self.stopped:
            raise _Stopped

    # -- the parts ---------------------------------------------------------------------------------

    def guards(self) -> Iterator[str]:
        """The triggers that protect the ledger; any other, and a view, does something else in spoc's name."""
        found = dict(
            self.db.conn.execute(
                "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
            )
        )
        for name in found.keys() - TRIGGERS.keys():
            yield (
                f"The store holds a trigger or view that spoc did not put there ({name}): somebody added it, and it may "
                "have changed what was written since."
            )
        for name, sql in TRIGGERS.items():
            if name not in found:
                yield f"The guard {name} of the ledger is missing: somebody took it away."
            elif found[name] != sql:
                yield f"The guard {name} of the ledger is not the one that spoc put there."

    def chains(self) -> Iterator[str]:
        """Every stream, entry by entry, and that there are no other payloads."""
        streams = list(self.streams())
        news = sum(last - first + 1 for _, first, last in streams)
        self.total = 2 * news
        if self.since is None:
            for table in ("contact", "person"):
                if self.db[table].exists():
                    self.total += self.count(table)
        yield from self.signed.roots()
        payloads = 0
        for stream, first, _ in streams:
            at = self.both.get(stream.hex(), 0)
            ways = Ways(self.walk)
            for value in self.db.conn.execute(
                "SELECT stream, seq, entry.entry_id, hlc, tbl, record, header, body,"
                " body IS NULL AND EXISTS (SELECT 1 FROM entry AS erase"
                "  WHERE erase.record = entry.entry_id AND erase.tbl = 'erase')"
                " FROM entry LEFT JOIN payload USING(entry_id)"
                " WHERE stream = ? AND seq >= ? ORDER BY seq, entry.entry_id",
                (stream, first),
            ):
                payloads += value[7] is not None
                self.entries += 1
                one = LedgerRow(*value)
                self.tick()
                if at and one.seq >= at:
                    ways.add(one)
                    continue
                parts = list(self.walk.see(one))
                yield from parts
                # an act that was partly verified earlier is not judged
                if first == 0 or one.seq > first:
                    yield from self.signed.see(one, bool(parts))
                ways.before = one
            for walk, one in ways.in_order():
                parts = list(walk.see(one))
                yield from parts
                yield from self.signed.see(one, bool(parts))
            yield from ways.end()
        yield from self.signed.end()
        yield from self.walk.end()
        self.walk.waiting += [*self.signed.waiting, *held.held_back(self.db)]
        self.walk.waiting += self.signed.before()
        if self.since is None:
            yield from self.kept_heads()
        if self.since is None and payloads != self.count("payload"):
            yield "The ledger holds payloads that belong to no entry."

    def kept_heads(self) -> Iterator[str]:
        """The point up to which each stream was verified earlier: nothing before it may be gone."""
        walk = ChainCheck(local(self.db, "verified") or {})
        for stream, (seq, digest) in (local(self.db, "verified") or {}).items():
            headers = self.db.conn.execute(
                "SELECT header FROM entry WHERE stream = ? AND seq = ? ORDER BY entry_id",
                (bytes.fromhex(stream), seq),
            ).fetchall()
            for header in sorted(
                (each for (each,) in headers), key=lambda each: sha256(each) != digest
            )[:1]:
                last = LedgerRow(bytes.fromhex(stream), seq, b"", 0, "", b"", header, None)
                yield from walk.see(last)
        yield from walk.end()

    def streams(self) -> Iterator[tuple[bytes, int, int]]:
        """Each stream, the entry to begin at and its last."""
        for stream, last in append.last_numbers(self.db).items():
            known = {} if stream in self.both else self.since or {}
            yield bytes.fromhex(stream), known.get(stream, (0, ""))[0], last

    def folds(self) -> Iterator[str]:
        """Every record, folded again and compared with its row."""
        tables = {
            name: table for name, table in self.store.tables.items() if self.db[name].exists()
        }
        for name in self.store.tables.keys() - tables.keys():
            yield f"The table {name} is missing."
        for (record, tbl), stored in self.touched():
            table = tables.get(tbl)
            entries = list(stored)
            self.done += len(entries) - 1
            self.tick()
            if table is None:
                continue
            self.records += 1
            name = f"Record {record.hex()} of table {tbl}"
            if self.signed.entries:
                counts = [each for each in entries if entry_id(each[0]) not in self.signed.entries]
                if len(counts) < len(entries) and not self.left_out(tbl, record):
                    continue  # its act is named, and left out at the end
                entries = counts
            if not entries:
                if self.is_shown(tbl, record):
                    yield f"{name} is shown, but no act that counts wrote it."
                continue
            try:
                read = [decode(header, body) for header, body in entries]
                read = projection.erased_keep_place(self.db, read)
                for stream, text in signed.in_clear(tbl, read):
                    (self.tell if stream in self.own else self.walk.waiting.append)(text)
                within = projection.restricted_owner(self.db, table, read)
                folded = as_shown(tbl, read, self.store.pack.safer.get(tbl), within)
                expected = projection.row_of(table, record, folded)
            except (ValueError, KeyError, TypeError):
                yield f"{name} cannot be folded: one of its entries was changed."
                continue
            columns = projection.names(table)
            shown = self.row_of(table, columns, record)
            if shown is None:
                yield f"{name} is not among what the screens show."
                continue
            wrong = differing(columns, expected, shown)
            if conflicts.rows_in(self.db, tbl, record) != conflicts.rows_of(tbl, record, folded):
                wrong.append(conflicts.TABLE)
            if wrong:
                yield f"{name} shows something else than its entries say ({', '.join(wrong)})."

    def touched(self) -> Iterator[tuple[tuple[bytes, str], Iterator[tuple[bytes, bytes | None]]]]:
        """The records to fold, each with its entries' headers and payloads."""
        if self.since is None:
            every = self.db.conn.execute(
                "SELECT record, tbl, header, body FROM entry LEFT JOIN payload USING(entry_id)"
                " ORDER BY record, tbl"
            )
            for key, group in groupby(every, key=itemgetter(0, 1)):
                yield key, (each[2:] for each in group)
            return
        for stream, first, _ in list(self.streams()):
            for key in self.db.conn.execute(
                "SELECT DISTINCT record, tbl FROM entry WHERE stream = ? AND seq > ?",
                (stream, first),
            ):
                yield (
                    key,
                    self.db.conn.execute(
                        "SELECT header, body FROM entry LEFT JOIN payload USING(entry_id)"
                        " WHERE record = ? AND tbl = ?",
                        key,
                    ),
                )

    def left_out(self, tbl: str, record: bytes) -> bool:
        """Whether the entries of a record that do not count were taken out earlier."""
        found = self.db.conn.execute(
            "SELECT 1 FROM refused JOIN entry USING(entry_id) WHERE record = ? AND tbl = ?",
            (record, tbl),
        )
        return found.fetchone() is not None

    def is_shown(self, tbl: str, record: bytes) -> bool:
        """Whether a record is shown, rather than removed."""
        found = self.db.conn.execute(f'SELECT 1 FROM "{tbl}" WHERE id = ? AND _void = 0', (record,))
        return found.fetchone() is not None

    def row_of(self, table: Table, columns: Sequence[str], record: bytes) -> Sequence[Any] | None:
        listed = ", ".join(f'"{name}"' for name in columns)
        found: Sequence[Any] | None = self.db.conn.execute(
            f'SELECT {listed} FROM "{table.name}" WHERE id = ?', (record,)
        ).fetchone()
        return found

    def extra_rows(self) -> Iterator[str]:
        """Rows that no entry explains."""
        for name in self.store.tables:
            if self.db[name].exists():
                for (record,) in self.db.conn.execute(
                    f'SELECT id FROM "{name}" AS shown WHERE NOT EXISTS'
                    " (SELECT 1 FROM entry WHERE entry.record = shown.id AND entry.tbl = ?)",
                    (name,),
                ):
                    yield f"Record {record.hex()} of table {name} is shown, but no entry wrote it."

    def indexes(self) -> Iterator[str]:
        return searched.differences(self.db, self.store.tables, self.store.pack, self.tick)

    def keys(self) -> Iterator[str]:
        """The users whom the key file lets in, and how hard their passphrases are to guess."""
        yield from differences(self.db, self.store.path.parent)
        if self.store.settings.get("demo") != "yes":
            yield from cheap_to_guess(self.db, self.store.path.parent)

    def file(self) -> Iterator[str]:
        """The file itself: its trees, and the full-text indexes within them."""
        yield from pages.trees(self.db, self.stop_now)

    def seals(self) -> Iterator[str]:
        """The seal of each page."""
        self.db.close()  # what this still read would keep the WAL from being copied back
        yield from pages.seals(self.store, self.look)

    def stop_now(self) -> int:
        try:
            self.look()
        except _Stopped:
            return 1
        return 0

    def count(self, table: str) -> int:
        return int(row(self.db.conn.execute(f'SELECT count(*) FROM "{table}"').fetchone()))


def differing(columns: Sequence[str], expected: Sequence[Any], shown: Sequence[Any]) -> list[str]:
    """The columns whose value is not the expected one."""
    return [
        name
        for name, wanted, value in zip(columns, expected, shown, strict=True)
        if wanted != value or type(wanted) is not type(value)
    ]
