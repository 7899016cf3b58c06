"""Four calls in a real terminal, from ring to read-back, as a duty advisor is led through them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.conftest import PASSPHRASE, SIZES
from terminal import Terminal

from spoc.storage.contacts import contacts
from spoc.storage.contacts.contacts import Part
from spoc.storage.desk import sign_in

CALLER = ("Reed, Amy", "<enter>", "ED", "<enter>", "nurse", "<enter>", "4521", "<enter>", "k", "<enter>")  # fmt: skip


@pytest.fixture(params=SIZES, ids=str)
def terminal(request: pytest.FixtureRequest, folder: Path) -> Iterator[Terminal]:
    """A desk with the telephone ringing: the board, and n pressed."""
    columns, rows = request.param
    with Terminal(folder, columns=columns, rows=rows) as opened:
        opened.wait_for("Passphrase")
        opened.type(PASSPHRASE, "<enter>")
        opened.wait_for("new call")
        opened.type("n")
        opened.wait_for("Type a name")
        yield opened


def stop(terminal: Terminal, *ticks: str) -> None:
    """Answer the STOP that stands on the page with what was done."""
    terminal.answer_stop(*ticks)
    terminal.wait_for("Caller")


def left(folder: Path) -> list[Part]:
    """The contact that was closed, all of it."""
    opened = sign_in(folder, PASSPHRASE, window=False)
    try:
        (row,) = contacts.recent(opened.store, opened.actor)
        return contacts.get(opened.store, opened.actor, row.id)
    finally:
        opened.close()


def page_down_to(terminal: Terminal, words: str) -> None:
    """Page down, as far as the words are."""
    for _ in range(6):
        if words not in terminal.text:
            terminal.type("\x1b[6~")
            terminal.read(0.3)
    terminal.wait_for(words)


def leave(terminal: Terminal) -> None:
    terminal.type("q")
    assert terminal.ended() == 0


@pytest.mark.long
def test_a_bruise_on_a_baby_whose_mobility_nobody_asked(terminal: Terminal, folder: Path) -> None:
    terminal.type(
        *CALLER, "Brook, Ty", "<enter>", "-4m", "<enter>", "9990000018", "<enter>", "ed", "<enter>",
        "p", "<enter>", "ui", "<enter>",
    )  # fmt: skip
    terminal.wait_for("Bruise or injury: the child may not be")
    stop(terminal, "1", "4")
    terminal.type("<alt+b>")
    terminal.wait_for("Background")
    terminal.type("<alt+a>")
    terminal.wait_for("impact on this child")
    terminal.type("Hurt, and nobody can say how.", "<enter>", "<alt+o>")
    terminal.wait_for("Call-back no.")
    terminal.type("<f8>")
    terminal.wait_for("READ-BACK FOR THE PROFESSIONAL RECORD")
    terminal.wait_for("IMPACT: Hurt, and nobody can say how.")
    terminal.wait_for("Telephone referral to children's social care")
    terminal.type("2")
    terminal.wait_for("the short form")
    terminal.read(0.3)
    assert "NOT FOR ONLINE VIEWING" in terminal.text
    assert "Unexplained" not in terminal.text and "Hurt" not in terminal.text
    terminal.type("<escape>")
    terminal.wait_for("Call-back no.")


@pytest.mark.long
def test_a_forced_marriage_worry_without_names_from_an_unnamed_caller(
    terminal: Terminal, folder: Path
) -> None:
    terminal.type(
        "<enter>", "SEXUAL", "<enter>", "nurse", "<enter>", "<enter>", "x", "<enter>", "nn", "<enter>",
        "cl", "<enter>", "e", "<enter>", "fm", "<enter>", "<enter>",
    )  # fmt: skip
    terminal.wait_for("Forced marriage, or honour-based abuse")
    stop(terminal, "1", "4")
    terminal.type("<f8>")
    terminal.wait_for("DO NOT TELL")
    terminal.wait_for("forced marriage")
    terminal.type("2")
    terminal.wait_for("the short form")
    terminal.read(0.3)
    assert "NOT FOR ONLINE VIEWING" in terminal.text
    assert "marriage" not in terminal.text.casefold(), "the safe version names no reason"
    terminal.type("1")
    terminal.wait_for("READ-BACK FOR THE PROFESSIONAL RECORD")
    page_down_to(terminal, "half the picture")


@pytest.mark.long
def test_a_young_person_after_self_harm(terminal: Terminal, folder: Path) -> None:
    terminal.type(
        *CALLER, "Fern, Isla", "<enter>", "-15y", "<enter>", "<enter>", "ed", "<enter>",
        "o", "<enter>", "sh", "<enter>", "<enter>",
    )  # fmt: skip
    terminal.wait_for("Could somebody be exploiting this child?")
    terminal.type("<alt+b>")
    terminal.wait_for("Who brought the young person")
    terminal.type("Her sister; a man waits outside.", "<enter>")
    terminal.wait_for("debts, gifts, a second telephone")
    terminal.type("?")
    terminal.type("<alt+r>")
    terminal.wait_for("Recommendation")
    terminal.type("<f8>")
    terminal.wait_for("READ-BACK FOR THE PROFESSIONAL RECORD")
    page_down_to(terminal, "a man waits outside")


@pytest.mark.long
def test_a_routine_query_meets_no_extra_question(terminal: Terminal, folder: Path) -> None:
    terminal.type(
        *CALLER, "Ash, Rowan", "<enter>", "030625", "<enter>", "<enter>", "<enter>", "q", "<enter>",
        "cq", "<enter>", "<enter>", "ao", "<enter>", "<enter>", "aa",
    )  # fmt: skip
    terminal.wait_for("Advice accepted")
    assert not any(word in terminal.text for word in ("STOP", " ASK ", "✎", "To ask"))
    terminal.type("<f8>")
    terminal.wait_for("READ-BACK FOR THE PROFESSIONAL RECORD")
    terminal.type("<escape>")
    terminal.wait_for("Call-back no.")
    terminal.type("<f2>")
    terminal.wait_for("1 contact")
    leave(terminal)
    assert {part.tbl for part in left(folder)} == {"contact", "person", "action", "outcome"}
