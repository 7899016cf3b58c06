"""What stands behind a number: exactly as many lines as it counts, and each opens."""

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.model.measures.measure import Measure, units
from spoc.model.measures.period import Span
from spoc.model.rules import access
from spoc.model.rules.clock import to_local
from spoc.model.values.plain import visible
from spoc.screens.contacts.contact_page import ContactPage
from spoc.screens.contacts.list_lines import contact_line
from spoc.storage.contacts import contacts
from spoc.storage.contacts.contacts import Row
from spoc.storage.desk import Desk
from spoc.storage.persons import persons
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

_AT_ONCE = 500  # ids in one statement


class BehindScreen(Screen[None]):
    """Lists the contacts, or the children, that a point counts."""

    CSS_PATH = "behind.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "open", "open", "Open the marked contact", "behind.open", LIST),
        *arrows("behind"),
        *leaves("behind"),
        key("escape", "back", "back", "Go back to the chart", "behind.back", LIST),
    ]

    def __init__(self, desk: Desk, measure: Measure, span: Span, ids: list[bytes]) -> None:
        super().__init__()
        self.desk, self.measure, self.span, self.ids = desk, measure, span, ids

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Behind the number")
        yield Static("", id="about", markup=False)
        yield Rows(self._paint)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows: Rows[Row | str] = self.query_one(Rows)
        self.rows.show(self._items())
        self.set_focus(self.rows)
        self.query_one(Header).about = self.measure.title
        counted = units(self.measure.unit, len(self.ids))
        said = f"{counted}, {self.span.dates}. {self.measure.definition}"
        self.query_one("#about", Static).update(
            Content(visible(f"{said} Left out: {self.measure.exclusions}"))
        )

    def _items(self) -> list[Row | str]:
        store, actor = self.desk.store, self.desk.actor
        if self.measure.unit == "child":
            found = (persons.get(store, actor, each.hex()) for each in self.ids)
            return sorted(each.name or "unnamed child" for each in found if each)
        rows: list[Row | str] = []
        for first in range(0, len(self.ids), _AT_ONCE):
            rows += contacts.by_id(store, actor, self.ids[first : first + _AT_ONCE])
        return rows

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "open" or self.measure.unit == "contact"

    def _paint(self, row: Row | str, width: int) -> Content:
        if isinstance(row, str):
            return Content(visible(row))
        today = to_local(self.desk.store.now()).date()
        named = access.visible(self.desk.actor.role).identifiers
        return contact_line(row, self.desk.store.pack, today, width, named=named)

    def action_open(self) -> None:
        if isinstance(self.rows.item, Row):
            self.app.push_screen(ContactPage(self.desk, self.rows.item.id))

    def action_mark(self, step: int) -> None:
        self.rows.move(step)

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)

    def action_back(self) -> None:
        self.dismiss()
