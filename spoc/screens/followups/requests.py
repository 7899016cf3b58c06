"""Requests to social care: those that are open, how many were accepted, and a page for each."""

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from spoc.model.followups.followup import OVERDUE
from spoc.model.followups.request import EHA, TELEPHONE, Asked, conversion
from spoc.model.rules.clock import shown
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.followups.lines import brief
from spoc.screens.followups.request_page import RequestPage
from spoc.storage.desk import Desk
from spoc.storage.followups import requests
from spoc.storage.followups.requests import Request
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.cells import fitted
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

_KINDS = (("", "All"), (TELEPHONE, "Telephone"), (EHA, "EHA"))
WHEN = 18


class RequestsScreen(Screen[None]):
    """Shows the open requests, or all of them, with the conversion above: accepted of decided, both numbers."""

    CSS_PATH = "requests.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "open", "open", "Open the request", "requests.open", LIST),
        key("a", "all", "all", "Show the closed ones too, or the open ones alone", "requests.all", LIST),
        *arrows("requests"),
        *leaves("requests"),
        key("escape", "back", "back", "Go back", "requests.back", LIST),
    ]  # fmt: skip

    class Read(Message):
        """The requests as they stand now, and all of them as they are counted."""

        def __init__(self, found: list[Request], counted: list[Asked]) -> None:
            super().__init__()
            self.found, self.counted = found, counted

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.closed = False
        self.found: list[Request] = []

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Requests to social care")
        yield Static("", id="said", markup=False)
        yield Static("", id="heads", markup=False)
        yield Rows(self._paint)
        yield Static("", id="empty", markup=False)
        yield KeyBar()

    def on_screen_resume(self) -> None:
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "open" or bool(self.found)

    @work(thread=True, exclusive=True, group="requests")
    def _read(self) -> None:
        store, actor = self.desk.store, self.desk.actor
        found = requests.every(store, actor, closed=self.closed)
        self.post_message(self.Read(found, requests.asked(store, actor)))

    def on_requests_screen_read(self, event: Read) -> None:
        self.found = event.found
        rows = self.query_one(Rows)
        rows.show(self.found, rows.marked)
        rows.display = self.query_one("#heads").display = bool(self.found)
        self.set_focus(rows if self.found else None)
        empty = self.query_one("#empty", Static)
        empty.display = not self.found
        empty.update(
            "No request is open.\n\nOne begins with an action of a call: a verbal request by the caller or the "
            "desk (vc, vs), the emergency duty team (edt), or an early help assessment (ehc)."
        )
        pack = self.desk.store.pack
        lines = [
            Content.assemble(
                (f"{name:>10}  ", "$dim"), conversion(event.counted, pack, kind).words()
            )
            for kind, name in _KINDS
        ]
        self.query_one("#said", Static).update(Content("\n").join(lines))
        what, child, _ = self._columns(self.size.width - 2)
        self.query_one("#heads", Static).update(
            Content.styled(f"  {'Asked':{WHEN}}{'Child':{child}}{'Stands':{what}}Next", "$dim")
        )
        self.refresh_bindings()

    @staticmethod
    def _columns(width: int) -> tuple[int, int, int]:
        room = max(30, width - WHEN)
        return room * 32 // 100, room * 25 // 100, room - room * 32 // 100 - room * 25 // 100

    def _paint(self, each: Request, width: int) -> Content:
        store, said = self.desk.store, each.said
        what, child, follows = self._columns(width)
        at = shown(from_text(said["asked_at"])).partition(" ")[2] if said["asked_at"] else "?"
        decided = said["decision_after"] or said["decision"]
        stands = store.pack.label("decision", decided) if decided else "undecided"
        first = each.first(store.now())
        then, late = "", False
        if first is not None:
            then = f"{first.when(store.now())}: {brief(store.pack, first.code)}"
            late = first.stands(store.now()) == OVERDUE
        elif each.open:
            then = "close it" if said["referrer"] and decided else "who referred?"
        return Content.assemble(
            (fitted(at, WHEN - 1) + " ", "$dim"),
            (fitted(visible(", ".join(each.children) or "not shown"), child - 1) + " ", "bold"),
            fitted(visible(stands), what - 1) + " ",
            (
                fitted(visible(f"! {then}" if late else then), follows),
                "$error-words" if late else "",
            ),
        )

    def action_open(self) -> None:
        each = self.query_one(Rows).item
        if each is not None:
            self.app.push_screen(RequestPage(self.desk, each.contact))

    def action_all(self) -> None:
        self.closed = not self.closed
        self.query_one(Header).state = "the closed ones too" if self.closed else ""
        self._read()

    def action_mark(self, step: int) -> None:
        self.query_one(Rows).move(step)

    def action_leaf(self, step: int) -> None:
        self.query_one(Rows).page(step)

    def action_back(self) -> None:
        self.dismiss(None)
