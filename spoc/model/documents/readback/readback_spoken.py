"""What to read aloud to social care, and what the caller promised, for their own email."""

import re

from spoc.model.documents.readback.readback_words import (
    Call,
    answered_under,
    child_words,
    due_words,
    field_words,
    is_callers,
    item,
    joined,
    not_known,
    wrapped,
)
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import NO_NAMES, Action
from spoc.model.rules.clock import NotKnown, in_hours, shown_instant
from spoc.model.rules.guiding.guiding import NOT_KNOWN, state

_SAID = (
    "voice", "voice_words", "impact", "where_now", "safety_now", "parents_know", "must_not", "not_known", "sharing",
    "spoken_to", "caller_records", "danger",
)  # fmt: skip
_CODED = ("where_now", "safety_now", "parents_know", "voice")
_LONGEST = 400  # letters of the notes to read aloud; the rest is in the record
# What to ask on a line for which the pack has no question.
_ASKS = {
    "voice": "What has the child shown or said, in the child's own words?",
    "impact": "What is the impact on the child's safety, health and development today?",
    "where_now": "Where is the child now?",
    "safety_now": "Is the child safe now, and with whom?",
    "parents_know": "Do the parents know of this call?",
    "dob": "What is the child's date of birth?",
    "nhs_number": "What is the child's NHS number?",
    "callback": "On which number can the caller be rung back?",
}


def script(call: Call) -> list[str]:
    """Sentences to read aloud, the child's voice first; what is missing appears as [ask: …]."""
    whom, why = _listener(call)
    return [
        f"TO READ ALOUD: CALL TO {whom.upper()}",
        *(wrapped(why, hang="") if why else []),
        *_paragraph(f"This is {joined(call.advisor, call.desk, call.service)}. My reference is {call.reference}."),
        *_paragraph(_voice(call)),
        *_paragraph(*_child(call)),
        *_paragraph(f"The worry is {_end(_worry(call))}", f"The impact: {_filled(call, 'impact')}"),
        *_paragraph(*_facts(call)),
        *_paragraph(f"Do the parents know? {_filled(call, 'parents_know')}", *_secret(call)),
        *_paragraph(*_agreed(call)),
        *_paragraph(*_gaps(call)),
        *_paragraph(_caller(call), *_number(call)),
        *_paragraph("[ask: What is your name, what will you do, and by when do we hear from you?]"),
    ]  # fmt: skip


def promises(call: Call) -> list[str]:
    """The caller's own promises as the text of an email. The subject names nobody: initials can be two
    children's, and a name does not belong in a subject."""
    own = [each for each in call.sheet.actions if is_callers(call, each)]
    lines = [
        f"Subject: Our call, reference {call.reference}",
        "",
        *wrapped(
            f"What you said you would do, in our call of {shown_instant(call.received)}:", hang=""
        ),
    ]
    for each in own:
        label = call.pack.label("action", each.code)
        lines += item(joined(label, due_words(call, each) or "no time was agreed", by=": "))
    if not own:
        lines += item("Nothing was promised by you.")
    lines += [
        "",
        *wrapped(
            "If one of these cannot be done in time, ring the desk before it is due. Please record this in "
            f"the child's record, and quote reference {call.reference} when you ring.",
            hang="",
        ),
        *wrapped(joined(call.advisor, call.desk, call.service), hang=""),
    ]
    return lines


def _paragraph(*sentences: str) -> list[str]:
    text = " ".join(each for each in sentences if each)
    return ["", *wrapped(text, hang="")] if text else []


def _listener(call: Call) -> tuple[str, str]:
    """Who answers at this hour; if it is not social care, why: whoever reads it later sees for which hour."""
    at = shown_instant(call.now)
    try:
        open_now = in_hours(call.csc, call.now)
    except NotKnown:
        return (
            "social care (or the emergency duty team, if closed)",
            f"Are they open? Not known for {at}.",
        )
    if open_now:
        return "children's social care", ""
    return "the emergency duty team (EDT)", f"Children's social care is closed now, {at}."


def _end(text: str) -> str:
    """A text as a sentence that ends."""
    text = " ".join(text.split())
    return text if not text or text[-1] in ".?!”]" else f"{text}."


def _ask(call: Call, key: str) -> str:
    question = call.pack.guide.by_code.get(key)
    return f"[ask: {question.asks if question else _ASKS[key]}]"


