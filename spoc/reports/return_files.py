"""A return as files: what stays in the service, and what may leave as a workbook and as CSV.

Nothing hidden is in a file that leaves: no number, no percentage, no point of a chart, no limit.
"""

import csv
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.measures.measure import Measure, digits, units
from spoc.model.measures.return_cells import Cell
from spoc.model.rules.clock import to_local
from spoc.model.values import jsontext
from spoc.model.values.dates import shown_day
from spoc.model.values.plain import for_spreadsheet, visible
from spoc.reports.returns import Return, chosen, is_empty_part
from spoc.storage.store import Store

INSIDE, OUTSIDE = "return.json", "send"
SUPPRESSED = "suppressed"
_OWN = 0o600  # only the person who wrote it may read it


def heading(made: Return, signed_by: str) -> list[str]:
    """The heading of every form of a return: the period's dates, and how reliable it is."""
    parts = [made.span.heading]
    if made.today < made.span.start:
        parts.append("The period has not begun: there is nothing to count.")
    elif made.running:
        parts.append("The period is still running: the numbers will grow.")
    parts.append(
        f"Frozen, signed by {signed_by}." if signed_by else "DRAFT: not signed, not frozen."
    )
    if made.begins is None or made.begins >= made.span.end:
        on = f"on {shown_day(made.begins)}, after this period" if made.begins else "not yet"
        parts.append(f"Recording began {on}: a 0 here says nothing.")
    elif made.begins > made.span.start:
        parts.append(
            f"Recording began on {shown_day(made.begins)}, within the period: it is not whole."
        )
    return [*parts, *made.settings]


def return_json(store: Store, made: Return, signed_by: str = "") -> dict[str, Any]:
    """The return as it stays in the service: true numbers, and the ids behind each."""
    measures = store.pack.counting.measures
    return {
        "period": made.span.code,
        "heading": heading(made, signed_by),
        "start": made.span.start.isoformat(),
        "end": made.span.end.isoformat(),
        "running": made.running,
        "state": "frozen" if signed_by else "draft",
        "signed_by": signed_by,
        "service": store.settings.get("service", ""),
        "recipient": made.recipient.code,
        "pack": {"id": store.pack.id, "digest": store.pack.digest},
        "cells": [
            {
                "id": cell.id,
                "title": cell.title,
                "value": cell.value,
                "numerator": cell.numerator,
                "denominator": cell.denominator,
                "contacts": list(cell.contacts),
                "denominator_contacts": list(cell.of),
                "unit": cell.unit,
                "origin": measures[cell.measure].origin,
                "definition": chosen(store, measures[cell.measure]).definition,
                "exclusions": measures[cell.measure].exclusions,
                "note": cell.note,
                "sent": made.shows(cell) and cell.value is not None and not is_empty_part(cell),
            }
            for cell in made.counted.cells
        ],
    }


def write(
    store: Store, made: Return, out: Path, signed_by: str = "", own: Path | None = None
) -> list[Path]:
    """Writes a return into a folder: ``return.json`` for the service, ``send/`` for the recipient.

    ``own`` is the recipient's own workbook: a filled copy also goes into ``send``. Raises BadInput if the
    folder cannot be written, or the workbook filled; an existing file is replaced as a whole.
    """
    from spoc.reports.workbook import workbook

    beside = [(own.name, _filled(store, made, own, signed_by))] if own else []

    name = f"return-{made.span.code}"
    inside, send = out / INSIDE, out / OUTSIDE
    try:
        send.mkdir(parents=True, exist_ok=True)
        text = jsontext.dumps(return_json(store, made, signed_by), indent=1)
        _replace(inside, text.encode())
        _replace(send / f"{name}.csv", _csv(store, made, signed_by))
        _replace(send / f"{name}.xlsx", workbook(store, made, heading(made, signed_by)))
        for each, data in beside:
            _replace(send / each, data)
    except OSError as error:
        raise BadInput(
            f"The return was not written to {visible(str(out))}: {error.strerror}. Name another folder with --out."
        ) from None
    return [
        inside,
        send / f"{name}.csv",
        send / f"{name}.xlsx",
        *(send / each for each, _ in beside),
    ]


