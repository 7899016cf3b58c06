"""Naming the columns of a list: what each heading means here, remembered for the site."""

from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.intake.reading import likely_headings, of_bytes
from spoc.model.attendance.columns import spelt
from spoc.model.attendance.row import READ_AS
from spoc.model.errors import Refusal
from spoc.model.values.plain import visible
from spoc.screens.call.reason import ReasonScreen
from spoc.storage.attendances import headings
from spoc.storage.desk import Desk
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.cells import fitted
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of the list and the field it is read as."""

    word: str
    field: str


class MappingScreen(Screen[None]):
    """Shows each heading with its field; Enter changes it."""

    CSS_PATH = "mapping.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "name", "change", "Say what the marked column is", "columns.name", LIST),
        *arrows("columns"),
        *leaves("columns"),
        key("escape", "back", "back", "Go back to the rows", "columns.back", LIST),
    ]  # fmt: skip

    def __init__(self, desk: Desk, data: bytes, file: str, site: str) -> None:
        super().__init__()
        self.desk, self.data, self.file, self.site = desk, data, file, site

    def compose(self) -> ComposeResult:
        yield Header(
            self.desk.name,
            "Columns",
        )
        yield Static(
            f"What each column of {self.site or 'this'} lists means; remembered for the next one.",
            id="asked",
            markup=False,
        )
        yield Rows(self._paint)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)
        self._read()

    def _read(self) -> None:
        own = headings.of_site(self.desk.store, self.site)
        reading = of_bytes(self.data, self.file, datetime.max, own)
        try:
            next(iter(reading.rows), None)
        except Refusal as refused:
            self.query_one("#message", Static).update(Content(visible(str(refused))))
        found = [Column(*each) for sheet in reading.sheets for each in sheet.columns if each[0]]
        if not found:
            found = [Column(word, own.get(spelt(word), "")) for word in likely_headings(self.data)]
        self.rows.show(found, self.rows.marked)

    def _paint(self, column: Column, width: int) -> Content:
        name = column.field.replace("_", " ") or "not known: kept with the row as sent"
        style = "" if column.field else "$warning"
        return Content.assemble((fitted(visible(column.word), 34), "bold"), (visible(name), style))

    def action_name(self) -> None:
        column = self.rows.item
        if column is None:
            return

        def told(name: str | None) -> None:
            plain = "_".join((name or "").casefold().split())
            found = [each for each in READ_AS if each == plain] or [
                each for each in READ_AS if plain and each.startswith(plain)
            ]
            if not name:
                return
            if not found:
                said = f"“{name}” is no field. There are: {', '.join(each.replace('_', ' ') for each in READ_AS)}."
                self.query_one("#message", Static).update(Content(visible(said)))
                return
            headings.name(
                self.desk.store, self.desk.actor, self.site, {column.word: found[0]}
            ).result()
            self._read()

        words = "Which field is it? For example: number, arrived, name, birth date, complaint; ignored for none."
        self.app.push_screen(ReasonScreen(self.desk, f"Column “{column.word}”", words), told)

    def action_mark(self, step: int) -> None:
        self.rows.move(step)

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)

    def action_back(self) -> None:
        self.dismiss(None)
