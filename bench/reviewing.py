"""``python -m bench reviewing``. The keys that a morning's list takes, pressed in the running app and counted.

A list of 30 with 24 clear cases; one of 180, half of it injuries or under-2s: the first half is cleared by one key
each, of the others each is opened, what its flags touch is answered, and it is disposed of. Notes are not counted.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from textual.events import Key

from bench import made_up
from bench.figures import MS, Figure, median
from spoc.app import SpocApp
from spoc.intake.reading import of_bytes
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.desk import Desk

ONE, OTHER = 1, 12  # keys: of a clear case, and at most of another
_HEAD = "Attendance Number,NHS No,Surname,Forename,DOB,Arrival,Presenting complaint,Diagnosis,Disch,Departed,GP code"
_PATIENCE = 20  # seconds until a page that should come counts as never come


class _Counted:
    """The running app, and how many keys were pressed in it."""

    def __init__(self, app: SpocApp) -> None:
        self.app, self.keys = app, 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.app.post_message(Key(key, key if len(key) == 1 else None))
            await asyncio.sleep(0)

    async def until(self, so: Callable[[], Any]) -> None:
        end = monotonic() + _PATIENCE
        while not so():
            if monotonic() > end:
                raise RuntimeError(f"it never came; on show is {self.app.screen!r}")
            await asyncio.sleep(0.005)


def measure(folder: Path, quick: bool) -> list[Figure]:
    """The keys for each list, and the time that a key takes to have the next case in its place."""
    figures = []
    for clear, eyes in ((24, 6), (6, 6) if quick else (90, 90)):
        desk = made_up.make(folder / str(clear), 0)
        _bring(desk, clear, eyes)
        of_clear, most, every, took = asyncio.run(_reviewed(desk, clear, eyes))
        desk.close()
        what = f"{clear + eyes} cases, {clear} clear"
        figures += [
            Figure(f"{what}: keys for the clear ones", of_clear, None, clear * ONE),
            Figure(f"{what}: keys for one other, most", most, None, OTHER),
            Figure(f"{what}: keys in all", every, None, clear * ONE + eyes * OTHER),
            Figure(f"{what}: a clear one, from key to next", took, None, 250.0),
        ]
    return figures


def _bring(desk: Desk, clear: int, eyes: int) -> None:
    """A night's list: ear aches of school children; of the others every second an injury, every second an under-2."""
    now = listing.local_now(desk.store)
    at, left = now - timedelta(hours=9), now - timedelta(hours=7)
    baby, child = now - timedelta(days=300), now - timedelta(days=3000)
    rows = [_HEAD]
    for n in range(clear + eyes):
        well = n < clear
        small = not well and n % 2
        born = baby if small or (not well and not n % 4) else child
        said = (
            "Ear pain,Otitis media"
            if well
            else "Cough,Viral"
            if small
            else "fell from wall,Fracture of wrist"
        )
        rows.append(
            f"N{n:03d},,{'Clear' if well else 'Eyes'}{n},Ty,{born:%d/%m/%Y},{at:%d/%m/%Y %H:%M},{said},Discharged,"
            f"{left:%d/%m/%Y %H:%M},B83049"
        )
    reading = of_bytes("\n".join(rows).encode(), "list.csv", now)
    importing.bring_in(desk.store, desk.actor, [Listed("list.csv", reading.rows)], "ED-MPH")


async def _reviewed(desk: Desk, clear: int, eyes: int) -> tuple[int, int, int, float]:
    """The keys of all the clear ones, the most that another took, all keys; how long a clear one took (median)."""
    app = SpocApp(desk.folder, now=desk.store.now)
    hand = iter(range(0, 10**9, 2))
    async with app.run_test(size=(120, 36)):
        app.sit_down(desk)
        counted, most, of_clear = _Counted(app), 0, 0
        times = []
        screen = WorklistScreen(desk, clock=lambda: float(next(hand)))
        await app.push_screen(screen)
        await counted.until(lambda: screen.is_current and screen.seen >= 0 and screen.rows.items)
        for left in range(clear + eyes - 1, -1, -1):
            before = counted.keys
            line = screen.rows.items[0]
            screen.rows.show(screen.rows.items, 0)
            if line.name.startswith("Clear"):
                began = monotonic()
                await counted.press("c")
                await counted.until(lambda left=left: len(screen.rows.items) == left)
                times.append((monotonic() - began) * MS)
                of_clear += counted.keys - before
                continue
            await counted.press("enter")
            await counted.until(
                lambda: isinstance(app.screen, ReviewPage) and app.screen.is_mounted
            )
            page: Any = app.screen
            await counted.until(lambda page=page: hasattr(page, "shown"))
            for item in sorted({each.item for each in page.shown.flags if each.item}):
                await counted.press(str(item), str(item))  # looked at, nothing raised
            await counted.press("b", "d")
            await counted.until(
                lambda: isinstance(app.screen, RecordScreen) and app.screen.is_mounted
            )
            await asyncio.sleep(0.05)
            await counted.press("n", "c", "enter", "f2")
            await counted.until(
                lambda left=left: app.screen is screen and len(screen.rows.items) == left
            )
            most = max(most, counted.keys - before)
        app.desk = None  # the store is the benchmark's to close
        return of_clear, most, counted.keys, median(times)
