"""Open contacts: left open, taken over, closed; each change on top of what was shown."""

from dataclasses import replace

import pytest
from keyboard import shown, type_in
from samples import ADVISOR, Clock, a_sheet, close_one, joins, signs
from seated import at_the_board

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Action, Person, Sheet
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.fold import VOID
from spoc.model.values.instants import utc_text
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.contacts.reading import history
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

COLLEAGUE = signs(Actor(b"advisor-number-2", "Ben Bailey", "advisor"))


def left_open(store: Store, sheet: Sheet) -> bytes:
    """A contact begun by the advisor and left open."""
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, sheet).result()
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    return draft.id


def test_a_half_filled_call_becomes_an_open_contact_with_all_that_was_typed(
    store: Store, clock: Clock
) -> None:
    sheet = replace(
        a_sheet(clock()), outcome="", actions=(), pending={"category": "phys"}, notes="said so"
    )
    contact = left_open(store, sheet)
    (row,) = contacts.recent(store, ADVISOR)
    assert row.open and row.children == ("Molly Mulberry",)
    assert drafts.waiting(store, ADVISOR) == []
    notes = [
        part.values["text"] for part in contacts.get(store, ADVISOR, contact) if part.tbl == "note"
    ]
    assert notes == ["said so\nCategory: phys"]


def test_a_colleague_takes_it_over_finishes_and_closes_it(store: Store, clock: Clock) -> None:
    joins(store, COLLEAGUE)
    contact = left_open(store, replace(a_sheet(clock()), outcome=""))
    clock.step(minutes=20)
    draft = sheets.take_over(store, COLLEAGUE, contact).result()
    assert draft.actor == COLLEAGUE.id
    assert drafts.waiting(store, ADVISOR)[0].id == contact
    sheet = replace(
        draft.sheet, outcome="advice-accepted", notes=draft.sheet.notes + " Rang back.",
        many={"issues": ("poisoning",)}, children=(*draft.sheet.children, Person("Max Mulberry", "child")),
    )  # fmt: skip
    clock.step(minutes=1)
    contacts.close(store, COLLEAGUE, draft, sheet).result()
    (row,) = contacts.recent(store, ADVISOR)
    assert not row.open and not row.amended
    assert row.issues == ("poisoning",)
    assert row.children == ("Molly Mulberry", "Max Mulberry")
    parts = contacts.get(store, ADVISOR, contact)
    assert [part.values["text"] for part in parts if part.tbl == "note"] == [
        "Scald from a cup of tea, seen at once. Rang back."
    ]
    assert len([part for part in parts if part.tbl == "action"]) == 1
    assert parts[0].values["advisor"] == COLLEAGUE.id
    assert not any(part.conflicts for part in parts)
    assert verify(store).sound


def test_closing_what_was_not_changed_writes_the_closing_alone(store: Store, clock: Clock) -> None:
    contact = left_open(store, a_sheet(clock()))
    draft = sheets.take_over(store, ADVISOR, contact).result()
    done = contacts.close(store, ADVISOR, draft, draft.sheet).result()
    written = [
        each for each in done.entries if each.tbl != "prompt"
    ]  # what showed is said at closing
    ((tbl, fields),) = [(each.tbl, set(each.fields or ())) for each in written]
    assert tbl == "contact"
    assert {name for name in fields if not name.startswith("sbar.")} == {"closed_at"}


def test_two_colleagues_cannot_both_go_on_with_one_contact(store: Store, clock: Clock) -> None:
    contact = left_open(store, a_sheet(clock()))
    sheets.take_over(store, ADVISOR, contact).result()
    with pytest.raises(BadInput, match="already going on"):
        sheets.take_over(store, COLLEAGUE, contact).result()


def test_what_is_taken_away_is_removed_and_can_still_be_read_in_the_ledger(
    store: Store, clock: Clock
) -> None:
    contact = left_open(store, a_sheet(clock()))
    draft = sheets.take_over(store, ADVISOR, contact).result()
    sheet = replace(draft.sheet, actions=(), children=(), identity="no-names", notes="")
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    parts = contacts.get(store, ADVISOR, contact)
    assert {part.tbl for part in parts} == {"contact", "person", "outcome", "answer"}
    assert [part.part for part in parts if part.tbl == "person"] == ["caller"]
    assert verify(store).sound


def test_the_last_contact_of_this_advisor_is_there_to_copy_from(store: Store, clock: Clock) -> None:
    assert sheets.last_sheet(store, ADVISOR) is None
    close_one(store)
    last = sheets.last_sheet(store, ADVISOR)
    assert last is not None
    assert (last.caller.name, last.children[0].name) == ("Nora Nurse", "Molly Mulberry")
    assert last.values["where_now"] == "ed" and last.many["issues"] == ("burn",)


def test_notes_that_were_added_stay_when_a_colleague_goes_on(store: Store, clock: Clock) -> None:
    contact = left_open(store, a_sheet(clock()))
    contacts.add_note(store, ADVISOR, contact, "A second note.").result()
    draft = sheets.take_over(store, COLLEAGUE, contact).result()
    contacts.close(store, COLLEAGUE, draft, draft.sheet).result()
    notes = [
        part.values["text"] for part in contacts.get(store, ADVISOR, contact) if part.tbl == "note"
    ]
    assert notes == ["Scald from a cup of tea, seen at once.", "A second note."]


def test_what_was_taken_out_stands_in_the_history(store: Store, clock: Clock) -> None:
    contact = left_open(store, a_sheet(clock()))
    draft = sheets.take_over(store, ADVISOR, contact).result()
    contacts.close(
        store,
        ADVISOR,
        draft,
        replace(draft.sheet, actions=(Action("call-back", "desk", "24h", utc_text(clock())),)),
    ).result()
    told = [
        (each.tbl, each.value)
        for each in history.changes(store, ADVISOR, contact)
        if each.field == VOID
    ]
    assert told == [("action", "advice-only")]


async def test_a_child_taken_out_of_an_open_contact_is_told_on_its_page(
    store: Store, clock: Clock
) -> None:
    contact = left_open(store, a_sheet(clock(), values={"mobility": "mobile"}))
    draft = sheets.take_over(store, COLLEAGUE, contact).result()
    gone = replace(draft.sheet, children=(), identity="no-names")
    contacts.close(store, COLLEAGUE, draft, gone).result()
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        screen = await shown(pilot, ContactPage)
        told = "\n".join(line.text for line in screen.rows.items)
        assert "child Molly Mulberry taken out" in told


def test_words_that_are_handed_on_stay_their_authors(store: Store, clock: Clock) -> None:
    draft = drafts.new(store, ADVISOR)
    sheet = a_sheet(clock())
    drafts.save(store, draft, sheet).result()
    clock.step(minutes=3)
    for done in sheets.hand_on(store, COLLEAGUE, drafts.waiting(store, COLLEAGUE)):
        done.result()
    parts = contacts.get(store, COLLEAGUE, draft.id)
    assert {part.by for part in parts if part.tbl == "note"} == {ADVISOR.id}
    assert parts[0].values["advisor"] == ADVISOR.id
    assert parts[0].values["seconds"] == 180
