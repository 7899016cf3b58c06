"""A full disk for each command that writes, to the page at which it just finds room: what is said is what is so."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from file_limit import Ran, limited

from spoc.cli.commands import commands
from spoc.storage import sealing
from spoc.storage.desk import Desk, sign_in
from spoc.storage.secrecy import keyfile, keys
from spoc.storage.secrecy.comparing import differences
from spoc.storage.upkeep import verify

WORDS, NEW = "four plain words here", "five other words for you"
STEP = 65_536
FINE = 8_192  # less than any transaction writes


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    folder = tmp_path / "desk"
    made = ["init", "--service", "S", "--desk", "D", "--name", "Ada Shah"]
    assert commands(["--store", str(folder), *made]) == 0
    return folder


def opens(folder: Path, passphrase: str) -> bool:
    try:
        sign_in(folder, passphrase, "Ada Shah", window=False).close()
    except Exception:
        return False
    return True


@pytest.mark.long
def test_a_store_that_is_said_to_be_set_up_opens_and_else_nothing_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    made = ["init", "--service", "S", "--desk", "D", "--name", "Ada Shah"]
    results = set()
    for most in range(2 * STEP, 32 * STEP, 2 * STEP):
        folder = tmp_path / str(most)
        ran = limited(most, "--store", str(folder), *made)
        results.add(ran.returncode)
        assert ran.returncode in (0, 3), ran.stderr
        assert opens(folder, WORDS) == (ran.returncode == 0), (most, ran.stdout + ran.stderr)
        assert ran.returncode == 0 or not (folder / "spoc.db").exists()
        if ran.returncode == 0:
            break
    assert results == {0, 3}  # some had room and some had not


def test_the_passphrase_is_the_one_that_was_said(store: Path, tmp_path: Path) -> None:
    size = (store / "spoc.db").stat().st_size
    results = set()
    for most in (STEP // 4, STEP, 4 * STEP, size + 8 * STEP):
        ran = limited(most, "--store", str(store), "user", "passphrase", SPOC_NEW_PASSPHRASE=NEW)
        results.add(ran.returncode)
        assert opens(store, NEW) == (ran.returncode == 0), ran.stderr
        assert opens(store, WORDS) == (ran.returncode != 0)
        if ran.returncode == 0:
            break
    assert 0 in results and len(results) > 1


def just_enough(
    store: Path, does: list[str], holds: Callable[[Ran], object], **environment: str
) -> None:  # fmt: skip
    """Look for the least room with which a command is done; ``holds`` is asked after every try, each on the store
    as it was. Where the command was just refused, it is done once there is room."""
    kept, most = store.with_name("kept"), 32 * STEP
    if store.exists():
        shutil.copytree(store, kept)

    def ran(room: int) -> int:
        done = limited(room, "--store", str(store), *does, **environment)
        assert done.returncode in (0, 3), done.stderr
        holds(done)
        return done.returncode

    def again() -> None:
        shutil.rmtree(store, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, store)

    refused, enough = STEP // 4, most
    while enough - refused > FINE:
        middle = (refused + enough) // 2
        if ran(middle):
            refused = middle
        else:
            enough = middle
        again()
    assert enough < most, "there was never room"
    assert ran(refused) == 3 and ran(most) == 0


def said_is_so(
    store: Path, does: list[str], so: Callable[[Path], bool], **environment: str
) -> None:
    """A command is done where it says so, and where it was refused it is not."""

    def holds(ran: Ran) -> None:
        assert so(store) == (ran.returncode == 0), ran.stdout + ran.stderr

    just_enough(store, does, holds, **environment)


def held(store: Path, words: str = WORDS) -> Desk:
    return sign_in(store, words, "Ada Shah", window=False)


def rows(store: Path, sql: str) -> int:
    desk = held(store)
    try:
        assert not verify.verify(desk.store).findings
        return int(desk.store.reader.conn.execute(sql).fetchone()[0])
    finally:
        desk.close()


@pytest.mark.long
def test_a_setting_is_what_was_said(store: Path) -> None:
    said_is_so(
        store,
        ["setting", "set", "idle_minutes", "7"],
        lambda place: rows(place, "SELECT count(*) FROM setting WHERE value = '7'") > 0,
    )


@pytest.mark.long
def test_a_user_is_there_who_was_said_to_be_added(store: Path) -> None:
    said_is_so(
        store,
        ["user", "add", "--name", "Omar Diaz"],
        lambda place: rows(place, "SELECT count(*) FROM user WHERE name = 'Omar Diaz'") > 0,
        SPOC_NEW_PASSPHRASE=NEW,
    )
    sign_in(store, NEW, "Omar Diaz", window=False).close()


@pytest.mark.long
def test_a_list_is_in_as_far_as_was_said(store: Path, tmp_path: Path) -> None:
    made = tmp_path / "list.csv"
    made.write_text("Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\n"
        + "\n".join(f"A{n},Family{n},Ty,19/07/2018,19/11/2026 20:10,Ear pain" for n in range(200)) + "\n")  # fmt: skip
    most = 0

    def holds(ran: Ran) -> None:
        nonlocal most
        there = rows(store, "SELECT count(*) FROM attendance")
        if ran.returncode == 0:
            assert there == 200, ran.stdout
            assert rows(store, "SELECT count(*) FROM intake WHERE state = 'done'") == 1
            return
        said = re.search(r"the first (\d+) rows are in and safe: .* nothing is doubled", ran.stderr)
        assert there == (int(said[1]) if said else 0) < 200, ran.stderr
        most = max(most, there)

    just_enough(store, ["import", str(made), "--site", "ED-MPH"], holds)
    assert most  # some tries ended in the middle of the list


@pytest.mark.long
def test_a_follow_up_is_kept_that_was_said_to_be(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contact = {
        "received_at": "2026-10-19T16:30", "channel": "EMAIL-IN", "category": "physical", "where_now": "ed",
        "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse", "verified": "known-number"},
        "children": [{"name": "Molly Mulberry", "dob": "2024-02-29"}], "issues": ["burn"], "open": True,
        "actions": [{"code": "hold-discharge", "by": "the ward", "due": "24h"}], "outcome": "advice-accepted",
    }  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps([contact]))
    at = ["--store", str(store)]
    assert commands([*at, "contact", "add", "--json", str(tmp_path / "in.json")]) == 0
    capsys.readouterr()
    assert commands([*at, "followup", "list", "--format", "json"]) == 0
    hold = next(e for e in json.loads(capsys.readouterr().out) if e["code"] == "hold-discharge")
    said_is_so(
        store,
        ["followup", "done", hold["id"]],
        lambda place: rows(place, "SELECT count(*) FROM action WHERE ended = 'kept'") == 1,
    )


@pytest.mark.long
def test_the_code_gives_the_passphrase_that_was_said_to_be_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    store = tmp_path / "desk"
    made = ["init", "--service", "S", "--desk", "D", "--name", "Ada Shah"]
    assert commands(["--store", str(store), *made]) == 0
    (tmp_path / "code").write_text(capsys.readouterr().out.split("Recovery code")[1].split()[0])
    (tmp_path / "new").write_text(NEW + "\n")
    does = ["recover", "--code-file", str(tmp_path / "code"), "--passphrase-file", str(tmp_path / "new")]  # fmt: skip

    def so(place: Path) -> bool:
        new = opens(place, NEW)
        assert opens(place, WORDS) != new, "one passphrase opens the store, at any time"
        desk = held(place, NEW if new else WORDS)
        assert not [*differences(desk.store.reader, place)], "the ledger names the key of the file"
        desk.close()
        return new

    said_is_so(store, does, so)


@pytest.mark.long
def test_a_backup_that_was_said_to_be_made_can_be_put_back(store: Path, tmp_path: Path) -> None:
    tries: set[int] = set()
    for most in range(STEP // 4, 40 * STEP, 2 * STEP):
        into, back = tmp_path / f"copies{most}", tmp_path / f"back{most}"
        ran = limited(most, "--store", str(store), "backup", str(into))
        tries.add(ran.returncode)
        assert ran.returncode in (0, 3), ran.stderr
        copies = (
            [each for each in into.glob("spoc-backup-*") if each.is_dir()] if into.exists() else []
        )
        assert len(copies) == (ran.returncode == 0), (most, copies, ran.stdout + ran.stderr)
        for each in copies:
            assert commands(["--store", str(back), "restore", str(each)]) == 0
            assert opens(back, WORDS)
        if ran.returncode == 0:
            break
    assert tries == {0, 3}


@pytest.mark.long
def test_whoever_was_said_to_be_removed_is_gone_and_the_code_that_was_printed_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = named(tmp_path, monkeypatch)
    monkeypatch.setenv("SPOC_NEW_PASSPHRASE", NEW)
    added = ["user", "add", "--name", "Omar Diaz", "--user", "Ada Shah"]
    assert commands(["--store", str(store), *added]) == 0
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)

    def holds(ran: Ran) -> None:
        removed = not rows(
            store, "SELECT count(*) FROM user WHERE name = 'Omar Diaz' AND _void = 0"
        )
        assert len(keyfile.read(store)[0].slots) == 2 - removed
        assert removed == (ran.returncode == 0), ran
        assert removed == bool(ran.stdout)
        assert not removed or keys.recovery_seed(store, ran.stdout.split()[-1])

    just_enough(store, ["user", "remove", "Omar Diaz", "--user", "Ada Shah"], holds)


def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of a named professional."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    made = ["init", "--service", "S", "--desk", "D", "--name", "Ada Shah"]
    folder = tmp_path / "desk"
    assert commands(["--store", str(folder), *made, "--role", "named-professional"]) == 0
    return folder
