"""The page of a call: quiet until it matters, room for words, and back to where one was."""

from keyboard import shown, type_in, until
from screens.conftest import page
from seated import at_the_board
from textual.widgets import Static

from spoc.screens.call.contact import ContactScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.store import Store

HALF = ("n", "@caller", "Reed, Amy", "<enter>", "@service", "ae", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "k", "<enter>", "@child")  # fmt: skip


async def test_what_is_missing_shows_once_half_is_typed_or_it_was_to_be_closed(
    store: Store,
) -> None:
    async with at_the_board(store, size=(120, 36)) as pilot:
        await type_in(pilot, "n", "Reed")
        call = await shown(pilot, ContactScreen)
        side = call.query_one("#side", Static)
        await until(pilot, lambda: "To ask" in str(side.content))
        assert "Before it closes" not in str(side.content)
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: "Before it closes" in str(side.content))
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        await type_in(pilot, *HALF, "Brook, Ty", "<enter>", "190726", "<enter>", "9991234500", "<enter>", "@where_now", "ed", "<enter>", "@category", "p", "<enter>", "@record_number", "77", "<enter>")  # fmt: skip
        call = await shown(pilot, ContactScreen)
        side = call.query_one("#side", Static)
        await until(pilot, lambda: "Before it closes" in str(side.content))
        assert "999 123 4500" in page(pilot), "a number stands whole"


async def test_notes_take_the_free_room_the_time_is_a_key_and_a_call_is_resumed_where_one_was(
    store: Store,
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "Reed", "@notes")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.slot == "notes" and call.has_class("-writing"))
        await until(pilot, lambda: call.page.size.height == 5)
        await type_in(pilot, "<alt+t>", "seen", "<left>", "<left>")
        await until(pilot, lambda: call.page.text == "09:00 seen")
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        await type_in(pilot, "1", "X")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.page.text == "09:00 seXen")
