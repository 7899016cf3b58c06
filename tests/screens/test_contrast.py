"""Every page can be read in every theme: contrast of at least 4.5 to 1, and no colour without a word or a sign."""

from pathlib import Path
from typing import Any

import pytest
from samples import close_one
from screens.contrast import unreadable
from screens.test_every_key import PAGES, walk, way_to
from screens.test_every_screen import MORE, a_call, more
from screens.test_pictures import dress
from seated import at_the_board
from textual.pilot import Pilot

from spoc.storage.store import Store

SIGNALS = ("warning", "error")


def bare_colours(name: str, pilot: Pilot[Any]) -> list[str]:
    """Where a line has a signal's colour behind it, and nothing to read on it."""
    variables = pilot.app.get_css_variables()
    signals = {variables[each].casefold() for each in SIGNALS if each in variables}
    found = []
    for y, strip in enumerate(pilot.app.screen._compositor.render_strips()):
        words: dict[str, str] = {}
        for segment in strip:
            if segment.style and segment.style.bgcolor:
                behind = segment.style.bgcolor.get_truecolor().hex
                words[behind] = words.get(behind, "") + segment.text.strip()
        found += [
            f"{name}: line {y} is {behind} without a word"
            for behind, text in words.items()
            if behind in signals and not text
        ]
    return found


@pytest.mark.long
@pytest.mark.parametrize("name", [*PAGES, *MORE])
async def test_a_page_is_legible_in_every_theme_and_no_colour_speaks_alone(
    store: Store, tmp_path: Path, name: str
) -> None:
    contact = close_one(store)
    a_call(store)
    pale: list[str] = []
    async with at_the_board(store, size=(80, 24)) as pilot:
        ways = way_to(store, pilot.app.desk)
        pages = more(pilot.app.desk, contact, tmp_path)
        await walk(pilot, ways[name]() if name in ways else [pages[name]()])
        for theme in ("dark", "light", "contrast"):
            await dress(pilot, theme)
            pale += unreadable(f"{name}, {theme}", pilot)
            pale += bare_colours(f"{name}, {theme}", pilot)
    assert not pale
