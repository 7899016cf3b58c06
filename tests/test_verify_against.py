"""``spoc verify --against``: a backup is compared with the key of its own day, and named if it cannot be."""

from pathlib import Path

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing

WORDS, OTHER, LATER = (
    "four plain words here",
    "five other words for you",
    "six words chosen much later on",
)
ADA = ("--user", "Ada Shah")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk of two, and a backup of it."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    folder = tmp_path / "desk"
    _init(folder)
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", OTHER)
    assert _run(monkeypatch, folder, "user", "add", "--name", "Bea Bird") == 0
    assert _run(monkeypatch, folder, "backup", str(tmp_path / "copies"), *ADA) == 0
    return folder


def _init(folder: Path) -> None:
    words = ["--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    assert commands(["--store", str(folder), "init", *words, "--role", "named-professional"]) == 0


def _run(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str, passphrase: str = WORDS
) -> int:
    monkeypatch.setenv("SPOC_PASSPHRASE", passphrase)
    return commands(["--store", str(folder), *words])


def _copy(tmp_path: Path) -> Path:
    (copy,) = (tmp_path / "copies").iterdir()
    return copy


def test_a_backup_from_before_somebody_left_is_compared_though_the_store_has_a_new_key(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    against = ("verify", "--against", str(_copy(tmp_path)), *ADA)
    assert _run(monkeypatch, folder, *against) == 0
    assert "Both hold the same" in capsys.readouterr().out
    assert _run(monkeypatch, folder, "user", "remove", "Bea Bird", *ADA) == 0
    capsys.readouterr()
    assert _run(monkeypatch, folder, *against) == 1
    assert "only here" in capsys.readouterr().out


def test_a_backup_that_only_an_earlier_passphrase_opens_is_not_called_damaged(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", LATER)
    assert _run(monkeypatch, folder, "user", "passphrase", *ADA) == 0
    assert _run(monkeypatch, folder, "user", "remove", "Bea Bird", *ADA, passphrase=LATER) == 0
    capsys.readouterr()
    against = ("verify", "--against", str(_copy(tmp_path)))
    assert _run(monkeypatch, folder, *against, passphrase=LATER) == 3
    told = capsys.readouterr().err
    assert "passphrase from its own day" in told and "cannot be read" not in told


def test_a_folder_of_backups_and_a_backup_of_another_store_are_named_as_what_they_are(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    copies = str(tmp_path / "copies")
    assert _run(monkeypatch, folder, "verify", "--against", copies, *ADA) == 3
    assert f"name one of them, such as {_copy(tmp_path)}" in capsys.readouterr().err
    other = tmp_path / "other"
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    _init(other)
    assert _run(monkeypatch, other, "verify", "--against", str(_copy(tmp_path))) == 3
    assert "of another store" in capsys.readouterr().err


def test_who_you_are_is_asked_before_the_passphrase(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert _run(monkeypatch, folder, "user", "list", passphrase="not the passphrase") == 3
    assert '--user "Your Name"' in capsys.readouterr().err
