"""After a call closes, the page beneath says so in a line: the reference first, to be read out to the caller."""

from keyboard import shown, type_in, until
from samples import ADVISOR, a_sheet
from screens.conftest import page
from seated import at_the_board

from spoc.model.forms.sheet import Action
from spoc.model.values.instants import utc_text
from spoc.model.values.reference import reference
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store


def waiting(store: Store, **changes: object) -> bytes:
    """A call that is parked, and lacks nothing; gives its id."""
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, a_sheet(store.now(), **changes)).result()
    return draft.id


async def test_the_board_says_which_call_closed_until_another_page_has_been_open(
    store: Store,
) -> None:
    at = utc_text(store.now())
    call = waiting(
        store,
        actions=(
            Action("verbal-csc-spoc", "desk", "2h", at),
            Action("call-back", "desk", "1h", at),
        ),
    )
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "1")
        await shown(pilot, ContactScreen)
        await type_in(pilot, "<f2>")
        await shown(pilot, BoardScreen)
        words = f"Closed: {reference(call)}   Molly Mulberry   5 follow-ups"
        await until(pilot, lambda: words in page(pilot))
        await type_in(pilot, "<down>")
        assert words in page(pilot)
        await type_in(pilot, "l")
        await shown(pilot, ContactsScreen)
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
        assert "Closed:" not in page(pilot)


async def test_of_a_restricted_call_the_board_says_the_reference_alone(store: Store) -> None:
    call = waiting(store, values={"restricted": "own-child", "about_staff": "nobody-here"})
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "1")
        await shown(pilot, ContactScreen)
        await type_in(pilot, "<f2>", "<f2>")  # the first offers an open contact beside it
        await shown(pilot, BoardScreen)
        await until(pilot, lambda: f"Closed: {reference(call)}   restricted contact" in page(pilot))
        assert "Molly" not in page(pilot)
