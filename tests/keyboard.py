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
# Who calls, from where, in which role, on which number, known how; then the child.
CALLER = (
    "n", "@service", "ed", "<enter>", "@role", "nurse", "<enter>", "@callback", "1", "<enter>",
    "@verified", "k", "<enter>", "@child",
)  # fmt: skip


def keys(*steps: str) -> list[str]:
    """Keys from steps: ``"<f2>"`` is a named key, ``"@child"`` goes to the field of that name, wherever the form of a
    call has it; anything else is typed letter by letter."""
    pressed: list[str] = []
    for step in steps:
        if step.startswith("<") and step.endswith(">"):
            pressed.append(step[1:-1])
        elif step.startswith("@") and len(step) > 1:
            pressed.append(step)
        else:
            pressed += step
    return pressed


def burst(app: Any, pressed: list[str]) -> None:
    """All keys at once, as a stalled loop or a batching console delivers them."""
    for key in pressed:
        if key.startswith("@") and len(key) > 1:
            app._driver.send_message(events.Callback(lambda field=key[1:]: app.screen._go(field)))
        elif len(key) == 1:
            name = {" ": "space", "/": "slash"}.get(key, key)
            app._driver.process_message(events.Key(name, key))
        else:
            app._driver.process_message(events.Key(key, NAMED.get(key)))


def at_a_call(app: Any) -> bool:
    """Whether the page of a call is on top, and has its fields."""
    return app.screen.is_mounted and hasattr(app.screen, "fields")


async def type_in(pilot: Pilot[Any], *steps: str) -> int:
    """Type, all at once; gives the number of keys that were pressed."""
    pressed = keys(*steps)
    begin = next((at for at, key in enumerate(pressed) if key[0] == "@" and len(key) > 1), 0)
    if begin and not at_a_call(pilot.app):
        burst(pilot.app, pressed[:begin])
        await until(pilot, lambda: at_a_call(pilot.app))
        burst(pilot.app, pressed[begin:])
    else:
        burst(pilot.app, pressed)
    await pilot.pause()
    return len(pressed)


async def until(pilot: Pilot[Any], so: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until something is so, and the page on top is whole; fails after a minute: nothing here is timed."""
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
