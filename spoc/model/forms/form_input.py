"""Taking what was typed: how Enter in a field changes the sheet, and where it goes next.

A *slot* is one place to type. Most are a field of the form; a child has two more for the last child named
(``child.date``, ``child.ref``), an action two more for the last action (``actions.who``, ``actions.due``).
A question of the walk that fills no field of the form is a slot with its code as name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from spoc.model.forms.child import birth_in_doubt
from spoc.model.forms.child_input import Choice
from spoc.model.forms.forms import Field
from spoc.model.forms.kind import SlotKind, TypedText
from spoc.model.forms.kinds import KINDS, kind_of
from spoc.model.forms.sheet import Action, Sheet, pending_in, with_pending
from spoc.model.rules.clock import Hours
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guide import Question


def slots(form: Iterable[Field]) -> tuple[str, ...]:
    """Every place to type on the first page, in the order of Enter."""
    order: list[str] = []
    for field in form:
        if field.walk:
            continue
        order.append(field.key)
        order += [f"{field.key}.{part}" for part in KINDS[field.kind].parts]
    return tuple(order)


def labels(form: Iterable[Field], asked: Iterable[Question] = ()) -> dict[str, str]:
    """The label of every slot, and of the walk's questions."""
    more = {
        f"{name}.{part}": label
        for name, kind in KINDS.items()
        for part, label in kind.parts.items()
    }
    questions = {each.code: each.label for each in asked}
    return questions | {field.key: field.label for field in form} | more


def text_of(sheet: Sheet, slot: str, form: Sequence[Field]) -> str:
    """The text in a slot: what is being typed, or else what was taken."""
    return pending_in(sheet, slot) or _kind(slot, form).line_text(sheet, slot)


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
    """The sheet once a slot's text is taken, as the chosen code or person if there is one.

    Text that cannot be understood stays as typed. Raises BadInput, with a sentence, for an invalid date,
    time or NHS number; the sheet is then unchanged.
    """
    line = TypedText(text, choice, now, hours, pack)
    return _kind(slot, form).take(with_pending(sheet, slot, ""), slot, line)


def filled(sheet: Sheet, slot: str, form: Sequence[Field]) -> bool:
    """Whether Enter may pass over a slot: it is filled, or does not apply."""
    return bool(pending_in(sheet, slot)) or _kind(slot, form).filled(sheet, slot)


def _kind(slot: str, form: Iterable[Field]) -> SlotKind:
    return kind_of(slot, next((each for each in form if each.key == slot), None))


def onward(sheet: Sheet, slot: str, took: bool, form: Sequence[Field], pack: Pack) -> str:
    """The slot after Enter in ``slot``; ``took`` says whether something was taken there just now."""
    order = slots(form)
    took = took and slot not in sheet.pending  # what stays as typed leads on, as an empty line does
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
    """The sheet with one of its children (or actions) moved to the end, so that its birth and number (owner
    and time) can be typed."""
    if slot == "child":
        child = sheet.children[place]
        rest = (*sheet.children[:place], *sheet.children[place + 1 :])
        return replace(sheet, children=(*rest, child))
    action = sheet.actions[place]
    return replace(sheet, actions=(*sheet.actions[:place], *sheet.actions[place + 1 :], action))


def doubtful_last(sheet: Sheet) -> Sheet:
    """The sheet with a child moved to the end for whom something typed was not taken, or is in doubt."""
    found = [
        place for place, child in enumerate(sheet.children) if child.typed or birth_in_doubt(child)
    ]
    return with_last(sheet, "child", found[-1]) if found else sheet


def lacking_last(sheet: Sheet, pack: Pack) -> Sheet:
    """The sheet with an action moved to the end, for its owner and time to be typed, if it still lacks one
    it needs."""
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


def with_outcome(sheet: Sheet, code: str) -> Sheet:
    return replace(sheet, outcome=code)


def with_notes(sheet: Sheet, text: str) -> Sheet:
    """The sheet with a text added to its notes."""
    return replace(sheet, notes="\n".join(filter(None, (sheet.notes.rstrip(), text.strip()))))


def held_in(sheet: Sheet, slot: str) -> tuple[Any, ...]:
    """The contents of a slot that takes several, in the order added."""
    return _holding(slot).held(sheet, slot)


def _holding(slot: str) -> SlotKind:
    return KINDS[slot if slot in ("child", "actions") else "many"]


def without(sheet: Sheet, slot: str, place: int) -> Sheet:
    """The sheet without one of a slot's contents; or without "no names", if nobody is there."""
    rows = held_in(sheet, slot)
    return _holding(slot).with_held(sheet, slot, [*rows[:place], *rows[place + 1 :]])


def brought_back(sheet: Sheet, before: Sheet, slot: str, form: Sequence[Field]) -> Sheet:
    """The sheet with a slot's earlier contents, beside what was added since; or with the earlier text of
    its line."""
    return _kind(slot, form).before(sheet, before, slot)