def _filled(call: Call, key: str) -> str:
    """What the sheet says about a field as a sentence, otherwise the question to ask."""
    words = field_words(call, key)
    words = _plain(words) if key in _CODED else words
    if words:
        return _end(words)
    return "Nobody knows." if state(call.sheet, key) == NOT_KNOWN else _ask(call, key)


def _voice(call: Call) -> str:
    words = " ".join(call.sheet.values.get("voice_words", "").split())
    return f"First, the child's voice: {f'“{words}”' if words else _filled(call, 'voice')}"


def _child(call: Call) -> list[str]:
    sheet = call.sheet
    parts = []
    for child in sheet.children:
        gaps = [
            _ask(call, key)
            for key in ("dob", "nhs_number")
            if not getattr(child, key) and not child.edd and child.kind != "unborn"
        ]
        parts.append(
            f"This is about {_end(child_words(child, call.day).replace('; ', ', '))} {' '.join(gaps)}".rstrip()
        )
    if not parts:
        parts = [
            "The caller gave no name. I ask them to refer with a name."
            if sheet.identity == NO_NAMES
            else "[ask: Who is the child: name, date of birth, NHS number, address?]"
        ]
    return [*parts, _place(call), f"Is the child safe now? {_filled(call, 'safety_now')}"]


def _place(call: Call) -> str:
    words = _plain(field_words(call, "where_now"))
    if words.split(" ")[0] in ("At", "In", "On", "With"):
        return f"The child is now {_end(_small(words))}"
    return f"Where is the child now? {_filled(call, 'where_now')}"


def _worry(call: Call) -> str:
    category = _small(_plain(field_words(call, "category")))
    issues = [call.pack.label("issue", each) for each in call.sheet.many.get("issues", ())]
    return (
        joined(category, "; ".join(_small(_plain(each)) for each in issues), by=": ")
        or "[ask: What is the worry, in one sentence?]"
    )


def _facts(call: Call) -> list[str]:
    """The walk's answers, then what happened as noted, no longer than one can read aloud."""
    answers = [_end(f"{label}: {text}") for label, text in answered_under(call, "SBA", _SAID)]
    notes = " ".join(call.sheet.notes.split())
    if not notes:
        return answers
    if len(notes) > _LONGEST:
        notes = f"{notes[:_LONGEST].rpartition(' ')[0]} … (the rest is in the record)"
    return [*answers, f"What was said: {_end(notes)}"]


def _secret(call: Call) -> list[str]:
    labels = joined(*(each.label for each in call.guided.hides), by="; ")
    return [f"Do not tell the family, or anybody named: {_end(labels)}"] if labels else []


def _agreed(call: Call) -> list[str]:
    agreed = [_end(_promise(call, each)) for each in call.sheet.actions]
    must_not = field_words(call, "must_not")
    return [
        *(["Agreed so far:", *agreed] if agreed else []),
        *([f"What must not happen: {_end(must_not)}"] if must_not else []),
    ]


def _promise(call: Call, action: Action) -> str:
    """Who does it, by when, and what it is, as one says it."""
    found = due_of(action, call.hours)
    now = "now, " if call.pack.at_once(action.code, action.due) else ""
    by = f"{now}by {shown_instant(found.at)}" if found and found.at else ""
    who = (call.sheet.caller.name if is_callers(call, action) else "") or action.who
    who = f"The {who}" if who in ("caller", "desk") else who
    what = _plain(call.pack.label("action", action.code))
    return joined(joined(who, by), _small(what) if who or by else what, by=": ")


def _plain(label: str) -> str:
    """A label without the part in brackets: abbreviations are for the eye."""
    return re.sub(r" \([^()]*\)", "", label)


def _small(label: str) -> str:
    """A label within a sentence: its first letter is small, except in a name or an abbreviation."""
    named = any(word[:1].isupper() for word in label.split()[1:])
    return label if named or label[1:2].isupper() else label[:1].lower() + label[1:]


def _gaps(call: Call) -> list[str]:
    unknown = [*not_known(call), *filter(None, [field_words(call, "not_known")])]
    return [f"We do not know: {_end('; '.join(unknown))}"] if unknown else []


def _caller(call: Call) -> str:
    words = [_small(_plain(field_words(call, key))) for key in ("role", "service")]
    who = joined(call.sheet.caller.name or "somebody who gave no name", *words)
    number = call.sheet.values.get("callback", "").strip()
    return f"Our caller is {_end(joined(who, number))}"


def _number(call: Call) -> list[str]:
    return [] if call.sheet.values.get("callback", "").strip() else [_ask(call, "callback")]
