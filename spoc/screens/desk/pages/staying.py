"""The part of the app that never leaves silently with typing that is not on the disk."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from textual import work
from textual.screen import Screen

from spoc.screens.followups.minding import MindingApp

if TYPE_CHECKING:
    from spoc.model.ledger.entry import Actor
    from spoc.storage.desk import Desk

# Seconds between the two keys that drop the typing: not a bounced key, nor one long after.
SOONEST, LATEST = 0.5, 15.0


class StayingApp(MindingApp):
    """Leaving spoc, and a colleague's taking the desk, wait for the typing on every page beneath."""

    sit_down: Callable[["Desk"], None]
    _asked_at = -LATEST

    async def action_leave(self) -> None:
        """Leaves; with unfinished calls only after a message: they become the service's open contacts.
        Unsaved words are dropped only when asked twice."""
        if self.desk is not None and await self._stays():
            return
        if self.desk is None:
            self.exit()
            return
        if self.covered:  # nobody is there to ask; what is unsent goes all the same
            self.go()
            return
        from spoc.screens.desk.leaving import LeaveScreen, nothing_waits

        if nothing_waits(self.desk):
            self.go()
        elif not isinstance(self.screen, LeaveScreen):
            super().push_screen(LeaveScreen(self.desk))

    def go(self) -> None:
        """Ends spoc, after what the other desks do not have yet was sent."""
        from spoc.screens.sync.last_sync import LastSyncScreen, unsent

        if self.desk is None or not unsent(self.desk):
            self.exit()
        elif not isinstance(self.screen, LastSyncScreen):
            super().push_screen(LastSyncScreen(self.desk))

    async def action_quit(self) -> None:
        await self.action_leave()

    async def _stays(self) -> bool:
        """Whether unsaved typing keeps the program open; the page then says so."""
        text = await unwritten(self.screen_stack)
        if not text:
            return False
        before, self._asked_at = self._asked_at, time.monotonic()
        if SOONEST < self._asked_at - before < LATEST:
            return False
        self._say_on_top(f"{text} Ctrl+Q again discards it.")
        return True

    def _say_on_top(self, words: str) -> None:
        say = getattr(self.screen, "say", None)
        if say is not None:
            say(words)

    @work(exclusive=True, group="hand-over")
    async def change_hands(self, desk: "Desk", actor: "Actor") -> None:
        """Hands over to a colleague: unfinished calls become open contacts, then the board is theirs. Not
        while the typing is not on the disk."""
        if await unwritten(self.screen_stack):
            refused: Any = getattr(self.screen, "_refused", None)
            if refused is not None:
                refused(
                    f"{desk.actor.name} typed something that is not recorded yet, so it stays locked: "
                    f"{desk.actor.name} signs in first. Ctrl+Q twice leaves spoc without it."
                )
            return
        from spoc.screens.call.typing.autosave import give_up

        self._hand_over(desk, actor, give_up(self.screen_stack))

    @work(thread=True, exclusive=True, group="hand-over-writing")
    def _hand_over(self, desk: "Desk", actor: "Actor", saves: "list[Future[str]]") -> None:
        from spoc.storage.desk import hand_over

        for saving in saves:
            saving.exception()  # waits for it
        self.call_from_thread(self.sit_down, hand_over(desk, actor))


async def unwritten(screens: Sequence[Screen[Any]]) -> str:
    """What would be lost if these pages went, as a sentence; "" if nothing."""
    for screen in reversed(screens):
        asks = getattr(screen, "unwritten", None)
        if asks is not None and (words := await asks()):
            return str(words)
    return ""
