"""No size of window and no burst of keys ends the program."""

import random
from typing import Any

import pytest
from keyboard import burst, type_in
from samples import close_one
from seated import at_the_board
from textual.screen import Screen

from spoc.storage.store import Store

WIDTHS, HEIGHTS = (1, 5, 6, 10, 14, 16, 17, 18, 19, 23, 40), (1, 3, 24)


@pytest.mark.parametrize(
    "key",
    ["ua", *(pytest.param(key, marks=pytest.mark.long) for key in ("", "n", "c", "<enter>", "u"))],
)
async def test_no_size_of_window_ends_the_program_or_is_laid_out_for_ever(
    store: Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        close_one(store)
    laid_out = []
    lay_out = Screen._refresh_layout

    def counted(screen: Screen[Any], *size: Any, **how: Any) -> None:
        laid_out.append(screen)
        lay_out(screen, *size, **how)

    monkeypatch.setattr(Screen, "_refresh_layout", counted)
    async with at_the_board(store, size=(80, 24)) as pilot:
        if key:
            await type_in(pilot, *key if key[0] != "<" else (key,))
        for width in WIDTHS:
            for height in HEIGHTS:
                laid_out.clear()
                await pilot.resize_terminal(width, height)
                await pilot.pause()
                assert len(laid_out) < 40, f"{width} columns, {height} lines"
        assert pilot.app.is_running and pilot.app.return_code in (None, 0)


KEYS = (
    *"abcdefgnqxzy019/? ", "enter", "escape", "tab", "shift+tab", "up", "down", "pageup", "end", "backspace",
    "f1", "f2", "f3", "f4", "f6", "f7", "f8", "f9", "f10", "ctrl+n", "ctrl+p", "ctrl+z", "ctrl+o", "ctrl+r",
    "ctrl+b", "alt+s", "alt+o",
)  # fmt: skip


@pytest.mark.parametrize("end", ["q", "ctrl+q"])
@pytest.mark.parametrize("after", ["x", "ctrl+p"])
async def test_a_key_in_one_burst_with_the_one_that_leaves_ends_nothing_badly(
    store: Store, end: str, after: str
) -> None:
    async with at_the_board(store) as pilot:
        burst(pilot.app, [end, after, after])
        await pilot.pause()
        assert pilot.app.return_code in (None, 0)


@pytest.mark.parametrize("seed", range(2))
async def test_no_burst_of_keys_ends_the_program_badly(store: Store, seed: int) -> None:
    close_one(store)
    chance = random.Random(seed)
    async with at_the_board(store) as pilot:
        for _ in range(12):
            if not pilot.app.is_running:
                break
            burst(pilot.app, chance.choices(KEYS, k=chance.randint(1, 12)))
            if chance.random() < 0.3:
                await pilot.resize_terminal(chance.randint(10, 130), chance.randint(2, 40))
            await pilot.pause()
        assert pilot.app.return_code in (None, 0)
