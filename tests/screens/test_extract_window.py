"""The window of an analyst, and that of the colleague whose program makes the extract beside it."""

from contextlib import closing
from pathlib import Path

import pytest
from samples import Clock, close_one, joined
from screens.conftest import burst, page, until

from spoc.app import SpocApp
from spoc.screens.desk.board import BoardScreen
from spoc.screens.reports.dashboard import DashboardScreen
from spoc.storage import sealing, set_up
from spoc.storage.desk import sign_in
from spoc.storage.ledger import audit
from spoc.storage.secrecy import keyfile
from spoc.storage.service import users
from spoc.storage.store_folder import EXTRACT_FILE
from spoc.widgets.preferences import Preferences

NORA, ANN = "nine words that Nora has here", "seven other words of Ann Lyst"


@pytest.fixture
def shared(tmp_path: Path, cheap: None, clock: Clock) -> Path:
    """A desk of Nora's with one contact, of which Ann is the analyst."""
    assert sealing.COST.passes == 1
    folder = tmp_path / "shared"
    first = ("Somerset", "Musgrove", "Nora Named", "named-professional", NORA)
    prepared = set_up.prepare(folder, *first, now=clock)
    prepared.commit()
    with closing(prepared.open(now=clock)) as desk:
        joined(desk, "Ann Lyst", "analyst", ANN)
        close_one(desk.store, desk.actor)
    return folder


async def test_the_window_makes_the_extract_and_takes_in_what_was_written_in_it(
    shared: Path, clock: Clock
) -> None:
    sign_in(shared, NORA, "Nora Named", now=clock).close()  # which takes in what Ann wrote so far
    (shared / EXTRACT_FILE).unlink()
    app = SpocApp(shared, now=clock, liked=Preferences())
    async with app.run_test(size=(100, 30)) as pilot:
        burst(pilot, f"nora named⏎{NORA}⏎")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        app.mind_extract()
        await until(
            pilot,
            lambda: (
                (shared / EXTRACT_FILE).exists() and all(each.is_finished for each in app.workers)
            ),
        )
        with closing(sign_in(shared, ANN, "Ann Lyst", now=clock, window=False)) as ann:
            audit.record(ann.store, ann.actor, "export", detail="charts").result()
        app.mind_extract()
        read = "SELECT count(*) FROM audit WHERE detail = 'charts'"
        assert app.desk is not None
        db = app.desk.store.reader
        await until(pilot, lambda: db.conn.execute(read).fetchone() == (1,))
        assert app.extract_note == ""


async def test_an_analysts_board_says_of_when_it_is_and_names_nobody(
    shared: Path, clock: Clock
) -> None:
    with closing(sign_in(shared, NORA, "Nora Named", now=clock)) as nora:
        from spoc.storage.extract import making

        making.make(nora)
    app = SpocApp(shared, now=clock, liked=Preferences())
    async with app.run_test(size=(100, 30)) as pilot:
        burst(pilot, f"ann lyst⏎{ANN}⏎")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await until(pilot, lambda: "Without names, as of Fri 20 Nov" in page(pilot))
        shown = page(pilot)
        assert "1 contact" in shown and "Mulberry" not in shown
        burst(pilot, "a")
        await until(pilot, lambda: isinstance(app.screen, DashboardScreen))
        await until(pilot, lambda: all(each.is_finished for each in app.workers))
        assert "as of Fri 20 Nov" in page(pilot)
        assert app.desk is not None and app.desk.store.is_extract
    assert not any(each.name.startswith("spoc-backup") for each in shared.rglob("*"))


async def test_an_administrator_removes_an_analyst_without_a_recovery_code(
    shared: Path, clock: Clock
) -> None:
    words = "eight plain words of the administrator"
    with closing(sign_in(shared, NORA, "Nora Named", now=clock)) as nora:
        joined(nora, "Adi Stone", "admin", words)
    app = SpocApp(shared, now=clock, liked=Preferences())
    async with app.run_test(size=(100, 30)) as pilot:
        burst(pilot, f"adi stone⏎{words}⏎")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        burst(pilot, "u")
        await until(pilot, lambda: "Ann Lyst" in page(pilot))
        await pilot.press("down")  # Adi, then Ann, then Nora
        burst(pilot, "x")
        await until(pilot, lambda: "Remove Ann Lyst?" in page(pilot))
        assert "The extract gets a new key when somebody" in " ".join(page(pilot).split())
        burst(pilot, "r")
        await until(pilot, lambda: "Ann Lyst cannot sign in any more" in page(pilot))
        assert len(keyfile.read(shared)[0].slots) == 2
    with closing(sign_in(shared, NORA, "Nora Named", now=clock)) as nora:
        assert "Ann Lyst" not in [each.name for each in users.all(nora.store, nora.actor)]
