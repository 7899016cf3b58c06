"""A program in a pseudo-terminal of its own, and the moment at which something stands on its screen.

What is read is stamped with its time before the emulator looks at it, so that the emulator costs nothing.
"""

import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
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
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **more}


class Terminal:
    """A Python module running under a pseudo-terminal. Use it with ``with``. Times are perf_counter's."""

    def __init__(self, module: str, env: Mapping[str, str], *options: str) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.fd, inner = pty.openpty()
        termios.tcsetwinsize(inner, (ROWS, COLUMNS))
        self.started = perf_counter()
        self._child = subprocess.Popen(
            [sys.executable, *options, "-m", module],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=ROOT,
            env=dict(env),
            start_new_session=True,
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
        self._child.kill()
        self._child.wait()
        os.close(self.fd)

    def _read(self, until: float) -> bytes:
        """What comes next, or nothing if nothing comes in time."""
        ready, _, _ = select.select([self.fd], [], [], max(0.0, until - perf_counter()))
        if not ready:
            return b""
        try:
            return os.read(self.fd, 1 << 16)
        except OSError:  # the program has ended
            raise RuntimeError(f"the program ended:\n{self.text}") from None

    def painted(self, word: str) -> float:
        """When the word first came, in bytes: for a first frame, without an emulator."""
        end = perf_counter() + PATIENCE
        while word.encode() not in self.raw:
            chunk = self._read(end)
            at = perf_counter()
            if not chunk:
                raise TimeoutError(f"never saw {word!r}")
            self.raw += chunk
        self._stream.feed(self.raw)
        return at

    def until(self, so: Callable[[], bool]) -> float:
        """When what makes something so on the screen came."""
        end, at = perf_counter() + PATIENCE, perf_counter()
        while not so():
            chunk = self._read(end)
            at = perf_counter()
            if not chunk:
                raise TimeoutError(f"never saw it in:\n{self.text}")
            self._stream.feed(chunk)
        return at

    def rest(self, end: float) -> None:
        """Take in what comes until a time."""
        while perf_counter() < end:
            if chunk := self._read(end):
                self._stream.feed(chunk)

    def send(self, keys: str) -> float:
        """Type; gives the time just before."""
        at = perf_counter()
        os.write(self.fd, keys.encode())
        return at

    def line(self, row: int) -> str:
        cells = self.screen.buffer[row]
        return "".join(cells[column].data for column in range(COLUMNS))

    @property
    def text(self) -> str:
        """What stands on the screen now."""
        return "\n".join(self.screen.display)

    def row_of(self, words: str) -> int:
        """The row in which words stand."""
        return next(row for row, line in enumerate(self.screen.display) if words in line)
