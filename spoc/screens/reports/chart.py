"""One chart: going from point to point, the contacts behind each, notes and new limits."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static
from textual_plotext import PlotextPlot

from spoc.model.measures.measure import DESK, units
from spoc.model.values.plain import visible
from spoc.reports import chart as charts
from spoc.reports import series as reading
from spoc.reports.plot import DARK, LIGHT, draw
from spoc.reports.series import Series
from spoc.screens.desk.pages.by_role import ByRoleScreen
from spoc.screens.reports.behind import BehindScreen
from spoc.screens.reports.marking import MarkScreen
from spoc.storage.counts.marks import NOTE, REBASE
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import CONTACT, LIST, MOVE, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar

_LOWEST = 12  # lines that the plot always has, whatever is below it


class ChartScreen(ByRoleScreen[None]):
    """Draws a series, with the notes on it."""

    CSS_PATH = "chart.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("left", "step(-1)", "earlier", "Go to the previous point", "chart.left", MOVE),
        key("right", "step(1)", "later", "Go to the next point", "chart.right", MOVE),
        key("enter", "behind", "what is behind", "List what this point counts", "chart.behind", LIST),
        key("n", "note", "note", "Note what happened at this point", "chart.note", CONTACT),
        key("r", "rebase", "new limits", "Start new limits at this point: a decision", "chart.rebase", CONTACT),
        key("w", "kind", "weeks or months", "Count by week, or by month", "chart.kind", LIST),
        key("t", "between", "time between", "Chart the days between events, or the counts again", "chart.between", LIST),
        key("home", "step(-999)", "first", "Go to the first point", "chart.first", MOVE, show=False),
        key("end", "step(999)", "last", "Go to the last point", "chart.last", MOVE, show=False),
        key("escape", "back", "back", "Go back to the table", "chart.back", LIST),
    ]  # fmt: skip

    NEEDS: ClassVar = {"note": "report.decide", "rebase": "report.decide", "behind": "contact.view"}

    def __init__(self, desk: Desk, series: Series) -> None:
        super().__init__()
        self.desk, self.series = desk, series
        self.between = False
        self.at = len(series.spans) - 1

    def compose(self) -> ComposeResult:
        yield Header(
            self.desk.name,
            "Chart",
        )
        yield Static("", id="point", markup=False)
        yield PlotextPlot()
        yield Static("", id="words", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key works if the role may do it and this chart can."""
        measure = self.series.measure
        whole = "/" not in measure.code  # a part of a breakdown has no notes of its own
        if not self.allows(action):
            return False
        if action in ("note", "rebase"):
            return whole and not self.between
        if action == "behind":
            return measure.origin == DESK and not self.between
        if action == "between":
            counts = not measure.is_share and measure.unit != "child" and not measure.at_end
            return measure.origin == DESK and counts
        return action != "kind" or (measure.origin == DESK and whole)

    def redraw(self) -> None:
        """Draws the chart and describes the marked point."""
        store, actor = self.desk.store, self.desk.actor
        drawn = (
            reading.between(store, actor, self.series)
            if self.between
            else reading.charted(self.series)
        )
        self.query_one(Header).about = drawn.title if drawn else self.series.title
        plot = self.query_one(PlotextPlot)
        if drawn is None or not drawn.points:
            plot.plt.clear_figure()
            plot.refresh()
            self._show_point("", ["Nothing to draw yet."])
            return
        self.at = max(0, min(self.at, len(drawn.points) - 1))
        colours = DARK if self.app.current_theme.dark else LIGHT
        draw(plot.plt, drawn, chosen=self.at, colours=colours)
        plot.refresh()
        year = "" if self.between else reading.year_on_year(self.series)
        rate = "" if self.between else reading.per_staff(self.series)
        words = [charts.summary(drawn), year, rate, drawn.latest, drawn.assurance, *drawn.notes]
        words += [f"{charts.label(day)}: {text}" for day, text in drawn.marks]
        self._show_point(self._point(drawn), [each for each in words if each])
        self.refresh_bindings()

    def _point(self, drawn: charts.Chart) -> str:
        """The marked point in words, with its unit."""
        point = drawn.points[self.at]
        text = {"H": "H high", "L": "L low"}.get(point.letter, "")
        if self.between:
            days = charts.number(point.value)
            return f"{charts.label(point.day)}: {days} days since the one before   {text}"
        span, series = self.series.spans[self.at], self.series
        value = charts.number(point.value)
        if series.measure.is_share:
            one, of = series.numbers[self.at]
            value = f"{value} % ({one} of {units(series.measure.unit, of)})"
            if point.value is None:
                value = f"no point: {one} of {of} is too few"
        else:
            value = (
                "a gap: nothing is recorded"
                if point.value is None
                else units(series.measure.unit, point.value)
            )
        return f"{span.title}, {span.dates}: {value}   {text}"

    def say(self, sentence: str) -> None:
        """Shows a sentence in place of the marked point, until another is marked."""
        self.query_one("#point", Static).update(Content(visible(sentence)))

    def _show_point(self, point: str, words: list[str]) -> None:
        self.query_one("#point", Static).update(Content(visible(point)))
        room = max(3, self.size.height - _LOWEST - 4)
        lines = [visible(each) for each in words[:room]]
        self.query_one("#words", Static).update(Content("\n".join(lines)))

    # -- keys --------------------------------------------------------------------------------------

    def action_step(self, step: int) -> None:
        self.at += step
        self.redraw()

    def action_behind(self) -> None:
        """Lists the contacts (or children) that the marked point counts."""
        if self.series.spans:
            span = self.series.spans[self.at]
            ids = reading.behind(self.desk.store, self.desk.actor, self.series, self.at)
            self.app.push_screen(BehindScreen(self.desk, self.series.measure, span, ids))

    def action_note(self) -> None:
        self._mark(NOTE)

    def action_rebase(self) -> None:
        self._mark(REBASE)

    def _mark(self, kind: str) -> None:
        span = self.series.spans[self.at]
        screen = MarkScreen(self.desk, self.series.measure, kind, span.start)
        self.app.push_screen(screen, self._marked)

    def _marked(self, done: bool | None) -> None:
        if done:
            self._read(self.series.kind)

    def action_kind(self) -> None:
        self._read("month" if self.series.kind == "week" else "week")

    def _read(self, kind: str) -> None:
        measure = self.series.measure
        found = reading.read(self.desk.store, self.desk.actor, [measure], kind)
        if kind != self.series.kind:
            self.at = len(found[measure.code].spans) - 1
        self.series = found[measure.code]
        self.redraw()

    def action_between(self) -> None:
        self.between = not self.between
        self.at = 10_000
        self.redraw()

    def action_back(self) -> None:
        self.dismiss(None)
