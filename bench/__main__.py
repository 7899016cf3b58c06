"""``python -m bench``: everything, at most two minutes. ``--quick``: less of each.

These are measured alone, by name: ``imports``: start-up. ``sizes``: search, board and list in stores of 1,000,
100,000 and 1,000,000 contacts (``--sizes 1000,100000``). ``soak``: memory over 400 calls. ``lists``: an import of
100,000 rows, the worklist. ``reviewing``: the keys that a morning's list takes. ``sync``: desk to share to desk, many desks, typing
meanwhile, growth. ``child``: matching, opening a child, patterns. ``promises``: the board with 10,000 open follow-ups.
``counts``: charts, every measure over 200,000 contacts, and the year's return.

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
        "parts", nargs="*", help=f"some of: {', '.join(PARTS)}; or one of: {', '.join(ALONE)}"
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sizes", default="", help="how many contacts, each a store of its own")
    parser.add_argument("--margin", type=float, default=1.0)
    asked = parser.parse_args()
    if unknown := set(asked.parts) - {*PARTS, *ALONE}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if asked.sizes:
        asked.parts = ["sizes"]
    if asked.parts and asked.parts[0] in ALONE:
        if asked.parts[1:]:
            parser.error(f"{asked.parts[0]} is measured alone.")
        with tempfile.TemporaryDirectory(prefix="spoc-bench-") as place:
            figures = ALONE[asked.parts[0]](Path(place), asked)
        if figures:
            _say("\n".join([HEAD, *(each.line(asked.margin) for each in figures)]))
        return int(any(each.over(asked.margin) for each in figures))
    _say(f"{NOTE}\n\n{HEAD}")
    parts = tuple(asked.parts) or PARTS
    found = measure(parts, asked.quick, lambda figure: _say(figure.line(asked.margin)))
    over = sum(figure.over(asked.margin) for figures in found.values() for figure in figures)
    _say(f"\n{over} over budget" if over else "\nall within budget")
    return 1 if over else 0


# -- each alone, in a folder of its own: the figures with budgets ------------------------------------


def _imports(place: Path, asked: argparse.Namespace) -> list[Figure]:
    made_up.make(place / "desk", 0).close()
    _say(imports.report(place / "desk"))
    return []


def _counts(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import counts

    size, rounds = (counts.FEW, 1) if asked.quick else (counts.CONTACTS, 3)
    return counts.measure(size, rounds, lambda figure: None)


def _child(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import child

    return child.measure(place, asked.quick)


def _sync(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import syncing

    return syncing.measure(place, asked.quick, _say)


def _promises(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import promises

    return promises.measure(place, asked.quick)


def _reviewing(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import reviewing

    return reviewing.measure(place, asked.quick)


def _lists(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import lists

    return lists.run(place, lists.FEW if asked.quick else lists.ROWS)


def _soak(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import soak

    made_up.make(place / "desk", made_up.FEW).close()
    return soak.measure(place / "desk", soak.FEW if asked.quick else soak.CALLS)


def _sizes(place: Path, asked: argparse.Namespace) -> list[Figure]:
    from bench import sizes  # brings the app with it

    wanted = [int(each) for each in asked.sizes.split(",")] if asked.sizes else sizes.SIZES
    found = sizes.measure(sorted(wanted), 1 if asked.quick else 4, _say)
    for each in found:
        _say(f"{each.size:,}: {each.opened()}")
    return sizes.figures(found)


ALONE: dict[str, Callable[[Path, argparse.Namespace], list[Figure]]] = {
    "imports": _imports,
    "sizes": _sizes,
    "soak": _soak,
    "lists": _lists,
    "reviewing": _reviewing,
    "sync": _sync,
    "child": _child,
    "promises": _promises,
    "counts": _counts,
}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
