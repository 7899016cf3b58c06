"""The parts of a read-back and their layout: plain text, 72 columns, no control characters."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from spoc.model.forms.child import AGE, age_words, birth_words, number_words
from spoc.model.forms.contact import Missing, due_of, late_entry
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import NO_NAMES, UNBORN, Action, Person, Sheet
from spoc.model.ledger.fold import REF
from spoc.model.rules.clock import Hours, in_local_words, shown_instant, to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guide import Question
from spoc.model.rules.guiding.guiding import ANSWERED, NOT_KNOWN, Guided, answer_of, state
from spoc.model.values.ages import age_on_day
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible, visible_lines
from spoc.model.values.reference import reference

WIDTH = 72
CALLER, DESK = "caller", "desk"
_YES_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True, slots=True)
class Call:
    """A contact to read back, closed or still in progress. ``hours`` are the desk's, which due times count
    by, ``csc`` those of social care; ``lacks`` is what it still lacks."""

    sheet: Sheet
    contact: str  # its id, hex
    advisor: str
    desk: str
    service: str
    form: Sequence[Field]
    pack: Pack
    hours: Hours
    csc: Hours
    guided: Guided
    now: datetime
    lacks: Sequence[Missing] = ()
    closed: bool = False

    @property
    def reference(self) -> str:
        """The contact's name outside spoc; lists show the same."""
        return reference(self.contact) if REF.fullmatch(self.contact) else self.contact

    @property
    def received(self) -> datetime:
        return from_text(self.sheet.received_at)

    @property
    def day(self) -> date:
        """The local day it was received."""
        return to_local(self.received).date()


# -- lines -----------------------------------------------------------------------------------------


def wrapped(text: str, first: str = "", hang: str = "  ") -> list[str]:
    """A text as lines of the page, each of its own lines wrapped, with a hanging indent."""
    lines: list[str] = []
    lead = first
    for paragraph in visible_lines(text.replace("\r\n", "\n")).split("\n"):
        line, used = lead, width(lead)
        empty = True
        for word in paragraph.split(" "):
            size = width(word)
            if not empty and used + 1 + size > WIDTH:
                lines.append(line.rstrip())
                line, used, empty = hang, width(hang), True
            while used + size > WIDTH and size > WIDTH - len(hang):  # no line has room for it
                head = _fits(word, WIDTH - used - (not empty))
                lines.append(f"{line}{'' if empty else ' '}{head}")
                word, line, used, empty = word[len(head) :], hang, width(hang), True
                size = width(word)
            if not empty:
                line, used = f"{line} ", used + 1
            line, used, empty = line + word, used + size, False
        lines.append(line.rstrip())
        lead = hang
    return lines


