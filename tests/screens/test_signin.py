"""Signing in: the first frame, one passphrase, and a wait that grows with wrong ones."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from samples import Clock
from screens.conftest import PASSPHRASE, burst, page, sign_in, until

from spoc.app import SpocApp
from spoc.model.errors import StoreInUse, WrongPassphrase
from spoc.storage import desk as desks
from spoc.storage import sealing, window
from spoc.storage.secrecy import keys, tries
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.preferences import Preferences


async def test_the_passphrase_opens_the_desk(app: SpocApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Passphrase" in page(pilot) and "Your name" not in page(pilot)
        await sign_in(pilot)
        assert app.desk is not None and app.desk.actor.name == "Ada Shah"


async def test_the_passphrase_is_never_shown(app: SpocApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        burst(pilot, PASSPHRASE)
        await until(pilot, lambda: app.screen.query_one(LineInput).value == PASSPHRASE)
        assert "plain" not in page(pilot)


async def test_a_wrong_passphrase_says_what_is_safe_and_is_recorded_later(
    app: SpocApp, folder: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        burst(pilot, "not this one⏎")
        await until(pilot, lambda: "the records are" in page(pilot))
        assert app.screen.query_one(LineInput).value == ""
        await sign_in(pilot)
        assert app.desk is not None
        reader = app.desk.store.reader
        await until(
            pilot,
            lambda: ("failed-sign-in",) in reader.conn.execute("SELECT kind FROM audit").fetchall(),
        )
        await until(pilot, lambda: tries.failed(folder) == [])


async def test_after_wrong_tries_the_next_one_waits(
    folder: Path, clock: Clock, app: SpocApp
) -> None:
    for _ in range(4):
        try:
            keys.unlock(folder, "wrong", now=clock())
        except WrongPassphrase:
            continue
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Next try in 4 s" in page(pilot))
        burst(pilot, f"{PASSPHRASE}⏎")
        await pilot.pause(0.2)
        assert app.desk is None
        clock.step(seconds=5)
        burst(pilot, "⏎")
        await until(pilot, lambda: app.desk)


async def test_several_users_type_their_names_ahead(folder: Path, clock: Clock) -> None:
    opened = desks.sign_in(folder, PASSPHRASE, window=False)
    bea = b"b" * 16
    keys.add_user(folder, opened.key, bea, "Bea Rose", "another long sentence", sealing.COST)
    from spoc.model.ledger.entry import Command

    opened.store.act(
        opened.actor, [Command("user", bea, {"name": "Bea Rose", "role": "reviewer"})]
    ).result()
    opened.close()
    app = SpocApp(folder, now=clock, liked=Preferences())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Your name" in page(pilot)
        burst(pilot, "bea rose⏎another long sentence⏎")
        await until(pilot, lambda: app.desk)
        assert app.desk is not None and app.desk.actor.name == "Bea Rose"


async def test_a_second_window_is_told_that_the_first_holds_the_store(
    app: SpocApp, folder: Path
) -> None:
    refused: BaseException | None = None
    with window.hold(folder):
        try:
            async with app.run_test() as pilot:
                burst(pilot, f"{PASSPHRASE}⏎")
                await until(pilot, lambda: app.return_code is not None)
        except BaseException as error:
            refused = error
    assert isinstance(getattr(refused, "error", refused), StoreInUse)
    assert app.return_code == 3


def test_the_first_frame_brings_nothing_heavy_and_the_passphrase_nothing_at_all(
    folder: Path,
) -> None:
    """What is slow is loaded between the two, while somebody types."""
    script = f"""
import asyncio, sys
from pathlib import Path
from spoc.app import SpocApp
from spoc.guidance.packfile import parse
from spoc.screens.desk.arriving import ahead
app = SpocApp(Path({str(folder)!r}))
app._prepare = app._look_after = lambda: None
async def main():
    async with app.run_test() as pilot:
        heavy = {{"sqlcipher3", "sqlite_utils", "click", "cryptography", "filelock", "rapidfuzz", "spoc.model.rules.codes"}}
        print(sorted(heavy & set(sys.modules)))
        ahead.load()
        await asyncio.to_thread(int)  # threads, as somebody who types has had one
        before, read = set(sys.modules), parse.cache_info().misses
        for letter in {PASSPHRASE!r}:
            await pilot.press("space" if letter == " " else letter)
        await pilot.press("enter")
        while not (app.desk and app.screen.query("#now")):
            await pilot.pause(0.01)
        app.count_due()
        print(sorted(set(sys.modules) - before), parse.cache_info().misses - read)
asyncio.run(main())
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.stdout.splitlines(), ran.stderr) == (["[]", "[] 0"], "")


def test_signing_in_by_hand_waits_too(folder: Path) -> None:
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    said = []
    for _ in range(4):
        try:
            desks.sign_in(folder, "wrong", now=lambda: now, window=False)
        except WrongPassphrase as wrong:
            said.append(str(wrong))
    assert "waits 2 seconds" in said[3]
