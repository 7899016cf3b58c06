"""A desk to sign in to, with a passphrase that costs next to nothing to try."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import Clock
from textual import events
from textual.pilot import Pilot

from spoc.app import SpocApp
from spoc.storage import sealing, set_up
from spoc.widgets.preferences import Preferences

PASSPHRASE = "four plain words here"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its smallest, so that tests do not wait for it."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))


@pytest.fixture
def folder(tmp_path: Path, cheap: None) -> Path:
    """A store that one advisor, Ada Shah, has set up."""
    place = tmp_path / "desk"
    set_up.prepare(place, "Somerset", "Musgrove Park", "Ada Shah", "advisor", PASSPHRASE).commit()
    return place


class Ticks:
    """A monotonic clock that stands still until it is stepped."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def app(folder: Path, clock: Clock, ticks: Ticks) -> SpocApp:
    return SpocApp(folder, now=clock, monotonic=ticks, liked=Preferences())


async def until(pilot: Pilot[None], true: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is true, a minute at most."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never came true; {pilot.app.screen} shows {page(pilot)}"
        await pilot.pause()
        await asyncio.sleep(0.002)


def burst(pilot: Pilot[None], text: str) -> None:
    """Keys that arrive all at once, as from a terminal that was held up; ⏎ is Enter."""
    for letter in text:
        key = {"⏎": "enter", " ": "space"}.get(letter, letter)
        pilot.app.post_message(events.Key(key, None if letter == "⏎" else letter))


def page(pilot: Pilot[None]) -> str:
    """What a person sees, as text."""
    screen = pilot.app.screen
    lines = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def sign_in(pilot: Pilot[None], passphrase: str = PASSPHRASE) -> None:
    """Type the passphrase and wait for the board."""
    burst(pilot, f"{passphrase}⏎")
    await until(pilot, lambda: pilot.app.desk is not None)  # type: ignore[attr-defined]
    await until(pilot, lambda: "passphrase" not in page(pilot).lower())
