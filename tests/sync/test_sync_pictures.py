"""The sync page and those it opens as pictures, at both sizes, and whether they can be read in every
theme."""

from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in
from samples import ADVISOR, a_colleague
from screens.contrast import unreadable
from screens.every_page import still
from screens.test_pictures import SMALL, WIDE, Album, dress, same_everywhere  # noqa: F401
from seated import at_the_board
from sync.seats import Seats
from sync.test_rules import call
from syrupy.assertion import SnapshotAssertion

from spoc.model.ledger.entry import Command
from spoc.screens.sync import sides
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.screens.sync.inviting import InvitedScreen, InviteScreen
from spoc.screens.sync.place import PlaceScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.screens.sync.uncounted import UncountedScreen
from spoc.storage.contacts import contacts
from spoc.storage.desks import shut_out
from spoc.storage.desks.group import DeskMember
from spoc.storage.secrecy import uncounted
from spoc.storage.secrecy.uncounted import Uncounted
from spoc.storage.service import settings

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*Can not relate snapshot name"),
    pytest.mark.usefixtures("painted"),
]

WHEN = "2026-03-10T09:05:00.000Z"
NOT_COUNTED = [
    Uncounted(
        bytes(16), bytes(15) + b"1", WHEN, ("Where now: On a ward", "Why: ward sister rang"),
        ("Nora Named", "Omar Other"),
    ),
    Uncounted(bytes(15) + b"2", bytes(15) + b"1", WHEN, ("Note: She may go home.",), ()),
]  # fmt: skip


def a_day(place: Path) -> Seats:
    """Four desks; one has all, one lacks the last call, one is about to be shut out, and a field has two values."""
    seats = Seats(place, 4)
    one = seats.desks[0]
    contact = call(one)
    beth, _ = a_colleague(one.store, "Beth Bell", "advisor")
    for number, name in enumerate(
        ("Northtown duty desk", "Yeovil desk", "Minehead desk", "Bea at home")
    ):
        store = seats.desks[number].store
        settings.recorded(store, ADVISOR, "desk", name).result()
        settings.take(store)
        seats.clock(number).step(minutes=1)
    seats.until_quiet()
    own = contacts.get(one.store, ADVISOR, contact)[0]
    on = {"where_now": own.heads.get("where_now", ())}
    for who, where, why in ((ADVISOR, "ward", "ward sister rang"), (beth, "clinic", "mother rang")):
        seats.clock(0).step(minutes=9)
        one.store.act(who, [Command("contact", contact, {"where_now": where}, on, why)]).result()
    seats.sync(0)
    seats.clock(1).step(minutes=20)
    seats.sync(1)
    seats.sync(0)
    shut_out.ask(one.store, ADVISOR, seats.members[3].id, "a laptop left on a train").result()
    settings.recorded(one.store, ADVISOR, "sync", "S:\\safeguarding").result()
    settings.take(one.store)
    return seats


@pytest.mark.long
@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
async def test_both_pages_look_as_they_were_looked_at_and_can_be_read(
    tmp_path: Path,
    size: tuple[int, int],
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sides, "reference", lambda contact: "5FQR-4NBB")
    monkeypatch.setattr(DeskMember, "fingerprint", property(lambda desk: "0a9d 5a96 db89 1e97"))
    monkeypatch.setattr(uncounted, "written_by", lambda store, actor: NOT_COUNTED)
    seats = a_day(tmp_path)
    there = f"folder {seats.share}"  # whose name is another one each time
    monkeypatch.setattr("spoc.storage.desks.places.folder_name", lambda folder: there)
    album = Album(snapshot, f"{size[0]}x{size[1]}")
    pale: list[str] = []

    async def look(name: str, pilot: Any, text: str) -> None:
        await still(pilot, text)
        album.add(f"{name}-dark", pilot)
        for theme in ("dark", "light", "contrast"):
            await dress(pilot, theme)
            pale.extend(unreadable(f"{name}, {theme}", pilot))
        await dress(pilot, "dark")

    try:
        async with at_the_board(seats.desks[0].store, size=size) as pilot:
            await type_in(pilot, "y")
            await shown(pilot, SyncScreen)
            await look("sync", pilot, "c shows it")
            await type_in(pilot, "c")
            await shown(pilot, ConflictsScreen)
            await look("two-ways", pilot, "1 of ")
            await type_in(pilot, "<escape>")
            await shown(pilot, SyncScreen)
            await type_in(pilot, "p")
            await shown(pilot, PlaceScreen)
            await look("place", pilot, "postgresql")
            await type_in(pilot, "<escape>")
            await shown(pilot, SyncScreen)
            await pilot.app.push_screen(UncountedScreen(seats.desks[0]))
            await look("does-not-count", pilot, "1 of 2")
            await type_in(pilot, "<escape>")
            await shown(pilot, SyncScreen)
            await type_in(pilot, "i")
            await shown(pilot, InviteScreen)
            await look("invite", pilot, "appear beside")
            code = "HJCBT9KQDTX8KGJM1M7KA6Z6MS1E"
            await pilot.app.push_screen(
                InvitedScreen("Bea Bird", Path("/srv/bea-bird.invitation"), code)
            )
            await look("invited", pilot, "by telephone")
    finally:
        seats.close()
    assert not album.differ and not pale
