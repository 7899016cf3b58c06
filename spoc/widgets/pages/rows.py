"""A list that draws only what is on the screen, however long it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from spoc.widgets.textual_private import in_style, scrolled

Item = TypeVar("Item")


class Rows(ScrollView, Generic[Item], can_focus=True):
    """Shows items, one line each, as ``paint(item, width)`` draws them; holds which one is marked.

    Posts ``NearEnd`` when the mark nears the last item, so that more can be fetched.
    """

    COMPONENT_CLASSES = {"rows--marked"}
    DEFAULT_CSS = """
    Rows { height: 1fr; background: $background; color: $foreground; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-color: $dim; scrollbar-background: $background; }
    Rows .rows--marked { background: $focus; color: $focus-text; text-style: bold; }
    """

    marked: reactive[int] = reactive(0, repaint=False)
    # ScrollView's own would lay out and draw the whole screen whenever the list gets longer or shorter.
    virtual_size = Reactive(Size(0, 0), repaint=False)

    @dataclass
    class NearEnd(Message):
        """The mark is near the last item already there."""

        rows: "Rows[Any]"

    def __init__(self, paint: Callable[[Item, int], Content], id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.items: Sequence[Item] = ()

    def show(self, items: Sequence[Item], marked: int = 0) -> None:
        """Shows other items."""
        self.items = items
        self._measure()
        self.marked = max(0, min(marked, len(items) - 1))
        self._follow()
        self.refresh()

    def add(self, items: Sequence[Item]) -> None:
        """Shows more items below the present ones, which are not drawn again."""
        count = len(self.items)
        self.items = [*self.items, *items]
        self._measure()
        self.refresh_lines(count, len(items))

    @property
    def item(self) -> Item | None:
        """The marked item, or None in an empty list."""
        return self.items[self.marked] if self.marked < len(self.items) else None

    def move(self, step: int) -> None:
        """Moves the mark, at most to either end."""
        self.marked = max(0, min(self.marked + step, len(self.items) - 1))
        self._follow()
        if self.marked > len(self.items) - self.size.height:
            self.post_message(self.NearEnd(self))

    def page(self, step: int) -> None:
        """Moves the mark by a screenful."""
        self.move(step * max(1, self.size.height - 1))

    def watch_marked(self, before: int, now: int) -> None:
        """Redraws the two lines that the mark left and reached."""
        self.refresh_line(before)
        self.refresh_line(now)

    def _measure(self) -> None:
        """Updates the number of items; the screen is laid out again only if the scrollbar appears or disappears."""
        self.virtual_size = Size(self.size.width, len(self.items))
        scrolled(self, self.virtual_size)

    def _follow(self) -> None:
        self.scroll_to_region(Region(0, self.marked, 1, 1), animate=False, immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self.items))
        self._follow()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width  # the scrollbar has the rest
        line = y + self.scroll_offset.y
        chosen = line == self.marked and self.has_focus
        style = self.get_visual_style("rows--marked") if chosen else self.visual_style
        if line >= len(self.items):
            return Strip.blank(width, self.visual_style.rich_style)
        lead = "▸ " if line == self.marked else "  "
        content = Content(lead) + self.paint(self.items[line], width - 2)
        if chosen:  # one colour on the marked line: a word also says whatever a colour says
            content = content.stylize("$focus-text")
        # One line needs nothing that Textual does to wrap, align and link a long text.
        content = content.truncate(width, ellipsis=True)
        pieces = [Segment(text, each.rich_style) for text, each in in_style(self, content, style)]
        strip = Strip(pieces, content.cell_length)
        return strip.extend_cell_length(width, style.rich_style)
