"""A chart as SVG: a picture for a report, sharp at any size. Words are escaped, never markup."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from spoc.model.values.plain import visible
from spoc.reports.chart import COLOURS, Chart, label, number, summary
from spoc.reports.plot import point_of, stretches

_WIDTH, _HEIGHT = 960, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 70, 340  # the plot's edges
_LINE = 18  # between lines of words
_LABELS = 6
_STYLE = {
    "mean": 'stroke="#000" stroke-width="1.5"',
    "lower": 'stroke="#666" stroke-dasharray="6 4"',
    "upper": 'stroke="#666" stroke-dasharray="6 4"',
    "value": 'stroke="#888" stroke-width="1.5"',
}


def svg(chart: Chart) -> str:
    """The chart as an SVG document."""
    words = [each for each in (summary(chart), chart.latest, chart.assurance, *chart.notes) if each]
    words += [f"{label(day)}: {text}" for day, text in chart.marks]
    height = max(_HEIGHT, _BOTTOM + 50 + _LINE * (len(words) + 1))
    body = "\n".join(_body(chart, words))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label={quoteattr(visible(chart.title))} font-family="sans-serif" font-size="13">\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _body(chart: Chart, words: list[str]) -> Iterator[str]:
    yield _text(_LEFT, 30, chart.title, 'font-size="18" font-weight="bold"')
    values = [
        each
        for point in chart.points
        for each in (point.value, point.lower, point.upper, chart.target)
        if each is not None
    ]
    low, high = min([0.0, *values]), max([1.0, *values])
    last = max(1, len(chart.points) - 1)

    def x(at: int) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * at / last, 1)

    def y(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low), 1)

    yield f'<path d="M{_LEFT} {_TOP}V{_BOTTOM}H{_WIDTH - _RIGHT}" fill="none" stroke="#000"/>'
    for part in range(5):
        value = low + (high - low) * part / 4
        yield _text(_LEFT - 8, y(value) + 4, number(round(value, 1)), 'text-anchor="end"')
    for at in sorted({round(last * part / (_LABELS - 1)) for part in range(_LABELS)}):
        if at < len(chart.points):
            anchor = "end" if at == last else "middle"
            yield _text(x(at), _BOTTOM + 20, label(chart.points[at].day), f'text-anchor="{anchor}"')
    for name, style in _STYLE.items():
        for places, numbers in stretches(chart, name):
            line = " ".join(
                f"{x(at)},{y(value)}" for at, value in zip(places, numbers, strict=True)
            )
            yield f'<polyline points="{line}" fill="none" {style}/>'
    if chart.target is not None:
        level = y(chart.target)
        yield f'<path d="M{_LEFT} {level}H{_WIDTH - _RIGHT}" stroke="#c00" stroke-dasharray="2 3"/>'
        yield _text(_WIDTH - _RIGHT, level - 4, "target", 'text-anchor="end"')
    days = [point.day for point in chart.points]
    for day, _ in chart.marks:
        if (where := point_of(days, day)) is not None:
            yield f'<path d="M{x(where)} {_TOP}V{_BOTTOM}" stroke="#999" stroke-dasharray="1 3"/>'
    for at, point in enumerate(chart.points):
        if point.value is not None:
            colour = COLOURS[point.kind]
            yield f'<circle cx="{x(at)}" cy="{y(point.value)}" r="4" fill="{colour}"/>'
            if point.letter:
                yield _text(
                    x(at), y(point.value) - 8, point.letter, 'text-anchor="middle" font-size="11"'
                )
    for at, sentence in enumerate(words):
        yield _text(_LEFT, _BOTTOM + 50 + _LINE * at, sentence, "")


def _text(x: float, y: float, words: str, style: str) -> str:
    return f'<text x="{x}" y="{y}" {style}>{escape(visible(words))}</text>'
