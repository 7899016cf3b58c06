"""The contact list: all contacts, last first, and the search over callers, children and notes."""

from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from spoc.model.access import may
from spoc.model.clock import to_local
from spoc.model.plain import visible
from spoc.screens.lines import contact_line
from spoc.screens.page import ContactPage
from spoc.storage import audit, contacts
from spoc.storage.contacts import Row
from spoc.storage.desk import Desk
from spoc.widgets.entry import Entry, settled
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

PAGE = 60  # rows fetched at a time
SEARCH_AFTER = 0.06  # seconds of quiet before a search starts


class ContactsScreen(Screen[None]):
    """Lists contacts; what is typed in the search line narrows them as it is typed."""

    CSS_PATH = "contacts.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        Binding("enter", "open", "open", priority=True, tooltip="Open the marked contact"),
        Binding(
            "slash", "search", "search", priority=True, key_display="/", tooltip="Type what to find"
        ),
        Binding("up", "mark(-1)", "up", show=False, priority=True),
        Binding("down", "mark(1)", "down", show=False, priority=True),
        Binding("pageup", "leaf(-1)", "page up", show=False, priority=True),
        Binding("pagedown", "leaf(1)", "page down", show=False, priority=True),
        Binding("escape", "back", "back", priority=True, tooltip="Back to the board"),
    ]

    def __init__(self, desk: Desk, *, searching: bool = False) -> None:
        super().__init__()
        self.desk, self.searching = desk, searching
        self.waiting: Timer | None = None
        self.query_now = ""
        self.all_held = False

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Contacts")
        yield Entry("find")
        yield Static("", id="found", markup=False)
        yield Rows(self._paint)
        yield KeyBar()

    def on_mount(self) -> None:
        self.entry = self.query_one(Entry)
        self.entry.display = may(self.desk.actor.role, "contact.search")
        self.entry.placeholder = "a name, an NHS number, an issue, a word of the notes"
        self.rows = self.query_one(Rows)
        self.set_focus(self.entry if self.searching else self.rows)
        self._look("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash typed in the search line is a slash; the rest is for the roles that may."""
        if action == "search":
            allowed = may(self.desk.actor.role, "contact.search")
            return allowed and not isinstance(self.focused, Entry)
        return action != "open" or may(self.desk.actor.role, "contact.view")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.waiting is not None:
            self.waiting.stop()
        self.waiting = self.set_timer(SEARCH_AFTER, partial(self._look, event.input.value))

    @work(thread=True, exclusive=True, group="search")
    def _look(self, query: str) -> None:
        """Search away from the screen; an answer that was overtaken is dropped."""
        worker = get_current_worker()
        store, actor = self.desk.store, self.desk.actor
        if query.strip():
            found = contacts.find(store, actor, query, PAGE)
        else:
            found = contacts.recent(store, actor, PAGE)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show, query, found)

    def _show(self, query: str, found: list[Row]) -> None:
        if not self.is_attached:
            return
        self.query_now, self.all_held = query, len(found) < PAGE or bool(query.strip())
        self.rows.show(found)
        near = sum(row.near for row in found)
        words = "Last contacts first." if not query.strip() else f"{len(found) - near} found"
        if near:
            words += f", {near} by near spelling"
        if not found:
            words = "Nothing found. Fewer letters find more; names are found by near spelling too."
            if not query.strip():
                words = "No contacts yet. Esc goes back to the board; n there starts a call."
        self.query_one("#found", Static).update(Content(visible(words)))

    def on_rows_near_end(self, event: Rows.NearEnd) -> None:
        if self.all_held or not self.rows.items:
            return
        more = contacts.recent(self.desk.store, self.desk.actor, PAGE, self.rows.items[-1])
        self.all_held = len(more) < PAGE
        self.rows.show([*self.rows.items, *more], self.rows.marked)

    def _paint(self, row: Row, width: int) -> Content:
        today = to_local(self.desk.store.now()).date()
        return contact_line(row, self.desk.store.pack, today, width)

    async def action_open(self) -> None:
        """Open the marked contact; one found by a search leaves a line in the audit trail.

        Where the list does not answer yet what was typed, it is searched first: never a stranger's page.
        """
        await settled(self.entry)
        if self.entry.value != self.query_now:
            query = self.entry.value
            self._show(query, contacts.find(self.desk.store, self.desk.actor, query, PAGE))
            return
        row = self.rows.item
        if row is None:
            return
        if self.query_now.strip():
            audit.record(
                self.desk.store, self.desk.actor, "search", subject=row.id, detail=self.query_now
            )
        self.app.push_screen(ContactPage(self.desk, row.id))

    def action_search(self) -> None:
        self.set_focus(self.entry)

    def action_mark(self, step: int) -> None:
        self.rows.move(step)

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)

    def action_back(self) -> None:
        self.dismiss(None)
