"""``spoc user``: somebody is added whole or not at all, and signs in."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
from children import Child
from kills import change_key
from samples import a_sheet, close_one

from spoc.cli.commands import commands
from spoc.model.errors import BadInput, DiskFull, NotAllowed, StoreDamaged, WrongPassphrase
from spoc.model.ledger.entry import Actor
from spoc.storage import sealing
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, sign_in
from spoc.storage.driver import connect
from spoc.storage.secrecy import keyfile, keys, paper_codes
from spoc.storage.service import passphrases, users
from spoc.storage.set_up import prepare, recover
from spoc.storage.start import open_store
from spoc.storage.store import Store
from spoc.storage.upkeep import verify
from spoc.storage.window import hold

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
    made += ["--role", "named-professional"]
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
    finally:
        desk.close()
    ada = at(folder)
    try:
        kept = ada.store.reader.conn.execute(
            "SELECT purpose, detail, subject FROM audit WHERE kind = 'user'"
        ).fetchall()
        assert kept == [("added", "analyst", desk.actor.id)]
        assert not verify.verify(ada.store).findings
    finally:
        ada.close()
    assert user(folder, "list", "--user", "Ada Shah") == 0
    said = capsys.readouterr()
    assert [re.split("  +", line)[:2] for line in said.out.splitlines()] == [
        ["Ada Shah", "named-professional"],
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
from spoc.storage.secrecy import keys
first = keys.add_user
def killed(*a, **k):
    first(*a, **k)
    os.kill(os.getpid(), signal.SIGKILL)
keys.add_user = killed
from spoc.cli.commands import commands
commands(["--store", {str(folder)!r}, "user", "add", "--name", "Bea Bird"])
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60)
    assert ran.returncode == -9
    assert keys.user_count(folder) == 2
    with pytest.raises(NotAllowed):
        at(folder, "Bea Bird", OTHER)
    assert user(folder, "list", "--user", "Ada Shah") == 0
    said = capsys.readouterr()
    assert "Bea" not in said.out and "was interrupted" in said.err
    assert user(folder, "add", "--name", "Bea Bird", "--user", "Ada Shah") == 0
    assert keys.user_count(folder) == 2
    at(folder, "Bea Bird", OTHER).close()


@pytest.mark.long
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


# -- somebody leaves -------------------------------------------------------------------------------


def slots(folder: Path) -> int:
    return len(keyfile.read(folder)[0].slots)


def test_the_new_recovery_code_is_said_whatever_fails_once_it_is_in_force(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> bool:
        raise DiskFull("The disk is full.")

    assert user(folder, "add", "--name", "Bea Bird") == 0
    capsys.readouterr()
    with monkeypatch.context() as patched:
        patched.setattr("spoc.storage.secrecy.rekeying.rekey", full)
        assert user(folder, "remove", "Bea Bird", "--user", "Ada Shah") == 0
    said = capsys.readouterr()
    assert keys.recovery_seed(folder, said.out.split()[-1])
    assert "old key until its window is opened again" in said.err and "full" in said.err
    at(folder).close()


def test_who_is_removed_cannot_sign_in_and_the_store_has_another_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert user(folder, "add", "--name", "Bea Bird") == 0
    bea = at(folder, "Bea Bird", OTHER)
    drafts.save(bea.store, drafts.new(bea.store, bea.actor), a_sheet(bea.store.now())).result()
    former, paper = bea.key, keyfile.read(folder)[0].recovery_public
    bea.close()
    shutil.copy(folder / "spoc.keys", tmp_path / "kept by Bea")
    capsys.readouterr()
    assert user(folder, "remove", "bea  BIRD", "--user", "Ada Shah") == 0
    said = capsys.readouterr().out
    assert "Bea Bird cannot sign in any more." in said
    with pytest.raises(WrongPassphrase):
        at(folder, "Bea Bird", OTHER)
    desk = at(folder)
    try:
        assert desk.key != former
        with pytest.raises(StoreDamaged):  # whoever kept the former key reads nothing
            connect(folder / "spoc.db", former)
        assert [each.name for each in users.all(desk.store, desk.actor)] == ["Ada Shah"]
        (row,) = contacts.recent(desk.store, desk.actor)
        assert row.open and drafts.waiting(desk.store, desk.actor) == []
        assert ("removed",) in desk.store.reader.conn.execute(
            "SELECT purpose FROM audit"
        ).fetchall()
        assert not verify.verify(desk.store).findings
    finally:
        desk.close()
    content = keyfile.read(folder)[0]
    assert not content.changing and slots(folder) == 1 and content.recovery_public != paper
    assert keys.recovery_seed(folder, said.splitlines()[-1])


def test_a_leaver_who_puts_the_old_slot_back_is_given_no_later_key(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("Bea Bird", "Kim Field"):
        assert (
            user(folder, "add", "--name", name, *(("--user", "Ada Shah") if name[0] == "K" else ()))
            == 0
        )
    bea = next(
        slot for slot in keyfile.read(folder)[0].slots
        if slot.user == _id_of(folder, "Bea Bird")
    )  # fmt: skip
    assert user(folder, "remove", "Bea Bird", "--user", "Ada Shah") == 0
    content, former = keyfile.read(folder)
    keyfile.write(folder, replace(content, slots=(*content.slots, bea)), former)
    assert user(folder, "remove", "Kim Field", "--user", "Ada Shah") == 0
    assert slots(folder) == 1
    with pytest.raises(WrongPassphrase):
        at(folder, "Bea Bird", OTHER)


def _id_of(folder: Path, name: str) -> bytes:
    desk = at(folder)
    try:
        return users.by_name(desk.store, desk.actor, name).id
    finally:
        desk.close()


def test_nobody_removes_themselves_or_whom_they_may_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert user(folder, "remove", "Ada Shah") == 3
    assert "Nobody removes themselves" in capsys.readouterr().err
    assert user(folder, "remove", "Zoe Nobody") == 3
    assert user(folder, "add", "--name", "Ann Lyst", "--role", "analyst") == 0
    analyst = at(folder, "Ann Lyst", OTHER)
    with pytest.raises(NotAllowed):
        users.remove(analyst, at_once(folder), paper_codes.new_code())
    analyst.close()
    with hold(folder):
        assert user(folder, "remove", "Ann Lyst", "--user", "Ada Shah") == 3
    assert "another window" in capsys.readouterr().err
    assert slots(folder) == 2


def at_once(folder: Path) -> bytes:
    desk = at(folder)
    desk.close()
    return desk.actor.id


def test_in_an_open_window_the_key_changes_at_the_next_start(folder: Path) -> None:
    for name in ("Bea Bird", "Cy Crow"):
        assert user(folder, "add", "--name", name, "--user", "Ada Shah") == 0
    window = sign_in(folder, WORDS, "Ada Shah")
    former = window.key
    for name in ("Bea Bird", "Cy Crow"):
        users.remove(
            window, users.by_name(window.store, window.actor, name).id, paper_codes.new_code()
        )
    assert slots(folder) == 1 and keyfile.read(folder)[0].changing
    users.add(window, "Dee Dove", "advisor", OTHER)  # who comes meanwhile is told both keys
    passphrases.change(window, WORDS, "another six plain words here")
    beside = at(folder, "Dee Dove", OTHER)
    assert beside.key == former
    beside.close()
    window.close()
    later = sign_in(folder, OTHER, "Dee Dove")
    assert later.key != former and not verify.verify(later.store).findings
    later.close()
    assert not keyfile.read(folder)[0].changing
    at(folder, "Ada Shah", "another six plain words here").close()


def test_with_the_recovery_code_too_both_keys_are_known(folder: Path, tmp_path: Path) -> None:
    made = prepare(tmp_path / "new", "S", "D", "Ada Shah", "advisor", WORDS, cost=sealing.COST)
    made.commit()
    desk = made.open()
    bea = users.add(desk, "Bea Bird", "advisor", OTHER)
    fresh = paper_codes.new_code()
    users.remove(desk, bea.id, fresh)
    desk.close()
    recover(tmp_path / "new", fresh, None, OTHER, cost=sealing.COST)
    later = sign_in(tmp_path / "new", OTHER)
    assert later.key != desk.key and not keyfile.read(tmp_path / "new")[0].changing
    later.close()
    at(tmp_path / "new", "Ada Shah", OTHER).close()


@pytest.mark.long
def test_killed_while_the_key_changes_the_store_has_one_key_or_the_other(folder: Path) -> None:
    desk = at(folder)
    key = desk.key
    for _ in range(30):
        close_one(desk.store, desk.actor, notes="word " * 20_000)
    desk.close()
    seen = set()
    for number in range(10):
        new = bytes([number + 1]) * 32
        child = Child(change_key, folder / "spoc.db", key, new)
        child.hear()
        if number == 9:  # however slow the computer is, one gets to its end
            with pytest.raises(EOFError):
                child.hear()
        sleep(number * 0.03)
        child.kill()
        fits = [each for each in (key, new) if _opens(folder, each)]
        assert len(fits) == 1
        seen.add(fits == [new])
        key = fits[0]
        store = open_store(folder, key)
        assert not verify.verify(store).findings
        store.close()
    assert seen == {True, False}


def _opens(folder: Path, key: bytes) -> bool:
    try:
        connect(folder / "spoc.db", key, read_only=True).conn.close()
    except StoreDamaged:
        return False
    return True
