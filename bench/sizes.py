"""What size costs: searching as one types, opening the board and the list, looking people up.

The real app, in this process, without a terminal: each time is from the key to the page that was drawn
after it. Stores of several sizes are filled in bulk (see filling.py) and removed afterwards.
"""

import os

os.environ["TEXTUAL_FPS"] = "120"  # as the app asks for; read when textual is imported
os.environ["TEXTUAL_ANIMATIONS"] = "none"

import asyncio
import gc
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from textual import events
from textual.pilot import Pilot

from bench import filling
from bench.figures import MS, Figure, median, p95
from spoc.app import SpocApp
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.desk import Desk
from spoc.storage.persons import persons
from spoc.storage.store import Store
from spoc.widgets.preferences import Preferences

SIZES = (1_000, 100_000, 1_000_000)
KEY_BUDGET, SUGGEST_BUDGET = 50, 5  # milliseconds, 95 of 100, up to KEPT_TO contacts
KEPT_TO = 100_000
KEY_RATIO, OPEN_RATIO = 3.0, 1.5  # times the smallest store, at any size
KINDS = (("professional",), ("child", "unborn"))
PATIENCE = 30  # seconds


class _Seated(SpocApp):
    """Signed in from the start; nothing is looked after beside what is measured."""

    def _look_after(self) -> None:  # type: ignore[override]
        """Backups and verifying have no part in this."""

    def let_go(self) -> None:
        self.desk = None


@dataclass
class Times:
    """What was measured in a store of one size, in milliseconds."""

    size: int
    keys: list[float] = field(default_factory=list)
    board: list[float] = field(default_factory=list)
    list_: list[float] = field(default_factory=list)
    leaf: list[float] = field(default_factory=list)
    suggest: list[float] = field(default_factory=list)
    slowest: str = ""  # what was typed when a key took longest

    def opened(self) -> str:
        """What opening took, in words, and which key was the slowest."""
        took = (("board", self.board), ("list", self.list_), ("page down", self.leaf))
        said = ", ".join(f"{what} {median(times):.1f} ms" for what, times in took)
        return f"{said}; slowest key {max(self.keys):.0f} ms (“{self.slowest}”)"


