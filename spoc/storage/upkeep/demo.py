"""The demo's store: set up in a folder, filled with invented work through the ledger, and removed again.

A demo store says so itself (the setting ``demo``), and by a file beside it, so that even the sign-in screen
can say it.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path

from spoc.model.demo import invented_work, lists, words
from spoc.model.demo.invented_work import Made
from spoc.model.errors import BadInput, Refusal
from spoc.model.followups.followup import KEPT
from spoc.model.forms.sheet import Person
from spoc.model.forms.sheet_commands import Writing, written
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.ids import uuid7
from spoc.model.ledger.table import Value
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import from_text, utc_text
from spoc.storage import sealing
from spoc.storage.attendances import importing, listing, reviewing
from spoc.storage.attendances.importing import Listed
from spoc.storage.attendances.listing import WorklistFilter
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.followups.reading import KINDS
from spoc.storage.ledger import append
from spoc.storage.secrecy import keys
from spoc.storage.service import settings
from spoc.storage.set_up import prepare
from spoc.storage.store import Store, utc_now
from spoc.storage.store_folder import (
    DEMO_FILE,
    EXTRACT_FILE,
    KEY_FILE,
    STORE_FILE,
    remove_quietly,
    write_durably,
)
from spoc.storage.window import LOCK_FILE, hold

SERVICE, NAME = "Invented safeguarding service", "Invented duty desk"
PASSPHRASE = "only invented children here"  # of a demo that is thrown away; its lock shows it
BATCH = 0.045  # seconds of a bulk job, so that nobody who types meanwhile has to wait

_OURS = (
    *(f"{each}{end}" for each in (STORE_FILE, EXTRACT_FILE) for end in ("", "-wal", "-shm")),
    KEY_FILE, LOCK_FILE, DEMO_FILE,
)  # fmt: skip
_PREFIX = "spoc-demo-"
_YOUNG = 3600.0  # seconds for which a folder without a store may be one that is being set up
_CHEAP = sealing.Cost(64, 1, 1)  # it protects nothing: everybody knows the passphrase above
_SAYS = (
    "The store in this folder is a demo of spoc: every person, call and number in it is invented.\n"
    "Nothing of real work belongs here.\n"
)

Progress = Callable[[int, int], None]  # contacts written, of how many


class _Clock:
    """A clock that stays at the beginning of the invented weeks until they are written, then runs normally."""

    def __init__(self, at: datetime) -> None:
        self.at: datetime | None = at

    def __call__(self) -> datetime:
        return self.at or utc_now()


def create(
    folder: Path,
    passphrase: str,
    count: int,
    seed: int,
    *,
    cost: sealing.Cost | None = None,
    now: datetime | None = None,
    progress: Progress = lambda done, of: None,
) -> tuple[Desk, str]:
    """Makes a store full of invented work in a folder; returns its desk, which the caller closes, and its
    recovery code.

    Raises StoreExists, BadInput, FolderUnusable, DiskFull; removes a store that could not be filled, and
    nothing else in the folder.
    """
    at = now or utc_now()
    clock, made = _Clock(invented_work.begins(count, at) - timedelta(hours=1)), not folder.exists()
    prepared = prepare(
        folder, SERVICE, NAME, words.ADVISORS[0], "advisor", passphrase, cost=cost, now=clock
    )
    desk = None
    try:
        prepared.commit()
        desk = prepared.open(now=clock)
        write_durably(folder / DEMO_FILE, _SAYS.encode())
        settings.recorded(desk.store, desk.actor, "demo", "yes").result()
        desk.store.settings["demo"] = "yes"
        fill(desk.store, desk.actor, count, seed, at, progress)
        clock.at = None
        if count:
            bring_lists_in(desk, seed, at)
        return desk, prepared.code
    except BaseException:
        prepared.discard()
        if desk is not None:
            desk.close()
        for name in _OURS:
            remove_quietly(folder / name)
        if made:
            remove(folder)
        raise


def fill(
    store: Store,
    actor: Actor,
    count: int,
    seed: int,
    now: datetime,
    progress: Progress = lambda done, of: None,
) -> int:
    """Writes that many invented contacts through the ledger, in bulk jobs that nobody waits for.

    Returns how many entries it took. ``progress`` is called after each job.
    """
    team = _team(store, actor)
    work = invented_work.work(seed, count, now, store.pack, store.hours)
    promised: list[_Promise] = []
    done = entries = 0
    ended = False
    while not ended:
        ended, calls, wrote = store.submit(
            lambda db: _some(store, db, team, work, promised), bulk=True
        ).result()
        done, entries = done + calls, entries + wrote
        progress(done, count)
    return entries


def _team(store: Store, actor: Actor) -> list[Actor]:
    """The advisor whose store it is, and colleagues, so that the board shows work by several people."""
    at = store.now()
    names = words.ADVISORS[1:]
    others = [Actor(append.new_id(at), name, "advisor") for name in names]
    users = []
    for each in others:
        own = os.urandom(32)
        fields = {"name": each.name, "role": each.role, **keys.public_fields(own)}
        users.append(Command("user", each.id, fields))
        store.keyring.lent[each.id] = own
    store.act(actor, users).result()
    return [actor, *others]


_Promise = tuple[datetime, int, str, bytes]  # when it is due, its contact, its table, its id
_DECISIONS = ("s17", "early-help", "s47", "nfa-agreed", "s17")
_TO_DECIDE = timedelta(days=2)
_FORGOTTEN = 60  # one contact in this many has promises that are still open after their time


def _some(
    store: Store, db: Database, team: list[Actor], work: Iterator[Made], promised: list[_Promise]
) -> tuple[bool, int, int]:
    """Writes until the time of one job is up: whether the work ended, contacts, entries. Most promises are
    kept when they are due; a few are not."""
    until, calls, wrote = time.monotonic() + BATCH, 0, 0
    for made in work:
        while promised and promised[0][0] <= made.at:
            wrote += _keep(store, db, team, heappop(promised))
        wrote += _write(store, db, team[made.by], made, promised)
        calls += made.state != "outcome"
        if time.monotonic() > until:
            return False, calls, wrote
    return True, calls, wrote


def _keep(store: Store, db: Database, team: list[Actor], promise: _Promise) -> int:
    """Records that a promise was kept, or what social care decided on a request."""
    at, by, tbl, action = promise
    done: dict[str, Value] = {
        "ended": KEPT, "ended_at": utc_text(at), "ended_by": team[by].id.hex(),
    }  # fmt: skip
    if tbl == "request":
        decision = _DECISIONS[action[-1] % len(_DECISIONS)]
        done = {
            "decision": decision, "decided_at": utc_text(at), "decided_by": "Duty manager",
            "referrer": "The caller", "closed_at": utc_text(at),
        }  # fmt: skip
    return len(store.append(db, team[by], [Command(tbl, action, done)], at).entries)


def _write(store: Store, db: Database, actor: Actor, made: Made, promised: list[_Promise]) -> int:
    """Writes one piece of work as its act would have."""
    if made.state == "draft":
        drafts.put(store, db, Draft(made.id, actor.id, made.sheet, utc_text(made.at)))
        return 0
    if made.state == "outcome":
        fields: dict[str, Value] = {
            "contact": made.id.hex(), "code": made.outcome, "at": utc_text(made.at),
        }  # fmt: skip
        commands = [Command("outcome", _new_id(made.at), fields)]
    else:
        by = Writing(
            made.id.hex(),
            actor.id.hex(),
            made.at,
            store.hours,
            lambda: _new_id(made.at),
            store.pack.guide,
            store.pack.by_code("action"),
        )
        commands = written(made.sheet, by, closed=made.state == "closed")
        for each in commands:
            if each.tbl == "request" and made.id[-1] % _FORGOTTEN:
                heappush(promised, (made.at + _TO_DECIDE, made.by, each.tbl, each.record))
            due = each.fields.get("due_at") if each.tbl in KINDS else None
            if due and made.id[-1] % _FORGOTTEN:
                heappush(
                    promised, (max(from_text(str(due)), made.at), made.by, each.tbl, each.record)
                )
    return len(store.append(db, actor, commands, made.at).entries)


def _new_id(at: datetime) -> bytes:
    return uuid7(int(at.timestamp() * 1000), os.urandom(10))


def bring_lists_in(desk: Desk, seed: int, at: datetime) -> None:
    """Brings in the invented lists of two emergency departments, and clears some of the first one's cases."""
    store, actor = desk.store, desk.actor
    for site, rows in lists.nights(
        seed, to_local(at).replace(tzinfo=None), _children(store), _numbers(store)
    ):
        importing.bring_in(store, actor, [Listed(rows[0].where.file, rows)], site)
    first = listing.page(store, actor, WorklistFilter(site=lists.SITES[0]))
    for line in first[len(first) // 2 :]:
        with contextlib.suppress(BadInput):  # one key clears what it may, and nothing else
            reviewing.clear(store, actor, line.id).result()


def _numbers(store: Store) -> set[str]:
    found = store.reader.conn.execute("SELECT nhs_number FROM person WHERE nhs_number <> ''")
    return {number for (number,) in found}


def _children(store: Store) -> list[Person]:
    """Some children whom the desk knows by number and date of birth."""
    found = store.reader.conn.execute(
        "SELECT name, dob, nhs_number FROM person WHERE kind = 'child' AND dob <> '' AND nhs_number <> ''"
        " AND sealed IS NULL ORDER BY id LIMIT 40"
    ).fetchall()
    return [Person(name, dob=dob, nhs_number=number) for name, dob, number in found]


# -- a demo that leaves nothing --------------------------------------------------------------------


def passing(count: int, seed: int, progress: Progress = lambda done, of: None) -> Desk:
    """A demo store's desk in a temporary folder of its own, opened without asking for a passphrase. At the
    end, close the desk and ``remove`` its folder."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        return create(folder, PASSPHRASE, count, seed, cost=_CHEAP, progress=progress)[0]
    except BaseException:
        remove(folder)
        raise


def remove(folder: Path) -> None:
    """Removes a demo's folder with everything in it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(among: Path | None = None) -> int:
    """Removes what killed demos left behind; returns how many. A running one is left alone."""
    removed = 0
    for left in (among or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        if _abandoned(left):
            remove(left)
            removed += 1
    return removed


def _abandoned(folder: Path) -> bool:
    """Whether this is one of our folders that no window holds any more."""
    try:
        found = folder.lstat()
        if folder.is_symlink() or not folder.is_dir():
            return False
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            return False
        if not (folder / DEMO_FILE).exists():
            return time.time() - found.st_mtime > _YOUNG
        hold(folder).release()
        return True
    except (OSError, Refusal):
        return False
