"""HTML tables that reporting servers save with a workbook's name: each table is a sheet."""

from collections.abc import Iterator
from typing import Any

from spoc.intake.source_table import Row, SourceTable
from spoc.model.attendance.cell_values import Cell


def sheets(text: str) -> Iterator[SourceTable]:
    """Every table of a page that contains no other; lines are counted in the table."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(text, "html.parser")
    tables = [each for each in page.find_all("table") if not each.find("table")]
    for at, table in enumerate(tables, 1):
        rows, hidden = _rows(table)
        yield SourceTable(f"table {at}" if len(tables) > 1 else "", rows, hidden)


def _rows(table: Any) -> tuple[list[Row], frozenset[int]]:
    rows: list[Row] = []
    hidden: set[int] = set()
    for line, row in enumerate(table.find_all("tr"), 1):
        cells: list[Cell] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            for gap in cell.find_all("br"):
                gap.replace_with("\n")
            cells.append(cell.get_text())
            span = str(cell.get("colspan") or "1")
            cells += [""] * (min(int(span), 500) - 1 if span.isdigit() else 0)
        if "display:none" in str(row.get("style") or "").replace(" ", ""):
            hidden.add(line)
        rows.append((line, cells))
    return rows, frozenset(hidden)
