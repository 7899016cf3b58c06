"""What is typed into a call is kept: its draft, a full disk, a call that is begun and gone on with."""

from concurrent.futures import Future

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR
from seated import at_the_board

from spoc.model.errors import DiskFull
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.typing import autosave
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store


async def test_the_draft_is_never_300_ms_behind_and_says_when_it_was_saved(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed")
        await until(
            pilot,
            lambda: [each.sheet.pending.get("caller") for each in drafts.waiting(store, ADVISOR)] == ["Reed"],
        )  # fmt: skip
        assert autosave.SAVE_AFTER < 0.3  # from the first key on; the benchmarks take the time
        await until(pilot, lambda: "saved 09:00:00" in pilot.app.screen.header.state)


async def test_an_untouched_call_leaves_no_draft_and_a_begun_one_resumes_where_it_was(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "<escape>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        assert drafts.waiting(store, ADVISOR) == []
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "<f9>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await until(pilot, lambda: drafts.waiting(store, ADVISOR))
        pilot.app.screen.refresh_board()
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        assert pilot.app.screen.entries["caller"].value == "Reed, Amy"


async def test_what_is_typed_right_after_the_last_child_was_taken_away_is_kept(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        call.set_focus(call.entries["child"])
        await type_in(pilot, "Brook, Ty", "<enter>")
        call.set_focus(call.entries["child"])
        await type_in(pilot, "<backspace>", "<backspace>", "Brook, Lea", "<enter>", "150715")
        await until(pilot, lambda: call.entries["child.date"].value == "150715")
        assert [child.name for child in call.sheet.children] == ["Brook, Lea"]


async def test_a_full_disk_is_said_the_typing_stays_and_is_saved_once_there_is_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> object:
        failed: Future[str] = Future()
        failed.set_exception(DiskFull("The disk is full; make room, then go on."))
        return failed

    monkeypatch.setattr(autosave, "TRY_AGAIN", 0.2)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        with monkeypatch.context() as broken:
            broken.setattr(drafts, "save", full)
            await type_in(pilot, "Reed")
            await until(pilot, lambda: "NOT SAVED" in screen.header.state)
            assert "The disk is full" in str(screen.query_one("#message").content)
        await until(pilot, lambda: "saved 09:00:00" in screen.header.state)
        said = screen.query_one("#message")
        await until(pilot, lambda: "Saved again" in str(said.content))
    assert drafts.waiting(store, ADVISOR)[0].sheet.pending["caller"] == "Reed"
