"""What a new sheet begins with if it is not a fresh call: a pasted email, or the next child of a visit.

Everything filled in like this is marked on the sheet (``Sheet.came``); what a contact is about is never
filled in.
"""

from collections.abc import Iterable
from dataclasses import replace

from spoc.model.forms.email import Email, notes_of
from spoc.model.forms.kinds import REMEMBERED, hours_code
from spoc.model.forms.sheet import Person, Sheet, with_caller
from spoc.model.rules.clock import Hours
from spoc.model.values.instants import utc_text

EMAIL_IN, NHS_NET = "EMAIL-IN", "nhs-net"
OF_VISIT = ("service", "role", "callback", "verified", "channel", "hours", "record_system")


def mailed(sheet: Sheet, email: Email, text: str, known: Person | None, hours: Hours) -> Sheet:
    """The sheet with the contents of a pasted email: who wrote it from where, when it was sent, and all its
    text.

    ``known`` is the only caller with exactly that name, if there is one; their details from last time come
    with them.
    """
    if email.sender_name:
        named = Person(name=email.sender_name, kind="professional")
        sheet = with_caller(sheet, known or named, REMEMBERED)
    fields = {"channel": EMAIL_IN}
    if email.nhs_net:
        fields["verified"] = NHS_NET
    if email.sent:
        fields["received_at"] = utc_text(email.sent)
        fields["hours"] = hours_code(email.sent, hours)
    filled = [*(["caller"] if email.sender_name else []), *(key for key in fields if fields[key])]
    return replace(
        sheet,
        values={**sheet.values, **fields},
        notes=notes_of(email, text),
        came={**sheet.came, **dict.fromkeys(filled, "email")},
    )


def words_of(email: Email) -> str:
    """What spoc must say about an email it has taken, doubts first."""
    if not (email.sender_name or email.address):
        return "The text has no sender at the top; it is in the notes as it was."
    if email.doubt:
        return email.doubt
    if email.address and not email.nhs_net:
        return f"{email.address} is not an nhs.net address: say how the caller was verified."
    return "Read from the email: what is marked “email”. Look at each."


def next_child(done: Sheet, fresh: Sheet, visit: str, caller: Person) -> Sheet:
    """The sheet for the next child of a visit: who rang from where, how and when; nothing about the child.

    ``caller`` is the caller's record, now that the previous contact is closed; ``visit`` the first
    contact's id (hex).
    """
    kept = {key: done.values[key] for key in OF_VISIT if done.values.get(key)}
    kept["received_at"] = done.received_at
    marked = (*(["caller"] if caller.name else []), *kept)
    return replace(
        fresh,
        values={**fresh.values, **kept},
        caller=caller,
        came=dict.fromkeys(marked, "visit"),
        visit=visit,
        slot="child",
    )


def visit_words(children: Iterable[tuple[str, ...]]) -> str:
    """Which child of a visit comes next, given the children of each contact before: "visit, 3rd child"."""
    number = sum(max(1, len(names)) for names in children) + 1
    tenth = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"visit, {number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(tenth, 'th') } child"
