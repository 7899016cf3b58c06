"""Requests to social care: the open ones, how many were accepted, and a page for each."""

from typing import ClassVar

from textual.content import Content

from spoc.model.followups.followup import OVERDUE
from spoc.model.followups.request import EHA, TELEPHONE, Asked, conversion
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, ListScreen, list_keys, widths
from spoc.screens.followups.lines import brief
from spoc.screens.followups.request_page import RequestPage
from spoc.storage.desk import Desk
from spoc.storage.followups import requests
from spoc.storage.followups.requests import Request
from spoc.widgets.pages.bindings import LIST, key
from spoc.widgets.pages.header import Header

_KINDS = (("", "All"), (TELEPHONE, "Telephone"), (EHA, "EHA"))
_HEADS = ("requests", "children", "undecided", "decided", "accepted", "in the end")
_COUNTED = "{:>10}  {:>8}  {:>8}  {:>9}  {:>7}  {:>9}  {:>10}"


class RequestsScreen(ListScreen[None, Request]):
    """Shows the open requests, or all of them, with the counts above: how many were decided, and how many
    of those were accepted."""

    BINDINGS = [
        key("enter", "open", "open", "Open the request", "requests.open", LIST),
        key("a", "all", "all", "Show the closed ones too, or only the open ones", "requests.all", LIST),
        *list_keys("requests"),
    ]  # fmt: skip
    PLACE = "Requests to social care"
    NEEDS: ClassVar = {"open": "contact.view"}
    IN_THREAD = True
    COLUMNS = (
        ListColumn("Asked", 18),
        ListColumn("Child", share=28, people=True),
        ListColumn("Stands", share=28),
        ListColumn("Next"),
    )
    EMPTY = (
        "No request is open.\n\nOne begins with an action of a call: a verbal request by the caller or the "
        "desk (vc, vs), the emergency duty team (edt), or an early help assessment (ehc)."
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.closed = False
        self.counted: list[Asked] = []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.allows(action) and (action != "open" or self.item is not None)

    def query_items(self) -> list[Request]:
        store, actor = self.desk.store, self.desk.actor
        self.counted = requests.asked(store, actor)
        return requests.every(store, actor, closed=self.closed)

    def above(self) -> Content:
        pack = self.desk.store.pack
        lines = [Content.styled(_COUNTED.format("", *_HEADS), "$dim")]
        for kind, name in _KINDS:
            each = conversion(self.counted, pack, kind)
            share = f" ({each.accepted / each.decided:.0%})" if each.decided else ""
            counts = (
                each.requests, each.children, each.undecided, each.decided,
                f"{each.accepted}{share}", each.accepted_after,
            )  # fmt: skip
            lines.append(Content(_COUNTED.format(name, *counts)))
        return Content("\n").join(lines)

    def cells(self, item: Request) -> tuple[Cell, ...]:
        store, fields = self.desk.store, item.fields
        at = (
            shown_instant(from_text(fields["asked_at"])).partition(" ")[2]
            if fields["asked_at"]
            else "?"
        )
        decided = fields["decision_after"] or fields["decision"]
        decision = store.pack.label("decision", decided) if decided else "undecided"
        first = item.first(store.now())
        then: Cell = ""
        if first is not None:
            late = first.state(store.now()) == OVERDUE
            when = f"{'! ' if late else ''}{first.when(store.now())}: "
            room = widths(self.COLUMNS, self.size.width - 2)[-1] - len(when)
            words = when + brief(store.pack, first.code, max(1, room))
            then = (words, "$error-words") if late else words
        elif item.open:
            then = "close it" if fields["referrer"] and decided else "who referred?"
        return (at, "$dim"), ("; ".join(item.children) or "not shown", "bold"), decision, then

    def action_open(self) -> None:
        if self.item is not None:
            self.app.push_screen(RequestPage(self.desk, self.item.contact))

    def action_all(self) -> None:
        self.closed = not self.closed
        self.query_one(Header).state = "the closed ones too" if self.closed else ""
        self.read()
