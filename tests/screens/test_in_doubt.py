"""A number that is in doubt says so wherever it stands: looked for on every page, not listed."""

import re
from dataclasses import replace
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, close_one
from screens.conftest import page
from screens.test_every_key import walk
from screens.worklists import HEAD, bring
from seated import at_the_board
from textual.screen import Screen

from spoc.model.attendance.review import Review
from spoc.model.forms.sheet import Action, Person
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import ChildrenScreen
from spoc.screens.child.linking import LinkScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.followups.followups import FollowUpsScreen
from spoc.screens.followups.handover import SHIFT, HandoverScreen
from spoc.screens.followups.request_page import RequestPage
from spoc.screens.followups.requests import RequestsScreen
from spoc.screens.followups.unborn import UnbornScreen
from spoc.screens.safety_net.attaching import AttachScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.screens.safety_net.telling import TellScreen
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.storage.attendances import listing, reviewing, showing
from spoc.storage.contacts import contacts, readback
from spoc.storage.persons import record
from spoc.storage.store import Store

NUMBER = "9990000018"
HERS = "9990000034"
STANDS = re.compile(r"999[\s.-]?000[\s.-]?00(?:18|34)")
DOUBTED = Person("Brook, Tyler", "child", dob="2018-07-19", nhs_number=NUMBER, doubt="nhs_number")
ROW = f"A1,{NUMBER},1,Brook,Tyler,19/07/2018,19/11/2026 20:10,fell from bed,Head injury,Discharged,19/11/2026 22:00,B83049,,TA1 1AA"


def unsaid(text: str) -> list[str]:
    """Where the number stands without a word of the doubt."""
    flat = " ".join(text.split())
    ends = (flat[each.end() : each.end() + 16] for each in STANDS.finditer(flat))
    return [each for each in ends if "doubt" not in each]


@pytest.mark.long
async def test_an_nhs_number_in_doubt_says_so_on_every_page_where_it_stands(store: Store) -> None:
    at = utc_text(store.now())
    asking = Action("verbal-csc-spoc", "desk", "2h", at)
    contact = close_one(store, children=(DOUBTED,), actions=(asking,), notes="Bruised.")
    parts = contacts.get(store, ADVISOR, contact)
    tyler = next(each.id for each in parts if each.part == "child")
    close_one(store, children=(Person("Brook, Tyla", "child", dob="2018-07-19"),))
    mother = replace(DOUBTED, name="Lane, Amy", kind="adult", dob="", nhs_number=HERS)
    baby = Person("Unborn baby of Lane", "unborn", edd="2026-12-01", mother=mother)
    expecting = close_one(store, children=(baby,), identity="unborn", closed_anyway="test")
    bring(store, ROW, head=HEAD)
    (line,) = listing.by_number(store, ADVISOR, "A1")
    held = record.read(store, ADVISOR, tyler)
    assert held
    sister = next(each for each, name, *_ in record.listed(store, ADVISOR) if "Tyla" in name)
    other = record.read(store, ADVISOR, sister)
    assert other
    seen = showing.get(store, ADVISOR, line.id)
    review = Review("shared", "record", dict.fromkeys(range(1, 9), "nothing"))
    async with at_the_board(store) as pilot:
        desk = pilot.app.desk
        ways: dict[str, list[Screen[Any]]] = {
            "board": [],
            "list": [ContactsScreen(desk)],
            "contact": [ContactPage(desk, contact)],
            "expecting": [ContactPage(desk, expecting)],
            "read-back": [ReadBackScreen(desk, readback.of_contact(desk, contact))],
            "hers": [ReadBackScreen(desk, readback.of_contact(desk, expecting))],
            "amend": [AmendScreen(desk, contact)],
            "children": [ChildrenScreen(desk)],
            "child": [ChildPage(desk, tyler, "test")],
            "link": [LinkScreen(desk, held)],
            "link the other": [LinkScreen(desk, other)],
            "due": [FollowUpsScreen(desk)],
            "requests": [RequestsScreen(desk)],
            "request": [RequestPage(desk, contact)],
            "handover": [HandoverScreen(desk, SHIFT)],
            "unborn": [UnbornScreen(desk)],
            "worklist": [WorklistScreen(desk)],
            "review": [ReviewPage(desk, line.id)],
            "attach": [AttachScreen(desk, seen)],
        }
        for name, screens in ways.items():
            await walk(pilot, screens)
            text = page(pilot)
            assert not unsaid(text), f"{name}:\n{text}"
        reviewing.dispose(store, ADVISOR, seen, review).result()
        await walk(pilot, [TellScreen(desk, only=line.id)])
        assert STANDS.search(page(pilot)) and not unsaid(page(pilot))
        await walk(pilot, [ContactsScreen(desk, searching=True)])
        await type_in(pilot, NUMBER)
        await until(pilot, lambda: "Brook" in page(pilot))
        assert not unsaid(page(pilot).partition("1 found")[2])
        await walk(pilot, [])
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        call._go("child")
        await type_in(pilot, "brook, tyler")
        await until(pilot, lambda: call.strip.offered)
        assert STANDS.search(page(pilot)) and not unsaid(page(pilot))
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: call.sheet.children)
        assert STANDS.search(page(pilot)) and not unsaid(page(pilot))
