"""A letter on the label of every field: press it, and one is there. Nothing moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from spoc.screens.covers import Passing
from spoc.widgets.bindings import FIELD, key
from spoc.widgets.entry import Entry
from spoc.widgets.keybar import KeyBar
from spoc.widgets.page import Page

LETTERS = ascii_lowercase + digits[1:]


@dataclass(frozen=True, slots=True)
class Spot:
    """A field that one can go to, and its label on the page."""

    letter: str
    label: Static
    field: Widget


def spots(screen: Screen[Any]) -> list[Spot]:
    """The fields of a page that have a label, in their order: the n-th always has the n-th letter."""
    found: list[tuple[Static, Widget]] = []
    labels = (each for each in screen.walk_children(Static) if each.has_class("label"))
    for label in labels:  # no query: this is asked for whenever the keys below are shown
        beside = label.parent.children if isinstance(label.parent, Widget) else ()
        after = list(beside)[list(beside).index(label) + 1 :]
        field = next((each for each in after if isinstance(each, Entry | Page)), None)
        if field is not None and not any(field is other for _, other in found):
            found.append((label, field))
    return [Spot(letter, *each) for letter, each in zip(LETTERS, found, strict=False)]


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
        self.over, self.shown = over, shown

    def compose(self) -> ComposeResult:
        for _ in self.shown:
            yield Static("", markup=False, classes="spot")
        yield KeyBar()

    def on_mount(self) -> None:
        self._place()

    def on_resize(self) -> None:
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        """Each letter before the words of its label, in the label's own cells."""
        for spot, sign in zip(self.shown, self.query(".spot").results(Static), strict=True):
            at = spot.label.region
            words = f"{spot.label.content}"
            room = max(0, at.width - 2)
            words = f"{words} ".rjust(room) if len(words) < room else words[:room]
            sign.styles.offset = (at.x, at.y)
            sign.styles.width = at.width
            sign.display = bool(at.width)
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
