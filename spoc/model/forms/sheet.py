"""The call sheet: a contact during a call, as the form shows it and a draft keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from spoc.model.ledger.table import Value
from spoc.model.rules.codes import Code

# Codes that the program itself sets; every pack has them.
NO_NAMES, UNBORN, NAMED = "no-names", "unborn", "named"
IN_HOURS, OUT_OF_HOURS = "in-hours", "ooh-received-later"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store said about a record when it was opened: its ledger fields, and for each the entries
    (hex ids) behind it, which a change names as what it replaces."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    heads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the sheet. ``id`` (hex) is empty while the person is new to the store; ``kept`` is what
    the store said about a known person when they were chosen. ``age`` is an age as it was given ("4m") on
    the day ``age_on``; ``doubt`` names, separated by spaces, the fields that nobody has confirmed.
    ``typed`` is text about them that was not taken, by slot ("child.date"): it stays theirs, whoever is
    named next. ``died`` is the recorded day of a known person's death, or "unknown"."""

    name: str = ""
    kind: str = ""
    id: str = ""
    dob: str = ""
    edd: str = ""
    nhs_number: str = ""
    mother: "Person | None" = None
    service: str = ""
    role: str = ""
    callback: str = ""
    age: str = ""
    age_on: str = ""
    doubt: str = ""
    kept: Kept = Kept()
    typed: Mapping[str, str] = field(default_factory=dict)
    died: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Who does what by when. ``due`` is as typed, or a due rule; ``at`` is when it was agreed (UTC); ``id``
    (hex) is empty while the action is new to the store; ``typed`` is text that was not taken, by slot.
    ``held`` is who holds it while nobody is there, by the keys of ``HOLDER_FORM``."""

    code: str
    who: str = ""
    due: str = ""
    at: str = ""
    id: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a question was met: ``state`` is answered, skipped or unknown; ``text`` is the answer."""

    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """How a prompt was met. ``state`` is done, overridden (``why`` says why), dismissed, or shown; ``done``
    lists the codes of the ticked actions; ``rests`` are the facts of the call behind the answer, during the
    call: if they change, a STOP must be answered again."""

    state: str
    done: tuple[str, ...] = ()
    why: str = ""
    at: str = ""
    rests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact as the form shows it. ``values`` are the text and coded fields by key, as typed if no code
    fits; ``many`` the sets of codes; ``last`` the keys that still show a value copied from the caller's
    last contact, ``came`` those filled in from elsewhere and still marked ("email", "visit"). ``visit`` is
    the first contact (hex id) of this one's visit. ``kept`` holds the records of an open contact that is
    already in the store, by table and id (hex). ``slot`` and ``cursor`` remember where the advisor was.
    ``answers`` say how the walk's questions were met, ``prompts`` how the safety prompts were."""

    opened_at: str
    values: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caller: Person = Person()
    children: tuple[Person, ...] = ()
    identity: str = NAMED
    actions: tuple[Action, ...] = ()
    outcome: str = ""
    notes: str = ""
    last: frozenset[str] = frozenset()
    pending: Mapping[str, str] = field(default_factory=dict)  # typed and not yet taken
    kept: Mapping[str, Mapping[str, Kept]] = field(default_factory=dict)
    slot: str = ""  # where the cursor was
    cursor: int = 0
    parked_at: str = ""  # UTC; empty during the call
    came: Mapping[str, str] = field(default_factory=dict)
    visit: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    prompts: Mapping[str, Response] = field(default_factory=dict)
    closed_anyway: str = ""  # why it was closed although something was missing
    outcome_by: str = ""  # who said it, at which office: for a closed contact
    read_back_at: str = ""  # when it was first shown for reading out (UTC)
    sealed: bool = False  # whether the store already has it, restricted

    @property
    def received_at(self) -> str:
        """When the contact was received (UTC): as typed, or else when the sheet was opened."""
        return self.values.get("received_at") or self.opened_at


