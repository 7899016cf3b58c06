"""The professional record of a call, and the same facts in the order of SAFER.

What must be heard comes first: who it is about, the child's voice, the impact, who does what by when, what
must not happen. What is kept for the record follows. Somebody coded, answered, typed or ticked all of that.
A prompt's words are kept apart, at the end: showing them does not mean that anybody agreed.
"""

from spoc.model.documents.readback.readback_words import (
    Call,
    action_words,
    answered_under,
    caller_words,
    children_of,
    field_words,
    item,
    joined,
    not_known,
    part,
    received_words,
    said,
    when,
    wrapped,
)
from spoc.model.followups.followup import holder_words
from spoc.model.forms.contact import Missing
from spoc.model.forms.form_input import labels
from spoc.model.forms.sheet import Action, not_taken
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.guiding.guide import STOP
from spoc.model.rules.guiding.guiding import DISMISSED, DONE, OVERRIDDEN
from spoc.model.values.plain import visible_lines

# Said in its own place, so that it is not repeated among the facts.
_PLACED = (
    "where_now", "category", "issues", "record_system", "record_number", "safety_now", "voice", "voice_words",
    "impact", "not_known", "parents_know", "sharing", "must_not", "spoken_to", "caller_records",
)  # fmt: skip
ADVICE = "Advice from spoc, not agreed"  # written as a sentence: the headings in capitals are the record's
_IN_HEAD = ("service", "role", "callback", "verified", "channel", "hours", "received_at")


def professional(call: Call) -> list[str]:
    """What both sides record; its first part is what is read back to the caller."""
    return [
        *_head(call, "READ-BACK FOR THE PROFESSIONAL RECORD"),
        *_flat(_about(call), _voice(call), _impact(call)),
        *part("Agreed: read this back", *_agreed(call), *_must_not(call), *_stops(call), *_parents(call),
              *_records(call)),
        *part("Situation", *_facts(call, "OS")),
        *part("Background", *_facts(call, "B"), *_beside(call)),
        *part("Assessment", *_facts(call, "A")),
        *part("Recommendation", *_facts(call, "RC")),
        *part("Not known, and how to find out", *_unknown(call)),
        *part("Notes", *_notes(call)),
        *part("The call", *_the_call(call)),
        *_closed_anyway(call),
        *_advice(call),
    ]  # fmt: skip


def safer(call: Call) -> list[str]:
    """Situation; assessment and actions; family factors; expected response; referral and recording."""
    return [
        *_head(call, "SAFER: FOR A CALL TO SOCIAL CARE"),
        *_named("Situation", *_about(call), *_voice(call), *_facts(call, "OS"), *_notes(call)),
        *_named(
            "Assessment and actions",
            *_impact(call),
            *_facts(call, "A"),
            *_stops(call),
        ),
        *_named("Family factors", *_facts(call, "B"), *_beside(call), *_parents(call)),
        *_named("Expected response", *_agreed(call), *_must_not(call), *_facts(call, "RC")),
        *_named("Referral and recording", *_the_call(call), *_records(call), *_unknown(call)),
        *_closed_anyway(call),
        *_advice(call),
    ]


def _named(title: str, *blocks: list[str]) -> list[str]:
    """A part of SAFER: all five are there, even if nothing is known for one."""
    return part(title, *blocks) or part(title, ["- nothing recorded"])


def _flat(*blocks: list[list[str]]) -> list[str]:
    return [line for block in blocks for lines in block for line in lines]


def _head(call: Call, title: str) -> list[str]:
    """The contact's reference and day; who it is about and who rang."""
    still = "" if call.closed else "not closed yet"
    return [
        title,
        *wrapped(joined(f"Reference {call.reference}", shown_instant(call.received), still)),
    ]


def _about(call: Call) -> list[list[str]]:
    children = children_of(call)
    worry = joined(field_words(call, "category"), field_words(call, "issues"), by="; ")
    return [
        *(said("Child", each) for each in children),
        said("Worry", worry),
        said("Where the child is now", field_words(call, "where_now")),
        said("Safe now", field_words(call, "safety_now")),
    ]


def _voice(call: Call) -> list[list[str]]:
    """The child's own words first, then how the child was heard."""
    words = call.sheet.values.get("voice_words", "").strip()
    how = field_words(call, "voice")
    message = f"“{words}”" if words else how
    return [said("Child's voice", f"{message} ({how})" if words and how else message)]


def _impact(call: Call) -> list[list[str]]:
    return [said("IMPACT", field_words(call, "impact"))]


def _held(call: Call, action: Action) -> str:
    return holder_words(action.held, lambda code: call.pack.label("yes-no", code))


