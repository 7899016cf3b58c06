"""What surrounds every screen: the lock, the blank page, the keys, the theme, and how a crash looks."""

import errno
import io
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pexpect
import pytest
from samples import Clock
from screens.conftest import PASSPHRASE, Ticks, burst, page, sign_in, until
from textual.screen import Screen
from textual.widgets import Static

from spoc.app import SpocApp
from spoc.model.documents import crash
from spoc.model.idle import Idle, minutes_of
from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.pages.covers import BlankScreen
from spoc.storage.window import hold
from spoc.widgets import memory
from spoc.widgets.preferences import Preferences, read
from spoc.widgets.textual_private import Onward

ROOT = Path(__file__).resolve().parents[2]


class Secret(Screen[None]):
    """A page with something on it that must not show through."""

    call_running = False

    def compose(self):  # type: ignore[no-untyped-def]
        yield Static("Molly Mulberry", markup=False)


async def at_work(pilot: object) -> Secret:
    """Signed in, on a page that shows a name."""
    await sign_in(pilot)  # type: ignore[arg-type]
    screen = Secret()
    pilot.app.push_screen(screen)  # type: ignore[attr-defined]
    await until(pilot, lambda: "Molly" in page(pilot))  # type: ignore[arg-type]
    return screen


async def test_memory_is_looked_through_when_it_is_due_and_nobody_types(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, waiting = [], [0]
    monkeypatch.setattr(memory.gc, "collect", lambda: looked.append(True))
    monkeypatch.setattr(memory.gc, "get_count", lambda: (0, 0, waiting[0]))
    app = SpocApp(folder, now=clock, monotonic=Ticks())
    async with app.run_test() as pilot:
        await sign_in(pilot)
        waiting[0] = 20
        await pilot.press("x")
        app._tick()
        assert not looked, "somebody types"
        waiting[0] = 30
        app._tick()
        assert looked, "too much has gathered to wait for a pause"
        looked.clear()
        waiting[0] = 20
        clock.step(seconds=5)
        app._tick()
        assert looked
        looked.clear()
        waiting[0] = 0
        app._tick()
        assert not looked, "it was done a moment ago"


# The lock


def test_the_idle_clock_believes_whichever_clock_ran_further() -> None:
    wall, ticks = [1000.0], [5.0]
    idle = Idle(lambda: wall[0], lambda: ticks[0])
    wall[0] += 700  # asleep: the monotonic clock stood still
    assert idle.left(on_call=False) == -100 and idle.left(on_call=True) == 1100
    idle.touch()
    wall[0] -= 3600  # somebody set the clock back
    ticks[0] += 601
    assert idle.left(on_call=False) == -1


def test_a_service_may_set_its_own_limit() -> None:
    assert [minutes_of(text) for text in ("5", "0", "600", "soon", None)] == [5, 1, 60, 10, 10]


@pytest.mark.parametrize("asleep", [True, False])
async def test_a_key_after_the_limit_locks_and_does_nothing_else(
    app: SpocApp, clock: Clock, ticks: Ticks, asleep: bool
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_work(pilot)
        if asleep:
            clock.step(minutes=10)
        else:
            ticks.at += 600
        burst(pilot, "x")
        await until(
            pilot, lambda: isinstance(app.screen, LockScreen) and "Locked at" in page(pilot)
        )
        assert "Molly" not in page(pilot)
        assert screen in app.screen_stack
        burst(pilot, f"{PASSPHRASE}⏎")
        await until(pilot, lambda: "Molly" in page(pilot))
        assert app.screen is screen


async def test_the_desk_locks_by_itself_after_a_countdown_that_any_key_stops(
    app: SpocApp, ticks: Ticks
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await at_work(pilot)
        ticks.at += 570
        await until(pilot, lambda: "locks in 30 s" in page(pilot))
        burst(pilot, "x")
        await until(pilot, lambda: "locks in" not in page(pilot))
        ticks.at += 599
        await until(pilot, lambda: "locks in 1 s" in page(pilot))
        ticks.at += 1
        await until(pilot, lambda: app.locked and "Locked at" in page(pilot))


async def test_a_call_keeps_the_desk_open_longer(app: SpocApp, ticks: Ticks) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_work(pilot)
        screen.call_running = True
        ticks.at += 1750
        await until(pilot, lambda: "locks in 50 s" in page(pilot))
        assert not app.locked
        ticks.at += 60
        await until(pilot, lambda: app.locked and "Locked at" in page(pilot))


async def test_the_lock_takes_no_other_passphrase_and_records_itself(app: SpocApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await at_work(pilot)
        await pilot.press("ctrl+l")
        burst(pilot, "open sesame now⏎")
        await until(pilot, lambda: "not right" in page(pilot))
        await pilot.press("ctrl+l", "ctrl+p", "escape", "f1", "escape")
        assert app.locked and "Molly" not in page(pilot)
        burst(pilot, f"{PASSPHRASE}⏎")
        await until(pilot, lambda: "Molly" in page(pilot))
        assert app.desk is not None
        reader = app.desk.store.reader

        def kinds() -> set[str]:
            return {kind for (kind,) in reader.conn.execute("SELECT kind FROM audit")}

        await until(pilot, lambda: kinds() >= {"sign-in", "lock", "failed-sign-in"})


async def test_what_screens_ask_for_while_locked_waits(app: SpocApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await at_work(pilot)
        await pilot.press("ctrl+l")
        app.push_screen(Secret())
        app.pop_screen()
        app.push_screen(Secret())
        await pilot.pause(0.2)
        assert isinstance(app.screen, LockScreen) and "Molly" not in page(pilot)
        before = len(app.screen_stack)
        burst(pilot, f"{PASSPHRASE}⏎")
        await until(pilot, lambda: "Molly" in page(pilot))
        assert len(app.screen_stack) == before  # one lock less, one page more


# The blank page


async def test_one_key_blanks_the_page_and_nothing_typed_goes_anywhere(
    app: SpocApp, clock: Clock
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_work(pilot)
        await pilot.press("f10")
        await until(pilot, lambda: "Molly" not in page(pilot))
        assert page(pilot).split() == ["spoc", f"{clock().astimezone():%H:%M}"]
        burst(pilot, "q n⏎")
        await pilot.press("f1", "escape", "ctrl+q", "ctrl+p", "tab")
        assert isinstance(app.screen, BlankScreen) and app.return_code is None
        await pilot.press("f10")
        await until(pilot, lambda: "Molly" in page(pilot))
        assert app.screen is screen


async def test_the_idle_clock_runs_on_beneath_the_blank_page(app: SpocApp, ticks: Ticks) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await at_work(pilot)
        await pilot.press("f10")
        ticks.at += 599
        burst(pilot, "x")
        await pilot.pause()
        ticks.at += 1
        await until(pilot, lambda: app.locked)
        assert isinstance(app.screen, BlankScreen)
        await pilot.press("f10")
        await until(pilot, lambda: "Locked at" in page(pilot))


# The keys, the theme, what stays inside


async def test_f1_shows_the_keys_that_work_here(app: SpocApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: "Keys that work here" in page(pilot))
        assert "Blank the page" in page(pilot) and "Lock the desk" not in page(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "Passphrase" in page(pilot))


async def test_nothing_reaches_the_clipboard_the_disk_or_a_toast(app: SpocApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await at_work(pilot)
        app.copy_to_clipboard("Molly Mulberry")
        assert app.clipboard == "Molly Mulberry"
        app.notify("Molly Mulberry")
        await pilot.press("ctrl+l")
        assert app.clipboard == "" and not app._notifications
        assert not app.ENABLE_COMMAND_PALETTE  # Textual's, which writes pictures to the disk
        assert not app.ALLOW_SELECT
        assert set(app.available_themes) == {"spoc-dark", "spoc-light", "spoc-contrast"}


@pytest.mark.parametrize(
    ("text", "theme", "says"),
    [
        ('theme = "light"', "light", ""),
        ('theme = "pink"', "dark", "unknown theme"),
        ("theme = ", "dark", "cannot be read"),
        ("keys = 1", "dark", "texts only"),
        (None, "dark", ""),
    ],
)
def test_a_bad_settings_file_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, theme: str, says: str
) -> None:
    monkeypatch.delenv("SPOC_THEME", raising=False)
    if text is not None:
        (tmp_path / "settings.toml").write_text(text)
    found = read(tmp_path / "settings.toml")
    assert found.theme == theme and says in found.warning and bool(says) == bool(found.warning)


async def test_keys_are_remapped_and_the_sentence_is_shown(folder: Path) -> None:
    liked = Preferences("light", {"app.blank": "f12"}, "The file is odd.")
    app = SpocApp(folder, liked=liked)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "spoc-light" and "The file is odd." in page(pilot)
        await pilot.press("f12")
        assert isinstance(app.screen, BlankScreen)
        await pilot.press("f12")
        assert not isinstance(app.screen, BlankScreen)


async def test_the_day_s_backup_is_made_once_and_said(app: SpocApp, folder: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await sign_in(pilot)
        await until(pilot, lambda: "same disk" in app.backup_note)
        assert len(list((folder / "backups").glob("spoc-backup-*-auto"))) == 1
        assert app.desk is not None
        from spoc.storage.upkeep import daily

        assert "same disk" in daily.daily_backup(app.desk, app.now())
        assert len(list((folder / "backups").glob("spoc-backup-*"))) == 1


# The end


CRASH = """
import sys
from pathlib import Path
import spoc.app
how = sys.argv[2]

def plant(self):
    child, key = "Molly " + "Mulberry", "deadbeef" * 8
    if how == "thread":
        self.run_worker(lambda: plant_more(child, key), thread=True)
    elif how == "refusal":
        from spoc.model.errors import DiskFull
        raise DiskFull("The disk is full; all is safe. Make room.")
    else:
        plant_more(child, key)

def plant_more(child, key):
    raise ValueError(f"no such child {child} {key}")

spoc.app.SpocApp.action_keys = plant
sys.exit(spoc.app.run(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(("how", "code"), [("action", 70), ("thread", 70), ("refusal", 3)])
def test_a_crash_shows_kind_and_place_only(folder: Path, how: str, code: int) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "120"}
    child = pexpect.spawn(
        sys.executable, ["-c", CRASH, str(folder), how], env=env, dimensions=(24, 120), timeout=60
    )
    child.expect("Passphrase")
    child.send("\x1bOP")
    child.expect(pexpect.EOF)
    child.close()
    said = (child.before or b"").decode()
    assert "Molly" not in said and "deadbeef" not in said and "Traceback" not in said
    assert child.exitstatus == code
    if how == "refusal":
        assert "The disk is full; all is safe. Make room." in said
    else:
        assert "ValueError at" in said and "your typing is kept as a draft" in said


def test_a_terminal_that_goes_away_ends_the_program_and_lets_the_store_go(folder: Path) -> None:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "SPOC_STORE": str(folder),
    }
    child = pexpect.spawn(sys.executable, ["-m", "spoc"], env=env, dimensions=(24, 80), timeout=60)
    child.expect("Passphrase")
    child.send(f"{PASSPHRASE}\r")
    child.expect("Musgrove")
    child.ptyproc.fileobj.close()
    end = time.monotonic() + 60
    while child.isalive():
        assert time.monotonic() < end, "it still runs"
        time.sleep(0.05)
    hold(folder).release()


def test_a_terminal_that_goes_away_at_the_very_last_holds_up_no_end() -> None:
    """Nothing was written out before the writer had all it was to have: only its last flush finds nobody there."""
    given = Event()

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            return given.wait(60) and len(text)

        def flush(self) -> None:
            raise OSError(errno.EIO, "Input/output error")

    writer = Onward(Gone())
    writer.start()
    for _ in range(3):
        writer.write("a line")
    ending = Thread(target=writer.stop, daemon=True)
    ending.start()
    while None not in writer._queue.queue:
        time.sleep(0.001)
    given.set()
    ending.join(60)
    assert not ending.is_alive()


def test_words_of_an_error_hold_no_message() -> None:
    try:
        raise KeyError("Molly Mulberry")
    except KeyError as error:
        assert "Molly" not in crash.words(error) and "KeyError" in crash.words(error)


def test_without_a_terminal_it_says_so_and_leaves(folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "spoc", "--store", str(folder)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 3 and "terminal" in ran.stderr and ran.stdout == ""
