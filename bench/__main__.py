"""``python -m bench``: everything, at most two minutes. ``--quick``: less of each. ``imports``: start-up.
``sizes``: search, board and list in stores of 1,000, 100,000 and 1,000,000 contacts (``--sizes 1000,100000``).
``soak``: memory over 400 calls. ``lists``: an import of 100,000 rows, the worklist. ``sync``: desk to share to desk, many desks, typing meanwhile, growth. ``child``: matching, opening a child, patterns. ``promises``: the board with 10,000 open follow-ups. ``counts``: charts, every measure over 200,000 contacts, and the year's return.

The exit code says whether a budget is exceeded. ``--margin 1.5`` allows half as much again, for computers
that do other work at the same time.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    appending,
    beside,
    board,
    closing,
    first_frame,
    first_letters,
    imports,
    keys,
    made_up,
    receiving,
)
from bench.figures import HEAD, Figure
from spoc.storage.start import open_store

PARTS = (
    "start",
    "board",
    "first",
    "keys",
    "known",
    "draft",
    "close",
    "beside",
    "append",
    "receive",
)
NOTE = (
    "An invented store; each by turns with its floor, in this run; screens in a pseudo-terminal.\n"
    "The key file costs next to nothing to open: Argon2 is in none of the figures."
)


def measure(
    parts: tuple[str, ...], quick: bool, say: Callable[[Figure], None] = lambda _: None
) -> dict[str, list[Figure]]:
    """Measure some parts; hands each figure to ``say`` as it is found, and gives them all by part."""
    found: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
        folder = Path(place) / "desk"
        desk = made_up.make(folder, made_up.FEW if quick else made_up.CONTACTS)
        desk.close()

        def drafts() -> list[Figure]:
            store = open_store(folder, desk.key)
            try:
                return keys.measure_drafts(folder, store, 5 if quick else 30)
            finally:
                store.close()

        def window_and_command() -> list[Figure]:
            store = open_store(folder, desk.key)
            try:
                return beside.measure(
                    folder, store, 10_000, 20 if quick else 100, 5 if quick else 20
                )
            finally:
                store.close()

        ways: dict[str, Callable[[], list[Figure]]] = {
            "close": lambda: closing.measure(folder, desk.key, desk.actor, 60 if quick else 250),
            "start": lambda: first_frame.measure(folder, 5 if quick else 11),
            "board": lambda: board.measure(folder, 2 if quick else 5),
            "first": lambda: first_letters.measure(folder, 2 if quick else 5),
            "keys": lambda: keys.measure(folder, 20 if quick else 200),
            "known": lambda: keys.measure_known(Path(place) / "known", 20 if quick else 200),
            "draft": drafts,
            "beside": window_and_command,
            "append": lambda: appending.measure(folder, desk.key, desk.actor, 20 if quick else 100),
            "receive": lambda: receiving.measure(folder, desk.key),
        }
        for name, way in ways.items():
            if name in parts:
                found[name] = way()
                for figure in found[name]:
                    say(figure)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        help=f"some of: {', '.join(PARTS)}; imports, sizes, counts, lists, reviewing, child, promises, sync or soak alone",
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sizes", default="", help="how many contacts, each a store of its own")
    parser.add_argument("--margin", type=float, default=1.0)
    asked = parser.parse_args()
    if unknown := set(asked.parts) - {
        *PARTS,
        "imports",
        "sizes",
        "counts",
        "lists",
        "soak",
        "child",
        "sync",
        "promises",
        "reviewing",
    }:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if asked.parts == ["imports"]:
        with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
            made_up.make(Path(place) / "desk", 0).close()
            _say(imports.report(Path(place) / "desk"))
        return 0
    if asked.parts == ["counts"]:
        from bench import counts

        _say(HEAD)
        size, rounds = (counts.FEW, 1) if asked.quick else (counts.CONTACTS, 3)
        figures = counts.measure(size, rounds, lambda each: _say(each.line(asked.margin)))
        return int(any(figure.over(asked.margin) for figure in figures))
    if asked.parts == ["child"]:
        from bench import child

        with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
            figures = child.measure(Path(place), asked.quick)
        _say("\n".join([HEAD, *(each.line(asked.margin) for each in figures)]))
        return int(any(each.over(asked.margin) for each in figures))
    if asked.parts == ["sync"]:
        from bench import syncing

        with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
            figures = syncing.measure(Path(place), asked.quick, _say)
        _say("\n".join([HEAD, *(each.line(asked.margin) for each in figures)]))
        return int(any(each.over(asked.margin) for each in figures))
    if asked.parts == ["promises"]:
        from bench import promises

        with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
            figures = promises.measure(Path(place), asked.quick)
        _say("\n".join([HEAD, *(each.line(asked.margin) for each in figures)]))
        return int(any(each.over(asked.margin) for each in figures))
    if asked.parts == ["reviewing"]:
        from bench import reviewing

        with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
            figures = reviewing.measure(Path(place), asked.quick)
        _say("\n".join([HEAD, *(each.line(asked.margin) for each in figures)]))
        return int(any(each.over(asked.margin) for each in figures))
    if asked.parts == ["lists"]:
        return _lists(asked.quick, asked.margin)
    if asked.parts == ["soak"]:
        return _soak(asked.quick, asked.margin)
    if asked.parts == ["sizes"] or asked.sizes:
        return _sizes(asked.sizes, asked.quick, asked.margin)
    _say(f"{NOTE}\n\n{HEAD}")
    parts = tuple(asked.parts) or PARTS
    found = measure(parts, asked.quick, lambda figure: _say(figure.line(asked.margin)))
    over = sum(figure.over(asked.margin) for figures in found.values() for figure in figures)
    _say(f"\n{over} over budget" if over else "\nall within budget")
    return 1 if over else 0


def _lists(quick: bool, margin: float) -> int:
    from bench import lists

    with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
        found = lists.run(Path(place), lists.FEW if quick else lists.ROWS)
    _say("\n".join([HEAD, *(figure.line(margin) for figure in found)]))
    return int(any(figure.over(margin) for figure in found))


def _soak(quick: bool, margin: float) -> int:
    from bench import soak

    with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
        made_up.make(Path(place) / "desk", made_up.FEW).close()
        found = soak.measure(Path(place) / "desk", soak.FEW if quick else soak.CALLS)
    _say("\n".join([HEAD, *(figure.line(margin) for figure in found)]))
    return int(any(figure.over(margin) for figure in found))


def _sizes(asked: str, quick: bool, margin: float) -> int:
    from bench import sizes  # brings the app with it

    wanted = [int(each) for each in asked.split(",")] if asked else sizes.SIZES
    found = sizes.measure(sorted(wanted), 1 if quick else 4, _say)
    figures = sizes.figures(found)
    _say("\n".join(["", HEAD, *(figure.line(margin) for figure in figures)]))
    for each in found:
        _say(f"{each.size:,}: {each.opened()}")
    return int(any(figure.over(margin) for figure in figures))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
