"""From ``n`` on the board and two letters typed at once to those letters in the first field of the call: the first
call after a start, when nothing of it was ever shown."""

from pathlib import Path
from time import perf_counter

from bench.board import unlock
from bench.figures import MS, Figure, median
from bench.terminal import Terminal, environment

BUDGET = 300  # milliseconds
SEEN = 2.0  # seconds between the board and the first call: nobody answers a telephone faster


def measure(folder: Path, starts: int) -> list[Figure]:
    """Start several times; the first does not count."""
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    times = []
    for _ in range(starts + 1):
        with Terminal("spoc", env) as terminal:
            unlock(terminal)
            terminal.rest(perf_counter() + SEEN)
            typed = terminal.send("nbr")
            row = "    Caller br"
            times.append((terminal.until(lambda: row in terminal.text) - typed) * MS)  # noqa: B023
            terminal.send("\x15\x1b")  # nothing of it stays
            terminal.rest(perf_counter() + 0.3)
    return [Figure("first letters of the first call", median(times[1:]), None, BUDGET)]
