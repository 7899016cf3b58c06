"""Leaving a page when its contents are written: not before, not twice, and taking no other page away."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import Screen, ScreenResultType

from spoc.screens.desk.pages.covers import Passing
from spoc.widgets.pages.screens import when_written
from spoc.widgets.textual_private import done_already

WAIT = 2.0  # seconds for which keys wait for the disk, before what follows begins


@dataclass
class Told(Message):
    """What a page did that has just left, in words for the page beneath it."""

    words: str


class GoingScreen(Screen[ScreenResultType]):
    """A page that leaves by itself. Textual takes away the topmost page, whichever page asked; this one
    waits until nothing lies over it, except the help for its keys, which goes with it."""

    _then: Callable[[], Any] | None = None

    async def written(self, done: "Future[Any]", then: Callable[[str], Any]) -> bool:
        """Waits a moment for the disk, so that keys typed ahead meet what comes next; returns whether it is
        written.

        If not, ``then`` is called later: with why it is not, or "" once it is.
        """
        writing = asyncio.ensure_future(asyncio.wrap_future(done))
        await asyncio.wait([writing], timeout=WAIT)
        if writing.done() and not writing.cancelled() and writing.exception() is None:
            return True
        when_written(self, lambda: done, then)
        return False

    def when_on_top(self, then: Callable[[], Any]) -> None:
        """Does it now, or once what lies over the page is gone; never, if the page itself is gone."""
        if self not in self.app.screen_stack:  # or the program has ended meanwhile
            return
        if isinstance(self.app.screen, Passing):
            self.app.screen.dismiss(None)
        if self.app.screen is self:
            then()
        else:
            self._then = then

    def on_screen_resume(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            self.when_on_top(then)

    def leave_word(self, result: ScreenResultType | None, words: str) -> None:
        """Leaves with a result, once on top, and tells the page beneath what was done."""

        def leave() -> None:
            beneath = self.app.screen_stack[-2]
            self.dismiss(result)
            beneath.post_message(Told(words))

        self.when_on_top(leave)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        self.when_on_top(lambda: super(GoingScreen, self).dismiss(result))
        return done_already()
