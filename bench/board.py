"""From Enter after the passphrase to the board. The key file costs next to nothing, so without Argon2."""

from pathlib import Path
from time import perf_counter

from bench.bare import WORD
from bench.figures import MS, Figure, median
from bench.made_up import PASSPHRASE
from bench.terminal import Terminal, environment

BUDGET = 150  # milliseconds
TYPING = 0.8  # seconds: nobody types a passphrase faster
SHOWN = "this week"  # stands on the board alone


def unlock(terminal: Terminal) -> float:
    """Type the passphrase and wait for the board; gives how long it took after Enter, in seconds."""
    terminal.painted(WORD)
    terminal.rest(perf_counter() + TYPING)
    terminal.send(PASSPHRASE)
    terminal.rest(perf_counter() + 0.1)
    entered = terminal.send("\r")
    return terminal.until(lambda: SHOWN in terminal.text) - entered


def measure(folder: Path, starts: int) -> list[Figure]:
    """Unlock several times; the first, which finds nothing in the disk's cache, does not count."""
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    times = []
    for _ in range(starts + 1):
        with Terminal("spoc", env) as terminal:
            times.append(unlock(terminal) * MS)
            terminal.rest(perf_counter() + 0.2)
    return [Figure("board after the passphrase, less Argon2", median(times[1:]), None, BUDGET)]
