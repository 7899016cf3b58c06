"""The parts of Textual that spoc uses and Textual does not promise to keep, each with its reason.

Textual is pinned to the version that this was written for. No other module uses a private name of Textual. If
an upgrade changes one, ``tests/widgets/test_textual_private.py`` fails and names it: read what changed,
correct this module, and write the new digest into the test.
"""

import codecs
import sys
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from string import ascii_lowercase
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import Compositor, ReflowResult
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.cache import LRUCache
from textual.content import Content
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.drivers._writer_thread import WriterThread
from textual.geometry import Region, Size
from textual.keys import _character_to_key
from textual.message import Message
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.widgets import TextArea

VERSION = "8.2.8"  # the version of Textual that this was written for

# Public, but without types.
done_already: Callable[[], AwaitComplete] = AwaitComplete.nothing


# -- keys ----------------------------------------------------------------------------------------------


def key_name(character: str) -> str:
    """Textual's name for a character as a key: "/" is "slash". A user's settings name keys by their
    characters, and Textual gives the name only for a key that was pressed."""
    return _character_to_key(character)


def bound_keys(node: type[DOMNode]) -> set[str]:
    """The keys that a class and those it inherits from bind."""
    return set(node._merge_bindings().key_to_bindings)


def typed_keys(field: Widget, key: str) -> Sequence[Binding]:
    """What a key does in a field. In Textual's own way it would happen after letters that are typed later."""
    return field._bindings.key_to_bindings.get(key, ())


# -- the terminal --------------------------------------------------------------------------------------


class WholePaste(XTermParser):
    """A parser that passes on a whole paste as text; Textual's treats what follows an escape in a paste as keys."""

    _pasted: str | None = None

    def feed(self, data: str) -> Iterable[Message]:
        if self._pasted is None:
            before, start, data = data.partition(BRACKETED_PASTE_START)
            if before or not start:
                yield from super().feed(before)
            if not start:
                return
            self._pasted = ""
        self._pasted += data
        text, end, rest = self._pasted.partition(BRACKETED_PASTE_END)
        if end:
            self._pasted = None
            yield events.Paste(text)
            if rest:
                yield from self.feed(rest)


class Onward(WriterThread):
    """A writer that goes on accepting output until the stop sign. Textual's ends with the terminal, and the
    app, about to end too, would wait for it for ever with the store open."""

    def run(self) -> None:
        try:
            super().run()
        except OSError:
            while self._queue.get() is not None:
                pass

    def stop(self) -> None:
        """Stops the thread. It sends the stop sign twice, because a failed last flush may have used up one."""
        self._queue.put(None)
        super().stop()


def lenient_terminal() -> None:
    """Makes spoc read the terminal in a way that nothing it sends is obeyed, ends the program or delays its end.

    A byte that is not UTF-8 (from a terminal set to Latin-1, or half a paste) becomes the replacement
    character; Textual's own decoder would end the program.

    The drivers take decoder, parser and writer from their own modules: LinuxDriver in run_input_thread and
    start_application_mode, Windows in EventMonitor.run.
    """
    driver: Any
    if sys.platform == "win32":
        from textual.drivers import win32 as driver
    else:
        from textual.drivers import linux_driver as driver

        driver.getincrementaldecoder = lambda name: partial(
            codecs.getincrementaldecoder(name), errors="replace"
        )
        driver.WriterThread = Onward
    driver.XTermParser = WholePaste
    # Alt and a letter count at once: Textual waits to see whether more follows, and takes Alt+B for
    # Ctrl+Left.
    sequences = cast(dict[str, Any], ANSI_SEQUENCES_KEYS)
    for letter in ascii_lowercase:
        alt: Any = (SimpleNamespace(value=f"alt+{letter}"),)
        sequences[f"\x1b{letter}"] = alt


# -- painting --------------------------------------------------------------------------------------------


class Painter(Compositor):
    """Textual's compositor, but without rendering widgets that did not change.

    Textual renders every widget in the smallest rectangle around all changes; if the header, a field and the
    line below change with a letter, that is the whole page, for every letter.
    """

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Repaints everything after a layout: Textual may have noted the new places before it compares them,
        and then leaves lines of widgets that are gone."""
        moved = super().reflow(parent, size)
        self._dirty_regions.add(size.region)
        return moved

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """Renders each run of changed lines separately."""
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
        """The visible part of each widget in those lines."""
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if seen and (crop is None or crop.overlaps(seen)):
                yield region, clip, widget.render_lines(seen.translate(-region.offset))


def paint_with(screen: Screen[Any], painter: Compositor) -> None:
    """Makes a screen use this compositor: Textual has no public way to choose one."""
    screen._compositor = painter


def scrolled(rows: ScrollView, size: Size) -> None:
    """Adapts the scrollbars to a new size. Textual's own way lays out and draws the whole screen."""
    rows._scroll_update(size)


def in_style(widget: Widget, content: Content, style: Style) -> Iterator[tuple[str, Style]]:
    """The pieces of one line with their styles, with the theme's colours by name; Textual's public way also
    wraps, aligns and links."""
    yield from content.render(style, "", widget._get_style)


def restyled(area: "TextArea") -> bool:
    """Takes the colours of a text's theme from its style, which Textual would do again for every letter;
    returns whether there was a theme yet."""
    if area._theme:
        area._theme.apply_css(area)
        return True
    return False


class ShownInput(Input):
    """A line that shows another text than its own, letter for letter, so that control characters are visible
    and have no effect; Textual has nothing for this."""

    def display_text(self, text: str) -> str:
        """The text to show; the cursor's place depends on its width."""
        return text

    @property
    def _value(self) -> Text:
        if self.password:
            return super()._value
        return Text(self.display_text(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(self.display_text(self.value[:position]))


class ParsedOnce(Stylesheet):
    """Textual's stylesheet, but each style is parsed only once. Textual remembers 64, fewer than a call has,
    in an order in which none is found again, and forgets them all for each new kind of page."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(1024)

    def reparse(self) -> None:
        """Parses again only if the colours were set, which drops what was parsed."""
        self.parse()


# -- the app ---------------------------------------------------------------------------------------------


def set_clipboard(app: App[Any], text: str) -> None:
    """Keeps a text for pasting within the program; Textual's own way also sends it to the terminal."""
    app._clipboard = text


class PlainCrash(App[Any]):
    """An app that ends a crash with an exit code and a few words. Textual prints every local variable, and
    ends with 0."""

    _crashed = False

    def meant(self, error: Exception) -> Exception:
        """The error behind another error."""
        return error

    @abstractmethod
    def last_words(self, error: BaseException) -> tuple[int, str]:
        """The exit code and the words."""

    def _handle_exception(self, error: Exception) -> None:
        error = self.meant(error)
        self._return_code = self.last_words(error)[0]
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def panic(self, *renderables: Any) -> None:
        """Shows only the same few words; Textual calls this when reading the terminal fails."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        if not self._crashed:
            self._crashed = True
            raised = self._exception or sys.exc_info()[1] or RuntimeError()
            self._return_code, words = self.last_words(raised)
            self._exit_renderables[:] = [Text(words)]
        self._close_messages_no_wait()
