"""The program in a real terminal, as the tests use it: keys by name, words to wait for, the exit code."""

import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from bench import terminal
from spoc.screens.call.prompt import FRESH

NAMED = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "left": "\x1b[D",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f6": "\x1b[17~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
    "backspace": "\x7f", "shift+tab": "\x1b[Z", **{f"alt+{letter}": f"\x1b{letter}" for letter in "sbarco"},
}  # fmt: skip


class Terminal(terminal.Terminal):
    """spoc on a store, under a pseudo-terminal of a given size, ``ahead`` of the time it is. Use it with ``with``."""

    def __init__(
        self,
        store: Path,
        *arguments: str,
        columns: int = 120,
        rows: int = 36,
        ahead: timedelta = timedelta(),
        **env: str,
    ) -> None:
        given = {"SPOC_STORE": str(store), **env}
        if ahead:
            given["HOURS_AHEAD"] = str(ahead / timedelta(hours=1))
        super().__init__(
            "tests.journeys.on_a_later_day" if ahead else "spoc",
            terminal.environment(**given),
            arguments=arguments,
            columns=columns,
            rows=rows,
            controls=True,
        )

    def read(self, seconds: float = 0.05) -> None:
        """Take in what the program paints in that time, or until it ends."""
        try:
            self.rest(time.perf_counter() + seconds)
        except terminal.Ended:
            return

    def rest_until_still(self, seconds: float = 0.15) -> None:
        """Wait until nothing was painted, and the program had nothing to do, for so long: on a busy computer it may
        wait for its turn meanwhile."""
        since, painted = time.monotonic(), len(self.raw)
        while time.monotonic() - since < seconds:
            self.read(0.02)
            if len(self.raw) != painted or self._busy():
                since, painted = time.monotonic(), len(self.raw)

    def _busy(self) -> bool:
        """Whether a thread of the program runs or waits for its turn, where the system says so."""
        for thread in Path(f"/proc/{self.child.pid}/task").glob("*/stat"):
            with suppress(OSError):  # it has just ended
                if thread.read_text().rpartition(")")[2].split()[0] in "RD":
                    return True
        return False

    def wait_for(self, words: str, seconds: float = 60) -> None:
        """Wait until words stand on the screen; fails with the screen where they never do."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"never saw {words!r} in:\n{self.text}"
            self._read_some()
        self.read(0.01)  # the rest of what is painted with it

    def _read_some(self, seconds: float = 0.05) -> None:
        """Take in what the program paints next, or nothing if it paints nothing in that time."""
        with suppress(terminal.Ended):
            if painted := self._read(time.perf_counter() + seconds):
                self._feed(painted)

    def type(self, *steps: str) -> None:
        """Type in one write: ``"<enter>"`` is a named key, anything else is typed as it stands."""
        written = [
            NAMED[step[1:-1]] if step.startswith("<") and step.endswith(">") else step
            for step in steps
        ]
        self.send("".join(written))
        self.read()

    def mark(self, words: str, *, above: bool = False) -> None:
        """Move the mark down to the line that says something; with ``above`` up to it, if that is where it is seen.
        Each key is waited for."""
        self.wait_for("▸")
        for _ in range(60):
            at, marked = self._marked()
            if words in marked:
                return
            is_above = above and any(words in each for each in self.lines[:at])
            self.type("<up>" if is_above else "<down>")
            end = time.monotonic() + 30
            while self._marked() == (at, marked):
                assert time.monotonic() < end, f"the mark never moved:\n{self.text}"
                self._read_some()
        raise AssertionError(f"no line says {words!r}:\n{self.text}")

    def _marked(self) -> tuple[int, str]:
        """The line with the mark, and its number: where a list scrolls, the mark stays and the line changes."""
        return next(((at, each) for at, each in enumerate(self.lines) if "▸" in each), (0, ""))

    def answer_stop(self, *ticks: str) -> None:
        """Answer the STOP that stands on the page with what was done, once its keys count."""
        self.wait_for("STOP")
        self.type("<f6>")
        self.wait_for("What was done?")
        self.wait_for("1–9 tick")
        self.read(FRESH)
        for number in ticks:
            self.type(number)
            self.wait_for(f"{number} [x]")
        self.type("<enter>")

    def wait_until_closed(self, words: str) -> None:
        """Wait for what stands there once the call is closed. By night it asks who holds what is due: nobody can
        say yet."""
        asked = "Due while nobody is here"
        end = time.monotonic() + 60
        while words not in self.text:
            assert time.monotonic() < end, f"never saw {words!r} in:\n{self.text}"
            if asked in self.text:
                self.type("<escape>")
                self.wait_for("Not closed yet")
                self.type("<f2>")
            self.read()

    def ended(self, seconds: float = 60) -> int:
        """Wait for the program to end; gives its exit code. Fails with the screen where it never does."""
        end = time.monotonic() + seconds
        while self.child.poll() is None:
            assert time.monotonic() < end, f"it never ended:\n{self.text}"
            self.read()
        self.read()
        return self.child.wait()
