"""A letter on the label of every field: press it, and one is there. Nothing moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase, digits
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from spoc.screens.desk.covers import Passing
from spoc.widgets.bindings import FIELD, key
from spoc.widgets.entry import Entry
from spoc.widgets.fields import Fields
from spoc.widgets.keybar import KeyBar
from spoc.widgets.page import Page

LETTERS = ascii_lowercase + digits[1:]


@dataclass(frozen=True, slots=True)
class Spot:
    """A field that one can go to, and its label: where it is on the page, and what it says."""

    letter: str
    label: Callable[[], tuple[Region, str]]
    field: Widget


def spots(screen: Screen[Any]) -> list[Spot]:
    """The fields of a page that have a label, in their order: the n-th always has the n-th letter."""
    found: list[tuple[Callable[[], tuple[Region, str]], Widget]] = []
    for each in screen.walk_children():  # no query: this is asked for whenever the keys are shown
        if isinstance(each, Fields):
            found += [
                (partial(each.label, slot), place.line) for slot, place in each.places.items()
            ]
        elif isinstance(each, Static) and each.has_class("label"):
            beside = each.parent.children if isinstance(each.parent, Widget) else ()
            after = list(beside)[list(beside).index(each) + 1 :]
            field = next((one for one in after if isinstance(one, Entry | Page)), None)
            if field is not None and not any(field is other for _, other in found):
                found.append((partial(_label, each), field))
    return [Spot(letter, *each) for letter, each in zip(LETTERS, found, strict=False)]


def _label(label: Static) -> tuple[Region, str]:
    return label.region, str(label.content)


class JumpScreen(Passing):
    """Lies over a page and shows the letters. No key that is pressed here reaches a field."""

    CSS_PATH = "jump.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("escape", "back", "stay", "Stay where you were", "jump.back", FIELD),
        Binding(LETTERS[0], f"jump('{LETTERS[0]}')", "go to that field", key_display="a–z", priority=True,
                tooltip="Go to the field of that letter", group=FIELD),
        *(Binding(each, f"jump('{each}')", show=False, priority=True) for each in LETTERS[1:]),
    ]  # fmt: skip

    def __init__(self, over: Screen[Any], shown: Sequence[Spot]) -> None:
        super().__init__()
        self.over, self.shown, self.fits = over, shown, over.size

    def compose(self) -> ComposeResult:
        for _ in self.shown:
            yield Static("", markup=False, classes="spot")
        yield KeyBar()

    def on_mount(self) -> None:
        self._place()

    def on_resize(self, event: events.Resize) -> None:
        """On a page of another size the labels stand elsewhere: the letters go."""
        if event.size != self.fits:
            self.dismiss(None)

    def _place(self) -> None:
        """Each letter before the words of its label, in the label's own cells."""
        for spot, sign in zip(self.shown, self.query(".spot").results(Static), strict=True):
            at, words = spot.label()
            room = max(0, at.width - 2)
            words = f"{words} ".rjust(room) if len(words) < room else words[:room]
            sign.styles.offset = (at.x, at.y)
            sign.styles.width = at.width
            sign.display = bool(at)
            sign.update(Content.assemble((spot.letter, "reverse bold"), f" {words}"))

    def action_jump(self, letter: str) -> None:
        """Go there, before the next key is given to anybody."""
        spot = next((each for each in self.shown if each.letter == letter), None)
        if spot is None:
            return
        self.dismiss(None)
        go = getattr(self.over, "jump_to", self.over.set_focus)
        go(spot.field)

    def action_back(self) -> None:
        self.dismiss(None)
