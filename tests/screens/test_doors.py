"""The table of roles at the app's doors: each key that leads to a command is there for the roles that may; to the others
the page says who may."""

import pytest
from keyboard import shown, until
from samples import a_colleague, close_one
from screens.conftest import page
from screens.test_every_key import a_desk, walk, way_to
from seated import at_the_board

from spoc.model.rules.access import ROLES, may, who_may
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.users.users import UsersScreen
from spoc.storage.store import Store
from spoc.widgets.pages.bindings import working

# By page: what opens it, and what each of its keys asks. The board's own are in its NEEDS.
DOORS = {
    "list": ("contact.list", {"open": "contact.view", "search": "contact.search"}),
    "page": (
        "contact.view",
        {"amend": "contact.amend", "note": "contact.amend", "outcome": "contact.amend", "erase": "contact.erase"},
    ),
    "users": (
        "user.list",
        {"add": "user.add", "remove": "user.remove", "passphrase": "user.passphrase"},
    ),
    "what is due": (
        "followup.list",
        {"kept": "followup.act", "claim": "followup.act", "snooze": "followup.act", "open": "contact.view"},
    ),
    "a request": ("contact.view", {"step": "followup.act", "close": "followup.act"}),
    "calendar": ("audit.write", {"set": "desk.setup"}),  # everybody's: it names nobody
    "a child": (
        "person.view",
        {"say": "person.amend", "member": "person.amend", "alert": "person.amend", "link": "person.amend"},
    ),
    "the ED worklist": (
        "attendance.list",
        {"open": "attendance.view", "bring_in": "attendance.import", "clear": "attendance.review"},
    ),
    "a review": ("attendance.view", {"decide": "attendance.review", "tell": "attendance.review"}),
    "requests": ("followup.list", {"open": "contact.view"}),
    "unborn": (
        "followup.act",
        {"plan": "followup.act", "born": "person.amend", "moved": "person.amend", "open": "contact.view"},
    ),
    "handover": ("followup.act", {"word": "followup.act", "print": "followup.act"}),
    "children": ("person.view", {"open": "person.view"}),
    "what others supply": ("report.view", {"supply": "report.decide"}),
}  # fmt: skip


async def test_a_key_of_another_role_says_in_one_line_who_may_and_is_not_among_the_keys(
    store: Store,
) -> None:
    user, _ = a_colleague(store, "Sam Shah", "analyst")
    async with at_the_board(store, actor=user, size=(80, 24)) as pilot:
        await pilot.press("n")
        await until(
            pilot,
            lambda: (
                "Only a duty advisor, reviewer or named professional may log a contact."
                in page(pilot)
            ),
        )
        assert "new call" not in page(pilot).splitlines()[-1]
        await pilot.press("u")
        await shown(pilot, UsersScreen)
        await pilot.press("a")
        await until(
            pilot,
            lambda: (
                "Only a duty advisor, named professional or administrator may add a user."
                in page(pilot)
            ),
        )
        await pilot.press("escape")
        await shown(pilot, BoardScreen)
        assert "Only a duty" not in page(pilot), "it is gone once another page was open"


async def test_a_reviewer_is_told_that_only_a_named_professional_may_erase(store: Store) -> None:
    close_one(store)
    user, _ = a_colleague(store, "Sam Shah", "reviewer")
    async with at_the_board(store, actor=user, size=(80, 24)) as pilot:
        await pilot.press("enter")
        await shown(pilot, ContactPage)
        await pilot.press("z")
        await until(pilot, lambda: "Only a named professional may erase a contact." in page(pilot))


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
async def test_each_key_is_there_for_the_roles_that_may_and_for_no_other(
    store: Store, role: str
) -> None:
    user, _ = a_colleague(store, "Sam Shah", role)
    wrong = []
    async with a_desk(store, user) as pilot:
        app = pilot.app
        board = app.screen
        shown = {each.action for _, each in working(board)}
        for action, command in BoardScreen.NEEDS.items():
            if action in ("resume", "trust_clock"):
                continue
            if (action in shown) != may(role, command):
                wrong.append(f"board: {action}")
            if not may(role, command):  # the key is pressed all the same
                key = next(
                    each.key
                    for keys in board._bindings.key_to_bindings.values()
                    for each in keys
                    if each.action.partition("(")[0] == action
                )
                await pilot.press(key)
                await pilot.pause()
                if app.screen is not board:
                    wrong.append(f"board: {key} opens {type(app.screen).__name__}")
                if board.said != who_may(command):
                    wrong.append(f"board: {key} says “{board.said}”")
        seat = app.desk
        ways = way_to(store, seat)
        for page, (entry, actions) in DOORS.items():
            if not may(role, entry):
                continue
            top = await walk(pilot, ways[page]())
            shown = {
                each.action.partition("(")[0] for node, each in working(top) if node is not app
            }
            for action, command in actions.items():
                if (action in shown) != may(role, command):
                    wrong.append(f"{page}: {action} ({command})")
        await walk(pilot, [])
    assert not wrong, f"{role}: {', '.join(wrong)}"
