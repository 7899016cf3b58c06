"""A store of which a page is blank or a byte is wrong: what cannot be read is one refusal in words, at every door."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from keyboard import type_in
from screens.conftest import page

from spoc.app import SpocApp
from spoc.cli.commands import commands
from spoc.model.documents.crash import REFUSED
from spoc.screens.desk.board import BoardScreen
from spoc.widgets.preferences import Preferences

STORE = Path(__file__).parent / "stores" / "0.3.0"
PAGE = 4096
DOORS = [
    ["contact", "list", "--format", "json"],
    ["contact", "find", "brook"],
    ["followup", "list"],
    ["setting", "list"],
    ["user", "list"],
    ["verify"],
]


def blank(page: bytes) -> bytes:
    return bytes(len(page))


def flipped(page: bytes) -> bytes:
    return page[:1000] + bytes([page[1000] ^ 1]) + page[1001:]


# Before the sign-in or after it; both kinds of harm at both times with SPOC_SOAK=1.
TIMES = [(blank, True), (flipped, False)]
TIMES += [(flipped, True), (blank, False)] if os.environ.get("SPOC_SOAK") else []


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as this version has it."""
    folder = tmp_path_factory.mktemp("base") / "desk"
    shutil.copytree(STORE, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPOC_PASSPHRASE", "a store from long ago")
        assert commands(["--store", str(folder), "contact", "list"]) == 0
    return folder


def every_door(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[int]:
    """How each command ends; an error of the program would be raised here."""
    ends = []
    for arguments in DOORS:
        ends.append(commands(["--store", str(folder), *arguments]))
        told = capsys.readouterr().err
        assert ends[-1] in (0, 1, 3), (arguments, told)
        assert ends[-1] != 3 or ("cannot be read" in told and "restore" in told), told
    return ends


def tried(base: Path, tmp_path: Path, number: int, harm: Callable[[bytes], bytes]) -> Path:
    folder = tmp_path / f"{harm.__name__}-{number}"
    shutil.copytree(base, folder)
    hurt(folder, number, harm)
    return folder


def hurt(folder: Path, number: int, harm: Callable[[bytes], bytes]) -> None:
    """Do harm to one page of a store's file."""
    with (folder / "spoc.db").open("r+b") as file:
        file.seek(number * PAGE)
        held = file.read(PAGE)
        file.seek(number * PAGE)
        file.write(harm(held))


@pytest.mark.long
@pytest.mark.parametrize("harm", [blank, flipped])
def test_a_damaged_page_anywhere_is_refused_in_words_at_every_door(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, harm: Callable[[bytes], bytes],
) -> None:  # fmt: skip
    monkeypatch.setenv("SPOC_PASSPHRASE", "a store from long ago")
    met = set()
    for number in range(0, (base / "spoc.db").stat().st_size // PAGE, 20):
        folder = tried(base, tmp_path, number, harm)
        met |= set(every_door(folder, capsys))
        shutil.rmtree(folder)
    assert 3 in met  # the damage was met


def test_what_is_read_from_a_blank_page_is_called_damage_and_an_error_of_ours_is_not(
    tmp_path: Path, base: Path
) -> None:
    from spoc.model.errors import StoreDamaged
    from spoc.storage.failures import explained

    error = ValueError("no JSON")
    assert explained(base / "spoc.db", error) is error
    folder = tried(base, tmp_path, 40, blank)
    assert isinstance(explained(folder / "spoc.db", error), StoreDamaged)


async def go_about(folder: Path, then: Callable[[], None] = lambda: None) -> int | None:
    """Sign in, do ``then`` to the file, and look at what there is; gives the code with which the program ended, None
    where it went on."""
    app = SpocApp(folder, liked=Preferences())
    try:
        async with app.run_test(size=(80, 24)) as pilot:

            async def came(so: Callable[[], object]) -> bool:
                for _ in range(400):
                    if app._exception or so():
                        break
                    await pilot.pause(0.02)
                return bool(so()) and not app._exception

            await type_in(pilot, "a store from long ago", "<enter>")
            refused = "cannot be read"
            if not await came(lambda: app.desk or refused in page(pilot)) or app.desk is None:
                return app.return_code if app._exception else REFUSED
            await came(lambda: isinstance(app.screen, BoardScreen))
            then()
            for steps in (("l",), ("/", "brook"), ("<escape>",), ("<escape>",), ("<enter>",), ("<escape>",), ("f",), ("<escape>",),
                          ("c",), ("<escape>",), ("n", "brook", "<enter>"), ("<f9>",)):  # fmt: skip
                if not await came(lambda: app.is_running):
                    break
                await type_in(pilot, *steps)
    except Exception:
        assert app._exception
    return app.return_code if app._exception else None


@pytest.mark.long
@pytest.mark.parametrize(("harm", "later"), TIMES)
async def test_a_damaged_page_is_said_in_words_in_the_app_and_never_an_error_of_the_program(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: Callable[[bytes], bytes], later: bool
) -> None:  # fmt: skip
    met = 0
    pages = (base / "spoc.db").stat().st_size // PAGE
    for number in range(1, pages, max(1, pages // 7)):
        folder = tmp_path / f"{number}"
        if later:
            shutil.copytree(base, folder)
            ended = await go_about(folder, lambda: hurt(folder, number, harm))
        else:
            ended = await go_about(tried(base, tmp_path, number, harm))
        told = capsys.readouterr().err
        assert ended in (None, REFUSED), (number, told)
        assert not told or ("cannot be read" in told and "restore" in told), (number, told)
        met += ended is not None
    assert later or met
