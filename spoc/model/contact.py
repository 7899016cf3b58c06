"""The contact: what a call sheet still lacks before it can close, and what closing it writes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from spoc.model import clock
from spoc.model.codes import Pack
from spoc.model.dates import quoted
from spoc.model.entry import Command
from spoc.model.errors import BadInput
from spoc.model.forms import Field
from spoc.model.instants import from_text, utc_text
from spoc.model.records import Value
from spoc.model.sheet import NO_NAMES, Action, Person, Sheet


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a contact lacks: the slot to go to and a sentence."""

    key: str
    sentence: str


def missing_to_close(sheet: Sheet, pack: Pack, form: Iterable[Field], on: date) -> list[Missing]:
    """What the contact lacks before it can close, in the order of the form.

    ``on`` is the local day it was received. The pack says what every contact needs and what a
    category, an issue or an action asks for besides.
    """
    asked = _asked(sheet, pack)
    found: list[Missing] = []
    for each in form:
        waiting = [slot for slot in sheet.pending if slot.partition(".")[0] == each.key]
        if waiting:
            typed = quoted(sheet.pending[waiting[0]])
            found.append(Missing(waiting[0], f"{each.label}: {typed} was typed but not taken."))
        elif each.key in asked:
            lack = _lack(sheet, pack, each, on)
            if lack:
                found.append(Missing(each.key, lack))
    for action in sheet.actions:
        code = pack.find("action", action.code)
        label = pack.label("action", action.code)
        if code and "who" in code.asks and not action.who:
            found.append(Missing("actions", f"Actions: say who does “{label}”."))
        if code and "due" in code.asks and not action.due:
            found.append(Missing("actions", f"Actions: say by when “{label}” is done."))
    return found


def _asked(sheet: Sheet, pack: Pack) -> set[str]:
    asked = set(pack.close)
    chosen = [("category", sheet.values.get("category", "")), ("outcome", sheet.outcome)]
    chosen += [("issue", code) for code in sheet.many.get("issues", ())]
    chosen += [("action", action.code) for action in sheet.actions]
    for name, value in chosen:
        code = pack.find(name, value)
        asked.update(code.asks if code else ())
    return asked


def _lack(sheet: Sheet, pack: Pack, each: Field, on: date) -> str:
    """Why a field that is asked for does not do, as a sentence, or nothing."""
    if each.kind == "caller":
        return "" if sheet.caller.name else f"{each.label}: say who is calling."
    if each.kind == "child":
        named = bool(sheet.children) or sheet.identity == NO_NAMES
        return "" if named else f"{each.label}: name the child, or type nn where no name is given."
    if each.kind == "notes":
        return "" if sheet.notes.strip() else f"{each.label}: write what was said and agreed."
    if each.kind == "when":
        return ""
    if each.kind == "actions":
        given: tuple[str, ...] = tuple(action.code for action in sheet.actions)
    elif each.kind == "many":
        given = tuple(sheet.many.get(each.key, ()))
    elif each.kind == "outcome":
        given = (sheet.outcome,) if sheet.outcome else ()
    else:
        value = sheet.values.get(each.key, "").strip()
        given = (value,) if value else ()
    if not given:
        return f"{each.label} is empty."
    if each.codes:
        offered = {code.code for code in pack.codes(each.codes, on)}
        unknown = [value for value in given if value not in offered]
        if unknown:
            return f"{each.label}: “{unknown[0]}” is not one of its codes."
    return ""


def closing(
    sheet: Sheet,
    contact: bytes,
    advisor: bytes,
    now: datetime,
    hours: clock.Hours,
    new_id: Callable[[], bytes],
) -> list[Command]:
    """The commands that write the contact: its new persons, itself, its links, actions, outcome, note.

    ``now`` is the instant of closing; ``new_id`` gives an id for each new record.
    """
    ref = contact.hex()
    commands: list[Command] = []
    links: list[tuple[str, str]] = []
    if sheet.caller.name:
        links.append((_put(commands, _caller(sheet), new_id), "caller"))
    for child in sheet.children:
        if child.mother and child.mother.name:
            mother = _put(commands, child.mother, new_id)
            links.append((mother, "mother"))
            child = replace(child, mother=replace(child.mother, id=mother))
        links.append((_put(commands, child, new_id), "child"))
    fields: dict[str, Value] = {
        **{key: value for key, value in sheet.values.items() if value},
        **{f"{key}.{code}": True for key, codes in sheet.many.items() for code in codes},
        "received_at": sheet.received_at,
        "opened_at": sheet.opened_at,
        "closed_at": utc_text(now),
        "advisor": advisor.hex(),
        "identity": sheet.identity,
        "seconds": max(0, int((now - from_text(sheet.opened_at)).total_seconds())),
    }
    commands.append(Command("contact", contact, fields))
    for person, part in dict.fromkeys(links):
        commands.append(
            Command("contact_person", new_id(), {"contact": ref, "person": person, "part": part})
        )
    for action in sheet.actions:
        commands.append(action_command(action, ref, hours, new_id()))
    if sheet.outcome:
        commands.append(
            Command(
                "outcome", new_id(), {"contact": ref, "code": sheet.outcome, "at": utc_text(now)}
            )
        )
    if sheet.notes.strip():
        commands.append(Command("note", new_id(), {"contact": ref, "text": sheet.notes}))
    return commands


def action_command(action: Action, contact: str, hours: clock.Hours, record: bytes) -> Command:
    """The command for one action of a contact (hex id), its due time worked out where it can be."""
    given = {"code": action.code, "at": action.at, "who": action.who, "due": action.due}
    fields: dict[str, Value] = {"contact": contact}
    fields.update({name: value for name, value in given.items() if value})
    due = due_of(action, hours)
    if due and due.at:
        fields["due_at"] = utc_text(due.at)
    return Command("action", record, fields)


def due_of(action: Action, hours: clock.Hours) -> clock.Due | None:
    """When an action is due, or None where no due time was given or it could not be understood."""
    if not action.due:
        return None
    start = from_text(action.at)
    try:
        rule = clock.DueRule.parse(action.due)
    except BadInput:
        try:
            when = clock.parse_when(action.due, start, hours)
        except BadInput:
            return None
        rule = when if isinstance(when, clock.DueRule) else clock.DueRule(when)
    return clock.due(rule, start, hours)


def _caller(sheet: Sheet) -> Person:
    """The caller with what this contact says of them, to be remembered."""
    said: dict[str, Any] = {
        key: sheet.values[key] for key in ("service", "role", "callback") if sheet.values.get(key)
    }
    return replace(sheet.caller, kind="professional", **said)


_REMEMBERED = ("name", "kind", "dob", "edd", "nhs_number", "service", "role", "callback")


def _put(commands: list[Command], person: Person, new_id: Callable[[], bytes]) -> str:
    """Add what is new about a person to the commands; gives the person's id (hex)."""
    said: dict[str, Value] = {
        name: getattr(person, name) for name in _REMEMBERED if getattr(person, name)
    }
    if person.mother and person.mother.id:
        said["mother"] = person.mother.id
    if not person.id:
        record = new_id()
        commands.append(Command("person", record, said))
        return record.hex()
    changed = {name: value for name, value in said.items() if value != person.stored.get(name)}
    if changed:
        on = {name: person.heads[name] for name in changed if name in person.heads}
        commands.append(Command("person", bytes.fromhex(person.id), changed, on))
    return person.id
