"""The commands, as somebody types them: one sentence where one is refused, and the right exit code."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from spoc import __version__
from spoc.cli.commands import commands
from spoc.model.errors import DiskFull
from spoc.storage import sealing
from spoc.storage.desk import sign_in
from spoc.storage.driver import connect
from spoc.storage.migrations import local
from spoc.storage.secrecy import paper_codes, tries

ROOT = Path(__file__).resolve().parent.parent
WORDS = "four plain words here"
INIT = ["init", "--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    monkeypatch.delenv("SPOC_STORE", raising=False)


@pytest.fixture
def store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert commands(["--store", str(tmp_path / "desk"), *INIT]) == 0
    return tmp_path / "desk"


def spoc(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "spoc", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@contextmanager
def pseudo_terminal(command: list[str]) -> Iterator["pexpect.spawn[str]"]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    env.pop("SPOC_PASSPHRASE", None)
    child = pexpect.spawn(command[0], command[1:], env=env, encoding="utf-8", timeout=60)  # type: ignore[arg-type]
    try:
        yield child
    finally:
        child.close(force=True)


def test_the_version() -> None:
    ran = spoc("--version")
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, f"spoc {__version__}", "")


def test_plain_spoc_does_not_load_the_commands(tmp_path: Path) -> None:
    script = "import sys; from spoc.__main__ import main; sys.argv = ['spoc']; code = main(); print(code, 'click' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, env={**os.environ, "SPOC_STORE": str(tmp_path)},
    )  # fmt: skip
    assert ran.stdout.split() == ["3", "False"]


def test_init_prints_the_code_and_the_store_opens(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = capsys.readouterr().out.split("Recovery code")[1].split()[0]
    assert len(paper_codes.code_groups(code)) == 7
    sign_in(store, WORDS).close()
    assert commands(["--store", str(store), *INIT]) == 3
    assert "already holds a store" in capsys.readouterr().err


def test_what_init_refuses_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new"
    assert commands(["--store", str(new), *INIT, "--pack", "nowhere"]) == 3
    monkeypatch.setenv("SPOC_PASSPHRASE", "short")
    assert commands(["--store", str(new), *INIT]) == 3
    assert commands(["--store", str(new), *INIT[:-2]]) == 2
    assert commands(["--store", str(new), *INIT[:-1], "a\nb"]) == 3
    monkeypatch.delenv("SPOC_PASSPHRASE")
    assert commands(["--store", str(new), *INIT]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert not new.exists()


def test_a_backup_is_restored_into_a_store_with_streams_of_its_own(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(["--store", str(store), "backup", str(tmp_path / "copies")]) == 0
    said = capsys.readouterr()
    assert "same disk" in said.err and "last entry" in said.out
    (copy,) = (tmp_path / "copies").iterdir()
    again = tmp_path / "again"
    assert commands(["--store", str(again), "restore", str(copy)]) == 0
    assert commands(["--store", str(again), "restore", str(copy)]) == 3
    first, second = sign_in(store, WORDS), sign_in(again, WORDS)
    try:
        for stream in ("stream", "audit_stream"):
            assert local(first.store.reader, stream) != local(second.store.reader, stream)
        assert second.name == "Musgrove Park"
    finally:
        first.close()
        second.close()
    capsys.readouterr()
    assert commands(["--store", str(again), "verify"]) == 0
    told = capsys.readouterr().out
    assert "Another stream of the desk's records" in told and "Another desk" not in told
    assert not (again / "spoc.restored").exists()


def test_where_the_records_are_gone_one_sentence_says_what_to_do(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(["--store", str(store), "backup", str(tmp_path / "copies")]) == 0
    (copy,) = (tmp_path / "copies").iterdir()
    for file in store.glob("spoc.db*"):
        file.unlink()
    before = (store / "spoc.keys").read_bytes()
    capsys.readouterr()
    assert commands(["--store", str(store), "verify"]) == 3
    told = capsys.readouterr().err
    assert "The records are gone" in told and "spoc restore BACKUP" in told
    assert "init" not in told and "already holds" not in told
    assert tries.failed(store) == []
    with pseudo_terminal([sys.executable, "-m", "spoc", "--store", str(store)]) as window:
        window.expect("spoc restore BACKUP")
    (tmp_path / "empty").mkdir()
    assert commands(["--store", str(store), "restore", str(tmp_path / "empty")]) == 3
    assert (store / "spoc.keys").read_bytes() == before
    assert commands(["--store", str(store), "restore", str(copy)]) == 0
    assert (store / "spoc.keys.alone").read_bytes() == before
    assert commands(["--store", str(store), "verify"]) == 0


def test_what_was_verified_only_in_part_is_said_to_be_so(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(["--store", str(store), "backup", str(tmp_path / "copies")]) == 0
    assert (
        "Everything is as it was written" in capsys.readouterr().out
    )  # nothing was verified before
    assert commands(["--store", str(store), "verify"]) == 0
    assert "Everything is as it was written" in capsys.readouterr().out
    assert commands(["--store", str(store), "backup", str(tmp_path / "more")]) == 0
    assert "since it was last verified is as it was written" in capsys.readouterr().out


def test_a_refused_restore_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert commands(["--store", str(tmp_path / "new"), "restore", str(tmp_path / "empty")]) == 3
    assert not (tmp_path / "new").exists()


def full(*_: object, **__: object) -> None:
    raise DiskFull("The disk is full.")


def test_what_was_verified_or_copied_is_said_where_only_the_note_of_it_fails(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("spoc.storage.upkeep.verify.keep_verified", full)
    monkeypatch.setattr("spoc.storage.service.settings.change", full)
    capsys.readouterr()
    assert commands(["--store", str(store), "verify"]) == 0
    said = capsys.readouterr()
    assert (
        "Everything is as it was written" in said.out
        and "could not be recorded. The disk is full." in said.err
    )
    assert commands(["--store", str(store), "backup", "--daily", str(tmp_path / "copies")]) == 3
    said = capsys.readouterr()
    assert "Backup " in said.out and "The disk is full." in said.err


def test_verify_ends_with_one_where_something_does_not_hold(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(["--store", str(store), "verify"]) == 0
    opened = sign_in(store, WORDS)
    raw = connect(store / "spoc.db", opened.key)
    raw.conn.execute("UPDATE user SET name = 'Somebody Else'")
    raw.conn.close()
    opened.close()
    assert commands(["--store", str(store), "verify"]) == 1
    said = capsys.readouterr().out
    assert "user" in said and "made again from it: spoc verify --mend" in said
    assert commands(["--store", str(store), "verify", "--mend"]) == 0
    said = capsys.readouterr().out
    assert "shows something else" in said and "Everything is as it was written" in said
    assert commands(["--store", str(store), "verify"]) == 0
    assert commands(["--store", str(store), "verify", "--mend", "--against", "elsewhere"]) == 2


def test_recover_gives_a_new_passphrase(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = capsys.readouterr().out.split("Recovery code")[1].split()[0]
    (tmp_path / "code").write_text(f"{code}\n")
    (tmp_path / "new").write_text("a quite different sentence\n")
    files = ["--code-file", str(tmp_path / "code"), "--passphrase-file", str(tmp_path / "new")]
    assert commands(["--store", str(store), "recover", *files]) == 0
    assert commands(["--store", str(store), "verify"]) == 3
    assert (
        commands(["--store", str(store), "verify", "--passphrase-file", str(tmp_path / "new")]) == 0
    )
    with pseudo_terminal([sys.executable, "-m", "spoc", "--store", str(store), "recover"]) as asked:
        asked.expect("Recovery code: ")
        asked.send("ABCD-EFGH\r")
        asked.expect("assphrase")
        assert "ABCD" not in asked.before
    (tmp_path / "code").write_text("0000-0000-0000-0000-0000-0000-0000")
    assert commands(["--store", str(store), "recover", *files]) == 3


def test_the_store_may_be_named_by_the_environment(store: Path) -> None:
    ran = spoc("user", "list", SPOC_STORE=str(store))
    assert ran.returncode == 0 and "Ada" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--nope"], 2), (["nope"], 2), (["verify"], 3), (["backup"], 2)]
)
def test_exit_codes(tmp_path: Path, arguments: list[str], code: int) -> None:
    ran = spoc("--store", str(tmp_path / "none"), *arguments)
    assert ran.returncode == code
    assert ran.stderr and "Traceback" not in ran.stderr
    assert not (tmp_path / "none").exists()


def test_an_unforeseen_error_shows_kind_and_place_only(store: Path) -> None:
    script = f"""
