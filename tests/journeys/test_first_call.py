"""Journeys through the running app: found again, amended."""

from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, a_sheet, close_one
from seated import at_the_board, page_of

from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.contacts.reading import history
from spoc.storage.store import Store
from spoc.storage.upkeep import verify


async def test_found_again_by_a_misspelt_name_and_by_a_word_of_the_notes(store: Store) -> None:
    close_one(store)
    close_one(
        store, caller=a_sheet(store.now()).caller, children=(), identity="no-names", notes="hand"
    )
    async with at_the_board(store) as pilot:
        await type_in(pilot, "/", "mulbury")
        screen = await shown(pilot, ContactsScreen)
        await until(pilot, lambda: screen.query_now == "mulbury" and screen.rows.items)
        assert [row.children for row in screen.rows.items] == [("Molly Mulberry",)]
        assert screen.rows.items[0].near
        assert "1 by near spelling" in str(screen.query_one("#said").content)
        await type_in(pilot, "<escape>", "/", "tea")
        await until(pilot, lambda: getattr(pilot.app.screen, "query_now", "") == "tea")
        assert len(pilot.app.screen.rows.items) == 1


async def test_enter_typed_ahead_in_the_search_never_opens_somebody_else(
    store: Store, clock: Clock
) -> None:
    close_one(store)
    clock.step(minutes=5)
    close_one(store, children=(), identity="no-names")
    async with at_the_board(store) as pilot:
        await type_in(pilot, "/", "mulberry", "<enter>")
        await until(pilot, lambda: getattr(pilot.app.screen, "query_now", "") == "mulberry")
        assert isinstance(pilot.app.screen, ContactsScreen)
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
        assert "Child Molly Mulberry" in page_of(pilot)


async def test_amended_with_a_reason_both_versions_stay_readable(
    store: Store, clock: Clock
) -> None:
    contact = close_one(store)
    clock.step(hours=2)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        page = await shown(pilot, ContactPage)
        page.rows.move(
            next(n for n, line in enumerate(page.rows.items) if line.label == "Category")
        )
        await type_in(pilot, "a", "negl", "<enter>", "caller rang back", "<enter>")
        await until(pilot, lambda: "Category Neglect" in page_of(pilot))
        told = " ".join(page_of(pilot))
        assert "was “Physical abuse”, now “Neglect”" in told
        assert "Fri 20 Nov 2026 11:00  Ada Advisor" in told
        assert "because caller rang back" in told
    change = history.changes(store, ADVISOR, contact)[0]
    assert (change.before, change.value, change.why) == ("physical", "neglect", "caller rang back")
    assert contacts.recent(store, ADVISOR)[0].amended
    assert not verify.verify(store).findings


async def test_an_amendment_needs_a_reason_and_escape_leaves_it_as_it_was(store: Store) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        page = await shown(pilot, ContactPage)
        page.rows.move(
            next(n for n, line in enumerate(page.rows.items) if line.label == "Category")
        )
        await type_in(pilot, "a", "negl", "<enter>", "<enter>")
        await until(pilot, lambda: "Say why" in str(pilot.app.screen.query_one("#message").content))
        await type_in(
            pilot, "<escape>", "<escape>"
        )  # what is typed is left out when asked for twice
        await until(pilot, lambda: pilot.app.screen is page)
    assert history.changes(store, ADVISOR, contact) == []


async def test_a_note_and_a_later_outcome_are_added_and_the_first_ones_stay(store: Store) -> None:
    close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
        await type_in(pilot, "t", "Rang the ward, all well.", "<f2>")
        await until(pilot, lambda: "Note Rang the ward, all well." in page_of(pilot))
        await type_in(pilot, "o", "s17", "<enter>")
        await until(pilot, lambda: sum(line.startswith("Outcome") for line in page_of(pilot)) == 4)
    assert contacts.recent(store, ADVISOR)[0].outcome == "accepted-s17"
