"""No way of leaving a page drops what was typed there and the disk has not got: tried on every page and key."""

from concurrent.futures import Future
from typing import Any

import pytest
from keyboard import burst, keys, shown, type_in, until
from samples import ADVISOR, Clock
from screens.test_every_key import PAGES, walk, way_to
from screens.test_half_written import NOT_KEPT, forms, pages, takes_typing
from seated import at_the_board
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.model.errors import DiskFull
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import working

TYPED = "zqj words"
FORMS = (
    "AmendScreen, a field", "AskAgainScreen", "InviteScreen", "MarkScreen", "NameChildScreen", "OpeningScreen", "PlaceScreen",
    "SomebodyElseScreen",
)  # fmt: skip
# Cards that write nothing: they hand what was typed to the page beneath, which writes it or says that it cannot.
HAND_ON = {"PasteScreen", "ReasonScreen"}


def full(*_: object, **__: object) -> "Future[Any]":
    failed: Future[Any] = Future()
    failed.set_exception(DiskFull("The disk is full; make room, then go on."))
    return failed


def typed_somewhere(pilot: Pilot[Any], store: Store) -> bool:
    """Whether the words still stand on a page, or are kept."""
    lines = [
        text
        for screen in pilot.app.screen_stack
        for each in [*screen.query(LineInput), *screen.query(TextBox)]
        for text in (each.text if isinstance(each, TextBox) else each.value,)
    ]
    kept = [str(each.sheet) for each in drafts.waiting(store, ADVISOR)]
    return any(TYPED in each for each in (*lines, *kept))


@pytest.mark.long
@pytest.mark.parametrize("name", [*PAGES, *FORMS])
async def test_with_a_full_disk_no_key_leaves_a_page_without_its_words(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lost: list[str] = []
    async with at_the_board(store, size=(80, 24)) as pilot:
        app = pilot.app
        for _ in range(2):  # calls that wait, so that every key has something to go to
            clock.step(seconds=1)
            draft = drafts.new(store, ADVISOR)
            drafts.save(store, draft, draft.sheet).result()
        ways = way_to(store, app.desk)
        ways |= {each: lambda make=make: [make()] for each, make in forms(app.desk).items()}
        monkeypatch.setattr(app, "exit", lambda *_, **__: lost.append(f"{name}: it ended"))
        submit = store.submit

        async def reach() -> Any:
            monkeypatch.setattr(store, "submit", submit)
            top = await walk(pilot, ways[name]())
            monkeypatch.setattr(store, "submit", full)
            return top

        top = await reach()
        if isinstance(top, ContactsScreen) or not (top.query(LineInput) or top.query(TextBox)):
            return  # nothing is typed there that is to be written
        for node, binding in working(top):
            if node not in (top, app) or "backspace" in binding.key or binding.key == "ctrl+l":
                continue
            if app.screen is not top:
                top = await reach()
            field = next(iter([*top.query(TextBox), *top.query(LineInput)]))
            top.set_focus(field)
            await pilot.pause()
            await type_in(pilot, TYPED)
            await until(pilot, lambda: typed_somewhere(pilot, store))
            for key in (binding.key, binding.key):
                app._driver.process_message(events.Key(key, key if len(key) == 1 else None))
                await pilot.pause()
                if binding.key == "escape" and not typed_somewhere(pilot, store):
                    break  # asked for twice
                if key == binding.key and app.screen is not top:
                    break
            first = binding.key not in ("escape",)
            if first and not typed_somewhere(pilot, store):
                lost.append(f"{name}: {binding.key}")
    assert not lost


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
async def test_with_a_full_disk_no_key_of_any_page_ends_the_program(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        app = pilot.app
        draft = drafts.new(store, ADVISOR)
        drafts.save(store, draft, draft.sheet).result()
        ways, submit = way_to(store, app.desk), store.submit
        monkeypatch.setattr(app, "exit", lambda *_, **__: None)

        async def reach() -> Any:
            monkeypatch.setattr(store, "submit", submit)
            top = await walk(pilot, ways[name]())
            monkeypatch.setattr(store, "submit", full)
            return top

        top = await reach()
        for node, binding in working(top):
            if node not in (top, app) or binding.key in ("ctrl+l", "f10"):
                continue
            if app.screen is not top:
                top = await reach()
            key = binding.key
            app._driver.process_message(events.Key(key, key if len(key) == 1 else None))
            await pilot.pause()
            if isinstance(app.screen, ReasonScreen):
                await type_in(pilot, TYPED, "<enter>")
            assert app._exception is None, f"{name}: {key}: {app._exception!r}"


@pytest.mark.long
async def test_every_page_that_keeps_what_is_typed_is_tried_with_a_full_disk(store: Store) -> None:
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, draft.sheet).result()
    async with at_the_board(store) as pilot:
        ways = way_to(store, pilot.app.desk)
        tried = {type(each).__name__ for way in ways.values() for each in way()}
    tried |= {name.partition(",")[0] for name in FORMS}
    takes = {each.__name__ for each in pages() if takes_typing(each)}
    assert takes - NOT_KEPT.keys() - HAND_ON - tried == set()


@pytest.mark.parametrize("way", ["<f9>", "<escape>", "<ctrl+n>", "<f7>"])
async def test_a_call_that_is_not_saved_stays_and_says_so(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    draft = drafts.new(store, ADVISOR)
    drafts.save(store, draft, draft.sheet).result()
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        await until(pilot, lambda: call.others)
        with monkeypatch.context() as broken:
            broken.setattr(drafts, "save", full)
            burst(pilot.app, keys(TYPED, way, "x"))
            await until(
                pilot, lambda: "NOT SAVED" in str(call.query_one("#message", Static).content)
            )
            assert pilot.app.screen is call and call.entries["caller"].value.startswith(TYPED)
            await until(pilot, lambda: not call.sheet.parked_at)
        await type_in(pilot, "<f9>")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
    assert any(TYPED in str(each.sheet) for each in drafts.waiting(store, ADVISOR))


async def test_a_half_written_note_is_left_out_only_when_that_is_asked_for_twice(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        top = await walk(pilot, way_to(store, pilot.app.desk)["note"]())
        await type_in(pilot, TYPED, "<escape>")
        await until(pilot, lambda: "discards it" in str(top.query_one("#message", Static).content))
        await type_in(pilot, "s", "<escape>")
        assert pilot.app.screen is top, "what was typed since is asked about again"
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is not top)


async def test_spoc_itself_is_not_left_with_words_that_the_disk_has_not_got(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spoc.screens.desk.pages import staying

    async with at_the_board(store) as pilot:
        ended: list[bool] = []
        monkeypatch.setattr(pilot.app, "exit", lambda *_: ended.append(True))
        monkeypatch.setattr(staying, "SOONEST", 0.0)
        top = await walk(pilot, way_to(store, pilot.app.desk)["note"]())
        monkeypatch.setattr(store, "submit", full)
        await type_in(pilot, TYPED, "<ctrl+q>")
        await until(pilot, lambda: "Ctrl+Q again" in str(top.query_one("#message", Static).content))
        assert not ended
        await type_in(pilot, "<ctrl+q>")
        await until(pilot, lambda: ended or pilot.app.screen is not top)
