"""The card of a STOP at the smallest size: what answers it is always in sight, and all of it can be read."""

from typing import Any

import pytest
from keyboard import type_in, until
from screens.conftest import page
from screens.walking import BRUISE, a_call, the_card
from seated import at_the_board
from textual.pilot import Pilot

from spoc.storage.store import Store

BOTH = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=str)


async def stopped(pilot: Pilot[Any]) -> Any:
    await a_call(pilot, *BRUISE, "rem", "<enter>")
    await type_in(pilot, "<f6>")
    return await the_card(pilot)


@BOTH
async def test_every_answer_is_in_sight_with_its_number_and_a_message_hides_none(
    store: Store, size: tuple[int, int]
) -> None:
    async with at_the_board(store, size=size) as pilot:
        card = await stopped(pilot)
        answers = [f"{number} [ ]" for number in range(1, len(card.prompt.done) + 1)]
        await until(pilot, lambda: all(each in page(pilot) for each in answers))
        assert "What was done?" in page(pilot)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: "press o and say why none of it is." in flat(pilot))
        await type_in(pilot, "x")
        await until(pilot, lambda: "words belong in the call: Esc goes back." in flat(pilot))
        assert all(each in page(pilot) for each in answers)


@BOTH
async def test_its_rule_comes_into_sight_at_its_key_and_goes_again(
    store: Store, size: tuple[int, int]
) -> None:
    async with at_the_board(store, size=size) as pilot:
        card = await stopped(pilot)
        first = card.prompt.says[0].split()[0]
        rule = f"Rule {card.prompt.code}: {card.prompt.when.text}"
        await until(pilot, lambda: f"· {first}" in page(pilot))
        await type_in(pilot, "r")
        await until(pilot, lambda: rule in flat(pilot))
        await type_in(pilot, "r")
        await until(pilot, lambda: rule not in flat(pilot) and f"· {first}" in page(pilot))


async def test_what_does_not_fit_is_read_with_the_arrows_and_by_the_page(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        card = await stopped(pilot)
        await until(pilot, lambda: "↓ read on" in page(pilot))
        last = f"Source {card.prompt.sources[-1].key}:"
        assert last not in page(pilot)
        for key in ("<pagedown>", "<down>"):
            for _ in range(12):
                await type_in(pilot, key)
            await until(pilot, lambda: last in page(pilot))
            for _ in range(12):
                await type_in(pilot, "<up>" if key == "<down>" else "<pageup>")
            await until(pilot, lambda: last not in page(pilot))


def flat(pilot: Pilot[Any]) -> str:
    """The page in one line, without the card's frame: where it wraps does not matter."""
    return " ".join(page(pilot).replace("│", " ").split())
