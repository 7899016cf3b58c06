"""A closed contact can be put right, and nothing of another child's record changes with it."""

from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one
from screens.conftest import page as painted
from screens.test_leaving_pages import full
from seated import at_the_board
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.model.documents.readback.readback import text_of
from spoc.model.forms.sheet import Answer, Person
from spoc.screens.call.prompt import PromptScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.contacts.whose import SomebodyElseScreen, WhoseScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts, outcomes, raised_stops, readback
from spoc.storage.contacts.reading import history
from spoc.storage.store import Store

TY = Person("Brook, Ty", "child", dob="2026-07-19")


async def on_page(pilot: Pilot[Any], contact: bytes) -> Any:
    pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
    return await shown(pilot, ContactPage)


def mark(page: Any, label: str, text: str = "") -> None:
    page.rows.marked = next(
        n for n, each in enumerate(page.rows.items) if each.label == label and text in each.text
    )
    page.refresh_bindings()


def texts(page: Any) -> list[str]:
    return [f"{each.label} {each.text}" for each in page.rows.items]


async def test_the_wrong_child_is_another_link_and_no_name_changes(
    store: Store, clock: Clock
) -> None:
    other = close_one(store, children=(TY,))
    clock.step(hours=1)
    riley = close_one(store, children=(Person("Brook, Riley", "child", dob="2026-07-19"),))
    async with at_the_board(store) as pilot:
        page = await on_page(pilot, riley)
        mark(page, "Child")
        await type_in(pilot, "a")
        card = await shown(pilot, WhoseScreen)
        assert "this contact is changed" in str(card.query_one("#words", Static).content).lower()
        await type_in(pilot, "1")
        await shown(pilot, SomebodyElseScreen)
        await type_in(pilot, "brook ty", "<enter>", "the other twin was meant", "<enter>")
        await until(pilot, lambda: pilot.app.screen is page)
        await until(pilot, lambda: "Child Brook, Ty" in texts(page))
    names = {row.id: row.children for row in contacts.recent(store, ADVISOR)}
    assert names == {other: ("Brook, Ty",), riley: ("Brook, Ty",)}
    people = store.reader.conn.execute(
        "SELECT name FROM person WHERE kind = 'child' ORDER BY name"
    ).fetchall()
    assert people == [("Brook, Riley",), ("Brook, Ty",)], "nobody is renamed, nobody is made twice"
    told = [(each.field, each.value, each.why) for each in history.changes(store, ADVISOR, riley)]
    assert ("_void", "child Brook, Riley", "the other twin was meant") in told
    assert ("_added", "child Brook, Ty", "the other twin was meant") in told


async def test_a_wrong_name_says_which_contacts_change_with_it(store: Store, clock: Clock) -> None:
    first = close_one(store, children=(TY,))
    child = next(each for each in contacts.get(store, ADVISOR, first) if each.part == "child")
    clock.step(hours=1)
    from spoc.storage.persons import persons

    known = persons.get(store, ADVISOR, child.id.hex())
    close_one(store, children=(known,), closed_anyway="a test")
    async with at_the_board(store) as pilot:
        page = await on_page(pilot, first)
        mark(page, "Child")
        await type_in(pilot, "a")
        card = await shown(pilot, WhoseScreen)
        assert "these 2 contacts are changed" in str(card.query_one("#words", Static).content)
        await type_in(pilot, "2")
        await shown(pilot, AmendScreen)
        await type_in(pilot, "ler", "<enter>", "spelt so by the school", "<enter>")
        await until(pilot, lambda: pilot.app.screen is page)
    assert {row.children for row in contacts.recent(store, ADVISOR)} == {("Brook, Tyler",)}
    assert "Brook, Ty" in [each.before for each in history.changes(store, ADVISOR, first)]


async def test_an_action_is_added_ended_and_taken_out(store: Store) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        page = await on_page(pilot, contact)
        await type_in(pilot, "i")
        await shown(pilot, RecordScreen)
        await type_in(pilot, "hold-discharge", "<enter>", "the ward", "<enter>", "24h", "<f2>")
        await until(pilot, lambda: any("Hold discharge" in each for each in texts(page)))
        mark(page, "Action", "Hold discharge")
        await type_in(pilot, "w")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "He went home with his aunt", "<enter>")
        await until(pilot, lambda: any("not done" in each.lower() for each in texts(page)))
        mark(page, "Action", "Hold discharge")
        await type_in(pilot, "d")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "written twice", "<enter>")
        await until(pilot, lambda: not any("Action Hold discharge" in each for each in texts(page)))
        assert any("taken out" in each and "Hold discharge" in each for each in texts(page))


