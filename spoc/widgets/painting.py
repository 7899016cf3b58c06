"""Painting only what changed."""

from textual import events, on
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType

from spoc.widgets.textual_private import Painter, paint_with


class PaintedScreen(Screen[ScreenResultType]):
    """A page with many fields: styled once, and painted only where it changes."""

    # Screen's own would paint the whole page for every field one goes to; the two fields do it themselves.
    focused = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        paint_with(self, Painter())
        self._shown_before = False

    def fit(self) -> None:
        """Sets the classes for the page's size before anything is on it; later, everything would be styled again."""
        steps = (self.HORIZONTAL_BREAKPOINTS or (), self.VERTICAL_BREAKPOINTS or ())
        for size, classes in zip(self.app.size, steps, strict=True):
            self.add_class(next(name for least, name in reversed(classes) if size >= least))

    @on(events.ScreenResume)
    def _styled_already(self, event: events.ScreenResume) -> None:
        """Skips the first time, when everything has just been styled."""
        event.refresh_styles &= self._shown_before
        self._shown_before = True
