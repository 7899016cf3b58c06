"""How bytes from the terminal become letters: a paste whole and never as keys, a broken byte as a sign.

And what is written to a terminal that has gone away: nothing, and nobody waits for it.
"""

import codecs
import sys
from collections.abc import Iterable
from functools import partial
from string import ascii_lowercase
from types import SimpleNamespace
from typing import Any, cast

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers._writer_thread import WriterThread
from textual.message import Message


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
    hold the store. This one goes on taking what it is given."""

    def run(self) -> None:
        try:
            super().run()
        except OSError:
            while self._queue.get() is not None:
                pass


def lenient_terminal() -> None:
    """Read the terminal so that nothing it sends is obeyed or ends the program, nor holds up its end.

    A byte that is no UTF-8 (a terminal set to Latin-1, half a paste) comes in as the sign for one;
    Textual's own decoder would end the program there.
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