def _agreed(call: Call) -> list[list[str]]:
    return [
        wrapped(
            f"{number}. {joined(action_words(call, each), _held(call, each), by='; ')}", hang="   "
        )
        for number, each in enumerate(call.sheet.actions, 1)
    ]


def _must_not(call: Call) -> list[list[str]]:
    return [said("MUST NOT HAPPEN", field_words(call, "must_not"))]


def _stops(call: Call) -> list[list[str]]:
    """How each STOP that fires was met. A STOP appears only by its code: its title says what may be the
    case, and nobody has said that it is."""
    fired = [each.code for each in call.guided.fired if each.kind == STOP]
    return [item(f"STOP {code}: {_met(call, code) or 'NOT ANSWERED YET'}") for code in fired]


def _met(call: Call, code: str) -> str:
    """How a STOP was met: the actions that are still agreed, or why nothing was done."""
    response = call.sheet.prompts.get(code)
    if response is None or response.state not in (DONE, OVERRIDDEN):
        return ""
    at = when(response.at)
    if response.state == OVERRIDDEN:
        return (
            f"{joined('NOT DONE', at, by=' ')}, because {response.why}"
            if response.why.strip()
            else ""
        )
    agreed = {each.code for each in call.sheet.actions}
    if not response.done or not set(response.done) <= agreed:
        return ""
    done = "; ".join(call.pack.label("action", each) for each in response.done)
    return joined(joined("done", at, by=" "), done, response.why, by=": ")


def _advice(call: Call) -> list[str]:
    """What the prompts advise, by their codes, under a heading that nobody can take for an agreement. A
    dismissed one says nothing."""
    met = call.sheet.prompts
    advised = [
        item(f"[{each.code}] {words}")
        for each in call.guided.fired
        if each.code not in met or met[each.code].state != DISMISSED
        for words in each.tells
    ]
    return ["", ADVICE, *(line for lines in advised for line in lines)] if advised else []


def _parents(call: Call) -> list[list[str]]:
    return [
        said("Parents told", field_words(call, "parents_know")),
        said("Shared on the basis", field_words(call, "sharing")),
        said("Spoken to", field_words(call, "spoken_to")),
    ]


def _records(call: Call) -> list[list[str]]:
    """The outcome, and who writes it where."""
    number = call.sheet.values.get("record_number", "").strip()
    where = joined(field_words(call, "record_system"), f"number {number}" if number else "")
    return [
        said(
            "Outcome",
            joined(
                call.pack.label("outcome", call.sheet.outcome),
                call.sheet.outcome_by,
                by="; said by ",
            ),
        ),
        said("Caller records it", field_words(call, "caller_records")),
        said("Recorded in", where),
    ]


def _the_call(call: Call) -> list[list[str]]:
    """Who rang and how that is known, when it was received and logged, who took it."""
    kept = joined(field_words(call, "channel"), field_words(call, "hours").lower())
    return [
        said("Caller", caller_words(call)),
        said("Received", joined(received_words(call), kept, by="; ")),
        said("Taken by", joined(call.advisor, call.desk, call.service)),
    ]


def _facts(call: Call, letters: str) -> list[list[str]]:
    return [said(label, text) for label, text in answered_under(call, letters, _PLACED)]


def _beside(call: Call) -> list[list[str]]:
    """The fields of the form that no question of this pack asks for."""
    asked = call.pack.guide.by_code
    return [
        said(field.label, field_words(call, field.key))
        for field in call.form
        if field.kind in ("text", "code", "many")
        and field.key not in (*_PLACED, *_IN_HEAD)
        and field.key not in asked
    ]


def _unknown(call: Call) -> list[list[str]]:
    return [
        said("Not known yet", field_words(call, "not_known")),
        *(item(f"not known: {each}") for each in not_known(call)),
    ]


def _notes(call: Call) -> list[list[str]]:
    """What was written, and what is typed and not yet taken, so that nothing said is left out."""
    notes = call.sheet.notes.strip()
    typed = [
        said(f"{_whose(call, slot, owner)}, typed and not taken yet", text)
        for slot, owner, text in not_taken(call.sheet)
    ]
    return [*([wrapped(notes, hang="")] if notes else []), *typed]


def _whose(call: Call, slot: str, owner: str) -> str:
    label = labels(call.form).get(slot, slot)
    return f"{label} of {call.pack.label('action', owner)}" if owner else label


def _closed_anyway(call: Call) -> list[str]:
    why = call.sheet.closed_anyway
    if not why:
        return []
    lacks: list[Missing] = [*call.lacks]
    return part(
        "Closed although something was missing",
        said("Because", visible_lines(why)),
        *(item(each.sentence) for each in lacks),
    )
