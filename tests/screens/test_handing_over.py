"""Handover, end of day, files of clear text, the unborn board, the calendar, and a clock that was changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, a_colleague, close_one, raw
from screens.conftest import Ticks, page, sign_in
from seated import at_the_board
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.app import SpocApp
from spoc.model.forms.sheet import Action, Person
from spoc.model.idle import Idle
from spoc.model.values.instants import utc_text
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.followups.calendar import CalendarScreen
from spoc.screens.followups.handover import HandoverScreen
from spoc.screens.followups.minding import RingLine
from spoc.screens.followups.outputs import OutputsScreen
from spoc.screens.followups.unborn import UnbornScreen
from spoc.storage.contacts import contacts
from spoc.storage.followups import followups, handover, unborn
from spoc.storage.store import Store
from spoc.widgets.preferences import Preferences


def promise(store: Store, due: str = "2h", code: str = "hold-discharge") -> bytes:
    return close_one(store, actions=(Action(code, "the ward", due, utc_text(store.now())),))


@asynccontextmanager
async def opened(
    store: Store, letter: str, kind: type[Screen[Any]], size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Pilot[Any], Any]]:
    async with at_the_board(store, size=size) as pilot:
        await type_in(pilot, letter)
        yield pilot, await shown(pilot, kind)


def flat(pilot: Pilot[Any]) -> str:
    return " ".join(page(pilot).split())


async def asked(pilot: Pilot[Any], letter: str, *steps: str) -> None:
    await type_in(pilot, letter)
    card = await shown(pilot, RecordScreen)
    await type_in(pilot, *steps)
    await until(pilot, lambda: pilot.app.screen is not card)


async def test_what_stood_on_the_screen_is_seen_and_what_did_not_is_told_again(
    store: Store, clock: Clock
) -> None:
    """Opening a page marked all in it as read, shown or not."""
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    contact = close_one(store)
    for number in range(40):
        contacts.add_note(store, omar, contact, f"note {number}").result()
    async with opened(store, "h", HandoverScreen, (80, 24)) as (pilot, _):
        await until(pilot, lambda: "40 lines" in page(pilot))
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
    left = len(handover.news(store, ADVISOR))
    assert 0 < 40 - left < 24
    async with opened(store, "h", HandoverScreen, (80, 24)) as (pilot, _):
        await until(pilot, lambda: f"{left} lines" in page(pilot))
        await type_in(pilot, "<pagedown>", "<pagedown>", "<pagedown>")
        await pilot.pause()
        await until(pilot, lambda: handover.news(store, ADVISOR) == [])


async def test_mondays_handover_after_a_colleagues_leave(store: Store, clock: Clock) -> None:
    """The promise of whoever is on leave is the team's: it stands on the sheet, overdue, with whom to ring."""
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    close_one(
        store, omar, actions=(Action("call-back", "Omar Diaz", "24h", utc_text(store.now())),)
    )
    followups.claim(store, omar, followups.open_ones(store, omar)[0]).result()
    handover.leave_word(store, omar, "I am away until 7 December.").result()
    clock.step(days=3)
    async with opened(store, "h", HandoverScreen) as (pilot, _):
        await until(pilot, lambda: "Omar Diaz" in page(pilot))
        await type_in(pilot, "h")
        await until(pilot, lambda: "I am away until 7 December." in flat(pilot))
        assert "overdue 2 days Call-back set · Molly Mulberry · claimed by Omar Diaz · ring 01632 960111" in flat(pilot)  # fmt: skip


