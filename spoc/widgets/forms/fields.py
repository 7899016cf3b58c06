"""A form drawn from its description: labels right-aligned in one column, values left, nothing moves.

The form paints its labels and words itself, and only the lines to type in are widgets: with a widget for
every label and word the page took twice as long to open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, NULL_REGION, NULL_SPACING, Region, Size
from textual.layout import Layout, WidgetPlacement
from textual.strip import Strip
from textual.widget import Widget

from spoc.model.values.plain import visible
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.cells import cropped, ending, fitted

if TYPE_CHECKING:
    from spoc.model.forms.forms import Field

# Cells of a row: a label and a line; a second field has a label, a line and a mark.
LABEL, CARD_LABEL, LINE = 16, 14, 18
SECOND_LABEL, SECOND_LINE, MARK = 9, (18, 24), 6  # a short label has up to 18 letters
CALLER, CHOSEN = 0.4, 0.7  # shares of the row: the caller's line; what was chosen, at most
NOTES = 3  # the fewest lines
# Further fields of a child or an action, which have a row of their own.
BELOW = {"child": ("child.date", "child.ref"), "actions": ("actions.who", "actions.due")}


@dataclass(slots=True, eq=False)
class SlotView:
    """A slot of the form: its label, its line, and the words beside it. Data, never markup."""

    slot: str
    label: str
    line: LineInput | TextBox
    second: bool = False  # its place in the row
    chosen: bool = False  # what was chosen appears before the line
    wide: bool = False  # the line has the whole row
    named: str = ""  # its first label, which its letter in jump mode comes from
    words: str = ""
    mark: str = (
        ""  # the only words beside it while one types elsewhere and the line shows its meaning
    )
    label_at: Region = NULL_REGION
    line_at: Region = NULL_REGION
    words_at: Region = NULL_REGION


class Fields(Widget):
    """The rows of a form. Every slot is a LineInput (or a TextBox) with the slot's name as its id."""

    COMPONENT_CLASSES = {"fields--label", "fields--here", "fields--words", "fields--chosen"}
    DEFAULT_CSS = """
    Fields { width: 1fr; height: 1fr; overflow: hidden hidden; background: $background; }
    Fields > .fields--label, Fields > .fields--words { color: $dim; }
    Fields > .fields--here { color: $foreground; text-style: bold; }
    Fields > .fields--chosen { color: $foreground; background: $field; }
    """

    def __init__(
        self,
        form: "Sequence[Field]",
        abbreviations: Mapping[str, str] | None = None,
        *,
        card: bool = False,
    ) -> None:
        """``card``: the form is a card of its own, with longer labels, and a text has the whole row."""
        super().__init__()
        self.card, self.abbreviations = card, abbreviations
        self.rows = list(self._rows(form))
        self.places = {place.slot: place for row in self.rows for place in row}
        for place in self.places.values():
            place.named = place.label
        self._here = ""  # the slot with the focus

    def compose(self) -> ComposeResult:
        for place in self.places.values():
            yield place.line

    @property
    def layout(self) -> Layout:
        return Lines()

    def say(self, slot: str, words: str, mark: str = "") -> None:
        """Shows the words beside a slot, or else its mark; for the second slot of a row there is only room
        for the mark."""
        place = self.places[slot]
        text = visible(mark if place.second else words or mark)
        if (text, mark) != (place.words, place.mark):
            place.words, place.mark = text, mark
            if place.chosen:  # the line begins after it
                self.settle(self.size)
                place.line.refresh(layout=True)
            self._repaint(place)

    def name_slot(self, slot: str, label: str) -> None:
        """Gives a slot another label; its column keeps its width."""
        place = self.places[slot]
        if label != place.label:
            place.label = label
            self._repaint(place)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Makes the label of the field with the focus bold, so that it is not marked by colour alone."""
        now = getattr(event.widget, "slot", "")
        if now != self._here:
            before, self._here = self._here, now
            for slot in {before, now} & self.places.keys():
                self._repaint(self.places[slot])

    def label(self, slot: str) -> tuple[Region, str]:
        """A slot's label and where it is on the screen."""
        place, whole = self.places[slot], self.region
        return place.label_at.translate(whole.offset).intersection(whole), place.label

    def render_line(self, y: int) -> Strip:
        blank = self.rich_style
        line: list[Segment] = []
        for at, words, part in self._parts_of_line(y):
            style = self.get_component_rich_style(f"fields--{part}")
            line += [Segment(" " * (at - Segment.get_line_length(line)), blank)]
            line += [Segment(words, style)]
        return Strip(line).adjust_cell_length(self.size.width, blank)

    def _parts_of_line(self, y: int) -> Iterator[tuple[int, str, str]]:
        """The texts of one line: the cell, the text and its style."""
        for place in self.rows[y] if y < len(self.rows) else ():
            label = cropped(place.label, place.label_at.width - 1)
            here = "here" if place.slot == self._here else "label"
            yield place.label_at.right - 1 - cell_len(label), label, here
            at, room = place.words_at.x, place.words_at.width
            meant = isinstance(place.line, LineInput) and place.line.meaning and here == "label"
            words = place.mark if meant else place.words
            if words and place.chosen:
                yield at, f"{fitted(ending(words, room - 1), room - 1)} ", "chosen"
            elif words:
                yield at + 1, cropped(words, room - (1 if place.second else 2)), "words"

    def _repaint(self, place: SlotView) -> None:
        self.refresh(Region(0, place.label_at.y, self.size.width, 1))

    # -- layout ---------------------------------------------------------------------------

    def _rows(self, form: "Sequence[Field]") -> Iterator[list[SlotView]]:
        # not at start-up, which needs neither form nor rules
        from spoc.model.forms.form_input import labels

        named = labels(form)
        for _, row in groupby(form, key=lambda each: each.row or each.key):
            fields = list(row)
            yield [self._place(each, second=at > 0) for at, each in enumerate(fields)]
            pair = BELOW.get(fields[0].kind, ())
            if pair:
                yield [_typed(slot, named[slot], at > 0) for at, slot in enumerate(pair)]

    def _place(self, each: "Field", second: bool) -> SlotView:
        if each.kind == "notes":
            return SlotView(each.key, each.in_brief, TextBox(each.key, self.abbreviations))
        chosen = each.kind in ("many", "actions", "child")
        wide = chosen or (self.card and each.kind == "text")
        return replace(_typed(each.key, each.in_brief, second), chosen=chosen, wide=wide)

    def settle(self, size: Size) -> None:
        """Works out the layout for a size."""
        label = CARD_LABEL if self.card else LABEL
        for y, (first, *others) in enumerate(self.rows):
            right = size.width
            for second in others:  # at most one
                free = max(0, right - label - LINE - SECOND_LABEL - MARK)
                least, most = SECOND_LINE
                line = min(most, max(least, free - free // 2))
                second.words_at = Region(right - MARK, y, MARK, 1)
                second.line_at = Region(right - MARK - line, y, line, 1)
                right -= MARK + line + SECOND_LABEL
                second.label_at = Region(right, y, SECOND_LABEL, 1)
            first.label_at = Region(0, y, label, 1)
            room = max(0, right - label)
            if isinstance(first.line, TextBox):
                first.line_at = Region(label, y, room, max(NOTES, size.height - y))
            elif first.chosen:
                count = cell_len(first.words) + 1 if first.words else 0
                count = min(count, int(right * CHOSEN))
                first.words_at = Region(label, y, count, 1)
                first.line_at = Region(label + count, y, max(0, room - count), 1)
            else:
                line = room if first.wide else LINE
                if first.slot == "caller":
                    line = int(right * CALLER)
                first.line_at = Region(label, y, min(line, room), 1)
                first.words_at = Region(label + line, y, max(0, room - line), 1)


def _typed(slot: str, label: str, second: bool = False) -> SlotView:
    return SlotView(slot, label, LineInput(slot), second)


class Lines(Layout):
    """Lays out the lines where the form has a place for them."""

    name = "lines"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> list[WidgetPlacement]:
        assert isinstance(parent, Fields)
        parent.settle(size)
        return [
            WidgetPlacement(place.line_at, NULL_OFFSET, NULL_SPACING, place.line)
            for place in parent.places.values()
            if place.line in children
        ]
