"""Words typed on the board, where every letter is a key, because somebody forgot to press n."""

from textual import events
from textual.screen import Screen
from textual.timer import Timer

from spoc.widgets.textual_private import bound_keys

PAUSE = 0.5  # seconds without a key, after which keys work again
ASTRAY = "That was not typed into a call, and nothing was done with it: n starts one."


class AstrayScreen(Screen[None]):
    """A page of keys. After a letter that is not one of them, no key acts until typing pauses, so that a name
    typed here opens nothing."""

    astray: Timer | None = None
    said = ""  # shown above the notes, until another page has been open

    def on_key(self, event: events.Key) -> None:
        """Handles a letter or digit that is not a key of this page, or that comes soon after one."""
        if event.is_printable and (self.astray or event.key not in bound_keys(type(self))):
            if self.astray is not None:
                self.astray.stop()
            self.astray = self.set_timer(PAUSE, self._keys_work_again)
            self.said = ASTRAY

    def _keys_work_again(self) -> None:
        self.astray = None
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.astray is None
