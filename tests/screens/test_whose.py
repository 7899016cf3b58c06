"""Text that belongs to a child, or to an action, stays with that one."""

from typing import Any

import pytest
from keyboard import CALLER, shown, type_in, until
from samples import ADVISOR
from seated import at_the_board
from textual.pilot import Pilot
from textual.widgets import Static

from spoc.model.forms import form_input
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.kinds import KINDS
from spoc.screens.call.contact import ContactScreen
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store


async def the_call(pilot: Pilot[Any], *steps: str) -> Any:
    await type_in(pilot, *CALLER, *steps)
    return await shown(pilot, ContactScreen)


@pytest.mark.parametrize(
    ("slot", "typed"),
    [("child.date", "280299x"), ("child.date", "31122026"), ("child.ref", "9990000019")],
)
async def test_what_was_not_taken_of_one_child_never_lands_on_the_next(
    store: Store, slot: str, typed: str
) -> None:
    first = (typed, "<enter>") if slot == "child.date" else ("<enter>", typed, "<enter>")
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>", *first)
        call._go("child")
        await type_in(pilot, "B", "<enter>", "280220", "<enter>", "9990000018", "<enter>")
        await until(pilot, lambda: call.slot not in ("child", "child.date", "child.ref"))
        a, b = call.sheet.children
        assert (b.name, b.dob, b.nhs_number) == ("B", "2020-02-28", "9990000018")
        assert a.typed == {slot: typed} and not (a.dob or a.nhs_number)
        await until(
            pilot,
            lambda: (
                call.sheet.children
                in [each.sheet.children for each in drafts.waiting(store, ADVISOR)]
            ),
        )
        await type_in(pilot, "<f2>")
        await until(
            pilot, lambda: "typed but not taken" in str(call.query_one("#message", Static).content)
        )
        assert " of A: " in str(call.query_one("#message", Static).content)
        assert call.slot == slot and call.sheet.children[-1].name == "A"
        assert call.entries[slot].value == typed


async def test_the_mother_of_one_unborn_baby_is_never_the_next_ones(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "ub", "<enter>", "<enter>", "Lane")
        call._leave("child.ref")
        call._go("child")
        await type_in(pilot, "ub", "<enter>")
        await until(pilot, lambda: len(call.sheet.children) == 2)
        assert call.entries["child.ref"].value == ""


@pytest.mark.parametrize("slot", ["actions.who", "actions.due"])
async def test_what_was_not_taken_of_one_action_never_lands_on_the_next(
    store: Store, slot: str
) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "A", "<enter>", "<enter>", "<enter>", "ed", "<enter>", "p", "<enter>", "burn", "<enter>", "<enter>")  # fmt: skip
        await type_in(pilot, "hold-discharge", "<enter>")
        await until(pilot, lambda: len(call.sheet.actions) == 1)
        call._go(slot)
        await type_in(pilot, "rubbish 99")
        call._keep_typed()
        call._go("actions")
        await type_in(pilot, "cp-medical", "<enter>")
        await until(pilot, lambda: len(call.sheet.actions) == 2)
        assert call.sheet.actions[0].typed == {slot: "rubbish 99"}
        assert not call.sheet.actions[1].typed and call.entries[slot].value != "rubbish 99"


async def test_an_age_typed_a_line_too_early_is_no_childs_name(store: Store) -> None:
    async with at_the_board(store) as pilot:
        call = await the_call(pilot, "4/12", "<enter>")
        await until(
            pilot, lambda: "is not a name" in str(call.query_one("#message", Static).content)
        )
        assert call.slot == "child" and not call.sheet.children
        call.entries["child"].value = ""
        await type_in(pilot, "Brook, Ty", "<enter>", "4/12", "<enter>")
        await until(pilot, lambda: bool(call.sheet.children and call.sheet.children[0].age))
        assert call.sheet.children[0].name == "Brook, Ty"


TWO = {"child": ("Ash, A", "Brook, B"), "actions": ("hold-discharge", "cp-medical")}
PARTS = [f"{each.key}.{part}" for each in CONTACT_FORM for part in KINDS[each.kind].parts]


def test_every_line_with_parts_below_it_has_two_to_try() -> None:
    assert {each.partition(".")[0] for each in PARTS} == TWO.keys()


@pytest.mark.parametrize("slot", PARTS)
async def test_what_is_typed_below_one_and_not_taken_stays_with_it_whichever_is_marked(
    store: Store, slot: str
) -> None:
    owner = slot.partition(".")[0]
    first, second = TWO[owner]
    async with at_the_board(store) as pilot:
        call = await the_call(pilot)
        await type_in(pilot, f"@{owner}", first, "<enter>", f"@{slot}", "zqj 9", f"@{owner}")
        await type_in(pilot, second, "<enter>")
        await until(pilot, lambda: len(form_input.held_in(call.sheet, owner)) == 2)
        one, other = form_input.held_in(call.sheet, owner)
        assert (one.typed, other.typed) == ({slot: "zqj 9"}, {})
        assert call.entries[slot].value != "zqj 9"
        await type_in(pilot, f"@{owner}", "<backspace>", "<left>", "<enter>")
        await until(pilot, lambda: call.entries[slot].value == "zqj 9")
        other, one = form_input.held_in(call.sheet, owner)
        assert (one.typed, other.typed) == ({slot: "zqj 9"}, {})
        await until(
            pilot,
            lambda: any(
                form_input.held_in(each.sheet, owner) == (other, one)
                for each in drafts.waiting(store, ADVISOR)
            ),
        )
