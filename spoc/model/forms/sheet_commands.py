"""From a call sheet to ledger commands: what is new, and what differs from what was kept."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from spoc.model.followups.request import request_of_actions
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action, Kept, Person, Response, Sheet
from spoc.model.ledger.entry import Command
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.records import tables as every_table
from spoc.model.ledger.table import Value, natural_id
from spoc.model.rules.clock import Hours
from spoc.model.rules.codes import Code
from spoc.model.rules.guiding.guide import Guide
from spoc.model.rules.guiding.guiding import completeness
from spoc.model.values.instants import from_text, utc_text

REMEMBERED = (
    *("name", "kind", "dob", "edd", "age", "age_on", "nhs_number", "doubt"),
    *("service", "role", "callback"),
)
_NEW = Kept()
TABLES = every_table()
Fields = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Writing:
    """Who writes the contact (hex id) and when, the hours that due times count by, where ids come from, the
    questions that make SBAR complete, and what the codes of actions start."""

    contact: str
    advisor: str
    now: datetime
    hours: Hours
    new_id: Callable[[], bytes]
    guide: Guide = field(default_factory=Guide)
    codes: Mapping[str, Code] = field(default_factory=dict)  # the pack's actions
    sealed: bool = False  # it is written as a restricted contact


def written(sheet: Sheet, by: Writing, *, closed: bool) -> list[Command]:
    """The commands that bring the store to what the sheet says; ``closed`` closes the contact.

    A contact that is not yet in the store is written whole. For one that is (open, taken over), only the
    differences are written, each on top of what was shown; what is gone from the sheet is removed.
    """
    people: list[Command] = []
    links: list[tuple[str, str]] = []
    if sheet.caller.name:
        links.append((_person(people, _caller(sheet), by), "caller"))
    for child in sheet.children:
        mother = child.mother
        if mother and mother.name:
            mother = replace(mother, id=_person(people, mother, by))
            links.append((mother.id, "mother"))
            child = replace(child, mother=mother)
        links.append((_person(people, child, by), "child"))
    wanted: dict[str, dict[str, dict[str, Value]]] = {
        "contact": {by.contact: _contact(sheet, by, closed)},
        "contact_person": _once(
            sheet,
            "contact_person",
            by,
            [{"person": person, "part": part} for person, part in dict.fromkeys(links)],
        ),
        "action": {each.id or by.new_id().hex(): _action(each, by) for each in sheet.actions},
        "outcome": _one(sheet, "outcome", by, {"code": sheet.outcome, "at": utc_text(by.now)}),
        "note": _one(sheet, "note", by, {"text": sheet.notes}),
        "answer": _once(
            sheet,
            "answer",
            by,
            [
                {"question": code, "state": answer.state, "text": answer.text}
                for code, answer in sheet.answers.items()
            ],
        ),
        "prompt": _once(
            sheet, "prompt", by, [_prompt(met, code, by) for code, met in sheet.prompts.items()]
        ),
    }
    begins = request_of_actions(by.contact, sheet.actions, by.codes, by.hours)
    for tbl, records in zip(("request", "clock"), begins, strict=True):
        # the sheet does not overwrite what was said about it since
        former = sheet.kept.get(tbl, {})
        wanted[tbl] = {record: {} if record in former else new for record, new in records.items()}
    commands = people
    for tbl, records in wanted.items():
        kept = sheet.kept.get(tbl, {})
        for record, fields in records.items():
            commands += _put(tbl, record, fields, kept.get(record, _NEW))
        for record, before in kept.items():
            if record not in records:
                commands += _removed(tbl, record, before)
    return commands


def _removed(tbl: str, record: str, kept: Kept) -> list[Command]:
    """The command that removes a record, naming everything that was shown of it; none if it is already
    gone."""
    if kept.fields.get(VOID):
        return []
    return [Command(tbl, bytes.fromhex(record), {VOID: True}, kept.heads)]


def _put(tbl: str, record: str, fields: Mapping[str, Value], kept: Kept) -> list[Command]:
    """The command for what differs from what was kept, if anything."""
    if kept.fields.get(VOID):  # it is said again
        fields = {VOID: False, **fields}
    differs = {
        name: value
        for name, value in fields.items()
        if (value != kept.fields[name] if name in kept.fields else value not in ("", None))
    }
    if not differs:
        return []
    on = {name: kept.heads[name] for name in differs if name in kept.heads}
    return [Command(tbl, bytes.fromhex(record), differs, on)]


def _contact(sheet: Sheet, by: Writing, closed: bool) -> dict[str, Value]:
    """The contact's own fields, including codes and values that were taken out again."""
    before = next(iter(sheet.kept.get("contact", {}).values()), _NEW).fields
    elements = {f"{key}.{code}": True for key, codes in sheet.many.items() for code in codes}
    dropped = {name: False for name, value in before.items() if "." in name and value is True}
    fields: dict[str, Value] = {
        **dropped,
        **elements,
        **{key: value or None for key, value in sheet.values.items()},
        "received_at": sheet.received_at,
        "opened_at": sheet.opened_at,
        "advisor": by.advisor,
        "identity": sheet.identity,
        "visit": sheet.visit or None,
        "closed_anyway": sheet.closed_anyway or None,
        "read_back_at": sheet.read_back_at or None,
    }
    if closed:
        fields["closed_at"] = utc_text(by.now)
        fields |= {f"sbar.{heading}": True for heading in completeness(sheet, by.guide)}
    # the length of the call: somebody who continues it later adds nothing
    if "seconds" not in before:
        end = from_text(sheet.parked_at) if sheet.parked_at and not closed else by.now
        fields["seconds"] = max(0, int((end - from_text(sheet.opened_at)).total_seconds()))
    return fields


