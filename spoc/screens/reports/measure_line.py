"""A measure as one line of the summary table: the latest point, mean, limits, and what it means in a letter."""

from textual.content import Content

from spoc.model.values.plain import visible
from spoc.reports import chart as charts
from spoc.reports.chart import Chart
from spoc.reports.series import Series
from spoc.widgets.pages.cells import cropped, fitted

_NUMBERS = (7, 7, 15)  # latest, mean, limits
_SIGN = 16
# From the theme, so that they can be read in each: the words say it anyway.
_COLOURS = {"improvement": "$primary", "concern": "$warning", "neutral": "$foreground"}
_WORDS = {
    "common cause, nothing but noise": "· no signal",
    "H improvement, high": "H improvement",
    "L improvement, low": "L improvement",
    "H concern, high": "H concern",
    "L concern, low": "L concern",
    "H special cause, high": "H special cause",
    "L special cause, low": "L special cause",
}


def heads(width: int) -> Content:
    """The headings of the table."""
    room = _room(width)
    latest, mean, limits = _NUMBERS
    return Content.styled(
        f"  {'Measure':<{room}}{'Latest':>{latest}}{'Mean':>{mean}}{'Limits':>{limits}}  {'Shows':<{_SIGN}}",
        "$dim",
    )


def line(series: Series, drawn: Chart | None, width: int) -> Content:
    """One measure."""
    room = _room(width)
    rate = f", {series.per_staff:.1f}/100 staff" if series.per_staff is not None else ""
    title = fitted(cropped(visible(series.title), room - 1 - len(rate)) + rate, room - 1)
    if drawn is None:
        return Content.assemble(f"{title:<{room}}", ("nothing to draw yet", "$dim"))
    last = drawn.points[-1]
    latest, mean, limits = _NUMBERS
    around = (
        f"{charts.number(last.lower)} to {charts.number(last.upper)}"
        if last.upper is not None
        else "none"
    )
    sign = "%" if series.measure.is_share else ""
    words = "too few to tell" if drawn.doubtful else _WORDS.get(drawn.verdict, drawn.verdict)
    assured = f" {drawn.assurance[:1]}" if drawn.assurance else ""
    kind = next((each for each in ("improvement", "concern") if each in drawn.verdict), "neutral")
    signal = words.startswith(("H ", "L "))
    row = (words, f"bold {_COLOURS[kind]}" if signal else "$dim")
    return Content.assemble(
        f"{title:<{room}}",
        (f"{charts.number(last.value) + sign:>{latest}}", "bold"),
        f"{charts.number(last.mean):>{mean}}{around:>{limits}}  ",
        row,
        assured,
    )


def _room(width: int) -> int:
    return max(20, width - sum(_NUMBERS) - _SIGN - 3)
