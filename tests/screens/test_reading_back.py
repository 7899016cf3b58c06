"""The read-back on the screen and at a command: shown, copied for a minute, written to a file, on record."""

import base64
import re
import shutil
import stat
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one, joined
from screens.conftest import PASSPHRASE, page
from seated import at_the_board
from terminal import Terminal
from textual.pilot import Pilot

from spoc.cli.commands import commands
from spoc.model.errors import DiskFull
from spoc.model.forms.sheet import Person
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.followups.outputs import OutputsScreen
from spoc.storage import desk, set_up
from spoc.storage.contacts import contacts
from spoc.storage.ledger import audit
from spoc.storage.service import outputs
from spoc.storage.store import Store
from spoc.widgets import clipboard
from spoc.widgets.clipboard import CopyingApp

A_CALL = (
    "n", "@caller", "Reed, Amy", "<enter>", "@service", "ed", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "k", "<enter>", "@child",
    "Brook, Ty", "<enter>", "190726", "<enter>", "9990000018", "<enter>", "@where_now", "ward", "<enter>",
    "@category", "p", "<enter>", "@issues",
)  # fmt: skip


class Written:
    """What the program writes to its terminal of the clipboard."""

    def __init__(self, pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        self.copies: list[str] = []
        monkeypatch.setattr(pilot.app._driver, "write", self.write)

    def write(self, data: str) -> None:
        if data.startswith("\x1b]52;c;"):
            self.copies.append(base64.b64decode(data[7:].rstrip("\x07")).decode())


def exports(store: Store) -> list[tuple[str, str, str]]:
    """The audit trail's exports: subject, purpose, detail."""
    rows = store.reader.conn.execute(
        "SELECT lower(hex(subject)), purpose, detail FROM audit WHERE kind = 'export' ORDER BY n"
    )
    return [tuple(row) for row in rows.fetchall()]


async def at_the_read_back(pilot: Pilot[Any], contact: bytes) -> ReadBackScreen:
    await pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
    await type_in(pilot, "b")
    screen: ReadBackScreen = await shown(pilot, ReadBackScreen)
    return screen


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_call_is_read_back_as_it_stands_and_goes_on(
    store: Store, size: tuple[int, int]
) -> None:
    async with at_the_board(store, size=size) as pilot:
        await type_in(pilot, *A_CALL, "fii", "<enter>", "<enter>", "vc", "<enter>", "<f8>")
        await shown(pilot, ReadBackScreen)
        text = page(pilot)
        assert "Professional record" in text and "not closed yet" in text
        assert text.count("DO NOT TELL THE FAMILY OR ANYBODY NAMED: fabricated or induced") >= 1
        assert (
            "Child: Brook, Ty; born 19 Jul 2026, 4 months" in text
            and "1. Telephone referral" in text
        )
        for key, words in (
            ("2", "A confidential record was made"), ("3", "FOR A CALL TO SOCIAL CARE"),
            ("4", "First, the child's voice: [ask:"), ("5", "What you said you would do"),
            ("1", "READ-BACK FOR THE PROFESSIONAL RECORD"),
        ):  # fmt: skip
            await type_in(pilot, key)
            await until(pilot, lambda words=words: words in page(pilot))
        await type_in(pilot, "2")
        text = page(pilot)
        assert "the short form, as there is a reason not to tell" in text
        assert text.count("CONFIDENTIAL: FOR PROFESSIONALS ONLY") == 2
        body = text.split("CONFIDENTIAL")[1]
        assert "Ty" not in body and "illness" not in text and "Verbal" not in text
        await type_in(pilot, "1", *["<pagedown>"] * 9)
        await until(pilot, lambda: "Taken by: Ada Advisor" in page(pilot))
        assert page(pilot).count("DO NOT TELL") == 2
        await type_in(pilot, "<f8>")
        call = await shown(pilot, ContactScreen)
        assert call.sheet.caller.name == "Reed, Amy" and call.sheet.actions
        await type_in(pilot, "<f8>", "<escape>")
        assert pilot.app.screen is call
    assert exports(store) == [], "showing it on the screen is no export"


async def test_a_copy_is_recorded_said_and_cleared_after_a_minute(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WT_SESSION", "1")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        written = Written(pilot, monkeypatch)
        await at_the_read_back(pilot, contact)
        await type_in(pilot, "c")
        await until(pilot, lambda: written.copies)
        await until(pilot, lambda: "Copied: Professional record" in page(pilot))
        said = " ".join(page(pilot).split())
        assert "Other programs on this computer can read it; it is cleared after 60 seconds" in said
        assert "Molly Mulberry" in written.copies[0]
        assert exports(store) == [(contact.hex(), "read-back", "professional, clipboard")]
        assert pilot.app._clipboard == "", "nothing is kept to be pasted within spoc"
        monkeypatch.setattr(clipboard, "KEPT", 0.05)
        await type_in(pilot, "2", "c")
        await until(pilot, lambda: len(written.copies) == 3)
        await type_in(pilot, "<escape>", "<escape>")  # it is cleared wherever one is by then
        assert "NOT FOR ONLINE VIEWING" in written.copies[1] and written.copies[2] == ""
        await pilot.pause(0.2)
        assert len(written.copies) == 3
    assert [each[2] for each in exports(store)] == ["professional, clipboard", "safe, clipboard"]


async def test_leaving_spoc_clears_what_was_copied(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        written = Written(pilot, monkeypatch)
        await at_the_read_back(pilot, contact)
        await type_in(pilot, "c")
        await until(pilot, lambda: written.copies)
        await type_in(pilot, "<ctrl+q>")
        assert written.copies[-1] == ""


async def test_where_the_terminal_is_not_known_to_take_a_copy_it_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WT_SESSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "TERM_PROGRAM"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    contact = close_one(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        written = Written(pilot, monkeypatch)
        await at_the_read_back(pilot, contact)
        await type_in(pilot, "c")
        await until(pilot, lambda: written.copies)
        await until(pilot, lambda: "cannot be confirmed" in " ".join(page(pilot).split()))
        assert "f writes a file instead" in " ".join(page(pilot).split())


def test_only_terminals_known_to_take_it_are_taken_for_such() -> None:
    assert clipboard.is_taken({"TERM": "xterm-kitty"}) and clipboard.is_taken({"WT_SESSION": "a"})
    assert clipboard.is_taken({"TERM_PROGRAM": "WezTerm"})
    assert not clipboard.is_taken({"TERM": "xterm-256color"})
    assert not clipboard.is_taken({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"})
    assert not clipboard.is_taken({})


async def test_what_cannot_be_recorded_does_not_go_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = close_one(store)

    def full(*_: Any, **__: Any) -> "Future[None]":
        done: Future[None] = Future()
        done.set_exception(DiskFull("The disk is full."))
        return done

    async with at_the_board(store) as pilot:
        written = Written(pilot, monkeypatch)
        await at_the_read_back(pilot, contact)
        monkeypatch.setattr(audit, "record", full)
        for keys in ("c", "ff"):
            await type_in(pilot, *keys)
            await until(pilot, lambda: "Nothing left spoc" in page(pilot))
            assert "The disk is full." in page(pilot)
            await type_in(pilot, "1")
        assert not written.copies and not (store.path.parent / outputs.FOLDER).exists()


async def test_a_file_takes_two_presses_is_the_writers_alone_and_on_record(
    store: Store, clock: Clock
) -> None:
    contact = close_one(store)
    folder = store.path.parent / outputs.FOLDER
    async with at_the_board(store) as pilot:
        screen = await at_the_read_back(pilot, contact)
        await type_in(pilot, "f")
        said = " ".join(page(pilot).split())
        assert (
            "A file is not encrypted" in said and "f again writes" in said and not folder.exists()
        )
        await type_in(pilot, "2", "f")
        assert not folder.exists(), "another version was chosen: it asks again"
        await type_in(pilot, "1", "f", "f")
        await until(pilot, lambda: "Professional record. Written, not encrypted" in page(pilot))
        (file,) = folder.iterdir()
        assert "Molly Mulberry" in file.read_text("utf-8")
        name = f"read-back-{screen.call.reference}-clear-text-20261120-090000.html"
        assert file.name == name
        if sys.platform != "win32":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        await type_in(pilot, "f", "f")
        await until(pilot, lambda: "No file was written: file exists" in page(pilot))
        assert {each[2] for each in exports(store)} == {f"professional, {name}"}
        await type_in(pilot, "o")
        await shown(pilot, OutputsScreen)
        assert name in page(pilot)
        await type_in(pilot, "x")
        await until(pilot, lambda: not file.exists())


async def test_a_contacts_page_reads_back_what_was_added_since(store: Store, clock: Clock) -> None:
    contact = close_one(store)
    clock.step(hours=1)
    contacts.add_note(store, ADVISOR, contact, "Rang the ward at ten.").result()
    contacts.add_outcome(store, ADVISOR, contact, "admitted").result()
    async with at_the_board(store, size=(120, 50)) as pilot:
        await at_the_read_back(pilot, contact)
        text = page(pilot)
        assert "Scald from a cup of tea" in text and "Rang the ward at ten." in text
        assert "Outcome: Child admitted" in text and "advice accepted" not in text.lower()
        assert "not closed yet" not in text
        await type_in(pilot, "<escape>")
        assert isinstance(pilot.app.screen, ContactPage)


async def test_hostile_names_stand_as_typed_in_every_version(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "[red]x[/] \x1b]52;c;aGk=\x07 [@click=app.quit]q[/]"
    contact = close_one(store, children=(Person(name, "child"),), caller=Person(name), notes=name)
    async with at_the_board(store) as pilot:
        written = Written(pilot, monkeypatch)
        await at_the_read_back(pilot, contact)
        for key in "12345":
            await type_in(pilot, key)
            text = page(pilot)
            assert "\x1b" not in text
            assert ("[red]x[/] ␛]52" in text) or key == "2"
        await type_in(pilot, "1", "c")
        await until(pilot, lambda: written.copies)
        assert "\x1b" not in written.copies[0] and "[red]x[/] ␛]52" in written.copies[0]


async def test_a_read_back_stays_behind_the_lock(store: Store) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        await at_the_read_back(pilot, contact)
        assert isinstance(pilot.app, CopyingApp)
        pilot.app.lock("key")
        await pilot.pause()
        assert "Molly" not in page(pilot)


@pytest.mark.long
def test_a_real_terminal_is_sent_the_copy_and_an_empty_one_on_leaving(folder: Path) -> None:
    with_it = desk.sign_in(folder, PASSPHRASE)
    close_one(with_it.store, with_it.actor)
    with_it.close()
    with Terminal(folder, TMUX="between") as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("new call")
        terminal.type("<enter>")
        terminal.wait_for("Molly Mulberry")
        terminal.type("b")
        terminal.wait_for("READ-BACK FOR THE PROFESSIONAL RECORD")
        terminal.type("c")
        terminal.wait_for("Sent to the terminal")
        copies = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", bytes(terminal.raw))
        assert len(copies) == 1 and b"Molly Mulberry" in base64.b64decode(copies[0])
        terminal.send("\x11")
        terminal.ended()
        assert bytes(terminal.raw).count(b"\x1b]52;c;\x07") == 1


# -- at a command ----------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``spoc contact`` as Ada Shah; gives exit code, output and errors."""
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)

    def go(*arguments: str) -> tuple[int, str, str]:
        code = commands(["--store", str(folder), "contact", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def test_the_command_prints_each_version_and_leaves_an_entry(folder: Path, run: Run) -> None:
    with_it = desk.sign_in(folder, PASSPHRASE)
    contact = close_one(with_it.store, with_it.actor, many={"issues": ("fii",)})
    with_it.close()
    for version, words in (
        ("professional", "READ-BACK FOR THE PROFESSIONAL RECORD"), ("safe", "A confidential record"),
        ("safer", "FAMILY FACTORS"), ("script", "First, the child's voice"), ("promises", "Subject: Our call"),
    ):  # fmt: skip
        code, out, err = run("read-back", contact.hex()[-8:], "--version", version)
        assert code == 0 and words in out, err
        first, last = out.splitlines()[0], out.splitlines()[-1]
        assert first == last and ("DO NOT TELL" in first)
        assert ("Molly" in out) == (version not in ("safe", "promises"))
        assert err.startswith(
            ("Professional record", "Safe version", "SAFER", "Script", "Promises")
        )
    assert run("read-back", contact.hex())[1].startswith("DO NOT TELL THE FAMILY")
    assert run("read-back", contact.hex(), "--version", "full")[0] == 2
    with_it = desk.sign_in(folder, PASSPHRASE)
    kept = exports(with_it.store)
    with_it.close()
    assert kept[1] == (contact.hex(), "command", "read-back, safe") and len(kept) == 6


@pytest.fixture
def led(tmp_path: Path, folder: Path) -> Path:
    """A store of the same folder's kind, its first user a named professional, who may add anybody."""
    shutil.rmtree(folder)
    first = ("Somerset", "Musgrove Park", "Ada Shah", "named-professional", PASSPHRASE)
    set_up.prepare(folder, *first).commit()
    return folder


def test_who_may_open_no_contact_reads_none_back(led: Path, run: Run) -> None:
    with_it = desk.sign_in(led, PASSPHRASE)
    contact = close_one(with_it.store, with_it.actor)
    for role in ("analyst", "admin", "reviewer"):
        joined(with_it, role, role, PASSPHRASE)
    with_it.close()
    for role in ("analyst", "admin"):
        code, out, err = run("read-back", contact.hex(), "--user", role)
        assert (code, out) == (3, "") and "Your role" in err
    assert run("read-back", contact.hex(), "--user", "reviewer")[0] == 0


async def test_the_board_is_where_one_comes_back_to(store: Store) -> None:
    close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>", "b", "<escape>", "<escape>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
