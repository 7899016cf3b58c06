"""Help with keys: keys of one's own, the commands by name, a letter on every field, short forms in notes."""

import tomllib
from pathlib import Path

import pytest
from keyboard import shown, type_in, until
from samples import close_one
from screens.conftest import page
from seated import at_the_board

from spoc.app import SpocApp
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.help.commands import CommandsScreen, PaletteCommand, matching_commands
from spoc.screens.help.jump import LETTERS, JumpScreen, spots
from spoc.screens.help.keymap import usable
from spoc.storage.store import Store
from spoc.widgets.preferences import Preferences, keep_theme

# Keys of one's own


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"app.lock": "f12", "board.new-call": "z", "call.close": "ctrl+s"}, ""),
        ({"call.close": "f3", "call.same": "f2"}, ""),
        ({"list.search": "?", "board.search": "?"}, ""),
        ({"board.back": "f12"}, "there is nothing called “board.back”"),
        ({"call.close": "f7"}, "F7 would mean two things, call.close and call.other"),
        ({"app.lock": "f9"}, "F9 would mean two things, app.lock and call.park"),
        ({"call.close": "x"}, "x for call.close is a key that is typed in a field"),
        ({"app.lock": "space"}, "is a key that is typed in a field"),
        ({"call.close": "ctrl+w"}, "edits what is typed in a field"),
        ({"call.close": "ctrl+enter"}, "“ctrl+enter” for call.close is a key that a terminal cannot tell"),
        ({"call.close": "f11"}, "a terminal cannot tell"),
        ({"call.close": ""}, "a terminal cannot tell"),
    ],
)  # fmt: skip
def test_keys_that_cannot_be_used_are_refused_in_a_sentence(
    keys: dict[str, str], says: str
) -> None:
    own, said = usable(keys, SpocApp)
    assert says in said and bool(says) == bool(said)
    assert set(own) == (set() if says else set(keys))
    assert not said or said.endswith("The usual keys are used.")


async def test_a_clash_is_said_at_sign_in_and_the_usual_keys_work(folder: Path) -> None:
    app = SpocApp(folder, liked=Preferences(keys={"app.blank": "f1"}))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "F1 would mean two things" in page(pilot)
        await pilot.press("f10")
        await until(pilot, lambda: app.covered and "Passphrase" not in page(pilot))


async def test_the_footer_and_the_keys_show_the_key_that_was_chosen(store: Store) -> None:
    async with at_the_board(store, size=(80, 60)) as pilot:
        app = pilot.app
        app._move_keys(
            {"board.new-call": "z", "call.close": "f12", "app.keys": "alt+k", "call.same": "f1"}
        )
        await type_in(pilot, "z")
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        await until(pilot, lambda: "F12 close" in page(pilot))
        assert "F1 same as last" in page(pilot) and app.said == ""
        await type_in(pilot, "<alt+k>")
        await until(pilot, lambda: "F12   Close it" in page(pilot))
        await type_in(pilot, "<alt+k>", "<f12>")
        await until(pilot, lambda: "Not closed yet" in page(pilot))


# The commands by name


def test_a_command_is_found_by_any_of_its_words() -> None:
    commands = [
        PaletteCommand(words, "", str)
        for words in ("Call: start a new call; the clock runs", "Desk: lock the desk", "Theme: light")
    ]  # fmt: skip

    def find(typed: str) -> list[str]:
        return [each.words.split(":")[0] for each in matching_commands(commands, typed)]

    assert find("lock") == ["Desk"] and find("start") == ["Call"] and find("Th LI") == ["Theme"]
    assert find("ock") == ["Call", "Desk"] and find("xyz") == [] and len(find("")) == 3


