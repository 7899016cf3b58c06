"""The program in a real terminal: keys in through a pseudo-terminal, the screen out of an emulator."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

import pexpect
import pyte

ROOT = Path(__file__).parent.parent
NAMED = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "up": "\x1b[A", "down": "\x1b[B",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f6": "\x1b[17~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
    "backspace": "\x7f", "shift+tab": "\x1b[Z",
}  # fmt: skip


class Terminal:
    """spoc running under a pseudo-terminal of a given size. Use it with ``with``."""

    def __init__(
        self, store: Path, *arguments: str, columns: int = 120, rows: int = 36, **env: str
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        kept = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        }
        kept |= {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "SPOC_STORE": str(store),
            **env,
        }
        self.child = pexpect.spawn(
            sys.executable, ["-m", "spoc", *arguments], cwd=str(ROOT), env=kept,
            dimensions=(rows, columns), timeout=20,
        )  # fmt: skip

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.child.close(force=True)

    @property
    def text(self) -> str:
        """What stands on the screen now."""
        return "\n".join(self.screen.display)

    def read(self, seconds: float = 0.05) -> None:
        """Take in what the program has painted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self._stream.feed(self.child.read_nonblocking(65536, timeout=0.02))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                return

    def wait_for(self, words: str, seconds: float = 20) -> None:
        """Wait until words stand on the screen; fails with the screen where they never do."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"never saw {words!r} in:\n{self.text}"
            self.read()

    def type(self, *steps: str) -> None:
        """Type in one write: ``"<enter>"`` is a named key, anything else is typed as it stands."""
        written = [
            NAMED[step[1:-1]] if step.startswith("<") and step.endswith(">") else step
            for step in steps
        ]
        self.child.send("".join(written))
        self.read()

    def ended(self, seconds: float = 20) -> int:
        """Wait for the program to end; gives its exit code. Fails with the screen where it never does."""
        end = time.monotonic() + seconds
        while self.child.isalive():
            assert time.monotonic() < end, f"it never ended:\n{self.text}"
            self.read()
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)
