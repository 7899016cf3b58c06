"""Typing into the running app as a person does: key by key through the driver, then one pause."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

STEP = 0.005
NAMED = {"enter": "\r", "tab": "\t", "space": " ", "escape": "\x1b", "backspace": "\x7f"}


def keys(*steps: str) -> list[str]:
    """Keys from steps: ``"<f2>"`` is a named key, anything else is typed letter by letter."""
    pressed: list[str] = []
    for step in steps:
        if step.startswith("<") and step.endswith(">"):
            pressed.append(step[1:-1])
        else:
            pressed += step
    return pressed


def burst(app: Any, pressed: list[str]) -> None:
    """All keys at once, as a stalled loop or a batching console delivers them."""
    for key in pressed:
        if len(key) == 1:
            name = {" ": "space", "/": "slash"}.get(key, key)
            app._driver.process_message(events.Key(name, key))
        else:
            app._driver.process_message(events.Key(key, NAMED.get(key)))


async def type_in(pilot: Pilot[Any], *steps: str) -> int:
    """Type, all at once; gives the number of keys that were pressed."""
    pressed = keys(*steps)
    burst(pilot.app, pressed)
    await pilot.pause()
    return len(pressed)


async def until(pilot: Pilot[Any], so: Callable[[], Any], seconds: float = 10) -> None:
    """Wait until something is so, and the page on top is whole; fails after some seconds of the wall clock."""
    end = monotonic() + seconds
    while not so() or not all(screen.is_mounted for screen in pilot.app.screen_stack):
        assert monotonic() < end, "it never came to be so"
        await asyncio.sleep(STEP)  # not pilot.pause, which makes every widget of the page answer


async def shown(pilot: Pilot[Any], kind: type[Screen[Any]]) -> Any:
    """Wait until a screen of this kind is on top and mounted; gives it."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.is_mounted)
    await pilot.pause()
    return app.screen
