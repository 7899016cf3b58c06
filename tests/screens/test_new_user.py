"""What somebody who has never seen spoc ran into while typing real calls: each stopped or misled them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, close_one
from screens.conftest import page
from seated import at_the_board, page_of
from textual.pilot import Pilot

from spoc.model.forms.sheet import NAMED, NO_NAMES, Action, Person
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.contacts.whose import NameChildScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.users.own_passphrase import ChangePassphraseScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.reading import history
from spoc.storage.persons import links
from spoc.storage.store import Store

SMALL = (80, 24)


async def at_field(pilot: Pilot[Any], field: str) -> Any:
    await type_in(pilot, "n", f"@{field}")
    return await shown(pilot, ContactScreen)


async def open_page(pilot: Pilot[Any], contact: bytes) -> Any:
    pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
    return await shown(pilot, ContactPage)


async def test_a_promise_for_now_is_overdue_after_the_packs_grace_and_not_before(
    store: Store, clock: Clock
) -> None:
    grace = store.pack.limits["now"]
    assert grace > timedelta(minutes=5)
    async with at_the_board(store) as pilot:
        call = await at_field(pilot, "actions")
        await type_in(pilot, "hold", "<enter>", "the ward", "<enter>", "now", "<enter>")
        assert "now, by 09:30" in str(call.query_one("#side").content)
    contact = close_one(store, actions=call.sheet.actions)
    clock.step(minutes=1)
    async with at_the_board(store) as pilot:
        await open_page(pilot, contact)
        assert any("now, by 09:30" in line for line in page_of(pilot))
        assert not any("overdue" in line for line in page_of(pilot))
    clock.step(minutes=int(grace.total_seconds() / 60))
    async with at_the_board(store) as pilot:
        await until(pilot, lambda: "1 overdue" in page(pilot))


async def test_the_strip_says_how_many_more_are_below_until_the_last_is_in_sight(
    store: Store,
) -> None:
    async with at_the_board(store, size=SMALL) as pilot:
        call = await at_field(pilot, "service")
        many = len(call.strip.offered)
        seen = call.strip.size.height
        await until(pilot, lambda: f"↓ {many - seen} more" in page(pilot))
        for _ in range(many):
            await type_in(pilot, "<down>")
        await until(pilot, lambda: " more" not in page(pilot))


async def test_a_word_of_another_list_is_told_where_it_belongs(store: Store) -> None:
    async with at_the_board(store, size=SMALL) as pilot:
        await at_field(pilot, "category")
        await type_in(pilot, "bruise")
        await until(pilot, lambda: "“bruise” is not in this list; Issues has" in page(pilot))
        await type_in(pilot, *["<backspace>"] * 6, "zzzqqq")
        await until(pilot, lambda: "Nothing in this list is called “zzzqqq”" in page(pilot))


async def test_a_question_beside_the_first_code_never_shortens_it(store: Store) -> None:
    async with at_the_board(store, size=SMALL) as pilot:
        await at_field(pilot, "outcome")
        await until(pilot, lambda: "Advice accepted" in page(pilot))


async def test_the_first_words_of_one_label_are_that_code_and_of_two_are_none(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await at_field(pilot, "outcome")
        await type_in(pilot, "awaiting", "<enter>")
        assert store.pack.find("outcome", call.sheet.outcome) is None
        await type_in(pilot, "@outcome", " update", "<enter>")
        assert call.sheet.outcome == "awaiting-caller"


@pytest.mark.parametrize("typed", ["30+2", "4/12", "999 000 00"])
async def test_a_name_without_a_letter_is_refused_where_it_was_typed(
    store: Store, typed: str
) -> None:
    async with at_the_board(store, size=SMALL) as pilot:
        call = await at_field(pilot, "child")
        await type_in(pilot, "ub", "<enter>", "@child.ref", typed, "<enter>")
        await until(pilot, lambda: "is not a name" in page(pilot))
        assert call.sheet.children[0].mother is None
        assert call.sheet.children[0].typed == {"child.ref": typed}
        await type_in(pilot, "@caller", typed, "<enter>")
        await until(pilot, lambda: "Call-back no." in str(call.query_one("#message").content))
        assert (call.sheet.caller.name, call.sheet.pending["caller"]) == ("", typed)


async def test_a_call_without_names_says_so_on_its_page_and_the_child_is_named_later(
    store: Store, clock: Clock
) -> None:
    known = close_one(store, children=(Person("Brook, Ty", "child", dob="2026-07-19"),))
    clock.step(hours=1)
    contact = close_one(store, children=(), identity=NO_NAMES)
    async with at_the_board(store, size=SMALL) as pilot:
        shown_page = await open_page(pilot, contact)
        assert any(line.startswith("Child no names given") for line in page_of(pilot))
        await type_in(pilot, "n")
        card = await shown(pilot, NameChildScreen)
        await type_in(pilot, "brook ty", "<enter>", "<f2>")
        await until(pilot, lambda: "Say why" in str(card.query_one("#message").content))
        await type_in(pilot, "the ward rang back", "<enter>")
        await until(pilot, lambda: pilot.app.screen is shown_page)
        await until(
            pilot, lambda: any(line.startswith("Child Brook, Ty") for line in page_of(pilot))
        )
        assert not any("no names given" in line.split("was")[0] for line in page_of(pilot)[:6])
        assert not shown_page.check_action("name_child", ())
    rows = {row.id: (row.children, row.identity) for row in contacts.recent(store, ADVISOR)}
    assert rows == {known: (("Brook, Ty",), NAMED), contact: (("Brook, Ty",), NAMED)}
    told = {
        (each.field, each.before, each.why) for each in history.changes(store, ADVISOR, contact)
    }
    assert ("identity", NO_NAMES, "the ward rang back") in told
    assert store.reader.conn.execute(
        "SELECT count(*) FROM person WHERE kind = 'child'"
    ).fetchone() == (1,)


async def test_linking_offers_the_last_contacts_of_the_same_people_and_takes_none_unasked(
    store: Store, clock: Clock
) -> None:
    first = close_one(store)
    clock.step(minutes=5)
    close_one(store, caller=Person("Hill, Jo"), children=(Person("Lane, Mo", "child"),))
    clock.step(minutes=5)
    second = close_one(store, **same_people(store, first))
    async with at_the_board(store, size=SMALL) as pilot:
        await open_page(pilot, second)
        await type_in(pilot, "m")
        card = await shown(pilot, RecordScreen)
        await until(pilot, lambda: "↓ chooses" in page(pilot))
        assert [each.words.split(" · ")[0] for each in card.strip.offered] == ["Molly Mulberry"]
        await type_in(pilot, "<enter>")
        assert card.slots["other"].value == "", "nothing is taken unasked"
        await type_in(pilot, "<shift+tab>", "<down>", "<enter>", "she rang back", "<f2>")
        await shown(pilot, ContactPage)
    assert set(links.matter(store.reader, [second])) == {first, second}


def same_people(store: Store, contact: bytes) -> dict[str, Any]:
    from spoc.storage.contacts.call import sheets

    sheet = sheets.sheet_of(store, ADVISOR, contact)
    return {"caller": sheet.caller, "children": sheet.children, "closed_anyway": "a test"}


async def test_a_passphrase_that_is_too_short_is_refused_on_its_own_line(store: Store) -> None:
    async with at_the_board(store, size=SMALL) as pilot:
        pilot.app.push_screen(ChangePassphraseScreen(pilot.app.desk))
        card = await shown(pilot, ChangePassphraseScreen)
        await type_in(pilot, "old one", "<enter>", "short", "<enter>")
        await until(pilot, lambda: "at least 12 characters" in page(pilot))
        assert card.slot == "new"
        await type_in(pilot, "heron ladder quiet marble", "<enter>")
        assert card.lines["new"].value == "heron ladder quiet marble"
        assert (card.slot, str(card.query_one("#message").content)) == ("again", "")


async def test_an_issue_typed_again_says_that_saving_would_take_it_out(store: Store) -> None:
    contact = close_one(store)
    (issue,) = contacts.get(store, ADVISOR, contact)[0].values["issues"]
    async with at_the_board(store, size=SMALL) as pilot:
        of = await open_page(pilot, contact)
        of.rows.move(next(n for n, each in enumerate(of.rows.items) if each.label == "Issues"))
        await type_in(pilot, "a")
        card = await shown(pilot, AmendScreen)
        await type_in(pilot, issue)
        said = f"{store.pack.label('issue', issue)} is there already: saving takes it out."
        await until(pilot, lambda: said in str(card.query_one("#message").content))
        await type_in(pilot, "<ctrl+u>", "physical-abuse")
        await until(pilot, lambda: not str(card.query_one("#message").content))


async def test_who_holds_it_is_asked_for_each_call_anew(store: Store) -> None:
    abouts = []
    async with at_the_board(store) as pilot:
        for _ in range(2):
            call = await at_field(pilot, "caller")
            at = utc_text(store.now())
            over_night = Action("hold-discharge", "the ward", "2026-11-21T23:00:00Z", at)
            call.keeper.keep(replace(call.sheet, actions=(over_night,)))
            assert call.asks_holder(call.action_close)
            card = await shown(pilot, RecordScreen)
            assert card.heading.startswith("Due while nobody")
            abouts.append(card.about)
            await type_in(pilot, "<escape>", "<f9>")
            await shown(pilot, BoardScreen)
    assert abouts[0] != abouts[1]
