"""The charts as pictures, at both sizes, and whether they can be read in every theme."""

from datetime import timedelta
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import Clock, close_one
from screens.contrast import unreadable
from screens.every_page import still
from screens.test_pictures import SMALL, WIDE, Album, dress, same_everywhere  # noqa: F401
from seated import at_the_board
from syrupy.assertion import SnapshotAssertion

from spoc.model.forms.sheet import Person
from spoc.screens.reports.behind import BehindScreen
from spoc.screens.reports.chart import ChartScreen
from spoc.screens.reports.dashboard import DashboardScreen
from spoc.screens.reports.marking import MarkScreen
from spoc.storage.store import Store

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*Can not relate snapshot name"),
    pytest.mark.usefixtures("painted"),
]
WEEKS = [4, 3, 5, 4, 3, 4, 5, 3, 4, 3, 12]  # contacts in each whole week; the last is special


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    """Eleven whole weeks, and the day in the one that runs."""
    now = clock.at
    monday = now - timedelta(days=now.weekday(), weeks=len(WEEKS))
    for week, count in enumerate(WEEKS):
        for number in range(count):
            clock.at = monday + timedelta(weeks=week, hours=7 * number)
            voice = {"voice": "own-words"} if number % 2 else {}
            child = Person(f"Child {week} {number}", "child", dob="2020-01-01")
            close_one(
                store,
                values={"service": "PAED" if number % 3 else "ED", **voice},
                children=(child,),
            )
    clock.at = now
    return store


@pytest.mark.long
@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
async def test_every_page_of_the_charts_looks_as_it_was_looked_at_and_can_be_read(
    filled: Store,
    size: tuple[int, int],
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spoc.screens.contacts.list_lines.reference", lambda record: "5FQR-4NBB")
    album = Album(snapshot, f"{size[0]}x{size[1]}")
    pale: list[str] = []

    async def look(name: str, pilot: Any, said: str) -> None:
        await still(pilot, said)
        album.add(f"{name}-dark", pilot)
        for theme in ("dark", "light", "contrast"):
            await dress(pilot, theme)
            pale.extend(unreadable(f"{name}, {theme}", pilot))
        await dress(pilot, "dark")

    async with at_the_board(filled, size=size) as pilot:
        await type_in(pilot, "a")
        table = await shown(pilot, DashboardScreen)
        await until(pilot, lambda: len(table.rows.items) > 1)
        await look("activity", pilot, "11 whole weeks")
        await type_in(pilot, "<enter>")
        await shown(pilot, ChartScreen)
        await look("chart", pilot, "H special cause, high")
        await type_in(pilot, "<enter>")
        await shown(pilot, BehindScreen)
        await look("behind", pilot, "12 contacts")
        await type_in(pilot, "<escape>", "r")
        await shown(pilot, MarkScreen)
        await look("new-limits", pilot, "Decided by")
    assert not album.differ and not pale