async def test_a_burst_through_the_commands_lands_in_the_call_that_it_starts(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        app = pilot.app
        await type_in(pilot, "<ctrl+p>", "new", "<enter>", "Reed, Amy", "<enter>", "ED")
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        await until(pilot, lambda: app.screen.entries["service"].value == "ED")
        assert app.screen.sheet.caller.name == "Reed, Amy"
        await type_in(pilot, "<ctrl+p>", "nothing is called so", "<enter>")
        await until(pilot, lambda: "No command has these words" in page(pilot))
        assert isinstance(app.screen, CommandsScreen)
        await type_in(pilot, "<ctrl+p>", "<ctrl+p>", "park", "<enter>", "l")
        await until(pilot, lambda: isinstance(app.screen, ContactsScreen))


async def test_a_close_that_ends_beneath_the_commands_closes_the_call(store: Store) -> None:
    from samples import ADVISOR, a_sheet

    from spoc.storage.contacts import contacts
    from spoc.storage.contacts.call import drafts

    drafts.save(store, drafts.new(store, ADVISOR), a_sheet(store.now())).result()
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "1")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        await type_in(pilot, "<f2>", "<ctrl+p>")
        await until(pilot, lambda: len(contacts.recent(store, ADVISOR)) == 1)
        await until(pilot, lambda: isinstance(pilot.app.screen_stack[1], BoardScreen))


async def test_the_lock_takes_the_commands_away(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "<ctrl+p>", "lock", "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, LockScreen))
        await type_in(pilot, "<ctrl+p>", "<f4>")
        assert isinstance(pilot.app.screen, LockScreen)


# The theme


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, 'theme = "light"\n'),
        ("", 'theme = "light"\n'),
        ('theme = "dark"  # mine\n\n[keys]\n"app.lock" = "f12"\n',
         'theme = "light"  # mine\n\n[keys]\n"app.lock" = "f12"\n'),
        ("# a word\r\n[keys]\r\n\"app.lock\" = 'f12'\r\n",
         "theme = \"light\"\n# a word\r\n[keys]\r\n\"app.lock\" = 'f12'\r\n"),
        ("[other]\ntheme = 'pink'\n", "theme = \"light\"\n[other]\ntheme = 'pink'\n"),
    ],
)  # fmt: skip
def test_a_theme_is_kept_and_every_other_line_stays(
    tmp_path: Path, before: str | None, after: str
) -> None:
    file = tmp_path / "spoc" / "settings.toml"
    if before is not None:
        file.parent.mkdir()
        file.write_bytes(before.encode())
    assert keep_theme("light", file) == ""
    assert file.read_bytes().decode() == after
    assert tomllib.loads(after)["theme"] == "light"
    assert [each.name for each in file.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    "bad", [b"theme = ", b"\xff\xfe", b'note = """\ntheme = "dark"\n"""\ntheme = 1']
)
def test_a_file_that_is_not_understood_is_left_alone_and_said(tmp_path: Path, bad: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(bad)
    assert "left as it is" in keep_theme("light", file)
    assert file.read_bytes() == bad


async def test_a_theme_is_chosen_by_name_and_a_bad_file_is_said(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    async with at_the_board(store, size=(80, 24)) as pilot:
        pilot.app._file = file
        await type_in(pilot, "<ctrl+p>", "light", "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        assert pilot.app.theme == "spoc-light" and 'theme = "light"' in file.read_text()
        file.write_text("theme = ")
        await type_in(pilot, "<ctrl+p>", "contrast", "<enter>")
        await until(pilot, lambda: "The theme stays until you leave spoc" in page(pilot))
        assert pilot.app.theme == "spoc-contrast" and file.read_text() == "theme = "


# A letter on every field


@pytest.mark.parametrize("theme", ["dark", "contrast"])
@pytest.mark.usefixtures("painted")
async def test_a_letter_stands_on_every_label_and_nothing_moves(store: Store, theme: str) -> None:
    async with at_the_board(store, size=(80, 24), theme=theme) as pilot:
        await type_in(pilot, "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        await type_in(pilot, "Reed")
        await until(pilot, lambda: "saved" in page(pilot))
        before = page(pilot).split("\n")
        await type_in(pilot, "<f4>")
        await until(pilot, lambda: "Esc stay" in page(pilot))
        after = page(pilot).split("\n")
        assert after[1].lstrip().startswith("CallercReed") and after[2].lstrip().startswith(
            "Services"
        )
        assert [line[:15] + line[16:36] for line in before[1:18]] == [
            line[:15] + line[16:36] for line in after[1:18]
        ]
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        await type_in(pilot, "x")
        assert pilot.app.screen.entries["caller"].value == "Reedx"


async def test_the_letters_go_when_the_page_gets_another_size_and_the_call_stays(
    store: Store,
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "Reed", "<f4>")
        await until(pilot, lambda: isinstance(pilot.app.screen, JumpScreen))
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        await type_in(pilot, "y")
        assert pilot.app.screen.entries["caller"].value == "Reedy"


def letters_of(call: ContactScreen) -> dict[str, str]:
    """The letter that jumps to each field."""
    return {each.field.slot: each.letter for each in spots(call)}


async def test_a_letter_jumps_in_one_burst_and_no_letter_lands_in_a_field(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        letters = letters_of(call)
        role, notes = letters["role"], letters["notes"]
        spare = next(each for each in LETTERS if each not in letters.values())
        await type_in(
            pilot,
            "Reed, Amy",
            "<f4>",
            role,
            "doc",
            "<f4>",
            spare,
            "9",
            "Z",
            notes,
            "seen by hv",
            " ",
        )
        await until(pilot, lambda: call.page.text == "seen by health visitor ")
        assert call.sheet.caller.name == "Reed, Amy"
        assert {slot: entry.value for slot, entry in call.entries.items() if entry.value} == {
            "caller": "Reed, Amy", "role": "doc", "channel": "TEL-IN", "hours": "in-hours",
            "received_at": "20 Nov 2026 09:00",
        }  # fmt: skip


async def test_there_is_nothing_to_jump_to_on_the_board(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "<f4>")
        assert isinstance(pilot.app.screen, BoardScreen)
        contact = close_one(store)
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactPage))
        await type_in(pilot, "<down>", "<down>", "<down>", "<down>", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AmendScreen))
        await type_in(pilot, "<f4>")
        await until(pilot, lambda: isinstance(pilot.app.screen, JumpScreen))
        await type_in(pilot, "wbecause")
        await until(pilot, lambda: isinstance(pilot.app.screen, AmendScreen))
        assert pilot.app.screen.query_one("#why").value == "because"


# Short forms


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        (["fgm "], "female genital mutilation "),
        (["seen by (hv ", "<backspace>"], "seen by (hv "),
        (["cin ", "<backspace>", "<backspace>", " x"], "child in need x"),
        (["cp", "<enter>", "da x"], "cp\ndomestic abuse x"),
        (
            ["Fgm FGM Cin xcin cinx x-da da-x cin, c p "],
            "Fgm FGM Cin xcin cinx x-da da-x cin, c p ",
        ),
        (["da x", "<backspace>", "<backspace>", "<backspace>"], "domestic abus"),
        (["abx", "<backspace>", "c", "<left>", "<left>", "z"], "azbc"),
    ],
)
async def test_a_space_writes_a_short_form_out_and_backspace_takes_it_back(
    store: Store, typed: list[str], stands: str
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "@notes", *typed)
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.page.text == stands)


