"""The unborn board: who is expected when, whether the ward has a plan, and how it ended."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.model.followups.unborn import (
    BIRTH_FORM,
    BORN,
    ENDED,
    GONE_FORM,
    LOST,
    MOVED,
    MOVED_FORM,
    PLAN_FORM,
    Unborn,
)
from spoc.model.forms.forms import Field
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import shown_day
from spoc.model.values.plain import visible
from spoc.screens.contacts.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.storage.desk import Desk
from spoc.storage.followups import unborn
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.cells import fitted
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

WHEN = 13
_WORDS = {BORN: "born", LOST: "lost", ENDED: "ended", MOVED: "moved"}


class UnbornScreen(Screen[None]):
    """Shows the babies who are expected, the next first. What was lost shows to those who work the case alone."""

    CSS_PATH = "unborn.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("p", "plan", "plan", "The plan for the birth: on the ward, and who holds it", "unborn.plan", LIST),
        key("b", "born", "born", "Born: a record for the child; again for a twin", "unborn.born", LIST),
        key("m", "moved", "moved", "Moved to another area", "unborn.moved", LIST),
        key("l", "gone('lost')", "lost", "The baby was lost; what is due to the family stops", "unborn.lost", LIST),
        key("d", "gone('ended')", "ended", "The pregnancy ended; what is due to the family stops", "unborn.ended", LIST),
        key("a", "all", "all", "Those who were born or moved too, or the expected alone", "unborn.all", LIST),
        key("enter", "open", "open", "Open the last contact about them", "unborn.open", LIST),
        *arrows("unborn"),
        *leaves("unborn"),
        key("escape", "back", "back", "Go back", "unborn.back", LIST),
    ]  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.every = False

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Unborn board")
        yield Static("", id="heads", markup=False)
        yield Rows(self._paint)
        yield Static("", id="empty", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)

    def on_screen_resume(self) -> None:
        self._read()

    def on_resize(self) -> None:
        name, weeks, _ = self._columns(self.size.width - 2)
        heads = f"  {'Due date':{WHEN}}{'Weeks':{weeks}}{'Baby':{name}}Plan on the ward, held by"
        self.query_one("#heads", Static).update(Content.styled(heads, "$dim"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Steps need somebody on the board; one who was born or is gone takes no other end, but twins are born."""
        each: Unborn | None = self.query_one(Rows).item if self.is_mounted else None
        if action in ("moved", "gone", "plan"):
            return each is not None and not each.ended
        if action == "born":
            return each is not None and each.ended in ("", BORN)
        return action != "open" or bool(each and each.contact)

    def _read(self) -> None:
        found = unborn.board(self.desk.store, self.desk.actor, every=self.every)
        self.rows.show(found, self.rows.marked)
        self.rows.display = self.query_one("#heads").display = bool(found)
        self.set_focus(self.rows if found else None)
        empty = self.query_one("#empty", Static)
        empty.display = not found
        empty.update(
            "No unborn baby is expected here.\n\nOne comes onto the board with a call: unborn (u) in Child, then "
            "the due date."
        )
        self.refresh_bindings()

    @staticmethod
    def _columns(width: int) -> tuple[int, int, int]:
        room = max(30, width - WHEN)
        name, weeks = room * 30 // 100, room * 28 // 100
        return name, weeks, room - name - weeks

    @property
    def _late(self) -> timedelta:
        return self.desk.store.pack.limits.get("not-born", timedelta(weeks=2))

    def _paint(self, each: Unborn, width: int) -> Content:
        from datetime import date

        name, weeks, rest = self._columns(width)
        today = to_local(self.desk.store.now()).date()
        due = shown_day(date.fromisoformat(each.edd)) if each.edd else "not known"
        late = each.overdue(today, self._late)
        stands = each.weeks(today, self._late)
        outcome = ""
        if each.ended:
            on = f" {shown_day(date.fromisoformat(each.ended_on))}" if each.ended_on else ""
            outcome = ", ".join(each.born) or each.area
            stands = f"{_WORDS[each.ended]}{on}"
        named = each.name if not each.mother_name else f"baby of {each.mother_name}"
        held = f", {each.holder}" if each.holder else ""
        plan = {"yes": f"plan{f' ({each.plan_where})' if each.plan_where else ''}", "no": "NO PLAN"}
        return Content.assemble(
            (fitted(due, WHEN - 1) + " ", "$dim"),
            (
                fitted(visible(f"! {stands}" if late else stands), weeks - 1) + " ",
                "bold $error-words" if late else "",
            ),
            (fitted(visible(named), name - 1) + " ", "bold"),
            fitted(visible(outcome or plan.get(each.plan, "not asked yet") + held), rest),
        )

    # -- keys --------------------------------------------------------------------------------------

    def _ask(
        self,
        title: str,
        form: tuple[Field, ...],
        act: Callable[[Any, Any, Unborn, Mapping[str, str]], "Future[Any]"],
    ) -> None:
        each = self.rows.item
        if each is None:
            return
        write = partial(act, self.desk.store, self.desk.actor, each)
        self.app.push_screen(
            RecordScreen(self.desk, f"{title}: {each.name}", form, write, each.person.hex())
        )

    def action_plan(self) -> None:
        self._ask("Plan for the birth", PLAN_FORM, unborn.plan)

    def action_born(self) -> None:
        self._ask("Born", BIRTH_FORM, unborn.born)

    def action_moved(self) -> None:
        self._ask("Moved", MOVED_FORM, unborn.moved)

    def action_gone(self, how: str) -> None:
        def gone(store: Any, actor: Any, each: Unborn, said: Mapping[str, str]) -> "Future[Any]":
            return unborn.gone(store, actor, each, how, said)

        title = "Lost" if how == LOST else "The pregnancy ended"
        self._ask(title, GONE_FORM, gone)

    def action_all(self) -> None:
        self.every = not self.every
        self.query_one(Header).state = "those born or moved too" if self.every else ""
        self._read()

    def action_open(self) -> None:
        each = self.rows.item
        if each is not None and each.contact:
            self.app.push_screen(ContactPage(self.desk, each.contact))

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self.refresh_bindings()

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)
        self.refresh_bindings()

    def action_back(self) -> None:
        self.dismiss(None)
