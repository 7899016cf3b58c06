"""What is typed on a card about one record is never back on the card about another: tried on every page, with
every key, on lines of different records."""

from collections import defaultdict
from functools import partial
from typing import Any

import pytest
from keyboard import until
from samples import ADVISOR, Clock, close_one
from screens.test_every_key import PAGES, walk, way_to
from seated import at_the_board
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from spoc.app import SpocApp
from spoc.model.forms.sheet import Action, Person
from spoc.model.values.instants import utc_text
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.storage.contacts import contacts, outcomes
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store
from spoc.widgets.pages.bindings import working

# Cards about what the whole page is about, whichever of its lines is marked, by how their title begins.
OF_THE_PAGE = {
    "AddUserScreen": "somebody new",
    "AmendScreen: note": "the contact: another note of it",
    "AmendScreen: outcome": "the contact: another outcome of it",
    "ContactScreen": "a new call",
    "EmailScreen": "a new email",
    "PasteScreen": "a new list",
    "RecordScreen: A child by hand": "somebody who is on no list",
    "RecordScreen: A word for the next": "the desk: one word",
    "RecordScreen: A request that was answered": "the contact",
    "RecordScreen: An action that was agreed": "the contact",
    "RecordScreen: One matter with": "the contact",
    "RecordScreen: An alert": "the child",
    "RecordScreen: Quince, Odo": "the child, who died",
    "RecordScreen: What somebody said": "the child",
    "MemberScreen": "the child",
}
LEAVES = {
    "escape",
    "ctrl+q",
    "ctrl+l",
    "f10",
    "f1",
    "f4",
    "ctrl+p",
    "up",
    "down",
    "pageup",
    "pagedown",
}
OWNERS = ("contact", "record", "person", "of")
Subject = tuple[str, ...]


def record_of(thing: Any) -> str:
    """The record that a page or a line of it is about."""
    if isinstance(thing, PageLine):
        part = thing.amends.part if thing.amends else thing.of
        return part.id.hex() if part else thing.link.hex()
    if hasattr(thing, "keeper"):
        return str(thing.keeper.draft.id.hex())
    for name in (*OWNERS, "id", "line", "code", "name"):
        held = getattr(thing, name, None)
        if isinstance(held, bytes) and held:
            return held.hex()
        if isinstance(held, str) and held:
            return held
        if name == "line" and held is not None:
            return record_of(held)
    return ""


def marked(top: Screen[Any]) -> str:
    rows = getattr(top, "rows", None)
    return record_of(rows.item) if rows is not None and rows.items else ""


def title_of(card: HoldingScreen[Any]) -> str:
    kind = type(card).__name__
    if kind == "AmendScreen" and card.amends is None:  # type: ignore[attr-defined]
        return f"{kind}: {'outcome' if card.codes else 'note'}"  # type: ignore[attr-defined]
    return f"{kind}: {card.about[0]}" if card.about else kind


async def cards(pilot: Pilot[Any], way: Any, found: dict[Any, set[Subject]]) -> None:
    """Opens every card that a key of the page opens, on each of its lines; notes what its typing is kept under, and
    which record it is about."""
    app = pilot.app
    top = await walk(pilot, way())
    rows = getattr(top, "rows", None)
    lines = range(len(rows.items)) if rows is not None else range(1)
    seen = set[tuple[str, str]]()
    for line in lines:
        if rows is not None:
            rows.marked = line
            top.refresh_bindings()
        about = (record_of(top), marked(top))
        for node, binding in working(top):
            if node is not top or binding.key in LEAVES or (binding.key, about[1]) in seen:
                continue
            seen.add((binding.key, about[1]))
            app._driver.process_message(
                events.Key(binding.key, binding.key if len(binding.key) == 1 else None)
            )
            await pilot.pause()
            card = app.screen
            if isinstance(card, HoldingScreen) and card is not top:
                await until(pilot, lambda card=card: card.is_mounted)
                found[(title_of(card), type(card).__name__, *card.about)].add(about)
            if app.screen is top:
                continue
            while app.screen is not top and top in app.screen_stack:
                await super(SpocApp, app).pop_screen()
            if app.screen is not top or (rows is not None and line >= len(rows.items)):
                return  # the key left the page: the rest is tried from another line
            if rows is not None:
                rows.marked = line
    await pilot.pause()


def two_contacts(store: Store) -> list[bytes]:
    """Contacts with two actions, two outcomes and two notes each."""
    made = []
    for name in ("Quince, Ida", "Quince, Ada"):
        at = utc_text(store.now())
        actions = tuple(
            Action(code, "the ward", "24h", at) for code in ("hold-discharge", "cp-medical")
        )
        contact = close_one(store, actions=actions, children=(Person(name, "child"),))
        outcomes.add(store, ADVISOR, contact, "s47-begun").result()
        for note in ("first", "second"):
            contacts.add_note(store, ADVISOR, contact, note).result()
        made.append(contact)
    return made


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [each for each in PAGES if each != "page"] + ["pages of two contacts"]
)
async def test_no_card_brings_back_what_was_typed_about_another_record(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found: dict[Any, set[Subject]] = defaultdict(set)
    pair = two_contacts(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        monkeypatch.setattr(pilot.app, "exit", lambda *_, **__: None)
        for _ in range(2):
            clock.step(seconds=1)
            draft = drafts.new(store, ADVISOR)
            drafts.save(store, draft, draft.sheet).result()
        ways = way_to(store, pilot.app.desk)
        for contact in pair if name not in ways else pair[:1] * 2:
            page = partial(ContactPage, pilot.app.desk, contact)
            await cards(pilot, ways.get(name, lambda page=page: [page()]), found)
    shared = {
        title
        for (title, *_), subjects in found.items()
        if len({of for of, _ in subjects}) > 1
        or (len(subjects) > 1 and not title.startswith(tuple(OF_THE_PAGE)))
    }
    assert shared == set()
