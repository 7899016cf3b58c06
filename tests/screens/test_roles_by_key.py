"""Each row of the table of roles, tried by key in the running app for each role: who may finds it written, or on the page;
for whoever may not the same keys write nothing. A row that nobody tried fails here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from keyboard import type_in
from samples import Clock, a_colleague, a_sheet, close_one, joined
from screens.conftest import PASSPHRASE
from screens.test_every_key import walk
from screens.worklists import ROWS, bring
from seated import Seated, at_the_board
from storage.test_who_may import ASKED
from sync.seats import Seats
from sync.test_rules import call
from sync.test_splits import split
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import COMMANDS, ROLES, may
from spoc.model.values.instants import utc_text
from spoc.model.values.reference import reference
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import ChildrenScreen, WhyScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.arriving.signin import LockScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.users.own_passphrase import ChangePassphraseScreen
from spoc.screens.desk.users.removing import RemoveUserScreen
from spoc.screens.desk.users.users import AddUserScreen, UsersScreen
from spoc.screens.followups.calendar import CalendarScreen
from spoc.screens.followups.followups import FollowUpsScreen
from spoc.screens.help.commands import CommandsScreen
from spoc.screens.reports.behind import BehindScreen
from spoc.screens.reports.chart import ChartScreen
from spoc.screens.reports.dashboard import DashboardScreen
from spoc.screens.reports.marking import MarkScreen
from spoc.screens.reports.supplying import SuppliedScreen
from spoc.screens.safety_net.lists.bringing_in import BringInScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage import set_up
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, sign_in
from spoc.storage.service import settings
from spoc.storage.store import Store

__all__ = ["split"]

pytestmark = pytest.mark.long
HERS = "mulberry kettle frost lamp"
PATIENCE, GLANCE = 30.0, 0.1  # seconds for what must come, and, once all is idle, for what must not


class Keys:
    """Somebody of a role at the keys: how far they get, and what they have written."""

    def __init__(self, pilot: Pilot[Any], store: Store, actor: Actor, allowed: bool) -> None:
        self.pilot, self.store, self.actor = pilot, store, actor
        self.patience = PATIENCE if allowed else GLANCE
        self.before = len(self._all())

    async def come(self, so: Callable[[], object]) -> bool:
        end = monotonic() + self.patience
        while not so():
            if monotonic() > end:
                return False
            await asyncio.sleep(0.01)
        await self.pilot.pause()
        return True

    async def go(self, *steps: str | type[Screen[Any]]) -> bool:
        """Type, and wait for the page that is named after it; stops where it does not come, so that nothing is typed
        into another page."""
        typed: list[str] = []
        for step in (*steps, Screen):
            if isinstance(step, str):
                typed.append(step)
                continue
            if typed:
                await type_in(self.pilot, *typed)
            typed, kind = [], step
            app = self.pilot.app
            if not await self.come(
                lambda kind=kind: isinstance(app.screen, kind) and app.screen.is_mounted
            ):
                return False
        return True

    def _all(self) -> list[str]:
        found = self.store.reader.conn.execute(
            "SELECT tbl FROM entry WHERE header ->> 'actor' = ? ORDER BY hlc",
            (self.actor.id.hex(),),
        )
        return [tbl for (tbl,) in found.fetchall()]

    def written(self) -> list[str]:
        """The kinds of what they wrote since they sat down to it."""
        return self._all()[self.before :]

    async def writes(self, tbl: str) -> bool:
        return await self.come(lambda: tbl in self.written())


Trial = Callable[[Keys], Awaitable[bool]]


def reaches(*steps: str | type[Screen[Any]]) -> Trial:
    return lambda keys: keys.go(*steps)


def writes(tbl: str, *steps: str | type[Screen[Any]]) -> Trial:
    async def trial(keys: Keys) -> bool:
        return await keys.go(*steps) and await keys.writes(tbl)

    return trial


def in_turn(*trials: Trial) -> Trial:
    async def trial(keys: Keys) -> bool:
        for each in trials:
            if not await each(keys):
                return False
            while keys.pilot.app.screen.__class__ is not BoardScreen:
                await type_in(keys.pilot, "<escape>")
        return True

    return trial


async def erases(keys: Keys) -> bool:
    if not await keys.go("l", ContactsScreen, "<enter>", ContactPage):
        return False
    ref = reference(keys.pilot.app.screen.contact)
    if not await keys.go("z", ReasonScreen):
        return False
    first = keys.pilot.app.screen
    await type_in(keys.pilot, "retention", "<enter>")
    await keys.come(lambda: keys.pilot.app.screen is not first)
    await type_in(keys.pilot, ref, "<enter>")
    return await keys.writes("erase")


async def supplies(keys: Keys) -> bool:
    if not await keys.go("a", DashboardScreen, "s", SuppliedScreen):
        return False
    page = keys.pilot.app.screen
    at = [each.code for each, _ in page.rows.items].index("training-compliance")
    said = (
        "2026-10",
        "<enter>",
        "410",
        "<enter>",
        "480",
        "<enter>",
        "L and D",
        "<enter>",
        "2/11/2026",
    )
    return await keys.go(
        *["<down>"] * at, "<enter>", RecordScreen, *said, "<f2>"
    ) and await keys.writes("supplied")


async def brings_in(keys: Keys) -> bool:
    file = keys.store.path.parent / "night.csv"
    file.write_text("Attendance Number,Surname,Arrival\nN9,Elm,19/11/2026 20:10\n")
    if not await keys.go("w", WorklistScreen, "i", BringInScreen, str(file), "<enter>"):
        return False
    page = keys.pilot.app.screen
    await keys.come(lambda: page.step == "site")
    await type_in(keys.pilot, "ED-MPH", "<enter>")
    await keys.come(lambda: page.step == "look")
    await type_in(keys.pilot, "<f2>")
    return await keys.writes("intake")


async def reviews(keys: Keys) -> bool:
    if not await keys.go("w", WorklistScreen):
        return False
    page = keys.pilot.app.screen
    items = page.rows.items  # whose number an analyst is not shown
    at = next((n for n, each in enumerate(items) if each.number == "A5"), 0)  # which one key clears
    await type_in(keys.pilot, *["<down>"] * at, "c")
    return await keys.writes("review")


async def backs_up(keys: Keys) -> bool:
    if not await keys.go("<ctrl+p>", CommandsScreen):
        return False
    page = keys.pilot.app.screen
    page.entry.value = "Backup: make one now"
    await type_in(keys.pilot, "<enter>")
    return await keys.come(lambda: "A backup was made" in keys.pilot.app.backup_note)


async def adds(keys: Keys) -> bool:
    """An administrator holds no key to give to somebody who takes calls."""
    role = "analyst" if keys.actor.role == "admin" else "reviewer"
    said = ("Zed Hawk", "<enter>", role, "<enter>", HERS, "<enter>", HERS, "<enter>")
    return await keys.go(
        "u", UsersScreen, "a", AddUserScreen, *said, UsersScreen
    ) and await keys.writes("user")


TO_A_CHART = ("a", DashboardScreen, "<enter>", ChartScreen)
TO_A_CHILD = ("c", ChildrenScreen, "child", "<enter>", WhyScreen, "1", ChildPage)
# On a store with contacts of six weeks, a call that waits, an ED list and a child.
AT_THE_DESK: dict[str, Trial] = {
    "contact.log": writes("contact", "1", ContactScreen, "<f2>"),
    "contact.amend": writes(
        "note", "l", ContactsScreen, "<enter>", ContactPage, "t", AmendScreen, "Rang back.", "<f2>"
    ),
    "contact.view": reaches("l", ContactsScreen, "<enter>", ContactPage),
    "contact.list": reaches("l", ContactsScreen),
    "contact.search": reaches("/", ContactsScreen),
    "contact.erase": erases,
    "followup.list": reaches("f", FollowUpsScreen),
    "followup.act": writes("action", "f", FollowUpsScreen, "c"),
    "person.search": reaches("c", ChildrenScreen),
    "person.view": reaches(*TO_A_CHILD),
    "person.amend": writes("fact", *TO_A_CHILD, "s", RecordScreen, "mother", "<enter>", "<enter>", "Kit", "<f2>"),
    "attendance.list": reaches("w", WorklistScreen),
    "attendance.view": reaches("w", WorklistScreen, "<enter>", ReviewPage),
    "attendance.review": reviews,
    "attendance.import": brings_in,
    "report.view": reaches(*TO_A_CHART),
    "report.decide": in_turn(
        writes("chart_mark", *TO_A_CHART, "n", MarkScreen, "A new form", "<enter>"),
        writes("chart_mark", *TO_A_CHART, "r", MarkScreen, "A second hospital", "<enter>", "Nora", "<enter>"),
        supplies,
    ),
    "desk.setup": writes("setting", "t", CalendarScreen, "c", RecordScreen, "2026-12-24", "<f2>"),
}  # fmt: skip
# What lies behind a point of a chart takes the right to open contacts.
BEHIND = reaches(*TO_A_CHART, "<enter>", BehindScreen)
LOCKS = reaches("<ctrl+l>", LockScreen)
# On a real folder, with a key file.
WITH_KEYS: dict[str, Trial] = {
    "store.backup": backs_up,
    "user.list": reaches("u", UsersScreen),
    "user.add": adds,
    "user.remove": reaches("u", UsersScreen, "<down>", "x", RemoveUserScreen),
    "user.passphrase": reaches(
        "u", UsersScreen, "p", ChangePassphraseScreen, PASSPHRASE, "<enter>", HERS, "<enter>", HERS, "<enter>", UsersScreen,
    ),
}  # fmt: skip
# At a desk of three that sync.
AMONG_DESKS = {"sync.run": "s", "sync.invite": "i", "sync.revoke": "o"}
BOTH_COUNT = writes("both_ways", "y", SyncScreen, "b", ReasonScreen, "one laptop", "<enter>")
NO_KEY = {
    "call.hand-on": "follows the sign-in of a colleague: see test_handing_over.py",
    "prompt.list": "at the command line alone",
    "pattern.adopt": "at the command line alone",
    "pack.adopt": "at the command line alone",
    "report.make": "at the command line alone: the app shows charts",
    "user.role": "at the command line alone",
    "extract.make": "at the command line; the app does it by itself",
    "store.verify": "at the command line; the app does it by itself",
}


def test_every_row_is_tried_by_key_or_at_the_command_line() -> None:
    by_key = {*AT_THE_DESK, *WITH_KEYS, *AMONG_DESKS, "audit.write", "sync.both-count"}
    assert by_key | NO_KEY.keys() == set(COMMANDS) and not by_key & NO_KEY.keys()
    assert {each for each in NO_KEY if "command line alone" in NO_KEY[each]} <= ASKED.keys()


async def tried(keys: Keys, command: str, trial: Trial, allowed: bool) -> str:
    """What came of it, if that is not what the table says."""
    done = await trial(keys)
    keys.store.submit(lambda db: None).result()
    wrote = [each for each in keys.written() if each != "audit"]
    if done == allowed and (allowed or not wrote):
        return ""
    return f"{command}: {done}, {wrote}, on {type(keys.pilot.app.screen).__name__}"


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    begin = clock.at - timedelta(days=4, weeks=5)
    for week in range(6):
        for number in range(3):
            clock.at = begin + timedelta(weeks=week, days=number)
            child = Person(f"Child {week} {number}", "child", dob="2020-01-01")
            due = Action(
                "hold-discharge",
                "the ward",
                utc_text(clock.at + timedelta(hours=2)),
                utc_text(clock.at),
            )
            close_one(store, children=(child,), actions=(due,))
    clock.at = begin + timedelta(weeks=5, days=4)
    bring(store, *ROWS)
    return store


@pytest.mark.parametrize("role", ROLES)
async def test_at_the_desk(filled: Store, role: str) -> None:
    user, _ = a_colleague(filled, "Sam Shah", role)
    clinical, _ = a_colleague(filled, "Cy Dunn", "advisor")
    drafts.save(filled, drafts.new(filled, clinical), a_sheet(filled.now())).result()
    wrong = []
    async with at_the_board(filled, actor=user) as pilot:
        for command, trial in AT_THE_DESK.items():
            await walk(pilot, [])
            allowed = may(role, command)
            wrong.append(await tried(Keys(pilot, filled, user, allowed), command, trial, allowed))
        await walk(pilot, [])
        behind = may(role, "report.view") and may(role, "contact.view")
        keys = Keys(pilot, filled, user, behind)
        wrong.append(await tried(keys, "behind a point", BEHIND, behind))
        await walk(pilot, [])
        allowed = may(role, "audit.write")
        wrong.append(await tried(Keys(pilot, filled, user, allowed), "audit.write", LOCKS, allowed))
    assert not any(wrong), "\n".join(filter(None, wrong))


@asynccontextmanager
async def signed_in(
    folder: Path, clock: Clock, name: str
) -> AsyncIterator[tuple[Pilot[Any], Desk]]:
    desk = sign_in(folder, PASSPHRASE, name, now=clock, window=False)
    app = Seated(desk, clock)
    try:
        async with app.run_test(size=(120, 36)) as pilot:
            app.sit_down(desk)
            while not isinstance(app.screen, BoardScreen):
                await pilot.pause(0.01)
            await pilot.pause()
            yield pilot, desk
    finally:
        desk.close()


@pytest.mark.parametrize("role", ROLES)
async def test_with_the_key_file(tmp_path: Path, clock: Clock, cheap: None, role: str) -> None:
    folder = tmp_path / "desk"
    set_up.prepare(folder, "S", "Desk", "Nora Named", "named-professional", PASSPHRASE).commit()
    desk = sign_in(folder, PASSPHRASE, now=clock, window=False)
    for name, of in (("Sam Shah", role), ("Ada Abel", "reviewer")):
        joined(desk, name, of, PASSPHRASE)
    desk.close()
    wrong = []
    async with signed_in(folder, clock, "Sam Shah") as (pilot, seat):
        for command, trial in WITH_KEYS.items():
            await walk(pilot, [])
            keys = Keys(pilot, seat.store, seat.actor, may(role, command))
            wrong.append(await tried(keys, command, trial, may(role, command)))
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    made = Seats(tmp_path, 2)
    call(made.desks[0])
    store = made.desks[0].store
    settings.recorded(store, made.desks[0].actor, "sync", str(made.share)).result()
    settings.take(store)
    made.until_quiet()
    yield made
    made.close()


@pytest.mark.parametrize("role", ROLES)
async def test_among_desks(seats: Seats, role: str) -> None:
    store = seats.desks[0].store
    user, _ = a_colleague(store, "Sam Shah", role)
    async with at_the_board(store, actor=user) as pilot:
        for command, pressed in AMONG_DESKS.items():
            await walk(pilot, [])
            allowed = may(role, command)
            keys = Keys(pilot, store, user, allowed)
            there = await keys.go("y", SyncScreen)
            assert there == may(role, "sync.run"), command
            if not there:
                continue
            page = pilot.app.screen
            assert await keys.come(lambda page=page: page.marked)
            await type_in(pilot, pressed)
            if command == "sync.run":
                assert await keys.come(
                    lambda page=page: "Sent" in str(page.query_one("#message").content)
                )
                continue
            assert await keys.come(lambda page=page: pilot.app.screen is not page) == allowed
            if command == "sync.revoke" and allowed:
                await type_in(pilot, "a stolen laptop", "<enter>")
                assert await keys.writes("shut_out")
            if not allowed:
                assert [each for each in keys.written() if each != "audit"] == [], command


@pytest.mark.parametrize("role", ROLES)
async def test_of_a_stream_that_goes_two_ways(split: Seats, role: str) -> None:
    for number in (0, 3, 0):
        split.sync(number)
    store = split.desks[0].store
    user, _ = a_colleague(store, "Sam Shah", role)
    allowed = may(role, "sync.both-count")
    async with at_the_board(store, actor=user) as pilot:
        keys = Keys(pilot, store, user, allowed)
        assert await tried(keys, "sync.both-count", BOTH_COUNT, allowed) == ""
