"""One child, remembered, in a real terminal: named later, taken for a twin, linked wrongly, born in February."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from journeys.conftest import PASSPHRASE, SIZES
from journeys.test_promises import finds, says, signed_in
from terminal import Terminal

from spoc.cli.commands import commands

BOTH = pytest.mark.parametrize("size", SIZES, ids=str)
NEW_CALLER = ("Reed, Amy", "<enter>", "ED", "<enter>", "nurse", "<enter>", "4521", "<enter>", "k", "<enter>")  # fmt: skip
SAME_CALLER = ("Reed, Amy", "<enter>", "k", "<enter>")  # known: the rest is filled in
WORRY = ("ed", "<enter>", "neg", "<enter>", "unsafe-sleep", "<enter>", "<enter>", "ao", "<enter>", "<enter>", "aa",
         "<enter>", "<enter>", "<enter>")  # fmt: skip
TYLER = ("Brook, Tyler", "<enter>", "190120", "<enter>", "9990000018", "<enter>")
RILEY = ("Brook, Riley", "<enter>", "190120", "<enter>", "9990000026", "<enter>")
TY = ("Brook, Ty", "<enter>", "190120", "<enter>", "<enter>")


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)


def opened(folder: Path, size: tuple[int, int], ahead: timedelta = timedelta()) -> Terminal:
    """The program on the store, not yet signed in."""
    return Terminal(folder, columns=size[0], rows=size[1], ahead=ahead)


def call(terminal: Terminal, *steps: str, asked: tuple[str, ...] = ()) -> None:
    """Take a call from the board and close it: what is asked at the end is answered."""
    terminal.type("n")
    terminal.wait_for("known callers are offered")
    terminal.type(*steps)
    terminal.read(0.3)
    terminal.type("<f2>")
    terminal.wait_for("Have we thought about neglect")
    terminal.type("y")
    for answer in asked:
        terminal.wait_for("There were earlier calls: which senior")
        terminal.type(answer, "<enter>")
    terminal.wait_until_closed("this week")


def record_of(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    """All that is known of a child, but who has looked."""
    capsys.readouterr()
    assert commands(["--store", str(folder), "person", "list", "--format", "json"]) == 0
    (own,) = [each for each in json.loads(capsys.readouterr().out) if each["name"] == name]
    shown = ["person", "show", own["id"], "--why", "audit", "--format", "json"]
    assert commands(["--store", str(folder), *shown]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {key: value for key, value in said.items() if key != "looked"}


@pytest.mark.long
@BOTH
def test_a_call_without_names_and_the_ring_back_that_names_her_are_one_matter(
    folder: Path, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder, size) as terminal:
        signed_in(terminal)
        call(terminal, *NEW_CALLER, "nn", "<enter>", *WORRY, "A girl of six, afraid to go home.")
        terminal.type("q")
        assert terminal.ended() == 0
    with opened(folder, size, timedelta(minutes=20)) as terminal:
        signed_in(terminal)
        call(terminal, *SAME_CALLER, *TYLER, *WORRY, "She is named now.")
        terminal.type("<enter>")
        says(terminal, "also rang without names")
        at = terminal.text.index("(", terminal.text.index("without names"))
        first = terminal.text[at + 1 : at + 10]
        terminal.type("m")
        terminal.wait_for("One matter with")
        terminal.type(first, "<enter>", "rang back and named her", "<f2>")
        says(terminal, f"Same matter {first}, no names")
        terminal.type("c")
        says(terminal, "A girl of six")
        for words in ("She is named now.", "ring-back · rang back and named her", "No names"):
            says(terminal, words)
        terminal.mark("A girl of six")
        terminal.type("<enter>")  # the first call, as it was taken
        terminal.wait_for(f"Contact {first}")
        says(terminal, "Brook, Tyler, ")  # in the line of the matter alone
        assert terminal.text.count("Tyler") == 1
    held = record_of(folder, capsys, "Brook, Tyler")
    assert len(held["contacts"]) == 2


@pytest.mark.long
@BOTH
def test_a_twin_who_was_picked_wrongly_is_put_right_and_keeps_nothing_of_it(
    folder: Path, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder, size) as terminal:
        signed_in(terminal)
        call(terminal, *NEW_CALLER, *TYLER, *WORRY, "Cold and hungry.")
        call(terminal, *SAME_CALLER, *RILEY, *WORRY, "His twin is well.")
        before = [record_of(folder, capsys, name) for name in ("Brook, Tyler", "Brook, Riley")]
        terminal.type("n")
        terminal.wait_for("known callers are offered")
        terminal.type(*SAME_CALLER, "tyler", "<enter>")
        says(terminal, "TWIN? Brook, Riley, born the same day")
        terminal.type(*WORRY, "It was Riley.")
        terminal.type("<f2>")
        terminal.wait_for("Have we thought about neglect")
        terminal.type("y")
        terminal.wait_for("There were earlier calls: which senior")
        terminal.type("Nell Named", "<enter>")
        terminal.wait_until_closed("this week")
        terminal.type("<enter>")
        terminal.wait_for("It was Riley.")
        terminal.mark("Brook, Tyler")
        terminal.type("a")
        terminal.wait_for("1 somebody else")
        terminal.type("1")
        terminal.wait_for("who?")
        terminal.type("brook, riley")
        terminal.wait_for("somebody new")
        terminal.type("<enter>", "the other twin", "<f2>")
        terminal.wait_for("Reed, Amy · Brook, Riley")
        assert "because the other twin" in finds(terminal, "child Brook, Tyler taken out")
        terminal.type("c")
        says(terminal, "TWIN, or one child? Born the same day: Brook, Tyler")
        says(terminal, "It was Riley.")
    now = [record_of(folder, capsys, name) for name in ("Brook, Tyler", "Brook, Riley")]
    assert now[0] == before[0]
    assert len(now[1].pop("contacts")) == 1 + len(before[1].pop("contacts"))
    assert now[1] == before[1]


@pytest.mark.long
@BOTH
def test_a_wrong_link_is_undone_and_both_records_are_as_they_were(
    folder: Path, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder, size) as terminal:
        signed_in(terminal)
        call(terminal, *NEW_CALLER, *TYLER, *WORRY, "Cold and hungry.")
        call(terminal, *SAME_CALLER, *TY, *WORRY, "A boy of that name again.")
        before = [record_of(folder, capsys, name) for name in ("Brook, Tyler", "Brook, Ty")]
        terminal.type("c")
        terminal.wait_for("Type a name")
        terminal.type("tiler bruk")
        terminal.wait_for("near spelling")
        terminal.type("<enter>")
        terminal.wait_for("Why are you opening Brook, Tyler?")
        terminal.type("2")
        says(terminal, "Cold and hungry.")
        assert "A boy of that name again." not in terminal.text
        terminal.type("l")
        terminal.wait_for("Is one of these the same child?")
        says(terminal, "against not the same word (Tyler, Ty)")
        terminal.type("s")
        terminal.wait_for("the same as Brook, Ty")
        says(terminal, "A boy of that name again.")
        linked = record_of(folder, capsys, "Brook, Tyler")
        assert len(linked["contacts"]) == 2
        terminal.mark("the same as Brook, Ty")
        terminal.type("x")
        terminal.wait_for("Take it back")
        terminal.type("another child of the name", "<enter>")
        terminal.wait_for("Taken back")
        assert "the same as" not in terminal.text.partition("Taken back")[2].partition("\n")[2]
        assert "A boy of that name again." not in terminal.text
        terminal.type("w")
        terminal.wait_for("Who has looked")
        assert "follow-up" in terminal.text and "Ada Shah" in terminal.text
    now = [record_of(folder, capsys, name) for name in ("Brook, Tyler", "Brook, Ty")]
    assert now == before


@pytest.mark.long
@BOTH
def test_an_unborn_baby_and_the_child_who_is_born_are_linked_and_the_mother_is_a_person(
    folder: Path, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    due, born = (date.today() + timedelta(days=each) for each in (77, 68))
    worry = tuple({"ed": "home", "neg": "unborn", "unsafe-sleep": "missed-antenatal"}.get(each, each) for each in WORRY)  # fmt: skip
    with opened(folder, size) as terminal:
        signed_in(terminal)
        baby = ("ub", "<enter>", f"{due:%d%m%y}", "<enter>", "Lane, Amy", "<enter>")
        call(terminal, *NEW_CALLER, *baby, *worry, "Booked late.")
        terminal.type("<enter>")
        terminal.wait_for("Unborn baby of Lane, Amy")
        terminal.type("c")
        says(terminal, "Lane, Amy, mother")
        terminal.mark("Lane, Amy, mother")
        terminal.type("<enter>")
        says(terminal, "mother of Unborn baby of Lane, Amy")
        terminal.type("s")
        terminal.wait_for("What somebody said about Lane, Amy")
        terminal.type("the midwife", "<shift+tab>", "<shift+tab>", "1/3/2001", "<enter>", "999 000 0034", "<f2>")  # fmt: skip
        says(terminal, "(1 Mar 2001) 999 000 0034")
        terminal.type("<escape>")
        says(terminal, "Lane, Amy, mother, born 1 Mar 2001")
    with opened(folder, size, timedelta(days=80)) as terminal:
        signed_in(terminal)
        terminal.type("b")
        terminal.wait_for("Unborn board")
        terminal.wait_for("baby of Lane, Amy")
        terminal.type("b")
        terminal.wait_for("Born: Unborn baby of Lane, Amy")
        terminal.type("Lane, Ivy", "<enter>", f"{born:%d%m%y}", "<enter>", "9990000042", "<f2>")
        terminal.wait_for("Lane, Ivy")
        terminal.type("<escape>")
        terminal.wait_for("this week")
        terminal.type("c")
        terminal.wait_for("Type a name")
        terminal.type("ivy")
        terminal.wait_for("999 000 0042")
        terminal.type("<enter>")
        terminal.wait_for("Why are you opening Lane, Ivy?")
        terminal.type("2")
        says(terminal, "Booked late.")
        says(terminal, "unborn and born")
        says(terminal, "Lane, Amy, mother, born 1 Mar 2001")
    ivy = record_of(folder, capsys, "Lane, Ivy")
    assert (ivy["dob"], ivy["nhs_number"]) == (born.isoformat(), "9990000042")
    assert ivy["mother"]["name"] == "Lane, Amy" and len(ivy["contacts"]) == 1
    unborn = record_of(folder, capsys, "Unborn baby of Lane, Amy")
    assert unborn["edd"] == due.isoformat() and "dob" not in unborn
