"""An email becomes a contact; one visit becomes several; a request that was answered is on record."""

from collections.abc import Callable
from typing import Any

import pytest
from keyboard import burst, keys, shown, type_in, until
from samples import ADVISOR, Clock, a_sheet, close_one
from screens.conftest import page
from seated import at_the_board, page_of
from textual import events
from textual.pilot import Pilot

from spoc.model.forms.sheet import Person, Sheet
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.email import EmailScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts, visits
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

MAIL = (
    "From: Amy Reed (NORTHSHIRE NHS TRUST) <amy.reed@nhs.net>\r\n"
    "Sent: 19 November 2026 18:40\r\n"
    "To: Duty desk <duty@nhs.net>\r\n"
    "Subject: A child on the ward\r\n"
    "\r\n"
    "Please ring me about [red]Ty Brook[/].\r\n"
    "From: nobody <x@example.org>\r\n"
)


def paste(pilot: Pilot[Any], text: str) -> None:
    """A bracketed paste, as the terminal sends it."""
    pilot.app._driver.process_message(events.Paste(text))


def values(screen: Any) -> dict[str, str]:
    return {slot: entry.value for slot, entry in screen.entries.items() if entry.value}


async def mailed(pilot: Pilot[Any], text: str = MAIL) -> Any:
    """Paste a text and take it; gives the sheet that opens."""
    await type_in(pilot, "e")
    await shown(pilot, EmailScreen)
    paste(pilot, text)
    await type_in(pilot, "<f2>")
    return await shown(pilot, ContactScreen)


# -- an email ----------------------------------------------------------------------------------------


