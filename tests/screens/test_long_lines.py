"""A line holds a sensible number of letters; whatever is pasted, the page answers."""

import re
from pathlib import Path
from time import monotonic

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR
from screens.test_every_key import PAGES, walk, way_to
from seated import at_the_board
from textual import events
from textual.widgets import Static

import spoc
from spoc.screens.call.contact import ContactScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store
from spoc.widgets.forms.line_input import LONGEST, LineInput
from spoc.widgets.pages.cells import ending


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
async def test_no_line_of_any_page_takes_a_million_letters(store: Store, name: str) -> None:
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, draft.sheet).result()
    async with at_the_board(store, size=(80, 24)) as pilot:
        top = await walk(pilot, way_to(store, pilot.app.desk)[name]())
        for line in top.query(LineInput):
            line.post_message(events.Paste("a" * 1_000_000))
            await pilot.pause()
            assert len(line.value) <= LONGEST, line.slot


def test_every_line_that_is_typed_in_is_of_the_kind_that_has_a_longest_text() -> None:
    """Whatever page comes later: no line of the program is Textual's own."""
    made = [
        f"{file.name}: {line.strip()}"
        for file in Path(spoc.__path__[0]).rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if re.search(r"(?<!class )(?<![A-Za-z])(Input|MaskedInput)\(", line)
    ]
    assert made == []


async def test_what_is_too_long_for_a_line_is_said_and_the_page_goes_on(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        call.entries["caller"].post_message(events.Paste("a" * 1_000_000))
        await until(
            pilot,
            lambda: "Too long for one line" in str(call.query_one("#message", Static).content),
        )
        assert call.entries["caller"].value == ""


def test_the_end_of_a_long_text_is_found_at_once() -> None:
    begun = monotonic()
    assert ending("a" * 1_000_000 + "Ty", 6) == "…aaaTy"
    assert monotonic() - begun < 1
