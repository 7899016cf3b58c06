"""From starting the program to its first words: spoc's sign-in beside a bare app of Textual's."""

from pathlib import Path

from bench.bare import WORD
from bench.figures import MS, Figure, median
from bench.terminal import Terminal, environment

BUDGET = 1.5


def measure(folder: Path, starts: int) -> list[Figure]:
    """Start both by turns; the first start of each, which writes the bytecode, does not count."""
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    took: dict[str, list[float]] = {"bench.bare": [], "spoc": []}
    for _ in range(starts + 1):
        for module, times in took.items():
            with Terminal(module, env) as terminal:
                times.append((terminal.painted(WORD) - terminal.started) * MS)
    floor, ours = (median(times[1:]) for times in took.values())
    return [Figure("first frame (sign-in)", ours, floor, BUDGET)]
