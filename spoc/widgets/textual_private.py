"""What spoc uses of Textual that Textual does not promise to keep, each thing with its reason.

Textual is pinned to the version for which this was read. No other module touches a private name of Textual;
``tests/widgets/test_textual_private.py`` fails by name where an upgrade changes one. Then read what changed,
mend what stands here, and write the new digest there.
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

VERSION = "8.2.8"  # of Textual, for which this was read

# Public, but without types of its own.
done_already: Callable[[], AwaitComplete] = AwaitComplete.nothing


# -- keys ----------------------------------------------------------------------------------------------


def key_name(character: str) -> str:
    """Textual's name of a character as a key: "/" is "slash". A user's settings name keys by the character,
    and Textual tells the name only of a key that was pressed."""
    return _character_to_key(character)


def bound_keys(node: type[DOMNode]) -> set[str]:
    """The keys that a class and those it inherits from bind."""
    return set(node._merge_bindings().key_to_bindings)


def typed_keys(field: Widget, key: str) -> Sequence[Binding]:
    """What a key does in a field: by Textual's own way it would be done after letters typed later."""
    return field._bindings.key_to_bindings.get(key, ())


# -- the terminal --------------------------------------------------------------------------------------


class WholePaste(XTermParser):
    """Textual's parser types what follows an escape in a paste as keys; this one hands it over as text."""

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
    """Textual's writer ends with the terminal; the app, about to end too, would wait for it for ever and
    hold the store. This one goes on taking what it is given, up to the sign that nothing more comes."""

    def run(self) -> None:
        try:
            super().run()
        except OSError:
            while self._queue.get() is not None:
                pass

    def stop(self) -> None:
        """Stop the thread. The sign is given twice: Textual may have taken one when its last flush fails."""
        self._queue.put(None)
        super().stop()


def lenient_terminal() -> None:
    """Read the terminal so that nothing it sends is obeyed or ends the program, nor holds up its end.

    A byte that is no UTF-8 (a terminal set to Latin-1, half a paste) comes in as the sign for one;
    Textual's own decoder would end the program there.

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
    # Alt and a letter at once: Textual waits whether more follows, and takes Alt+B for Ctrl+Left.
    sequences = cast(dict[str, Any], ANSI_SEQUENCES_KEYS)
    for letter in ascii_lowercase:
        alt: Any = (SimpleNamespace(value=f"alt+{letter}"),)
        sequences[f"\x1b{letter}"] = alt


# -- painting --------------------------------------------------------------------------------------------


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


def paint_with(screen: Screen[Any], painter: Compositor) -> None:
    """Paint a screen so: Textual gives a screen its compositor and asks nobody."""
    screen._compositor = painter


def scrolled(rows: ScrollView, size: Size) -> None:
    """Bring the scrollbars to a new size. What Textual does with a size of its own lays out and draws the
    whole screen."""
    rows._scroll_update(size)


def in_style(widget: Widget, content: Content, style: Style) -> Iterator[tuple[str, Style]]:
    """The pieces of one line with their styles, the theme's colours by name: Textual's public way also wraps,
    aligns and links."""
    yield from content.render(style, "", widget._get_style)


def restyled(area: "TextArea") -> bool:
    """Take the colours of a text's theme from its style, which Textual does anew for every letter; whether
    there was a theme yet."""
    if area._theme:
        area._theme.apply_css(area)
        return True
    return False


class ShownInput(Input):
    """A line that shows a text other than its own, letter for letter: Textual has no such thing for what
    must be seen and not obeyed."""

    def display_text(self, text: str) -> str:
        """What is shown for a text; the cursor stands as far on as that is wide."""
        return text

    @property
    def _value(self) -> Text:
        if self.password:
            return super()._value
        return Text(self.display_text(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(self.display_text(self.value[:position]))


class ParsedOnce(Stylesheet):
    """Textual's, but each style is parsed once. Textual remembers 64, which is fewer than a call has, in an order
    in which none is met again; and for each new kind of page it forgets them all."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(1024)

    def reparse(self) -> None:
        """Anew, with other colours only where they were set: setting them forgets what was parsed."""
        self.parse()


# -- the app ---------------------------------------------------------------------------------------------


def set_clipboard(app: App[Any], text: str) -> None:
    """Keep a text to be pasted within the program alone: Textual's own way gives it to the terminal too."""
    app._clipboard = text


class PlainCrash(App[Any]):
    """An app whose bad end is a code and a few words. Textual prints every local variable, and ends with 0."""

    _crashed = False

    def meant(self, error: Exception) -> Exception:
        """The error that another one is a sign of."""
        return error

    @abstractmethod
    def last_words(self, error: BaseException) -> tuple[int, str]:
        """The exit code and what is said."""

    def _handle_exception(self, error: Exception) -> None:
        error = self.meant(error)
        self._return_code = self.last_words(error)[0]
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def panic(self, *renderables: Any) -> None:
        """Textual calls this where its own reading of the terminal fails; the same few words are all."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        if not self._crashed:
            self._crashed = True
            raised = self._exception or sys.exc_info()[1] or RuntimeError()
            self._return_code, words = self.last_words(raised)
            self._exit_renderables[:] = [Text(words)]
        self._close_messages_no_wait()
