"""A record's change in the words of a contact's history: the labels of its field and codes, never a key."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from types import MappingProxyType
from typing import Any

from spoc.model.forms.forms import RELEASE_FORM, Field
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.table import Column, Table
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text

_IN_WORDS = {"advisor": "who goes on with it", "claimed_at": "claimed", "claimed_by": "claimed by"}
ADDED = "_added"  # the field of a change that is a separate record, added later


def change_words(
    table: Table, field: str, before: Any, value: Any, form: Sequence[Field], pack: Pack
) -> str:
    """A change in words: "category: was “Physical abuse”, now “Neglect”".

    ``field`` is the ledger's: a column, a code of a set ("issues.burn"), VOID or ADDED, or, for an answer,
    its question's code.
    """
    if field in (VOID, ADDED):
        done = "added" if field == ADDED else "taken out"
        if table.name == "contact_person":
            return f"{value} {done}"
        return f"{table.name.replace('_', ' ')} {done}: {_value(table.column('code'), value, pack)}"
    name, _, element = field.partition(".")
    label, column = field_label(table, name, form, pack), table.column(name)
    if element:
        return f"{label}: {_value(column, element, pack)} {'added' if value else 'taken out'}"
    was, now = _value(column, before, pack), _value(column, value, pack)
    return f"{label}: was “{was}”, now “{now}”"


def value_words(
    table: Table,
    field: str,
    value: Any,
    pack: Pack,
    names: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A field's value in words; for a code of a set, or a record, whether it is there. ``names`` are those of the
    people that a value may refer to, by id (hex)."""
    if field == VOID:
        return "taken out" if value else "kept"
    name, _, element = field.partition(".")
    column = table.column(name)
    if column and column.kind == "ref" and value:
        return names.get(str(value), "somebody else")
    if element:
        return f"{'' if value else 'not '}{_value(table.column(name), element, pack)}"
    return _value(table.column(name), value, pack)


def field_label(table: Table, name: str, form: Sequence[Field], pack: Pack) -> str:
    """A field's name within a sentence: "NHS number", "by when"."""
    if name == VOID:
        return table.name.replace("_", " ")
    labels = {each.code: each.label for each in pack.guide.questions} | {
        each.key: each.label for each in (*form, *RELEASE_FORM)
    }
    column = table.column(name)
    label = (
        (column.label if column else "")
        or labels.get(name)
        or _IN_WORDS.get(name, name).replace("_", " ")
    )
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _value(column: Column | None, value: Any, pack: Pack) -> str:
    codes = column.codes if column else ""
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(pack.label(codes, each) for each in value)
    if column and column.kind == "instant":
        return shown_instant(from_text(str(value)))
    if column and column.kind == "day":
        with suppress(ValueError):
            return shown_day(date.fromisoformat(str(value)))
    return pack.label(codes, str(value)) if codes else str(value)
