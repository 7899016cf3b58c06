"""What nobody sees is not painted: a test's app has no terminal, and Textual paints each change all the same,
then drops it. A test that reads a page has it painted whole at that moment; one about painting asks for ``painted``.

Nor is a sixtieth of a second waited for with each change, which spares a terminal."""

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
