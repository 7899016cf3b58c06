"""Every key that the footer, F1 or the commands by name show works where it is shown: made from the pages."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keyboard import until
from samples import ADVISOR, Clock, a_sheet, close_one, signs
from screens.conftest import PASSPHRASE, page
from seated import at_the_board
from textual import events
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.app import SpocApp
from spoc.intake.reading import of_bytes
from spoc.model.attendance.review import Review
from spoc.model.errors import BadInput
from spoc.model.forms.forms import RELEASE_FORM
from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import ROLES
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.email import EmailScreen
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import ChildrenScreen
from spoc.screens.child.linking import LinkScreen
from spoc.screens.child.member import MemberScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.arriving.coming import ComeBackScreen, JoinScreen, RestoreScreen
from spoc.screens.desk.arriving.first import FirstScreen
from spoc.screens.desk.arriving.form import FormScreen
from spoc.screens.desk.arriving.setup import CodeScreen, SetUpScreen
from spoc.screens.desk.arriving.signin import PassphraseScreen, SignInScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.screens.desk.users.removing import RemoveUserScreen
from spoc.screens.desk.users.users import AddUserScreen, UsersScreen
from spoc.screens.followups.calendar import CalendarScreen
from spoc.screens.followups.followups import FollowUpsScreen
from spoc.screens.followups.handover import SHIFT, HandoverScreen
from spoc.screens.followups.outputs import OutputsScreen
from spoc.screens.followups.request_page import RequestPage
from spoc.screens.followups.requests import RequestsScreen
from spoc.screens.followups.unborn import UnbornScreen
from spoc.screens.help.commands import CommandsScreen, commands_of
from spoc.screens.help.jump import JumpScreen, spots
from spoc.screens.help.keymap import pages
from spoc.screens.help.keys import KeysScreen
from spoc.screens.reports.supplying import SuppliedScreen
from spoc.screens.safety_net.lists.set_aside import SetAsideScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.screens.safety_net.telling import TellScreen
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.storage.attendances import importing, listing, reviewing, showing
from spoc.storage.attendances.importing import Listed
from spoc.storage.contacts import contacts, readback
from spoc.storage.contacts.call import drafts
from spoc.storage.persons import record, statements
from spoc.storage.service import outputs
from spoc.storage.service.users import User
from spoc.storage.store import Store
from spoc.widgets.pages.bindings import MOVE, working
from spoc.widgets.pages.keybar import working as footer
from spoc.widgets.preferences import Preferences

# What shows nothing where the test stands: nothing is typed that could be deleted, the mark is at an end
# (as it is for all that moves it), the role, the pack or the version stands there already, letters lie on
# the labels.
QUIET = {"field.delete-word", "set-up.down", "set-up.up", "jump.back", "read-back.professional"}


PAGES = (
    "board", "call", "list", "search", "page", "note", "outcome", "leaving", "email", "users",
    "removing a user", "a user's form", "request", "read-back", "what is due", "requests", "a request", "handover", "files", "unborn", "calendar",
    "children", "a child", "the same child", "the household", "the ED worklist", "a review", "telling others", "set aside",
    "what others supply",
)  # fmt: skip
HELP: dict[str, type[Screen[Any]]] = {"f1": KeysScreen, "f4": JumpScreen, "ctrl+p": CommandsScreen}


def way_to(store: Store, desk: Any) -> dict[str, Callable[[], list[Screen[Any]]]]:
    """Each page of a desk by name, as the screens that lie over the board."""
    contact = close_one(store)

    def write(*said: Any) -> Any:
        raise BadInput("Something is still missing.")

    def call() -> ContactScreen:
        draft = drafts.waiting(store, ADVISOR)[0]
        return ContactScreen(desk, draft)

    counter = count()
    at = utc_text(store.now())
    asking = close_one(store, actions=(Action("verbal-csc-spoc", "desk", "2h", at),))

    def files() -> list[Screen[Any]]:
        outputs.write(desk, f"sheet-{next(counter)}", "<p>invented</p>")
        return [OutputsScreen(desk)]

    def babies() -> list[Screen[Any]]:
        baby = Person("Unborn baby", "unborn", edd="2026-12-01")
        close_one(store, children=(baby,), identity="unborn")
        return [UnbornScreen(desk)]

    def due() -> list[Screen[Any]]:
        at = utc_text(store.now())
        close_one(
            store, actions=(Action("hold-discharge", "the ward", "2026-11-21T09:00:00Z", at),)
        )
        return [FollowUpsScreen(desk)]

    def child() -> bytes:
        """A child whose first line is somebody of the household, with two records and events of two years."""
        number = len(record.listed(store, ADVISOR, 500))
        twice = [
            close_one(
                store,
                children=(Person(f"Quince, Odo {number}", "child", dob="2020-01-01"),),
                values={"received_at": f"{year}-03-01T09:00:00.000Z"},
            )
            for year in (2025, 2026)
        ]
        parts = contacts.get(store, ADVISOR, twice[0])
        own = next(each.id for each in parts if each.part == "child")
        statements.add_member(store, ADVISOR, own, {"name": "Una", "relation": "mother"}).result()
        return own

    def same() -> list[Screen[Any]]:
        found = record.read(store, ADVISOR, child())
        assert found
        return [LinkScreen(desk, found)]

    def household() -> list[Screen[Any]]:
        found = record.read(store, ADVISOR, child())
        assert found
        return [MemberScreen(desk, found)]

    def night(*also: str) -> bytes:
        """A list of one child more, who fell: fresh at each call; gives the attendance."""
        number = f"N{next(counter)}"
        text = f"Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\n{number},Elm,Ida,19/07/2026,19/11/2026 20:10,fell"
        reading = of_bytes(
            "\n".join([text, *(each.format(number) for each in also)]).encode(),
            "list",
            listing.local_now(store),
        )
        importing.bring_in(store, ADVISOR, [Listed("list", reading.rows)], "ED-MPH")
        return listing.by_number(store, ADVISOR, number)[0].id

    def told() -> list[Screen[Any]]:
        held = showing.get(store, ADVISOR, night())
        review = Review("shared", "record", {3: "raised", 8: "nothing"})
        reviewing.dispose(store, ADVISOR, held, review).result()
        return [TellScreen(desk, only=held.line.id)]

    def aside() -> list[Screen[Any]]:
        night("{},Fir,Al,19/07/2016,19/11/2026 20:10,cut")
        return [SetAsideScreen(desk)]

    def worklist() -> list[Screen[Any]]:
        night()
        return [WorklistScreen(desk)]

    return {
        "board": list,
        "call": lambda: [call()],
        "list": lambda: [ContactsScreen(desk)],
        "search": lambda: [ContactsScreen(desk, searching=True)],
        "page": lambda: [ContactPage(desk, contact)],
        "note": lambda: [AmendScreen(desk, contact)],
        "outcome": lambda: [AmendScreen(desk, contact, codes="outcome")],
        "leaving": lambda: [LeaveScreen(desk)],
        "email": lambda: [EmailScreen(desk)],
        "users": lambda: [UsersScreen(desk)],
        "removing a user": lambda: [RemoveUserScreen(desk, User(b"x" * 16, "Bea", "advisor", ""))],
        "a user's form": lambda: [UsersScreen(desk), AddUserScreen(desk)],
        "request": lambda: [RecordScreen(desk, "Answered", RELEASE_FORM, write)],
        "read-back": lambda: [ReadBackScreen(desk, readback.of_contact(desk, contact))],
        "what is due": due,
        "requests": lambda: [RequestsScreen(desk)],
        "a request": lambda: [RequestPage(desk, asking)],
        "handover": lambda: [HandoverScreen(desk, SHIFT)],
        "files": files,
        "unborn": babies,
        "calendar": lambda: [CalendarScreen(desk)],
        "children": lambda: [ChildrenScreen(desk)],
        "a child": lambda: [ChildPage(desk, child(), "test")],
        "the same child": same,
        "the household": household,
        "the ED worklist": worklist,
        "a review": lambda: [ReviewPage(desk, night())],
        "telling others": told,
        "set aside": aside,
        "what others supply": lambda: [SuppliedScreen(desk)],
    }


@asynccontextmanager
async def a_desk(store: Store, actor: Actor = ADVISOR) -> AsyncIterator[Pilot[Any]]:
    """A desk with contacts and three calls that wait, so that every key has something to work on."""
    async with at_the_board(store, actor=actor, size=(80, 24)) as pilot:
        yield pilot


async def walk(pilot: Pilot[Any], screens: list[Screen[Any]]) -> Screen[Any]:
    """Back to the board, then on to a page."""
    app = pilot.app
    while len(app.screen_stack) > 2:
        await super(SpocApp, app).pop_screen()
    for screen in screens:
        await app.push_screen(screen)
    top = screens[-1] if screens else app.screen
    await until(pilot, lambda: app.screen is top and top.is_mounted)
    if isinstance(top, FollowUpsScreen | RequestsScreen):
        await until(pilot, lambda: top.rows.items)
    if isinstance(top, HandoverScreen):
        await until(pilot, lambda: top.held)
    await pilot.pause()
    return top


def seen(pilot: Pilot[Any]) -> tuple[object, ...]:
    """What a person could notice."""
    app = pilot.app
    return (
        [id(each) for each in app.screen_stack],
        id(app.focused),
        page(pilot),
        app.theme,
        app._exit,
    )


class Watch:
    """Notes which actions run, holds them back while ``dry``, and stops the app from ending."""

    def __init__(self, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[tuple[int, str]] = []
        self.dry = False
        self.left = 0
        dispatch = app._dispatch_action

        async def noted(namespace: Any, name: str, params: Any) -> bool:
            self.ran.append((id(namespace), name))
            return self.dry or await dispatch(namespace, name, params)

        def leave(*_: object, **__: object) -> None:
            self.left += 1

        monkeypatch.setattr(app, "_dispatch_action", noted)
        monkeypatch.setattr(app, "exit", leave)


async def every_key(
    pilot: Pilot[Any], name: str, reach: Callable[[], Awaitable[Screen[Any]]], watch: Watch
) -> list[str]:
    """What a key of a page does not do as it says. Each is pressed with its action held back, to see that it
    comes there; then each key of the page's own in earnest."""
    wrong: list[str] = []
    screen = await reach()
    shown = working(screen)
    assert {each.action for each in footer(screen)} <= {each.action for _, each in shown}

    async def press(node: object, binding: Binding, dry: bool) -> bool:
        """Whether the action that is shown for a key is the one that runs."""
        target, _, action = binding.action.partition("(")[0].rpartition(".")
        owner = pilot.app if target == "app" else node
        watch.ran.clear()
        watch.dry = dry
        letter = binding.key if len(binding.key) == 1 else {"slash": "/"}.get(binding.key)
        pilot.app._driver.process_message(events.Key(binding.key, letter))
        await pilot.pause()
        watch.dry = False
        return hasattr(owner, f"action_{action}") and (id(owner), action) in watch.ran

    for node, binding in shown:
        if not await press(node, binding, dry=True):
            wrong.append(f"{name}: {binding.key} does not {binding.tooltip.lower()}")
    assert pilot.app.screen is screen
    for node, binding in shown:
        if binding.group is MOVE or binding.id in QUIET or (node is pilot.app and name != "board"):
            continue
        if pilot.app.screen is not screen or screen.is_modal:
            screen = await reach()
        now = {each.key: (node, each) for node, each in working(screen)}
        if binding.key not in now:
            screen = await reach()
            now = {each.key: (node, each) for node, each in working(screen)}
        before, left = seen(pilot), watch.left
        await press(*now[binding.key], dry=False)
        await until_changed(pilot, lambda: seen(pilot) != before or watch.left != left)
        if seen(pilot) == before and watch.left == left:
            wrong.append(f"{name}: {binding.key} changes nothing")
    return wrong


