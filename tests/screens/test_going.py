"""A page goes when what it holds is written: not twice, and nothing else in its place."""

from dataclasses import replace
from typing import Any

import pytest
from keyboard import burst, keys, shown, type_in, until
from samples import ADVISOR, a_sheet, close_one
from seated import at_the_board
from textual.pilot import Pilot

from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.pages import going
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store


def hold_up(store: Store) -> Any:
    """Keep the writing thread busy for a while, as a slow disk does."""
    return store.submit(lambda db: db.conn.execute("SELECT count(*) FROM entry, entry a, entry b"))


async def ready_to_close(store: Store, pilot: Pilot[Any]) -> ContactScreen:
    """A call on the screen that lacks nothing."""
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, replace(a_sheet(store.now()), slot="notes")).result()
    pilot.app.screen.refresh_board()
    await type_in(pilot, "1")
    call: ContactScreen = await shown(pilot, ContactScreen)
    return call


@pytest.mark.long
@pytest.mark.parametrize(
    "after",
    [("<f8>",), ("<ctrl+q>",), ("<f4>",), ("<f1>",), ("<ctrl+p>",), ("<f6>",), ("<f2>",), ("<f10>", "<f10>")],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("slow", [False, True], ids=["quick", "slow"])
async def test_a_call_that_closes_goes_whatever_key_follows(
    store: Store, after: tuple[str, ...], slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if slow:  # so slow that keys no longer wait for it
        monkeypatch.setattr(going, "WAIT", 0.02)
    for _ in range(12):
        close_one(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await ready_to_close(store, pilot)
        busy = hold_up(store) if slow else None
        burst(pilot.app, keys("<f2>", *after))
        await until(pilot, lambda: len(contacts.recent(store, ADVISOR)) == 13)
        if busy:
            busy.result()
        await pilot.pause()
        if not isinstance(pilot.app.screen, BoardScreen) and pilot.app.is_running:
            await type_in(pilot, "<escape>")
        assert not any(isinstance(each, ContactScreen) for each in pilot.app.screen_stack)
    assert drafts.waiting(store, ADVISOR) == []


async def test_a_new_call_that_is_begun_with_the_closing_of_another_is_there(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        first = await ready_to_close(store, pilot)
        burst(pilot.app, keys("<f2>", "<ctrl+n>", "Reed"))
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, ContactScreen) and pilot.app.screen is not first,
        )
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.entries and call.entries["caller"].value == "Reed")
    assert len(contacts.recent(store, ADVISOR)) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("typed", "tbl"),
    [
        (("t", "Rang back."), "note"),
        (("o", "advice-accepted"), "outcome"),
        (("r", "police", "<enter>", "DC Marsh", "<enter>", "s47", "<enter>", "Dr Lowe", "<enter>", "Three dates."), "release"),
    ],
    ids=["note", "outcome", "request"],
)  # fmt: skip
@pytest.mark.parametrize("then", ["<f2>", "<f1>", "<ctrl+p>"])
async def test_a_card_writes_once_and_leaves_the_page_whatever_key_follows(
    store: Store, typed: tuple[str, ...], tbl: str, then: str
) -> None:
    close_one(store)
    before = written(store, tbl)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "<enter>")
        page = await shown(pilot, ContactPage)
        await type_in(pilot, *typed)
        burst(pilot.app, keys("<f2>", then))
        await until(pilot, lambda: written(store, tbl) > before)
        await pilot.pause()
        if pilot.app.screen is not page:
            await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is page)
    assert written(store, tbl) == before + 1


def written(store: Store, tbl: str) -> int:
    """How many of such records the contact has."""
    (contact,) = contacts.recent(store, ADVISOR)
    return [each.tbl for each in contacts.get(store, ADVISOR, contact.id)].count(tbl)
