"""The store: one encrypted file, one thread that writes, readers with their own connections.

``Store`` is the first argument of every act. It owns the write queue (a draft or an act goes before bulk
work), the pack and the form in force, and the clock. ``spoc.storage.start`` opens it.
"""

import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from spoc.model.errors import DiskFull, Refusal, StoreTooNew
from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.model.ledger import bounds
from spoc.model.ledger.entry import Actor, Carried, Command
from spoc.model.ledger.records import tables
from spoc.model.rules.access import BY_DESK
from spoc.model.rules.clock import Hours
from spoc.model.rules.codes import Pack
from spoc.storage import sealing
from spoc.storage.driver import (
    Database,
    DatabaseError,
    checkpointed,
    connect,
    data_version,
    row,
    truncated,
)
from spoc.storage.failures import in_words
from spoc.storage.keyring import Keyring, own_keys
from spoc.storage.ledger import append, belief, projection
from spoc.storage.ledger.apply import Index, ProjectionContext
from spoc.storage.ledger.receive import Received, receive
from spoc.storage.migrations import SCHEMA, keep_local, local, migrations
from spoc.storage.store_folder import EXTRACT_FILE

DB_NAME = "spoc.db"
_FIRST, _LEAST = 64, 16  # entries of the first piece received at once, and of the smallest
_AIM = 0.015  # seconds a piece should take: an act waits for one, and for the commit
_MOST, _REST = 0.1, 0.03  # seconds of a transaction, and of the rest after it for another program
T = TypeVar("T")
Job = Callable[[Database], Any]
_ALSO: ContextVar[Job | None] = ContextVar("also", default=None)  # see Store.alongside


class StoreClosed(RuntimeError):
    """Somebody tried to write after the store was closed."""


def utc_now() -> datetime:
    """The device's clock: an aware UTC instant."""
    return datetime.now(UTC)


class Debt(Protocol):
    """A record that could not be written because the disk was full: kept elsewhere until it is."""

    def keep(self) -> None: ...

    def paid(self) -> None: ...


