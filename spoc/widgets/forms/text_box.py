"""A box for several lines: shows user text as typed and keeps all of it; writes out abbreviations."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Document

from spoc.model.values.plain import visible
from spoc.widgets.forms.line_input import edited, joins
from spoc.widgets.textual_private import restyled

# A short form counts only alone: after a space or a bracket or at the beginning, in small letters as listed.
_SHORT = re.compile(r"(?:^|(?<=[\s(]))[a-z][a-z0-9]+$")
_Location = tuple[int, int]


class Expansion(NamedTuple):
    """An abbreviation that was just written out: where, and what was typed."""

    start: _Location
    end: _Location
    words: str
    typed: str


class TextBox(TextArea):
    """Several lines: Enter makes a new one, Tab leaves. A space after an abbreviation writes it out, and
    Backspace straight afterwards undoes that."""

    DEFAULT_CSS = """
    TextBox.-textual-compact { border: none !important; border-left: outer $field !important; }
    TextBox { padding: 0; background: $field; color: $foreground; min-height: 3; }
    TextBox:focus { background: $writing; }
    TextBox.-textual-compact:focus { border-left: outer $primary !important; }
    TextBox .text-area--cursor, TextBox .text-area--selection { background: $foreground; color: $background; }
    """

    def __init__(self, slot: str, abbreviations: Mapping[str, str] | None = None) -> None:
        super().__init__(
            id=slot,
            tab_behavior="focus",
            soft_wrap=True,
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self.slot = slot
        self.abbreviations = abbreviations or {}
        self._written: Expansion | None = None
        self._restyle = True

    async def on_key(self, event: events.Key) -> None:
        """Handles keys here, where they arrive in the order they were typed, however fast."""
        written, self._written = self._written, None
        done = self._write_out() if event.character == " " else False
        if event.key == "backspace" and written is not None:
            done = self._take_back(written)
        if done or await edited(self, event):
            event.stop()
            event.prevent_default()
        elif joins(event):
            event.stop()
            event.prevent_default()
            self.replace(event.character or "", *self.selection, maintain_selection_offset=False)

    def _write_out(self) -> bool:
        """Replaces the abbreviation before the cursor with its words, and the space after them."""
        row, column = self.cursor_location
        found = _SHORT.search(self.document.get_line(row)[:column])
        words = self.abbreviations.get(found[0]) if found and self.selection.is_empty else None
        if found is None or words is None:
            return False
        start = (row, found.start())
        end = self.replace(f"{words} ", start, (row, column)).end_location
        self.move_cursor(end)
        self._written = Expansion(start, end, f"{words} ", f"{found[0]} ")
        return True

    def _take_back(self, written: Expansion) -> bool:
        """Replaces what was written out with what was typed, including the space."""
        if (
            not self.selection.is_empty
            or self.cursor_location != written.end
            or self.get_text_range(written.start, written.end) != written.words
        ):
            return False
        end = self.replace(written.typed, written.start, written.end).end_location
        self.move_cursor(end)
        return True

    @property
    def cursor_index(self) -> int:
        """How many letters, including line ends, are before the cursor."""
        assert isinstance(self.document, Document)
        return self.document.get_index_from_location(self.cursor_location)

    @cursor_index.setter
    def cursor_index(self, letters: int) -> None:
        assert isinstance(self.document, Document)
        self.cursor_location = self.document.get_location_from_index(letters)

    def get_line(self, line_index: int) -> Text:
        return Text(visible(self.document.get_line(line_index)), end="", no_wrap=True)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._restyle = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """As TextArea's, which reads the theme again for every letter: here only after a change of style."""
        if self._restyle and restyled(self):
            self._restyle = False
        return super(TextArea, self).render_lines(crop)
