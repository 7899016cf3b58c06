"""A return's workbook: a sheet for each theme with its numbers and charts, then definitions and late
entries.

Text is written as text, never as a formula. A hidden point is an empty cell: it is not drawn, and the
limits are calculated without it.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from spoc.model.measures.measure import Measure, units
from spoc.model.measures.return_cells import Cell, MeasurePoint
from spoc.model.spc import analyse
from spoc.model.values.plain import visible
from spoc.reports import return_files
from spoc.reports.chart import COLOURS
from spoc.reports.returns import Return
from spoc.storage.store import Store

_SUMMARY = (60, 12, 24)
_HEADS = ("Measure", "Value", "Numerator", "Denominator", "Unit", "Note")
_WIDTHS = (58, 12, 12, 12, 18, 60)
_CHART = {"width": 760, "height": 280}
_ROWS = 15  # lines that a chart covers
_LEAST = 3  # the fewest points for a chart
_NAMES = set("[]:*?/\\")


def workbook(store: Store, made: Return, heading: Sequence[str]) -> bytes:
    """The workbook as bytes."""
    import xlsxwriter

    data = BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": made.span.heading, "author": store.settings.get("service", "")})
    _Book(store, made, book).write(heading)
    book.close()
    return data.getvalue()


class _Book:
    def __init__(self, store: Store, made: Return, book: Any) -> None:
        self.store, self.made, self.book = store, made, book
        self.measures = store.pack.counting.measures
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.data: Any = None

    def write(self, heading: Sequence[str]) -> None:
        themes: dict[str, list[Cell]] = {}
        for cell in return_files.listed(self.made):
            themes.setdefault(self.measures[cell.measure].theme, []).append(cell)
        first = self._sheet("Summary", _SUMMARY)
        first.write_string(0, 0, self.store.settings.get("service", "") or "Return", self.title)
        parts = (*heading, *return_files.explained(self.made))
        for at, each in enumerate(parts, 1):
            first.write_string(at, 0, visible(each))
        line = len(parts) + 2
        for at, head in enumerate(("Measure", "Value", "Unit")):
            first.write_string(line, at, head, self.bold)
        for cell in return_files.listed(self.made):
            if cell.id == cell.measure and cell.value is not None:
                line += 1
                first.write_string(line, 0, visible(cell.title))
                self._number(first, line, 1, cell, cell.value)
                first.write_string(line, 2, return_files.unit_of(self.measures[cell.measure], cell))
        self.data = self.book.add_worksheet("Chart data")
        self.column = 0
        for theme, cells in themes.items():
            self._theme(theme, cells, heading)
        self._definitions()
        self.data.hide()

    def _sheet(self, name: str, widths: Iterable[int]) -> Any:
        sheet = self.book.add_worksheet(
            "".join("-" if each in _NAMES else each for each in name)[:31]
        )
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        return sheet

    def _theme(self, theme: str, cells: Sequence[Cell], heading: Sequence[str]) -> None:
        sheet = self._sheet(theme, _WIDTHS)
        sheet.write_string(0, 0, theme, self.title)
        for at, each in enumerate(heading, 1):
            sheet.write_string(at, 0, visible(each))
        line = len(heading) + 2
        for at, head in enumerate(_HEADS):
            sheet.write_string(line, at, head, self.bold)
        for cell in cells:
            line += 1
            sheet.write_string(line, 0, visible(cell.title))
            for at, number in enumerate((cell.value, cell.numerator, cell.denominator), 1):
                self._number(sheet, line, at, cell, number)
            sheet.write_string(line, 4, return_files.unit_of(self.measures[cell.measure], cell))
            sheet.write_string(line, 5, visible(return_files.note(self.made, cell)))
        line += 2
        for code in dict.fromkeys(cell.measure for cell in cells):
            points = self.made.counted.points.get(code, ())
            if sum(self._drawn(point) is not None for point in points) >= _LEAST:
                sheet.insert_chart(
                    line, 0, self._chart(self.measures[code], points), {"object_position": 1}
                )
                line += _ROWS

    def _number(self, sheet: Any, line: int, at: int, cell: Cell, number: float | None) -> None:
        """Writes a cell's number if it may leave."""
        text = return_files.cell_text(self.made, cell, number)
        if text and text != return_files.SUPPRESSED:
            sheet.write_number(line, at, float(text))
        elif text:
            sheet.write_string(line, at, text)

    def _drawn(self, point: MeasurePoint) -> float | None:
        """The value of a point if it may be drawn."""
        return point.value if self.made.shows(point) else None

    def _chart(self, measure: Measure, points: Sequence[MeasurePoint]) -> Any:
        """A native chart of a measure by month, over its data on the hidden sheet."""
        values = [self._drawn(point) for point in points]
        found = analyse(
            values,
            [point.span.start for point in points],
            improvement_direction=measure.direction,
            target=measure.target,
            preset="plotthedots-gaps",
        ).points
        lower = [None if each is None else max(0.0, each) for each in found["lpl"]]
        upper = found["upl"]
        if measure.is_share:
            upper = [None if each is None else min(100.0, each) for each in upper]
        columns = {
            measure.title: values,
            "Mean": found["mean"],
            "Lower limit": lower,
            "Upper limit": upper,
        }
        assert self.data is not None
        left, last = self.column, len(points)
        self.data.write_string(0, left, measure.title)
        for at, point in enumerate(points, 1):
            self.data.write_string(at, left, point.span.title)
        chart = self.book.add_chart({"type": "line"})
        for step, (name, column) in enumerate(columns.items(), 1):
            self.data.write_string(0, left + step, name)
            for at, value in enumerate(column, 1):
                if value is not None:
                    self.data.write_number(at, left + step, value)
            chart.add_series(
                {
                    "name": ["Chart data", 0, left + step],
                    "categories": ["Chart data", 1, left, last, left],
                    "values": ["Chart data", 1, left + step, last, left + step],
                    **_STYLES[step - 1],
                }
            )
        chart.set_title({"name": measure.title, "name_font": {"size": 12}})
        chart.set_y_axis({"min": 0, "name": "%" if measure.is_share else units(measure.unit)})
        chart.set_legend({"position": "bottom"})
        chart.show_blanks_as("gap")
        chart.show_hidden_data()
        chart.set_size(_CHART)
        self.column += len(columns) + 2
        return chart

    def _definitions(self) -> None:
        sheet = self._sheet("Definitions", (40, 70, 60, 20, 50))
        for at, head in enumerate(("Measure", "Definition", "Left out", "Unit", "Source")):
            sheet.write_string(0, at, head, self.bold)
        used = dict.fromkeys(cell.measure for cell in self.made.counted.cells)
        for line, code in enumerate(used, 1):
            each = self.measures[code]
            source = f"{each.source.title}, {each.source.edition}"
            words = (each.title, each.definition, each.exclusions, each.unit, source)
            for at, text in enumerate(words):
                sheet.write_string(line, at, visible(text))


_LIMIT = {"line": {"color": "#666666", "dash_type": "dash", "width": 1}}
_STYLES = (
    {
        "line": {"color": COLOURS["common_cause"], "width": 2},
        "marker": {"type": "circle", "size": 5, "fill": {"color": COLOURS["common_cause"]}},
    },
    {"line": {"color": "#000000", "width": 1}},
    _LIMIT,
    _LIMIT,
)
