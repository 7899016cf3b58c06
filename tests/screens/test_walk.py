"""The walk through SBAR and the safety prompts, as a duty advisor meets them in a call."""

from dataclasses import replace
from itertools import pairwise

import pytest
from keyboard import burst, keys, shown, type_in, until
from samples import ADVISOR, Clock, a_sheet, close_one
from screens.walking import BRUISE, CALL, END, a_call, guide_of, the_card
from seated import at_the_board

from spoc.model.rules.guiding.guiding import NOT_KNOWN, SKIPPED, state
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.call.typing import questions
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts, guidance_facts
from spoc.storage.store import Store


async def test_a_question_is_answered_marked_unknown_or_skipped_with_one_key(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<alt+s>")
        await until(pilot, lambda: call.asking == "danger")
        await type_in(pilot, "n")
        await until(pilot, lambda: state(call.sheet, "danger") == "answered")
        assert call.sheet.answers["danger"].text == "no"
        await type_in(pilot, "<alt+b>")
        await until(pilot, lambda: call.asking == "mobility" or call.now.asked)
        call._go("mobility")
        await type_in(pilot, "?")
        await until(pilot, lambda: state(call.sheet, "mobility") == NOT_KNOWN)
        call._go("impact")
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: state(call.sheet, "impact") == SKIPPED)
        await until(pilot, lambda: not call.keeper._waiting)
        await type_in(pilot, "<f9>")
        await shown(pilot, BoardScreen)
        kept = drafts.waiting(store, ADVISOR)[0].sheet
    assert [state(kept, each) for each in ("danger", "mobility", "impact")] == [
        "answered",
        NOT_KNOWN,
        SKIPPED,
    ]


async def test_a_coded_question_takes_one_key_and_words_are_typed(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "burn", "<enter>", "<enter>")
        call._go("mobility")
        await type_in(pilot, "m")
        await until(pilot, lambda: call.sheet.values.get("mobility") == "mobile")
        call._go("mobility")
        line = call.walk.line
        assert line.value == "mobile", "the code is for typing"
        assert line.render_line(0).text.startswith("Mobile: crawling, pulling to stand")
        call._go("impact")
        await type_in(pilot, "Pain, and a scar.", "<enter>")
        await until(pilot, lambda: call.sheet.values.get("impact") == "Pain, and a scar.")
        assert call.now.stops == (), "a child who is known to be mobile meets no STOP"


@pytest.mark.parametrize("letter", ["s", "b", "a", "r", "c"])
async def test_each_letter_is_a_key_away_from_anywhere(store: Store, letter: str) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(pilot, *CALL, "bnm", "<enter>")
        await type_in(pilot, f"<alt+{letter}>")
        asked = [each.code for each in call.now.asked if each.letter == letter.upper()]
        await until(pilot, lambda: call.asking in asked or not asked)
        assert len(asked) == len(set(asked))
        await type_in(pilot, "<alt+o>")
        await until(pilot, lambda: not call.asking and call.first_page.display)


async def test_keys_typed_ahead_meet_the_questions_they_were_typed_for(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "burn", "<enter>", "<enter>")
        call._go("impact")
        burst(pilot.app, keys("Sore and afraid", "<enter>", "<alt+o>", "ao", "<enter>"))
        await until(pilot, lambda: call.sheet.actions)
        assert call.sheet.values["impact"] == "Sore and afraid"


# -- closing -----------------------------------------------------------------------------------------


async def test_what_is_missing_may_be_left_out_for_a_reason_that_is_kept(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>", "ao", "<enter>", "<f2>")
        await until(pilot, lambda: call.refused)
        await type_in(pilot, "<ctrl+o>")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "The line dropped", "<enter>")
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
        own = contacts.get(store, ADVISOR, contacts.recent(store, ADVISOR)[0].id)[0].values
        assert own["closed_anyway"] == "The line dropped" and own["closed_at"]
        await type_in(pilot, "<enter>")
        page = await shown(pilot, ContactPage)
        assert any("because The line dropped" in line.text for line in page.rows.items)


