"""One child, remembered: named later, taken for a twin and put right, linked wrongly, born."""

from contextlib import suppress
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one, signs
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.errors import NotAllowed
from spoc.model.forms.sheet import NO_NAMES, Person
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import ROLES
from spoc.model.values.reference import reference
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import ChildrenScreen, WhyScreen
from spoc.screens.child.linking import LinkScreen
from spoc.screens.child.looked import LookedScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.contacts.whose import SomebodyElseScreen, WhoseScreen
from spoc.storage.contacts import contacts
from spoc.storage.persons import links, person_page, record, statements
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

TY = Person("Brook, Tyler", "child", dob="2020-01-19", nhs_number="9990000018")
RILEY = Person("Brook, Riley", "child", dob="2020-01-19", nhs_number="9990000026")


def child_of(store: Store, contact: bytes) -> bytes:
    return next(each.id for each in contacts.get(store, ADVISOR, contact) if each.part == "child")


def as_it_stands(store: Store, person: bytes) -> dict[str, Any]:
    """All that is known of a person, but who has looked."""
    return {**person_page.as_json(store, ADVISOR, person), "looked": None}


def lines_of(screen: Any) -> str:
    """What stands on a child's page."""
    band = str(screen.query_one("#band").content)
    rows = screen.rows
    return "\n".join([band, *(str(rows.paint(each, 200)) for each in rows.items)])


async def the_page(pilot: Pilot[Any], contact: bytes) -> Any:
    pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
    return await shown(pilot, ContactPage)


async def test_a_call_without_names_is_the_same_matter_once_she_is_named(
    store: Store, clock: Clock
) -> None:
    first = close_one(store, children=(), identity=NO_NAMES, notes="A girl of six, afraid of home.")
    clock.step(minutes=20)
    rang = next(each.id for each in contacts.get(store, ADVISOR, first) if each.part == "caller")
    same = Person("Nora Nurse", "professional", rang.hex())
    second = close_one(store, children=(TY,), caller=same, notes="She is named now.")
    async with at_the_board(store) as pilot:
        of = await the_page(pilot, second)
        (asked,) = [each.text for each in of.rows.items if each.label == "Same matter?"]
        assert "also rang without names, 09:00" in asked and "m says" in " ".join(
            map(str, of.rows.items)
        )
        await type_in(pilot, "m")
        card = await shown(pilot, RecordScreen)
        await until(pilot, lambda: reference(first) in str(card.strip.render()))
        await type_in(pilot, reference(first).lower(), "<enter>", "rang back and named her", "<f2>")
        found = await shown(pilot, ContactPage)
        await until(pilot, lambda: any(each.label == "Same matter" for each in found.rows.items))
        assert not any(each.label == "Same matter?" for each in found.rows.items)
        assert any(reference(first) in each.text for each in found.rows.items)
        assert found.rows.items[0].label == "Same matter"
        found.rows.move(-found.rows.marked)
        await type_in(pilot, "d")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "another call of hers", "<enter>")
        await shown(pilot, ContactPage)
        await until(pilot, lambda: any(each.label == "Same matter?" for each in found.rows.items))
        links.link_contacts(store, ADVISOR, second, first, "ring-back", "it was").result()
        await type_in(pilot, "c")
        of = await shown(pilot, ChildPage)
        told = lines_of(of)
        assert "A girl of six" in told and "She is named now." in told
    assert contacts.get(store, ADVISOR, first)[0].values["identity"] == NO_NAMES
    assert as_it_stands(store, child_of(store, second))["contacts"] == [second.hex(), first.hex()]
    assert verify(store).sound


