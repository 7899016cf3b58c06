"""A service gets its second desk, without a command: one desk names the share and invites, the other joins from its
first page, and after three syncs it has the first one's contact."""

import re
import time
from pathlib import Path

import pytest
from journeys.conftest import SIZES
from journeys.test_real_terminal import PASSPHRASE, set_up
from terminal import Terminal

from spoc.cli.commands import commands


def code_on(terminal: Terminal) -> str:
    """The code of seven groups of four that is on the screen."""
    terminal.read(0.3)
    (line,) = [each for each in terminal.lines if len(re.findall(r"\b[0-9A-Z]\b", each)) == 28]
    return "".join(re.findall(r"\b[0-9A-Z]\b", line))


def a_contact(store: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)
    file.write_text(
        '{"ref": "first", "received_at": "2026-10-19T16:30", "channel": "EMAIL-IN", "open": true, "category": "physical",'
        ' "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse"}, "issues": ["burn"],'
        ' "children": [{"name": "Molly Mulberry", "dob": "2024-02-29"}]}'
    )
    assert commands(["--store", str(store), "contact", "add", "--json", str(file)]) == 0


def syncs(terminal: Terminal, *words: str) -> None:
    """Syncs from the sync page, and waits for what the page then says."""
    terminal.type("s")
    for each in words:
        terminal.wait_for(each)


def closed(terminal: Terminal) -> None:
    """Leave the card, and wait until it is gone: the page behind it shows the whole time."""
    terminal.type("<escape>", "<escape>")
    end = time.monotonic() + 60
    while "The folder or hub that your desks share" in terminal.text:
        assert time.monotonic() < end, f"the card stays:\n{terminal.text}"
        terminal.read()


@pytest.mark.long
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_second_desk_joins_without_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, rows: int
) -> None:
    share, size = tmp_path / "share", {"columns": columns, "rows": rows}
    share.mkdir()
    with (
        Terminal(tmp_path / "a", **size) as here,
        Terminal(tmp_path / "b", **size) as there,
    ):
        set_up(here)
        a_contact(tmp_path / "a", tmp_path / "first.json", monkeypatch)
        here.type("y")
        here.wait_for("p names a shared folder")

        here.type("p")
        here.wait_for("The folder or hub that your desks share")
        (tmp_path / "Dropbox").mkdir()
        here.type(str(tmp_path / "Dropbox"), "<enter>")
        here.wait_for("kept in step by Dropbox")
        closed(here)
        here.type("p")
        here.wait_for("The folder or hub that your desks share")
        here.type(str(tmp_path / "a"), "<enter>")
        here.wait_for("own store, which no other")
        closed(here)
        here.type("p")
        here.wait_for("The folder or hub that your desks share")
        here.type(str(share), "<enter>")
        here.wait_for("Sent ")

        here.type("i")
        here.wait_for("Invite a desk")
        assert "admin" not in here.text and "named-professional" not in here.text
        here.type("Bea Bird", "<enter>", "adv", "<enter>", str(tmp_path), "<enter>")
        here.wait_for("by telephone or hand it over on paper")
        code = code_on(here)
        here.type("<escape>")
        here.wait_for("i invite")
        here.read(0.3)
        assert " ".join(code[:4]) not in here.text

        there.wait_for("Join a service")
        there.type("j")
        there.wait_for("a colleague has invited you")
        there.type(
            str(tmp_path / "bea-bird.invitation"), "<enter>", code, "<enter>", "Yeovil desk", "<enter>", "<enter>",
            PASSPHRASE, "<enter>", PASSPHRASE, "<enter>",
        )  # fmt: skip
        there.wait_for("Recovery code")
        own = code_on(there)
        group = int(re.search(r"Group (\d)", there.text)[1])  # type: ignore[index]
        there.type(own[(group - 1) * 4 : group * 4], "<enter>")
        there.wait_for("does not have the service's records yet")

        there.type("y")
        there.wait_for("p names a shared folder")
        there.type("p")
        there.wait_for("The folder or hub that your desks share")
        there.type(str(share), "<enter>")  # which syncs too: it asks to be let in
        there.wait_for("asked to be let in")
        syncs(here, "Bea Bird has joined")
        shown = re.search(r"(?:[0-9a-f]{4} ){3}[0-9a-f]{4}", " ".join(here.text.split()))
        assert shown and shown[0] in " ".join(there.text.split())
        syncs(there, "Sent ", "1  lacks")
        there.type("<escape>")
        there.wait_for("new call")
        there.type("/", "Mulberry")
        there.wait_for("1 found")
        there.wait_for("Molly")
