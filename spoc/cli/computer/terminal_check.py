"""What the terminal can do: size, colours, widths of characters, paste, and the keys it sends.

It asks the terminal itself, with control sequences and a short wait; if there is no answer the page says so.
Without a terminal it asks nothing.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from rich.cells import cell_len

from spoc.model.documents.checkup import Finding

PART = "Terminal"
COLUMNS, ROWS = 80, 24
PATIENCE = 1.0  # seconds to wait for the terminal's answer
KEY_PATIENCE = 10.0  # seconds to wait for somebody to press a key

WIDTHS: Mapping[str, str] = {
    "\N{LATIN SMALL LETTER E WITH ACUTE}": "accented letter",
    "\N{BLACK TELEPHONE}": "telephone sign",
    "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}": "triangle",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}": "joined emoji",
}
KEYS: Mapping[str, tuple[str, ...]] = {
    **{
        f"F{number}": (f"\x1bO{letter}", f"\x1b[{code}~", f"\x1b[[{old}")
        for number, letter, code, old in zip(
            range(1, 5), "PQRS", range(11, 15), "ABCD", strict=True
        )
    },
    "F5": ("\x1b[15~", "\x1b[[E"),
    **{f"F{number}": (f"\x1b[{code}~",) for number, code in zip(range(6, 11), range(17, 22), strict=True)},
    "Enter": ("\r", "\n"),
    "Tab": ("\t",),
    "Shift+Tab": ("\x1b[Z",),
    "Up": ("\x1b[A", "\x1bOA"),
    "Down": ("\x1b[B", "\x1bOB"),
    "Right": ("\x1b[C", "\x1bOC"),
    "Left": ("\x1b[D", "\x1bOD"),
    "Esc": ("\x1b",),
}  # fmt: skip
_POSITION = re.compile(r"\x1b\[(\d+);(\d+)R")
_PASTE = re.compile(r"\x1b\[\?2004;(\d)\$y")
_NONE = "Run spoc doctor in the window where spoc is used."


def terminal_findings(environ: Mapping[str, str], keys: bool) -> Iterator[Finding]:
    """Everything about the terminal; with ``keys``, somebody is asked to press keys."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Finding(PART, "terminal", "not checked: this is a pipe or a file", "look", _NONE)
        return
    yield from _described(environ)
    with _Line.open() as line:
        if line is None:
            yield Finding(
                PART, "answers", "this console cannot be asked", "look", "Use Windows Terminal."
            )
            return
        yield from asked(line)
        if keys:
            yield from pressed(line)
        else:
            yield Finding(PART, "keys", "not checked: spoc doctor --keys checks them")


