"""The app on a real store with somebody signed in, where tests of screens begin."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from keyboard import until
from samples import ADVISOR, KEY
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.app import SpocApp
from spoc.model.ledger.entry import Actor
from spoc.screens.desk.board import BoardScreen
from spoc.storage.desk import Desk
from spoc.storage.store import Store
from spoc.widgets.preferences import Preferences


class Seated(SpocApp):
    """Signed in from the start; the store is looked after by the test."""

    def __init__(self, desk: Desk, now: Callable[[], datetime], theme: str = "dark") -> None:
        super().__init__(desk.folder, now=now, liked=Preferences(theme=theme))
        self._sits = desk

    def _first_screen(self) -> Screen[Any]:
        """Nobody signs in here."""
        return Screen()

    def _look_after(self) -> None:  # type: ignore[override]
        """Backups and verifying have tests of their own."""

    def let_go(self) -> None:
        """The store is the test's to close."""
        self.desk = None


@asynccontextmanager
async def at_the_board(
    store: Store, *, actor: Actor = ADVISOR, size: tuple[int, int] = (120, 36), theme: str = "dark"
) -> AsyncIterator[Pilot[Any]]:
    """The running app with the board shown."""
    desk = Desk(store, actor, store.path.parent, KEY)
    app = Seated(desk, store.now, theme)
    async with app.run_test(size=size) as pilot:
        app.sit_down(desk)
        await until(pilot, lambda: isinstance(app.screen, BoardScreen) and app.screen.is_current)
        await pilot.pause()
        yield pilot


def page_of(pilot: Pilot[Any]) -> list[str]:
    """The lines of the contact's page that is shown."""
    rows = getattr(pilot.app.screen, "rows", None)
    return [f"{line.label} {line.text}".strip() for line in (rows.items if rows else ())]
