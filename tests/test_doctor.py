"""The doctor: one page on what a computer gives, with nobody's name on it, and nothing left behind."""

import getpass
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from terminal import Terminal

from spoc.cli.commands import commands
from spoc.cli.computer import doctor_page as the_doctor
from spoc.cli.computer import terminal_check
from spoc.model.documents import checkup
from spoc.model.documents.checkup import Finding, Shortened
from spoc.storage import sealing
from spoc.storage.upkeep import demo, doctor
from spoc.storage.window import hold

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A store with invented work, that nobody has open."""
    made, _ = demo.create(tmp_path / "desk", "four plain words here", 3, 1)
    made.close()
    return tmp_path / "desk"


def found(folder: Path, share: Path | None = None) -> dict[str, Finding]:
    every = the_doctor.findings(folder, share, False, datetime.now(UTC))
    return {f"{each.part}: {each.what}": each for each in every}


def everything(folder: Path) -> dict[str, int]:
    """Every file below a folder and when it was changed; the database's own helpers aside."""
    return {
        str(each): each.stat().st_mtime_ns
        for each in folder.rglob("*")
        if each.is_file() and each.name != "spoc.lock"
    }


def piped(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "spoc", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **env}, timeout=60,
    )  # fmt: skip


def test_without_a_store_it_says_what_a_store_would_find_and_makes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "profile" / "spoc"
    held = found(place)
    assert held["Encryption: library"].verdict == "good"
    assert held["Disk: rename over a file"].verdict == "good"
    assert held["Store: store"].value == "none yet"
    assert held["Clock: summer time"].verdict == "good"
    assert not (tmp_path / "profile").exists() and list(tmp_path.iterdir()) == []


def test_with_a_store_it_needs_no_passphrase_and_touches_nothing(desk: Path) -> None:
    before = everything(desk.parent)
    held = found(desk)
    assert held["Store: key file"].value == "whole, for 1 user"
    assert held["Store: window"].value == "none has the store open"
    assert held["Store: newest backup"].verdict == "look"
    assert "a demo, all invented" in held["Place: store"].value
    assert everything(desk.parent) == before


def test_a_window_that_holds_the_store_is_said_and_not_disturbed(desk: Path) -> None:
    with hold(desk):
        assert found(desk)["Store: window"].value == "one has the store open now"
    with hold(desk):
        pass


@pytest.mark.parametrize(("hours", "verdict"), [(3, "good"), (100, "look")])
def test_the_age_of_the_newest_backup(desk: Path, hours: int, verdict: str) -> None:
    for age in (hours, hours + 500):
        copy = desk / "backups" / f"spoc-backup-{age}"
        copy.mkdir(parents=True)
        (copy / "spoc.db").write_bytes(b"")
        at = (NOW - timedelta(hours=age)).timestamp()
        os.utime(copy / "spoc.db", (at, at))
    (told,) = [each for each in doctor.store(desk, NOW) if each.what == "newest backup"]
    assert told.verdict == verdict and told.value.startswith(("3 hours", "4 days"))


