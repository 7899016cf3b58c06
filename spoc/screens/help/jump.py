"""A letter on the label of every field: press it to go there. Nothing moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase, digits
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from spoc.screens.desk.pages.covers import Passing
from spoc.widgets.forms.fields import Fields
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import FIELD, key
from spoc.widgets.pages.keybar import KeyBar

LETTERS = ascii_lowercase + digits[1:]


@dataclass(frozen=True, slots=True)
class Spot:
    """A field that one can go to, and its label: where it is on the page, and its text."""

    letter: str
    label: Callable[[], tuple[Region, str]]
    field: Widget


def spots(screen: Screen[Any]) -> list[Spot]:
    """The fields of a page that have a label, each with a letter of its label. A label that changes (Born,
    Due date) keeps its letter."""
    found: list[tuple[str, Callable[[], tuple[Region, str]], Widget]] = []
    # not a query, which would be slow: this is called whenever the keys are shown
    for each in screen.walk_children():
        if isinstance(each, Fields):
            found += [
                (place.named, partial(each.label, slot), place.line)
                for slot, place in each.places.items()
            ]
        elif isinstance(each, Static) and each.has_class("label"):
            beside = each.parent.children if isinstance(each.parent, Widget) else ()
            after = list(beside)[list(beside).index(each) + 1 :]
            field = next((one for one in after if isinstance(one, LineInput | TextBox)), None)
            if field is not None and not any(field is other for *_, other in found):
                found.append((str(each.content), partial(_label, each), field))
    letters = lettered([named for named, _, _ in found[: len(LETTERS)]])
    return [
        Spot(letter, label, line) for letter, (_, label, line) in zip(letters, found, strict=False)
    ]


def lettered(labels: Sequence[str]) -> list[str]:
    """A letter for each label, always the same for the same labels: its first if that is free, otherwise
    another of its own (labels with few letters choose first), otherwise any."""
    found: dict[int, str] = {}
    for place, label in enumerate(labels):
        first = label[:1].casefold()
        if first in LETTERS and first not in found.values():
            found[place] = first
    rest = [place for place in range(len(labels)) if place not in found]
    for place in sorted(rest, key=lambda each: len(set(labels[each].casefold()))):
        own = [each for each in labels[place].casefold() if each in ascii_lowercase]
        free = (each for each in (*own, *LETTERS) if each not in found.values())
        found[place] = next(free)
    return [found[place] for place in range(len(labels))]


def _label(label: Static) -> tuple[Region, str]:
    at, words = label.region, str(label.content)
    return Region(at.x, at.y, cell_len(words) + 2, 1) if at else at, words


class JumpScreen(Passing):
    """Covers a page and shows the letters. No key pressed here reaches a field."""

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
        """On a page of another size the labels are elsewhere: the letters go."""
        if event.size != self.fits:
            self.dismiss(None)

    def _place(self) -> None:
        """Puts each letter in the cell between a label and its field: no letter of either is covered."""
        for spot, sign in zip(self.shown, self.query(".spot").results(Static), strict=True):
            at, _ = spot.label()
            sign.styles.offset = (at.right - 1, at.y)
            sign.styles.width = 1
            sign.display = bool(at)
            sign.update(Content.styled(spot.letter, "reverse bold"))

    def action_jump(self, letter: str) -> None:
        """Goes there, before any other key is handled."""
        spot = next((each for each in self.shown if each.letter == letter), None)
        if spot is None:
            return
        self.dismiss(None)
        go = getattr(self.over, "jump_to", self.over.set_focus)
        go(spot.field)

    def action_back(self) -> None:
        self.dismiss(None)
