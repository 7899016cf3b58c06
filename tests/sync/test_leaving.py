"""Leaving: what the other desks do not have yet is sent first; if the share is away, somebody is told and decides."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, a_sheet, close_one
from screens.conftest import page
from seated import at_the_board
from sync.seats import Seats
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.screens.sync.last_sync import LastSyncScreen, unsent
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desks.standing import standing
from spoc.storage.service import settings
from spoc.sync.folder import Folder
from spoc.sync.transport import PlaceGone


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    """Two desks that hold the same; the first names the share as its place of sync."""
    made = Seats(tmp_path, 2)
    store = made.desks[0].store
    settings.recorded(store, ADVISOR, "sync", str(made.share)).result()
    settings.take(store)
    made.until_quiet()
    yield made
    made.close()


def test_what_is_unsent_is_counted_for_the_place_that_is_named(seats: Seats) -> None:
    """A desk that goes over to another folder has everything still to send there, whatever the former one has."""
    one = seats.desks[0]
    close_one(one.store)
    seats.sync(0)
    stands = standing(one.store, ADVISOR)
    assert stands.unsent == 0 and stands.last
    second = seats.share.with_name("second")
    settings.recorded(one.store, ADVISOR, "sync", str(second)).result()
    settings.take(one.store)
    stands = standing(one.store, ADVISOR)
    assert stands.unsent > 8 and stands.last is None
    second.mkdir()
    seats.sync(0, Folder(second))
    stands = standing(one.store, ADVISOR)
    assert stands.unsent == 0 and stands.last and not stands.problems
    close_one(one.store)
    seats.sync(0)  # the former one, used for a time
    assert standing(one.store, ADVISOR).unsent > 8, "the named one does not have it"


def left(pilot: Pilot[Any]) -> bool:
    return bool(not pilot.app.is_running or pilot.app._exit)


async def test_what_is_unsent_is_sent_before_spoc_ends(seats: Seats) -> None:
    one, other = seats.desks
    async with at_the_board(one.store) as pilot:
        close_one(one.store)
        assert unsent(pilot.app.desk)  # type: ignore[attr-defined]
        await type_in(pilot, "q")
        await until(pilot, lambda: left(pilot))
    seats.sync(1)
    assert len(contacts.recent(other.store, ADVISOR)) == 1


async def test_a_waiting_call_reaches_the_others_as_an_open_contact(seats: Seats) -> None:
    one, other = seats.desks
    draft = drafts.new(one.store, ADVISOR)
    drafts.save(one.store, draft, a_sheet(one.store.now())).result()
    async with at_the_board(one.store) as pilot:
        await type_in(pilot, "q")
        await shown(pilot, LeaveScreen)
        await type_in(pilot, "l")
        await until(pilot, lambda: left(pilot))
    seats.sync(1)
    assert [each.id for each in contacts.still_open(other.store, ADVISOR)] == [draft.id]


async def test_if_the_share_is_away_it_says_what_stays_here_and_asks(seats: Seats) -> None:
    one = seats.desks[0]
    gone = seats.share.with_name("gone")
    seats.share.rename(gone)
    async with at_the_board(one.store, size=(80, 24)) as pilot:
        close_one(one.store)
        await type_in(pilot, "q")
        await shown(pilot, LastSyncScreen)
        await until(pilot, lambda: "Not sent yet" in page(pilot))
        said = str(pilot.app.screen.query_one("#words", Static).content)
        assert "stay safe on this computer" in said and "is not there" in said
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        assert not left(pilot)
        await type_in(pilot, "q")
        await shown(pilot, LastSyncScreen)
        await type_in(pilot, "l")
        await until(pilot, lambda: left(pilot))


async def test_from_the_lock_page_what_is_unsent_goes_too(seats: Seats) -> None:
    one, other = seats.desks
    async with at_the_board(one.store) as pilot:
        close_one(one.store)
        await type_in(pilot, "<ctrl+l>")
        await shown(pilot, LockScreen)
        await until(pilot, lambda: not one.store.keyring.holds(ADVISOR.id))
        await type_in(pilot, "<ctrl+q>")
        await until(pilot, lambda: left(pilot))
    seats.sync(1)
    assert len(contacts.recent(other.store, ADVISOR)) == 1


async def test_from_the_lock_page_it_says_what_stays_here_and_nothing_of_the_desk(
    seats: Seats,
) -> None:
    seats.share.rename(seats.share.with_name("gone"))
    async with at_the_board(seats.desks[0].store, size=(80, 24)) as pilot:
        close_one(seats.desks[0].store)
        await type_in(pilot, "<ctrl+l>")
        await shown(pilot, LockScreen)
        await type_in(pilot, "<ctrl+q>")
        await shown(pilot, LastSyncScreen)
        await until(pilot, lambda: "Not sent yet" in page(pilot))
        assert "Mulberry" not in page(pilot)
        await type_in(pilot, "<escape>")
        await shown(pilot, LockScreen)
        assert not left(pilot) and pilot.app.locked  # type: ignore[attr-defined]
        await type_in(pilot, "<ctrl+q>")
        await shown(pilot, LastSyncScreen)
        await type_in(pilot, "l")
        await until(pilot, lambda: left(pilot))


async def test_with_nothing_unsent_it_ends_at_once(seats: Seats) -> None:
    seats.share.rename(seats.share.with_name("gone"))
    async with at_the_board(seats.desks[0].store) as pilot:
        await type_in(pilot, "q")
        await until(pilot, lambda: left(pilot))
        assert not isinstance(pilot.app.screen, LastSyncScreen)


async def test_a_share_that_does_not_answer_holds_up_neither_the_program_nor_its_end(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits in threads of its own, once in the background, and nothing waits for those."""
    answers, asked = threading.Event(), list[str]()

    def waits(folder: Folder) -> dict[str, int]:
        asked.append(folder.place)
        answers.wait(60)
        raise PlaceGone("It did not answer.")

    monkeypatch.setattr(Folder, "list", waits)
    async with at_the_board(seats.desks[0].store) as pilot:
        close_one(seats.desks[0].store)
        for _ in range(3):
            pilot.app.sync_beside()  # type: ignore[attr-defined]
        await until(pilot, lambda: asked)
        await type_in(pilot, "q")
        await shown(pilot, LastSyncScreen)
        await until(pilot, lambda: len(asked) == 2)
        await type_in(pilot, "l")
        await until(pilot, lambda: left(pilot))
        waiting = [each for each in threading.enumerate() if each.name == "spoc-sync"]
        assert len(waiting) == 2 and all(each.daemon for each in waiting)
    answers.set()
    for each in waiting:
        each.join()
