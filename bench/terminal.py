"""A program in a pseudo-terminal of its own, and the moment at which something stands on its screen.

What is read is stamped with its time before the emulator looks at it, so that the emulator costs nothing.
"""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType

import pyte

ROOT = Path(__file__).parent.parent
COLUMNS, ROWS = 120, 36
PATIENCE = 20  # seconds until something that should be seen counts as never seen


def environment(**more: str) -> dict[str, str]:
    """This process's environment, as a user's terminal would hand it on: bytecode is used and kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    for name in ("PYTHONDONTWRITEBYTECODE", "COLUMNS", "LINES"):  # the terminal says its own size
        kept.pop(name, None)
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **more}


class Ended(RuntimeError):
    """The program has ended."""


class Terminal:
    """A Python module running under a pseudo-terminal. Use it with ``with``. Times are perf_counter's.

    ``options`` are Python's, ``arguments`` the module's; ``controls`` makes it the program's own terminal,
    from which Ctrl+C comes. ``raw`` is all that was painted.
    """

    def __init__(
        self,
        module: str,
        env: Mapping[str, str],
        *options: str,
        arguments: Sequence[str] = (),
        columns: int = COLUMNS,
        rows: int = ROWS,
        controls: bool = False,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._lines: list[str] = []  # as they were last asked for; none once something was painted
        self.raw = bytearray()
        self.fd, inner = pty.openpty()
        termios.tcsetwinsize(inner, (rows, columns))
        self.started = perf_counter()
        self.child = subprocess.Popen(
            [sys.executable, *options, "-m", module, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=ROOT,
            env=dict(env),
            start_new_session=True,
            preexec_fn=_take_terminal if controls else None,
        )
        os.close(inner)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self.fd)

    def _read(self, until: float) -> bytes:
        """What comes next, or nothing if nothing comes in time."""
        ready, _, _ = select.select([self.fd], [], [], max(0.0, until - perf_counter()))
        if not ready:
            return b""
        try:
            chunk = os.read(self.fd, 1 << 16)
        except OSError:
            raise Ended(f"the program ended:\n{self.text}") from None
        self.raw += chunk
        return chunk

    def _feed(self, painted: bytes) -> None:
        self._stream.feed(painted)
        self._lines = []

    def painted(self, word: str) -> float:
        """When the word first came, in bytes: for a first frame, without an emulator."""
        end = perf_counter() + PATIENCE
        while word.encode() not in self.raw:
            chunk = self._read(end)
            at = perf_counter()
            if not chunk:
                raise TimeoutError(f"never saw {word!r}")
        self._feed(bytes(self.raw))
        return at

    def until(self, so: Callable[[], bool]) -> float:
        """When what makes something so on the screen came."""
        end, at = perf_counter() + PATIENCE, perf_counter()
        while not so():
            chunk = self._read(end)
            at = perf_counter()
            if not chunk:
                raise TimeoutError(f"never saw it in:\n{self.text}")
            self._feed(chunk)
        return at

    def rest(self, end: float) -> None:
        """Take in what comes until a time."""
        while perf_counter() < end:
            if chunk := self._read(end):
                self._feed(chunk)

    def send(self, keys: str | bytes) -> float:
        """Type; gives the time just before."""
        at = perf_counter()
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)
        return at

    def line(self, row: int) -> str:
        cells = self.screen.buffer[row]
        return "".join(cells[column].data for column in range(self.screen.columns))

    @property
    def lines(self) -> list[str]:
        """What stands on the screen now, line by line."""
        if not self._lines:
            self._lines = [self.line(row) for row in range(self.screen.lines)]
        return self._lines

    @property
    def text(self) -> str:
        """What stands on the screen now."""
        return "\n".join(self.lines)

    def row_of(self, words: str) -> int:
        """The row in which words stand."""
        return next(row for row, line in enumerate(self.lines) if words in line)


def _take_terminal() -> None:
    """In the program, before it begins: what it reads from is its own terminal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
