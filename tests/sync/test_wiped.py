"""A profile that keeps nothing, or gives back yesterday: a start notices, and a contact can wait for the share."""

import shutil
from pathlib import Path

from keyboard import shown, type_in, until  # isort: skip
from samples import ADVISOR, close_one
from screens.conftest import page
from seated import at_the_board
from sync.seats import Seats
from sync.test_two_desks import Two, cheap, two  # noqa: F401

from spoc.screens.desk.leaving import LeaveScreen
from spoc.storage.service import settings


def test_a_start_notices_that_what_was_written_last_time_is_gone(two: Two) -> None:  # noqa: F811
    code, _, error = two.run("b", "contact", "list")
    assert code == 3 and "holds no store" in error  # there never was one
    two.call("a", "a-1")
    two.sync("a")
    shutil.rmtree(two.place / "a")
    code, _, error = two.run("a", "contact", "list")
    assert code == 3 and "had records until" in error and "safe at the other desks" in error


def test_a_profile_put_back_to_an_earlier_day_writes_in_a_stream_of_its_own_at_once(
    two: Two,  # noqa: F811
) -> None:
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    shutil.copytree(two.place / "b", two.place / "yesterday")
    two.call("b", "b-1")
    two.sync("b")
    shutil.rmtree(two.place / "b")
    (two.place / "yesterday").rename(two.place / "b")
    two.call("b", "b-2")  # before it has synced
    for desk in ("b", "a", "b"):
        assert two.sync(desk)["problems"] == []
    assert two.rows("a") == two.rows("b") and len(two.rows("a")) == 2


async def test_a_contact_counts_as_closed_once_the_share_has_it(tmp_path: Path) -> None:
    seats = Seats(tmp_path, 2)
    store = seats.desks[0].store
    try:
        seats.until_quiet()
        gone = seats.share.with_name("gone")
        for key, value in (("sync", str(seats.share)), ("closed_when_shared", "yes")):
            settings.recorded(store, ADVISOR, key, value).result()
        settings.take(store)
        seats.share.rename(gone)
        async with at_the_board(store) as pilot:
            close_one(store)
            await until(pilot, lambda: "1 contact counts as closed once" in page(pilot))
            await type_in(pilot, "<ctrl+q>")
            await shown(pilot, LeaveScreen)
            assert "not sent yet" in page(pilot)
            await type_in(pilot, "<escape>")
            gone.rename(seats.share)
            close_one(store)  # it is sent at once, and the other with it
            await until(pilot, lambda: "as closed once" not in page(pilot), 20)
        assert seats.sync(1).received > 0
    finally:
        seats.close()
