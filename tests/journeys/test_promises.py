"""Nothing is dropped, in a real terminal: a request over a weekend, a ring on the lock, a Monday's handover."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from journeys.conftest import PASSPHRASE, SIZES
from terminal import Terminal

from spoc.cli.commands import commands
from spoc.storage import sealing
from spoc.storage.desk import sign_in
from spoc.storage.followups import followups, requests

PAGES = 4  # of a page that is longer than a small screen
BOTH = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)


def add(
    folder: Path,
    tmp_path: Path,
    received: str,
    *actions: dict[str, str],
    child: str,
    user: str = "Ada Shah",
) -> None:
    """A contact as another program writes it; what is promised in it counts from when it was received."""
    contact = {
        "received_at": received,
        "channel": "TEL-IN",
        "caller": {"name": "Reed, Amy", "service": "ED", "role": "nurse", "phone": "01632 960111", "verified": "known-number"},
        "children": [{"name": child, "dob": "2024-02-29"}],
        "category": "physical",
        "where_now": "ed",
        "issues": ["burn"],
        "actions": list(actions),
        "outcome": "awaiting-csc",
        "open": True,
    }  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps([contact]))
    file = ["--json", str(tmp_path / "in.json"), "--user", user]
    assert commands(["--store", str(folder), "contact", "add", *file]) == 0


def signed_in(terminal: Terminal) -> None:
    terminal.wait_for("Passphrase")
    terminal.type(PASSPHRASE, "<enter>")
    terminal.wait_for("this week")


def card(terminal: Terminal, letter: str, title: str, *steps: str) -> None:
    """Press a key that asks for more, and answer on its card."""
    terminal.type(letter)
    terminal.wait_for(title)
    for step in steps:
        terminal.type(step, "<enter>")
    terminal.type("<f2>")


def flat(terminal: Terminal) -> str:
    """The page in one line: where it wraps does not matter."""
    return " ".join(terminal.text.split())


def says(terminal: Terminal, words: str, seconds: float = 30) -> None:
    """Wait until the page says something, wherever it wraps."""
    end = time.monotonic() + seconds
    while words not in flat(terminal):
        assert time.monotonic() < end, f"never saw {words!r} in:\n{terminal.text}"
        terminal.read()


def whole(terminal: Terminal) -> str:
    """All of a page in one line, also what a small screen shows only further down."""
    seen = [flat(terminal)]
    for key in ("\x1b[6~", "\x1b[5~"):
        for _ in range(PAGES):
            terminal.send(key)
            terminal.read(0.2)
            seen.append(flat(terminal))
    return " ".join(seen)


def finds(terminal: Terminal, words: str, seconds: float = 30) -> str:
    """Wait until a page says something, wherever on it; gives all of it."""
    end = time.monotonic() + seconds
    while words not in (said := whole(terminal)):
        assert time.monotonic() < end, f"never saw {words!r} in:\n{terminal.text}"
    return said


@pytest.mark.long
@BOTH
def test_a_telephone_referral_before_a_bank_holiday_is_held_written_chased_and_declined(
    folder: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    verbal = {"code": "verbal-csc-caller", "by": "Reed, Amy", "due": "2h"}
    add(
        folder, tmp_path, "2026-08-28T16:30", verbal, child="Brook, Tyler"
    )  # Monday is a bank holiday
    with Terminal(folder, columns=size[0], rows=size[1]) as terminal:
        signed_in(terminal)
        says(terminal, "overdue")
        terminal.type("f")
        says(terminal, "What is due")
        says(terminal, "agreed Fri 28 Aug")
        terminal.type("r")
        says(terminal, "Request to social care")
        clocks = finds(terminal, "due Thu 3 Sep 2026 17:00")
        assert "due Tue 1 Sep 2026 17:00" in clocks  # the decision: the next working day
        assert "due Thu 3 Sep 2026 17:00" in clocks  # the chase: the third
        assert "due Sat 29 Aug 2026 16:30" in clocks  # in writing: 24 hours, weekend or not
        card(
            terminal,
            "p",
            "Asked of social care",
            "28/8/2026 1635",
            "J Hale, EDT",
            "held overnight on the ward",
        )
        finds(terminal, "spoken to J Hale, EDT")
        card(terminal, "t", "Written referral sent", "29/8/2026 0900", "portal", "yes")
        finds(terminal, "kept, Sat 29 Aug 2026 09:00")
        card(terminal, "r", "Who referred", "Reed, Amy", "28/8/2026 1635", "J Hale")
        finds(terminal, "referrer Reed, Amy")
        card(terminal, "s", "Chased", "3/9/2026 1000", "K Moor")
        says(terminal, "say what they said")
        terminal.type("No capacity, they will ring.", "<f2>")
        finds(terminal, "K Moor: No capacity")
        card(terminal, "d", "Decision of social care", "dis", "4/9/2026 1100", "K Moor")
        finds(terminal, "No further action")
        terminal.type("x")
        finds(terminal, "closed")
        terminal.type("<escape>")
        says(terminal, "What is due")
    with closing(sign_in(folder, PASSPHRASE, None, window=False)) as desk:
        (asked,) = requests.asked(desk.store, desk.actor)
        assert (asked.how, asked.decision) == ("telephone", "nfa-disagreed")
        assert followups.open_ones(desk.store, desk.actor) == []


@pytest.mark.long
@BOTH
def test_a_call_back_rings_on_a_locked_screen_without_a_name(
    folder: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    with Terminal(folder, columns=size[0], rows=size[1]) as terminal:
        signed_in(terminal)
        terminal.send("\x0c")  # Ctrl+L
        terminal.wait_for("Locked")
        now = datetime.now(UTC)
        ring = {"code": "call-back", "by": "desk", "due": f"{now + timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}"}  # fmt: skip
        add(folder, tmp_path, f"{now:%Y-%m-%dT%H:%M:%SZ}", ring, child="Brook, Tyler")
        assert "Call-back" not in terminal.text
        terminal.wait_for("Call-back due", seconds=60)
        terminal.wait_for("sign in to see it")
        assert "Brook" not in terminal.text and "Reed" not in terminal.text
        terminal.type(PASSPHRASE, "<enter>")
        says(terminal, "f on the board shows it")
        terminal.type("f")
        says(terminal, "ring Reed, Amy on 01632 960111")
        terminal.type("x")
        terminal.wait_for("Nothing is open.")


@pytest.mark.long
@BOTH
def test_mondays_handover_after_a_colleagues_leave(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    words = tmp_path / "words"
    words.write_text("other plain words here\n")
    made = ["--name", "Omar Diaz", "--role", "advisor", "--new-passphrase-file", str(words)]
    assert commands(["--store", str(folder), "user", "add", *made]) == 0
    own = [
        "--user",
        "Omar Diaz",
        "--passphrase-file",
        str(words),
        "--new-passphrase-file",
        str(tmp_path / "own"),
    ]
    (tmp_path / "own").write_text("quite other plain words here\n")
    assert commands(["--store", str(folder), "user", "passphrase", *own]) == 0
    received = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    ring = {"code": "call-back", "by": "Omar Diaz", "due": "24h"}
    monkeypatch.setenv("SPOC_PASSPHRASE", "quite other plain words here")
    add(folder, tmp_path, received, ring, child="Brook, Tyler", user="Omar Diaz")
    with Terminal(folder, columns=size[0], rows=size[1]) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type("Ada Shah", "<enter>", PASSPHRASE, "<enter>")
        terminal.wait_for("this week")
        terminal.type("h")
        says(terminal, "Omar Diaz · Brook, Tyler: left a contact open")
        terminal.type("h")
        says(terminal, "Call-back set · Brook, Tyler")
        terminal.type("p")
        says(terminal, "Written, not encrypted")
        terminal.type("o")
        terminal.wait_for("shift-sheet-clear-text")
        terminal.type("x")
        terminal.wait_for("Deleted")
    assert list((folder / "outputs").iterdir()) == []


@pytest.mark.long
@BOTH
def test_two_desks_that_claim_the_same_promise_offline_both_see_both_until_one_settles_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    size: tuple[int, int],
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    share, north, south = tmp_path / "share", tmp_path / "north", tmp_path / "south"
    share.mkdir()

    def does(store: Path, *said: str) -> str:
        assert commands(["--store", str(store), *said]) == 0
        return capsys.readouterr().out

    def synced(*stores: Path) -> None:
        for store in stores:
            does(store, "sync", "--folder", str(share))

    made = (
        "--service",
        "S",
        "--desk",
        "North",
        "--name",
        "Ada Shah",
        "--role",
        "named-professional",
    )
    does(north, "init", *made)
    file = str(tmp_path / "bea.invitation")
    said = does(north, "sync", "invite", "--for", "Bea Bird", "--out", file)
    does(south, "join", file, "--code", said.split()[-1], "--desk", "South")
    synced(south, north, south)
    ring = {"code": "call-back", "by": "desk", "due": "24h"}
    add(north, tmp_path, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", ring, child="Brook, Tyler")
    capsys.readouterr()
    synced(north, south)
    columns, rows = size
    with (
        Terminal(north, columns=columns, rows=rows) as ada,
        Terminal(south, columns=columns, rows=rows) as bea,
    ):
        for desk, name in ((ada, "Ada Shah"), (bea, "Bea Bird")):
            signed_in(desk)
            desk.type("f")
            says(desk, "all 1")
            desk.type("c")
            says(desk, f"claimed: {name}")
        synced(north, south, north)
        for desk in (ada, bea):
            says(desk, "claimed twice")
            says(desk, "Two desks claimed this: c claims it for you and settles it")
        bea.type("c")
        says(bea, "claimed: Bea Bird")
        synced(south, north)
        says(ada, "claimed: Bea Bird")
        assert "claimed twice" not in flat(ada)
