"""Two calls at once: parked, resumed where one was, moved between, handed on, taken over."""

import asyncio
from dataclasses import replace

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, joins, signs
from seated import at_the_board

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

COLLEAGUE = signs(Actor(b"advisor-number-2", "Ben Bailey", "advisor"))


async def test_a_call_is_parked_another_taken_and_the_first_resumed_by_number(
    store: Store, clock: Clock
) -> None:
    async with at_the_board(store) as pilot:
        await type_in(
            pilot, "n", "Reed, Amy", "<enter>", "ed", "<enter>", "nurse", "<enter>", "4521"
        )
        await type_in(pilot, "<left>", "<left>")
        await type_in(pilot, "<f9>")
        board = await shown(pilot, BoardScreen)
        clock.step(minutes=3)
        await type_in(pilot, "n", "Hill, Jo", "<enter>")
        second = await shown(pilot, ContactScreen)
        await until(pilot, lambda: "1 parked, oldest 3 min" in second.header.state)
        await type_in(pilot, "<f9>")
        await until(pilot, lambda: pilot.app.screen is board and len(board.waiting) == 2)
        await pilot.pause()
        line = str(board._paint(board.waiting[0], 116))
        assert "1 09:00" in line and "Reed, Amy" in line and "Call-back number “4521”" in line
        await type_in(pilot, "1")
        first = await shown(pilot, ContactScreen)
        assert first.sheet.caller.name == "Reed, Amy"
        assert first.place == ("callback", 2), "the cursor is where it was"
        assert first.sheet.opened_at == "2026-11-20T09:00:00.000Z", "the clock ran on"
        await type_in(pilot, "99")
        assert first.entries["callback"].value == "459921"


async def test_a_call_parked_in_the_walk_says_at_which_question(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "<alt+s>", "own")
        await until(pilot, lambda: pilot.app.screen.asking)
        await type_in(pilot, "<f9>")
        board = await shown(pilot, BoardScreen)
        await until(pilot, lambda: board.waiting)
        assert "Immediate danger “own”" in str(board._paint(board.waiting[0], 116))


async def test_one_key_goes_between_two_calls(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "<ctrl+n>", "Hill, Jo", "<enter>")
        await until(pilot, lambda: getattr(pilot.app.screen, "others", []))
        await type_in(pilot, "<f7>")
        await until(pilot, lambda: pilot.app.screen.sheet.caller.name == "Reed, Amy")
        await until(pilot, lambda: pilot.app.screen.entries)
        await type_in(pilot, "<f7>")
        await until(pilot, lambda: pilot.app.screen.sheet.caller.name == "Hill, Jo")


async def test_a_child_in_the_wrong_call_is_moved_to_the_other_in_one_action(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "<ctrl+n>", "Hill, Jo", "<enter>")
        await until(pilot, lambda: getattr(pilot.app.screen, "others", []))
        screen = await shown(pilot, ContactScreen)
        await until(pilot, lambda: screen.sheet.caller.name == "Hill, Jo")
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "Brook, Ty", "<enter>", "190726", "<enter>", "<f5>")
        await until(pilot, lambda: screen.sheet.children == ())
        assert "moved to the other call (Reed, Amy)" in str(screen.query_one("#message").content)
        await type_in(pilot, "<f7>")
        await until(pilot, lambda: pilot.app.screen.sheet.caller.name == "Reed, Amy")
        assert pilot.app.screen.sheet.children[0].dob == "2026-07-19"
    moves = store.reader.conn.execute("SELECT purpose FROM audit WHERE kind = 'move'").fetchall()
    assert moves == [("child",)]


