"""A note on a chart, or the decision that new limits begin: the day, why, and who decided."""

from concurrent.futures import Future
from datetime import date
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.measures.measure import Measure
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import parse_day, shown_day
from spoc.model.values.plain import visible
from spoc.screens.desk.pages.writing import WritingScreen
from spoc.storage.counts import marks
from spoc.storage.counts.marks import REBASE
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import CONTACT, FIELD, key
from spoc.widgets.pages.keybar import KeyBar

_HEADS = {REBASE: "New limits begin", marks.NOTE: "A note on the chart"}
_WORDS = {
    REBASE: "A new phase hides what came before it: start one only if the work itself changed for good.",
    marks.NOTE: "What happened, for whoever reads the chart next year.",
}


class MarkScreen(ModalScreen[bool], WritingScreen):
    """Asks for day and reason, and for new limits who decided. Dismissed with True once it is written."""

    CSS_PATH = "marking.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "next", "next", "Go on; after the last line write it", "mark.next", FIELD),
        key(
            "tab",
            "step(1)",
            "next field",
            "Go to the next field",
            "mark.next-field",
            FIELD,
            show=False,
        ),
        key(
            "shift+tab",
            "step(-1)",
            "back",
            "Go to the previous field",
            "mark.before",
            FIELD,
            show=False,
        ),
        key("f2", "save", "write it", "Write it on the chart", "mark.save", CONTACT),
        key("escape", "cancel", "leave", "Leave; nothing is written", "mark.leave", CONTACT),
    ]

    def __init__(self, desk: Desk, measure: Measure, kind: str, day: date) -> None:
        super().__init__()
        self.desk, self.measure, self.kind, self.day = desk, measure, kind, day
        self.about = (measure.code, kind, day.isoformat())

    def compose(self) -> ComposeResult:
        lines = [("day", "From" if self.kind == REBASE else "Day"), ("why", "Why")]
        if self.kind == REBASE:
            lines.append(("who", "Decided by"))
        with Vertical(id="card"):
            yield Static(
                f"{_HEADS[self.kind]}: {visible(self.measure.title)}", id="title", markup=False
            )
            yield Static(_WORDS[self.kind], id="words", markup=False)
            for name, label in lines:
                with Horizontal(classes="row"):
                    yield Static(label, classes="label", markup=False)
                    yield LineInput(name)
            yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.lines = list(self.query(LineInput))
        self.lines[0].value = shown_day(self.day)
        self.set_focus(self.lines[1])

    async def action_step(self, step: int) -> None:
        await settled(self.focused)
        at = next((n for n, each in enumerate(self.lines) if each is self.focused), 0)
        self.set_focus(self.lines[(at + step) % len(self.lines)])

    async def action_next(self) -> None:
        if self.focused is self.lines[-1]:
            await self.action_save()
        else:
            await self.action_step(1)

    async def action_save(self) -> None:
        """Saves it, or says what is missing and goes there."""
        await settled(self.focused)
        if not self.writing:
            await self.write_and_leave(self._write)

    def act_written(self, error: str) -> None:
        super().act_written(error)
        if error:
            empty = next((each for each in self.lines if not each.value.strip()), self.lines[0])
            self.set_focus(empty)

    def _write(self) -> "Future[Any]":
        parts = [each.value for each in self.lines]
        store, actor = self.desk.store, self.desk.actor
        day = parse_day(parts[0], to_local(store.now()).date())
        if self.kind == REBASE:
            return marks.rebase(store, actor, self.measure, day, parts[1], parts[2])
        return marks.annotate(store, actor, self.measure, day, parts[1])
