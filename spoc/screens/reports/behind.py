"""What stands behind a number: exactly as many lines as it counts, and each opens."""

from textual import events
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
from spoc.screens.contacts.list_lines import contact_line, heading
from spoc.storage.counts import behind
from spoc.storage.counts.behind import Behind
from spoc.storage.desk import Desk
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows


class BehindScreen(Screen[None]):
    """Lists the contacts, children, requests, promises or attendances that a point counts."""

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
        yield Static("", id="heads", markup=False)
        yield Rows(self._paint)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows: Rows[Behind] = self.query_one(Rows)
        self.rows.show(behind.lines(self.desk.store, self.desk.actor, self.ids))
        self.set_focus(self.rows)
        self.query_one(Header).about = self.measure.title
        # A median is of records, whatever it is measured in.
        unit = self.measure.records if self.measure.value else self.measure.unit
        counted = units(unit, len(self.ids))
        said = f"{counted}, {self.span.dates}. {self.measure.definition}"
        self.query_one("#about", Static).update(
            Content(visible(f"{said} Left out: {self.measure.exclusions}"))
        )

    def on_resize(self, event: events.Resize) -> None:
        heads = heading(event.size.width - 3) if any(each.row for each in self.rows.items) else ""
        self.query_one("#heads", Static).update(Content("  ") + heads)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        item = self.rows.item if self.is_mounted else None
        return action != "open" or (item is not None and item.row is not None)

    def _paint(self, item: Behind, width: int) -> Content:
        if item.row is None:
            return Content(visible(item.words))
        today = to_local(self.desk.store.now()).date()
        named = access.visible(self.desk.actor.role).identifiers
        return contact_line(item.row, self.desk.store.pack, today, width, named=named)

    def action_open(self) -> None:
        item = self.rows.item
        if item is not None and item.row is not None:
            self.app.push_screen(ContactPage(self.desk, item.row.id))

    def action_mark(self, step: int) -> None:
        self.rows.move(step)

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)

    def action_back(self) -> None:
        self.dismiss()