def to_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as a draft keeps it."""
    return asdict(sheet) | {"last": sorted(sheet.last)}


def from_json(fields: Mapping[str, Any]) -> Sheet:
    """The sheet that ``to_json`` made. Keys from a later version are left out."""
    known = {name: value for name, value in fields.items() if name in Sheet.__slots__}
    sheet = Sheet(
        **known
        | {
            "many": {name: tuple(codes) for name, codes in fields["many"].items()},
            "caller": _person(fields["caller"]),
            "children": tuple(_person(each) for each in fields["children"]),
            "actions": tuple(Action(**each) for each in fields["actions"]),
            "last": frozenset(fields["last"]),
            "kept": {
                tbl: {record: _kept(each) for record, each in records.items()}
                for tbl, records in fields.get("kept", {}).items()
            },
            "answers": {code: Answer(**each) for code, each in fields.get("answers", {}).items()},
            "prompts": {
                code: Response(
                    **each | {"done": tuple(each["done"]), "rests": tuple(each.get("rests", ()))}
                )
                for code, each in fields.get("prompts", {}).items()
            },
        }
    )
    for slot in [each for each in sheet.pending if "." in each]:  # as an earlier version kept it
        rest = {name: text for name, text in sheet.pending.items() if name != slot}
        sheet = with_pending(replace(sheet, pending=rest), slot, sheet.pending[slot])
    return sheet


def _person(fields: Mapping[str, Any]) -> Person:
    mother = fields.get("mother")
    return Person(
        **dict(fields)
        | {"mother": _person(mother) if mother else None, "kept": _kept(fields["kept"])}
    )


def _kept(fields: Mapping[str, Any]) -> Kept:
    return Kept(fields["fields"], {name: tuple(ids) for name, ids in fields["heads"].items()})


def children_words(sheet: Sheet) -> str:
    """Whom the contact is about, for a header or a list row."""
    if sheet.children:
        return "; ".join(child.name or "unnamed child" for child in sheet.children)
    return {NO_NAMES: "no names", UNBORN: "unborn"}.get(sheet.identity, "")


def with_value(sheet: Sheet, key: str, value: str) -> Sheet:
    """The sheet with a text or coded field set by the advisor (and so no longer marked as filled in)."""
    values = {**sheet.values, key: value}
    return replace(sheet, values=values, last=sheet.last - {key}, came=_own(sheet, key))


def _own(sheet: Sheet, *keys: str) -> dict[str, str]:
    """The keys still marked as filled in from elsewhere, once the advisor has set these."""
    return {key: mark for key, mark in sheet.came.items() if key not in keys}


def with_pending(sheet: Sheet, key: str, text: str) -> Sheet:
    """The sheet with text that is typed in a field and not yet taken; an empty text removes it. Text typed
    about a child or an action belongs to the last one."""

    def typed(fields: Mapping[str, str]) -> dict[str, str]:
        rest = {name: words for name, words in fields.items() if name != key}
        return {**rest, key: text} if text else rest

    if key.startswith("child.") and sheet.children:
        *rest, child = sheet.children
        return replace(sheet, children=(*rest, replace(child, typed=typed(child.typed))))
    if key.startswith("actions.") and sheet.actions:
        *others, action = sheet.actions
        return replace(sheet, actions=(*others, replace(action, typed=typed(action.typed))))
    return replace(sheet, pending=typed(sheet.pending))


def pending_in(sheet: Sheet, key: str) -> str:
    """The text typed in a slot and not taken; for a child or an action, that of the last one."""
    if key.startswith("child.") and sheet.children:
        return sheet.children[-1].typed.get(key, "")
    if key.startswith("actions.") and sheet.actions:
        return sheet.actions[-1].typed.get(key, "")
    return sheet.pending.get(key, "")


def without_typed(sheet: Sheet) -> Sheet:
    """The sheet without text that was typed and not taken."""
    return replace(
        sheet,
        pending={},
        children=tuple(replace(each, typed={}) if each.typed else each for each in sheet.children),
        actions=tuple(replace(each, typed={}) if each.typed else each for each in sheet.actions),
    )


def not_taken(sheet: Sheet) -> list[tuple[str, str, str]]:
    """Everything typed and not taken: the slot, whose it is (a child's name, an action's code, or
    nobody's), and the text."""
    return [
        *((slot, "", text) for slot, text in sheet.pending.items()),
        *((slot, each.name, text) for each in sheet.children for slot, text in each.typed.items()),
        *((slot, each.code, text) for each in sheet.actions for slot, text in each.typed.items()),
    ]


def with_code(sheet: Sheet, key: str, code: str) -> Sheet:
    """The sheet with one more code in a field of many; a code is there only once."""
    parts = sheet.many.get(key, ())
    return sheet if code in parts else replace(sheet, many={**sheet.many, key: (*parts, code)})


def with_caller(sheet: Sheet, caller: Person, keys: tuple[str, ...]) -> Sheet:
    """The sheet with its caller; the caller's last values fill the empty fields among ``keys``."""
    remembered = {key: str(getattr(caller, key, "")) for key in keys}
    fill = {
        key: value
        for key, value in remembered.items()
        if value and (not sheet.values.get(key) or key in sheet.last)
    }
    cleared = {key: "" for key in sheet.last if key not in fill}
    values = {**sheet.values, **cleared, **fill}
    came = _own(sheet, "caller", *fill)
    return replace(sheet, caller=caller, values=values, last=frozenset(fill), came=came)


def with_child(sheet: Sheet, child: Person) -> Sheet:
    """The sheet with one more child; a child known by id or number is there only once."""
    same = [
        each
        for each in sheet.children
        if (child.id and each.id == child.id)
        or (child.nhs_number and each.nhs_number == child.nhs_number)
    ]
    if same:
        return sheet
    identity = UNBORN if child.kind == UNBORN else NAMED
    return replace(sheet, children=(*sheet.children, child), identity=identity)


def with_action(sheet: Sheet, code: Code | str, at: str) -> Sheet:
    """The sheet with one more action, with its usual owner and due time from the code."""
    if isinstance(code, str):
        added = Action(code, at=at)
    else:
        added = Action(code.code, code.who, code.due, at)
    return replace(sheet, actions=(*sheet.actions, added))


def move_person(sheet: Sheet, other: Sheet, what: str) -> tuple[Sheet, Sheet, Person | None]:
    """Both sheets after the last child, or the caller, moved from one to the other; and who moved.

    None if there is nobody to move. A caller who moves takes nothing of the call along: the fields filled
    from their last contact go with them.
    """
    if what == "child":
        if not sheet.children:
            return sheet, other, None
        child = sheet.children[-1]
        rest = replace(sheet, children=sheet.children[:-1], identity=NAMED)
        return rest, with_child(other, child), child
    caller = sheet.caller
    if not caller.name:
        return sheet, other, None
    keys = ("service", "role", "callback")
    return with_caller(sheet, Person(), keys), with_caller(other, caller, keys), caller


def where_was_i(sheet: Sheet, labels: Mapping[str, str]) -> str:
    """The line that shows where one left off: the field, and the last words typed.

    ``labels`` maps each slot to its label.
    """
    label = labels.get(sheet.slot, "")
    typed = pending_in(sheet, sheet.slot) or (sheet.notes if sheet.slot == "notes" else "")
    words = " ".join(typed.split()[-6:])
    return f"{label} “{words}”" if words else label
