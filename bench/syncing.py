"""Sync: desk to share to desk beside plain INSERTs, many desks with nothing new, typing meanwhile, and growth.

``simulate`` lets many desks write for days into one share that tears and loses files, and says what that costs in
time and in space: its lines are rates, not budgets.
"""

import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import perf_counter

from bench import keys, made_up
from bench.bare import WORD
from bench.board import unlock
from bench.closing import Table
from bench.figures import MS, Figure, median
from bench.made_up import PASSPHRASE
from bench.terminal import Terminal, environment
from spoc.storage import keyring
from spoc.storage.desk import Desk, sign_in
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.group import DeskMember, Group
from spoc.storage.driver import Database, connect
from spoc.storage.migrations import keep_local
from spoc.storage.service import settings
from spoc.storage.upkeep import daily
from spoc.sync import run, sending
from spoc.sync.folder import Folder
from spoc.sync.joining.invitations import fields_of_desk
from spoc.sync.visit import SyncVisit

CONTACTS, FEW = 100_000, 400
DESKS, SOME = 50, 6
BUDGET = 8.0  # times plain INSERTs of the same rows, twice
NOTHING_NEW = 100.0  # milliseconds above listing the folders
GROWTH = ((50, 2_000), (5, 50_000))  # desks, entries of each
DAYS = 5
_ENTRIES = 8  # of a contact, about
_TYPED = 100_000  # entries of the sync that runs while somebody types


def desks(place: Path, count: int) -> list[Desk]:
    """So many desks of one service, each let in already, and an empty share beside them."""
    (place / "share").mkdir(parents=True)
    made_up.make(place / "0", 0).close()
    for number in range(1, count):
        shutil.copytree(place / "0", place / str(number))
    group, found, members = Group(bytes(16), bytes(32)), [], []
    for number in range(count):
        desk = sign_in(place / str(number), PASSPHRASE, window=False)
        members.append(desk.store.submit(lambda db, desk=desk: _own(db, desk, group)).result())
        found.append(desk)
    trusted = {each.id.hex(): fields_of_desk(each) for each in members}
    for desk in found:
        desk.store.submit(lambda db: keep_local(db, "trusted", trusted)).result()
    return found


def _own(db: Database, desk: Desk, group: Group) -> DeskMember:
    own = keyring.own_keys(db, desk.store.now())
    groups.keep_group(db, group)
    return DeskMember(own.id, f"Desk {desk.folder.name}", own.verifying, own.sealing)


def _share(desk: Desk) -> Folder:
    return Folder(desk.folder.parent / "share")


def _entries(desk: Desk) -> int:
    return sum(places.last_of_records(desk.store.reader).values())


