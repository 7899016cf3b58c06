"""A form drawn from its description: labels right-aligned in one column, values left, nothing moves."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from spoc.model.forms import Field
from spoc.model.plain import visible
from spoc.widgets.entry import Entry
from spoc.widgets.page import Page


class Words(Static):
    """What stands beside a field: the words for its code, or what was chosen. Data, never markup."""

    def __init__(self, name: str, classes: str = "words") -> None:
        id = f"{name.replace('.', '-')}-words"
        super().__init__("", markup=False, id=id, classes=f"{classes} -empty")
        self.said = ""

    def say(self, words: str) -> None:
        """Show the words; only those beside a list of chosen codes change their width."""
        if words != self.said:
            self.said = words
            self.set_class(not words, "-empty")
            self.update(Content(visible(words)), layout=self.has_class("chosen"))


class Fields(Vertical):
    """The rows of a form. Every slot is an Entry (or a Page) with the slot's name as its id."""

    DEFAULT_CSS = """
    Fields { height: 1fr; }
    Fields .row { height: 1; }
    Fields .label { width: 11; text-align: right; padding: 0 1 0 0; color: $dim; }
    Fields .label.-here { color: $foreground; text-style: bold; }
    Fields .label.second { width: 9; }
    Fields .words.second { width: 6; padding: 0 0 0 1; }
    Fields Entry.second { width: 1fr; max-width: 24; }
    Fields .words { width: 1fr; height: 1; padding: 0 1; color: $dim; text-wrap: nowrap; text-overflow: ellipsis; }
    Fields .chosen { width: auto; max-width: 70%; height: 1; padding: 0 1 0 0; color: $foreground; background: $field; }
    Fields .chosen.-empty { padding: 0; }
    Fields Entry { width: 18; }
    Fields Entry.wide { width: 1fr; }
    Fields Entry.half { width: 40%; }
    Fields #notes-row { height: 1fr; min-height: 3; }
    Fields Page { width: 1fr; height: 1fr; }
    """

    def __init__(
        self, form: Sequence[Field], abbreviations: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.form, self.abbreviations = form, abbreviations
        self.labels: dict[str | None, Static] = {}
        self._here: Static | None = None  # the label of the field one types in

    def compose(self) -> ComposeResult:
        for _, row in groupby(self.form, key=lambda field: field.row):
            fields = list(row)
            if fields[0].kind == "notes":
                with Horizontal(id="notes-row"):
                    yield self._label(fields[0].key, fields[0].label)
                    yield Page(fields[0].key, self.abbreviations)
                continue
            with Horizontal(classes="row"):
                for place, field in enumerate(fields):
                    yield from self._field(field, second=place > 0)
            if fields[0].kind == "child":
                yield from self._pair(("child.date", "Born"), ("child.ref", "NHS no."))
            elif fields[0].kind == "actions":
                yield from self._pair(("actions.who", "Who"), ("actions.due", "By when"))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The label of the field one types in stands out too, so that no colour speaks alone."""
        label = self.labels.get(f"{event.widget.id}-label")
        if label is not self._here:
            for each, here in ((self._here, False), (label, True)):
                if each is not None:
                    each.set_class(here, "-here")
            self._here = label

    def name_slot(self, slot: str, label: str) -> None:
        """Give a slot another label; its column keeps its width."""
        found = self.labels[f"{slot.replace('.', '-')}-label"]
        if found.content != label:
            found.update(label, layout=False)

    def _field(self, field: Field, second: bool) -> ComposeResult:
        if field.kind in ("many", "actions", "child"):
            yield self._label(field.key, field.label)
            yield Words(field.key, classes="chosen")
            yield Entry(field.key, classes="wide")
        else:
            yield from self._slot(field.key, field.label, second)

    def _pair(self, *slots: tuple[str, str]) -> ComposeResult:
        with Horizontal(classes="row"):
            for place, (slot, label) in enumerate(slots):
                yield from self._slot(slot, label, second=place > 0)

    def _slot(self, slot: str, label: str, second: bool) -> ComposeResult:
        place = "second" if second else ""
        yield self._label(slot, label, place)
        yield Entry(slot, classes="half" if slot == "caller" else place)
        yield Words(slot, classes=f"words {place}")

    def _label(self, slot: str, label: str, place: str = "") -> Static:
        made = Static(
            label, classes=f"label {place}", markup=False, id=f"{slot.replace('.', '-')}-label"
        )
        self.labels[made.id] = made
        return made
