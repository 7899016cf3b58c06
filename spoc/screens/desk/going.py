"""Leaving a page when what it holds is written: not before, not twice, and nothing else in its place."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import Screen, ScreenResultType

from spoc.screens.desk.covers import Passing
from spoc.widgets.textual_private import done_already

WAIT = 2.0  # seconds for which keys wait for the disk, before what follows begins


class GoingScreen(Screen[ScreenResultType]):
    """A page that goes by itself. Textual takes away what is on top, whichever page asked for it; this one
    waits until nothing lies over it, but for the help with its keys, which goes with it."""

    _then: Callable[[], Any] | None = None

    async def written(self, done: "Future[Any]", told: Callable[[str], Message]) -> bool:
        """Wait a moment for the disk, so that what is typed ahead meets what comes next; whether it is written.

        Where it is not, ``told`` makes what the page is told later: why not, or "" once it is.
        """
        writing = asyncio.ensure_future(asyncio.wrap_future(done))
        await asyncio.wait([writing], timeout=WAIT)
        if writing.done() and not writing.cancelled() and writing.exception() is None:
            return True
        done.add_done_callback(lambda done: self.post_message(told(str(done.exception() or ""))))
        return False

    def when_on_top(self, then: Callable[[], Any]) -> None:
        """Do it now, or once what lies over the page is gone; never, where the page is gone itself."""
        if isinstance(self.app.screen, Passing):
            self.app.screen.dismiss(None)
        if self.app.screen is self:
            then()
        elif self in self.app.screen_stack:
            self._then = then

    def on_screen_resume(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            self.when_on_top(then)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        self.when_on_top(lambda: super(GoingScreen, self).dismiss(result))
        return done_already()