def test_a_daily_copy_elsewhere_is_seen_without_a_passphrase(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOC_PASSPHRASE", "four plain words here")
    elsewhere = tmp_path / "Jane Smith's copies"
    assert commands(["--store", str(desk), "backup", "--daily", str(elsewhere)]) == 0
    held = found(desk)["Store: newest backup"]
    assert held.verdict == "good"
    assert held.value == "0 hours old, in the folder of the daily copies"
    shutil.rmtree(elsewhere)
    held = found(desk)["Store: newest backup"]
    assert held.verdict == "look" and "cannot be reached" in held.value


def test_a_damaged_key_file_and_a_missing_store_are_bad(desk: Path) -> None:
    (desk / "spoc.keys").write_text("nothing")
    (desk / "spoc.db").unlink()
    verdicts = {each.what: each.verdict for each in doctor.store(desk, NOW)}
    assert verdicts["key file"] == verdicts["records"] == "bad"


def test_a_share_is_tried_and_its_path_is_not_shown(tmp_path: Path) -> None:
    share = tmp_path / "Jane Smith's share"
    share.mkdir()
    told = list(doctor.share(share))
    assert {each.verdict for each in told} == {"good"} and len(told) == 4
    assert "Jane" not in str(told) and list(share.iterdir()) == []
    (gone,) = doctor.share(tmp_path / "not there")
    assert gone.verdict == "bad"


def test_a_library_that_does_not_encrypt_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spoc.storage.driver as driver

    real = driver.connect
    monkeypatch.setattr(driver, "connect", lambda path, key, **more: real(path, bytes(32), **more))
    (told, _) = doctor.encryption(tmp_path)
    assert told.verdict == "bad" and "another key opened it" in told.value
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_will_not_rename_or_whose_clock_is_off_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*names: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(doctor.os, "replace", refused)
    now = time.time()
    monkeypatch.setattr(doctor.time, "time", lambda: now + 3600)
    told = {each.what: each for each in doctor.disk(tmp_path)}
    assert told["rename over a file"].verdict == "bad"
    assert told["clock of its files"].verdict == "bad"
    assert "behind" in told["clock of its files"].value


def test_a_place_that_does_not_last_is_looked_at_and_one_that_is_not_allowed_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shortened = Shortened({"~": tmp_path}, frozenset())
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    told = list(doctor.store_folder(tmp_path / "spoc", shortened))
    assert any("temporary" in each.hint and each.verdict == "look" for each in told)
    synced = list(doctor.store_folder(tmp_path / "OneDrive" / "spoc", shortened))
    assert any(each.verdict == "bad" and "OneDrive" in each.hint for each in synced)
    assert str(tmp_path) not in str(told) + str(synced)


def test_paths_lose_the_profile_and_the_users_name() -> None:
    profile = PureWindowsPath(r"C:\Users\jane.smith")
    windows = Shortened(
        {"%LOCALAPPDATA%": profile / "AppData" / "Local", "%USERPROFILE%": profile},
        frozenset({"jane.smith"}),
    )
    assert windows.path(profile / r"AppData\Local\spoc") == "%LOCALAPPDATA%/spoc"
    assert windows.path(profile / r"Desk\Jane.Smith") == "%USERPROFILE%/Desk/<user>"
    assert windows.path(PureWindowsPath(r"D:\data\jane.smith\spoc")) == "D:/data/<user>/spoc"
    plain = Shortened({"~": PurePosixPath("/home/jane")}, frozenset({"jane"}))
    assert plain.path(PurePosixPath("/home/jane")) == "~"
    assert plain.path(PurePosixPath("/srv/jane/spoc")) == "/srv/<user>/spoc"
    said = plain.text("The folder /home/jane/x is full.", PurePosixPath("/home/jane/x"))
    assert said == "The folder ~/x is full."


def test_the_page_has_a_verdict_on_every_line_and_a_sum() -> None:
    lines = checkup.page(
        [Finding("A", "one", "fine"), Finding("A", "two", "slow", "look", "Ask."), Finding("B", "three", "no", "bad", "Stop.")]
    )  # fmt: skip
    assert lines[1] == "A" and lines[2].split() == ["good", "one", "fine"]
    assert lines[4].strip() == "Ask." and lines[-1] == "1 good, 1 to look at, 1 bad."


def test_in_a_pipe_it_fits_a_ticket_and_names_nobody(desk: Path) -> None:
    name = "quincy-quill"
    home = desk.parent / name
    home.mkdir()
    env = {"HOME": str(home), "USER": name, "LOGNAME": name, "SPOC_STORE": str(home / "spoc")}
    ran = piped("doctor", **env)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "0 bad" in ran.stdout and "not checked" in ran.stdout and "~/spoc" in ran.stdout
    assert name not in ran.stdout and str(desk.parent) not in ran.stdout
    assert os.uname().nodename not in ran.stdout and len(ran.stdout.splitlines()) < 70
    assert getpass.getuser() not in ran.stdout.split() and ran.stdout.isascii()
    assert list(home.iterdir()) == []


def test_as_json_it_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands(["--store", str(tmp_path / "none"), "doctor", "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert held["bad"] == 0 and held["good"] > 15
    assert {*held["findings"][0]} == {"part", "what", "value", "verdict", "hint"}


def test_something_bad_is_exit_code_one(tmp_path: Path) -> None:
    assert commands(["--store", str(tmp_path), "doctor", "--share", str(tmp_path / "gone")]) == 1


def test_without_the_encryption_library_it_still_says_all_the_rest(tmp_path: Path) -> None:
    script = """
import sys
sys.modules["sqlcipher3"] = None
from spoc.cli.commands import commands
sys.exit(commands(["--store", sys.argv[1], "doctor"]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "none")], cwd=ROOT, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert ran.returncode == 1 and "sqlcipher3" in ran.stdout and "summer time" in ran.stdout
    assert "Traceback" not in ran.stderr


# In a real terminal


class Answering(Terminal):
    """A terminal that says where its cursor is, as real ones do."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.screen.write_process_input = self.send


def test_a_terminal_is_asked_how_wide_it_draws(tmp_path: Path) -> None:
    with Answering(tmp_path / "s", "doctor", columns=100, rows=70) as seen:
        seen.wait_for(" bad.")
        text = seen.text
        assert seen.ended() == 0
    assert "100 x 70" in text and "xterm-256color" in text and "UTF-8" in text
    assert "widths" in text and "does not say" not in text.split("widths")[1].split("\n")[0]


def test_a_terminal_that_answers_nothing_is_not_waited_for_long(tmp_path: Path) -> None:
    with Terminal(tmp_path / "s", "doctor", columns=100, rows=70) as seen:
        seen.wait_for(" bad.", 10)
        assert "the terminal does not say" in seen.text
        assert seen.ended() == 0


def test_a_terminal_too_small_for_spoc_is_bad_and_asking_for_keys_can_be_ended(
    tmp_path: Path,
) -> None:
    with Answering(tmp_path / "s", "doctor", "--keys", columns=79, rows=70) as seen:
        seen.wait_for("  F1 ")
        seen.type("\x03")
        seen.wait_for(" bad.")
        assert "ended before F1" in seen.text
        assert "79 x 70" in seen.text and "enlarge the window" in seen.text
        assert seen.ended() == 1


def test_keys_are_asked_for_one_by_one(tmp_path: Path) -> None:
    with Answering(tmp_path / "s", "doctor", "--keys", columns=100, rows=90) as seen:
        seen.wait_for("Press each key")
        for name, keys in terminal_check.KEYS.items():
            seen.wait_for(f"  {name} ")
            seen.send({"F2": " ", "F5": "q"}.get(name, keys[0]))
        seen.wait_for(" bad.")
        text = seen.text
        assert seen.ended() == 0
    assert "key F1                delivered" in text and "key Shift+Tab         delivered" in text
    assert "key F2                skipped" in text and "came as 'q'" in text
