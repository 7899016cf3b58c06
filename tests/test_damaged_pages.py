"""A store of which a page is blank or a byte is wrong: what cannot be read is one refusal in words, at every door."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spoc.cli.commands import commands

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


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as this version has it."""
    folder = tmp_path_factory.mktemp("base") / "desk"
    shutil.copytree(STORE, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPOC_PASSPHRASE", "a store from long ago")
        assert commands(["--store", str(folder), "contact", "list"]) == 0
    return folder


def blank(page: bytes) -> bytes:
    return bytes(len(page))


def flipped(page: bytes) -> bytes:
    return page[:1000] + bytes([page[1000] ^ 1]) + page[1001:]


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
    with (folder / "spoc.db").open("r+b") as file:
        file.seek(number * PAGE)
        page = file.read(PAGE)
        file.seek(number * PAGE)
        file.write(harm(page))
    return folder


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
    from spoc.storage.store import explained

    error = ValueError("no JSON")
    assert explained(base / "spoc.db", error) is error
    folder = tried(base, tmp_path, 40, blank)
    assert isinstance(explained(folder / "spoc.db", error), StoreDamaged)
