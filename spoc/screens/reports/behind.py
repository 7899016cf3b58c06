"""What is behind a number: exactly as many lines as it counts, and each opens."""

from textual.content import Content

from spoc.model.measures.measure import Measure, units
from spoc.model.measures.period import Span
from spoc.model.measures.record_kinds import ATTENDANCE, CONTACT, DEADLINE, REQUEST
from spoc.model.rules import access
from spoc.model.rules.clock import to_local
from spoc.model.values.plain import visible
from spoc.screens.contacts.list_lines import contact_line, heading
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.pages.list_screen import LinesScreen, list_keys
from spoc.storage.counts import behind
from spoc.storage.counts.behind import Behind
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import LIST, key
from spoc.widgets.pages.header import Header

# What a median's values are, in any unit.
_UNITS = {CONTACT: "contact", REQUEST: "request", ATTENDANCE: "attendance", DEADLINE: "promise"}


class BehindScreen(LinesScreen[None, Behind]):
    """Lists the contacts, children, requests, promises or attendances that a point counts."""

    CSS_PATH = "behind.tcss"
    BINDINGS = [
        key("enter", "open", "open", "Open the marked contact", "behind.open", LIST),
        *list_keys("behind"),
    ]

    PLACE = "Behind the number"

    def __init__(self, desk: Desk, measure: Measure, span: Span, ids: list[bytes]) -> None:
        super().__init__(desk)
        self.measure, self.span, self.ids = measure, span, ids

    def read(self) -> None:
        self.query_one(Header).about = self.measure.title
        self.take(behind.lines(self.desk.store, self.desk.actor, self.ids))

    def above(self) -> str:
        unit = _UNITS[self.measure.records] if self.measure.value else self.measure.unit
        counted = units(unit, len(self.ids))
        text = f"{counted}, {self.span.dates}. {self.measure.definition}"
        return f"{text} Left out: {self.measure.exclusions}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "open" or bool(self.item and self.item.row)

    def heading(self, width: int) -> Content:
        contacts = any(each.row for each in self.rows.items)
        return heading(width) if contacts else Content("")

    def paint(self, item: Behind, width: int) -> Content:
        if item.row is None:
            return Content(visible(item.words))
        today = to_local(self.desk.store.now()).date()
        named = access.sight_of(self.desk.actor.role).identifiers
        return contact_line(item.row, self.desk.store.pack, today, width, named=named)

    def action_open(self) -> None:
        if self.item is not None and self.item.row is not None:
            self.app.push_screen(ContactPage(self.desk, self.item.row.id))