def carried(place: Path, contacts: int, say: Callable[[str], None]) -> list[Figure]:
    """Contacts from a desk over a share to another, beside plain INSERTs of the same rows, twice."""
    one, other = desks(place, 2)
    try:
        other_had = [Table(other.store.reader, name) for name in _tables(other)]
        run.sync(other, _share(other))
        shutil.copy(other.store.path, place / "by-hand.db")
        made_up.fill(one, contacts)
        began = perf_counter()
        sent = run.sync(one, _share(one)).sent
        middle = perf_counter()
        received = run.sync(other, _share(other)).received
        end = perf_counter()
        rows = [(table.put, table.fresh(other.store.reader)) for table in other_had]
        plain = connect(place / "by-hand.db", one.key)
        plain.conn.execute("PRAGMA foreign_keys=OFF")
        floor = 0.0
        many = max(1, received // 1000)
        for batch in range(many):
            started = perf_counter()
            plain.conn.execute("BEGIN IMMEDIATE")
            for put, values in rows:
                part = values[len(values) * batch // many : len(values) * (batch + 1) // many]
                if part:
                    with suppress(Exception):
                        plain.conn.executemany(put, part)
            plain.conn.execute("COMMIT")
            floor += perf_counter() - started
        plain.close()
        size = sum(each.stat().st_size for each in (place / "share").rglob("*.seg"))
        say(
            f"{contacts:,} contacts, {sent:,} entries: sent at {sent / (middle - began):,.0f}/s, received at"
            f" {received / (end - middle):,.0f}/s, {size / sent:,.0f} bytes an entry on the share"
        )
        return [
            Figure(
                f"{contacts:,} contacts desk to share to desk",
                (end - began) * MS,
                floor * 2 * MS,
                BUDGET,
            )
        ]
    finally:
        one.close()
        other.close()


def _tables(desk: Desk) -> Sequence[str]:
    return ("entry", "payload", "signature", *desk.store.tables, "search", "names", "name_word")


def nothing_new(place: Path, count: int) -> list[Figure]:
    """A sync at which nobody has written, beside listing the folders."""
    every = desks(place, count)
    try:
        for desk in every:
            made_up.fill(desk, 2, seed=int(desk.folder.name))
            run.sync(desk, _share(desk))
        run.sync(every[0], _share(every[0]))
        run.sync(every[0], _share(every[0]))
        beyond = []
        for _ in range(9):
            began = perf_counter()
            _share(every[0]).list()
            middle = perf_counter()
            done = run.sync(every[0], _share(every[0]))
            beyond.append((perf_counter() - middle - (middle - began)) * MS)
            assert (done.sent, done.received, done.problems) == (0, 0, ())
        return [
            Figure(
                f"nothing new at {count} desks, beyond listing", median(beyond), None, NOTHING_NEW
            )
        ]
    finally:
        for desk in every:
            desk.close()


def typing(place: Path, entries: int, letters: int) -> list[Figure]:
    """From a key to its letter in an open contact while a long sync runs in the same window."""
    one, other = desks(place, 2)
    made_up.fill(one, entries // _ENTRIES)
    sent = run.sync(one, _share(one)).sent
    one.close()
    settings.recorded(other.store, other.actor, "sync", str(place / "share")).result()
    daily.daily_backup(other, other.store.now())
    before = _entries(other)
    other.close()
    env = environment(SPOC_STORE=str(other.folder), XDG_CONFIG_HOME=str(place))
    floor: list[float] = []
    ours: list[float] = []
    with Terminal("bench.bare", env) as bare, Terminal("spoc", env) as spoc:
        bare.painted(WORD)
        unlock(spoc)
        spoc.rest(perf_counter() + keys.LOOKED_AFTER)
        spoc.send("y")
        spoc.until(lambda: "Unsent" in spoc.text)
        spoc.send("s")
        spoc.until(lambda: "received 1 of" in spoc.text)
        spoc.send("\x1b")
        spoc.rest(perf_counter() + 0.5)
        keys._new_call(spoc)
        keys._tab(spoc, 3)
        row, turn = spoc.row_of("Call-back no."), 0
        while len(ours) < letters:
            word = ("01632 9601", "ext 4521", "ward 7", "bleep 18")[turn % 4]
            floor += keys._word(bare, 1, word)
            ours += keys._word(spoc, row, word)
            turn += 1
    left = sign_in(other.folder, PASSPHRASE, window=False)
    try:
        if _entries(left) - before >= sent:
            raise RuntimeError("the sync was over before the typing: let it carry more")
    finally:
        left.close()
    what = f"key echo in a sync of {sent:,} entries, median"
    return [Figure(what, median(ours), median(floor), 2 * keys.BUDGET)]


def simulate(place: Path, count: int, entries: int, days: int = DAYS) -> list[str]:
    """Many desks write for days; the share tears a file and loses one each evening. Gives rates, in lines.

    Every desk sends; the first takes in each evening, and a desk that comes last is filled at the end.
    """
    *every, late = desks(place, count + 1)
    chance, wrote, sending_took, taking = random.Random(count), 0.0, 0.0, 0.0
    try:
        for day in range(days):
            for number, desk in enumerate(every):
                began = perf_counter()
                made_up.fill(desk, max(1, entries // days // _ENTRIES), seed=day * count + number)
                middle = perf_counter()
                _send(desk)
                wrote += middle - began
                sending_took += perf_counter() - middle
            files = sorted((place / "share").rglob("*.seg"))
            torn, lost = chance.sample(files, 2)
            torn.write_bytes(torn.read_bytes()[:100])
            lost.unlink()
            began = perf_counter()
            run.sync(every[0], _share(every[0]))
            taking += perf_counter() - began
        for desk in every:
            _send(desk)  # what was torn or lost is written again
        run.sync(every[0], _share(every[0]))
        began = perf_counter()
        run.sync(late, _share(late))
        filled = perf_counter() - began
        began = perf_counter()
        names = _share(late).list()
        listed = perf_counter() - began
        total = _entries(late)
        if total < _entries(every[0]):
            raise AssertionError("the desk that came last does not have everything")
        share = sum(names.values())
        store = late.store.path.stat().st_size
        return [
            f"{count} desks, {total / count:,.0f} entries each, {days} days: written {total / wrote:,.0f}/s, sent"
            f" {total / sending_took:,.0f}/s, taken in by day {total / taking:,.0f}/s",
            f"  a desk that comes last: {total:,} entries in {filled:,.1f} s ({total / filled:,.0f}/s); share"
            f" {len(names):,} files, {share / 1e6:,.1f} MB ({share / total:,.0f} bytes an entry), listed in"
            f" {listed * MS:,.0f} ms; store {store / 1e6:,.1f} MB ({store / total:,.0f} bytes an entry)",
        ]
    finally:
        for desk in (*every, late):
            desk.close()


def _send(desk: Desk) -> None:
    transport = _share(desk)
    own = desk.store.submit(lambda db: keyring.own_keys(db, desk.store.now())).result()
    group = groups.group_of(desk.store.reader)
    assert group is not None
    visit = SyncVisit(desk, transport, group, own, transport.list())
    sending.send(visit, lambda *said: None, Event())


def measure(
    place: Path, quick: bool, say: Callable[[str], None], parts: Sequence[str] = ()
) -> list[Figure]:
    """All of it; the figures with budgets, and the rates through ``say``."""
    found: list[Figure] = []
    if not parts or "carried" in parts:
        found += carried(place / "carried", FEW if quick else CONTACTS, say)
    if not parts or "nothing" in parts:
        found += nothing_new(place / "nothing", SOME if quick else DESKS)
    if not parts or "typing" in parts:
        found += typing(place / "typing", 30_000 if quick else _TYPED, 20 if quick else 100)
    if not parts or "growth" in parts:
        for count, entries in ((3, 160),) if quick else GROWTH:
            for line in simulate(place / f"growth-{count}", count, entries, 2 if quick else DAYS):
                say(line)
    return found
