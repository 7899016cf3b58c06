"""The board says at one look what waits, what is due and what happened; a new day begins at midnight."""

from keyboard import shown, type_in, until
from samples import Clock
from screens.conftest import page
from screens.test_what_is_due import promise
from seated import at_the_board

from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.desk.astray import ASTRAY
from spoc.screens.desk.board import BoardScreen
from spoc.storage.store import Store


async def test_three_questions_are_answered_and_at_midnight_a_new_day_begins(
    store: Store, clock: Clock
) -> None:
    promise(store, "call-back", due="2h")
    async with at_the_board(store, size=(80, 24)) as pilot:
        await until(pilot, lambda: "Due      1 due today   f shows all" in page(pilot))
        lines = page(pilot).splitlines()
        assert lines[1].startswith("  Waiting  0 calls, 0 open contacts")
        assert any(line.startswith("  Today    1 contact, this week 1") for line in lines)
        assert any("Child" in line and "Where it stands" in line for line in lines)
        assert not any("Fri 09:" in line for line in lines[1:])
        clock.step(hours=16)
        pilot.app.idle.touch()  # type: ignore[attr-defined]
        pilot.app.screen.refresh_board()  # type: ignore[attr-defined]
        await until(pilot, lambda: "Today    0 contacts, this week 1" in page(pilot))
        assert "Fri 09:" in page(pilot), "the day stands on the older row"
        pilot.app.mind()  # type: ignore[attr-defined]
        await type_in(pilot, "l")
        screen = await shown(pilot, ContactsScreen)
        await until(pilot, lambda: "Call-back due 11:00" in page(pilot))
        assert screen.entry.region.y >= 2, "what rings lies over no line of the page"
        assert "an NHS number" in page(pilot)


async def test_a_name_typed_on_the_board_opens_nothing_and_n_starts_a_call_after_a_pause(
    store: Store,
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        for letter in "Okafor, Grace":
            await type_in(pilot, letter)
        assert isinstance(pilot.app.screen, BoardScreen), "no letter of the name was a key"
        await until(pilot, lambda: ASTRAY in page(pilot).replace("\n  ", " "))
        await until(pilot, lambda: pilot.app.screen.astray is None)  # type: ignore[attr-defined]
        await type_in(pilot, "n")
        await shown(pilot, ContactScreen)
