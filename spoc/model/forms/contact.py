"""The contact: what a call sheet still lacks before it can close, and when its promises are due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from spoc.model.errors import BadInput
from spoc.model.forms.child import Terms, birth_doubt
from spoc.model.forms.form_input import labels
from spoc.model.forms.forms import Field
from spoc.model.forms.kinds import kind_of
from spoc.model.forms.sheet import Action, Sheet, not_taken
from spoc.model.rules.clock import Hours
from spoc.model.rules.codes import Pack
from spoc.model.rules.due import Due, DueRule, due, parse_due
from spoc.model.rules.guiding.guide import LETTERS
from spoc.model.rules.guiding.guiding import Guided, met
from spoc.model.values.dates import quoted
from spoc.model.values.instants import from_text

LATE_ENTRY = "late-entry"  # the pack's limit: how long after receipt a contact may be logged


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a contact lacks: the slot, question or prompt to go to, and a sentence. A contact cannot
    close without an answer to a STOP; anything else may be left out with a reason."""

    key: str
    sentence: str
    stop: bool = False


def missing_to_close(
    sheet: Sheet, pack: Pack, form: Iterable[Field], on: date, now: Guided
) -> list[Missing]:
    """What the contact lacks before it can close: unanswered STOPs first, then in the order of the form.

    ``on`` is the local day it was received, ``now`` what guides the call. The pack says what every contact
    needs, what a category, an issue or an action needs besides, and which questions must be met.
    """
    asked = _asked(sheet, pack)
    found = [
        Missing(each.code, f"STOP, not answered yet: {each.title}. F6 answers it.", stop=True)
        for each in now.stops
    ]
    left = not_taken(sheet)
    for each in form:
        waiting = [row for row in left if row[0].partition(".")[0] == each.key]
        if waiting:
            slot, owner, typed = waiting[0]
            label = labels([each])[slot]
            of = f" of {pack.label('action', owner)}" if owner else ""
            found.append(Missing(slot, f"{label}{of}: {quoted(typed)} was typed but not taken."))
        elif each.kind == "child" and (doubt := birth_doubt(sheet, Terms(on, on, pack.plausible))):
            found.append(Missing("child.date", doubt))
        elif each.key in asked:
            lack = kind_of(each.key, each).lack(sheet, each, pack, on)
            if lack:
                found.append(Missing(each.key, lack))
    for action in sheet.actions:
        code = pack.find("action", action.code)
        label = pack.label("action", action.code)
        if code and "who" in code.asks and not action.who:
            found.append(Missing("actions.who", f"Actions: say who does “{label}”."))
        if code and "due" in code.asks and not action.due:
            found.append(Missing("actions.due", f"Actions: say by when “{label}” is done."))
    found += [
        Missing(each.code, f"{LETTERS[each.letter]}: {each.asks}")
        for each in pack.guide.needed
        if each.needed and not met(sheet, each) and each.needed.holds(now.facts)
    ]
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


def late_entry(received: str, logged: str, pack: Pack) -> bool:
    """Whether a contact is a late entry: logged longer after it was received than the pack allows (UTC
    text)."""
    return received < logged and from_text(logged) - from_text(received) > allowed_late(pack)


def allowed_late(pack: Pack) -> timedelta:
    """How long after it was received a contact may be logged without being a late entry."""
    return pack.limits.get(LATE_ENTRY, timedelta(0))


def due_of(action: Action, hours: Hours) -> Due | None:
    """When an action is due, or None if no due time was given or it could not be understood."""
    if not action.due:
        return None
    hours = hours.others.get(action.code, hours)
    start = from_text(action.at)
    try:
        rule = DueRule.parse(action.due)
    except BadInput:
        try:
            rule = parse_due(action.due, start, hours)
        except BadInput:
            return None
    return due(rule, start, hours)
