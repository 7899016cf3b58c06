"""Nine calls as a duty nurse types them who has never seen spoc: in a real terminal, and then what stands in the
store. She reads the screen, slips, and does in good faith what it says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from journeys.conftest import PASSPHRASE, SIZES
from terminal import Terminal

from spoc.cli.commands import commands
from spoc.screens.call.prompt import FRESH
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.reading import history
from spoc.storage.desk import Desk, sign_in
from spoc.storage.secrecy import restricted

pytestmark = [
    pytest.mark.long,
    pytest.mark.parametrize("size", SIZES, ids=str),
]
Size = tuple[int, int]

CALLER = ("Reed, Amy", "<enter>", "ed", "<enter>", "nurse", "<enter>", "4521", "<enter>", "known", "<enter>")  # fmt: skip
ADVICE = ("ao", "<enter>", "<enter>", "aa", "<enter>", "<enter>", "<enter>")


@contextmanager
def at_the_board(folder: Path, size: Size) -> Iterator[Terminal]:
    with Terminal(folder, columns=size[0], rows=size[1]) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("new call")
        yield terminal
        if "Waiting" in terminal.text:  # the power fails, with a call parked
            terminal.child.kill()
        else:
            terminal.type("q")
            assert terminal.ended() == 0


def ring(terminal: Terminal) -> None:
    terminal.type("n")
    terminal.wait_for("Type a name: known callers")


def close(terminal: Terminal, *answers: str) -> None:
    """F2, the questions that stand in the way, and the board."""
    terminal.type("<f2>")
    for question, key in zip(answers[::2], answers[1::2], strict=True):
        terminal.wait_for(question)
        terminal.type(key)
    terminal.wait_until_closed("this week")


@contextmanager
def desk_of(folder: Path) -> Iterator[Desk]:
    opened = sign_in(folder, PASSPHRASE, window=False)
    try:
        yield opened
    finally:
        opened.close()


def left(folder: Path) -> list[dict[str, Any]]:
    """What the store holds, the latest contact first, as JSON says it."""
    found = []
    with desk_of(folder) as desk:
        for row in contacts.recent(desk.store, desk.actor):
            parts = contacts.get(desk.store, desk.actor, row.id)
            by: dict[str, list[Any]] = {}
            for part in parts:
                by.setdefault(part.tbl, []).append(part.values)
            found.append({"row": row, **by, **parts[0].values})
    return found


def test_a_bruised_baby_while_the_mother_wants_to_leave(folder: Path, size: Size) -> None:
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type(*CALLER, "Brook, Tyler", "<enter>", "4/12")
        terminal.wait_for("4 Dec")  # two readings, and none is taken unasked
        terminal.type("<down>", "<enter>", "<enter>", "ed", "<enter>", "physical", "<enter>")
        terminal.type("bruise", "<enter>")
        terminal.wait_for("is not taken yet")
        terminal.type("<down>", "<enter>")
        terminal.wait_for("STOP")
        terminal.type("wants to leave", "<enter>")
        terminal.wait_for("DO NOT DISCUSS WITH THE FAMILY YET")
        terminal.answer_stop("1", "4")
        terminal.wait_for("Do not try to hold them")  # the next STOP, to be read for itself
        terminal.read(FRESH + 0.2)
        terminal.wait_for("1–9 tick")
        terminal.type("1")
        terminal.wait_for("1 [x]")
        terminal.type("<enter>")
        terminal.wait_for("Paediatric opinion arranged. Who does it")  # to what she promised
        terminal.type("Dr Osei", "<enter>")
        terminal.wait_for("By when: ")
        terminal.type("now", "<enter>")
        terminal.wait_for("(Dr Osei, 30m)" if size[0] > 80 else "Dr Osei, 30m")
        terminal.wait_for("saved")
        terminal.type("<f9>")
        terminal.wait_for("Waiting  1 call")
    (draft,) = drafted(folder)
    assert [each.name for each in draft.children] == ["Brook, Tyler"]
    assert draft.children[0].age == "4m" and not draft.children[0].dob
    assert draft.many["issues"][0] in ("bruise-nonmobile", "unexplained-injury")
    assert draft.many["issues"][1:] == ("removal-against-advice",)
    done = {each.code for each in draft.actions}
    assert {"verbal-csc-caller", "paediatric-opinion"} < done
    promised = next(each for each in draft.actions if each.code == "paediatric-opinion")
    assert (promised.who, promised.due) == ("Dr Osei", "30m")
    answered = [met for met in draft.prompts.values() if met.state == "done"]
    assert len(answered) == 2, "each STOP by its own answer"


def drafted(folder: Path) -> list[Any]:
    with desk_of(folder) as desk:
        return [each.sheet for each in drafts.waiting(desk.store, desk.actor)]


def test_a_second_call_in_the_middle_of_a_name(folder: Path, size: Size) -> None:
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type(*CALLER, "Brook, Ty")
        terminal.wait_for("new child")
        terminal.type("\x0e")  # Ctrl+N: the other telephone
        terminal.wait_for("1 parked")
        terminal.wait_for("Type a name: known callers")
        terminal.type(
            "Hill, Jo", "<enter>", "gp", "<enter>", "gp", "<enter>", "77", "<enter>", "k", "<enter>"
        )
        terminal.type(
            "Lane, Mo",
            "<enter>",
            "030625",
            "<enter>",
            "<enter>",
            "<enter>",
            "q",
            "<enter>",
            "cq",
            "<enter>",
            "<enter>",
            *ADVICE,
            "Told.",
        )
        close(terminal)
        terminal.wait_for("Waiting  1 call")
        terminal.type("1")
        terminal.wait_for("Brook, Ty")
        terminal.type("ler", "<enter>")
        terminal.wait_for("Born: ")
        terminal.type("<f9>")
        terminal.wait_for("Waiting  1 call")
    (closed,) = left(folder)
    assert (closed["row"].caller, closed["row"].children) == ("Hill, Jo", ("Lane, Mo",))
    (draft,) = drafted(folder)
    assert (draft.caller.name, [each.name for each in draft.children]) == (
        "Reed, Amy",
        ["Brook, Tyler"],
    )


def test_an_unborn_baby_without_a_surname(folder: Path, size: Size) -> None:
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type(*CALLER, "ub", "<enter>")
        terminal.wait_for("Unborn baby")
        terminal.type("<enter>")  # nobody knows the day yet
        terminal.wait_for("The mother's name")
        terminal.type("30+2", "<enter>")
        terminal.wait_for("is not a name")
        terminal.type("<shift+tab>", "<shift+tab>", "\x15", "30+2", "<enter>")
        terminal.wait_for("30+2")
        terminal.type("<f9>")
        terminal.wait_for("Waiting  1 call")
    (draft,) = drafted(folder)
    (baby,) = draft.children
    assert (draft.identity, baby.name, baby.mother) == ("unborn", "Unborn baby", None)
    assert baby.edd and not baby.dob


def test_a_call_without_names_is_named_when_the_ward_rings_back(folder: Path, size: Size) -> None:
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type(*CALLER, "nn", "<enter>")
        terminal.wait_for("no names")
        terminal.type(
            "<enter>", "q", "<enter>", "cq", "<enter>", "<enter>", *ADVICE, "About consent."
        )
        close(terminal)
        terminal.type("<enter>")
        terminal.wait_for("no names given")
        terminal.type("n")
        terminal.wait_for("who is the child?")
        terminal.type("Fern, Isla", "<enter>", "the ward rang back", "<enter>")
        terminal.wait_for("Child  Fern, Isla")
        terminal.type("<escape>")
        terminal.wait_for("this week")
    (contact,) = left(folder)
    assert contact["row"].children == ("Fern, Isla",) and contact["identity"] == "named"
    with desk_of(folder) as desk:
        changed = history.changes(desk.store, desk.actor, contact["row"].id)
    assert ("identity", "no-names") in [(each.field, each.before) for each in changed]


def test_a_ward_round_is_a_contact_for_each_child(folder: Path, size: Size) -> None:
    child = ("<enter>", "030625", "<enter>", "<enter>", "ward", "<enter>", "q", "<enter>", "cq", "<enter>", "<enter>", *ADVICE)  # fmt: skip
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type(*CALLER, "Ash, Rowan", *child, "Well.")
        terminal.type("\x1bOS")  # F4
        terminal.wait_for("a–z go to that field")
        terminal.type("d", "\x15", "ward", "<enter>")
        terminal.wait_for("Ward visit")
        terminal.type("\x07")  # Ctrl+G: the next child of the visit
        terminal.wait_for("visit, 2nd child")
        terminal.type("Elm, Robin", *child, "Well too.")
        close(terminal)
    second, first = left(folder)
    assert [each["row"].children for each in (first, second)] == [("Ash, Rowan",), ("Elm, Robin",)]
    assert first["visit"] == second["visit"] is not None
    assert {each["row"].caller for each in (first, second)} == {"Reed, Amy"}
    assert {each["channel"] for each in (first, second)} == {"WARD-VISIT"}


def test_an_email_fills_what_it_says_and_nothing_else(folder: Path, size: Size) -> None:
    mail = "From: Sue Bell <sue.bell@nhs.net>\nSubject: a child\n\nPlease ring about Kai Field."
    with at_the_board(folder, size) as terminal:
        terminal.type("e")
        terminal.wait_for("F2 take it")
        terminal.send(f"\x1b[200~{mail}\x1b[201~")
        terminal.wait_for("Kai Field")
        terminal.type("<f2>")
        terminal.wait_for("Look at each")
        terminal.type("gp", "<enter>", "gp", "<enter>", "77", "<enter>")
        terminal.wait_for("Type a name or NHS number")
        terminal.type(
            "Field, Kai",
            "<enter>",
            "<enter>",
            "<enter>",
            "<enter>",
            "q",
            "<enter>",
            "cq",
            "<enter>",
            "<enter>",
            *ADVICE,
        )
        close(terminal)
    (contact,) = left(folder)
    assert (contact["row"].caller, contact["row"].children) == ("Sue Bell", ("Field, Kai",))
    assert (contact["channel"], contact["verified"]) == ("EMAIL-IN", "nhs-net")
    assert any("Please ring about Kai Field." in each["text"] for each in contact["note"])


def test_a_mistake_is_put_right_and_no_other_child_changes(
    folder: Path, size: Size, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Brook, Riley", "Brook, Ty"):
        add(folder, tmp_path, monkeypatch, name)
    with at_the_board(folder, size) as terminal:
        terminal.type("<enter>")
        terminal.wait_for("Child  Brook")
        terminal.type("<enter>")
        terminal.wait_for("This contact is about somebody")
        terminal.type("1")
        terminal.wait_for("who?")
        terminal.type("Brook, Lee", "<enter>", "misheard", "<enter>")
        terminal.wait_for("Child  Brook, Lee")
        terminal.mark("Action")
        terminal.type("w")
        terminal.wait_for("Say why it was not done")
        terminal.type("the child went home", "<enter>")
        terminal.wait_for("not done")
        terminal.type("<escape>")
        terminal.wait_for("this week")
    amended, other = sorted(left(folder), key=lambda each: "Brook, Lee" not in each["row"].children)
    assert amended["row"].children == ("Brook, Lee",)
    assert other["row"].children[0] in ("Brook, Riley", "Brook, Ty") and not other["row"].amended
    assert [each["ended"] for each in amended["action"]] == ["not-done"]
    assert [each["ended"] for each in other["action"]] == [None]
    with desk_of(folder) as desk:
        names = desk.store.reader.conn.execute("SELECT name FROM person WHERE kind = 'child'")
        assert {name for (name,) in names} == {"Brook, Riley", "Brook, Ty", "Brook, Lee"}


def add(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child: str) -> None:
    contact = {
        "received_at": "2026-11-19T09:00:00Z", "channel": "TEL-IN", "hours": "in-hours",
        "caller": {"name": "Reed, Amy", "service": "ED", "role": "nurse", "phone": "4521", "verified": "known-number"},
        "children": [{"name": child, "dob": "2024-02-29"}], "category": "physical", "where_now": "ed",
        "issues": ["burn"], "actions": [{"code": "hold-discharge", "by": "the ward", "due": "24h"}],
        "outcome": "awaiting-csc", "open": True,
    }  # fmt: skip
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)
    (tmp_path / "in.json").write_text(json.dumps([contact]))
    said = ["contact", "add", "--json", str(tmp_path / "in.json"), "--user", "Ada Shah"]
    assert commands(["--store", str(folder), *said]) == 0


def test_a_routine_query_of_a_known_caller_fills_what_is_known(
    folder: Path, size: Size, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(folder, tmp_path, monkeypatch, "Ash, Rowan")
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type("ree")
        terminal.wait_for("▸ Reed, Amy")
        terminal.type("<enter>")
        terminal.wait_for("4521")
        terminal.type("k", "<enter>", "ash")
        terminal.wait_for("▸ Ash, Rowan")
        terminal.type("<enter>")
        terminal.wait_for("Child is now")
        terminal.type("<enter>", "<enter>", "q", "<enter>", "cq", "<enter>", "<enter>", *ADVICE)
        close(terminal)
    latest, _ = left(folder)
    assert (latest["row"].caller, latest["row"].children) == ("Reed, Amy", ("Ash, Rowan",))
    assert latest["category"] == "no-abuse-process-query" and latest["callback"] == "4521"
    with desk_of(folder) as desk:
        assert desk.store.reader.conn.execute("SELECT count(*) FROM person").fetchone() == (2,)


def test_a_call_about_a_colleague_opens_to_its_author_alone_until_it_is_known_who(
    folder: Path, size: Size
) -> None:
    with at_the_board(folder, size) as terminal:
        ring(terminal)
        terminal.type(
            *CALLER,
            "Fern, Isla",
            "<enter>",
            "030615",
            "<enter>",
            "<enter>",
            "ward",
            "<enter>",
            "o",
            "<enter>",
        )
        terminal.type("allegation", "<enter>")
        terminal.wait_for("STOP")
        terminal.wait_for("opened to you alone")
        terminal.answer_stop("1")
        terminal.wait_for("Fern, Isla")
        terminal.type("<f2>")
        terminal.wait_for("Not closed yet")
        terminal.type("\x0f")  # Ctrl+O
        terminal.wait_for("Close it anyway")
        terminal.type("the line dropped", "<enter>")
        terminal.wait_for("Ctrl+B begins an open contact for the child")
        terminal.type("<f2>")
        terminal.wait_until_closed("this week")
        terminal.wait_for("restricted")
        assert "Fern" not in terminal.text and "Reed" not in terminal.text
    (contact,) = left(folder)
    assert contact["row"].restricted and contact["closed_anyway"] == "the line dropped"
    with desk_of(folder) as desk:
        told = restricted.opened_to(desk.store.reader, contact["row"].id)
        assert [each.name for each in told] == ["Ada Shah"]
