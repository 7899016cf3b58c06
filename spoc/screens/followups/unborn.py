"""The unborn board: who is expected when, whether the ward has a plan, and how it ended."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import date, timedelta
from functools import partial
from typing import Any

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
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, ListScreen, list_keys
from spoc.storage.desk import Desk
from spoc.storage.followups import unborn
from spoc.widgets.pages.bindings import LIST, key
from spoc.widgets.pages.header import Header

_WORDS = {BORN: "born", LOST: "lost", ENDED: "ended", MOVED: "moved"}


class UnbornScreen(ListScreen[None, Unborn]):
    """Shows the babies who are expected, the earliest first. Only those who work the case see a lost one."""

    BINDINGS = [
        key("p", "plan", "plan", "The plan for the birth: on the ward, and who holds it", "unborn.plan", LIST),
        key("b", "born", "born", "Born: a record for the child; again for a twin", "unborn.born", LIST),
        key("m", "moved", "moved", "Moved to another area", "unborn.moved", LIST),
        key("l", "gone('lost')", "lost", "The baby was lost; what is due to the family stops", "unborn.lost", LIST),
        key("d", "gone('ended')", "ended", "The pregnancy ended; what is due to the family stops", "unborn.ended", LIST),
        key("a", "all", "all", "Show those born or moved too, or only those expected", "unborn.all", LIST),
        key("enter", "open", "open", "Open the last contact about them", "unborn.open", LIST),
        *list_keys("unborn"),
    ]  # fmt: skip

    PLACE = "Unborn board"
    COLUMNS = (
        ListColumn("Due date", 13),
        ListColumn("Weeks", share=28),
        ListColumn("Baby", share=38, people=True),
        ListColumn("Plan, held by"),
    )
    EMPTY = (
        "No unborn baby is expected here.\n\nOne comes onto the board with a call: unborn (u) in Child, then "
        "the due date."
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.every = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Steps need somebody on the board; for one who was born or is gone there is no other end, except
        that twins are born."""
        each = self.item
        if action in ("moved", "gone", "plan"):
            return each is not None and not each.ended
        if action == "born":
            return each is not None and each.ended in ("", BORN)
        return action != "open" or bool(each and each.contact)

    def query_items(self) -> list[Unborn]:
        return unborn.board(self.desk.store, self.desk.actor, every=self.every)

    @property
    def _late(self) -> timedelta:
        return self.desk.store.pack.limits.get("not-born", timedelta(weeks=2))

    def cells(self, item: Unborn) -> tuple[Cell, ...]:
        today = to_local(self.desk.store.now()).date()
        due = shown_day(date.fromisoformat(item.edd)) if item.edd else "not known"
        late = item.overdue(today, self._late)
        state = item.weeks(today, self._late)
        outcome = ""
        if item.ended:
            on = f" {shown_day(date.fromisoformat(item.ended_on))}" if item.ended_on else ""
            outcome = ", ".join(item.born) or item.area
            state = f"{_WORDS[item.ended]}{on}"
        named = item.name if not item.mother_name else f"baby of {item.mother_name}"
        text = f", {item.holder}" if item.holder else ""
        plan = {"yes": f"plan{f' ({item.plan_where})' if item.plan_where else ''}", "no": "NO PLAN"}
        weeks: Cell = (f"! {state}", "bold $error-words") if late else state
        rest = outcome or plan.get(item.plan, "not asked yet") + text
        return (due, "$dim"), weeks, (named, "bold"), rest

    # -- keys --------------------------------------------------------------------------------------

    def _ask(
        self,
        title: str,
        form: tuple[Field, ...],
        act: Callable[[Any, Any, Unborn, Mapping[str, str]], "Future[Any]"],
    ) -> None:
        each = self.item
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
        self._ask("Moved", MOVED_FORM, unborn.record_move)

    def action_gone(self, how: str) -> None:
        def gone(store: Any, actor: Any, each: Unborn, fields: Mapping[str, str]) -> "Future[Any]":
            return unborn.gone(store, actor, each, how, fields)

        title = "Lost" if how == LOST else "The pregnancy ended"
        self._ask(title, GONE_FORM, gone)

    def action_all(self) -> None:
        self.every = not self.every
        self.query_one(Header).state = "those born or moved too" if self.every else ""
        self.read()

    def action_open(self) -> None:
        each = self.item
        if each is not None and each.contact:
            self.app.push_screen(ContactPage(self.desk, each.contact))
