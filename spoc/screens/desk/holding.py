"""Pages that hold what somebody typed: no way of leaving one drops it without a word."""

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen, ScreenResultType
from textual.widgets import Static

from spoc.widgets.entry import Entry, settled
from spoc.widgets.page import Page

ASKS = "Not written yet. Esc again leaves it out."


class HoldingScreen(Screen[ScreenResultType]):
    """A card whose words are nowhere but here until they are written."""

    _began: tuple[str, ...] = ()
    _asked: tuple[str, ...] | None = None

    def on_mount(self) -> None:
        """What stands here at first is nobody's typing (Textual mounts the class that is made of this one first)."""
        self._began = self._texts()

    def _texts(self) -> tuple[str, ...]:
        lines = [each.value for each in self.query(Entry)]
        return (*lines, *(each.text for each in self.query(Page)))

    def leaves(self) -> bool:
        """Whether it may be left now: where something is typed, only when that is asked for again."""
        texts = self._texts()
        if texts in (self._began, self._asked):
            return True
        self._asked = texts
        message = self.query_one("#message", Static)
        message.update(ASKS)
        message.add_class("-said")
        return False

    async def unwritten(self) -> str:
        """What leaving spoc would drop, as a sentence; "" where that is nothing."""
        await settled(self.focused)
        return "" if self._texts() == self._began else "What is typed here is not written yet."


async def unwritten(screens: Sequence[Screen[Any]]) -> str:
    """What would be dropped if these pages went, as a sentence; "" where that is nothing."""
    for screen in reversed(screens):
        asks = getattr(screen, "unwritten", None)
        if asks is not None and (words := await asks()):
            return str(words)
    return ""
