"""What is due: the queue and its keys, the top of the board, every header, and the ringing of call-backs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, a_colleague, close_one
from screens.conftest import page
from screens.test_contact import QUERY
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.followups.followup import OVERDUE, TODAY, FollowUp
from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Command
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.screens.followups.followups import FollowUpsScreen
from spoc.screens.followups.minding import RingLine
from spoc.storage.followups import calendar, followups, queue, ringing
from spoc.storage.store import Store


def promise(
    store: Store, code: str = "hold-discharge", due: str = "2h", child: str = "Molly Mulberry"
) -> bytes:
    action = Action(code, "the ward", due, utc_text(store.now()))
    return close_one(store, actions=(action,), children=(Person(child, "child"),))


@asynccontextmanager
async def the_queue(
    store: Store, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Pilot[Any], FollowUpsScreen]]:
    async with at_the_board(store, size=size) as pilot:
        await type_in(pilot, "f")
        screen = await shown(pilot, FollowUpsScreen)
        await until(pilot, lambda: screen.seen >= 0 and (screen.found or "Nothing" in page(pilot)))
        await pilot.pause()
        yield pilot, screen


def every(store: Store) -> list[FollowUp]:
    return followups.every(store, ADVISOR)


def flat(pilot: Pilot[Any]) -> str:
    """The page in one line: where it wraps does not matter."""
    return " ".join(page(pilot).split())


async def asked(pilot: Pilot[Any], letter: str, *steps: str) -> None:
    """Press a key that asks for more, and answer on its card."""
    await type_in(pilot, letter)
    await shown(pilot, RecordScreen)
    await type_in(pilot, *steps)


async def test_what_is_overdue_and_due_today_stands_at_the_top_of_the_board_and_in_the_header(
    store: Store, clock: Clock
) -> None:
    """Tried as a new user would: hold discharge went overdue and the board showed nothing."""
    promise(store)
    clock.step(hours=3)
    promise(store, due="4h")
    async with at_the_board(store) as pilot:
        await until(pilot, lambda: "1 overdue, 1 due today   f shows all" in page(pilot))
        said = "! overdue 1 h Hold discharge Molly Mulberry the ward"
        await until(pilot, lambda: said in flat(pilot))
        first = page(pilot).splitlines()[0]
        assert "1 overdue, 1 due today" in first
        await type_in(pilot, "n")
        await shown(pilot, ContactScreen)
        assert "1 overdue" in page(pilot).splitlines()[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_queue_says_when_what_about_whom_and_who_has_it(
    store: Store, clock: Clock, size: tuple[int, int]
) -> None:
    promise(store)
    clock.step(hours=3)
    async with the_queue(store, size) as (pilot, _):
        text = page(pilot)
        assert "overdue 1   today 0   tomorrow 0   all 1" in text
        row = next(line for line in text.splitlines() if "! overdue" in line)
        assert row.split() == ["▸", "!", "overdue", "1", "h", "Hold", "discharge", "Molly", "Mulberry", "the", "ward"]  # fmt: skip
        assert "ring Nora Nurse on 01632 960111" in flat(pilot)


async def test_x_marks_it_as_kept_and_u_takes_that_back(store: Store, clock: Clock) -> None:
    promise(store)
    async with the_queue(store) as (pilot, screen):
        await type_in(pilot, "x")
        await until(pilot, lambda: not screen.found and "Nothing is open." in page(pilot))
        assert [each.ended for each in every(store)] == ["kept"]
        await type_in(pilot, "u")
        await until(pilot, lambda: screen.found)
        assert [each.ended for each in every(store)] == [""]


async def test_a_key_acts_on_the_follow_up_that_was_marked_though_the_list_moves_before_it_is_written(
    store: Store, clock: Clock
) -> None:
    promise(store, due="4h", child="Second Child")
    async with the_queue(store) as (pilot, screen):
        await type_in(pilot, "w")
        await shown(pilot, RecordScreen)
        promise(store, due="1h", child="First Child")  # comes in above it meanwhile
        await type_in(pilot, "gone home", "<f2>")
        await until(pilot, lambda: len(screen.found) == 1)
        ended = next(each for each in every(store) if each.ended)
        assert (ended.children, ended.ended_why) == (("Second Child",), "gone home")


async def test_claim_put_off_and_hand_on_each_say_so_on_the_line(
    store: Store, clock: Clock
) -> None:
    promise(store)
    async with the_queue(store) as (pilot, screen):
        await type_in(pilot, "c")
        await until(pilot, lambda: "claimed: Ada Advisor" in page(pilot))
        await asked(pilot, "z", "1500", "<enter>", "ward rings at three", "<f2>")
        await until(
            pilot, lambda: "put off to Fri 20 Nov 2026 15:00: ward rings at three" in flat(pilot)
        )
        await asked(pilot, "h", "Dr Osei", "<enter>", "his patient", "<f2>")
        await until(pilot, lambda: screen.found and screen.found[0].who == "Dr Osei")
        assert screen.found[0].claimed_by == b""


async def test_a_form_that_lacks_its_reason_writes_nothing(store: Store, clock: Clock) -> None:
    promise(store)
    async with the_queue(store) as (pilot, _):
        await type_in(pilot, "z", "1500", "<enter>", "<f2>")
        card = await shown(pilot, RecordScreen)
        assert "say why" in page(pilot).lower()
        await type_in(pilot, "<escape>", "<escape>")
        await until(pilot, lambda: pilot.app.screen is not card)
        assert every(store)[0].snoozed_to == ""


async def test_what_a_colleague_ended_meanwhile_says_so_and_leaves_the_list(
    store: Store, clock: Clock
) -> None:
    promise(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    async with the_queue(store) as (pilot, screen):
        screen._read = lambda: None  # type: ignore[method-assign]  # the list is as it was shown
        followups.end(store, omar, screen.found[0]).result()
        await type_in(pilot, "x")
        await until(pilot, lambda: "Omar Diaz has marked it kept" in page(pilot))


async def test_two_desks_claims_show_both_names_and_c_settles_it(
    store: Store, clock: Clock
) -> None:
    promise(store)
    (each,) = every(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    followups.claim(store, ADVISOR, each).result()
    followups.claim(store, omar, each).result()
    async with the_queue(store) as (pilot, screen):
        assert "claimed twice: " in page(pilot)
        await type_in(pilot, "c")
        await until(pilot, lambda: "claimed: Ada Advisor" in page(pilot))
        assert not screen.found[0].disputed


async def test_due_while_nobody_is_there_asks_who_holds_it_until_it_is_said(
    store: Store, clock: Clock
) -> None:
    promise(store, due="24h")
    async with the_queue(store) as (pilot, _):
        await until(pilot, lambda: "ASK who holds it" in page(pilot))
        await asked(pilot, "o", "Dr Lee", "<enter>", "bleep 412", "<enter>", "1645", "<enter>")
        await type_in(pilot, "yes", "<enter>", "Sister Ash", "<f2>")
        await until(pilot, lambda: "held by Dr Lee, bleep 412" in flat(pilot))
        assert "ASK" not in page(pilot)


# -- call-backs ----------------------------------------------------------------------------------


def line(pilot: Pilot[Any]) -> str:
    found = list(pilot.app.screen.query(RingLine))
    return str(found[0].content) if found else ""


async def test_a_call_back_rings_once_at_its_time_and_not_before(
    store: Store, clock: Clock
) -> None:
    promise(store, "call-back")
    bells: list[int] = []
    async with at_the_board(store) as pilot:
        pilot.app.bell = lambda: bells.append(1)  # type: ignore[method-assign]
        clock.step(hours=1, minutes=59)
        pilot.app.mind()  # type: ignore[attr-defined]
        assert bells == [] and line(pilot) == ""
        clock.step(minutes=1)
        for _ in range(3):
            pilot.app.mind()  # type: ignore[attr-defined]
        assert bells == [1]
        assert line(pilot) == "Call-back due 11:00: f on the board shows it"
        pilot.app.idle.touch()  # type: ignore[attr-defined]  # somebody sits here
        await type_in(pilot, "f")
        await shown(pilot, FollowUpsScreen)
        assert line(pilot) == ""


async def test_it_rings_on_the_locked_screen_without_a_name(store: Store, clock: Clock) -> None:
    promise(store, "call-back")
    async with at_the_board(store) as pilot:
        pilot.app.lock("key")  # type: ignore[attr-defined]
        await shown(pilot, LockScreen)
        clock.step(hours=2)
        pilot.app.mind()  # type: ignore[attr-defined]
        await until(pilot, lambda: "Call-back due 11:00: sign in to see it" in page(pilot))
        assert "Molly" not in page(pilot) and "Nora" not in page(pilot)


async def test_those_missed_in_sleep_ring_once_together_and_say_how_long_ago(
    store: Store, clock: Clock
) -> None:
    promise(store, "call-back", due="1h")
    promise(store, "call-back", due="2h")
    bells: list[int] = []
    async with at_the_board(store) as pilot:
        pilot.app.bell = lambda: bells.append(1)  # type: ignore[method-assign]
        clock.step(hours=3)
        pilot.app.mind()  # type: ignore[attr-defined]
        assert bells == [1]
        assert line(pilot).startswith("2 call-backs due, the first 10:00, 2 h ago")


async def test_what_has_rung_does_not_ring_again_after_a_new_start(
    store: Store, clock: Clock
) -> None:
    promise(store, "call-back")
    clock.step(hours=2)
    due = ringing.upcoming(store, ADVISOR)
    assert len(ringing.fresh(store, due, store.now())) == 1
    ringing.rung(store, due)
    assert ringing.fresh(store, due, store.now()) == ()


async def test_ended_by_a_colleague_it_stops_ringing_and_leaves_header_and_board(
    store: Store, clock: Clock
) -> None:
    """Finished on one device, a task went on ringing on another after sync."""
    promise(store, "call-back")
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    clock.step(hours=3)
    async with at_the_board(store) as pilot:
        pilot.app.mind()  # type: ignore[attr-defined]
        assert line(pilot) and "1 overdue" in page(pilot).splitlines()[0]
        followups.end(store, omar, every(store)[0]).result()
        pilot.app.mind()  # type: ignore[attr-defined]
        pilot.app.screen.refresh_board()  # type: ignore[attr-defined]
        await until(pilot, lambda: "overdue" not in page(pilot))
        assert line(pilot) == ""
    ended = every(store)[0]
    assert (ended.ended_by, ended.ended_at) == (omar.id, utc_text(clock()))


async def test_put_off_it_rings_again_at_the_new_time(store: Store, clock: Clock) -> None:
    promise(store, "call-back")
    clock.step(hours=2)
    ringing.rung(store, ringing.upcoming(store, ADVISOR))
    followups.snooze(store, ADVISOR, every(store)[0], "1h", "engaged").result()
    assert ringing.fresh(store, ringing.upcoming(store, ADVISOR), store.now()) == ()
    clock.step(hours=1)
    assert len(ringing.fresh(store, ringing.upcoming(store, ADVISOR), store.now())) == 1


async def test_leaving_with_a_call_back_still_to_ring_says_so_first(
    store: Store, clock: Clock
) -> None:
    promise(store, "call-back")
    async with at_the_board(store) as pilot:
        await type_in(pilot, "q")
        await shown(pilot, LeaveScreen)
        assert "1 call-back promised for today: nobody will hear it ring" in flat(pilot)
        await type_in(pilot, "<escape>")
        clock.step(hours=3)
        pilot.app.idle.touch()  # type: ignore[attr-defined]
        left: list[int] = []
        pilot.app.exit = lambda *_, **__: left.append(1)  # type: ignore[method-assign]
        await type_in(pilot, "q")
        await until(pilot, lambda: left)


async def test_what_nobody_holds_tonight_stands_at_the_top_of_the_board(
    store: Store, clock: Clock
) -> None:
    promise(store, due="24h")  # Saturday
    async with at_the_board(store) as pilot:
        await until(pilot, lambda: "1 held by nobody" in page(pilot))
        await until(pilot, lambda: "ASK who holds it" in page(pilot))


async def test_what_ended_at_another_desk_says_who_and_when_and_can_be_taken_back(
    store: Store, clock: Clock
) -> None:
    promise(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    followups.end(store, omar, every(store)[0], "not-done", "gone home").result()
    async with the_queue(store) as (pilot, screen):
        await type_in(pilot, "e")
        await until(pilot, lambda: "not done 09:00" in page(pilot))
        assert "Omar Diaz: gone home" in flat(pilot) and "all 0" in page(pilot)
        assert not screen.check_action("kept", ())
        await type_in(pilot, "u")
        await until(pilot, lambda: "all 1" in page(pilot))


async def test_the_board_says_what_the_calendar_moved_from_when_to_when_and_why(
    store: Store, clock: Clock
) -> None:
    promise(store, due="1wd")
    calendar.change(store, ADVISOR, "closures", "2026-11-23")
    async with at_the_board(store) as pilot:
        await until(pilot, lambda: "Moved Hold discharge: moved from" in flat(pilot))
        assert "moved from Mon 23 Nov 2026 17:00 to Tue 24 Nov 2026 17:00: 1 working day" in flat(
            pilot
        )
        assert "closure day 23 Nov" in flat(pilot)


async def test_a_promise_for_closed_hours_asks_in_the_call_who_holds_it_and_closes_then(
    store: Store, clock: Clock
) -> None:
    close_one(store)
    clock.step(hours=1)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, *QUERY[:-1], "<enter>")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["actions"])
        await type_in(pilot, "hold", "<enter>", "the ward", "<enter>", "24h", "<enter>", "<f2>")
        card = await shown(pilot, RecordScreen)
        assert "Due while nobody is here: Hold discharge" in flat(pilot)
        await type_in(pilot, "<escape>")  # nobody can say yet: it stays open, and says so
        await until(pilot, lambda: "Nobody is named to hold it" in flat(pilot))
        assert not screen.asking, "the next letter would answer a question that nobody reads"
        screen.asked_holder = frozenset()
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: isinstance(pilot.app.screen, RecordScreen))
        assert pilot.app.screen is not card
        said = ("Dr Lee, registrar", "bleep 412", "y", "y", "Sister Ash")
        await type_in(pilot, *(key for each in said for key in (each, "<enter>")), "<f2>")
        await until(pilot, lambda: "Accepted at: “y” is not a time; write 1645." in flat(pilot))
        await type_in(pilot, "<backspace>", "1045", "<f2>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
    (each,) = [one for one in every(store) if one.code == "hold-discharge"]
    assert (each.holder, each.holder_bleep, each.holder_since) == (said[0], said[1], "1045")
    assert (each.safe_tonight, each.safe_with) == ("yes", "Sister Ash")
    assert not each.asks_holder(store.hours, store.now())


async def test_each_number_of_the_board_opens_a_list_of_exactly_that_many(
    store: Store, clock: Clock
) -> None:
    promise(store)
    promise(store, child="Leo Late")
    promise(store, due="5h", child="Tia Today")
    clock.step(hours=3)
    async with at_the_board(store) as pilot:
        await until(pilot, lambda: "2 overdue, 1 due today" in flat(pilot))
        await type_in(pilot, "f")
        screen = await shown(pilot, FollowUpsScreen)
        await until(pilot, lambda: "overdue 2 today 1 tomorrow 0 all 3" in flat(pilot))
        stands = [each.state(store.now()) for each in screen.found]
        assert (stands.count(OVERDUE), stands.count(TODAY), len(stands)) == (2, 1, 3)


async def test_the_queue_fetches_its_next_page_as_the_mark_nears_the_end(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(store)
    contact = followups.open_ones(store, ADVISOR)[0].contact
    more = {"contact": contact.hex(), "code": "shared-hv", "due": "24h"}
    due = [utc_text(store.now() + timedelta(minutes=n)) for n in range(1, 50)]
    made = [Command("action", bytes([n]) * 16, {**more, "due_at": at}) for n, at in enumerate(due)]
    store.act(ADVISOR, made).result()
    monkeypatch.setattr(queue, "PAGE", 20)
    async with the_queue(store, (80, 24)) as (pilot, screen):
        assert len(screen.found) == 20 and "all 50" in page(pilot)
        for many in (40, 50):
            screen.rows.move(20)
            await until(pilot, lambda many=many: len(screen.rows.items) == many)
        assert [each.id for each in screen.found] == [
            each.id for each in followups.open_ones(store, ADVISOR)
        ]
