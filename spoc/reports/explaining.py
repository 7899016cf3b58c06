"""What is behind a number: the contacts it counts, and what was restated since a return was frozen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.records import tables
from spoc.model.measures import return_cells as quantities
from spoc.model.measures.measure import SUPPLIED
from spoc.model.measures.period import Span, year_before
from spoc.model.measures.record_kinds import CONTACT
from spoc.model.measures.return_cells import Cell, Restated
from spoc.model.rules.access import require
from spoc.model.rules.clock import shown_instant
from spoc.model.values.dates import quoted
from spoc.model.values.instants import from_text
from spoc.model.values.reference import reference
from spoc.reports.return_counts import CHANGE, YEAR_BEFORE
from spoc.reports.returns import Return
from spoc.storage.contacts.reading.listing import start_of
from spoc.storage.counts import behind, submissions, supplied
from spoc.storage.counts.behind import Behind
from spoc.storage.counts.submissions import Cause
from spoc.storage.store import Store


def cell_of(made: Return, name: str) -> Cell:
    """A return's cell by id. Raises BadInput with the nearest ones."""
    cells = {cell.id: cell for cell in made.counted.cells}
    folded = {each.casefold(): each for each in cells}
    if found := folded.get(name.strip().casefold()):
        return cells[found]
    begins = name.split("/")[0].casefold()
    near = [each for each in cells if each.casefold().startswith(begins)] or list(cells)
    raise BadInput(
        f"{quoted(name)} is not a cell of this return. There are: {', '.join(near[:8])}"
        f"{' …' if len(near) > 8 else ''}."
    )


def explained(store: Store, actor: Actor, made: Return, cell: Cell) -> dict[str, Any]:
    """A cell with its definition and a row for each record behind it; no rows for a number that others
    supplied."""
    measure = store.pack.counting.measures[cell.measure]
    lines = behind.lines(store, actor, [bytes.fromhex(each) for each in cell.contacts])
    rows = [each for each in lines if each.row]
    ends = over_at(made.span)
    then = submissions.frozen(store, made.span, made.recipient.code)
    was = next((each for each in then.cells if each.id == cell.id), None) if then else None
    return {
        "id": cell.id,
        "title": cell.title,
        "period": made.span.code,
        "dates": made.span.dates,
        "unit": cell.unit,
        "value": cell.value,
        "numerator": cell.numerator,
        "denominator": cell.denominator,
        "definition": measure.definition,
        "exclusions": measure.exclusions,
        "source": f"{measure.source.title}, {measure.source.edition}",
        "note": cell.note,
        "frozen": {"value": was.value, "at": then.made_at, "signed_by": then.signed_by}
        if then and was
        else None,
        "contacts": list(cell.contacts),
        "denominator_contacts": list(cell.of),
        "after_period": [each.id.hex() for each in rows if each.row and each.row.logged_at >= ends],
        "rows": [_row(each) for each in lines],
    }


def _row(behind_it: Behind) -> dict[str, Any]:
    """A record behind a cell: for a contact its row in a list, otherwise words."""
    row = behind_it.row
    if row is None:
        return {"id": behind_it.id.hex(), "words": behind_it.words}
    return {
        "id": behind_it.id.hex(),
        "contact": row.id.hex(),
        "received_at": row.received_at,
        "logged_at": row.logged_at,
        "restricted": row.restricted,
        "open": row.open,
        "service": row.service,
        "category": row.category,
        "outcome": row.outcome,
        "children": list(row.children),
    }


def over_at(span: Span) -> str:
    """When a period is over (UTC text)."""
    return start_of(span.end)


def compared(store: Store, actor: Actor, made: Return) -> dict[str, Any]:
    """What has changed in a frozen return, cell by cell, with the entries that caused it.

    Raises BadInput if the period was never frozen.
    """
    require(actor.role, "report.make")
    then = submissions.frozen(store, made.span, made.recipient.code)
    if then is None:
        raise BadInput(
            f"No return of {made.span.code} was frozen; there is nothing to compare with. Freeze one with: "
            f"spoc report return --period {made.span.code} --out DIR --freeze --signed-by NAME"
        )
    changes = quantities.restated(then.cells, made.counted.cells)
    behind_it = _behind(store, made, changes)
    touched = {record for records in behind_it.values() for record in records}
    causes = submissions.causes(store, touched, then.seen)
    return {
        "period": made.span.code,
        "dates": made.span.dates,
        "frozen_at": then.made_at,
        "frozen_by": then.made_by,
        "signed_by": then.signed_by,
        "changes": [
            asdict(change)
            | {
                "added": list(change.added),
                "removed": list(change.removed),
                "entries": [
                    _cause_fields(cause, contact)
                    for contact in behind_it[change.id]
                    for cause in causes.get(contact, ())
                ],
            }
            for change in changes
        ],
    }


def _behind(store: Store, made: Return, changes: Sequence[Restated]) -> dict[str, Sequence[str]]:
    """The records (hex) that changed each cell."""
    of = {cell.id: cell.of for cell in made.counted.cells}
    known = store.pack.counting.measures
    found: dict[str, Sequence[str]] = {}
    for each in changes:
        # A median may change while the records behind it stay the same.
        found[each.id] = (*each.added, *each.removed) or of.get(each.id, ())
        if each.measure in known and known[each.measure].origin == SUPPLIED:
            before = each.id.endswith(f"/{YEAR_BEFORE}")
            span = year_before(made.span) if before else made.span
            found[each.id] = (supplied.record_of(known[each.measure], span).hex(),)
    for each in changes:  # the change on the year before follows from the two
        if each.id == f"{each.measure}/{CHANGE}":
            from_these = (each.measure, f"{each.measure}/{YEAR_BEFORE}")
            found[each.id] = [one for name in from_these for one in found.get(name, ())]
    return found


def _cause_fields(cause: Cause, contact: str) -> dict[str, Any]:
    return asdict(cause) | {"contact": contact, "fields": list(cause.fields)}


def in_words(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """The entries behind a change, one line per act: which record, what was done to it, when, by whom and
    why."""
    acts: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for each in entries:
        acts.setdefault((each["contact"], each["at"], each["by"], each["why"]), []).append(each)
    return [
        f"{_called(act)}: {_done(act)}, {when(at)}, {by}{f', because: {why}' if why else ''}"
        for (_, at, by, why), act in acts.items()
    ]


def _called(act: Sequence[Mapping[str, Any]]) -> str:
    """An act's record: a contact by its reference."""
    record = str(act[0]["contact"])
    for each in act:
        own = tables()[each["table"]].owner == CONTACT and each["record"] != record
        if each["table"] == CONTACT or own:
            return f"contact {reference(record)}"
    if act[0]["table"] == "supplied":
        return "what was supplied"
    return f"{act[0]['table']} {record[-8:]}"


def _done(act: Sequence[Mapping[str, Any]]) -> str:
    """What an act did: with a contact, everything that belongs to it is logged."""
    seen: dict[str, None] = {}
    for each in act:
        if each["table"] == "supplied":
            seen["corrected" if each["why"] else "added"] = None
            continue
        new = tables()[each["table"]].begins in each["fields"]
        if new and each["table"] == CONTACT:
            return "written down"
        done = "added" if new else f"changed ({', '.join(each['fields'])})"
        seen[f"{each['table']} {done}"] = None
    return ", ".join(seen)


def when(text: str) -> str:
    """An instant of a record in words."""
    return shown_instant(from_text(text)) if text else "unknown"