async def test_a_twin_who_was_picked_wrongly_is_put_right_and_neither_record_keeps_the_others(
    store: Store, clock: Clock
) -> None:
    one, two = close_one(store, children=(TY,)), close_one(store, children=(RILEY,))
    tyler, riley = child_of(store, one), child_of(store, two)
    statements.add(
        store, ADVISOR, tyler, "fact", {"key": "school", "value": "Moor School"}
    ).result()
    before = as_it_stands(store, tyler)
    clock.step(minutes=1)
    picked = Person("Brook, Tyler", "child", tyler.hex(), dob="2020-01-19", nhs_number="9990000018")
    wrong = close_one(
        store, children=(picked,), notes="It was Riley.", closed_anyway="nobody was there"
    )
    statements.add(
        store, ADVISOR, tyler, "fact", {"key": "gp", "value": "Wellington"}, wrong
    ).result()
    assert as_it_stands(store, tyler)["gp"] == "Wellington"
    async with at_the_board(store) as pilot:
        found = await the_page(pilot, wrong)
        at = next(n for n, each in enumerate(found.rows.items) if each.label == "Child")
        found.rows.move(at)
        await type_in(pilot, "a")
        await shown(pilot, WhoseScreen)
        await type_in(pilot, "1")
        await shown(pilot, SomebodyElseScreen)
        await type_in(pilot, "brook, riley")
        await pilot.pause()
        await type_in(pilot, "<enter>", "the other twin", "<f2>")
        with suppress(AssertionError):
            await until(pilot, lambda: isinstance(pilot.app.screen, ContactPage), 3)
        if not isinstance(pilot.app.screen, ContactPage):
            await type_in(pilot, "<f2>")
        await shown(pilot, ContactPage)
    assert as_it_stands(store, tyler) == before
    now = as_it_stands(store, riley)
    assert now["gp"] == "Wellington" and "school" not in now
    assert wrong.hex() in now["contacts"]
    assert verify(store).sound


async def test_a_wrong_link_is_undone_and_each_record_is_as_it_was(store: Store) -> None:
    one = close_one(store, children=(TY,))
    two = close_one(store, children=(Person("Brook, Ty", "child", dob="2020-01-19"),))
    tyler, other = child_of(store, one), child_of(store, two)
    before = [as_it_stands(store, each) for each in (tyler, other)]
    async with at_the_board(store) as pilot:
        await type_in(pilot, "c")
        await shown(pilot, ChildrenScreen)
        await type_in(pilot, "tiler bruk")
        await type_in(pilot, "<enter>")
        await shown(pilot, WhyScreen)
        await type_in(pilot, "2")
        of = await shown(pilot, ChildPage)
        await type_in(pilot, "l")
        linking = await shown(pilot, LinkScreen)
        assert any("against" in each[1] for each in linking.rows.items)
        await type_in(pilot, "s")
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "the same as Brook, Ty" in lines_of(of))
        both = as_it_stands(store, tyler)
        assert set(both["contacts"]) == {one.hex(), two.hex()}
        statements.add(store, ADVISOR, other, "fact", {"key": "gp", "value": "Taunton"}).result()
        assert as_it_stands(store, tyler)["gp"] == "Taunton"
        at = next(
            n for n, each in enumerate(of.rows.items) if getattr(each, "tbl", "") == "person_link"
        )
        of.rows.move(at)
        await type_in(pilot, "x")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "another child of the name", "<enter>")
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "the same as" not in lines_of(of))
        await type_in(pilot, "w")
        looked = await shown(pilot, LookedScreen)
        assert any("follow-up" in each[2] for each in looked.rows.items)
    assert as_it_stands(store, tyler) == before[0]
    after = as_it_stands(store, other)
    assert after.pop("gp") == "Taunton"
    assert after | {"said": []} == before[1] | {"said": []}
    assert verify(store).sound