async def test_an_issue_that_is_added_raises_its_stop_on_page_and_board_until_it_is_answered(
    store: Store, clock: Clock
) -> None:
    contact = close_one(store, children=(TY,), many={"issues": ("neglect-medical",)})
    clock.step(hours=2)
    async with at_the_board(store) as pilot:
        page = await on_page(pilot, contact)
        assert not any(each.startswith("STOP") for each in texts(page))
        mark(page, "Issues")
        await type_in(pilot, "a")
        await shown(pilot, AmendScreen)
        await type_in(pilot, "bruise-nonmobile", "<enter>", "said later", "<enter>")
        await until(pilot, lambda: pilot.app.screen is page)
        await until(pilot, lambda: any(each.startswith("STOP open since") for each in texts(page)))
        assert [each.code for each in raised_stops.open_stops(store, ADVISOR)] == ["T2"]
        await type_in(pilot, "<escape>")
        board = await shown(pilot, BoardScreen)
        await until(
            pilot, lambda: "STOP open since" in str(board.query_one("#stops", Static).content)
        )
        page = await on_page(pilot, contact)
        await type_in(pilot, "s")
        card = await shown(pilot, PromptScreen)
        await until(pilot, lambda: card.fresh)
        await type_in(pilot, "1", "<enter>")
        await until(pilot, lambda: pilot.app.screen is page)
        await until(pilot, lambda: not any(each.startswith("STOP open") for each in texts(page)))
    assert raised_stops.open_stops(store, ADVISOR) == []


async def test_taking_the_issue_out_again_takes_its_stop_away(store: Store, clock: Clock) -> None:
    contact = close_one(store, children=(TY,), many={"issues": ("neglect-medical",)})
    clock.step(hours=2)
    part = contacts.get(store, ADVISOR, contact)[0]
    contacts.amend(store, ADVISOR, part, {"issues.bruise-nonmobile": True}, "said later").result()
    assert raised_stops.open_stops(store, ADVISOR)
    part = contacts.get(store, ADVISOR, contact)[0]
    contacts.amend(store, ADVISOR, part, {"issues.bruise-nonmobile": False}, "not so").result()
    assert raised_stops.open_stops(store, ADVISOR) == []


async def test_what_must_not_be_told_stands_over_the_call_and_the_page(store: Store) -> None:
    contact = close_one(store, many={"issues": ("forced-marriage",)})
    async with at_the_board(store, size=(80, 24)) as pilot:
        page = await on_page(pilot, contact)
        band = page.query_one("#band", Static)
        assert band.display and "DO NOT DISCUSS WITH THE FAMILY" in str(band.content)


async def test_an_amendment_that_the_disk_has_no_room_for_stays_as_it_was_typed_until_there_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = close_one(store)
    async with at_the_board(store, size=(80, 24)) as pilot:
        of = await on_page(pilot, contact)
        await until(pilot, lambda: any(each.label == "Number" for each in of.rows.items))
        mark(of, "Number")
        await type_in(pilot, "a")
        card = await shown(pilot, AmendScreen)
        await type_in(pilot, "<ctrl+u>", "ext 99", "<enter>", "misheard")
        with monkeypatch.context() as no_room:
            no_room.setattr(store, "submit", full)
            await type_in(pilot, "<f2>")
            await until(pilot, lambda: "disk is full" in str(card.query_one("#message").content))
            for leaving in ("<escape>", "<f2>", "<ctrl+q>"):
                await type_in(pilot, leaving)
                assert pilot.app.screen is card and pilot.app.is_running
                assert card.value.value == "ext 99" and "misheard" in painted(pilot)
        assert history.changes(store, ADVISOR, contact) == []
        await type_in(pilot, "<f2>")
        await shown(pilot, ContactPage)
    assert [(each.value, each.why) for each in history.changes(store, ADVISOR, contact)] == [
        ("ext 99", "misheard")
    ]


async def test_an_outcome_added_later_stands_in_the_history_and_a_time_given_in_an_answer_is_local(
    store: Store, clock: Clock
) -> None:
    answers = {
        "considered": Answer("answered", "yes"),
        "speak-again": Answer("answered", "2026-07-01T15:00:00Z"),
    }
    contact = close_one(store, answers=answers)
    clock.step(hours=2)
    outcomes.add(store, ADVISOR, contact, "s47-begun").result()
    async with at_the_board(store) as pilot:
        lines = texts(await on_page(pilot, contact))
        added = "Fri 20 Nov 2026 11:00  Ada Advisor  outcome added: Section 47 enquiry begun"
        assert any(added in each for each in lines)
        assert any("Wed 1 Jul 2026 16:00" in each for each in lines)
        assert not any("T15:00" in each for each in lines)
        call = readback.of_contact(pilot.app.desk, contact)
    assert "Wed 1 Jul 2026 16:00" in text_of(call, "professional")
