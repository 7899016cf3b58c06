"""One NHS number and two children: said, and never accepted in silence; on the call, on a page and from JSON."""

from typing import Any

from keyboard import CALLER, shown, type_in, until
from samples import ADVISOR, Clock, close_one
from seated import at_the_board
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.model.forms.sheet import Person
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.store import Store

TY = Person("Brook, Ty", "child", dob="2020-07-19", nhs_number="9990000018")


async def the_call(pilot: Pilot[Any], *steps: str) -> Any:
    await type_in(pilot, *CALLER, *steps)
    return await shown(pilot, ContactScreen)


def said(screen: Any) -> str:
    return str(screen.query_one("#message", Static).content)


async def test_the_number_of_another_child_is_said_and_one_of_three_is_chosen(
    store: Store, clock: Clock
) -> None:
    close_one(store, children=(TY,))
    clock.step(days=3)
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "Lane, Kit", "<enter>", "<enter>", "9990000018", "<enter>")
        await until(pilot, lambda: "is the number of Brook, Ty" in said(call))
        assert "since 20 Nov 2026" in said(call)
        assert not call.sheet.children[0].nhs_number
        call._go("child.ref")
        await pilot.pause()
        await type_in(pilot, "<down>", "<down>", "<enter>")
        await until(pilot, lambda: call.sheet.children[0].nhs_number)
        assert call.sheet.children[0].doubt == "nhs_number"
        assert "in doubt" in str(call.query_one("#side", Static).content)
        call._go("child.ref")
        await pilot.pause()
        await type_in(pilot, "<home>", *["<delete>"] * 12, "9990000018", "<down>", "<enter>")
        await until(pilot, lambda: call.sheet.children[0].name == "Brook, Ty")
        assert [each.name for each in call.sheet.children] == ["Brook, Ty"]
        assert call.sheet.children[0].id


async def test_the_same_number_twice_in_one_contact_is_said(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>", "<enter>", "9990000018", "<enter>")
        call._go("child")
        await type_in(pilot, "B", "<enter>", "<enter>", "9990000018", "<enter>")
        await until(pilot, lambda: "is the number of A" in said(call))
        assert not call.sheet.children[1].nhs_number


async def test_a_child_who_is_named_again_is_said_to_be_there(store: Store, clock: Clock) -> None:
    close_one(store, children=(TY,))
    clock.step(hours=1)
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "brook", "<enter>")
        await until(pilot, lambda: call.sheet.children)
        call._go("child")
        await type_in(pilot, "brook", "<enter>")
        await until(pilot, lambda: "already named in this contact" in said(call))
        assert len(call.sheet.children) == 1


async def test_on_a_page_a_number_of_somebody_else_is_kept_only_in_doubt(
    store: Store, clock: Clock
) -> None:
    close_one(store, children=(TY,))
    clock.step(hours=1)
    contact = close_one(store, children=(Person("Lane, Kit", "child", nhs_number="9990000026"),))
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        page.rows.marked = next(
            n for n, each in enumerate(page.rows.items) if each.label == "NHS number"
        )
        await type_in(pilot, "a")
        card = await shown(pilot, AmendScreen)
        await type_in(pilot, "9990000018", "<enter>", "read back", "<enter>")
        await until(pilot, lambda: "somebody else" in said(card))
        await type_in(pilot, "<shift+tab>", "<down>", "<f2>")
        await until(pilot, lambda: pilot.app.screen is page)
        await until(pilot, lambda: any("(in doubt)" in each.text for each in page.rows.items))
    child = next(each for each in contacts.get(store, ADVISOR, contact) if each.part == "child")
    assert (child.values["nhs_number"], child.values["doubt"]) == ("9990000018", "nhs_number")