def _described(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What the environment and the system say about the terminal."""
    name = environ.get("TERM") or ("Windows console" if sys.platform == "win32" else "")
    program = " in Windows Terminal" if environ.get("WT_SESSION") else ""
    if name in ("", "dumb", "unknown"):
        hint = "spoc draws pages, and this terminal says it cannot. Use another one."
        yield Finding(PART, "kind", name or "it gives no name", "bad", hint)
    else:
        yield Finding(PART, "kind", name + program)
    many = environ.get("COLORTERM") in ("truecolor", "24bit") or "WT_SESSION" in environ
    colours = "16 million" if many else "256" if "256color" in name else "16 or fewer"
    if "NO_COLOR" in environ:
        yield Finding(
            PART,
            "colours",
            "none: NO_COLOR is set",
            "look",
            "Every colour also has a word or a sign.",
        )
    else:
        yield Finding(PART, "colours", colours)
    size = os.get_terminal_size()
    large = size.columns >= COLUMNS and size.lines >= ROWS
    yield Finding(
        PART, "size", f"{size.columns} x {size.lines}", "good" if large else "bad",
        "" if large else f"spoc needs {COLUMNS} x {ROWS}: enlarge the window, or choose a smaller font.",
    )  # fmt: skip
    encoding = (sys.stdout.encoding or "").casefold().replace("-", "")
    if encoding == "utf8":
        yield Finding(PART, "letters", "UTF-8")
    else:
        hint = "Names with other letters will not show: set the terminal, or LANG, to UTF-8."
        yield Finding(PART, "letters", encoding or "not known", "bad", hint)


def asked(line: "_Line") -> Iterator[Finding]:
    """The terminal's answers: how wide it draws characters, and whether it marks pasted text."""
    wrong, unanswered = [], False
    for character, name in WIDTHS.items():
        line.write(f"\r{character}\x1b[6n")
        answer = line.read_until(_POSITION, PATIENCE)
        line.write("\r\x1b[K")
        if answer is None:
            unanswered = True
            break
        width, expected = int(answer[2]) - 1, cell_len(character)
        if width != expected:
            wrong.append(f"{name} {width} wide, not {expected}")
    if unanswered:
        hint = "Columns may be out of line if a name has rare characters."
        yield Finding(PART, "widths", "the terminal does not say", "look", hint)
        return
    if wrong:
        hint = "Columns shift after such a character; no record is affected."
        yield Finding(PART, "widths", "; ".join(wrong), "look", hint)
    else:
        yield Finding(PART, "widths", f"as drawn ({len(WIDTHS)} characters tried)")
    # every terminal that got this far answers the second question
    line.write("\x1b[?2004$p\x1b[6n")
    came: list[str] = []
    line.read_until(_POSITION, PATIENCE, came)
    marks = _PASTE.search(came[0])
    if marks and marks[1] != "0":
        yield Finding(PART, "paste", "is marked as pasted")
    else:
        hint = "If a pasted text of several lines ends fields as Enter does, paste line by line."
        text = "not marked" if marks else "the terminal does not say whether it is marked"
        yield Finding(PART, "paste", text, "look", hint)


def pressed(line: "_Line") -> Iterator[Finding]:
    """Asks for each key in turn. Space skips one, Ctrl+C ends this."""
    line.write("\r\nPress each key as it is named. Space skips one, Ctrl+C ends this.\r\n")
    for name, sequences in KEYS.items():
        line.write(f"\r\x1b[K  {name} ")
        came = line.read_key(KEY_PATIENCE)
        if came == "\x03":
            line.write("\r\x1b[K")
            yield Finding(
                PART, "keys", f"ended before {name}", "look", "Run it again for the others."
            )
            return
        if came in sequences:
            yield Finding(PART, f"key {name}", "delivered")
        elif came == " ":
            yield Finding(PART, f"key {name}", "skipped")
        else:
            text = f"came as {came!r}" if came else "nothing came"
            hint = "The terminal keeps this key for itself. You can choose another in spoc's settings file."
            yield Finding(PART, f"key {name}", text, "look", hint)
    line.write("\r\x1b[K")


class _Line:
    """The terminal in raw mode: text is written at once, and reading waits a moment."""

    def __init__(self, read: Callable[[float], str], out: IO[str]) -> None:
        self._read, self._out = read, out

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> "Iterator[_Line | None]":
        """The terminal in raw mode, restored afterwards; None if that is not possible."""
        opened = _windows() if sys.platform == "win32" else _posix()
        with opened as read:
            yield cls(read, sys.stdout) if read else None

    def write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def read_until(
        self, pattern: re.Pattern[str], seconds: float, seen: list[str] | None = None
    ) -> re.Match[str] | None:
        """Reads until the pattern has come, for at most ``seconds``; calls ``seen`` with everything that came."""
        end, text = time.monotonic() + seconds, ""
        found = None
        while found is None and (left := end - time.monotonic()) > 0:
            text += self._read(left)
            found = pattern.search(text)
        if seen is not None:
            seen.append(text)
        return found

    def read_key(self, seconds: float) -> str:
        """The bytes of one key, or "" if none came."""
        text = self._read(seconds)
        while text and (more := self._read(0.05)):
            text += more
        return text


@contextlib.contextmanager
def _posix() -> Iterator[Callable[[float], str] | None]:
    import select
    import termios
    import tty

    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    tty.setraw(number)

    def read(seconds: float) -> str:
        ready, _, _ = select.select([number], [], [], max(0, seconds))
        return os.read(number, 1024).decode(errors="replace") if ready else ""

    try:
        yield read
    finally:
        termios.tcsetattr(number, termios.TCSAFLUSH, before)


@contextlib.contextmanager
def _windows() -> Iterator[Callable[[float], str] | None]:
    """The Windows console, set to behave like other terminals; None for an old one, which cannot."""
    if sys.platform != "win32":
        yield None
        return
    import ctypes
    import msvcrt

    kernel = ctypes.windll.kernel32
    before = []
    # Keys and answers as sequences, no line editing (0x0200 alone); sequences obeyed on the way out (| 0x4).
    for number, change in ((-10, lambda mode: 0x0200), (-11, lambda mode: mode | 0x0004)):
        handle, mode = kernel.GetStdHandle(number), ctypes.c_ulong()
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            break
        if not kernel.SetConsoleMode(handle, change(mode.value)):
            break
        before.append((handle, mode.value))
    able = len(before) == 2

    def read(seconds: float) -> str:
        end = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() >= end:
                return ""
            time.sleep(0.005)
        text = ""
        while msvcrt.kbhit():
            text += msvcrt.getwch()
        return text

    try:
        yield read if able else None
    finally:
        for handle, mode in before:
            kernel.SetConsoleMode(handle, mode)
