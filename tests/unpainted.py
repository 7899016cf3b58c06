"""Skips painting that nobody sees: a test's app has no terminal, yet Textual paints each change and drops it.
A test that reads a page gets it painted completely at that moment; a test about painting asks for
``painted``.

It also skips the sixtieth of a second that Textual waits with each change to spare a terminal."""

from typing import Any

import textual.screen
from textual._compositor import Compositor, visible_screen_stack

painting = {"each": False}


def paint_when_read() -> None:
    """From now on, for every test of this process that has not asked for each change."""
    update = Compositor.render_update

    def render_update(
        self: Compositor, full: bool = False, screen_stack: Any = None, simplify: bool = False
    ) -> Any:
        if painting["each"] or full or simplify:
            return update(self, full, screen_stack, simplify)
        visible_screen_stack.set([] if screen_stack is None else screen_stack)
        self._dirty_regions.clear()
        return None

    Compositor.render_update = render_update  # type: ignore[method-assign]
    textual.screen.UPDATE_PERIOD = 0.001  # type: ignore[misc]
