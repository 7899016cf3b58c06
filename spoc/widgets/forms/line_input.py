"""A line to type in: shows user text as typed, keeps all of it, and says when it has processed it."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from typing import Any
from unicodedata import category

from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from spoc.model.values.plain import visible
from spoc.widgets.pages.bindings import FIELD
from spoc.widgets.textual_private import ShownInput, typed_keys

_LINE_END = re.compile(r"\r\n|\r|\n")
LONGEST = 20_000  # letters in a line: anything longer belongs in the notes
TOO_LONG = f"Too long for one line, so none of it was taken: it has room for {LONGEST:,} letters. The notes take a whole text."


class LineInput(ShownInput):
    """One line. A paste of several lines is kept whole, with spaces for line ends; Ctrl+Backspace deletes the
    word to the left; the screen says what Backspace does in an empty line."""

    DEFAULT_CSS = """
    LineInput { height: 1; border: none; padding: 0; background: $field; color: $foreground; }
    LineInput:focus { border: none; background: $focus; color: $focus-text; text-style: bold; }
    LineInput > .input--cursor { background: $foreground; color: $background; }
    LineInput:focus > .input--cursor, LineInput > .input--selection { background: $focus-text; color: $focus; }
    LineInput > .input--placeholder { color: $dim; }
    LineInput:focus > .input--placeholder { color: $focus-text; }
    LineInput.-last { color: $dim; text-style: italic; }
    """

    BINDINGS = [
        Binding("ctrl+backspace,alt+backspace", "delete_left_word", show=False, id="field.delete-word",
                tooltip="Delete the word to the left", group=FIELD),
    ]  # fmt: skip

    def __init__(self, slot: str, *, password: bool = False, classes: str = "") -> None:
        super().__init__(
            id=slot.replace(".", "-"),
            password=password,
            classes=classes,
            validate_on=(),  # otherwise every first letter would restyle the page
            max_length=LONGEST,
        )
        self.slot = slot
        # What Backspace does in an empty line, at once: a message would come after letters typed later.
        self.rubbed: Callable[[LineInput], None] = lambda line: None
        # What the left and right arrows do in an empty line.
        self.stepped: Callable[[LineInput, int], None] = lambda line, step: None
        self.meaning = ""  # what a code means, shown instead of it while one types elsewhere
        self.picking = False  # whether the line's content is marked: until a letter is typed

    # Input's own would lay out the whole screen for every letter; a line's size never depends on its text.
    virtual_size = Reactive(Size(0, 0))

    def display_text(self, text: str) -> str:
        """A control character as its picture; the short label of a code while nobody types in the line."""
        meant = self.meaning and not self.has_focus and text == self.value
        return visible(self.meaning if meant else text)

    def mean(self, words: str) -> None:
        """Says what the code in the line means."""
        if words != self.meaning:
            self.meaning = words
            self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = _LINE_END.sub(" ", event.text.rstrip("\r\n"))
        if len(self.value) - len(self.selected_text) + len(text) > LONGEST:
            say = getattr(self.screen, "say", None)
            if say is not None:
                say(TOO_LONG)
            return
        self._put(text)

    async def on_key(self, event: events.Key) -> None:
        if event.is_printable:
            self.picking = False
        if await edited(self, event):
            event.stop()
            event.prevent_default()
        elif joins(event):
            event.stop()
            event.prevent_default()
            self._put(event.character or "")

    def _put(self, text: str) -> None:
        self.picking = False
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)

    def action_cursor_left(self, select: bool = False) -> None:
        if self.value:
            super().action_cursor_left(select)
        else:
            self.stepped(self, -1)

    def action_cursor_right(self, select: bool = False) -> None:
        if self.value:
            super().action_cursor_right(select)
        else:
            self.stepped(self, 1)

    def action_delete_left(self) -> None:
        if self.value:
            super().action_delete_left()
        else:
            self.rubbed(self)


async def edited(field: Widget, event: events.Key) -> bool:
    """Does what a key does in a field, now: through the bindings it would come after letters typed later."""
    moved = getattr(field.app, "own_keys", {})
    for binding in typed_keys(field, event.key):
        if not binding.priority and binding.id not in moved:
            await field.run_action(binding.action)
            return True
    return False


def joins(event: events.Key) -> bool:
    """Whether a key is one of the invisible characters that join names and signs."""
    return event.character is not None and category(event.character[0]) == "Cf"


async def settled(*widgets: Widget | None) -> None:
    """Waits until widgets have processed every key typed into them earlier.

    A priority binding runs at once, while letters typed just before are still in the field's queue: without
    this, Enter in a burst would take half a word.
    """
    for widget in widgets:
        if widget is not None and widget.is_attached:
            done = asyncio.Event()
            widget.call_later(done.set)
            # However slow the computer is, half a word is never taken; it does not wait for a field that is
            # gone.
            while widget.is_attached and widget.is_running and not done.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), 0.25)


async def taken_in(screens: Sequence[Screen[Any]]) -> None:
    """Waits a moment for keys still coming from the terminal, then until every screen has processed them; at
    most a second, because the program is about to end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await asyncio.sleep(0.05)
            for screen in screens:
                await settled(screen.focused, screen)
