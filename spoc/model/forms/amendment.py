"""Amending: what a changed field says, read from what was typed. The only reading of a field after closing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.child import (
    AGE,
    DOB,
    EDD,
    Terms,
    birth_in_doubt,
    birth_typed,
    child_of,
    unlikely,
    with_birth,
)
from spoc.model.ledger.table import Column, Value
from spoc.model.rules.clock import Hours, shown_instant, to_local
from spoc.model.rules.codes import Code
from spoc.model.rules.due import DueRule, due, due_typed, parse_due, parse_when
from spoc.model.values import nhs_number
from spoc.model.values.ages import kept_age
from spoc.model.values.dates import parse_day, shown_day
from spoc.model.values.instants import from_text, utc_text

YES_NO = "yes-no"  # the list of answers that it must come from
CLEAR = "-"  # typed alone, it leaves a field empty


# The fields that a closed contact can do without; closing needs all others, and so does amending.
_CLEARABLE = {
    "dob",
    "said_by",
    "office",
    "edd",
    "age",
    "nhs_number",
    "callback",
    "record_system",
    "record_number",
    "detail",
}


def clearable(column: Column) -> bool:
    """Whether an amendment may leave the field empty."""
    return column.name in _CLEARABLE


def as_typed(column: Column, value: Any) -> str:
    """A stored value as one would type it; empty for a set of codes, which are typed one at a time."""
    if value is None or column.kind == "many":
        return ""
    return _reading(column).typed(value)


def of_birth(column: Column) -> bool:
    """Whether the field says when somebody was born or is due: a day or an age, read as in a call."""
    return column.name in (DOB, EDD, AGE)


def amended_birth(
    fields: Mapping[str, Any], typed: str, terms: Terms, *, sure: bool
) -> dict[str, Value]:
    """The fields of a person that change with a newly typed birth; empty if nothing changes.

    Raises BadInput if it is impossible, or if it is unlikely and was not chosen as right.
    """
    names = (DOB, EDD, AGE, "age_on", "doubt")
    before = child_of(fields)
    if typed.strip() in ("", birth_typed(before)) and not sure:
        return {}
    after = with_birth(before, "" if typed.strip() == CLEAR else typed, terms, sure=sure)
    if birth_in_doubt(after):
        raise BadInput(f"{unlikely(after, terms)} ↓ chooses it; otherwise type it again.")
    return {
        name: getattr(after, name) or None
        for name in names
        if getattr(after, name) != getattr(before, name)
    }


def amended(
    column: Column,
    current: Any,
    typed: str,
    code: Code | None,
    now: datetime,
    hours: Hours,
    agreed: datetime | None = None,
) -> dict[str, Value]:
    """The ledger fields that an amendment sets: usually one; empty if nothing changes.

    A code of a set is added, or taken out if it is already there. A due time counts from when the action
    was ``agreed``. Raises BadInput with a sentence.
    """
    text = typed.strip()
    if column.kind == "many":
        if code is None:
            raise BadInput("Choose a code: one that is there is taken out, another is added.")
        parts: Sequence[str] = current or ()
        return {f"{column.name}.{code.code}": code.code not in parts}
    if text in ("", as_typed(column, current)):
        return {}
    if text == CLEAR:
        if not clearable(column):
            raise BadInput(
                "This cannot be left empty: a closed contact holds it. Say what is right."
            )
        return {column.name: None} if current is not None else {}
    read = _reading(column).read(_Read(column, text, code, now, hours))
    if column.name != "due":
        return {column.name: read}
    at = due(DueRule.parse(read), agreed or now, hours).at
    return {"due": read, "due_at": utc_text(at) if at else None}


@dataclass(frozen=True, slots=True)
class _Read:
    """What was typed into an amendment, the code that was chosen, and the context for reading it."""

    column: Column
    text: str
    code: Code | None
    now: datetime
    hours: Hours


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a value is typed, and how what is typed is read."""

    typed: Callable[[Any], str]
    read: Callable[[_Read], str]


def _instant(line: _Read) -> str:
    past = line.column.name in ("received_at", "at")
    when = parse_when(line.text, line.now, line.hours, past=past)
    if not isinstance(when, datetime):
        raise BadInput(f"“{line.text}” is a span, not a time: write 20 Nov 2026 09:14.")
    return utc_text(when)


def _due(line: _Read) -> str:
    return str(parse_due(line.text, line.now, line.hours))


def _plain(line: _Read) -> str:
    if line.column.codes == YES_NO and line.code is None:
        raise BadInput(f"“{line.text}” is neither yes nor no; nothing was changed.")
    return line.code.code if line.code else line.text


# By the name of the column or, where it has no reading of its own, by its kind.
_PLAIN = _Reading(str, _plain)
_READINGS = {
    "due": _Reading(due_typed, _due),
    "nhs_number": _Reading(
        lambda value: nhs_number.grouped(value) if len(value) == 10 else str(value),
        lambda value: nhs_number.parse(value.text),
    ),
    AGE: _Reading(lambda value: kept_age(value).words, _plain),
    "instant": _Reading(lambda value: shown_instant(from_text(value)).partition(" ")[2], _instant),
    "day": _Reading(
        lambda value: shown_day(date.fromisoformat(value)),
        lambda value: parse_day(value.text, to_local(value.now).date()).isoformat(),
    ),
}


def _reading(column: Column) -> _Reading:
    return _READINGS.get(column.name) or _READINGS.get(column.kind, _PLAIN)