def _filled(store: Store, made: Return, own: Path, signed_by: str) -> bytes:
    """The recipient's own workbook with the numbers that may leave. Raises BadInput."""
    from spoc.reports import own_workbook

    places = store.pack.counting.workbooks.get(made.recipient.code)
    if not places:
        raise BadInput(
            f"The pack does not say what goes where in a workbook of {made.recipient.title}; nothing was made. "
            f"Write [workbook] {made.recipient.code} into returns.toml of your pack."
        )
    try:
        data = own.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{visible(str(own))} cannot be read: {error.strerror}. Nothing was made."
        ) from None
    fields = own_workbook.values(made, places, signed_by, to_local(store.now()).date())
    return own_workbook.filled(data, fields, own.name)


def _replace(file: Path, data: bytes) -> None:
    """Writes a file that only its writer may read; the former one stays complete until it is there."""
    fresh = file.with_name(f"{file.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN)
    with open(handle, "wb") as opened:
        opened.write(data)
    os.replace(fresh, file)


def _csv(store: Store, made: Return, signed_by: str) -> bytes:
    """The table that may leave."""
    from io import StringIO

    lines = StringIO()
    writer = csv.writer(lines)
    heads = ("id", "title", "unit", "value", "numerator", "denominator", "from", "to", "source")
    writer.writerow((*heads, "definition", "exclusions", "note"))
    for cell in listed(made):
        fields = row(store, made, cell)
        writer.writerow(
            [text if key in NUMBERS else for_spreadsheet(text) for key, text in fields.items()]
        )
    writer.writerow([])
    for each in (*heading(made, signed_by), *explained(made)):
        writer.writerow([for_spreadsheet(each)])
    return lines.getvalue().encode("utf-8-sig")


def listed(made: Return) -> list[Cell]:
    """The cells of the files that leave: all except empty parts."""
    return [cell for cell in made.counted.cells if made.recipient.zeros or not is_empty_part(cell)]


def row(store: Store, made: Return, cell: Cell) -> Mapping[str, str]:
    """A cell as a row of the tables that leave."""
    measure = chosen(store, store.pack.counting.measures[cell.measure])
    value, one, of = (
        cell_text(made, cell, each) for each in (cell.value, cell.numerator, cell.denominator)
    )
    return {
        "id": cell.id,
        "title": cell.title,
        "unit": unit_of(measure, cell),
        "value": value,
        "numerator": one,
        "denominator": of,
        "from": made.span.start.isoformat(),
        "to": (made.span.end - timedelta(days=1)).isoformat(),
        "source": "supplied" if measure.origin == "supplied" else "counted by the desk",
        "definition": measure.definition,
        "exclusions": measure.exclusions,
        "note": note(made, cell),
    }


NUMBERS = frozenset(("value", "numerator", "denominator"))  # a change may begin with a minus


def unit_of(measure: Measure, cell: Cell) -> str:
    """The unit of a cell's number; for a percentage, what it is a percentage of."""
    whole = measure.is_share and cell.unit == measure.unit
    return f"% of {units(cell.unit)}" if whole else cell.unit


def cell_text(made: Return, cell: Cell, value: float | None) -> str:
    """A cell's number, or why there is none."""
    if not made.shows(cell):
        return SUPPRESSED if value is not None or cell.value is None else ""
    return digits(value)


def note(made: Return, cell: Cell) -> str:
    """The note of a cell, unless it would reveal a hidden number."""
    return cell.note if made.shows(cell) else ""


def explained(made: Return) -> tuple[str, ...]:
    """How to read missing numbers."""
    under = made.recipient.under
    return (
        f"“{SUPPRESSED}”: the count, or what it is a share of, is below {under}, or would give such a count back.",
        "A part of a breakdown that has none is not listed.",
        "Weeks run from Monday to Sunday and days from midnight to midnight, in London time.",
    )