async def test_a_pasted_email_fills_a_new_sheet_and_every_field_of_it_says_so(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await mailed(pilot)
        sheet = call.sheet
        assert sheet.caller.name == "Amy Reed"
        assert sheet.values["channel"] == "EMAIL-IN"
        assert sheet.values["verified"] == "nhs-net"
        assert sheet.received_at == "2026-11-19T18:40:00.000Z"
        assert sheet.opened_at == "2026-11-20T09:00:00.000Z", "received is not logged"
        assert sheet.values["hours"] == "ooh-received-later"
        assert sheet.notes == MAIL.replace("\r\n", "\n")
        assert set(sheet.came) == {"caller", "channel", "verified", "received_at", "hours"}
        for slot in sheet.came:
            assert "email" in call.first_page.places[slot].words, slot
        assert call.slot == "service", "the first field that is empty"
        await type_in(pilot, "ED", "<enter>")
        assert values(call)["service"] == "ED"
        await until(pilot, lambda: any(each.sheet.notes for each in drafts.waiting(store, ADVISOR)))


async def test_what_the_advisor_types_over_an_email_is_the_advisors(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await mailed(pilot)
        call.set_focus(call.entries["verified"])
        await type_in(pilot, "k", "<enter>")
        await until(pilot, lambda: call.sheet.values["verified"] == "known-number")
        assert "verified" not in call.sheet.came
        assert call.first_page.places["verified"].words == ""


async def test_a_look_alike_address_verifies_nobody_and_is_named(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await mailed(pilot, MAIL.replace("amy.reed@nhs.net", "amy.reed@nhs.net.example"))
        assert "verified" not in call.sheet.values
        said = str(call.query_one("#message").content)
        assert "amy.reed@nhs.net.example is not an nhs.net address" in said


async def test_a_text_that_is_no_email_is_in_the_notes_whole(store: Store) -> None:
    text = "[b]Mum rang[/b] about Ty.\n\n  Not an email: at all.\n"
    async with at_the_board(store) as pilot:
        call = await mailed(pilot, text)
        assert call.sheet.notes == text
        assert (call.sheet.caller.name, set(call.sheet.came)) == ("", {"channel"})
        assert "has no sender at the top" in str(call.query_one("#message").content)
        assert call.slot == "caller"


async def test_a_known_caller_of_just_that_name_is_the_caller(store: Store) -> None:
    close_one(store, caller=Person("Amy Reed"), values={"callback": "4521"})
    async with at_the_board(store) as pilot:
        call = await mailed(pilot)
        assert call.sheet.caller.id and call.sheet.values["callback"] == "4521"
        assert call.sheet.last == {"service", "role", "callback"}
        assert "caller" in call.sheet.came


async def test_what_is_typed_ahead_of_the_page_and_of_the_sheet_lands_right(store: Store) -> None:
    async with at_the_board(store) as pilot:
        burst(
            pilot.app,
            keys("e", "From: Jo Hill", "<enter>", "Subject: x", "<f2>", "ed", "<enter>", "nu"),
        )
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: values(call).get("role"))
        assert call.sheet.caller.name == "Jo Hill"
        assert (values(call)["service"], values(call)["role"]) == ("ED", "nu")


async def test_a_paste_right_behind_the_key_is_not_lost(store: Store) -> None:
    async with at_the_board(store) as pilot:
        burst(pilot.app, ["e"])
        paste(pilot, MAIL)
        burst(pilot.app, ["f2"])
        call = await shown(pilot, ContactScreen)
        assert call.sheet.caller.name == "Amy Reed"


async def test_what_was_pasted_and_not_taken_waits_as_a_draft(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "e")
        await shown(pilot, EmailScreen)
        paste(pilot, MAIL)
        await type_in(pilot, "<escape>")
        board = await shown(pilot, BoardScreen)
        await until(pilot, lambda: len(board.waiting) == 1)
        assert board.waiting[0].sheet.notes == MAIL.replace("\r\n", "\n")
        await type_in(pilot, "e", "<escape>")
        await shown(pilot, BoardScreen)
        assert len(drafts.waiting(store, ADVISOR)) == 1, "an empty page leaves nothing"


# -- one visit, many children -----------------------------------------------------------------------


ROUND = (
    "n", "@caller", "Hill, Jo", "<enter>", "@service", "ED", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "ip", "<enter>", "@child",
    "Brook, Ty", "<enter>", "190726", "<enter>", "<enter>",
    "@where_now", "ed", "<enter>", "@category", "p", "<enter>", "@issues", "wnb", "<enter>", "@actions", "ao", "<enter>", "@outcome",
    "aa", "<enter>", "@record_system", "badgernet", "<enter>", "@record_number", "77", "<enter>", "@notes", "Scald.",
)  # fmt: skip
SECOND = (
    "Lane, Mo", "<enter>", "<enter>", "<enter>", "@where_now", "ed", "<enter>", "@category", "n", "<enter>", "@issues", "wnb", "<enter>",
    "@actions", "ao", "<enter>", "@outcome", "aa", "<enter>", "@notes", "Missed clinic.",
)  # fmt: skip


async def on_a_round(pilot: Pilot[Any]) -> Any:
    """A first child on a ward visit, all filled in."""
    await type_in(pilot, *ROUND)
    call = await shown(pilot, ContactScreen)
    call.set_focus(call.entries["channel"])
    await type_in(pilot, "wv", "<enter>")
    await until(pilot, lambda: call.sheet.values["channel"] == "WARD-VISIT")
    return call


async def next_child(pilot: Pilot[Any], former: Any) -> None:
    """On to the next child of the visit, the one question answered that a concern asks."""
    await type_in(pilot, "<ctrl+g>")
    await until(pilot, lambda: former.asking == "considered")
    await type_in(pilot, "y")
    await until(pilot, lambda: pilot.app.screen is not former)
    await shown(pilot, ContactScreen)


async def after(pilot: Pilot[Any], former: Any, so: Callable[[Sheet], Any]) -> Any:
    """Wait until another call is shown and its sheet holds what was typed; gives it."""
    await until(
        pilot,
        lambda: (
            pilot.app.screen is not former
            and isinstance(pilot.app.screen, ContactScreen)
            and pilot.app.screen.entries
            and so(pilot.app.screen.sheet)
        ),
    )
    return pilot.app.screen


async def test_a_ward_round_is_one_contact_a_child_and_keeps_who_spoke(
    store: Store, clock: Clock
) -> None:
    async with at_the_board(store) as pilot:
        first = await on_a_round(pilot)
        clock.step(minutes=6)
        await next_child(pilot, first)
        await until(
            pilot,
            lambda: "Brook, Ty   nothing to follow up   What was kept is marked" in page(pilot),
        )
        await type_in(pilot, *SECOND)
        second = await after(pilot, first, lambda sheet: sheet.notes == "Missed clinic.")
        assert second.header.place == "visit, 2nd child"
        sheet = second.sheet
        assert (sheet.caller.name, [child.name for child in sheet.children]) == (
            "Hill, Jo",
            ["Lane, Mo"],
        )
        kept = ("service", "role", "callback", "verified", "channel", "record_system")
        assert [sheet.values[key] for key in kept] == [
            "ED", "nurse", "4521", "in-person", "WARD-VISIT", "badgernet",
        ]  # fmt: skip
        assert sheet.values["received_at"] == "2026-11-20T09:00:00.000Z"
        assert "record_number" not in sheet.values
        assert (sheet.values["category"], sheet.notes) == ("neglect", "Missed clinic.")
        assert "visit" in second.first_page.places["caller"].words
        clock.step(minutes=6)
        await next_child(pilot, second)
        await type_in(pilot, "Lane, Bo", "<enter>")
        third = await after(pilot, second, lambda sheet: sheet.children)
        assert third.header.place == "visit, 3rd child"
        assert (third.sheet.outcome, third.sheet.actions, third.sheet.many) == ("", (), {})
    rows = contacts.recent(store, ADVISOR)
    assert {row.children for row in rows} == {("Brook, Ty",), ("Lane, Mo",)}, "each counts"
    people = store.reader.conn.execute("SELECT count(*) FROM person WHERE name = 'Hill, Jo'")
    assert people.fetchone() == (1,), "one caller, not one a child"
    first_id = next(row.id for row in rows if row.children == ("Brook, Ty",))
    (other,) = visits.others(store, ADVISOR, first_id.hex(), first_id)
    assert other.children == ("Lane, Mo",)
    assert verify(store).findings == ()


async def test_an_untouched_next_child_leaves_nothing(store: Store) -> None:
    async with at_the_board(store) as pilot:
        first = await on_a_round(pilot)
        await next_child(pilot, first)
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
    assert drafts.waiting(store, ADVISOR) == []


async def test_what_lacks_something_stays_and_is_of_no_visit(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Hill, Jo", "<enter>", "<ctrl+g>")
        call = await shown(pilot, ContactScreen)
        assert "Not closed yet" in str(call.query_one("#message").content)
        assert (call.sheet.caller.name, call.sheet.visit) == ("Hill, Jo", "")


async def test_the_page_lists_the_other_contacts_of_the_visit_and_opens_them(store: Store) -> None:
    first = close_one(store, visit="ab" * 16)
    second = close_one(store, visit="ab" * 16, children=(Person("Lane, Mo", "child"),))
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, first))
        page = await shown(pilot, ContactPage)
        place = next(n for n, line in enumerate(page.rows.items) if line.opens)
        assert "Same visit Lane, Mo" in page_of(pilot)[place]
        page.rows.move(place)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: getattr(pilot.app.screen, "contact", b"") == second)
        await until(pilot, lambda: any("Molly Mulberry, " in line for line in page_of(pilot)))


