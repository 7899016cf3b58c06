"""Painting what changed, and only that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from textual import events, on
from textual._compositor import Compositor, ReflowResult
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget


class Painter(Compositor):
    """Textual's, but a widget that did not change is not asked what it looks like.

    Textual asks every widget whose container meets the smallest rectangle round all changes; where the
    header, a field and the line below change with a letter, that is all of them, for every letter.
    """

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """After a layout all of it: Textual may have noted where things are to be before it looks what moved,
        and then leaves lines of what is gone."""
        moved = super().reflow(parent, size)
        self._dirty_regions.add(size.region)
        return moved

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """Each run of lines that changed by itself."""
        chops: list[Mapping[int, Strip]] = []
        for changed, lines in groupby(range(crop.y, crop.bottom), is_rendered_line):
            if changed:
                first, *_, last = (*lines,) * 2
                run = Region(crop.x, first, crop.width, last + 1 - first)
                painted = super()._render_chops(run, is_rendered_line)
                chops = chops or list(painted)
                chops[run.y : run.bottom] = painted[run.y : run.bottom]
        return chops or super()._render_chops(crop, is_rendered_line)

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """What is seen of each widget that lies in those lines."""
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if seen and (crop is None or crop.overlaps(seen)):
                yield region, clip, widget.render_lines(seen.translate(-region.offset))


class PaintedScreen(Screen[ScreenResultType]):
    """A page of many fields: styled once, and painted where it changes."""

    # Screen's own would paint the whole page for every field one goes to; the two fields do it themselves.
    focused = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Painter()
        self._shown_before = False

    def fit(self) -> None:
        """Take on the classes for the size of the page, before anything is on it: later, all of it would be
        styled anew."""
        steps = (self.HORIZONTAL_BREAKPOINTS or (), self.VERTICAL_BREAKPOINTS or ())
        for size, classes in zip(self.app.size, steps, strict=True):
            self.add_class(next(name for least, name in reversed(classes) if size >= least))

    @on(events.ScreenResume)
    def _styled_already(self, event: events.ScreenResume) -> None:
        """The first time, everything has just been styled."""
        event.refresh_styles &= self._shown_before
        self._shown_before = True