def _action(action: Action, by: Writing) -> dict[str, Value]:
    due = due_of(action, by.hours)
    return {
        "contact": by.contact,
        "code": action.code,
        "at": action.at,
        "who": action.who,
        "due": action.due,
        "due_at": utc_text(due.at) if due and due.at else None,
        **action.held,
    }


def _one(
    sheet: Sheet, tbl: str, by: Writing, fields: dict[str, Value]
) -> dict[str, dict[str, Value]]:
    """The outcome or note on the sheet, or none if it is empty; and the others beside it."""
    name, content = next(iter(fields.items()))
    kept = list(sheet.kept.get(tbl, {}).items())
    # The sheet shows the first; those added later stay beside it.
    stay = {record: dict(each.fields) for record, each in kept[1:]}
    if not str(content).strip():
        return stay
    if not kept:
        return {by.new_id().hex(): {"contact": by.contact, **fields}}
    record, first = kept[0]
    same = first.fields.get(name) == content
    return {record: dict(first.fields) if same else {"contact": by.contact, **fields}, **stay}


def _prompt(met: Response, code: str, by: Writing) -> dict[str, Value]:
    return {
        "code": code,
        "state": met.state,
        "why": met.why,
        "at": met.at or utc_text(by.now),
        **{f"done.{action}": True for action in met.done},
    }


def _once(
    sheet: Sheet, tbl: str, by: Writing, wanted: Iterable[Fields]
) -> dict[str, dict[str, Value]]:
    """Records of which a contact can have only one each, by their ids.

    If the store already has one, it is known by what it is about. A new one's id is made from that, the
    same on every desk; but for a restricted contact the id says nothing, because anybody who knows how it
    is made could try it.
    """
    table = TABLES[tbl]
    found: dict[str, dict[str, Value]] = {}
    for each in wanted:
        fields: Fields = {"contact": by.contact, **each}
        about = {name: fields[name] for name in table.natural}
        chosen = {
            record: bool(kept.fields.get(VOID))
            for record, kept in sheet.kept.get(tbl, {}).items()
            if about.items() <= kept.fields.items()
        }
        fresh = by.new_id() if by.sealed else natural_id(table, fields)
        found[min(chosen, key=chosen.__getitem__, default=fresh.hex())] = fields
    return found


def _caller(sheet: Sheet) -> Person:
    """The caller with what this contact says about them, to remember."""
    fields = {key: sheet.values.get(key, "") for key in ("service", "role", "callback")}
    person = sheet.caller
    return replace(
        person,
        kind="professional",
        service=fields["service"] or person.service,
        role=fields["role"] or person.role,
        callback=fields["callback"] or person.callback,
    )


def _person(commands: list[Command], person: Person, by: Writing) -> str:
    """Adds what is new about a person to the commands; returns the person's id (hex)."""
    record = person.id or by.new_id().hex()
    fields: dict[str, Value] = {name: getattr(person, name) or None for name in REMEMBERED}
    if person.mother and person.mother.id:
        fields["mother"] = person.mother.id
    commands += _put("person", record, fields, person.kept)
    return record
