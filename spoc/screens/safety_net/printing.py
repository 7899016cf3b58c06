"""The cases on show as a page to print: what is waiting, and a box to tick."""

from collections.abc import Sequence
from pathlib import Path

from spoc.model.values.dates import counted
from spoc.reports import paper
from spoc.screens.safety_net.lines import age_words
from spoc.storage.attendances.listing import WorklistFilter, WorklistRow
from spoc.storage.desk import Desk


def write(desk: Desk, shown: Sequence[WorklistRow], wanted: WorklistFilter) -> Path:
    """Saves the cases as a page for the printer; returns where it is. Raises a Refusal."""
    text = ", ".join(wanted.words()) or "all"
    days = sorted({each.arrived[:10] for each in shown})
    sections = [(day, [_words(each) for each in shown if each.arrived[:10] == day]) for day in days]
    title = f"ED safety net, {counted(len(shown), 'case')} ({text})"
    detail = f"{len(shown)}, {text}"
    return paper.write(desk, "worklist", title, sections, boxes=True, detail=detail)


def _words(each: WorklistRow) -> str:
    row = (
        each.arrived[11:],
        age_words(each),
        each.name or "name not given",
        each.site,
        each.number,
        " ".join(each.complaint.split()) or "(no complaint)",
        ", ".join(each.flags) or "no flags",
        f"late: {each.late_why}" if each.late_why else "",
    )
    return "  ·  ".join(filter(None, row))
