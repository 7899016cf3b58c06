"""A chart drawn with characters, for a terminal or a widget of it."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from spoc.reports.chart import IN_TERMINAL, Chart, Point, label

_LINE = {"mean": "white", "lower": "gray", "upper": "gray"}
_TICKS = 5


def draw(plt: Any, chart: Chart, *, chosen: int | None = None) -> None:
    """Draw on a plotext figure; ``chosen`` is the point that is picked out."""
    plt.clear_figure()
    for name, colour in _LINE.items():
        for stretch in stretches(chart, name):
            plt.plot(*stretch, color=colour, marker="·" if name != "mean" else "-")
    if chart.target is not None and chart.points:
        plt.plot([0, len(chart.points) - 1], [chart.target] * 2, color="red", marker="=")
    for xs, ys in stretches(chart, "value"):
        plt.plot(xs, ys, color=_rgb(IN_TERMINAL["common_cause"]), marker="braille")
    for at, point in enumerate(chart.points):
        if point.value is not None:
            marker = point.letter or "•"
            plt.scatter([at], [point.value], color=_rgb(IN_TERMINAL[point.kind]), marker=marker)
    days = [point.day for point in chart.points]
    for day, _ in chart.marks:
        if (at := place(days, day)) is not None:
            plt.vline(at, color="gray")
    if chosen is not None and chosen < len(days):
        plt.vline(chosen, color="white")
    if days:
        places = sorted({round(each * (len(days) - 1) / (_TICKS - 1)) for each in range(_TICKS)})
        plt.xticks(places, [label(days[each])[:-5] for each in places])


def in_terminal(chart: Chart, width: int, height: int) -> str:
    """The chart as text with its colours, for a terminal of this size."""
    import plotext

    draw(plotext, chart)
    plotext.plotsize(width, height)
    plotext.theme("clear")
    return str(plotext.build())


def stretches(chart: Chart, name: str) -> Iterator[tuple[list[int], list[float]]]:
    """The unbroken stretches of a line: a gap breaks it, and so does a new phase."""

    def piece(numbered: tuple[int, Point]) -> tuple[bool, int]:
        value = getattr(numbered[1], name)
        return value is None, 0 if name == "value" else numbered[1].phase

    for (missing, _), part in groupby(enumerate(chart.points), piece):
        if not missing:
            held = list(part)
            yield [at for at, _ in held], [getattr(point, name) for _, point in held]


def place(days: list[str], day: str) -> int | None:
    """The point that a day belongs to: the last that begins no later."""
    found = [at for at, each in enumerate(days) if each <= day]
    return found[-1] if found else None


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
