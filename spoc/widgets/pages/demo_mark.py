"""The word DEMO in the same corner of every screen of a demo: a word, not only a colour."""

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.widgets import Static

from spoc.widgets.pages.header import Header

WORD = "DEMO"


class DemoMark(Static):
    """Covers the top left corner. If there is a header, it begins with the same word."""

    DEFAULT_CSS = """
    DemoMark {
        overlay: screen; position: absolute; width: auto; height: 1; padding: 0 1;
        background: $bar; color: $bar-text; text-style: bold;
    }
    """

    def __init__(self, more: str) -> None:
        super().__init__(WORD, markup=False)
        self._more = more

    def on_mount(self) -> None:
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """Says more if nothing else is in that line, here or on the page beneath."""
        if not self.screen.query(Header) and not self.screen.is_modal:
            words = f"{WORD} · {self._more}"
            self.styles.width = len(words) + 2
            self.update(words)


def mark_screens(app: App[Any], demo: Callable[[], bool], more: str) -> None:
    """Puts the word on every screen of the app while it shows a demo; ``more`` if there is room."""

    def mark(screen: Screen[Any]) -> None:
        if demo() and screen.is_attached and not screen.query(DemoMark):
            screen.mount(DemoMark(more))

    app.screen_change_signal.subscribe(app, mark, immediate=True)
