"""Enter goes first to what was refused, then to what is empty; notes in the wrong line; a call begun by mistake."""

from itertools import pairwise
from typing import Any

import pytest
from keyboard import CALLER, shown, type_in, until
from samples import ADVISOR, close_one
from seated import at_the_board
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.guidance.pack import load
from spoc.model.forms.contact import Missing
from spoc.model.forms.forms import CONTACT_FORM
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.call.summary import gone_words, not_closed_words
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store

FIRST_PAGE = (field.key for field in CONTACT_FORM if not field.walk)
AFTER = dict(pairwise(FIRST_PAGE))


async def the_call(pilot: Pilot[Any], *steps: str) -> Any:
    await type_in(pilot, *CALLER, *steps)
    return await shown(pilot, ContactScreen)


def said(call: Any) -> str:
    return str(call.query_one("#message", Static).content)


async def test_enter_goes_first_to_what_was_refused(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>", "31022020", "<enter>")
        await until(pilot, lambda: call.slot == "child.ref")
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: call.slot == "child.date")
        assert said(call) == "“31022020” was typed here and not taken."
        assert call.entries["child.date"].value == "31022020"


async def test_one_letter_and_enter_take_no_known_child(store: Store) -> None:
    close_one(store)
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go("child")
        await pilot.pause()
        await type_in(pilot, "m")
        await until(pilot, lambda: call.strip.offered and call.strip.offered[0].choice)
        assert call.strip.marked is None and "chooses" in call.strip.hint
        await type_in(pilot, "o")
        await until(pilot, lambda: call.strip.marked and call.strip.marked.choice)


async def test_enter_goes_on_from_what_is_not_taken_and_says_how_to_take_it(store: Store) -> None:
    several = "is not taken yet: ↓ goes back to it and chooses what it means."
    none = "is not in the list: ↓ goes back to it. Type it another way."
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        for slot, typed, onward, says in (
            ("actions", "records-reviewed", "actions", ""),
            ("actions", "strategy", "outcome", f"“strategy” {several}"),
            ("issues", "bruise", "outcome", f"“bruise” {several}"),
            ("outcome", "zzz", AFTER["outcome"], f"“zzz” {none}"),
        ):  # fmt: skip
            call._go(slot)
            await pilot.pause()
            await type_in(pilot, typed, "<enter>")
            await until(pilot, lambda onward=onward: call.slot == onward)
            assert said(call) == says
        assert call.sheet.pending == {"actions": "strategy", "issues": "bruise"}


async def test_an_arrow_goes_back_to_what_was_not_taken_and_chooses_nothing_elsewhere(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go("where_now")
        await pilot.pause()
        await type_in(pilot, "zzz", "<enter>")
        await until(pilot, lambda: call.slot == "category")
        await type_in(pilot, "<down>", "<enter>")
        await until(pilot, lambda: call.slot == "category")
        assert "category" not in call.sheet.values, "chosen in a field that nobody had looked at"
        call._go("issues")
        await pilot.pause()
        await type_in(pilot, "bruise", "<enter>", "<down>")
        await until(pilot, lambda: call.slot == "issues" and call.strip.marked is not None)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: len(call.sheet.many.get("issues", ())) == 1)
        assert "outcome" not in call.sheet.values


def test_a_stop_that_gives_way_to_another_is_no_slip() -> None:
    by = load("generic").guide.prompt_by_code
    assert gone_words(by["T29"], [by["T2"]]).startswith(
        f"After your last change, “{by['T29'].title}” gives way"
    )
    assert "If that was a slip" in gone_words(by["T2"], [])


def test_a_close_that_waits_for_questions_alone_says_that_their_answers_close_it() -> None:
    question = Missing("kinds", "Assessment: which?")
    assert (
        not_closed_words([question], alone=True)
        == "Not closed yet. Assessment: which?  It closes once answered."
    )
    words = not_closed_words([Missing("role", "Role is empty."), question], alone=False)
    assert words == "Not closed yet. Role is empty.  And 1 more.  Ctrl+O closes anyway."
    assert (
        not_closed_words([Missing("T2", "STOP.", stop=True)], alone=False)
        == "Not closed yet. STOP."
    )


async def test_at_the_end_of_the_form_the_next_stop_is_said(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go("record_number")
        await pilot.pause()
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: call.slot == "notes")
        assert "F2 closes" in said(call)


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        ("record_number", "dentist missed twice"),
        ("actions", "mum rang and was very upset"),
        ("outcome", "mum rang and was very upset"),
        ("issues", "Mother says he rolled onto a toy. She wants to leave."),
        ("category", "mum rang and was very upset"),
        ("child.date", "some time in the summer"),
        ("actions.due", "when she has seen him"),
    ],
)
async def test_words_that_are_notes_go_to_the_notes_with_one_key(
    store: Store, slot: str, words: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        if "." in slot:  # it is of something: a child, an action
            call._go(slot.partition(".")[0])
            await type_in(pilot, "cb" if "due" in slot else "Brook, Ty", "<enter>")
        call._go(slot)
        await pilot.pause()
        await type_in(pilot, words, "<enter>")
        await until(pilot, lambda: "reads like notes" in said(call))
        await type_in(pilot, "<ctrl+t>")
        await until(pilot, lambda: call.sheet.notes == words)
        assert not call.entries[slot].value and not call.sheet.outcome
        assert len(call.sheet.actions) == ("due" in slot)


async def test_a_call_begun_by_mistake_is_discarded_for_a_reason_that_is_recorded(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>")
        await until(pilot, lambda: drafts.waiting(store, ADVISOR))
        await type_in(pilot, "<alt+x>")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "wrong number", "<enter>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await until(pilot, lambda: not drafts.waiting(store, ADVISOR))
        kept = store.reader.conn.execute(
            "SELECT subject, detail FROM audit WHERE kind = 'discard'"
        ).fetchall()
        assert kept == [(call.keeper.draft.id, "wrong number")]
