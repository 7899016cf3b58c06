"""Setting up: one form that takes typed-ahead keys, and nothing kept before the code is confirmed."""

from pathlib import Path

import pytest
from samples import Clock
from screens.conftest import PASSPHRASE, burst, page, until

from spoc.app import SpocApp
from spoc.screens.desk.arriving.setup import CodeScreen, best
from spoc.storage import desk as desks
from spoc.storage.secrecy import paper_codes
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.preferences import Preferences

FORM = f"nSomerset⏎Musgrove Park⏎som⏎Ada Shah⏎rev⏎{PASSPHRASE}⏎{PASSPHRASE}⏎"


@pytest.fixture
def new(tmp_path: Path, clock: Clock, cheap: None) -> SpocApp:
    return SpocApp(tmp_path / "new", now=clock, liked=Preferences())


async def to_code(pilot: object) -> CodeScreen:
    app = pilot.app  # type: ignore[attr-defined]
    burst(pilot, FORM)  # type: ignore[arg-type]
    await until(pilot, lambda: isinstance(app.screen, CodeScreen) and "Group" in page(pilot))  # type: ignore[arg-type]
    return app.screen  # type: ignore[no-any-return]


async def test_a_desk_is_set_up_in_one_go_of_typing(new: SpocApp) -> None:
    async with new.run_test(size=(80, 24)) as pilot:
        screen = await to_code(pilot)
        group = paper_codes.code_groups(screen._prepared.code)[screen.asked - 1]
        assert " ".join(group) in page(pilot)
        burst(pilot, f"{group.lower()}⏎")
        await until(pilot, lambda: new.desk)
        assert new.desk is not None
        assert (new.desk.service, new.desk.name) == ("Somerset", "Musgrove Park")
        assert (new.desk.actor.name, new.desk.actor.role) == ("Ada Shah", "reviewer")
        assert new.desk.store.pack.id == "somerset"
    assert {f.name for f in new.folder.iterdir()} >= {"spoc.db", "spoc.keys"}
    assert not list(new.folder.glob(".spoc*"))
    desks.sign_in(new.folder, PASSPHRASE).close()


async def test_the_code_hides_while_a_group_is_typed(new: SpocApp) -> None:
    async with new.run_test(size=(80, 24)) as pilot:
        screen = await to_code(pilot)
        shown = " ".join(paper_codes.code_groups(screen._prepared.code)[0])
        assert shown in page(pilot)
        burst(pilot, "zz")
        await until(pilot, lambda: shown not in page(pilot))
        burst(pilot, "⏎")
        await until(pilot, lambda: "That is not group" in page(pilot) and shown in page(pilot))
        assert new.desk is None


async def test_what_is_broken_off_leaves_nothing(new: SpocApp) -> None:
    async with new.run_test(size=(80, 24)) as pilot:
        await to_code(pilot)
        assert list(new.folder.glob(".spoc*"))
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing was set up" in page(pilot))
        assert not new.folder.exists()
        assert new.screen.query_one("#service", LineInput).value == "Somerset"
    assert not new.folder.exists()


async def test_leaving_at_the_code_leaves_nothing(new: SpocApp) -> None:
    async with new.run_test(size=(80, 24)) as pilot:
        await to_code(pilot)
        await pilot.press("ctrl+q")
    assert not new.folder.exists()


@pytest.mark.parametrize(
    ("typed", "says", "stays"),
    [
        ("⏎⏎⏎⏎⏎⏎⏎", "Service: something is needed", "service"),
        ("a⏎b⏎⏎c⏎⏎short⏎short⏎", "at least 12 characters", "passphrase"),
        ("a⏎b⏎⏎c⏎⏎four plain words⏎four plain wards⏎", "two passphrases differ", "again"),
        ("a⏎b⏎xyz⏎c⏎⏎four plain words⏎four plain words⏎", "Pack: something is needed", "pack"),
    ],
)
async def test_what_is_missing_is_said_and_has_the_focus(
    new: SpocApp, typed: str, says: str, stays: str
) -> None:
    async with new.run_test(size=(80, 24)) as pilot:
        burst(pilot, f"n{typed}")
        await until(pilot, lambda: says in page(pilot))
        assert new.focused is not None and new.focused.id == stays


def test_a_choice_is_found_by_code_fragment_or_word() -> None:
    choices = [
        ("generic", "Any children's safeguarding service"),
        ("somerset", "Somerset NHS Trust"),
    ]
    assert [best(choices, typed) for typed in ("som", "nhs", "children", "GENERIC", "x", "")] == [
        choices[1], choices[1], choices[0], choices[0], None, None,
    ]  # fmt: skip
