"""Rows that were set aside, as another child holds their attendance number: brought in apart, or dropped."""

import csv
import io
import json

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.intake.reading import of_bytes
from spoc.model.attendance.row import Attendance, placed
from spoc.model.errors import Refusal
from spoc.model.values.plain import visible
from spoc.screens.safety_net.lines import moment_words
from spoc.storage.attendances import headings, importing, listing, reviewing
from spoc.storage.attendances.importing import Listed
from spoc.storage.attendances.listing import Aside
from spoc.storage.desk import Desk
from spoc.widgets.bindings import CONTACT, LIST, arrows, key
from spoc.widgets.cells import fitted
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

APART = "/2"  # what is put after a number that two children have


class SetAsideScreen(Screen[None]):
    """Shows the rows that wait for somebody to decide."""

    CSS_PATH = "set_aside.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("o", "own", "a case of its own", "Bring it in under its number and /2", "aside.own", CONTACT),
        key("d", "drop", "drop", "It is a mistake of the list: leave it out", "aside.drop", CONTACT),
        *arrows("aside"),
        key("escape", "back", "back", "Go back", "aside.back", LIST),
    ]  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Set aside")
        yield Static("Each row carries a number that another child holds. Ask the hospital where it is not clear.", id="asked", markup=False)  # fmt: skip
        yield Rows(self._paint)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)
        self._read()

    def _read(self, said: str = "") -> None:
        self.rows.show(listing.set_aside(self.desk.store, self.desk.actor), self.rows.marked)
        words = said or (self.rows.item.why if self.rows.item else "Nothing is set aside.")
        self.query_one("#message", Static).update(Content(visible(words)))

    def _paint(self, row: Aside, width: int) -> Content:
        when = moment_words(row.arrived) if row.arrived else "an adult"
        cells = ((row.number, 16), (when, 19), (row.name or "–", 24), (row.birth_date, 11))
        text = "".join(fitted(visible(text), size - 1) + " " for text, size in cells)
        return Content(text + visible(" ".join(row.complaint.split())))

    def action_own(self) -> None:
        row = self.rows.item
        if row is None:
            self._read("Nothing is set aside; nothing was changed.")
            return
        try:
            words = self._apart(row)
        except Refusal as refused:
            words = str(refused)
        self._read(words)

    def _apart(self, row: Aside) -> str:
        """Bring the row in under a number of its own."""
        store, actor = self.desk.store, self.desk.actor
        sent = json.loads(row.sent or "{}")
        into = io.StringIO()
        csv.writer(into).writerows([list(sent), list(sent.values())])
        own = headings.of_site(store, row.site)
        reading = of_bytes(into.getvalue().encode(), "set aside", listing.local_now(store), own)
        found = [each for each in reading.rows if isinstance(each, Attendance)]
        if not found:
            return "Of an adult nothing else is kept; drop it, or ask the hospital for a corrected list."
        number = f"{row.number}{APART}"
        apart = [placed(each, row.site, number) for each in found[:1]]
        importing.bring_in(store, actor, [Listed("set aside", apart)], row.site)
        reviewing.settle(store, actor, row.id, "own").result()
        return f"Brought in as {number}."

    def action_drop(self) -> None:
        row = self.rows.item
        if row is None:
            self._read("Nothing is set aside; nothing was changed.")
        else:
            reviewing.settle(self.desk.store, self.desk.actor, row.id, "dropped").result()
            self._read("Dropped; the ledger keeps that it was there.")

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self._read()

    def action_back(self) -> None:
        self.dismiss(None)
