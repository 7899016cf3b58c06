"""Enter goes first to what was refused, then to what is empty; notes in the wrong line; a call begun by mistake."""

from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR
from seated import at_the_board
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import drafts
from spoc.storage.store import Store

CALLER = ("n", "<enter>", "ed", "<enter>", "nurse", "<enter>", "1", "<enter>", "k", "<enter>")


async def the_call(pilot: Pilot[Any], *steps: str) -> Any:
    await type_in(pilot, *CALLER, *steps)
    return await shown(pilot, ContactScreen)


def said(call: Any) -> str:
    return str(call.query_one("#message", Static).content)


async def test_enter_goes_first_to_what_was_refused(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>", "31022020", "<enter>")
        await until(pilot, lambda: call.slot == "child.ref")
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: call.slot == "child.date")
        assert call.entries["child.date"].value == "31022020"


async def test_at_the_end_of_the_form_the_next_stop_is_said(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go("record_number")
        await pilot.pause()
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: call.slot == "notes")
        assert "F2 closes" in said(call)


@pytest.mark.parametrize("slot", ["record_number", "actions", "outcome"])
async def test_words_that_are_notes_go_to_the_notes_with_one_key(store: Store, slot: str) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go(slot)
        await pilot.pause()
        await type_in(pilot, "mum rang and was very upset", "<enter>")
        await until(pilot, lambda: "reads like notes" in said(call))
        await type_in(pilot, "<ctrl+t>")
        await until(pilot, lambda: call.sheet.notes == "mum rang and was very upset")
        assert not call.entries[slot].value and not call.sheet.actions and not call.sheet.outcome


async def test_a_call_begun_by_mistake_is_discarded_for_a_reason_that_is_recorded(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>")
        await until(pilot, lambda: drafts.waiting(store, ADVISOR))
        await type_in(pilot, "<alt+x>")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "wrong number", "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await until(pilot, lambda: not drafts.waiting(store, ADVISOR))
        kept = store.reader.conn.execute(
            "SELECT subject, detail FROM audit WHERE kind = 'discard'"
        ).fetchall()
        assert kept == [(call.keeper.draft.id, "wrong number")]
