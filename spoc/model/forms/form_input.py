"""Taking what was typed: how Enter in a field changes the sheet, and where it goes on.

A *slot* is one place to type. Most are a field of the form; a child has two more for the last child
named (``child.date``, ``child.ref``), an action two more for the last action (``actions.who``,
``actions.due``). A question of the walk that fills no field of the form is a slot by its code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.child import AGE_BAND, Terms, birth_in_doubt, birth_typed
from spoc.model.forms.child_input import Choice, take_age, take_birth, take_child, take_reference
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import (
    IN_HOURS,
    NAMED,
    NO_NAMES,
    OUT_OF_HOURS,
    UNBORN,
    Action,
    Person,
    Sheet,
    pending_in,
    with_action,
    with_caller,
    with_code,
    with_pending,
    with_value,
)
from spoc.model.rules.clock import Hours, NotKnown, in_hours, shown, to_local
from spoc.model.rules.codes import Code, Pack
from spoc.model.rules.due import DueRule, due, due_typed, parse_when
from spoc.model.rules.guiding import ANSWERED, answer_of, answered, reopened
from spoc.model.values import nhs_number
from spoc.model.values.instants import from_text, utc_text

REMEMBERED = ("service", "role", "callback")


def slots(form: Iterable[Field]) -> tuple[str, ...]:
    """Every place to type on the first page, in the order Enter goes through them."""
    order: list[str] = []
    for field in form:
        if field.walk:
            continue
        order.append(field.key)
        if field.kind == "child":
            order += ["child.date", "child.ref"]
        elif field.kind == "actions":
            order += ["actions.who", "actions.due"]
    return tuple(order)


def labels(form: Iterable[Field]) -> dict[str, str]:
    """The label of every slot."""
    more = {
        "child.date": "Born",
        "child.ref": "NHS no.",
        "actions.who": "Who",
        "actions.due": "By when",
    }
    return {field.key: field.label for field in form} | more


def text_of(sheet: Sheet, slot: str, form: Sequence[Field]) -> str:
    """What stands in a slot: what is being typed, else what was taken."""
    if typed := pending_in(sheet, slot):
        return typed
    child = sheet.children[-1] if sheet.children else Person()
    if slot == "child.date":
        return birth_typed(child)
    if slot == "child.ref":
        if child.kind == UNBORN:
            return child.mother.name if child.mother else ""
        return nhs_number.shown(child.nhs_number) if child.nhs_number else ""
    if slot.startswith("actions."):
        action = sheet.actions[-1] if sheet.actions else None
        if action is None:
            return ""
        return action.who if slot == "actions.who" else due_typed(action.due)
    field = next((each for each in form if each.key == slot), None)
    if field is None or slot == AGE_BAND:  # a question of the walk
        return answer_of(sheet, slot)
    if field.kind == "caller":
        return sheet.caller.name
    if field.kind == "when":
        return _received_words(sheet)
    if field.kind == "outcome":
        return sheet.outcome
    if field.kind == "notes":
        return sheet.notes
    return sheet.values.get(slot, "") if field.kind in ("text", "code") else ""


def take(
    sheet: Sheet,
    slot: str,
    text: str,
    choice: Choice,
    form: Sequence[Field],
    now: datetime,
    hours: Hours,
    pack: Pack,
) -> Sheet:
    """The sheet once the text of a slot is taken, as the chosen code or person where there is one.

    What cannot be understood stays as it was typed. Raises BadInput, in a sentence, where a date, a
    time or an NHS number does not hold; the sheet is then as it was.
    """
    typed = text.strip()
    sheet = with_pending(sheet, slot, "")
    field = next((each for each in form if each.key == slot), None)
    kind = field.kind if field else slot
    if field is None and "." not in slot:
        return answered(sheet, slot, ANSWERED, typed) if typed else reopened(sheet, slot)
    if kind == "caller":
        return _caller(sheet, typed, choice)
    if kind == "child":
        return take_child(sheet, typed, choice)
    if kind == "child.date":
        return take_birth(sheet, typed, choice, terms_of(sheet, now, pack))
    if kind == "child.ref":
        return take_reference(sheet, typed, choice)
    if slot == AGE_BAND:
        return take_age(sheet, typed, choice, terms_of(sheet, now, pack))
    if kind == "actions.who":
        return _last_action(sheet, who=typed)
    if kind == "actions.due":
        return _last_action(sheet, due=_due(typed, now, hours))
    if kind == "when":
        return _received(sheet, slot, typed, now, hours)
    if kind == "notes":
        return replace(sheet, notes=text)
    if kind == "text":
        return with_value(sheet, slot, choice.name if isinstance(choice, Person) else typed)
    code = choice.code if isinstance(choice, Code) else ""
    if kind == "code":
        return with_value(sheet, slot, code or typed)
    if kind == "outcome":
        return replace(sheet, outcome=code or typed)
    if not code:  # a list takes codes only: unknown text stays where it was typed
        return with_pending(sheet, slot, typed)
    if kind == "many":
        return with_code(sheet, slot, code)
    return with_action(sheet, choice if isinstance(choice, Code) else code, utc_text(now))


def terms_of(sheet: Sheet, now: datetime, pack: Pack) -> Terms:
    """By what a birth is read on a sheet."""
    on = to_local(from_text(sheet.received_at)).date()
    return Terms(on, to_local(now).date(), pack.plausible)


def filled(sheet: Sheet, slot: str, form: Sequence[Field]) -> bool:
    """Whether Enter may pass over a slot: it holds something, or nothing belongs there."""
    if slot in ("actions.who", "actions.due"):
        return True  # an action leads there by itself
    if slot in ("child.date", "child.ref"):
        return not sheet.children or bool(text_of(sheet, slot, form))
    if pending_in(sheet, slot):
        return True
    field = next(each for each in form if each.key == slot)
    if field.kind == "child":
        return bool(sheet.children) or sheet.identity == NO_NAMES
    if field.kind == "many":
        return bool(sheet.many.get(slot))
    if field.kind == "actions":
        return bool(sheet.actions)
    return field.kind != "notes" and bool(text_of(sheet, slot, form))


def onward(sheet: Sheet, slot: str, took: bool, form: Sequence[Field], pack: Pack) -> str:
    """The slot after Enter in ``slot``; ``took`` says whether something was taken there just now."""
    order = slots(form)
    took = took and slot not in sheet.pending  # what is left as typed leads on like an empty line
    if slot.startswith("actions") and sheet.actions and (took or slot != "actions"):
        code = pack.find("action", sheet.actions[-1].code)
        asks = code.asks if code else ()
        if slot == "actions" and "who" in asks and not sheet.actions[-1].who:
            return "actions.who"
        if slot != "actions.due" and "due" in asks and not sheet.actions[-1].due:
            return "actions.due"
        return "actions"
    field = next((each for each in form if each.key == slot), None)
    if took and field and field.kind == "many":
        return slot
    after = order[order.index(slot) + 1 :]
    return next((each for each in after if not filled(sheet, each, form)), order[-1])


def with_last(sheet: Sheet, slot: str, place: int) -> Sheet:
    """The sheet with one of its children (or actions) last, where its birth and number (owner and time) are
    typed."""
    if slot == "child":
        child = sheet.children[place]
        rest = (*sheet.children[:place], *sheet.children[place + 1 :])
        return replace(sheet, children=(*rest, child))
    action = sheet.actions[place]
    return replace(sheet, actions=(*sheet.actions[:place], *sheet.actions[place + 1 :], action))


def doubtful_last(sheet: Sheet) -> Sheet:
    """The sheet with a child last of whom something was typed and not taken, or is in doubt."""
    found = [
        place for place, child in enumerate(sheet.children) if child.typed or birth_in_doubt(child)
    ]
    return with_last(sheet, "child", found[-1]) if found else sheet


def lacking_last(sheet: Sheet, pack: Pack) -> Sheet:
    """The sheet with an action last, where its owner and time are typed, that still lacks one it asks for."""
    lacks = [place for place, each in enumerate(sheet.actions) if _lacks(each, pack)]
    if not lacks or len(sheet.actions) - 1 in lacks:
        return sheet
    return with_last(sheet, "actions", lacks[0])


def _lacks(action: Action, pack: Pack) -> bool:
    code = pack.find("action", action.code)
    asks = code.asks if code else ()
    return bool(action.typed) or any(
        part in asks and not getattr(action, part) for part in ("who", "due")
    )


def _caller(sheet: Sheet, typed: str, choice: Choice) -> Sheet:
    if isinstance(choice, Person):
        return with_caller(sheet, choice, REMEMBERED)
    if typed == sheet.caller.name:
        return sheet
    return with_caller(sheet, Person(name=typed, kind="professional"), REMEMBERED)


def _last_action(sheet: Sheet, **said: Any) -> Sheet:
    if not sheet.actions:
        return sheet
    return replace(sheet, actions=(*sheet.actions[:-1], replace(sheet.actions[-1], **said)))


def _due(typed: str, now: datetime, hours: Hours) -> str:
    """A due time as the sheet keeps it: a rule in its one spelling."""
    if not typed:
        return ""
    when = parse_when(typed, now, hours)
    rule = when if isinstance(when, DueRule) else DueRule(when)
    due(rule, now, hours)
    return str(rule)


def _received_words(sheet: Sheet) -> str:
    """When the contact was received, as a field holds it: "20 Nov 2026 09:14"."""
    return shown(from_text(sheet.received_at)).partition(" ")[2]


def _received(sheet: Sheet, slot: str, typed: str, now: datetime, hours: Hours) -> Sheet:
    if not typed or typed == _received_words(sheet):
        return sheet
    when = parse_when(typed, now, hours, past=True)
    if not isinstance(when, datetime):
        raise BadInput(
            f"“{typed}” is a span, not a time; a contact is received at a time: 0914 or t-1 1630."
        )
    if when > now:
        raise BadInput(
            f"{shown(when)} is still to come; a contact is received before it is logged."
        )
    own = hours_code(from_text(sheet.received_at), hours)
    if sheet.values.get("hours", "") in ("", own):  # the advisor has not said otherwise
        sheet = with_value(sheet, "hours", hours_code(when, hours))
    return with_value(sheet, slot, utc_text(when))


def hours_code(received: datetime, hours: Hours) -> str:
    """Whether the service was open when the contact was received, as a code; "" where not known."""
    try:
        return IN_HOURS if in_hours(hours, received) else OUT_OF_HOURS
    except NotKnown:
        return ""


def with_outcome(sheet: Sheet, code: str) -> Sheet:
    return replace(sheet, outcome=code)


def with_notes(sheet: Sheet, text: str) -> Sheet:
    """The sheet with a text at the end of its notes."""
    return replace(sheet, notes="\n".join(filter(None, (sheet.notes.rstrip(), text.strip()))))


def held_in(sheet: Sheet, slot: str) -> tuple[Any, ...]:
    """What a slot that holds several holds, in the order it was added."""
    if slot == "child":
        return sheet.children
    return sheet.actions if slot == "actions" else sheet.many.get(slot, ())


def _with_held(sheet: Sheet, slot: str, held: Sequence[Any]) -> Sheet:
    if slot == "child":
        unborn = bool(held) and held[-1].kind == UNBORN
        return replace(sheet, children=tuple(held), identity=UNBORN if unborn else NAMED)
    if slot == "actions":
        return replace(sheet, actions=tuple(held))
    return replace(sheet, many={**sheet.many, slot: tuple(held)})


def without(sheet: Sheet, slot: str, place: int) -> Sheet:
    """The sheet without one of what a slot holds; without "no names", where nobody is held."""
    held = held_in(sheet, slot)
    return _with_held(sheet, slot, [*held[:place], *held[place + 1 :]])


def brought_back(sheet: Sheet, before: Sheet, slot: str, form: Sequence[Field]) -> Sheet:
    """The sheet with what a slot held before, beside what was added since; or with what its line said."""
    field = next((each for each in form if each.key == slot), None)
    if slot in ("child", "actions") or (field and field.kind == "many"):
        now, then = list(held_in(sheet, slot)), held_in(before, slot)
        for place, each in enumerate(then):
            if each not in now:
                now.insert(min(place, len(now)), each)
        return _with_held(sheet, slot, now)
    if slot == "caller":
        return replace(sheet, caller=before.caller)
    if slot == "outcome":
        return replace(sheet, outcome=before.outcome)
    if slot.startswith("child."):
        return replace(sheet, children=before.children)
    if slot.startswith("actions."):
        return replace(sheet, actions=before.actions)
    if field is None or slot == AGE_BAND:
        return replace(sheet, answers=before.answers, values=before.values)
    return with_value(sheet, slot, before.values.get(slot, ""))
