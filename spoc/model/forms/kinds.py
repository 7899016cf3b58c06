"""Every kind of slot on a call sheet.

A kind of field is one of ``KINDS``. The parts of a child and of an action, and a question of the walk, are
also kinds of slot. A kind has no state: what was taken is on the sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.child import AGE_BAND, Terms, birth_typed
from spoc.model.forms.child_input import named, take_age, take_birth, take_child, take_reference
from spoc.model.forms.forms import Field
from spoc.model.forms.kind import SlotKind, TypedText, not_coded
from spoc.model.forms.sheet import (
    IN_HOURS,
    NAMED,
    NO_NAMES,
    OUT_OF_HOURS,
    UNBORN,
    Person,
    Sheet,
    with_action,
    with_caller,
    with_child,
    with_code,
    with_value,
)
from spoc.model.rules.clock import Hours, NotKnown, in_hours, shown_instant, to_local
from spoc.model.rules.codes import Code, Pack
from spoc.model.rules.due import due, due_typed, parse_due, parse_when
from spoc.model.rules.guiding.guiding import ANSWERED, answer_of, answered, reopened
from spoc.model.values import nhs_number
from spoc.model.values.dates import quoted
from spoc.model.values.instants import from_text, utc_text

REMEMBERED = ("service", "role", "callback")


class _Text(SlotKind):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        chosen = line.choice.name if isinstance(line.choice, Person) else line.words
        return with_value(sheet, slot, chosen)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return sheet.values.get(slot, "")

    def copied(self, sheet: Sheet, last: Sheet, slot: str) -> Sheet:
        value = last.values.get(slot, "")
        return with_value(sheet, slot, value) if value else sheet


class _Code(_Text):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return with_value(sheet, slot, line.code or line.words)

    def coded(self, sheet: Sheet, slot: str) -> str:
        return sheet.values.get(slot, "")


class _Outcome(SlotKind):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return replace(sheet, outcome=line.code or line.words)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return sheet.outcome

    def coded(self, sheet: Sheet, slot: str) -> str:
        return sheet.outcome

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        return replace(sheet, outcome=then.outcome)

    def copied(self, sheet: Sheet, last: Sheet, slot: str) -> Sheet:
        return replace(sheet, outcome=last.outcome)

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        return not_coded((sheet.outcome,) if sheet.outcome else (), field, pack, on)


class _When(SlotKind):
    """When the contact was received."""

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        typed, hours = line.words, line.hours
        if not typed or typed == self.line_text(sheet, slot):
            return sheet
        when = parse_when(typed, line.now, hours, past=True)
        if not isinstance(when, datetime):
            raise BadInput(
                f"“{typed}” is a span, not a time; a contact is received at a time: 0914 or t-1 1630."
            )
        if when > line.now:
            raise BadInput(
                f"{shown_instant(when)} is still to come; a contact is received before it is logged."
            )
        own = hours_code(from_text(sheet.received_at), hours)
        if sheet.values.get("hours", "") in ("", own):  # the advisor has not set it
            sheet = with_value(sheet, "hours", hours_code(when, hours))
        return with_value(sheet, slot, utc_text(when))

    def line_text(self, sheet: Sheet, slot: str) -> str:
        """The time in the form a field shows: "20 Nov 2026 09:14"."""
        return shown_instant(from_text(sheet.received_at)).partition(" ")[2]

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        return ""


class _Notes(SlotKind):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return replace(sheet, notes=line.text)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return sheet.notes

    def filled(self, sheet: Sheet, slot: str) -> bool:
        return False  # there is always more to write

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        return "" if sheet.notes.strip() else f"{field.label}: write what was said and agreed."


class _Caller(SlotKind):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        if isinstance(line.choice, Person):
            return with_caller(sheet, line.choice, REMEMBERED)
        if line.words == sheet.caller.name:
            return sheet
        name = named(line.words, "their number goes into Call-back no.")
        return with_caller(sheet, Person(name=name, kind="professional"), REMEMBERED)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return sheet.caller.name

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        return replace(sheet, caller=then.caller)

    def copied(self, sheet: Sheet, last: Sheet, slot: str) -> Sheet:
        return with_caller(sheet, last.caller, REMEMBERED)

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        return "" if sheet.caller.name else f"{field.label}: say who is calling."


class _Several(SlotKind):
    several = True

    def filled(self, sheet: Sheet, slot: str) -> bool:
        return bool(self.held(sheet, slot))

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        now = list(self.held(sheet, slot))
        for place, each in enumerate(self.held(then, slot)):
            if each not in now:
                now.insert(min(place, len(now)), each)
        return self.with_held(sheet, slot, now)


class _Many(_Several):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        # A list takes only codes: unknown text stays where it was typed.
        return with_code(sheet, slot, line.code) if line.code else super().take(sheet, slot, line)

    def held(self, sheet: Sheet, slot: str) -> tuple[Any, ...]:
        return sheet.many.get(slot, ())

    def with_held(self, sheet: Sheet, slot: str, rows: Sequence[Any]) -> Sheet:
        return replace(sheet, many={**sheet.many, slot: tuple(rows)})

    def names(self, sheet: Sheet, field: Field, pack: Pack) -> list[str]:
        return [pack.brief(field.codes, each) for each in self.held(sheet, field.key)]

    def copied(self, sheet: Sheet, last: Sheet, slot: str) -> Sheet:
        for code in self.held(last, slot):
            sheet = with_code(sheet, slot, code)
        return sheet

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        return not_coded(sheet.many.get(field.key, ()), field, pack, on)


class _Actions(_Several):
    parts = {"who": "Who", "due": "By when"}

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        if isinstance(line.choice, Code):
            return with_action(sheet, line.choice, utc_text(line.now))
        return super().take(sheet, slot, line)

    def held(self, sheet: Sheet, slot: str) -> tuple[Any, ...]:
        return sheet.actions

    def with_held(self, sheet: Sheet, slot: str, rows: Sequence[Any]) -> Sheet:
        return replace(sheet, actions=tuple(rows))

    def names(self, sheet: Sheet, field: Field, pack: Pack) -> list[str]:
        found = []
        for each in sheet.actions:
            owner = ", ".join(filter(None, (each.who, due_typed(each.due))))
            label = pack.brief(field.codes, each.code)
            found.append(f"{label} ({owner})" if owner else label)
        return found

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        return not_coded([each.code for each in sheet.actions], field, pack, on)


class _OfAction(SlotKind):
    """A part of the last action, reached by adding an action."""

    def filled(self, sheet: Sheet, slot: str) -> bool:
        return True

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        return replace(sheet, actions=then.actions)


class _Who(_OfAction):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return _last_action(sheet, who=line.words)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return sheet.actions[-1].who if sheet.actions else ""


class _Due(_OfAction):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        """The due time, kept as a rule in its standard spelling."""
        if not line.words:
            return _last_action(sheet, due="")
        rule = parse_due(line.words, line.now, line.hours)
        due(rule, line.now, line.hours)
        return _last_action(sheet, due=str(rule))

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return due_typed(sheet.actions[-1].due) if sheet.actions else ""


class _Child(_Several):
    parts = {"date": "Born", "ref": "NHS no."}

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return take_child(sheet, line.words, line.choice)

    def filled(self, sheet: Sheet, slot: str) -> bool:
        return bool(sheet.children) or sheet.identity == NO_NAMES

    def held(self, sheet: Sheet, slot: str) -> tuple[Any, ...]:
        return sheet.children

    def with_held(self, sheet: Sheet, slot: str, rows: Sequence[Any]) -> Sheet:
        unborn = bool(rows) and rows[-1].kind == UNBORN
        return replace(sheet, children=tuple(rows), identity=UNBORN if unborn else NAMED)

    def names(self, sheet: Sheet, field: Field, pack: Pack) -> list[str]:
        return [each.name or "unnamed child" for each in sheet.children]

    def copied(self, sheet: Sheet, last: Sheet, slot: str) -> Sheet:
        for child in last.children:
            sheet = with_child(sheet, child)
        return sheet

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        if self.filled(sheet, field.key):
            return ""
        return f"{field.label}: name the child, or type nn if no name is given."


class _OfChild(SlotKind):
    """A part of the last child."""

    def filled(self, sheet: Sheet, slot: str) -> bool:
        return not sheet.children or bool(self.line_text(sheet, slot))

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        return replace(sheet, children=then.children)


class _Birth(_OfChild):
    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return take_birth(sheet, line.words, line.choice, terms_of(sheet, line.now, line.pack))

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return birth_typed(_last_child(sheet))


class _Reference(_OfChild):
    """The NHS number; for an unborn baby, the mother."""

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return take_reference(sheet, line.words, line.choice)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        child = _last_child(sheet)
        if child.kind == UNBORN:
            return child.mother.name if child.mother else ""
        return nhs_number.grouped(child.nhs_number) if child.nhs_number else ""


_YES = ("y", "yes")  # to a question that asks who, what or when


class _Question(SlotKind):
    """A question of the walk that fills no field."""

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        typed = line.words
        question = line.pack.guide.by_code.get(slot)
        if question and question.kind == "text" and typed.casefold() in _YES:
            raise BadInput(
                f"{quoted(typed)} says too little here: write it in words, or ? if nobody knows."
            )
        return answered(sheet, slot, ANSWERED, typed) if typed else reopened(sheet, slot)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        return answer_of(sheet, slot)

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        return replace(sheet, answers=then.answers, values=then.values)


class _AgeBand(_Question):
    """A code, or the age as it was given."""

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        return take_age(sheet, line.words, line.choice, terms_of(sheet, line.now, line.pack))


KINDS: Mapping[str, SlotKind] = {
    "caller": _Caller(),
    "child": _Child(),
    "text": _Text(),
    "code": _Code(),
    "many": _Many(),
    "when": _When(),
    "age": SlotKind(),  # typed into the question of the age
    "actions": _Actions(),
    "outcome": _Outcome(),
    "notes": _Notes(),
}
_BY_SLOT: Mapping[str, SlotKind] = {
    "child.date": _Birth(),
    "child.ref": _Reference(),
    "actions.who": _Who(),
    "actions.due": _Due(),
    AGE_BAND: _AgeBand(),
}
_QUESTION = _Question()


def kind_of(slot: str, field: Field | None) -> SlotKind:
    """The kind of a slot; ``field`` is the field with its name, if the form has one."""
    return _BY_SLOT.get(slot) or (KINDS[field.kind] if field else _QUESTION)


def terms_of(sheet: Sheet, now: datetime, pack: Pack) -> Terms:
    """The context for reading a birth on a sheet."""
    on = to_local(from_text(sheet.received_at)).date()
    return Terms(on, to_local(now).date(), pack.plausible)


def hours_code(received: datetime, hours: Hours) -> str:
    """Whether the service was open when the contact was received, as a code; "" if not known."""
    try:
        return IN_HOURS if in_hours(hours, received) else OUT_OF_HOURS
    except NotKnown:
        return ""


def _last_child(sheet: Sheet) -> Person:
    return sheet.children[-1] if sheet.children else Person()


def _last_action(sheet: Sheet, **value: Any) -> Sheet:
    if not sheet.actions:
        return sheet
    return replace(sheet, actions=(*sheet.actions[:-1], replace(sheet.actions[-1], **value)))