async def test_of_three_calls_a_child_is_moved_to_the_one_that_the_same_keys_go_to(
    store: Store, clock: Clock
) -> None:
    async with at_the_board(store) as pilot:
        for caller in ("Reed, Amy", "Hill, Jo", "Weir, Ben"):
            await type_in(pilot, "n", caller, "<enter>")
            screen = await shown(pilot, ContactScreen)
            await until(pilot, lambda caller=caller: screen.sheet.caller.name == caller)
            clock.step(minutes=1)
            await type_in(pilot, "<f9>")
            board = await shown(pilot, BoardScreen)
            await until(pilot, lambda: not board.is_current or len(board.waiting))
        await until(pilot, lambda: len(board.waiting) == 3)
        await type_in(pilot, "1")  # Reed; Weir was parked last
        screen = await shown(pilot, ContactScreen)
        await until(pilot, lambda: len(screen.others) == 2)
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "Brook, Ty", "<enter>", "<f5>")
        await until(
            pilot,
            lambda: (
                "moved to the other call (Weir, Ben)" in str(screen.query_one("#message").content)
            ),
        )
        await type_in(pilot, "<f7>")
        await until(pilot, lambda: pilot.app.screen.sheet.caller.name == "Weir, Ben")
        assert [child.name for child in pilot.app.screen.sheet.children] == ["Brook, Ty"]


async def test_parked_for_too_long_it_becomes_an_open_contact_that_a_colleague_takes_over(
    store: Store, clock: Clock
) -> None:
    joins(store, COLLEAGUE)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "ed", "<enter>", "<f9>")
        await shown(pilot, BoardScreen)
        await until(
            pilot, lambda: any(each.sheet.parked_at for each in drafts.waiting(store, ADVISOR))
        )
    clock.step(minutes=14)
    assert sheets.hand_on_overdue(store, ADVISOR) == []
    clock.step(minutes=2)
    for done in sheets.hand_on_overdue(store, ADVISOR):
        done.result()
    assert drafts.waiting(store, ADVISOR) == []
    async with at_the_board(store, actor=COLLEAGUE) as pilot:
        board = pilot.app.screen
        await until(pilot, lambda: board.query_one("Rows").items)
        assert "OPEN" in str(board._paint(board.query_one("Rows").item, 116))
        await type_in(pilot, "<enter>")
        page = await shown(pilot, ContactPage)
        assert "OPEN" in page.query_one("Header").state
        await type_in(pilot, "g")
        call = await shown(pilot, ContactScreen)
        assert call.sheet.caller.name == "Reed, Amy"
        assert call.keeper.draft.actor == COLLEAGUE.id
        await type_in(pilot, "nurse", "<enter>")
        await until(
            pilot,
            lambda: any(
                each.sheet.values.get("role") == "nurse"
                for each in drafts.waiting(store, COLLEAGUE)
            ),
        )
    assert verify(store).findings == ()


async def test_leaving_with_a_parked_call_is_stopped_with_words(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "<f9>")
        await shown(pilot, BoardScreen)
        await until(pilot, lambda: drafts.waiting(store, ADVISOR))
        await type_in(pilot, "q")
        leaving = await shown(pilot, LeaveScreen)
        assert "1 call is not closed" in str(leaving.query_one("#title").content)
        assert "Reed, Amy" in str(leaving.query_one("#calls").content)
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        assert drafts.waiting(store, ADVISOR)
        await type_in(pilot, "q")
        await shown(pilot, LeaveScreen)
        await type_in(pilot, "l")
        await until(pilot, lambda: not pilot.app.is_running or pilot.app._exit)
    assert [row.open for row in contacts.recent(store, ADVISOR)] == [True]


async def test_of_many_calls_those_that_do_not_fit_are_counted(store: Store) -> None:
    for number in range(14):
        draft = drafts.new(store, ADVISOR)
        drafts.save(store, draft, replace(draft.sheet, notes=f"Call {number}.")).result()
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "q")
        leaving = await shown(pilot, LeaveScreen)
        lines = str(leaving.query_one("#calls").content).splitlines()
        assert len(lines) == 10 and lines[-1].strip() == "and 5 more"


async def test_a_draft_save_never_brings_back_a_contact_that_a_colleague_took(store: Store) -> None:
    draft = drafts.new(store, ADVISOR)
    sheet = replace(draft.sheet, notes="begun")
    drafts.save(store, draft, sheet).result()
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    taken = sheets.take_over(store, COLLEAGUE, draft.id).result()
    with pytest.raises(BadInput, match="what you typed since is not in it"):
        drafts.save(store, draft, replace(sheet, notes="too late")).result()
    await asyncio.sleep(0)
    (waiting,) = drafts.waiting(store, ADVISOR)
    assert (waiting.actor, waiting.sheet.notes) == (COLLEAGUE.id, taken.sheet.notes)
