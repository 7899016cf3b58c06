"""Whole journeys in a real terminal: the program as a duty advisor meets it."""

import re
import signal
from pathlib import Path

import pytest
from terminal import Terminal

PASSPHRASE = "four plain words here"

SET_UP = (
    "Northshire safeguarding", "<enter>", "Northtown duty desk", "<enter>", "generic", "<enter>",
    "Ada Advisor", "<enter>", "advisor", "<enter>", PASSPHRASE, "<enter>", PASSPHRASE, "<enter>",
)  # fmt: skip
FIRST_CALL = (
    "Reed, Amy", "<enter>", "ED", "<enter>", "nurse", "<enter>", "4521", "<enter>", "k", "<enter>",
    "Brook, Ty", "<enter>", "190726", "<enter>", "9990000018", "<enter>",
    "ed", "<enter>", "p", "<enter>", "bnm", "<enter>", "<enter>", "ao", "<enter>", "<enter>",
    "aa", "<enter>", "<enter>", "<enter>", "Fell from a sofa, says mother.",
)  # fmt: skip


def set_up(terminal: Terminal) -> None:
    """From nothing to the board, the recovery code confirmed from what the screen showed."""
    terminal.wait_for("New service")
    terminal.type("n")
    terminal.wait_for("Service")
    terminal.type(*SET_UP)
    terminal.wait_for("Recovery code")
    terminal.read(0.3)
    shown = next(line for line in terminal.lines if len(re.findall(r"\b[0-9A-Z]\b", line)) == 28)
    letters = re.findall(r"\b[0-9A-Z]\b", shown)
    group = int(re.search(r"Group (\d)", terminal.text)[1])  # type: ignore[index]
    terminal.type("".join(letters[(group - 1) * 4 : group * 4]), "<enter>")
    terminal.wait_for("new call")


def answer_the_stop(terminal: Terminal) -> None:
    """A bruise, and nobody asked whether the child is mobile: say what was done."""
    terminal.answer_stop("1")
    terminal.wait_for("Caller rings CSC")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.mark.long
def test_from_nothing_to_the_first_contact_closed_and_found_again_by_a_misspelt_name(
    folder: Path,
) -> None:
    with Terminal(folder) as terminal:
        set_up(terminal)
        terminal.type("n", *FIRST_CALL)
        answer_the_stop(terminal)
        terminal.type("<f2>")
        terminal.wait_for("Have we thought about neglect")
        terminal.type("y")
        terminal.wait_until_closed("this week")
        terminal.type("/", "Brok")
        terminal.wait_for("near spelling")
        terminal.wait_for("Brook, Ty")
        terminal.type("<enter>")
        terminal.wait_for("Bruise or injury, child not mobile")
        assert "4 months" in terminal.text
        terminal.type("<escape>")
        terminal.read(0.3)
        terminal.type("<escape>")
        terminal.wait_for("this week")
        terminal.type("q")
        assert terminal.ended() == 0


@pytest.mark.long
def test_told_to_end_in_the_middle_of_a_word_it_keeps_the_last_letter(folder: Path) -> None:
    with Terminal(folder) as terminal:
        set_up(terminal)
        terminal.type("n")
        terminal.wait_for("known callers are offered")
        terminal.send("Reed, Amy, ward seven")
        terminal.child.send_signal(signal.SIGTERM)
        assert terminal.ended() == 0
    with Terminal(folder, columns=80, rows=24) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("Waiting  1 call")
        terminal.type("<enter>")
        terminal.wait_for("Reed, Amy, ward seven")


@pytest.mark.long
def test_killed_in_the_middle_of_typing_the_draft_is_there(folder: Path) -> None:
    with Terminal(folder) as terminal:
        set_up(terminal)
        terminal.type("n", "Reed, Amy", "<enter>", "ED", "<enter>")
        terminal.wait_for("saved ")
        terminal.type("nur")
        terminal.read(0.3)
        terminal.child.kill()
    with Terminal(folder, columns=80, rows=24) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("Waiting  1 call")
        terminal.type("<enter>")
        terminal.wait_for("Reed, Amy")
        terminal.wait_for("nur")
        terminal.type("se", "<enter>")
        terminal.wait_for("Nurse")
        assert "ED" in terminal.text
