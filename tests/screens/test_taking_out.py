"""What a line holds is safe from Backspace: marked first, any one of it, and one key brings it back."""

from typing import Any

import pytest
from keyboard import CALLER, shown, type_in, until
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.forms import form_input
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.kinds import KINDS
from spoc.screens.call.contact import ContactScreen
from spoc.storage.store import Store

FULL = ("A", "<enter>", "<enter>", "<enter>")
THREE = {
    "child": (*FULL,),
    "issues": ("burn", "<enter>", "wnb", "<enter>", "csa-recent", "<enter>"),
    "actions": ("ao", "<enter>", "rr", "<enter>", "cpis", "<enter>"),
}


def test_every_line_that_holds_several_is_tried_here() -> None:
    several = {each.key for each in CONTACT_FORM if KINDS[each.kind].several and not each.walk}
    assert several == THREE.keys()


async def the_call(pilot: Pilot[Any]) -> Any:
    await type_in(pilot, *CALLER)
    return await shown(pilot, ContactScreen)


def names(call: Any, slot: str) -> list[str]:
    held = form_input.held_in(call.sheet, slot)
    return [getattr(each, "name", "") or getattr(each, "code", "") or each for each in held]


@pytest.mark.parametrize("slot", ["child", "issues", "actions"])
async def test_any_one_is_marked_taken_out_and_brought_back(store: Store, slot: str) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        for name in ("A", "B", "C") if slot == "child" else ("",):
            call._go(slot)
            await pilot.pause()
            await type_in(pilot, *((name, "<enter>") if name else THREE[slot]))
        await until(pilot, lambda: len(names(call, slot)) == 3)
        before = names(call, slot)
        call._go(slot)
        await pilot.pause()
        await type_in(pilot, "<backspace>")
        await until(pilot, lambda: call.picked == 2)
        assert names(call, slot) == before, "the first press takes nothing out"
        await type_in(pilot, "<left>", "<backspace>")
        await until(pilot, lambda: names(call, slot) == [before[0], before[2]])
        await type_in(pilot, "<ctrl+z>")
        await until(pilot, lambda: names(call, slot) == before)


async def test_another_key_leaves_what_was_marked(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go("issues")
        await pilot.pause()
        await type_in(pilot, "burn", "<enter>", "<backspace>", "w", "<backspace>", "<backspace>")
        await until(pilot, lambda: call.picked == 0)
        assert names(call, "issues") == ["burn"]


@pytest.mark.parametrize("slot", ["callback", "category", "caller"])
async def test_what_a_line_said_is_brought_back(store: Store, slot: str) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go(slot)
        await pilot.pause()
        await type_in(pilot, "neglect" if slot == "category" else "01632 960145", "<enter>")
        said = form_input.text_of(call.sheet, slot, call.form)
        call._go(slot)
        await pilot.pause()
        await type_in(pilot, "<ctrl+u>", "<enter>")
        await until(pilot, lambda: not form_input.text_of(call.sheet, slot, call.form))
        await type_in(pilot, "<ctrl+z>")
        await until(pilot, lambda: form_input.text_of(call.sheet, slot, call.form) == said)


@pytest.mark.parametrize("word", ["caller", "desk", "confidential"])
async def test_a_word_in_the_middle_of_a_label_is_no_action(store: Store, word: str) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        call._go("actions")
        await pilot.pause()
        await type_in(pilot, word, "<enter>")
        await pilot.pause()
        assert not call.sheet.actions and call.sheet.pending.get("actions") == word
