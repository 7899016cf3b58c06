"""The list of contacts: searched as one types, narrowed, paged through, and searches saved by name."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.forms.sheet import Person, Sheet
from spoc.model.ledger.entry import Actor
from spoc.model.values.instants import utc_text
from spoc.model.values.reference import reference
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.contacts import PAGE, ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading import finding
from spoc.storage.contacts.reading.finding import ResultPage
from spoc.storage.service import saved
from spoc.storage.store import Store


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    """Three contacts, an hour apart: of Molly, of Muhammad for CAMHS, of Mo."""
    close_one(store)
    clock.step(hours=1)
    close_one(store, children=(Person("Ash, Muhammad", "child"),), values={"service": "CAMHS"})
    clock.step(hours=1)
    close_one(store, children=(Person("Elm, Mark", "child"),), notes="Sofa.")
    return store


@asynccontextmanager
async def the_list(
    store: Store, *keys: str, actor: Actor = ADVISOR, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Pilot[Any], ContactsScreen]]:
    """The list, opened with these keys."""
    async with at_the_board(store, actor=actor, size=size) as pilot:
        await type_in(pilot, *keys)
        yield pilot, await shown(pilot, ContactsScreen)


def said(screen: ContactsScreen) -> str:
    return str(screen.query_one("#said").content)  # type: ignore[attr-defined]


def children(screen: ContactsScreen) -> list[str]:
    return [", ".join(row.children) for row in screen.rows.items]


def keys_shown(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("KeyBar").content)


def page(pilot: Pilot[Any]) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


async def answered(pilot: Pilot[Any], screen: ContactsScreen, text: str) -> None:
    """Wait until the list answers a text and nothing runs any more."""
    await until(pilot, lambda: screen.query_now == text and not screen.busy)
    await pilot.pause()


@pytest.mark.usefixtures("painted")
async def test_only_what_changed_is_drawn_again(
    filled: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing every line at every key was most of what a search cost."""
    close_one(filled, children=(Person("Ash, Muhamad", "child"),))
    drawn: list[str] = []
    painted = ContactsScreen.paint

    def paint(screen: ContactsScreen, row: Any, width: int) -> Any:
        drawn.append(row.children[0])
        return painted(screen, row, width)

    monkeypatch.setattr(ContactsScreen, "paint", paint)
    async with the_list(filled, "l") as (pilot, screen):
        await until(pilot, lambda: len(drawn) >= 4)
        await pilot.pause()
        drawn.clear()
        await type_in(pilot, "<down>")
        await until(pilot, lambda: screen.rows.marked == 1)
        await pilot.pause()
        assert len(drawn) == 2  # the line that the mark left and the one it came to
        await type_in(pilot, "/", *"muhammad")
        await answered(pilot, screen, "muhammad")
        assert children(screen) == ["Ash, Muhammad", "Ash, Muhamad"]
        above, below = screen.rows.items
        assert not above.near and below.near
        drawn.clear()
        screen.rows.add([above])
        await pilot.pause()
        assert drawn == ["Ash, Muhammad"]  # what stands is not drawn again for what comes below


async def test_each_letter_narrows_the_list_and_says_why(filled: Store) -> None:
    async with the_list(filled, "/") as (pilot, screen):
        assert children(screen) == ["Elm, Mark", "Ash, Muhammad", "Molly Mulberry"]
        await type_in(pilot, "m")
        await answered(pilot, screen, "m")
        assert len(children(screen)) == 3 and "3 found" in said(screen)
        await type_in(pilot, "u")
        await answered(pilot, screen, "mu")
        assert children(screen) == ["Ash, Muhammad", "Molly Mulberry"]
        assert "child  " in page(pilot)
        await type_in(pilot, " scald")
        await answered(pilot, screen, "mu scald")
        assert [row.why for row in screen.rows.items] == ["child, code"] * 2
        await type_in(pilot, *["<backspace>"] * 8)
        await answered(pilot, screen, "")
        assert len(children(screen)) == 3 and "Newest contacts first." in said(screen)


