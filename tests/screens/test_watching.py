"""While nobody types, the window reads its whole store again: what a script changed past the ledger is said."""

from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import Clock, close_one
from screens.conftest import PASSPHRASE, Ticks

from spoc.app import SpocApp
from spoc.screens.desk.board import BoardScreen
from spoc.storage.desk import sign_in
from spoc.storage.driver import connect
from spoc.storage.upkeep.verify import last_verified


@pytest.mark.long
async def test_a_row_that_was_changed_alone_is_said_once_nobody_has_typed_for_ten_minutes(
    app: SpocApp, folder: Path, clock: Clock, ticks: Ticks
) -> None:
    """Nothing was written to the ledger, and what is new in it verifies."""
    desk = sign_in(folder, PASSPHRASE, now=clock, window=False)
    close_one(desk.store, desk.actor)
    desk.close()
    async with app.run_test(size=(120, 36)) as pilot:
        await type_in(pilot, PASSPHRASE, "<enter>")
        await shown(pilot, BoardScreen)
        watching: Any = app
        await until(pilot, lambda: watching._checked[0] and last_verified(app.desk.store))
        db = connect(folder / "spoc.db", desk.key)
        db.conn.execute("UPDATE note SET text = 'Nothing was wrong.'")
        db.close()
        await pilot.pause(
            3
        )  # what another program wrote was checked, as far as it is in the ledger
        assert app.verify_note == ""
        ticks.at += 601
        await until(pilot, lambda: "do not verify: Record" in app.verify_note)
        assert "shows something else than its entries say (text)" in app.verify_note
