"""``spoc user``: somebody is added whole or not at all, and signs in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spoc.cli import commands
from spoc.model.entry import Actor
from spoc.model.errors import BadInput, DiskFull, NotAllowed, WrongPassphrase
from spoc.storage import keys, sealing, users, verify
from spoc.storage.desk import Desk, sign_in
from spoc.storage.store import Store

ROOT = Path(__file__).resolve().parent.parent
WORDS, OTHER = "four plain words here", "five other words for you"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", OTHER)


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = ["init", "--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    assert commands(["--store", str(tmp_path / "desk"), *made]) == 0
    capsys.readouterr()
    return tmp_path / "desk"


def user(folder: Path, *arguments: str) -> int:
    return commands(["--store", str(folder), "user", *arguments])


def at(folder: Path, name: str = "Ada Shah", words: str = WORDS) -> Desk:
    return sign_in(folder, words, name, window=False)


def test_who_is_added_signs_in_is_recorded_and_listed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert user(folder, "add", "--name", " Bea  Bird ", "--role", "analyst") == 0
    assert capsys.readouterr().out == "Bea Bird can sign in now, as analyst (no identifiers).\n"
    desk = at(folder, "bea bird", OTHER)
    try:
        assert (desk.actor.name, desk.actor.role) == ("Bea Bird", "analyst")
        public = desk.store.reader.conn.execute(
            "SELECT public_key FROM user WHERE id = ?", (desk.actor.id,)
        ).fetchone()[0]
        assert public == keys.public_key(folder, desk.actor.id).hex()
        kept = desk.store.reader.conn.execute(
            "SELECT purpose, detail, subject FROM audit WHERE kind = 'user'"
        ).fetchall()
        assert kept == [("added", "analyst", desk.actor.id)]
        assert not verify.verify(desk.store).findings
    finally:
        desk.close()
    assert user(folder, "list", "--user", "Ada Shah") == 0
    said = capsys.readouterr()
    assert [line.split("\t")[:2] for line in said.out.splitlines()] == [
        ["Ada Shah", "advisor"],
        ["Bea Bird", "analyst"],
    ]
    assert said.err == ""


def test_the_same_name_twice_is_refused_however_it_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert user(folder, "add", "--name", "ADA  shah") == 3
    assert "already uses this store" in capsys.readouterr().err
    assert keys.user_count(folder) == 1


def test_what_cannot_be_used_is_refused_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert user(folder, "add", "--name", "Bea", "--role", "queen") == 2
    assert user(folder, "add", "--name", "two\nlines") == 3
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", "short")
    assert user(folder, "add", "--name", "Bea") == 3
    desk = at(folder)
    with pytest.raises(BadInput):
        users.add(desk, "Bea", "queen", OTHER)
    assert len(users.all(desk.store, desk.actor)) == keys.user_count(folder) == 1
    desk.close()


def test_an_analyst_and_a_reviewer_add_nobody_and_may_change_their_own_passphrase(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert user(folder, "add", "--name", "Bea", "--role", "analyst") == 0
    desk = at(folder, "Bea", OTHER)
    for role in ("analyst", "reviewer"):
        seat = Desk(desk.store, Actor(desk.actor.id, "Bea", role), folder, desk.key)
        with pytest.raises(NotAllowed):
            users.add(seat, "Cal", "advisor", OTHER)
    desk.close()
    monkeypatch.setenv("SPOC_PASSPHRASE", OTHER)
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", "a third one altogether")
    assert user(folder, "passphrase", "--user", "Bea") == 0
    at(folder, "Bea", "a third one altogether").close()
    with pytest.raises(WrongPassphrase):
        at(folder, "Bea", OTHER)
    at(folder).close()


def test_the_passphrase_one_has_is_no_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", WORDS)
    assert user(folder, "passphrase") == 3


def test_an_error_between_slot_and_record_takes_the_slot_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = at(folder)
    append = Store.append

    def full(self: Store, *arguments: object, **more: object) -> None:
        assert keys.user_count(folder) == 2, "the slot is there by now"
        raise DiskFull("no room")

    monkeypatch.setattr(Store, "append", full)
    with pytest.raises(DiskFull):
        users.add(desk, "Bea Bird", "advisor", OTHER)
    monkeypatch.setattr(Store, "append", append)
    assert keys.user_count(folder) == 1 and users.unfinished(desk) == 0
    users.add(desk, "Bea Bird", "advisor", OTHER)
    desk.close()
    at(folder, "Bea Bird", OTHER).close()


def test_a_kill_between_slot_and_record_leaves_what_opens_nothing_and_goes_with_the_next(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = f"""
import os, signal, sys
from spoc.storage.store import Store
from spoc.storage import keys
first = keys.add_user
def killed(*a, **k):
    first(*a, **k)
    os.kill(os.getpid(), signal.SIGKILL)
keys.add_user = killed
from spoc.cli import commands
commands(["--store", {str(folder)!r}, "user", "add", "--name", "Bea Bird"])
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60)
    assert ran.returncode == -9
    assert keys.user_count(folder) == 2
    with pytest.raises(NotAllowed):
        at(folder, "Bea Bird", OTHER)
    assert user(folder, "list", "--user", "Ada Shah") == 0
    said = capsys.readouterr()
    assert "Bea" not in said.out and "broken off" in said.err
    assert user(folder, "add", "--name", "Bea Bird", "--user", "Ada Shah") == 0
    assert keys.user_count(folder) == 2
    at(folder, "Bea Bird", OTHER).close()


def test_two_who_are_added_at_the_same_time_are_both_there(folder: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "spoc", "--store", str(folder), "user", "add", "--name", name,
             "--user", "Ada Shah"],
            cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL,
        )
        for name in ("Bea Bird", "Cal Crow")
    ]  # fmt: skip
    assert [each.wait(60) for each in both] == [0, 0]
    for name in ("Bea Bird", "Cal Crow"):
        at(folder, name, OTHER).close()


def test_nobody_to_ask_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPOC_NEW_PASSPHRASE")
    ran = subprocess.run(
        [sys.executable, "-m", "spoc", "--store", str(folder), "user", "add", "--name", "Bea"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 3 and "New passphrase is needed" in ran.stderr
