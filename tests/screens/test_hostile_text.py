"""Whatever is typed or pasted is shown as typed, kept whole and never obeyed, in every field."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, a_sheet, close_one
from screens.conftest import PASSPHRASE
from seated import at_the_board
from terminal import Terminal
from textual import events
from textual.pilot import Pilot

from spoc.app import SpocApp
from spoc.cli.commands import commands
from spoc.model.forms.sheet import Person
from spoc.model.values.plain import visible, visible_lines
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.arriving.setup import CodeScreen, SetUpScreen
from spoc.screens.desk.arriving.signin import SignInScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage import desk, set_up
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.reading import history
from spoc.storage.store import Store
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.header import Header
from spoc.widgets.preferences import Preferences

LONG = "".join(f"Zoë{number:05} " for number in range(150)) + "x" * 300  # as long as a line may be
HOSTILE = (
    "O'Brien",
    "Zoë",
    "[red]x[/]",
    "[/]",
    "[@click=app.quit]q[/]",
    "$primary ]] [[b]",
    "=1+1",
    "<script>alert(1)</script>",
    "🙂",
    "👨‍👩‍👧‍👦 fam",
    "🇬🇧 flag",
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGVsbG8=\x07clip",
    "\x9b31m c1",
    "nul\x00in it",
    "שרה כהן",
    "فاطمة",
    "می\u200cخواهم",
    "\u202egnp.exe\u2066x",
    "two\x0bthree\x1cfour\u2028five",
    "٣²½",
    "0" * 40,
    LONG,
)
SHORT = [text for text in HOSTILE if text != LONG]
# Fewer, where each costs a whole journey.
TOGETHER = ("[/]", " ".join(SHORT), LONG)
TYPED = [text for text in SHORT if not re.search("[\x00-\x1f\x7f-\x9f\u2028]", text)]
# What may never reach a terminal: controls, and signs that turn the direction of their neighbours.
RAW = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def page(pilot: Pilot[Any]) -> str:
    """What is painted; fails where anything in it would be obeyed."""
    strips = pilot.app.screen._compositor.render_strips()
    for strip in strips:
        assert not RAW.search(strip.text), repr(strip.text)
        assert not any("click" in str(each.style and each.style.meta) for each in strip)
    return "\n".join(strip.text for strip in strips)


def shows(pilot: Pilot[Any], text: str) -> bool:
    """Whether the page shows a text, however its lines are cut."""
    return re.sub(r"\s", "", visible(text)) in re.sub(r"[\s│▌▐▸]", "", page(pilot))


async def paste(pilot: Pilot[Any], text: str) -> None:
    """Paste as a terminal hands it over, into the field with the focus."""
    field = pilot.app.focused
    pilot.app._driver.process_message(events.Paste(text))
    await settled(pilot.app, pilot.app.screen, field)


async def into(pilot: Pilot[Any], widget: Any, text: str) -> None:
    """Paste over what stands in a field."""
    pilot.app.screen.set_focus(widget)
    if hasattr(widget, "load_text"):
        widget.load_text("")
    else:
        widget.value = ""
    await paste(pilot, text)


@pytest.mark.long
async def test_every_field_of_the_call_keeps_what_was_pasted(store: Store) -> None:
    async with at_the_board(store) as pilot:
        for text in (*TOGETHER, *SHORT[::9]):
            await type_in(pilot, "n")
            await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
            call = pilot.app.screen
            for entry in call.entries.values():
                entry.value = ""
                entry.post_message(events.Paste(text))
            await settled(*call.entries.values())
            assert {entry.value for entry in call.entries.values()} == {text}
            await into(pilot, call.page, text)
            await pilot.pause()
            page(pilot)
            assert call.page.text == "\n".join(text.splitlines())
            await type_in(pilot, "<f9>")
            await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
            (draft,) = drafts.waiting(store, ADVISOR)
            kept = draft.sheet
            assert set(kept.pending) >= set(call.slots) - {"notes"}
            assert {kept.pending[slot] for slot in call.entries} == {text}
            assert kept.notes == call.page.text
            pilot.app.screen.refresh_board()
            await pilot.pause()
            page(pilot)
            drafts.discard(store, draft).result()


@pytest.mark.long
async def test_every_key_with_a_character_is_kept_in_a_line_and_in_the_notes(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        for text in TYPED:
            for field in (call.entries["caller"], call.page):
                await into(pilot, field, "")
                await type_in(pilot, *text)
                assert (field.value if field is not call.page else field.text) == text
            assert shows(pilot, text)


@pytest.mark.long
async def test_enter_and_tab_over_every_field_never_crash(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        dates = [call.entries[slot] for slot in ("child.date", "child.ref", "received_at")]
        for text, entries in (
            (TOGETHER[1], call.entries.values()),
            (LONG, [call.entries["caller"], call.entries["child"], *dates]),
            ("٣²½", [*dates, call.entries["actions.due"]]),
            ("0" * 40, [*dates, call.entries["actions.due"]]),
        ):
            for entry in entries:
                await into(pilot, entry, text)
                await type_in(pilot, "<enter>" if len(text) % 2 else "<tab>")
            await type_in(pilot, "<f2>")
            page(pilot)
        assert isinstance(pilot.app.screen, ContactScreen)


async def test_a_line_of_several_lines_is_one_line_with_spaces(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        call = pilot.app.screen
        await into(pilot, call.entries["caller"], "Reed\r\nAmy\rAnn\nLee\n")
        assert call.entries["caller"].value == "Reed Amy Ann Lee"


@pytest.mark.long
async def test_a_closed_contact_holds_it_whole_and_every_page_shows_it(
    store: Store, clock: Clock
) -> None:
    async with at_the_board(store) as pilot:
        for text in TOGETHER:
            clock.step(minutes=1)
            pilot.app.idle.touch()
            draft = drafts.new(store, ADVISOR)
            child = Person("Molly", "child")
            sheet = a_sheet(clock(), caller=Person(), children=(child,), notes="")
            pilot.app.push_screen(ContactScreen(pilot.app.desk, replace(draft, sheet=sheet)))
            await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
            await pilot.pause()
            call = pilot.app.screen
            for slot in ("caller", "child", "callback", "record_number", "actions.who"):
                await into(pilot, call.entries[slot], text)
                await type_in(pilot, "<enter>")
            await into(pilot, call.page, text)
            page(pilot)
            await type_in(pilot, "<f2>")
            await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
            parts = contacts.get(store, ADVISOR, draft.id)
            people = [part.values["name"] for part in parts if part.tbl == "person"]
            assert people.count(text) == 2, text
            assert parts[0].values["callback"] == parts[0].values["record_number"] == text
            assert [part.values["who"] for part in parts if part.tbl == "action"] == [text]
            (note,) = (part.values["text"] for part in parts if part.tbl == "note")
            assert note == "\n".join(text.splitlines())
            pilot.app.screen.refresh_board()
            await pilot.pause()
            page(pilot)
            await type_in(pilot, "<enter>")
            await until(pilot, lambda: isinstance(pilot.app.screen, ContactPage))
            await pilot.pause()
            shown = re.sub(r"\s", "", "".join(line.text for line in pilot.app.screen.rows.items))
            assert shown.count(re.sub(r"\s", "", visible_lines(text))) >= 5
            assert text is LONG or shows(pilot, text)
            await type_in(pilot, "<escape>")
            await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await type_in(pilot, "l")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactsScreen))
        await until(pilot, lambda: "Newest contacts first" in page(pilot))
        await type_in(pilot, "/")
        for text in (*TOGETHER, *SHORT[::5]):
            find = pilot.app.screen.entry
            await into(pilot, find, text)
            assert find.value == text
            await until(pilot, lambda: pilot.app.screen.query_now == text)
            page(pilot)


async def test_an_amendment_and_its_reason_stand_as_typed_in_the_history(store: Store) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        shown_page = await shown(pilot, ContactPage)
        shown_page.rows.marked = [line.label for line in shown_page.rows.items].index(
            "Call-back number"
        )
        for number, text in enumerate(TOGETHER, start=1):
            await type_in(pilot, "a")
            await until(pilot, lambda: isinstance(pilot.app.screen, AmendScreen))
            card = pilot.app.screen
            await into(pilot, card.value, text)
            await type_in(pilot, "<enter>")
            await paste(pilot, text)
            page(pilot)
            await type_in(pilot, "<f2>")
            await until(pilot, lambda: isinstance(pilot.app.screen, ContactPage))
            changes = history.changes(store, ADVISOR, contact)
            assert len(changes) == number
            assert any((change.value, change.why) == (text, text) for change in changes)
            page(pilot)
        await type_in(pilot, "t")
        await until(pilot, lambda: isinstance(pilot.app.screen, AmendScreen))
        await paste(pilot, "\n".join(SHORT))
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactPage))
        lines = "\n".join(line.text for line in pilot.app.screen.rows.items)
        assert all(visible(text) in lines for text in SHORT if text == "".join(text.splitlines()))
        for _ in range(8):
            page(pilot)
            await type_in(pilot, "<pagedown>")


async def test_the_names_of_the_desk_and_its_users_are_shown_and_not_obeyed(store: Store) -> None:
    async with at_the_board(store) as pilot:
        header = pilot.app.screen.query_one(Header)
        for text in SHORT:
            header.desk = text
            header.refresh()
            await pilot.pause()
            assert shows(pilot, text)


@pytest.mark.long
async def test_set_up_and_sign_in_refuse_in_words_or_show_it_as_typed(
    tmp_path: Path, cheap: None, clock: Clock
) -> None:
    new = SpocApp(tmp_path / "new", now=clock, liked=Preferences())
    async with new.run_test(size=(120, 36)) as pilot:
        await type_in(pilot, "n")
        await until(pilot, lambda: isinstance(new.screen, SetUpScreen))
        form = new.screen
        for slot in ("passphrase", "again"):
            await into(pilot, form.line(slot), PASSPHRASE)
        for text in (
            "O'Brien [/]",
            "شرה \u05d0 [red]x[/]",
            "\x1b[31m\x9b\x07",
            "nul\x00in it",
            LONG,
        ):
            for slot in ("pack", "role"):
                await into(pilot, form.line(slot), text)
                page(pilot)
            form.line("pack").value, form.line("role").value = "generic", "advisor"
            for slot in ("service", "desk", "name"):
                await into(pilot, form.line(slot), text)
                assert form.line(slot).value == text
            new.screen.set_focus(form.line("again"))
            await type_in(pilot, "<enter>")
            await until(
                pilot,
                lambda: isinstance(new.screen, CodeScreen) or shows(pilot, "nothing was set up"),
            )
            page(pilot)
            if isinstance(new.screen, CodeScreen):
                await until(pilot, lambda: new.screen.query("#group"))
                assert text.isprintable()
                await into(pilot, new.screen.query_one("#group"), text)
                await type_in(pilot, "<enter>")
                page(pilot)
                await type_in(pilot, "<escape>")
                await until(pilot, lambda: new.screen is form)
                await until(pilot, lambda: "Change what you like" in page(pilot))
            else:
                assert not text.isprintable()
                form.say("")
    words = "".join(SHORT)
    set_up.prepare(tmp_path / "desk", "S", "[b]Desk[/]", "[red]Ada[/]", "advisor", words).commit()
    app = SpocApp(tmp_path / "desk", now=clock, liked=Preferences())
    async with app.run_test(size=(120, 36)) as pilot:
        for text in TOGETHER:
            await until(pilot, lambda: isinstance(app.screen, SignInScreen))
            await into(pilot, app.screen.query_one("#passphrase"), text)
            assert app.screen.query_one("#passphrase").value == text
            page(pilot)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: "is not right" in page(pilot))
        await paste(pilot, words)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await until(pilot, lambda: "[b]Desk[/]" in page(pilot))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "for [red]Ada[/]." in page(pilot))


@pytest.mark.long
def test_the_commands_refuse_a_name_with_controls_and_print_none(
    tmp_path: Path,
    cheap: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)
    for number, text in enumerate(each for each in SHORT if "\x00" not in each):
        folder = tmp_path / f"{number}{text.replace('/', '')}"
        given = ["--service", text, "--desk", text, "--name", text]
        code = commands(["--store", str(folder), "init", *given])
        said = capsys.readouterr()
        assert code == (0 if visible(text) == text else 3), text
        assert folder.exists() is (code == 0)
        commands(["--store", str(folder), "verify", "--user", text])
        commands(["--store", str(folder), "init", "--role", text, *given])
        said_more = capsys.readouterr()
        told = said.out + said.err + said_more.out + said_more.err
        assert not RAW.search(told.replace("\n", "")), repr(told)


@pytest.mark.long
def test_a_pasted_escape_and_a_broken_byte_leave_a_real_terminal_as_it_was(
    tmp_path: Path, cheap: None
) -> None:
    folder = tmp_path / "desk"
    set_up.prepare(folder, "S", "Desk", "Ada", "advisor", PASSPHRASE).commit()
    evil = "\x1b[31m\x1b]52;c;aGk=\x07\x9b2J\x00\u202eZoë"
    with Terminal(folder) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("new call")
        terminal.type("n")
        terminal.wait_for("Type a name")
        before = len(terminal.raw)
        terminal.type(f"\x1b[200~{evil}\x1b[201~")
        terminal.wait_for("␛[31m␛]52;c;aGk=␇�2J␀�Zoë")
        terminal.send(b"\xff\xfe")
        terminal.type("ok", "<enter>")
        terminal.wait_for("Zoë��ok")
        sent = terminal.raw[before:]
        for forbidden in (b"\x1b]52", b"\x07", b"\x00", b"\xc2\x9b", b"\x1b[31m"):
            assert forbidden not in sent
        assert "Call-back no." in terminal.text
        terminal.type("<f9>")
        terminal.wait_for("Waiting  1 call")
    with_it = desk.sign_in(folder, PASSPHRASE)
    try:
        (draft,) = drafts.waiting(with_it.store, with_it.actor)
        assert draft.sheet.caller.name == evil + "\ufffd\ufffdok"
    finally:
        with_it.close()
