"""The safe version: for a record that a parent, or anybody else in the home, could open.

It consists only of what is named here, so that what nobody thought of is left out:

- times, the reference, and codes that the pack names under ``[parents-may-read]``, by the pack's own words;
- an owner only as a role, where the sheet says "caller" or "desk" and nothing else;
- the one child's name where it is a name and no more (a name is typed by hand, and may carry words).

Even that only where the record says that the parents were told. In every other case the short form: that a
record is held, since when, and its reference. The short form is the same whatever the reason, so that it
does not say by itself that something is kept from somebody.
"""

import re

from spoc.model.documents.readback.readback_words import (
    CALLER,
    DESK,
    Call,
    item,
    joined,
    said,
    wrapped,
)
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import UNBORN, Action, not_taken
from spoc.model.rules.clock import shown_instant
from spoc.model.values.plain import visible

BANNER = "CONFIDENTIAL: FOR PROFESSIONALS ONLY. DO NOT TELL, SHOW OR PRINT."
_ROLES = {CALLER: "the professional asking", DESK: "the service"}
# One word of a name: "Brook", "O'Brien", "Anne-Marie", "McLean"; no word in capitals, no digit, no sign.
_JOINS = re.compile(r"[’'-]")
_MOST_WORDS = 3


def withheld(call: Call) -> str:
    """Why only the short form is given, in words for the advisor; "" if the longer one may be."""
    sheet, may_read = call.sheet, call.pack.parents_may_read
    if call.guided.hides:
        return "there is a reason not to tell"
    if any(each.restricts for each in call.guided.fired):
        return "the contact is restricted"
    if call.guided.stops:
        return "a STOP is not answered yet"
    if not_taken(sheet) or not sheet.many.get("issues") or not sheet.values.get("category"):
        return "not all of it is coded yet"
    if sheet.values.get("parents_know", "") not in may_read.get("parent-knowledge", ()):
        return "it does not say that the parents were told"
    return ""


def safe(call: Call) -> list[str]:
    """The safe version."""
    return _short(call) if withheld(call) else _longer(call)


def _short(call: Call) -> list[str]:
    return wrapped(
        f"A confidential record was made on {shown_instant(call.received)} and is held by the service. "
        f"Reference: {call.reference}.",
        hang="",
    )


def _longer(call: Call) -> list[str]:
    """Codes that parents may read, in the pack's words; nothing that anybody typed except a name."""
    actions = [each for each in call.sheet.actions if _may_read(call, "action", each.code)]
    return [
        *wrapped(f"A conversation between professionals, {shown_instant(call.received)}.", hang=""),
        *said("Child", _child(call)),
        *(["Agreed:"] if actions else []),
        *(line for each in actions for line in item(_action(call, each))),
        *said("Outcome", _label(call, "outcome", call.sheet.outcome)),
        *said(
            "Recorded in", _label(call, "record-system", call.sheet.values.get("record_system", ""))
        ),
        *wrapped(f"The professional record holds the rest. Reference: {call.reference}.", hang=""),
    ]


def _may_read(call: Call, codes: str, code: str) -> bool:
    may_read = code in call.pack.parents_may_read.get(codes, ())
    return may_read and call.pack.find(codes, code) is not None


def _label(call: Call, codes: str, code: str) -> str:
    return call.pack.label(codes, code) if _may_read(call, codes, code) else ""


def _action(call: Call, action: Action) -> str:
    """The pack's words, the owner as a role, the instant: nothing that was typed."""
    found = due_of(action, call.hours)
    by = f"by {shown_instant(found.at)}" if found and found.at else ""
    who = _ROLES.get(action.who.strip().casefold(), "")
    return joined(call.pack.label("action", action.code), joined(who, by), by=": ")


def _child(call: Call) -> str:
    """The single child's name. If there are several none is named (each has a separate record), nor is an
    unborn baby, who goes by the mother's name."""
    children = call.sheet.children
    if len(children) != 1 or children[0].kind == UNBORN:
        return ""
    words = children[0].name.replace(",", " ").split()
    whole = 1 <= len(words) <= _MOST_WORDS and all(_is_name(word) for word in words)
    return visible(children[0].name.strip()) if whole else ""


def _is_name(word: str) -> bool:
    """Whether it is written like a name: a capital first, and small letters after it."""
    return all(_part(each) for each in _JOINS.split(word)) and len(word) > 1


def _part(part: str) -> bool:
    """A part of a name: one capital and small letters, after Mc or Mac once more."""
    rest = part.removeprefix("Mac").removeprefix("Mc") or part
    return any(
        each.isalpha() and each[0].isupper() and (each[1:].islower() or len(each) == 1)
        for each in (part, rest)
    )
