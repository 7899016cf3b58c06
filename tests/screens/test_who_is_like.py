"""A child who may be known already, a twin, a brother's events: said where they could be taken for one another."""

from typing import Any

from keyboard import shown, type_in, until
from samples import ADVISOR, close_one
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.forms.sheet import Person
from spoc.screens.call.contact import ContactScreen
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import ChildrenScreen
from spoc.storage.contacts import contacts
from spoc.storage.persons import statements
from spoc.storage.store import Store

TYLER = Person("Brook, Tyler", "child", dob="2020-01-19", nhs_number="9990000018")
RILEY = Person("Brook, Riley", "child", dob="2020-01-19", nhs_number="9990000026")


def child_of(store: Store, contact: bytes) -> bytes:
    return next(each.id for each in contacts.get(store, ADVISOR, contact) if each.part == "child")


async def named(pilot: Pilot[Any], name: str, born: str) -> ContactScreen:
    """A new call about a new child."""
    await type_in(pilot, "n")
    call: ContactScreen = await shown(pilot, ContactScreen)
    call._go("child")
    await type_in(pilot, name, "<enter>", born, "<enter>")
    await until(pilot, lambda: call.sheet.children and call.sheet.children[-1].dob)
    return call


def said(screen: Any) -> str:
    return " ".join(str(screen.query_one("#message").content).split())


def lines(pilot: Pilot[Any]) -> str:
    """The rows of a child's page as they are painted."""
    rows = pilot.app.screen.query_one("Rows")
    return "\n".join(str(rows.paint(each, rows.size.width)) for each in rows.items)


async def test_a_new_child_like_a_known_one_is_named_on_the_call(store: Store) -> None:
    close_one(store, children=(TYLER,))
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await named(pilot, "Brook, Ty", "190120")
        assert said(call) == (
            "KNOWN ALREADY? Brook, Tyler, 19 Jan 2020: same date of birth, forms of one name (Ty, Tyler); "
            "against it: not the same word (Ty, Tyler)"
        )


async def test_a_new_twin_is_another_child_and_one_like_nobody_is_passed_over(store: Store) -> None:  # fmt: skip
    close_one(store, children=(TYLER,))
    async with at_the_board(store) as pilot:
        call = await named(pilot, "Brook, Riley", "190120")
        assert "ANOTHER CHILD? Brook, Tyler, 19 Jan 2020" in said(call)
        assert "may be a twin" in said(call)
        panel = " ".join(str(call.query_one("#side").content).split())
        assert "ANOTHER CHILD? Brook, Tyler" in panel
        await type_in(pilot, "<f9>")
        call = await named(pilot, "Osei, Kofi", "010219")
        assert "Tyler" not in said(call)


async def test_a_childs_page_names_the_twin(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    close_one(store, children=(RILEY,))
    async with at_the_board(store, size=(80, 24)) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, tyler, "test"))
        page = await shown(pilot, ChildPage)
        band = str(page.query_one("#band").content)
        assert "TWIN, or one child? Born the same day: Brook, Riley." in band


async def test_with_the_household_each_event_says_whose_it_is(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,), notes="His own call."))
    fields = {"name": "Brook, Sam", "relation": "sibling", "said_by": "HV"}
    statements.add_member(store, ADVISOR, tyler, fields).result()
    (sam,) = store.reader.conn.execute("SELECT id FROM person WHERE name = 'Brook, Sam'").fetchone()
    known = Person("Brook, Sam", "child", sam.hex())
    close_one(store, children=(known,), notes="About Sam.", closed_anyway="test")
    async with at_the_board(store, size=(80, 24)) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, tyler, "test"))
        await shown(pilot, ChildPage)
        assert "About Sam." not in lines(pilot)
        await type_in(pilot, "h")
        await until(pilot, lambda: "Brook, Sam: About Sam." in lines(pilot))
        assert "Brook, Sam: His own call." not in lines(pilot) and "His own call." in lines(pilot)


async def test_a_parents_page_names_the_children_and_enter_opens_them(store: Store) -> None:
    mother = Person("Lane, Amy", "adult")
    baby = Person("Unborn baby of Lane, Amy", "unborn", edd="2027-02-12", mother=mother)
    close_one(store, children=(baby,), identity="unborn")
    (her,) = store.reader.conn.execute("SELECT id FROM person WHERE name = 'Lane, Amy'").fetchone()
    async with at_the_board(store, size=(80, 24)) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, her, "test"))
        page = await shown(pilot, ChildPage)
        assert page.query_one("Header").place == "Person"
        assert "Cares for  mother of Unborn baby of Lane, Amy" in lines(pilot)
        assert "nobody named yet" not in lines(pilot)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: pilot.app.screen.person != her)
        await until(
            pilot, lambda: "Unborn baby" in str(pilot.app.screen.query_one("#band").content)
        )


async def test_at_80_columns_a_near_spelling_and_an_outcome_are_whole(store: Store) -> None:
    tyler = child_of(store, close_one(store, children=(TYLER,)))
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "c")
        await shown(pilot, ChildrenScreen)
        await type_in(pilot, "tiler bruk")
        await until(pilot, lambda: "999 000 0018  near spelling" in lines(pilot))
        assert max(map(len, lines(pilot).splitlines())) <= 78
        pilot.app.push_screen(ChildPage(pilot.app.desk, tyler, "test"))
        await shown(pilot, ChildPage)
        told = lines(pilot).splitlines()
        assert any(each.endswith("Advice accepted") for each in told), told
        assert not any("…" in each for each in told if "outcome" in each)