def width(text: str) -> int:
    """How many columns a terminal takes for a text."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or letter in "\u200b\u200c\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _fits(word: str, room: int) -> str:
    """As much of a word as fits; at least a letter."""
    used = 0
    for place, letter in enumerate(word):
        used += _columns(letter)
        if used > room:
            return word[: max(1, place)]
    return word


def said(label: str, text: str) -> list[str]:
    """``Label: text``, or nothing if there is no text."""
    return wrapped(f"{label}: {text}") if text.strip() else []


def item(text: str) -> list[str]:
    """One of several."""
    return wrapped(text, "- ")


def part(title: str, *blocks: Sequence[str]) -> list[str]:
    """A heading and what is under it; nothing if that is empty."""
    lines = [line for block in blocks for line in block]
    return ["", title.upper(), *lines] if lines else []


# -- words of a contact ----------------------------------------------------------------------------


def field_words(call: Call, key: str) -> str:
    """What a field of the form says, in words."""
    field = next((each for each in call.form if each.key == key), None)
    if field is None:
        return ""
    if field.kind == "many":
        return ", ".join(
            call.pack.label(field.codes, each) for each in call.sheet.many.get(key, ())
        )
    value = call.sheet.values.get(key, "")
    return call.pack.label(field.codes, value) if field.codes and value else value


def joined(*texts: str, by: str = ", ") -> str:
    """The texts that say something."""
    return by.join(each for each in texts if each.strip())


def child_words(child: Person, on: date) -> str:
    """The details that tell a child apart: name, date of birth and age, NHS number; for an unborn one the
    mother."""
    parts = [child.name or "unnamed child"]
    if child.dob or child.edd or child.age:
        parts.append(f"born {birth_words(child, on)}" if child.dob else age_words(child, on))
    if child.nhs_number:
        parts.append(f"NHS number {number_words(child)}")
    if child.mother and child.mother.name:
        mother = child.mother
        number = f", NHS number {number_words(mother)}" if mother.nhs_number else ""
        parts.append(f"mother {mother.name}{number}")
    return "; ".join(parts)


def children_of(call: Call) -> list[str]:
    """Each child in words; if nobody is named, that."""
    if call.sheet.children:
        return [child_words(each, call.day) for each in call.sheet.children]
    nobody = {NO_NAMES: "no names given", UNBORN: "unborn baby"}
    text = nobody.get(call.sheet.identity, "not named yet")
    age = call.sheet.values.get(AGE, "")
    return [joined(text, age_on_day(age, call.day.isoformat()) if age else "", by="; ")]


def caller_words(call: Call) -> str:
    """Who rang, from where, and how that is known."""
    values = call.sheet.values
    number = f"call back {values['callback']}" if values.get("callback", "").strip() else ""
    verified = field_words(call, "verified").lower()
    return joined(
        call.sheet.caller.name or "unnamed",
        field_words(call, "role"),
        field_words(call, "service"),
        number,
        f"verified: {verified}" if verified else "",
        by="; ",
    )


def is_callers(call: Call, action: Action) -> bool:
    """Whether the caller is to do it: by role, or by the name they gave."""
    who = " ".join(action.who.casefold().split())
    return who == CALLER or (
        bool(who) and who == " ".join(call.sheet.caller.name.casefold().split())
    )


def owner_words(call: Call, action: Action) -> str:
    """Who does it."""
    name = call.sheet.caller.name
    if action.who.strip().casefold() == CALLER and name:
        return f"caller ({name})"
    return action.who


def due_words(call: Call, action: Action) -> str:
    """By when, as the board said it on the day it was agreed: the instant, not how late it is now."""
    found = due_of(action, call.hours)
    if found is None:
        return f"by {action.due}" if action.due.strip() else ""
    then = min(found.start, found.at) if found.at else found.start
    words = found.words(then, call.pack.at_once(action.code, action.due))
    return joined(words, f"when the desk is shut ({found.closed})" if found.closed else "")


def action_words(call: Call, action: Action) -> str:
    """Who does what by when. An action that is not a promise is the advisor's and was done in the call."""
    code = call.pack.find("action", action.code)
    asks = code.asks if code else ()
    who = owner_words(call, action) or ("" if "who" in asks else call.advisor)
    due = due_words(call, action) or ("" if "due" in asks else f"in the call, {when(action.at)}")
    return joined(call.pack.label("action", action.code), joined(who, due), by=": ")


def answer_words(call: Call, question: Question) -> str:
    """What was answered, in words."""
    text = answer_of(call.sheet, question.code)
    field = next((each for each in call.form if each.key == question.code), None)
    if field is not None:
        return field_words(call, question.code) or text
    return _YES_NO.get(text.casefold(), text) if question.kind == "yes-no" else in_local_words(text)


def answered_under(call: Call, letters: str, but: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Label and answer of each question of these letters that was answered, in the order of the walk."""
    left = set(but)
    return [
        (each.label, answer_words(call, each))
        for letter in letters
        for each in call.pack.guide.questions
        if each.letter == letter
        and each.code not in left
        and state(call.sheet, each.code) == ANSWERED
    ]


def not_known(call: Call) -> list[str]:
    """What was asked and nobody knew. Skipped questions are not included: they were not asked."""
    return [
        each.label
        for each in call.pack.guide.questions
        if state(call.sheet, each.code) == NOT_KNOWN
    ]


def when(at: str) -> str:
    """The time of day of an instant, or nothing."""
    return f"{to_local(from_text(at)):%H:%M}" if at else ""


def received_words(call: Call) -> str:
    """When it was received, and logged if that was another time; whether it is a late entry."""
    received, opened = call.sheet.received_at, call.sheet.opened_at
    at, logged = shown_instant(call.received), shown_instant(from_text(opened))
    if at == logged:
        return at
    late = " (late entry)" if late_entry(received, opened, call.pack) else ""
    return f"{at}; logged {logged}{late}"


def one_line(text: str) -> str:
    """A text as one line, for a heading or a sentence."""
    return visible(" ".join(text.split()))
