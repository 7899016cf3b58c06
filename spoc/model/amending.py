"""Amending: what a changed field says, from what was typed. The one reading of a field after close."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from spoc.model import nhs_number
from spoc.model.clock import Hours, parse_when, shown, to_local
from spoc.model.codes import Code
from spoc.model.dates import parse_day, shown_day
from spoc.model.errors import BadInput
from spoc.model.instants import from_text, utc_text
from spoc.model.records import Column, Value

CLEAR = "-"  # typed alone, it leaves a field empty


def as_typed(column: Column, value: Any) -> str:
    """A stored value as one would type it; a set of codes is typed one at a time, so empty."""
    if value is None or column.kind == "many":
        return ""
    if column.kind == "instant":
        return shown(from_text(value)).partition(" ")[2]
    if column.kind == "day":
        return shown_day(date.fromisoformat(value))
    return (
        nhs_number.shown(value) if column.name == "nhs_number" and len(value) == 10 else str(value)
    )


def amended(
    column: Column, current: Any, typed: str, code: Code | None, now: datetime, hours: Hours
) -> dict[str, Value]:
    """The ledger fields that an amendment sets: usually one; empty where nothing changes.

    A code of a set is added, or taken out where it is already in. Raises BadInput in a sentence.
    """
    text = typed.strip()
    if column.kind == "many":
        if code is None:
            raise BadInput("Choose a code: one that is there is taken out, another is added.")
        held: Sequence[str] = current or ()
        return {f"{column.name}.{code.code}": code.code not in held}
    if text in ("", as_typed(column, current)):
        return {}
    if text == CLEAR:
        return {column.name: None} if current is not None else {}
    return {column.name: _read(column, text, code, now, hours)}


def _read(column: Column, text: str, code: Code | None, now: datetime, hours: Hours) -> str:
    if column.kind == "instant":
        when = parse_when(text, now, hours)
        if not isinstance(when, datetime):
            raise BadInput(f"“{text}” is a span, not a time: write 20 Nov 2026 09:14.")
        return utc_text(when)
    if column.kind == "day":
        past = column.name == "dob"
        return parse_day(text, to_local(now).date(), past=past).isoformat()
    if column.name == "nhs_number":
        return nhs_number.parse(text)
    return code.code if code else text
