"""The summary table: each measure with its latest point, its limits, and whether anything really changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import work
from textual.content import Content
from textual.worker import get_current_worker

from spoc.model.measures.measure import Measure
from spoc.reports import series as reading
from spoc.reports.chart import Chart
from spoc.reports.series import Series
from spoc.screens.desk.pages.list_screen import LinesScreen, list_keys
from spoc.screens.reports.measure_line import heads, line
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import LIST, key
from spoc.widgets.pages.header import Header


@dataclass(frozen=True, slots=True)
class Charted:
    """A series with its chart, worked out once."""

    series: Series
    chart: Chart | None


class DashboardScreen(LinesScreen[None, Charted]):
    """Lists the week's measures, or the parts of one. The first appears before the rest."""

    CSS_PATH = "dashboard.tcss"
    BINDINGS = [
        key("enter", "open", "chart", "Show the chart of the marked measure", "activity.open", LIST),
        key("b", "parts", "break down", "Break the marked measure down; press again for another way", "activity.parts", LIST),
        key("w", "kind", "weeks or months", "Count by week, or by month", "activity.kind", LIST),
        key("s", "supplied", "supplied", "What others supply: type in a number, or correct one", "activity.supplied", LIST),
        *list_keys("activity"),
    ]  # fmt: skip
    PLACE = "What the service did"

    def __init__(
        self, desk: Desk, measure: Measure | None = None, by: str = "", kind: str = "week"
    ) -> None:
        super().__init__(desk)
        self.measure, self.by, self.kind = measure, by, kind
        self.seen: tuple[object, ...] = ()

    def heading(self, width: int) -> Content:
        return heads(width)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a measure with parts can be broken down; numbers from others belong to whole measures."""
        if action == "supplied":
            return self.measure is None
        return action != "parts" or bool(self._dimensions())

    def _dimensions(self) -> tuple[str, ...]:
        if self.measure is not None:
            return self.measure.by
        item = self.item
        return item.series.measure.by if item and item.chart else ()

    # -- reading -----------------------------------------------------------------------------------

    def read(self) -> None:
        """Reads the series, the first before the rest; again once anything was written, or is counted
        differently."""
        shown = (self.desk.store.changes(), self.by, self.kind)
        if shown == self.seen:
            return
        self.seen = shown
        about = self.measure.title if self.measure else "the weekly measures"
        by = f", by {self.by.replace('_', ' ')}" if self.by else ""
        self.query_one(Header).about = f"{about}{by}, by {self.kind}"
        self.say("Counting …")
        self._read()

    @work(thread=True, exclusive=True, group="series")
    def _read(self) -> None:
        worker = get_current_worker()
        store, actor = self.desk.store, self.desk.actor
        if self.measure is not None:
            found = reading.read_parts(store, actor, self.measure, self.by, self.kind)
            made = [Charted(each, reading.charted(each)) for each in found.values()]
            if not worker.is_cancelled:
                self.app.call_from_thread(self._show, made, True)
            return
        measures = reading.weekly(store)
        done: list[Charted] = []
        for part in (measures[:1], (*measures[1:], *reading.supplied_of(store))):
            found = reading.read(store, actor, part, self.kind)
            done += [
                Charted(each, reading.charted(each))
                for each in found.values()
                if each.measure.origin == "desk" or any(value is not None for value in each.values)
            ]
            if not worker.is_cancelled:
                self.app.call_from_thread(self._show, list(done), len(done) > 1)

    def _show(self, made: Sequence[Charted], whole: bool) -> None:
        if not self.is_attached:
            return
        points = max((len(each.series.spans) for each in made), default=0)
        self.take(made if points else ())
        if not points:
            self.say(
                "No whole week is recorded yet. Charts begin with the first one, Monday to Sunday."
            )
        elif whole:
            days = "Monday to Sunday" if self.kind == "week" else "calendar months"
            self.say(
                f"{points} whole {self.kind}s, {days}, London time; the current one is left out. "
                "“Too few to tell”: take months, or t on the chart."
            )

    def paint(self, item: Charted, width: int) -> Content:
        return line(item.series, item.chart, width)

    # -- keys --------------------------------------------------------------------------------------

    def action_open(self) -> None:
        item = self.item
        if item is not None and item.chart is not None:
            from spoc.screens.reports.chart import ChartScreen

            self.app.push_screen(ChartScreen(self.desk, item.series))

    def action_parts(self) -> None:
        """Shows the parts of the marked measure; for a measure already broken down, by the next field."""
        every = self._dimensions()
        if self.measure is not None:
            self.by = every[(every.index(self.by) + 1) % len(every)]
            self.rows.show([])
            self.read()
        elif every and (item := self.item) is not None:
            self.app.push_screen(
                DashboardScreen(self.desk, item.series.measure, every[0], self.kind)
            )

    def action_supplied(self) -> None:
        from spoc.screens.reports.supplying import SuppliedScreen

        self.app.push_screen(SuppliedScreen(self.desk))

    def action_kind(self) -> None:
        self.kind = "month" if self.kind == "week" else "week"
        self.read()