async def until_changed(pilot: Pilot[Any], so: Callable[[], bool]) -> None:
    """Wait half a second at most."""
    for _ in range(25):
        if so():
            return
        await pilot.pause(0.02)


@pytest.mark.long
@pytest.mark.parametrize("name", [*PAGES, *HELP])
async def test_every_key_of_the_desk_does_what_it_says(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The board, the call, the lists, a contact's page, its cards, leaving, and the help over a call."""
    async with a_desk(store) as pilot:
        app = pilot.app
        ways = way_to(store, app.desk)
        assert tuple(ways) == PAGES
        watch = Watch(app, monkeypatch)

        def calls() -> None:
            """Two calls wait at least, whatever the key before did to them."""
            for _ in range(len(drafts.waiting(store, ADVISOR)), 2):
                clock.step(seconds=1)
                draft = drafts.new(store, ADVISOR)
                drafts.save(store, draft, a_sheet(store.now())).result()

        async def reach() -> Screen[Any]:
            while app.covered:
                await super(SpocApp, app).pop_screen()
            calls()
            app.idle.touch()
            top = await walk(pilot, ways["call" if name in HELP else name]())
            if isinstance(top, BoardScreen):
                top.refresh_board()
                await pilot.pause()
            if name in HELP:
                await pilot.press(name)
                await until(pilot, lambda: isinstance(app.screen, HELP[name]))
                await until(pilot, lambda: app.screen.is_mounted)
                await pilot.pause()
            return app.screen

        wrong = await every_key(pilot, name, reach, watch)
    assert not wrong, "\n".join(wrong)


async def test_every_key_before_the_desk_does_what_it_says(
    folder: Path, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[str] = []
    app = SpocApp(tmp_path / "new", now=clock, liked=Preferences())
    async with app.run_test(size=(80, 24)) as pilot:
        watch = Watch(app, monkeypatch)
        prepared = SimpleNamespace(code="HJCB T9KQ DTX8 KGJM 1M7K A6Z6 MS1E", discard=lambda: None)
        made: dict[str, Callable[[], Screen[Any]]] = {
            "first": lambda: FirstScreen(tmp_path / "new", clock),
            "set-up": lambda: SetUpScreen(tmp_path / "new", clock),
            "join": lambda: JoinScreen(tmp_path / "new", clock),
            "come-back": lambda: ComeBackScreen(tmp_path / "new", clock),
            "restore": lambda: RestoreScreen(tmp_path / "new", clock),
            "code": lambda: CodeScreen(prepared, clock, pick=lambda groups: 0),  # type: ignore[arg-type]
            "sign-in": lambda: SignInScreen(folder, clock),
        }
        for name, screen in made.items():

            async def reach(screen: Callable[[], Screen[Any]] = screen) -> Screen[Any]:
                while len(app.screen_stack) > 2:
                    await super(SpocApp, app).pop_screen()
                top = screen()
                await app.push_screen(top)
                await pilot.pause()
                if isinstance(top, FormScreen):
                    top.set_focus(
                        top.query_one(
                            "#pack" if isinstance(top, SetUpScreen) else "LineInput:last-of-type"
                        )
                    )
                    await pilot.pause()
                if isinstance(top, PassphraseScreen):
                    top.query_one("#passphrase").value = f"not {PASSPHRASE}"  # type: ignore[attr-defined]
                return top

            wrong += await every_key(pilot, name, reach, watch)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_no_role_is_shown_a_key_that_it_may_not_use(store: Store, role: str) -> None:
    async with a_desk(store, signs(Actor(b"somebody-else-01", "Sam Shah", role))) as pilot:
        for _, binding in working(pilot.app.screen):
            node = pilot.app if binding.action.startswith("app.") else pilot.app.screen
            name = binding.action.rpartition(".")[2].partition("(")[0]
            if hasattr(node, f"action_{name}"):
                assert node.check_action(name, (1,)), f"{role}: {binding.key}"
        words = [each.words for each in commands_of(pilot.app.screen)]
        logs = role in ("advisor", "reviewer", "named-professional")
        assert any(each.startswith("Call: start") for each in words) == logs
        assert any(each.startswith("Search: ") for each in words) == logs


def test_every_key_of_every_page_has_an_id_and_says_what_it_does() -> None:
    """What the letters of jump mode do, their labels say; Ctrl+C is bound to do nothing."""
    bare: list[str] = []
    for each in [*pages(), SpocApp]:
        for kind in each.__mro__:
            if kind.__module__.startswith("spoc.") and kind is not JumpScreen:
                for binding in Binding.make_bindings(vars(kind).get("BINDINGS", ())):
                    if not binding.system and not (binding.id and binding.tooltip):
                        bare.append(f"{kind.__name__}: {binding.key}")
    assert bare == []


async def test_the_letters_of_jump_mode_follow_the_fields(store: Store) -> None:
    async with a_desk(store) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        call = pilot.app.screen
        await pilot.pause()
        assert [each.field.slot for each in spots(call)] == list(call.slots)
        letters = {each.field.slot: each.letter for each in spots(call)}
        assert "".join(letters[each] for each in ("caller", "service", "role")) == "csr", (
            "of its label"
        )
        labels = {slot: place.named for slot, place in call.first_page.places.items()}
        assert (
            sum(letters[slot] not in labels[slot].casefold() for slot in letters)
            <= len(letters) / 5
        )
        call.first_page.name_slot("child.date", "Due date")
        assert {each.field.slot: each.letter for each in spots(call)} == letters


async def test_every_command_that_is_on_no_key_is_done_and_the_program_goes_on(
    store: Store,
) -> None:
    async with a_desk(store) as pilot:
        app = pilot.app
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandsScreen))
        named = [each.words for each in app.screen.commands if not each.key]
        assert "Backup: make one now" in named
        for words in named:
            if not isinstance(app.screen, CommandsScreen):
                await pilot.press("ctrl+p")
                await until(pilot, lambda: isinstance(app.screen, CommandsScreen))
            app.screen.entry.value = words
            await pilot.press("enter")
            await pilot.pause()
            assert app.is_running and app.return_code in (None, 0), words
        await until(pilot, lambda: bool(app.backup_note))
