"""A form that writes one act: it closes once the act is written, or says why it is not."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from spoc.model.errors import Refusal
from spoc.screens.desk.pages.going import GoingScreen
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.widgets.forms.line_input import settled


class WritingScreen(GoingScreen[bool], HoldingScreen[bool]):
    """Dismissed with True once its act is in the ledger."""

    writing = False

    async def write_and_leave(self, act: "Callable[[], Future[Any] | None]") -> None:
        """Does an act, which also ends the draft, and leaves once it is written; or says why not. The act gives
        None if there is nothing to write."""
        try:
            with self.ending():
                done = act()
        except Refusal as refused:
            self.act_written(str(refused))
            return
        if done is None:
            self.say("Nothing has changed yet.")
            return
        self.writing = True
        if await self.written(done, self.act_written):
            self.dismiss(True)

    def act_written(self, error: str) -> None:
        """Leaves once the act is written, or says why it is not (``error``)."""
        self.writing = False
        if error:
            self.say(error)
        else:
            self.dismiss(True)

    async def action_cancel(self) -> None:
        """Leaves; if something is typed, only when asked twice."""
        await settled(self.focused)
        if not self.writing and self.leaves():
            self.dismiss(False)