async def test_with_every_question_skipped_it_closes_and_says_so(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>", *END)
        skipped = 0
        await type_in(pilot, "<alt+s>")
        while call.asking:
            await type_in(pilot, "<enter>")
            skipped += 1
            assert skipped < 99
        assert skipped == len(call.sheet.answers)
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
        own = contacts.get(store, ADVISOR, contacts.recent(store, ADVISOR)[0].id)[0].values
        assert own["sbar"] == [] and not own["closed_anyway"]


async def test_a_concern_costs_one_key_more_for_each_question_that_its_category_asks(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>", *END, "<f2>")
        await until(pilot, lambda: call.asking == "considered")
        await type_in(pilot, "y")
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
        await shown(pilot, BoardScreen)


async def test_a_reason_goes_with_the_no_it_belonged_to(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>", *END)
        call._go("considered")
        await pilot.pause()
        await until(pilot, lambda: call.asking == "considered")
        await type_in(pilot, "n")
        await until(pilot, lambda: call.asking == "not-considered")
        await type_in(pilot, "sexual abuse", "<enter>")
        await until(pilot, lambda: "not-considered" in call.sheet.answers)
        call._go("considered")
        await pilot.pause()
        await type_in(pilot, "<backspace>", "yes", "<enter>")
        await until(pilot, lambda: "not-considered" not in call.sheet.answers)


async def test_a_routine_query_is_asked_nothing(store: Store, clock: Clock) -> None:
    close_one(store)
    clock.step(hours=1)
    async with at_the_board(store) as pilot:
        call = await a_call(
            pilot, "n", "@caller", "no", "<enter>", "@verified", "k", "<enter>", "@child", "mo", "<enter>", "@category", "q", "<enter>",
            "@issues", "cq", "<enter>", "@actions", "ao", "<enter>", "@outcome", "aa",
        )  # fmt: skip
        await until(pilot, lambda: call.sheet.pending == {"outcome": "aa"})
        assert call.now.asked == () and call.now.fired == ()
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: len(contacts.recent(store, ADVISOR)) == 2)
    newest = contacts.get(store, ADVISOR, contacts.recent(store, ADVISOR)[0].id)
    assert {each.tbl for each in newest} == {"contact", "person", "action", "outcome"}


# -- words that help ---------------------------------------------------------------------------------


async def test_a_level_in_the_notes_is_asked_about_in_the_margin_and_blocks_nothing(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>", *END)
        assert "what does the child need" not in guide_of(call)
        await type_in(pilot, " Level 3 child.")
        await until(pilot, lambda: "what does the child need" in guide_of(call))
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: call.asking == "considered")


async def test_a_known_child_says_so_when_the_call_begins(store: Store, clock: Clock) -> None:
    close_one(store)
    clock.step(days=400)
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(
            pilot,
            "n",
            "@caller",
            "no",
            "<enter>",
            "@verified",
            "k",
            "<enter>",
            "@child",
            "mo",
            "<enter>",
        )
        await until(pilot, lambda: call.sheet.children)
        said = str(call.query_one("#message").content)
        assert "1 earlier contact about this child, the last 20 Nov 2026" in said
        call.keeper.keep(replace(call.sheet, values={**call.sheet.values, "category": "physical"}))
        call._look_again()
        asked = {each.code for each in call.now.asked}
    assert "oversight" in asked or "oversight" not in store.pack.guide.by_code


# -- afterwards --------------------------------------------------------------------------------------


async def test_the_page_tells_what_was_answered_and_how_each_stop_was_met(store: Store) -> None:
    sheet = a_sheet(store.now())
    answers = {**sheet.answers}
    contact = close_one(
        store,
        children=(replace(sheet.children[0], dob="2026-07-19", id=""),),
        values={"impact": "In pain."},
        answers=answers,
    )
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        told = [f"{line.label} {line.text}" for line in page.rows.items]
    assert any("All kinds of abuse considered: yes" in line for line in told)
    assert any("STOP T2" in line and "overridden; invented" in line for line in told)
    assert any("Impact In pain." in line for line in told)
    assert any("SBAR" in line and "assessment, impact" in line for line in told)


async def test_from_an_ask_one_key_leads_to_its_first_question_or_leaves_it_out(
    store: Store,
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>")
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        asked = card.prompt
        assert asked.kind == "ask"
        await type_in(pilot, "a")
        await until(pilot, lambda: pilot.app.screen is call)
        assert call.asking in asked.asks
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        await type_in(pilot, "d")
        await until(pilot, lambda: pilot.app.screen is call)
        assert call.sheet.prompts[card.prompt.code].state == "dismissed"
        assert card.prompt not in call.now.open


# -- what must not go wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["baby in arms", "mum not sure", "doesnt crawl", "4 months"])
async def test_words_that_are_none_of_the_answers_are_not_taken_for_one(
    store: Store, words: str
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(pilot, *CALL, "nai", "<enter>", "<enter>")
        call._go("mobility")
        await type_in(pilot, words, "<enter>")
        assert "is not one of the answers" in str(call.query_one("#message").content)
        assert call.asking == "mobility" and "mobility" not in call.sheet.values
        assert call.sheet.pending["mobility"] == words, "nothing that was typed is lost"
        assert "T2" in [each.code for each in call.now.stops]


async def test_a_word_that_begins_with_an_answer_is_a_word(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>")
        call._go("danger")
        await type_in(pilot, "nobody said", "<enter>")
        assert "neither yes nor no" in str(call.query_one("#message").content)
        assert "danger" not in call.sheet.answers and call.asking == "danger"
        await type_in(pilot, *["<backspace>"] * 11, "y", "<enter>")
        await until(pilot, lambda: call.asking != "danger")
        assert call.sheet.answers["danger"].text == "yes"
        assert state(call.sheet, call.asking) == "open", "and the next is not skipped"


async def test_another_key_on_an_answered_question_is_another_answer(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "wnb", "<enter>", "<enter>")
        for letter, answer in (("y", "yes"), ("n", "no")):
            call._go("danger")
            await type_in(pilot, letter)
            await until(pilot, lambda: call.asking != "danger")
            assert call.sheet.answers["danger"].text == answer


async def test_an_answer_about_one_child_is_none_about_another(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        await the_card(pilot)
        await type_in(pilot, "o")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "seen by the consultant", "<enter>")
        await until(pilot, lambda: pilot.app.screen is call and not call.now.stops)
        call.set_focus(call.entries["child"])
        await type_in(pilot, "<backspace>", "<backspace>")
        await until(pilot, lambda: not call.sheet.children)
        await type_in(pilot, "Other, Baby", "<enter>", "-2m", "<enter>")
        await until(pilot, lambda: "T2" in [each.code for each in call.now.stops])


async def test_who_a_staff_allegation_is_about_is_not_skipped(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "asv", "<enter>", "<enter>")
        call._go("about_staff")
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: state(call.sheet, "about_staff") == SKIPPED)
        lacks = [each.key for each in guidance_facts.missing(store, call.sheet)]
    assert "about_staff" in lacks


async def test_back_from_the_walk_one_is_where_one_was(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(pilot, "n", "Reed, Amy", "<enter>", "@notes", "abc def")
        await type_in(pilot, *["<left>"] * 4, "<alt+s>")
        await until(pilot, lambda: call.asking)
        await type_in(pilot, "<alt+o>", "xyz")
        await until(pilot, lambda: call.page.text == "abcxyz def")


async def test_the_lines_of_the_prompts_follow_the_size_of_the_terminal(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await until(pilot, lambda: "ASK" in guide_of(call))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "+1" in guide_of(call))
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: "ASK" in guide_of(call))


@pytest.mark.long
@pytest.mark.parametrize(
    ("typed", "first", "second"),
    [
        (("ny",), ("answered", "no"), ("answered", "yes")),
        (("yn",), ("answered", "yes"), ("answered", "no")),
        (("n?",), ("answered", "no"), ("unknown", "")),
        (("no", "<enter>", "y", "<enter>"), ("answered", "no"), ("answered", "yes")),
        (("none known", "<enter>", "y", "<enter>"), ("answered", "no"), ("answered", "yes")),
        (("not sure", "<enter>", "y", "<enter>"), ("unknown", ""), ("answered", "yes")),
    ],
)
@pytest.mark.parametrize("slow", [False, True])
async def test_one_letter_answers_land_rightly_slow_and_fast(
    store: Store, monkeypatch: pytest.MonkeyPatch, slow: bool, typed: tuple[str, ...],
    first: tuple[str, str], second: tuple[str, str],
) -> None:  # fmt: skip
    monkeypatch.setattr(questions, "SETTLES", 0.02 if slow else 0.6)
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        yes_no = [each.code for each in call.now.asked if each.kind == "yes-no" and state(call.sheet, each.code) == "open"]  # fmt: skip
        asked = [each.code for each in call.now.asked]
        one, two = next(pair for pair in pairwise(asked) if set(pair) <= set(yes_no))
        call._ask_on = lambda code: call._go(
            two if code == one else "notes"
        )  # the two, one after the other
        call._go(one)
        await pilot.pause()
        for key in keys(*typed):
            burst(pilot.app, [key])
            if slow:
                for _ in range(6):
                    await pilot.pause(0.02)
        await until(pilot, lambda: state(call.sheet, two) != "open")
        held = call.sheet.answers
        assert (held[one].state, held[one].text) == first
        assert (held[two].state, held[two].text) == second


@pytest.mark.long
async def test_the_arrows_go_to_another_question_on_every_question(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        asked = [each.code for each in call.now.asked]
        call._go(asked[0])
        await pilot.pause()
        for code in asked[1:]:
            await type_in(pilot, "<down>")
            await until(pilot, lambda code=code: call.asking == code)
        for code in reversed(asked[:-1]):
            await type_in(pilot, "<up>")
            await until(pilot, lambda code=code: call.asking == code)
