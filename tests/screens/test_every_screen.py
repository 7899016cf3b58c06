"""Every screen there is has its keys pressed and hostile text pasted into it, or is excused with a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keyboard import until
from samples import ADVISOR, a_sheet, close_one
from screens.every_screen import left_out
from screens.test_every_key import HELP, PAGES, walk, way_to
from screens.test_hostile_text import LONG, SHORT, into, page
from seated import at_the_board
from textual.screen import Screen
from textual.widgets import Input, TextArea

from spoc.model.forms.sheet import Person
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.child.children import WhyScreen
from spoc.screens.child.looked import LookedScreen
from spoc.screens.contacts.key_grant import OpeningScreen
from spoc.screens.desk.users.own_passphrase import ChangePassphraseScreen
from spoc.screens.reports.dashboard import DashboardScreen
from spoc.screens.safety_net.lists.bringing_in import BringInScreen
from spoc.screens.safety_net.lists.pasting import PasteScreen
from spoc.screens.sync.asking_again import AskAgainScreen
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.screens.sync.inviting import InvitedScreen, InviteScreen
from spoc.screens.sync.place import PlaceScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store

ALL = " ".join(SHORT)

BEFORE = {
    "FirstScreen",
    "SetUpScreen",
    "JoinScreen",
    "ComeBackScreen",
    "RestoreScreen",
    "CodeScreen",
    "SignInScreen",
}  # where nobody has signed in yet
CHARTS = "screens/test_activity.py goes through it key by key"
LISTS = "screens/test_safety_net.py goes through it key by key"
CHILD = "journeys/test_a_child.py goes through it key by key"
SECOND = "journeys/test_a_second_desk.py goes through it in a real terminal"
SYNC = "sync/test_conflicts.py goes through it key by key"
RIGHT = "screens/test_putting_right.py goes through it key by key"
# The screens of which not every key is pressed one by one, and where they are tried.
KEYS_ELSEWHERE = {
    "AttachScreen": LISTS,
    "BehindScreen": CHARTS,
    "BlankScreen": "screens/test_app.py: it has no key but those of the app",
    "BringInScreen": LISTS,
    "ChangePassphraseScreen": "journeys/test_users.py goes through it key by key",
    "ChartScreen": CHARTS,
    "FirstPassphraseScreen": "journeys/test_users.py: it is the change of a passphrase with another title",
    "ConflictsScreen": SYNC,
    "DashboardScreen": CHARTS,
    "LetterScreen": LISTS,
    "LockScreen": "screens/test_app.py: it is the sign-in with other words",
    "LookedScreen": CHILD,
    "MappingScreen": LISTS,
    "MarkScreen": CHARTS,
    "NameChildScreen": "screens/test_new_user.py goes through it key by key",
    "OpeningScreen": "screens/test_restricted_calls.py goes through it key by key",
    "PasteScreen": LISTS,
    "PromptScreen": "screens/test_stops.py goes through it key by key",
    "ReasonScreen": "screens/test_stops.py goes through it key by key",
    "SomebodyElseScreen": RIGHT,
    "AskAgainScreen": "sync/test_joining.py goes through it key by key",
    "InviteScreen": SECOND,
    "InvitedScreen": SECOND,
    "PlaceScreen": SECOND,
    "LastSyncScreen": "sync/test_leaving.py goes through it key by key",
    "SyncScreen": SYNC,
    "UncountedScreen": "sync/test_restricted_meanwhile.py goes through it key by key",
    "WhoseScreen": RIGHT,
    "WhyScreen": CHILD,
}
# Those into which no hostile text is pasted here, and why.
NO_TEXT = {
    "AttachScreen": "no field; its lines are those of the list of children, which is tried",
    "BehindScreen": "no field; its lines are painted as those of the list of contacts, which is tried",
    "BlankScreen": "shows the time alone",
    "ChartScreen": "no field; its words are the pack's",
    "FirstPassphraseScreen": "the change of a passphrase with another title, which is tried",
    "JumpScreen": "shows labels of the form alone",
    "LetterScreen": "no field of a line; the letter is tried in screens/test_safety_net.py",
    "LockScreen": "screens/test_hostile_text.py: it is the sign-in with other words",
    "MappingScreen": "no field; headings of a file are tried in intake/test_reading.py",
    "MarkScreen": "a form as that of a request, which is tried",
    "NameChildScreen": "an amendment with another title, which is tried",
    "PromptScreen": "shows the pack's words alone",
    "SomebodyElseScreen": "an amendment with another title, which is tried",
    "LastSyncScreen": "no field; shows the words of a place of sync alone",
    "UncountedScreen": "no field; its text is painted as that of conflicts, which is tried",
    "WhoseScreen": "a card of names as those on the page of a contact, which is tried",
}


def more(desk: Any, contact: bytes, folder: Path) -> dict[str, Callable[[], Screen[Any]]]:
    """The screens that have a way of their own here, with hostile words in what they are given."""
    return {
        "a reason": lambda: ReasonScreen(desk, ALL, ALL),
        "why a child": lambda: WhyScreen(ALL),
        "who looked": lambda: LookedScreen(ALL, [("2026-11-20T08:00:00.000Z", ALL, ALL, ALL)]),
        "opening to a colleague": lambda: OpeningScreen(desk, contact),
        "a passphrase": lambda: ChangePassphraseScreen(desk),
        "charts": lambda: DashboardScreen(desk),
        "a list brought in": lambda: BringInScreen(desk, folder),
        "a list pasted": lambda: PasteScreen(desk),
        "conflicts": lambda: ConflictsScreen(desk),
        "sync": lambda: SyncScreen(desk),
        "the place of sync": lambda: PlaceScreen(desk),
        "an invitation": lambda: InviteScreen(desk),
        "asking again": lambda: AskAgainScreen(desk),
        "an invitation's code": lambda: InvitedScreen(ALL, Path("/tmp") / LONG, "A" * 28),
    }


MORE = tuple(more(None, b"", Path()))


def hostile(store: Store) -> bytes:
    """A contact in which every name and word is hostile."""
    store.settings["desk"] = ALL
    return close_one(
        store,
        caller=Person(ALL),
        children=(Person(ALL, "child", dob="2019-03-01"), Person(LONG, "child")),
        notes=f"{ALL}\n{LONG}",
        values={"number": ALL, "received_at": "2026-11-20T08:00:00.000Z"},
    )


def a_call(store: Store) -> None:
    """A call that waits, hostile too."""
    sheet = a_sheet(store.now(), caller=Person(ALL), notes=ALL)
    drafts.save(store, drafts.new(store, ADVISOR), sheet).result()


@pytest.mark.long
@pytest.mark.parametrize("name", [*PAGES, *MORE])
async def test_hostile_text_on_every_screen_and_in_every_field_is_shown_and_not_obeyed(
    store: Store, tmp_path: Path, name: str
) -> None:
    contact = hostile(store)
    a_call(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        app = pilot.app
        ways = way_to(store, app.desk)
        screens = ways[name]() if name in ways else [more(app.desk, contact, tmp_path)[name]()]
        top = await walk(pilot, screens)
        page(pilot)
        for field in (*top.query(Input), *top.query(TextArea)):
            if field.display and not field.disabled:
                for text in (ALL, LONG):
                    await into(pilot, field, text)
                    await pilot.pause()
                    page(pilot)
        await until(pilot, lambda: app.is_running and app.screen_stack[-1].is_mounted)
        assert app.return_code is None and app._exception is None


@pytest.mark.long
async def test_every_screen_is_tried_or_excused_with_a_reason(store: Store, tmp_path: Path) -> None:
    a_call(store)
    async with at_the_board(store) as pilot:
        screens = [each for way in way_to(store, pilot.app.desk).values() for each in way()]
        pressed = {type(each).__name__ for each in screens} | BEFORE | {"BoardScreen"}
        pressed |= {each.__name__ for each in HELP.values()}
        own = more(pilot.app.desk, close_one(store), tmp_path)
        pasted = (pressed | {type(each()).__name__ for each in own.values()}) - {"JumpScreen"}
    assert left_out(pressed, KEYS_ELSEWHERE) == []
    assert left_out(pasted, NO_TEXT) == []
    tests = Path(__file__).resolve().parents[1]
    for why in KEYS_ELSEWHERE.values():
        assert (tests / why.replace(":", " ").split()[0]).exists(), why