class Store:
    """An open store; ``close`` it when done.

    ``ready`` is called once with the open file and sets what the store does not find out by itself:
    ``settings``, ``pack`` (with ``pack_note``, a sentence if its files are invalid), ``hours``, ``index``.
    """

    settings: dict[str, str]
    pack: Pack
    pack_note: str
    hours: Hours
    index: Index

    def __init__(
        self,
        path: Path,
        key: bytes,
        ready: "Callable[[Store, Database], None]",
        form: tuple[Field, ...] = CONTACT_FORM,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.path, self.form, self.now = path, form, now
        self.is_extract = path.name == EXTRACT_FILE  # not the records: see storage/extract
        self.tables = tables(form)
        self.opened: dict[tuple[bytes, bytes], tuple[Any, Any]] = {}  # restricted contacts, as read
        self.older = ""  # what to say about an older copy that is here
        self.alarms: tuple[str, ...] = ()  # what the user must be told about their keys
        self.keyring = Keyring()  # the keys of the person at the desk, for restricted contacts
        self.clear_left = False  # the WAL still has content that was sealed since
        self._key = key
        self._readers = threading.local()
        self._open_readers: list[tuple[threading.Thread, Database]] = []
        self._acts: deque[tuple[Job, Future[Any]]] = deque()
        self._bulk: deque[tuple[Job, Future[Any]]] = deque()
        self._calls: queue.SimpleQueue[bool] = queue.SimpleQueue()  # one per job; False is the end
        self._owed: deque[tuple[Job, Debt]] = deque()
        self._gate, self._closed = threading.Lock(), False
        self._db = connect(path, key)
        try:
            self._prepare()
            ready(self, self._db)
        except DatabaseError as error:
            self._db.close()
            raise in_words(self.path, error) from None
        except BaseException:
            self._db.close()
            raise
        self._writer = threading.Thread(target=self._write_on, name="spoc-writer", daemon=True)
        self._writer.start()

    def _prepare(self) -> None:
        """Updates the file to this program's schema and tables, or refuses a newer one."""
        version = row(self._db.conn.execute("PRAGMA user_version").fetchone())
        if version > SCHEMA:
            raise StoreTooNew(
                f"This store was written by a later version of spoc (schema {version}; this program knows "
                f"{SCHEMA}). Nothing was changed; ask IT to install the newer spoc on this computer."
            )
        try:
            migrations.apply(self._db)
            wanted = projection.signature(self.tables)
            value = local(self._db, "projection")
            if value != wanted:
                self._db.conn.execute("BEGIN IMMEDIATE")
                if projection.only_grew(value or {}, wanted):
                    projection.ensure(self._db, self.tables)
                else:
                    projection.refold(self._db, self.tables)
                keep_local(self._db, "projection", wanted)
                keep_local(self._db, "safer", None)  # what was just folded did not know a pack yet
                if local(self._db, "stream") is None:
                    for stream in ("stream", "audit_stream"):
                        keep_local(self._db, stream, append.new_id(self.now()).hex())
                self._db.conn.execute("COMMIT")
            projection.index(self._db, self.tables)
        except DatabaseError as error:
            raise in_words(self.path, error) from None

    @property
    def book(self) -> ProjectionContext:
        """What is needed to read entries here and now."""
        return ProjectionContext(self.tables, self.pack, self.index)

    # -- reading ---------------------------------------------------------------------------------

    @property
    def reader(self) -> Database:
        """This thread's own read connection."""
        found: Database | None = getattr(self._readers, "db", None)
        if found is None:
            found = connect(self.path, self._key, read_only=True)
            self._readers.db = found
            self._open_readers.append((threading.current_thread(), found))
        return found

    def connection(self) -> Database:
        """The caller's own read connection, to be closed by them: for long reads in one transaction."""
        return connect(self.path, self._key, read_only=True)

    def changes(self) -> int:
        """A number that differs once anybody, in this or another process, has written."""
        return data_version(self.reader)

    # -- writing ---------------------------------------------------------------------------------

    def submit(
        self, job: Callable[[Database], T], *, bulk: bool = False, owed: "Debt | None" = None
    ) -> "Future[T]":
        """Runs a job in the writing thread, in its own transaction; acts go before bulk work. If the disk is
        full, an ``owed`` job is kept and done as soon as there is room.

        The future's error is a Refusal with a sentence if the disk or the file is the cause.
        """
        done: Future[T] = Future()
        if owed:
            done.add_done_callback(lambda ended: self._owe(job, owed, ended))
        also = _ALSO.get()
        whole = job if also is None else partial(_both, job, also)
        with self._gate:
            if self._closed:
                raise StoreClosed("the store is closed")
            (self._bulk if bulk else self._acts).append((whole, done))
            self._calls.put(True)
        return done

    @contextmanager
    def alongside(self, job: Job) -> Iterator[None]:
        """Whatever this thread submits within the block also runs this job, in the same transaction."""
        before = _ALSO.set(job)
        try:
            yield
        finally:
            _ALSO.reset(before)

    def lock(self) -> None:
        """Forgets the user's key once earlier jobs are done: until somebody signs in, only the desk itself
        can write, and only what a desk may."""
        self.submit(lambda db: self.keyring.wipe())

    def act(self, actor: Actor, commands: Sequence[Command]) -> "Future[append.WrittenAct]":
        """Writes one act to the ledger, in its own transaction."""
        return self.submit(lambda db: self.append(db, actor, commands))

    def append(
        self,
        db: Database,
        actor: Actor,
        commands: Sequence[Command],
        now: datetime | None = None,
        *,
        stream: str = "stream",
        second: Sequence[bytes] = (),
    ) -> append.WrittenAct:
        """Writes one act within a job, in the job's transaction.

        The actor signs it, and so do the holders of the seeds in ``second``. If the actor's key is gone (the
        desk is locked), the desk signs it as its own act, if the table of commands lets a desk do that.
        Raises NotAllowed if not, or if the actor's role was changed meanwhile; BadInput if a text is too
        long.
        """
        bounds.check(self.tables, commands)
        belief.still_may(db, actor, commands)
        at = now or self.now()
        if self.keyring.signs(actor.id):
            hand = partial(self.keyring.sign, actor.id)
        else:
            append.may_by_itself(commands, extract=self.is_extract)
            own = own_keys(db, at)
            actor = Actor(own.id, "", BY_DESK)
            hand = partial(sealing.signed, own.seed)

        def sign(content: bytes) -> bytes:
            return hand(content) + b"".join(sealing.signed(each, content) for each in second)

        return append.write(db, commands, actor, at, self.book, sign, stream=stream)

    def receive(self, carried: Iterable[Carried]) -> Received:
        """Receives what other desks wrote, piece by piece, in transactions that end as soon as somebody here
        wants to write. Call it in a thread."""
        coming, added, many, more = iter(carried), 0, _FIRST, True

        def pieces() -> Iterator[Sequence[Carried]]:
            nonlocal many, more
            began = at = time.perf_counter()
            while True:
                piece = list(islice(coming, many))
                more = len(piece) == many
                yield piece
                before, at = at, time.perf_counter()
                many = max(_LEAST, int(many * min(2.0, _AIM / (at - before))))
                if not more or self._acts or at - began > _MOST:
                    return

        while True:
            done = self.submit(
                lambda db: receive(db, pieces(), self.now(), self.book), bulk=True
            ).result()
            added += done.added
            if not more:
                return replace(done, added=added)
            time.sleep(_REST)

    def checkpoint(self) -> bool:
        """Copies the WAL into the file; True if all of it is there now.

        It waits for earlier jobs, but not for readers: while somebody reads earlier pages, the rest stays in the WAL.
        """
        with suppress(Refusal, StoreClosed):
            return bool(self.submit(checkpointed).result())
        return False

    def _write_on(self) -> None:
        while self._calls.get():
            job, done = (self._acts or self._bulk).popleft()
            if not done.set_running_or_notify_cancel():
                continue
            try:
                result = self._transact(job)
            except BaseException as error:
                done.set_exception(error)
                continue
            self._pay()  # before anybody learns that there is space again
            done.set_result(result)
        self._pay()
        self._db.close()

    def _owe(self, job: Job, debt: "Debt", ended: "Future[Any]") -> None:
        """Keeps a job that found the disk full."""
        if not ended.cancelled() and isinstance(ended.exception(), DiskFull):
            self._owed.append((job, debt))
            debt.keep()

    def _pay(self) -> None:
        """Does the jobs that are owed, as far as there is now space."""
        while self._owed:
            job, debt = self._owed[0]
            try:
                self._transact(job)
            except BaseException:
                return
            self._owed.popleft()
            debt.paid()

    def _transact(self, job: Job) -> Any:
        connection = self._db.conn
        if job is checkpointed:  # which no transaction may hold
            return job(self._db)
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = job(self._db)
            connection.execute("COMMIT")
            if self.clear_left:
                self.clear_left = not truncated(self._db)
            return result
        except DatabaseError as error:
            raise in_words(self.path, error) from None
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Finishes what is queued, then closes every connection. Closing twice does nothing.

        A thread that still reads keeps its connection until it ends: SQLite does not survive that somebody else
        closes it.
        """
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._calls.put(False)
        self._writer.join()
        self.keyring.wipe()
        for thread, reader in self._open_readers:
            if thread is threading.current_thread() or not _reads(thread):
                reader.close()
        self._open_readers.clear()


def _reads(thread: threading.Thread) -> bool:
    """Whether a thread may be reading: it is alive, and no thread of a pool that waits for work."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_name != "_worker"


def _both(first: Job, then: Job, db: Database) -> Any:
    result = first(db)
    then(db)
    return result
