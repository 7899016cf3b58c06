"""A chart drawn with characters, for a terminal or a widget in one."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from spoc.reports.chart import Chart, ChartPoint, label

# The colours of the points, as far as they can be told from a terminal's background; and of the lines.
DARK = {
    "common_cause": "#a6a6a6",
    "improvement": "#00b0f0",
    "concern": "#f08a3c",
    "neutral": "#b48cf2",
    "mean": "#e8edee",
    "limit": "#9aa9b5",
    "target": "#ffb81c",
}
LIGHT = {
    "common_cause": "#5a5a5a",
    "improvement": "#005eb8",
    "concern": "#a84300",
    "neutral": "#490092",
    "mean": "#17212b",
    "limit": "#53616d",
    "target": "#7a5200",
}
# For a terminal with an unknown background.
EITHER = DARK | {
    "common_cause": "#808080",
    "mean": "default",
    "limit": "default",
    "target": "default",
}
_LINES = {"mean": ("mean", "-"), "lower": ("limit", "·"), "upper": ("limit", "·")}
_TICKS = 5


def draw(
    plt: Any, chart: Chart, *, chosen: int | None = None, colours: Mapping[str, str] = DARK
) -> None:
    """Draws on a plotext figure; ``chosen`` is the highlighted point."""
    plt.clear_figure()
    paint = {name: _rgb(colour) for name, colour in colours.items()}
    for name, (colour, marker) in _LINES.items():
        for stretch in stretches(chart, name):
            plt.plot(*stretch, color=paint[colour], marker=marker)
    if chart.target is not None and chart.points:
        plt.plot([0, len(chart.points) - 1], [chart.target] * 2, color=paint["target"], marker="=")
    for xs, ys in stretches(chart, "value"):
        plt.plot(xs, ys, color=paint["common_cause"], marker="braille")
    for at, point in enumerate(chart.points):
        if point.value is not None:
            marker = point.letter or "•"
            plt.scatter([at], [point.value], color=paint[point.kind], marker=marker)
    days = [point.day for point in chart.points]
    for day, _ in chart.marks:
        if (where := point_of(days, day)) is not None:
            plt.vline(where, color=paint["limit"])
    if chosen is not None and chosen < len(days):
        plt.vline(chosen, color=paint["mean"])
    if days:
        plt.xlim(-0.5, len(days) - 0.5)  # no point is on the frame
        places = sorted({round(each * (len(days) - 1) / (_TICKS - 1)) for each in range(_TICKS)})
        plt.xticks(places, [label(days[each])[:-5] for each in places])
    heights = {
        each
        for point in chart.points
        for each in (point.value, point.lower, point.upper, point.mean, chart.target)
        if each is not None
    }
    if len(heights) == 1:  # a line without limits must not go below 0 if no value does
        (height,) = heights
        plt.ylim(max(0, height - 1) if height >= 0 else height - 1, height + 1)


def in_terminal(chart: Chart, width: int, height: int) -> str:
    """The chart as text with its colours, for a terminal of this size."""
    import plotext

    draw(plotext, chart, colours=EITHER)
    plotext.plotsize(width, height)
    plotext.theme("clear")
    return str(plotext.build())


def stretches(chart: Chart, name: str) -> Iterator[tuple[list[int], list[float]]]:
    """The unbroken stretches of a line: a gap breaks it, and so does a new phase."""

    def piece(numbered: tuple[int, ChartPoint]) -> tuple[bool, int]:
        value = getattr(numbered[1], name)
        return value is None, 0 if name == "value" else numbered[1].phase

    for (missing, _), part in groupby(enumerate(chart.points), piece):
        if not missing:
            points = list(part)
            yield [at for at, _ in points], [getattr(point, name) for _, point in points]


def point_of(days: list[str], day: str) -> int | None:
    """The point that a day belongs to: the last that begins on or before it."""
    found = [at for at, each in enumerate(days) if each <= day]
    return found[-1] if found else None


def _rgb(colour: str) -> tuple[int, int, int] | str:
    """A colour in plotext's form; one that has a name keeps it."""
    if not colour.startswith("#"):
        return colour
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
