"""The demo: invented work that says so on every screen, and of which nothing stays but what was asked to."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from keyboard import type_in, until
from terminal import Terminal
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.app import SpocApp
from spoc.cli.commands import commands
from spoc.cli.computer import demo_run as the_demo
from spoc.model.errors import FolderUnusable
from spoc.screens.desk.arriving.signin import LockScreen, SignInScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage import sealing
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import sign_in
from spoc.storage.set_up import prepare
from spoc.storage.upkeep import demo
from spoc.storage.upkeep.verify import verify
from spoc.storage.window import hold
from spoc.widgets.preferences import Preferences

WORDS = "four plain words here"
SOME = 60
NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Argon2id at its smallest, and a folder for temporary files that the test can look into."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))


def first_line(pilot: Pilot[Any]) -> str:
    return page(pilot).split("\n")[0]


def page(pilot: Pilot[Any]) -> str:
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def fill(folder: Path, count: int = SOME, *more: str) -> int:
    return commands(["demo", "--fill", str(folder), "--contacts", str(count), *more])


# A store that stays


def test_a_filled_store_is_sound_whole_and_called_a_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill(tmp_path / "desk") == 0
    said = capsys.readouterr().out
    assert "Recovery code" in said and "DEMO" in said
    desk = sign_in(tmp_path / "desk", WORDS)
    try:
        report = verify(desk.store)
        assert report.sound, report.findings
        assert desk.demo and desk.name.startswith("DEMO · ")
        assert desk.store.settings["demo"] == "yes"
        rows = contacts.recent(desk.store, desk.actor, SOME + 10)
        waiting = drafts.waiting(desk.store, desk.actor)
        assert len({row.id for row in rows} | {draft.id for draft in waiting}) == SOME
        assert len({row.outcome for row in rows}) > 3
        clashes = "SELECT count(*) FROM person WHERE _conflicts IS NOT NULL OR name IS NULL"
        assert desk.store.reader.conn.execute(clashes).fetchone()[0] == 0
        came = "SELECT count(*), count(reviewed), count(nullif(flags, '[]')) FROM attendance"
        attended, reviewed, flagged = desk.store.reader.conn.execute(came).fetchone()
        assert attended > reviewed > 0 and flagged > 3
        due = "SELECT count(*) FROM action WHERE due_at IS NOT NULL"
        assert desk.store.reader.conn.execute(due).fetchone()[0] > 10
    finally:
        desk.close()


def test_the_same_seed_fills_the_same_store(tmp_path: Path) -> None:
    held = []
    for name in ("one", "two"):
        desk, _ = demo.create(tmp_path / name, WORDS, 40, 5, now=NOW)
        held.append(
            desk.store.reader.conn.execute(
                "SELECT name, dob, nhs_number FROM person ORDER BY name, dob, nhs_number"
            ).fetchall()
        )
        desk.close()
    assert held[0] == held[1] and len(held[0]) > 40


def test_a_folder_with_a_store_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "desk"
    assert fill(folder, 0) == 0
    before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    assert fill(folder, 5) == 3
    assert "already holds a store" in capsys.readouterr().err
    assert before == {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}


def test_a_fill_that_breaks_off_removes_its_own_files_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "desk" / "letter.txt"
    kept.parent.mkdir()
    kept.write_text("mine")

    def full(*rest: Any) -> int:
        raise FolderUnusable("There is no room.")

    monkeypatch.setattr(demo, "fill", full)
    assert fill(tmp_path / "desk") == 3
    assert [each.name for each in kept.parent.iterdir()] == ["letter.txt"]
    assert fill(tmp_path / "new") == 3
    assert not (tmp_path / "new").exists()


def test_what_is_no_number_of_contacts_is_refused(tmp_path: Path) -> None:
    assert fill(tmp_path / "desk", -1) == 2
    assert not (tmp_path / "desk").exists()


def test_it_fills_in_jobs_that_let_others_write_between(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    jobs: list[float] = []
    desk, _ = demo.create(tmp_path / "desk", WORDS, 0, 1, now=NOW)
    submit = desk.store.submit

    def timed(job: Any, *, bulk: bool = False) -> Any:
        def run(db: Any) -> Any:
            begun = time.monotonic()
            result = job(db)
            jobs.append(time.monotonic() - begun)
            return result

        return submit(run, bulk=bulk)

    object.__setattr__(desk.store, "submit", timed)
    demo.fill(desk.store, desk.actor, 150, 1, NOW, lambda done, of: told.append((done, of)))
    desk.close()
    assert len(told) > 2 and told[-1] == (150, 150)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert sorted(jobs)[len(jobs) // 2] < 0.1


# DEMO on every screen

WALK = (
    "n", "<escape>", "<enter>", "<escape>", "l", "<enter>", "t", "<escape>", "o", "<escape>", "a", "<escape>",
    "<escape>", "<escape>", "/", "<escape>", "<f1>", "<f1>", "<f10>", "<f10>",
)  # fmt: skip


@pytest.mark.long
async def test_every_screen_says_demo_in_the_same_corner() -> None:
    desk = demo.passing(SOME, 2)
    app = the_demo.demo_app(desk, Preferences())
    seen: set[str] = set()

    async def says_demo(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: first_line(pilot).startswith(" DEMO "))
        seen.add(type(app.screen).__name__)

    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, BoardScreen))
            await says_demo(pilot)
            for key in WALK:
                await type_in(pilot, key)
                await pilot.pause(0.05)
                await says_demo(pilot)
            app.push_screen(Screen())
            await says_demo(pilot)
            app.pop_screen()
            await pilot.press("ctrl+p")
            await pilot.pause(0.1)
            await says_demo(pilot)
            await pilot.press("escape")
            await pilot.press("ctrl+l")
            await until(pilot, lambda: isinstance(app.screen, LockScreen))
            await says_demo(pilot)
            await until(pilot, lambda: demo.PASSPHRASE in page(pilot))
            await type_in(pilot, demo.PASSPHRASE, "<enter>")
            await until(pilot, lambda: not app.locked)
            await says_demo(pilot)
    finally:
        desk.close()
        demo.remove(desk.folder)
    assert len(seen) >= 9, seen


async def test_a_store_that_stays_says_demo_before_anybody_has_signed_in(tmp_path: Path) -> None:
    assert fill(tmp_path / "desk", 3) == 0
    app = SpocApp(tmp_path / "desk", liked=Preferences())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: first_line(pilot).startswith(" DEMO · all of it is invented"))
        assert isinstance(app.screen, SignInScreen) and demo.PASSPHRASE not in page(pilot)
        await type_in(pilot, WORDS, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await until(pilot, lambda: first_line(pilot).startswith(" DEMO · Invented duty desk"))
        (tmp_path / "desk" / "spoc.demo").unlink()
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        await until(pilot, lambda: first_line(pilot).startswith(" DEMO "))
    app.let_go()


async def test_a_real_store_never_says_demo(tmp_path: Path) -> None:
    prepare(tmp_path / "desk", "Service", "Desk", "Ada Shah", "advisor", WORDS).commit()
    app = SpocApp(tmp_path / "desk", liked=Preferences())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Passphrase" in page(pilot))
        assert "DEMO" not in page(pilot)
        await type_in(pilot, WORDS, "<enter>")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await until(pilot, lambda: "Desk" in first_line(pilot))
        assert "DEMO" not in page(pilot)
    app.let_go()


# A demo of which nothing stays


def left(temp: Path) -> list[str]:
    return [each.name for each in temp.glob("spoc-demo-*")]


def test_leaving_the_demo_leaves_nothing(tmp_path: Path) -> None:
    temp, store = tmp_path / "temp", tmp_path / "store"
    with Terminal(store, "demo", "--contacts", "12", columns=80, rows=24, TMPDIR=str(temp)) as seen:
        seen.wait_for("DEMO · Invented duty de")
        assert len(left(temp)) == 1
        seen.type("q")
        assert seen.ended() == 0
    assert left(temp) == [] and not store.exists()


@pytest.mark.long
def test_a_demo_that_was_killed_is_removed_at_the_next_start_and_a_running_one_is_not(
    tmp_path: Path,
) -> None:
    temp = tmp_path / "temp"
    with Terminal(tmp_path / "s", "demo", "--contacts", "30", TMPDIR=str(temp)) as seen:
        seen.wait_for("DEMO · Invented duty de")
        assert demo.sweep(temp) == 0 and len(left(temp)) == 1
        os.kill(seen.child.pid, signal.SIGKILL)
        seen.ended()
    assert len(left(temp)) == 1
    begun = demo.passing(0, 1)
    try:
        assert left(temp) == [begun.folder.name]
    finally:
        begun.close()
        demo.remove(begun.folder)


def test_only_folders_of_abandoned_demos_are_swept(tmp_path: Path) -> None:
    temp = tmp_path / "temp"
    (temp / "spoc-demo-young").mkdir()
    (temp / "spoc-demo-file").write_text("")
    (temp / "other").mkdir()
    (temp / "spoc-demo-link").symlink_to(temp / "other")
    old = temp / "spoc-demo-old"
    old.mkdir()
    os.utime(old, (1, 1))
    desk = demo.passing(0, 1)
    desk.close()
    held = demo.passing(0, 2)
    assert not desk.folder.exists(), "the second start swept the first, which was closed"
    assert demo.sweep(temp) == 0
    with pytest.raises(Exception, match="already open"):
        hold(held.folder)
    held.close()
    names = sorted(each.name for each in temp.iterdir())
    assert demo.sweep(temp) == 1 and held.folder.name in names
    assert "spoc-demo-old" not in names
    assert sorted(left(temp)) == ["spoc-demo-file", "spoc-demo-link", "spoc-demo-young"]


def test_a_demo_that_cannot_be_made_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*rest: Any) -> int:
        raise FolderUnusable("There is no room.")

    monkeypatch.setattr(demo, "fill", full)
    with pytest.raises(FolderUnusable):
        demo.passing(5, 1)
    assert left(tmp_path / "temp") == []


def test_in_a_pipe_the_demo_makes_nothing_and_says_so(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "spoc", "demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        cwd=Path(__file__).parent.parent, env={**os.environ, "TMPDIR": str(tmp_path / "temp")}, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 3 and "--fill" in ran.stderr and "Traceback" not in ran.stderr
    assert left(tmp_path / "temp") == []


def test_without_the_encryption_library_the_demo_says_that_it_needs_it_too(tmp_path: Path) -> None:
    script = """
import sys
sys.modules["sqlcipher3"] = None
from spoc.cli.commands import commands
sys.exit(commands(["demo", "--fill", sys.argv[1]]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "desk")], capture_output=True, text=True,
        cwd=Path(__file__).parent.parent, env={**os.environ, "SPOC_PASSPHRASE": WORDS}, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 3 and "invented data" in ran.stderr and "sqlcipher3" in ran.stderr
    assert not (tmp_path / "desk").exists()
