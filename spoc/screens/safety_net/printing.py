"""The cases on show as a text to print: what waits, and a line to write on."""

from collections.abc import Sequence

from spoc.model.rules.clock import to_local
from spoc.model.values.dates import counted
from spoc.model.values.plain import visible
from spoc.screens.safety_net.lines import age_words
from spoc.storage.attendances.listing import Line, Wanted
from spoc.storage.contacts import readback
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit


def write(desk: Desk, shown: Sequence[Line], wanted: Wanted) -> str:
    """Write the cases to a new file beside the store; gives its path. Recorded before it is written."""
    now = desk.store.now()
    said = ", ".join(wanted.words()) or "all"
    audit.record(
        desk.store, desk.actor, "export", purpose="print", detail=f"worklist, {len(shown)}, {said}"
    ).result()
    path = readback.file_of(desk.folder, "worklist", now)
    head = f"ED safety net, {counted(len(shown), 'case')} ({said}), printed {to_local(now):%d %b %Y %H:%M} by {desk.actor.name}"
    lines = [head, ""]
    for each in shown:
        told = [
            each.arrived.replace("T", " "),
            age_words(each),
            each.name or "name not given",
            each.site,
            each.number,
        ]
        lines += [
            "[ ] " + visible("  ".join(told)),
            "    " + visible(" ".join(each.complaint.split()) or "(no complaint)"),
            "    " + (", ".join(each.flags) or "no flags"),
            *([f"    late: {visible(each.late_why)}"] if each.late_why else []),
            "",
        ]
    readback.write(str(path), "\n".join(lines))
    return str(path)