async def test_an_open_contact_of_a_visit_is_taken_over_as_one(store: Store) -> None:
    close_one(store, visit="ab" * 16)
    draft = drafts.new(store, ADVISOR)
    sheet = a_sheet(store.now(), visit="ab" * 16, outcome="")
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
        await type_in(pilot, "g")
        call = await shown(pilot, ContactScreen)
        assert call.sheet.visit == "ab" * 16
        assert call.header.place == "visit, 2nd child"


# -- a request that was answered -----------------------------------------------------------------------


RELEASED = (
    "pol", "<enter>", "DC Marsh, ref 88/26", "<enter>", "s47", "<enter>", "Dr Lowe, named doctor",
    "<enter>", "Dates of three attendances, by secure email.",
)  # fmt: skip


async def test_a_request_that_was_answered_is_on_the_page_and_in_its_history(store: Store) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        page = await shown(pilot, ContactPage)
        await type_in(pilot, "r", *RELEASED, "<f2>")
        await until(
            pilot,
            lambda: pilot.app.screen is page and "Who asked DC Marsh, ref 88/26" in page_of(pilot),
        )
        said = page_of(pilot)
        assert any(line.startswith("Asked for by Police") for line in said)
        assert "Basis Assessment of a child (sections 17 and 47)" in said
        assert "Approved by Dr Lowe, named doctor" in said
        assert "Released Dates of three attendances, by secure email." in said
        assert "Fri 20 Nov 2026 09:00  Ada Advisor  request answered: Police" in said
        place = next(n for n, line in enumerate(page.rows.items) if line.label == "Approved by")
        page.rows.move(place)
        await type_in(pilot, "a", "<end>", " on call", "<enter>", "misheard", "<enter>")
        await until(
            pilot,
            lambda: any("approved by: was “Dr Lowe" in line for line in page_of(pilot)),
        )
    (part,) = (each for each in contacts.get(store, ADVISOR, contact) if each.tbl == "release")
    assert (part.values["body"], part.values["basis"]) == ("police", "assessment")
    assert part.values["approved_by"] == "Dr Lowe, named doctor on call"
    assert part.values["at"] == "2026-11-20T09:00:00.000Z"
    for words in ("marsh", "three attendances", "police"):
        assert [row.id for row in contacts.find(store, ADVISOR, words)] == [contact]
    assert verify(store).findings == ()


