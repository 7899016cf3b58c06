"""What a real terminal shows after each change, painted piece by piece, is what it shows painted whole."""

import random
import re
from pathlib import Path

import pytest
from journeys.conftest import PASSPHRASE
from terminal import Terminal

pytestmark = pytest.mark.long
STEPS = (
    "Reed, Amy", "ed", "nur", "4521", "Brook, Ty", "190726", "9990000018", "p", "bnm", "burn", "ao", "aa",
    "y", "n", "?", "lorem ipsum dolor ", "Zoë O'Brien [red]x[/] ", "\u202eabc", "👶 ", "x" * 90,
    *["<enter>"] * 8, *["<tab>", "<shift+tab>", "<backspace>", "<up>", "<down>"] * 2,
    *(f"<alt+{letter}>" for letter in "sbarco"), "<f1>", "<f3>", "<f6>", "<f8>",
)  # fmt: skip


def shown(terminal: Terminal) -> list[str]:
    """The lines of the screen once they are still, without the clock of the call and whether it is saved."""
    terminal.rest_until_still()
    lines = terminal.lines
    return [re.sub(r"call \d.*", "", lines[0]), *lines[1:]]


# Of forty seeds these two once left something: a line of a page that was gone, a key that was missing.
@pytest.mark.parametrize(("columns", "rows", "seed"), [(80, 24, 14), (120, 36, 13)])
def test_a_call_that_was_painted_in_pieces_is_the_call_painted_whole(
    folder: Path, columns: int, rows: int, seed: int
) -> None:
    chance = random.Random(seed)
    with Terminal(folder, columns=columns, rows=rows) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("new call")
        terminal.type("n")
        terminal.wait_for("Type a name")
        for _ in range(6):
            typed = chance.choices(STEPS, k=6)
            terminal.type(*typed)
            in_pieces = shown(terminal)
            terminal.type("<f10>")
            terminal.wait_for("spoc   ")
            terminal.type("<f10>")
            assert shown(terminal) == in_pieces, f"after {typed}"
