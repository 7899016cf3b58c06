"""A STOP holds the call up until it is answered: the card, its keys, and what falls with what it rests on."""

from keyboard import burst, keys, shown, type_in, until
from samples import ADVISOR, Clock
from screens.walking import BRUISE, CALL, END, a_call, guide_of, the_card
from seated import at_the_board

from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.prompt import FRESH
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store

# -- a STOP ------------------------------------------------------------------------------------------


async def test_a_bruise_on_a_child_whose_mobility_nobody_asked_is_a_stop(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        call = await a_call(pilot, *BRUISE)
        await until(pilot, lambda: "STOP" in guide_of(call))
        assert "T2" in [each.code for each in call.now.stops]


async def test_a_key_typed_ahead_never_answers_a_stop(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        burst(pilot.app, keys("<f6>", "1", "2", "<enter>", "1", "<enter>"))
        card = await the_card(pilot)
        assert not card.ticked and not call.sheet.prompts
        await pilot.pause(FRESH)
        await type_in(pilot, "1", "<enter>")
        await until(pilot, lambda: pilot.app.screen is call)
        met = call.sheet.prompts[card.prompt.code]
        assert met.state == "done" and met.done == card.prompt.done[:1] and met.at


async def test_words_typed_on_a_card_answer_nothing_and_the_other_phone_can_be_taken(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        burst(pilot.app, keys("J", "o", " ", "H", "i", "l", "l", "<enter>"))
        await until(pilot, lambda: "takes single keys" in str(card.query_one("#message").content))
        assert pilot.app.screen is card and not call.sheet.prompts
        await type_in(pilot, "<ctrl+n>")
        await until(pilot, lambda: type(pilot.app.screen) is type(call) is not card)
        await until(pilot, lambda: pilot.app.screen is not call)
        await until(pilot, lambda: len(drafts.waiting(store, ADVISOR)) == 1)
        assert not drafts.waiting(store, ADVISOR)[0].sheet.prompts


async def test_what_was_ticked_is_an_action_and_the_stop_is_gone(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        wanted = card.prompt.done[0]
        await type_in(pilot, "1", "<enter>")
        await until(pilot, lambda: pilot.app.screen is call)
        assert wanted in [each.code for each in call.sheet.actions]
        assert card.prompt not in call.now.stops


async def test_nothing_ticked_answers_nothing(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        await type_in(pilot, "<enter>")
        assert "Tick with 1 to 9" in str(card.query_one("#message").content)
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is call)
        assert not call.sheet.prompts


async def test_an_override_needs_a_reason(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        await type_in(pilot, "o")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "<enter>")
        assert isinstance(pilot.app.screen, ReasonScreen), "without a reason nothing happens"
        await type_in(pilot, "Seen by the consultant", "<enter>")
        await until(pilot, lambda: pilot.app.screen is call)
        met = call.sheet.prompts[card.prompt.code]
        assert (met.state, met.why) == ("overridden", "Seen by the consultant")


async def test_the_card_says_why_by_which_rule_and_from_where(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        body = str(card.query_one("#body").content)
        assert "Why: " in body and "Bruise or injury, child not mobile" in body
        rule = f"Rule {card.prompt.code}: {card.prompt.when.text}"
        assert rule not in body
        assert f"Source {card.prompt.sources[0].key}: " in body and "looked at again by" in body
        await type_in(pilot, "r")
        await until(pilot, lambda: rule in str(card.query_one("#body").content))


async def test_a_source_that_nobody_looked_at_in_time_says_so(store: Store, clock: Clock) -> None:
    clock.step(days=500)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await a_call(pilot, *("-3m" if each == "190726" else each for each in BRUISE))
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        assert "REVIEW OVERDUE since" in str(card.query_one("#body").content)


async def test_a_contact_with_an_unanswered_stop_never_closes(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE, *END)
        await type_in(pilot, "<f2>")
        await until(
            pilot, lambda: "STOP, not answered yet" in str(call.query_one("#message").content)
        )
        await type_in(pilot, "n", "o", "1", "<enter>")
        assert pilot.app.screen is call and not call.sheet.prompts, (
            "what is typed on answers nothing"
        )
        await type_in(pilot, "<ctrl+o>")
        assert not isinstance(pilot.app.screen, ReasonScreen), "no way round a STOP"
    assert contacts.recent(store, ADVISOR) == []


async def test_an_answer_to_a_stop_falls_with_what_it_rests_on(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        await the_card(pilot)
        await type_in(pilot, "1", "<enter>")
        await until(pilot, lambda: pilot.app.screen is call and not call.now.stops)
        call.set_focus(call.entries["actions"])
        await type_in(pilot, "<backspace>", "<backspace>")
        await until(pilot, lambda: not call.sheet.actions)
        await until(pilot, lambda: "T2" in [each.code for each in call.now.stops])


async def test_the_next_stop_is_shown_and_keys_typed_on_answer_it_not(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *CALL, "bnm", "<enter>", "fgm", "<enter>", "<enter>")
        assert len(call.now.stops) == 2
        await type_in(pilot, "<f6>")
        first = (await the_card(pilot)).prompt
        burst(pilot.app, keys("1", "<enter>", "1", "<enter>"))
        await until(pilot, lambda: call.sheet.prompts)
        card = await the_card(pilot)
        assert card.prompt is not first and set(call.sheet.prompts) == {first.code}
        burst(pilot.app, keys("n", "1", "<enter>"))
        await pilot.pause(0.2)
        assert set(call.sheet.prompts) == {first.code}


async def test_each_promise_that_was_ticked_gets_its_owner_and_its_time(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE)
        await type_in(pilot, "<f6>")
        card = await the_card(pilot)
        numbers = [
            str(card.prompt.done.index(each) + 1)
            for each in ("paediatric-opinion", "hold-discharge")
        ]
        await type_in(pilot, *numbers, "<enter>")
        await until(pilot, lambda: pilot.app.screen is call)
        assert call.slot == "actions.who"
        await type_in(pilot, "Dr Osei", "<enter>", "2h", "<enter>")
        await until(pilot, lambda: call.slot == "actions.who")
        await type_in(pilot, "the ward", "<enter>", "24h", "<enter>")
        await until(pilot, lambda: call.slot == "actions")
        assert {(each.code, each.who, each.due) for each in call.sheet.actions} == {
            ("paediatric-opinion", "Dr Osei", "2h"),
            ("hold-discharge", "the ward", "24h"),
        } or {each.who for each in call.sheet.actions} == {"Dr Osei", "the ward"}
        assert all(each.due for each in call.sheet.actions) and not call.now.stops


async def test_what_was_done_stands_when_more_comes_to_light_and_an_override_does_not(
    store: Store,
) -> None:
    for how, stands in ((("1", "<enter>"), True), (("o", "seen today", "<enter>"), False)):
        async with at_the_board(store) as pilot:
            call = await a_call(pilot, *CALL, "nai", "<enter>", "<enter>")
            await type_in(pilot, "<f6>")
            await the_card(pilot)
            for each in how:
                await type_in(pilot, each)
                await pilot.pause(0.1)
            await until(pilot, lambda: pilot.app.screen is call and not call.now.stops)
            call._go("mobility")
            await type_in(pilot, "n", "<enter>")
            await until(pilot, lambda: call.sheet.values.get("mobility") == "not-mobile")
            assert (call.now.stops == ()) == stands
            await type_in(pilot, "<f9>")
            await shown(pilot, BoardScreen)


async def test_the_owner_that_is_missing_is_typed_at_the_action_that_misses_it(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(
            pilot, *CALL, "wnb", "<enter>", "<enter>", "po", "<enter>", "<enter>", "<enter>", "vc", "<enter>",
        )  # fmt: skip
        assert call.slot == "actions", "what is left blank holds nobody up"
        await type_in(pilot, "<enter>", "aa", "<enter>", "@notes", "Seen.", "<f2>")
        await until(pilot, lambda: call.refused and call.slot == "actions.who")
        await type_in(pilot, "Dr Osei", "<enter>", "2h", "<enter>")
        await until(pilot, lambda: all(each.due for each in call.sheet.actions))
        assert {each.code: each.who for each in call.sheet.actions} == {
            "paediatric-opinion": "Dr Osei",
            "verbal-csc-caller": "caller",
        }


async def test_what_was_said_of_a_stop_goes_with_its_answer(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await a_call(pilot, *BRUISE, "vc", *END[1:], "<f2>")
        await until(pilot, lambda: "STOP" in str(call.query_one("#message").content))
        await type_in(pilot, "<f6>")
        await the_card(pilot)
        await type_in(pilot, "1", "<enter>")
        await shown(pilot, ContactScreen)
        await until(pilot, lambda: not call.now.stops)
        assert "STOP" not in str(call.query_one("#message").content)
