"""Pages that cover the desk: the blank page, and the base of everything that hides what is beneath."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from spoc.widgets.textual_private import done_already


class Cover(Screen[None]):
    """A page that hides the screens beneath it; they stay as they are."""

    AUTO_FOCUS = None


class BlankScreen(Cover):
    """Nothing but the word spoc and the time. The same key shows the desk again."""

    CSS_PATH = "covers.tcss"

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        yield Static(self._line(), id="blank", markup=False)

    def on_mount(self) -> None:
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        self.query_one("#blank", Static).update(self._line())

    def _line(self) -> Content:
        return Content.assemble(("spoc", "bold"), f"   {self._now():%H:%M}")


def may_cover(screen: Screen[Any]) -> bool:
    """Whether a page may lie over a cover and go from there: it shows nothing of what is beneath."""
    return bool(getattr(screen, "OVER_COVER", False))


class Passing(ModalScreen[None]):
    """A card over the page that helps with its keys; the lock takes it away."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Never takes away the page beneath, as Textual would the second time."""
        return super().dismiss(result) if self.app.screen is self else done_already()


class Countdown(Static):
    """The line that says when the desk locks. It lies over the page and moves nothing."""

    DEFAULT_CSS = """
    Countdown {
        overlay: screen; position: absolute; width: 100%; height: 1; padding: 0 1;
        background: $warning; color: $background; text-style: bold; text-align: center;
    }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    @classmethod
    def show(cls, screen: Screen[object], seconds: float) -> None:
        """Says on this screen how many seconds are left."""
        lines = screen.query(cls)
        line = lines.first() if lines else cls()
        line.update(f"spoc locks in {seconds:.0f} s: any key stops it")
        if not lines:
            screen.mount(line)

    @classmethod
    def hide(cls, screens: Iterable[Screen[object]]) -> None:
        for screen in screens:
            for line in [each for each in screen.children if isinstance(each, cls)]:
                line.remove()
