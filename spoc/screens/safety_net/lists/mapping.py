"""Naming the columns of a list: what each heading means here, remembered for the site."""

from asyncio import wrap_future
from dataclasses import dataclass
from datetime import datetime

from spoc.intake.reading import likely_headings, of_bytes
from spoc.model.attendance.columns import spelt
from spoc.model.attendance.row import READ_AS
from spoc.model.errors import Refusal
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, ListScreen, list_keys
from spoc.storage.attendances import headings
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import LIST, key


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the list and the field it is read as."""

    word: str
    field: str


class MappingScreen(ListScreen[None, Heading]):
    """Shows each heading with its field; Enter changes it."""

    CSS_PATH = "mapping.tcss"
    BINDINGS = [
        key("enter", "name", "change", "Say what the marked column is", "columns.name", LIST),
        *list_keys("columns"),
    ]
    PLACE = "Columns"
    COLUMNS = (ListColumn("Heading", 34), ListColumn("Read as"))

    def __init__(self, desk: Desk, data: bytes, file: str, site: str) -> None:
        super().__init__(desk)
        self.data, self.file, self.site = data, file, site

    def above(self) -> str:
        return (
            f"What each column of {self.site or 'this'} lists means; remembered for the next one."
        )

    def query_items(self) -> list[Heading]:
        own = headings.of_site(self.desk.store, self.site)
        reading = of_bytes(self.data, self.file, datetime.max, own)
        try:
            next(iter(reading.rows), None)
        except Refusal as refused:
            self.say(str(refused))
        found = [Heading(*each) for sheet in reading.sheets for each in sheet.columns if each[0]]
        if not found:
            found = [Heading(word, own.get(spelt(word), "")) for word in likely_headings(self.data)]
        return found

    def cells(self, item: Heading) -> tuple[Cell, ...]:
        name = item.field.replace("_", " ") or "not known: kept with the row as sent"
        return (item.word, "bold"), (name, "" if item.field else "$warning")

    def action_name(self) -> None:
        column = self.item
        if column is None:
            return

        async def with_reason(name: str | None) -> None:
            plain = "_".join((name or "").casefold().split())
            found = [each for each in READ_AS if each == plain] or [
                each for each in READ_AS if plain and each.startswith(plain)
            ]
            if not name:
                return
            if not found:
                text = f"“{name}” is not a field. There are: {', '.join(each.replace('_', ' ') for each in READ_AS)}."
                self.say(text)
                return
            try:
                await wrap_future(
                    headings.name(
                        self.desk.store, self.desk.actor, self.site, {column.word: found[0]}
                    )
                )
            except Refusal as refused:
                self.say(str(refused))
                return
            self.read()

        words = "Which field is it? For example: number, arrived, name, birth date, complaint; ignored for none."
        card = ReasonScreen(self.desk, f"Column “{column.word}”", words, self.site)
        self.app.push_screen(card, with_reason)