def measure(
    sizes: Sequence[int], rounds: int, say: Callable[[str], None] = lambda _: None
) -> list[Times]:
    """Fill a store of each size, measure in it, and remove it."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="spoc-sizes-") as place:
            began = perf_counter()
            desk = filling.make(Path(place) / "desk", size)
            kept = os.path.getsize(desk.store.path) // 1_000_000
            say(f"{size:,} contacts: {kept:,} MB, filled in {perf_counter() - began:.0f} s")
            try:
                found.append(in_store(desk, size, rounds))
            finally:
                desk.close()
    return found


def in_store(desk: Desk, size: int, rounds: int) -> Times:
    """Measure in one store."""
    times = Times(size)
    asyncio.run(_typed(desk, times, rounds))
    _suggested(desk, times, rounds)
    return times


def figures(found: Sequence[Times]) -> list[Figure]:
    """Every size against its budget, and against the smallest."""
    least = found[0]
    lines = []
    for each in found:
        name = f"{each.size:>9,}  "
        if each.size > KEPT_TO:
            continue
        lines += [
            Figure(f"{name}search, key to paint, median", median(each.keys), None, KEY_BUDGET),
            Figure(f"{name}search, key to paint, p95", p95(each.keys), None, KEY_BUDGET),
            Figure(f"{name}person looked up, median", median(each.suggest), None, SUGGEST_BUDGET),
            Figure(f"{name}person looked up, p95", p95(each.suggest), None, SUGGEST_BUDGET),
        ]
    for each in found[1:]:
        name = f"{each.size:>9,}  "
        pairs = [
            ("search, key to paint, p95", p95(each.keys), p95(least.keys), KEY_RATIO),
            ("search, key to paint, median", median(each.keys), median(least.keys), KEY_RATIO),
            ("board", median(each.board), median(least.board), OPEN_RATIO),
            ("list", median(each.list_), median(least.list_), OPEN_RATIO),
            ("page down", median(each.leaf), median(least.leaf), OPEN_RATIO),
        ]
        lines += [Figure(name + what, ours, floor, ratio) for what, ours, floor, ratio in pairs]
    return lines


# -- the screens -----------------------------------------------------------------------------------


async def _typed(desk: Desk, times: Times, rounds: int) -> None:
    app = _Seated(desk.folder, now=desk.store.now, liked=Preferences())
    async with app.run_test(size=(120, 36)) as pilot:
        app.sit_down(desk)
        await _until(lambda: isinstance(app.screen, BoardScreen) and app.screen.is_current)
        for _ in range(3 + rounds):  # the first few find nothing in any cache
            times.list_.append(await _drawn(pilot, "l", lambda: _list_shown(app)))
            times.leaf += [
                await _drawn(pilot, "pagedown", lambda at=at: app.screen.rows.marked > at)
                for _ in range(3)
                for at in [app.screen.rows.marked]
            ]
            times.board.append(
                await _drawn(pilot, "escape", lambda: isinstance(app.screen, BoardScreen))
            )
        del times.list_[:3], times.board[:3], times.leaf[:9]
        await _drawn(pilot, "slash", lambda: _list_shown(app))
        screen = app.screen
        for text in queries(desk.store, rounds):
            for end in range(1, len(text) + 1):
                typed = text[:end]
                took = await _drawn(pilot, text[end - 1], lambda: screen.query_now == typed)  # noqa: B023
                if took >= max(times.keys, default=0):
                    times.slowest = typed
                times.keys.append(took)
            screen.entry.value = ""
            await _until(lambda: not screen.busy and not screen.query_now)


def _list_shown(app: SpocApp) -> bool:
    screen = app.screen
    return isinstance(screen, ContactsScreen) and screen.is_mounted and bool(screen.rows.items)


async def _drawn(pilot: Pilot[None], key: str, so: Callable[[], bool]) -> float:
    """Press a key; how long until what it makes so was drawn, in milliseconds."""
    app = pilot.app
    gc.collect(0)
    began = perf_counter()
    name = {" ": "space", ":": "colon", ",": "comma", "-": "minus"}.get(key, key)
    app.post_message(events.Key(name, key if len(key) == 1 else None))
    await _until(so)
    drawn = asyncio.Event()
    app.screen.call_after_refresh(drawn.set)
    await asyncio.wait_for(drawn.wait(), PATIENCE)
    return (perf_counter() - began) * MS


async def _until(so: Callable[[], bool]) -> None:
    end = perf_counter() + PATIENCE
    while not so():
        if perf_counter() > end:
            raise TimeoutError("what was waited for never came")
        await asyncio.sleep(0.001)


# -- what is typed ---------------------------------------------------------------------------------


def queries(store: Store, rounds: int) -> Iterator[str]:
    """What people look for: names that are common and rare, words of notes, codes, numbers, days, filters."""
    chance = random.Random(filling.SEED)
    db = store.reader.conn
    last = db.execute("SELECT max(n) FROM contact").fetchone()[0]
    for _ in range(rounds):
        at = chance.randint(1, last)
        name, number, born = db.execute(
            "SELECT name, nhs_number, dob FROM person WHERE kind = 'child' AND n <= ? ORDER BY n DESC LIMIT 1",
            (max(at, 200),),
        ).fetchone()
        (note,) = db.execute("SELECT text FROM note WHERE n = ?", (at,)).fetchone()
        surname, given = name.split(", ")
        words = note.split()
        yield surname.lower()
        yield f"{given} {surname[:4]}".lower()
        yield max(words, key=len)
        yield f"{surname} {words[0]}".lower()
        yield "emergency"
        yield f"physical {surname[:3]}".lower()
        yield f"{number[:3]} {number[3:6]} {number[6:]}"
        yield f"{born[8:]}{born[5:7]}{born[2:4]}"
        yield f"service:ed {surname[:3]}".lower()
        yield f"open: since:t-30 {surname[:2]}".lower()


def _suggested(desk: Desk, times: Times, rounds: int) -> None:
    """Look people up, letter by letter, as the contact form does."""
    store, actor = desk.store, desk.actor
    chance = random.Random(filling.SEED)
    rows = store.reader.conn.execute("SELECT name FROM person ORDER BY n LIMIT 2000").fetchall()
    typed = []
    for _ in range(4 * rounds):
        surname, given = chance.choice(rows)[0].lower().split(", ")
        swapped = f"{surname[:2]}{surname[3:4]}{surname[2:3]}{surname[4:]}"
        for name in (f"{surname} {given}", given, swapped):
            typed += [name[:end] for end in range(1, len(name) + 1)]
    for kinds in KINDS:
        persons.suggest(store, actor, "zzqzz", kinds)  # the words of all names are read once
        for text in typed:
            began = perf_counter()
            persons.suggest(store, actor, text, kinds)
            times.suggest.append((perf_counter() - began) * MS)