import sys
import spoc.storage.desk
def broken(*a, **k):
    child = "Molly Mulberry"
    raise RuntimeError(child)
spoc.storage.desk.sign_in = broken
from spoc.__main__ import main
sys.argv = ["spoc", "--store", {str(store)!r}, "verify"]
sys.exit(main())
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 70
    assert "RuntimeError at" in ran.stderr and "Molly" not in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def test_a_setting_is_listed_changed_and_recorded(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def setting(*said: str) -> int:
        capsys.readouterr()
        return commands(["--store", str(store), "setting", *said])

    assert setting("list") == 0
    assert re.search("idle_minutes +10 ", capsys.readouterr().out), "columns, not tabs"
    assert setting("set", "idle_minutes", "90") == 3
    assert "nothing was changed" in capsys.readouterr().err
    assert setting("set", "desk", "Elsewhere") == 2
    assert setting("set", "idle_minute", "5") == 2
    assert "Did you mean idle_minutes?" in capsys.readouterr().err
    assert setting("set", "idle_minutes", "5") == 0
    assert setting("set", "backup_folder", str(tmp_path / "copies")) == 0
    assert setting("list") == 0
    told = capsys.readouterr().out
    assert re.search("idle_minutes +5 ", told) and str(tmp_path / "copies") in told
    desk = sign_in(store, WORDS)
    try:
        assert desk.store.settings["idle_minutes"] == "5"
    finally:
        desk.close()
    assert commands(["--store", str(store), "verify"]) == 0


def test_a_backup_that_somebody_asks_for_moves_no_daily_one(store: Path, tmp_path: Path) -> None:
    for more, wanted in ((), None), (("--daily",), str(tmp_path / "out")):
        assert commands(["--store", str(store), "backup", str(tmp_path / "out"), *more]) == 0
        desk = sign_in(store, WORDS)
        try:
            assert desk.store.settings.get("backup_folder") == wanted
        finally:
            desk.close()