async def test_a_word_is_left_and_the_sheet_is_printed_listed_and_deleted(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    promise(store, "24h")
    async with opened(store, "h", HandoverScreen) as (pilot, _):
        await asked(pilot, "w", "Ring the ward.", "<f2>")
        await type_in(pilot, "e")
        await until(pilot, lambda: "Held by nobody tonight Sat 09:00 Hold discharge" in flat(pilot))
        await type_in(pilot, "p")
        await until(pilot, lambda: "Written, not encrypted" in page(pilot))
        (file,) = (tmp_path / "outputs").iterdir()
        text = file.read_text(encoding="utf-8")
        assert "Molly Mulberry" in text and "day-sheet-clear-text" in file.name
        await type_in(pilot, "o")
        await shown(pilot, OutputsScreen)
        assert file.name in page(pilot)
        await type_in(pilot, "x")
        await until(pilot, lambda: not file.exists())
        assert f"Deleted: {file.name}" in page(pilot)


async def test_the_unborn_board_takes_a_plan_a_birth_and_a_twin(store: Store, clock: Clock) -> None:
    baby = Person("Unborn baby of Ann Lane", "unborn", edd="2026-12-01", mother=Person("Ann Lane", "adult"))  # fmt: skip
    close_one(store, children=(baby,), identity="unborn")
    async with opened(store, "b", UnbornScreen, (80, 24)) as (pilot, _):
        await until(pilot, lambda: "38 weeks, 1 left" in page(pilot))
        await asked(pilot, "p", "yes", "<enter>", "blue folder", "<enter>", "Midwife Ash", "<f2>")
        await until(pilot, lambda: "plan (blue folder)" in page(pilot))
        await asked(pilot, "b", "Lane, Ivy", "<enter>", "t", "<f2>")
        await until(pilot, lambda: "No unborn baby is expected" in page(pilot))
        await type_in(pilot, "a")
        await until(pilot, lambda: "born 20 Nov 2026" in page(pilot))
        await asked(pilot, "b", "Lane, Max", "<enter>", "t", "<f2>")
    (one,) = unborn.board(store, ADVISOR, every=True)
    assert sorted(one.born) == ["Lane, Ivy", "Lane, Max"]


async def test_a_closure_that_is_set_on_the_page_moves_what_is_open_and_says_how_much(
    store: Store, clock: Clock
) -> None:
    promise(store, "1wd")
    async with opened(store, "t", CalendarScreen) as (pilot, _):
        assert "Fri 25 Dec 2026" in page(pilot)
        await asked(pilot, "c", "23/11/26", "<enter>")
        await until(pilot, lambda: "1 open due time moved." in page(pilot))
        assert "Mon 23 Nov 2026" in page(pilot)
        assert "Any children's safeguarding service (generic), digest" in flat(pilot)
        assert "Nobody has adopted it yet." in page(pilot)
        await type_in(pilot, "c")
        await shown(pilot, RecordScreen)
        await type_in(pilot, "easter", "<f2>")
        await until(pilot, lambda: "Closure days are dates" in flat(pilot))
    assert followups.open_ones(store, ADVISOR)[0].due_at == "2026-11-24T17:00:00.000Z"


async def test_the_calendar_shows_how_old_the_newest_backup_is_and_a_key_makes_one(
    folder: Path, clock: Clock
) -> None:
    app = SpocApp(folder, now=clock, liked=Preferences())
    async with app.run_test(size=(80, 24)) as pilot:
        await sign_in(pilot)
        await shown(pilot, BoardScreen)
        await type_in(pilot, "t")
        await shown(pilot, CalendarScreen)
        await until(pilot, lambda: "Newest backup" in page(pilot))
        before = len([*(folder / "backups").glob("spoc-backup-*")])
        clock.step(minutes=1)
        await type_in(pilot, "b")
        await until(pilot, lambda: "A backup was made:" in page(pilot))
        assert "0 hours old, in the folder beside the store" in page(pilot)
    assert len([*(folder / "backups").glob("spoc-backup-*")]) == before + 1


async def test_a_closure_of_another_desk_moves_what_is_open_here(
    store: Store, clock: Clock
) -> None:
    from spoc.storage.service import settings

    promise(store, "1wd")
    async with at_the_board(store) as pilot:
        pilot.app.mind()  # type: ignore[attr-defined]
        settings.change(store, ADVISOR, "closures", "2026-11-23").result()
        pilot.app.mind()  # type: ignore[attr-defined]
        await until(pilot, lambda: followups.open_ones(store, ADVISOR)[0].due_was)


# -- the computer's clock --------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "kind"), [({"days": -1}, "back"), ({"days": 365}, "forward")])
async def test_a_clock_that_was_changed_is_said_recorded_and_rings_nothing_early(
    store: Store, clock: Clock, step: dict[str, float], kind: str
) -> None:
    promise(store, code="call-back")
    before = followups.every(store, ADVISOR)
    ticks = Ticks()
    async with at_the_board(store) as pilot:
        app: Any = pilot.app
        app.idle = Idle(lambda: clock().timestamp(), ticks)
        app.forget_due()
        app.mind()
        assert app.clock_note == ""
        clock.step(**step)
        ticks.at += 1
        app.mind()
        app.screen._tick()
        await until(pilot, lambda: f"went {kind}: it says" in page(pilot))
        assert not app.screen.query(RingLine)
        assert followups.every(store, ADVISOR) == before
        ticks.at += 2 * 3600  # the time that is known comes to the call-back's
        app.mind()
        assert len(app.screen.query(RingLine)) == 1
        app.idle.touch()
        await type_in(pilot, "k")
        await until(pilot, lambda: f"went {kind}" not in page(pilot))
    store.submit(lambda db: None).result()
    said = raw(store).conn.execute("SELECT purpose FROM audit WHERE kind = 'clock' ORDER BY rowid")
    assert said.fetchall() == [(kind,), ("trusted",)]
