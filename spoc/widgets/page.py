"""A page to write on: shows user text as typed and keeps all of it."""

from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea

from spoc.model.plain import visible
from spoc.widgets.entry import joins


class Page(TextArea):
    """Several lines: Enter makes a new one, Tab leaves."""

    DEFAULT_CSS = """
    Page.-textual-compact { border: none !important; border-left: outer $field !important; }
    Page { padding: 0; background: $field; color: $foreground; min-height: 3; }
    Page:focus { background: $writing; }
    Page.-textual-compact:focus { border-left: outer $primary !important; }
    Page .text-area--cursor, Page .text-area--selection { background: $foreground; color: $background; }
    """

    def __init__(self, slot: str) -> None:
        super().__init__(
            id=slot,
            tab_behavior="focus",
            soft_wrap=True,
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self.slot = slot
        self._restyle = True

    def _on_key(self, event: events.Key) -> None:
        if joins(event):
            event.stop()
            event.prevent_default()
            self.replace(event.character or "", *self.selection, maintain_selection_offset=False)

    def get_line(self, line_index: int) -> Text:
        return Text(visible(self.document.get_line(line_index)), end="", no_wrap=True)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._restyle = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """As TextArea's, which reads the theme again for every letter: here only after a change of style."""
        if self._restyle and self._theme:
            self._theme.apply_css(self)
            self._restyle = False
        return super(TextArea, self).render_lines(crop)