async def test_a_paste_and_a_field_write_nothing_out(store: Store) -> None:
    from textual import events

    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "da x")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.entries["caller"].value == "da x")
        await type_in(pilot, "<f4>", letters_of(call)["notes"])
        pilot.app._driver.process_message(events.Paste("cin cp "))
        await until(pilot, lambda: call.page.text == "cin cp ")


async def test_a_key_that_edits_a_line_acts_before_the_letters_that_follow(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "abx", "<backspace>", "c", "<left>", "<left>", "z", "<end>", "!")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.entries["caller"].value == "azbc!")


async def test_the_scrollbar_of_a_long_list_covers_no_letter(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "<ctrl+p>")
        await shown(pilot, CommandsScreen)
        await until(pilot, lambda: "List: show all contacts" in page(pilot))
        found = [line.rstrip(" │▁▂▃▄▅▆▇█") for line in page(pilot).splitlines()]
        assert any("show all contacts" in line and line.endswith(" l") for line in found)
        assert any("show the unborn board" in line and line.endswith(" b") for line in found)


@pytest.mark.parametrize("many", [3, 40], ids=["without a scrollbar", "with one"])
async def test_a_heading_stands_over_its_column_beside_a_scrollbar_too(
    store: Store, many: int
) -> None:
    for _ in range(many):
        close_one(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "l")
        await shown(pilot, ContactsScreen)
        await until(pilot, lambda: "Mulberry" in page(pilot))

        def under(head: str, words: str) -> bool:
            lines = page(pilot).splitlines()
            heads = next(each for each in lines if "Who rang" in each)
            return any(each.find(words) == heads.index(head) for each in lines)

        await until(pilot, lambda: under("Child", "Molly") and under("Where it stands", "Advice"))