async def test_near_spellings_come_below_and_the_mark_stays(filled: Store) -> None:
    close_one(filled, children=(Person("Mulbery, Al", "child"),))
    async with the_list(filled, "/", "mulbery") as (pilot, screen):
        await answered(pilot, screen, "mulbery")
        assert children(screen) == ["Mulbery, Al", "Molly Mulberry"]
        assert [row.near for row in screen.rows.items] == [False, True] and screen.rows.marked == 0
        assert "1 found, 1 by near spelling" in said(screen)


async def test_an_overtaken_answer_is_dropped_and_the_last_one_shown(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first search is held up; what is typed meanwhile is searched for once, as it last stood."""
    held, asked = threading.Event(), []
    find = finding.find

    def slowly(store: Store, actor: Actor, text: str, *rest: Any, **more: Any) -> ResultPage:
        asked.append(text)
        if len(asked) == 1:
            held.wait(10)
        return find(store, actor, text, *rest, **more)

    monkeypatch.setattr(finding, "find", slowly)
    async with the_list(filled, "/", "m") as (pilot, screen):
        seen: list[str] = []
        show = screen._show
        screen._show = lambda answer: (seen.append(answer.text), show(answer))  # type: ignore[method-assign,assignment]
        await until(pilot, lambda: asked == ["m"])
        await type_in(pilot, "uhammad")
        assert screen.query_now == "" and screen.entry.value == "muhammad"
        held.set()
        await answered(pilot, screen, "muhammad")
        assert asked == ["m", "muhammad"] and seen == ["muhammad"]
        assert children(screen) == ["Ash, Muhammad"]


async def test_enter_before_the_answer_opens_nobody(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, find = threading.Event(), finding.find

    def slowly(*rest: Any, **more: Any) -> ResultPage:
        held.wait(10)
        return find(*rest, **more)

    monkeypatch.setattr(finding, "find", slowly)
    async with the_list(filled, "/", "molly", "<enter>") as (pilot, screen):
        await until(pilot, lambda: screen.busy)
        assert pilot.app.screen is screen
        held.set()
        await answered(pilot, screen, "molly")
        assert pilot.app.screen is screen and children(screen) == ["Molly Mulberry"]
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
    (detail,) = filled.reader.conn.execute(
        "SELECT detail FROM audit WHERE kind = 'search'"
    ).fetchone()
    assert detail == "molly"


async def test_leaving_while_a_search_runs_does_no_harm(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, find = threading.Event(), finding.find

    def slowly(*rest: Any, **more: Any) -> ResultPage:
        held.wait(10)
        return find(*rest, **more)

    monkeypatch.setattr(finding, "find", slowly)
    async with the_list(filled, "/", "molly") as (pilot, screen):
        await until(pilot, lambda: screen.busy)
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is not screen)
        held.set()
        await type_in(pilot, "l")
        again = await shown(pilot, ContactsScreen)
        await until(pilot, lambda: len(children(again)) == 3)


async def test_filters_are_shown_as_they_were_understood(filled: Store) -> None:
    async with the_list(filled, "/", "service:camhs since:t mu") as (pilot, screen):
        await answered(pilot, screen, "service:camhs since:t mu")
        assert children(screen) == ["Ash, Muhammad"]
        assert said(screen).split("   ") == ["1 found", "service camhs", "since 20 Nov 2026"]
        await type_in(pilot, " until:")
        await answered(pilot, screen, "service:camhs since:t mu until:")
        assert "until: is not complete yet" in said(screen)


async def test_a_long_list_is_fetched_as_it_is_paged_through(store: Store, clock: Clock) -> None:
    for number in range(PAGE + 9):
        at = utc_text(clock() - timedelta(hours=number))
        close_one(store, values={"received_at": at}, notes="-")
    for keys in (("l",), ("/", "burn")):
        async with the_list(store, *keys) as (pilot, screen):
            await until(pilot, lambda: len(screen.rows.items) == PAGE)
            if len(keys) > 1:
                await until(pilot, lambda: f"First {PAGE} of many" in said(screen))
            for _ in range(4):
                await type_in(pilot, "<pagedown>")
            await until(pilot, lambda: len(screen.rows.items) == PAGE + 9)
            await type_in(pilot, *["<pagedown>"] * 3)
            times = [row.received_at for row in screen.rows.items]
            assert times == sorted(times, reverse=True) and screen.rows.marked == PAGE + 8


async def test_a_search_is_saved_by_name_and_a_number_key_finds_it_again(filled: Store) -> None:
    async with the_list(filled, "/", "service:camhs") as (pilot, screen):
        await answered(pilot, screen, "service:camhs")
        assert "save search" not in keys_shown(pilot) and "to the list" in keys_shown(pilot)
        await type_in(pilot, "<tab>")
        assert "s save search" in keys_shown(pilot)
        await type_in(pilot, "s", "mine: 1", "<enter>")
        await until(pilot, lambda: "Key 1 in this list" in said(screen))
        assert (screen.query_now, screen.entry.value) == ("service:camhs", "service:camhs")
        assert screen.focused is screen.rows and "save search" not in keys_shown(pilot)
        await type_in(pilot, "<escape>", "l")
        again = await shown(pilot, ContactsScreen)
        assert "1 mine: 1" in said(again) and len(children(again)) == 3
        await type_in(pilot, "2", "1")
        await answered(pilot, again, "service:camhs")
        assert children(again) == ["Ash, Muhammad"]
        assert "x forget it" in keys_shown(pilot)
        await type_in(pilot, "<f1>")
        await until(pilot, lambda: "Keys that work here" in page(pilot))
        listed = page(pilot).lower()
        assert "saved search 1" in listed and "saved search 2" not in listed
        await type_in(pilot, "<f1>")
        await until(pilot, lambda: pilot.app.screen is again)
        await type_in(pilot, "x")
        await until(pilot, lambda: "Forgotten: mine: 1." in said(again))
        assert saved.all_of(filled, ADVISOR) == [] and "s save search" in keys_shown(pilot)


async def test_a_name_that_is_none_is_said_and_escape_saves_nothing(filled: Store) -> None:
    async with the_list(filled, "/", "sofa") as (pilot, screen):
        await answered(pilot, screen, "sofa")
        await type_in(pilot, "<tab>", "s", "<enter>")
        await until(pilot, lambda: "The name is missing" in said(screen))
        await type_in(pilot, "mu", "<escape>")
        await until(pilot, lambda: not screen.naming)
        assert (screen.entry.value, screen.query_now) == ("sofa", "sofa")
        assert children(screen) == ["Elm, Mark"] and "1 found" in said(screen)
        assert saved.all_of(filled, ADVISOR) == []


async def test_letters_and_digits_in_the_search_line_are_typed(filled: Store) -> None:
    saved.save(filled, ADVISOR, "mine", "sofa").result()
    async with the_list(filled, "/", "s1x/") as (pilot, screen):
        await until(pilot, lambda: screen.entry.value == "s1x/")


@pytest.mark.parametrize("wide", [False, True])
async def test_the_reference_of_a_contact_stands_in_its_line_or_beside_the_list(
    filled: Store, wide: bool
) -> None:
    size = (120, 36) if wide else (80, 24)
    last, before = [reference(each.id) for each in contacts.recent(filled, ADVISOR, 2)]
    async with at_the_board(filled, size=size) as pilot:
        for key in ("", "l"):
            await type_in(pilot, key)
            await until(pilot, lambda: last in page(pilot))
            assert (before in page(pilot)) is wide
            await type_in(pilot, "<down>")
            await until(pilot, lambda: before in page(pilot))
            assert (last in page(pilot)) is wide


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_who_may_not_search_sees_rows_and_no_search(
    filled: Store, size: tuple[int, int]
) -> None:
    analyst = replace(ADVISOR, role="analyst")
    async with the_list(filled, "l", actor=analyst, size=size) as (pilot, screen):
        await type_in(pilot, "/", "s", "1", "x")
        assert len(screen.rows.items) == 3 and not screen.entry.display and not screen.naming
        assert "search" not in keys_shown(pilot)


async def test_user_text_in_a_query_or_a_name_is_shown_as_typed(filled: Store) -> None:
    saved.save(filled, ADVISOR, "[red]x[/]", "service:[red]").result()
    async with the_list(filled, "l") as (pilot, screen):
        assert "1 [red]x[/]" in page(pilot)
        await type_in(pilot, "1")
        await answered(pilot, screen, "service:[red]")
        assert "service [red]" in page(pilot)


async def test_a_call_that_waits_is_found_and_gone_on_with(filled: Store, clock: Clock) -> None:
    sheet = Sheet(
        opened_at=utc_text(clock.step(minutes=5)),
        values={"service": "CAMHS"},
        caller=Person("Reed, Amy"),
        children=(Person("Brook, Ty", "child", dob="2026-07-19", nhs_number="9990123456"),),
        pending={"issues": "bruise on the"},
        parked_at=utc_text(clock()),
        slot="issues",
    )
    drafts.save(filled, drafts.new(filled, ADVISOR), sheet).result()
    async with the_list(filled, "/") as (pilot, screen):
        ways = (
            "brook",
            "amy reed",
            "bruise",
            "999 012",
            "190726",
            "service:camhs open:",
            "by:ada t",
        )
        for text in ways:
            await type_in(pilot, *text)
            await answered(pilot, screen, text)
            assert isinstance(screen.rows.items[0], Draft), text
            assert "1 waiting" in said(screen)
            await type_in(pilot, *["<backspace>"] * len(text))
            await answered(pilot, screen, "")
        for text in ("brooks", "service:ed brook", "until:t-1 brook", "by:nora brook"):
            await type_in(pilot, *text)
            await answered(pilot, screen, text)
            assert not any(isinstance(each, Draft) for each in screen.rows.items), text
            await type_in(pilot, *["<backspace>"] * len(text))
            await answered(pilot, screen, "")
        await type_in(pilot, *"brook")
        await answered(pilot, screen, "brook")
        assert "waiting, Issues “bruise" in page(pilot)  # where it stopped
        await type_in(pilot, "<enter>")
        call = await shown(pilot, ContactScreen)
        assert call.sheet.children[0].name == "Brook, Ty" and call.sheet.slot == "issues"
        await type_in(pilot, " arm", "<f9>")
        screen = await shown(pilot, ContactsScreen)
        await answered(pilot, screen, "brook")
        assert "bruise on the" in screen.rows.items[0].sheet.pending["issues"]


async def test_a_role_that_takes_no_calls_finds_none_that_wait(filled: Store, clock: Clock) -> None:
    sheet = Sheet(opened_at=utc_text(clock()), caller=Person("Brook, Amy"))
    drafts.save(filled, drafts.new(filled, ADVISOR), sheet).result()
    assert finding.waiting(filled, ADVISOR, finding.understand(filled, "brook"))
    for role in ("analyst", "administrator"):
        other = replace(ADVISOR, role=role)
        assert finding.waiting(filled, other, finding.understand(filled, "brook")) == []


async def test_a_contact_that_was_amended_stands_amended_in_the_list(
    store: Store, clock: Clock
) -> None:
    close_one(store)
    clock.step(hours=1)
    close_one(store, caller=Person("Fox, Ann"))
    async with at_the_board(store) as pilot:
        await type_in(pilot, "l", "<enter>")
        await shown(pilot, ContactPage)
        parts = contacts.get(store, ADVISOR, contacts.recent(store, ADVISOR)[0].id)
        caller = next(each for each in parts if each.values.get("name") == "Fox, Ann")
        contacts.amend(store, ADVISOR, caller, {"name": "Foxe, Anna"}, "Misheard").result()
        await type_in(pilot, "<escape>")
        page = await shown(pilot, ContactsScreen)
        assert [each.caller for each in page.rows.items] == ["Foxe, Anna", "Nora Nurse"]
