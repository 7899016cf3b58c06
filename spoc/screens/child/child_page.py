"""A child's page: who it is, most serious first; pattern, household, what was said, and everything that
happened.

It opens over the page beneath, or beside a call if there is room, and Esc goes back to the same letter.
"""

from asyncio import wrap_future
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.persons.record_fields import (
    ALERT_FORM,
    DIED_FORM,
    SAYING_FORM,
    sayings,
)
from spoc.model.rules.access import may
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import counted, parse_day
from spoc.model.values.plain import visible
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.child.child_lines import BAND, FILTERS, ChildLine, Item, lines, paint
from spoc.screens.child.linking import LinkScreen
from spoc.screens.child.looked import LookedScreen
from spoc.screens.child.member import MemberScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.going import Told
from spoc.storage.desk import Desk
from spoc.storage.persons import deaths, links, looks, person_page, statements
from spoc.storage.persons.person_page import GAP, PersonPage
from spoc.storage.persons.timeline import TimelineEvent
from spoc.widgets.pages.bindings import CONTACT, LIST, arrows, key, leaves
from spoc.widgets.pages.cells import packed
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import MessageScreen, RowsScreen

WIDE = 118  # from this many cells the record is beside a call


class ChildPage(MessageScreen[None], RowsScreen[None], ModalScreen[None]):
    """Shows one child. Everything added is a separate statement; nothing is overwritten.

    Not a list: a card over the page that opened it, whose lines are of several kinds.
    """

    CSS_PATH = "child_page.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "open", "open", "Open what is marked: a contact, somebody of the household", "child.open", LIST),
        key("a", "alert", "alert", "Add an alert, with its source and date", "child.alert", CONTACT),
        key("s", "say", "what was said", "Add what somebody said about the child", "child.say", CONTACT),
        key("m", "member", "household", "Add somebody who lives there or cares for the child", "child.member", CONTACT),
        key("d", "died", "died", "Say that the child has died", "child.died", CONTACT),
        key("n", "contact", "contact", "Begin the contact about a death: who is to be told, brothers and sisters",
            "child.contact", CONTACT),
        key("l", "link", "link", "Link another record of this child, or say it is another child", "child.link", CONTACT),
        key("x", "take_back", "take back", "Take back the marked statement, alert or link, with a reason",
            "child.take-back", CONTACT),
        key("f", "filter", "filter", "Show one kind of event, the next at each press", "child.filter", LIST),
        key("h", "whole", "household's too", "Show what happened to brothers and sisters too, or hide it",
            "child.household", LIST),
        key("y", "year", "year", "Go to the previous year", "child.year", LIST),
        key("w", "looked", "who has looked", "Show who has opened this child, and why", "child.looked", CONTACT),
        *arrows("child"),
        *leaves("child"),
        key("escape", "back", "back", "Go back", "child.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, person: bytes, purpose: str, *, beside: bool = False) -> None:
        super().__init__()
        self.desk, self.person, self.purpose, self.beside = desk, person, purpose, beside
        self.filter = 0
        self.household = False
        self.shown: PersonPage | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="child"):
            yield Header(self.desk.name, "Child")
            yield Static("", id="band", markup=False)
            yield Static("", id="message", markup=False)
            yield Rows(partial(self._paint))
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows: Rows[Item] = self.query_one(Rows)
        self.set_focus(self.rows)
        looks.opened(self.desk.store, self.desk.actor, self.person, self.purpose)
        self._read()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(self.beside and event.size.width >= WIDE, "-beside")
        self.call_after_refresh(self._show)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Writing in the record needs the role for it."""
        if action == "contact":
            return bool(self.shown and self.shown.record.died) and may(
                self.desk.actor.role, "contact.log"
            )
        changes = action in ("alert", "say", "member", "died", "link", "take_back")
        return not changes or may(self.desk.actor.role, "person.amend")

    def on_told(self, event: Told) -> None:
        self.say(event.words)

    # -- showing -----------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            store, actor = self.desk.store, self.desk.actor
            self.shown = person_page.page(store, actor, self.person, household=self.household)
        except Refusal as refused:
            self.say(str(refused))
            return
        self._show()

    def _show(self) -> None:
        of = self.shown
        if of is None:
            return
        store = self.desk.store
        self.query_one(Header).place = "Person" if of.record.own[0].kind == "adult" else "Child"
        warned = person_page.warnings(of, store)
        line = self.query_one("#band", Static)
        parts = person_page.headline(of, store).split(GAP)
        whole = packed(parts, line.size.width or self.size.width - 2, GAP)
        band = [Content.styled(visible(each), "bold") for each in whole]
        grave = [Content.styled(visible(each), "bold") for each in warned[:BAND]]
        if len(warned) > BAND:
            grave.append(Content(f"and {len(warned) - BAND} more below"))
        line.update(Content("\n").join([*band, *grave]))
        name, kinds = FILTERS[self.filter]
        happened = [each for each in of.events if not kinds or each.tbl in kinds]
        which = f", {name} only" if kinds else ""
        which += ", the household's" if self.household else ""
        head = ChildLine("Timeline", f"{counted(len(happened), 'event')}{which}", "bold")
        above = lines(of, store, self.rows.size.width or self.size.width)
        self.rows.show([*above, head, *happened], self.rows.marked)

    def _paint(self, item: Item, width: int) -> Content:
        owner = self.shown.whose(item) if self.shown and isinstance(item, TimelineEvent) else ""
        return paint(item, self.desk.store, width, owner)

    def _after(self, changed: bool | None) -> None:
        if changed:
            self.say("")
            self._read()

    # -- going about -------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Opens the marked contact or person."""
        item = self.rows.item
        if isinstance(item, TimelineEvent) and item.contact:
            from spoc.screens.contacts.page.contact_page import ContactPage

            self.app.push_screen(ContactPage(self.desk, item.contact), lambda _: self._read())
        elif isinstance(item, ChildLine) and item.person:
            other = bytes.fromhex(item.person)
            why = f"{self.purpose}, household"
            self.app.push_screen(
                ChildPage(self.desk, other, why, beside=self.beside), lambda _: self._read()
            )

    def action_filter(self) -> None:
        """Goes to the next kind of event."""
        self.filter = (self.filter + 1) % len(FILTERS)
        self._show()
        at = next(
            (
                n
                for n, each in enumerate(self.rows.items)
                if isinstance(each, ChildLine) and each.label == "Timeline"
            ),
            0,
        )
        self.rows.move(at - self.rows.marked)

    def action_whole(self) -> None:
        """Shows the timeline of the household, or of the child alone."""
        self.household = not self.household
        self._read()

    def action_year(self) -> None:
        """Goes to the first event of an earlier year than the marked one's; from the last to the first."""
        items = self.rows.items
        marked = self.rows.item
        year = marked.at[:4] if isinstance(marked, TimelineEvent) else "9999"
        dated = [
            (n, each.at[:4]) for n, each in enumerate(items) if isinstance(each, TimelineEvent)
        ]
        at = next((n for n, its in dated if its < year), dated[0][0] if dated else 0)
        self.rows.move(at - self.rows.marked)

    def action_looked(self) -> None:
        """Shows who has looked at this child."""
        if self.shown:
            found = looks.looked(self.desk.store, self.desk.actor, self.shown.record)
            self.app.push_screen(
                LookedScreen(person_page.headline(self.shown, self.desk.store), found)
            )

    @property
    def name_shown(self) -> str:
        """The name of the person on the page."""
        return (self.shown.record.first("name") if self.shown else "") or "the child"

    # -- writing -----------------------------------------------------------------------------------

    def action_alert(self) -> None:
        self._form("An alert, as somebody stated it", ALERT_FORM, self._write_alert)

    def action_member(self) -> None:
        """Asks who else lives there, among those known too."""
        if self.shown:
            self.app.push_screen(MemberScreen(self.desk, self.shown.record), self._after)

    def action_say(self) -> None:
        self._form(f"What somebody said about {self.name_shown}", SAYING_FORM, self._write_sayings)

    def action_died(self) -> None:
        """Records that the child has died, and offers what follows."""

        def after(written: bool | None) -> None:
            self._after(written)
            if written:
                self.say(
                    "n starts the contact that guides you through it: the child death overview panel, the records, "
                    "brothers and sisters."
                )
                self.refresh_bindings()

        title = f"{self.name_shown} has died"
        form = RecordScreen(self.desk, title, DIED_FORM, self._write_died, self.person.hex())
        self.app.push_screen(form, after)

    def action_contact(self) -> None:
        """Begins the contact about the death."""
        from spoc.screens.call.contact import ContactScreen

        if self.shown:
            draft = deaths.contact_about(self.desk.store, self.desk.actor, self.shown.record)
            self.app.push_screen(ContactScreen(self.desk, draft), lambda _: self._read())

    def _form(self, title: str, form: Any, write: Any) -> None:
        self.app.push_screen(
            RecordScreen(self.desk, title, form, write, self.person.hex()), self._after
        )

    def _write_alert(self, values: Mapping[str, str]) -> "Future[Any]":
        fields = {
            **values,
            **{name: self._day(values[name], name == "checked") for name in ("checked", "review")},
        }
        return statements.add(self.desk.store, self.desk.actor, self.person, "alert", fields)

    def _write_sayings(self, fields: Mapping[str, str]) -> "Future[Any]":
        facts = sayings(fields, lambda text: self._day(text))
        return statements.add_all(self.desk.store, self.desk.actor, self.person, facts)

    def _write_died(self, fields: Mapping[str, str]) -> "Future[Any]":
        on = self._day(fields["on"], True)
        return statements.died(self.desk.store, self.desk.actor, self.person, on, fields["said_by"])

    def _day(self, text: str, past: bool = False) -> str:
        """A typed day, in the stored form. Raises BadInput."""
        today: date = to_local(self.desk.store.now()).date()
        return parse_day(text, today, past).isoformat() if text.strip() else ""

    def action_link(self) -> None:
        """Shows which other records may be this child."""
        if self.shown:
            self.app.push_screen(LinkScreen(self.desk, self.shown.record), self._after)

    def action_take_back(self) -> None:
        """Takes back the marked line, with a reason."""
        item = self.rows.item
        if not isinstance(item, ChildLine) or not item.id or not item.tbl:
            self.say(
                "First mark a statement, an alert, somebody in the household or a link. Nothing was changed."
            )
            return
        words = f"{item.text}: it no longer shows, and stays in the history with your reason."
        self.app.push_screen(
            ReasonScreen(self.desk, "Take it back", words, item.id), partial(self._taken_back, item)
        )

    async def _taken_back(self, item: ChildLine, why: str | None) -> None:
        if not why:
            return
        store, actor, record = self.desk.store, self.desk.actor, bytes.fromhex(item.id)
        try:
            if item.tbl == "person_link":
                await wrap_future(links.undo(store, actor, item.tbl, record, why))
            else:
                await wrap_future(statements.take_back(store, actor, item.tbl, record, why))
        except Refusal as refused:
            self.say(f"{refused} The reason was: {why}")
            return
        self._after(True)
        self.say(f"Taken back: {item.text}")
