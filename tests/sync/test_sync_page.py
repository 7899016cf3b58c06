"""The sync page: every state is named with its next step; a sync is stopped and goes on; what Windows keeps offline, or a
program keeps in step, is no place of sync."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from keyboard import shown as comes
from keyboard import type_in, until
from samples import ADVISOR
from screens.conftest import page
from seated import at_the_board
from sync.seats import Seats
from sync.test_rules import call, held
from sync.test_two_desks import Two, cheap, two  # noqa: F401
from textual.pilot import Pilot

from spoc.model.errors import FolderUnusable
from spoc.screens.sync.sync_lines import next_step
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage import store_folder
from spoc.storage.desks.standing import standing
from spoc.storage.service import settings
from spoc.storage.store_folder import Machine
from spoc.sync import run
from spoc.sync.folder import Folder


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    """Two desks that hold the same; the first names the share as its place of sync."""
    made = Seats(tmp_path, 2)
    call(made.desks[0])
    store = made.desks[0].store
    settings.recorded(store, ADVISOR, "sync", str(made.share)).result()
    settings.take(store)
    made.until_quiet()
    yield made
    made.close()


def said(pilot: Pilot[Any]) -> str:
    return " ".join(page(pilot).split())


def stands(seats: Seats, number: int = 0) -> Any:
    return standing(seats.desks[number].store, ADVISOR)


# -- every state -----------------------------------------------------------------------------------


async def test_damaged_files_and_gaps_stay_on_the_page_with_what_to_do(seats: Seats) -> None:
    other = seats.desks[1]
    before = {*seats.segments()}
    seats.clock(1).step(minutes=1)
    call(other)
    seats.sync(1)
    (file,) = {*seats.segments()} - before
    file.write_bytes(file.read_bytes()[:100])
    seats.sync(0)
    async with at_the_board(seats.desks[0].store) as pilot:
        await type_in(pilot, "y")
        await comes(pilot, SyncScreen)
        await until(pilot, lambda: file.name in said(pilot))
        assert "Ask IT to look at the place of sync" in said(pilot)
        assert "entries of other desks not here yet. Press s; if that does not help" in said(pilot)
        seats.sync(1)  # writes it again beside the damaged one
        await type_in(pilot, "s")
        await until(pilot, lambda: "Received" in said(pilot).title() and held(seats.desks[0]) == 2)
        await until(
            pilot, lambda: file.name not in said(pilot) and "not here yet" not in said(pilot)
        )


async def test_each_state_of_another_desk_has_a_next_step(seats: Seats) -> None:
    store = seats.desks[0].store
    call(seats.desks[0])
    seats.sync(0)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "y")
        screen = await comes(pilot, SyncScreen)
        await until(pilot, lambda: "of this desk with its next sync" in said(pilot))
        assert screen.marked and screen.marked.lacks and "Fingerprint" in said(pilot)
        seats.clock(1).step(minutes=1)
        seats.sync(1)
        seats.sync(0)
        await until(pilot, lambda: "signed that it has everything" in said(pilot))


def test_a_silent_desk_one_whose_clock_is_wrong_and_one_that_never_synced_have_one_too(
    seats: Seats, tmp_path: Path
) -> None:
    seats.clock(0).step(hours=25)
    assert "Is it switched on and connected?" in next_step(stands(seats).others[0])
    seats.clock(1).step(hours=49)
    seats.sync(1)
    seats.sync(0)
    assert "its clock is about 1 day ahead" in next_step(stands(seats).others[0])
    (tmp_path / "apart").mkdir()
    apart = Seats(tmp_path / "apart", 2)
    try:
        assert "its first sync says what it has" in next_step(stands(apart).others[0])
    finally:
        apart.close()


def test_what_another_desk_signed_for_and_a_gap_are_missing_until_they_come(seats: Seats) -> None:
    assert stands(seats).missing == 0
    known = {each.name for each in seats.segments()}
    seats.clock(1).step(minutes=1)
    call(seats.desks[1])
    seats.sync(1)

    class Withheld(Folder):
        """A share that shows no new segment."""

        def list(self) -> Any:
            whole = super().list()
            return {
                name: size for name, size in whole.items()
                if not name.endswith(".seg") or Path(name).name in known
            }  # fmt: skip

    seats.sync(0, Withheld(seats.share))
    assert stands(seats).missing > 0
    seats.sync(0)
    assert stands(seats).missing == 0


# -- stopping, and going on ------------------------------------------------------------------------


class Slow(Folder):
    """A share at which each file takes until it is let through."""

    let = Event()
    got = 0

    def get(self, name: str) -> bytes:
        if name.endswith(".seg"):
            type(self).got += 1
            assert self.let.wait(30)
            self.let.clear()
        return super().get(name)


async def test_a_sync_is_stopped_after_a_file_and_goes_on_from_there(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        call(seats.desks[1])
        seats.sync(1)
    store = seats.desks[0].store
    monkeypatch.setattr("spoc.sync.places.place_of", lambda named: Slow(Path(named)))
    Slow.got = 0
    async with at_the_board(store) as pilot:
        await type_in(pilot, "y")
        screen = await comes(pilot, SyncScreen)
        await type_in(pilot, "s")
        await until(pilot, lambda: Slow.got == 1)
        assert screen.check_action("stop", ()) and not screen.check_action("sync", ())
        await type_in(pilot, "x")
        await until(pilot, lambda: "Stopping after this file" in said(pilot))
        Slow.let.set()
        await until(pilot, lambda: "s goes on from there" in said(pilot))
        assert held(seats.desks[0]) == 2 and Slow.got == 1
        monkeypatch.undo()
        await type_in(pilot, "s")
        await until(pilot, lambda: held(seats.desks[0]) == 4)
    with closing(seats.transport()) as there:
        again = run.sync(seats.desks[0], there)
    assert (again.sent, again.received, again.problems) == (0, 0, ())


# -- what is no place of sync ----------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["OneDrive - Trust", "Dropbox", "Dropbox (Personal)", "Google Drive", "Nextcloud"])  # fmt: skip
def test_a_folder_that_a_program_keeps_in_step_is_refused(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder / "safeguarding"
    place.mkdir(parents=True)
    with pytest.raises(FolderUnusable, match=r"kept in step by .* nothing was sent or received"):
        Folder(place)


def test_a_folder_that_windows_answers_for_itself_is_refused_in_words(
    two: Two,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def offline(folder: str) -> bool:
        asked.append(folder)
        return True

    whole = store_folder.this_machine()
    monkeypatch.setattr(
        "spoc.sync.folder.this_machine", lambda: replace(whole, kept_offline=offline)
    )
    code, out, error = two.run("a", "sync", "--folder", str(two.share))
    assert (code, out) == (3, "") and "Offline Files" in error and "Ask IT" in error
    assert asked == [str(two.share)] and [*two.share.iterdir()] == []
    code, _, error = two.run("a", "setting", "set", "sync", str(two.share))
    assert code == 3 and "Offline Files" in error


def test_on_windows_the_drive_of_a_program_is_known_by_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(True, {"OneDrive": "S:\\cloud"}, "C:\\Temp", lambda root: 3, "")
    assert store_folder.synced_by(machine.path("S:\\cloud\\team"), machine) == "OneDrive"
    assert store_folder.synced_by(machine.path("S:\\team"), machine) is None
    assert not store_folder.this_machine().kept_offline("/tmp")