@pytest.mark.parametrize(
    ("typed", "sentence", "slot"),
    [
        ((), "say which body asks", "body"),
        (("pol", "<enter>"), "say who asked", "asked_by"),
        (("zzz", "<enter>", "x"), "“zzz” is not one of its codes", "body"),
        (RELEASED[:-2], "say who approved it", "approved_by"),
    ],
)
async def test_what_a_release_lacks_is_said_and_nothing_is_written(
    store: Store, typed: tuple[str, ...], sentence: str, slot: str
) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        await type_in(pilot, "r")
        form = await shown(pilot, RecordScreen)
        wanted = typed[:-1] if slot == "approved_by" else typed
        await type_in(pilot, *wanted, "<f2>")
        await until(pilot, lambda: "Not recorded yet" in str(form.query_one("#message").content))
        assert sentence in str(form.query_one("#message").content)
        assert form.slot == slot
        await type_in(pilot, "<escape>")
        if typed:
            assert "Esc again discards it" in str(form.query_one("#message").content)
            await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is page)
    assert not [each for each in contacts.get(store, ADVISOR, contact) if each.tbl == "release"]


async def test_a_mail_names_the_child_it_is_about_and_guesses_nobody(store: Store) -> None:
    close_one(
        store,
        children=(Person("Brook, Tyler", "child", dob="2019-03-12", nhs_number="9990000042"),),
    )
    about = "\n\nPatient: Tyler Brook\nDOB: 12/03/2019\nNHS No: 999 000 0042\n"
    async with at_the_board(store) as pilot:
        call = await mailed(pilot, MAIL + about)
        assert [child.name for child in call.sheet.children] == ["Brook, Tyler"]
        assert call.sheet.children[0].id and "child" in call.sheet.came
        said = str(call.query_one("#message").content)
        assert "By NHS number and date of birth it is about Brook, Tyler: look." in said
        await type_in(pilot, "<escape>")
        call = await mailed(pilot, MAIL + about.replace("12/03/2019", "13/03/2019"))
        assert call.sheet.children == ()  # likely, and no more
        said = str(call.query_one("#message").content)
        assert "It may be about Brook, Tyler" in said and "type the name" in said