async def test_an_unborn_baby_is_linked_to_the_child_who_is_born(
    store: Store, clock: Clock
) -> None:
    mother = Person("Lane, Amy", "adult")
    baby = Person("Unborn baby of Lane, Amy", "unborn", edd="2027-02-12", mother=mother)
    before = close_one(store, children=(baby,), notes="Booked late.")
    unborn = child_of(store, before)
    clock.step(days=80)
    held = record.read(store, ADVISOR, unborn)
    assert held
    her = bytes.fromhex(next(each.person for each in held.household if each.relation == "mother"))
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, her, "test"))
        await shown(pilot, ChildPage)
        await type_in(pilot, "s")
        form = await shown(pilot, RecordScreen)
        await type_in(pilot, "the midwife")
        for slot, text in (("dob", "1/3/2001"), ("nhs_number", "999 000 0034")):
            form.set_focus(form.slots[slot])
            await type_in(pilot, text)
        await type_in(pilot, "<f2>")
        await shown(pilot, ChildPage)
    known = record.read(store, ADVISOR, her)
    assert known and known.first("dob") == "2001-03-01"
    assert known.first("nhs_number") == "9990000034"
    born = close_one(
        store,
        children=(
            Person(
                "Lane, Ivy",
                "child",
                dob="2027-02-03",
                mother=Person("Lane, Amy", "adult", her.hex()),
            ),
        ),
        notes="Born well.",
        closed_anyway="nobody was there",
    )
    ivy = child_of(store, born)
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, ivy, "test"))
        of = await shown(pilot, ChildPage)
        await type_in(pilot, "l")
        linking = await shown(pilot, LinkScreen)
        assert any("born about the date that was due" in each[1] for each in linking.rows.items)
        await type_in(pilot, "b")
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "unborn and born" in lines_of(of))
        assert "Booked late." in lines_of(of) and "Born well." in lines_of(of)
    assert set(as_it_stands(store, ivy)["contacts"]) == {before.hex(), born.hex()}
    assert as_it_stands(store, unborn)["edd"] == "2027-02-12"
    assert verify(store).sound


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_record_opens_from_the_call_and_escape_comes_back_to_the_letter(
    store: Store, size: tuple[int, int]
) -> None:
    first = close_one(store, children=(TY,), notes="Bruised.")
    tyler = child_of(store, first)
    statements.add(
        store, ADVISOR, tyler, "alert",
        {"code": "cp-plan", "said_by": "MASH", "checked": "2026-11-12", "review": "2026-11-15"},
    ).result()  # fmt: skip
    async with at_the_board(store, size=size) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        call._go("child")
        await type_in(pilot, "tyler")
        await pilot.pause()
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: call.sheet.children)
        panel = str(call.query_one("#side").content)
        assert "Child protection plan (MASH, 8 days ago) REVIEW PASSED" in " ".join(panel.split())
        call._go("notes")
        await type_in(pilot, "She sa", "<ctrl+k>")
        of = await shown(pilot, ChildPage)
        assert of.has_class("-beside") is (size[0] >= 118)
        assert "REVIEW PASSED 15 Nov 2026" in lines_of(of) and "Bruised." in lines_of(of)
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is call)
        await type_in(pilot, "ys so.")
        assert call.page.text == "She says so."
    (seen,) = store.reader.conn.execute(
        "SELECT purpose FROM audit WHERE kind = 'view' AND subject = ?", (tyler,)
    ).fetchall()
    assert seen == ("call",)


async def test_a_hostile_name_and_text_show_as_they_were_typed(store: Store) -> None:
    name = "[red]Brook[/], =HYPERLINK(1)"
    contact = close_one(
        store, children=(Person(name, "child", dob="2020-01-19"),), notes="[@click=app.quit]x"
    )
    child = child_of(store, contact)
    statements.add(store, ADVISOR, child, "fact", {"key": "school", "value": "[b]Moor"}).result()
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, child, "test"))
        told = lines_of(await shown(pilot, ChildPage))
    assert name in told and "[b]Moor" in told and "[@click=app.quit]x" in told


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"advisor", "reviewer", "named-professional"}))
def test_a_role_without_identifiers_opens_finds_and_links_nobody(store: Store, role: str) -> None:
    contact = close_one(store, children=(TY,))
    child = child_of(store, contact)
    actor = signs(Actor(b"somebody-else-01", "Sam Shah", role))
    for act in (
        lambda: person_page.page(store, actor, child),
        lambda: record.listed(store, actor),
        lambda: record.by_id(store, actor, child.hex()),
        lambda: statements.died(store, actor, child, "", "GP"),
    ):
        with pytest.raises(NotAllowed):
            act()


async def test_that_a_child_has_died_shows_where_one_is_named_and_on_the_contact(
    store: Store,
) -> None:
    contact = close_one(store, children=(TY,))
    tyler = child_of(store, contact)
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ChildPage(pilot.app.desk, tyler, "test"))
        of = await shown(pilot, ChildPage)
        await type_in(pilot, "d")
        await shown(pilot, RecordScreen)
        await type_in(pilot, "<enter>", "the GP", "<f2>")
        await shown(pilot, ChildPage)
        await until(pilot, lambda: "date not known" in lines_of(of))
        assert "Letters and calls to the family stop" in lines_of(of)
        await type_in(pilot, "<escape>")
        page_ = await the_page(pilot, contact)
        assert any(each.label == "DIED" for each in page_.rows.items)
        await type_in(pilot, "<escape>", "n")
        call = await shown(pilot, ContactScreen)
        call._go("child")
        await type_in(pilot, "tyler")
        await until(pilot, lambda: "DIED, date not known" in str(call.strip.render()))
