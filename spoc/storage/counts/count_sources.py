"""The kinds of record that are counted, in the database: their tables, their column of time, and what each
state means."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spoc.model.measures.measure import OUTCOME
from spoc.model.measures.record_kinds import ATTENDANCE, CONTACT, DEADLINE, REQUEST

LATEST = (
    "(SELECT code FROM outcome WHERE contact = contact.id AND _void = 0"
    " ORDER BY at DESC, n DESC LIMIT 1)"
)
# In a state's SQL, these stand for the present instant, and for how late a contact may be logged.
NOW, ALLOWED = ":now", ":allowed"
_ALLOWED_TO = f"strftime('%Y-%m-%dT%H:%M:%fZ', contact.received_at, {ALLOWED})"
_REVIEW = "SELECT {} FROM review WHERE review.id = attendance.reviewed"
_TIMED = "SELECT id, code, at, due_at, ended, ended_at FROM {} WHERE _void = 0 AND due_at IS NOT NULL AND sealed IS NULL"


@dataclass(frozen=True, slots=True)
class CountSource:
    """The text after FROM, and the table's name in it; ``at`` is the time, UTC or (``local``) London time;
    ``counts`` says which rows count at all; ``columns`` gives the SQL of fields that are not columns of the
    same name."""

    source: str
    name: str
    at: str
    counts: str
    states: Mapping[str, str]
    columns: Mapping[str, str] = field(default_factory=dict)
    local: bool = False


ROWS: Mapping[str, CountSource] = {
    CONTACT: CountSource(
        "contact",
        "contact",
        "contact.received_at",
        "contact._void = 0",
        {
            "open": "contact.closed_at IS NULL",
            "closed": "contact.closed_at IS NOT NULL",
            "restricted": "contact.sealed IS NOT NULL",
            "late": f"(contact.received_at < contact.opened_at AND contact.opened_at > {_ALLOWED_TO})",
            "read-back": "contact.read_back_at IS NOT NULL",
        },
        {OUTCOME: LATEST},
    ),
    REQUEST: CountSource(
        "request",
        "request",
        "request.asked_at",
        "request._void = 0 AND request.sealed IS NULL",
        {
            "telephone": "request.how = 'telephone'",
            "eha": "request.how = 'eha'",
            "decided": "coalesce(request.decision, '') <> ''",
            "eha-decided": "(request.how = 'eha' AND coalesce(request.decision, '') <> '')",
        },
    ),
    ATTENDANCE: CountSource(
        "attendance",
        "attendance",
        "attendance.arrived",
        "attendance._void = 0 AND attendance.adult IS NULL AND attendance.state IS NULL",
        {
            "reviewed": "attendance.reviewed IS NOT NULL",
            "flagged": "coalesce(attendance.flags, '[]') <> '[]'",
            "frequent": "EXISTS (SELECT 1 FROM json_each(attendance.flags) WHERE json_each.value = 'REPEAT')",
            "record-read": f"({_REVIEW.format('basis')}) = 'record'",
        },
        {"disposition": f"({_REVIEW.format('disposition')})"},
        local=True,
    ),
    DEADLINE: CountSource(
        f"({_TIMED.format('action')} UNION ALL {_TIMED.format('clock')}) AS deadline",
        "deadline",
        "deadline.at",
        "1",
        {
            "due": f"(deadline.due_at <= {NOW} OR deadline.ended = 'kept')",
            "ended": "deadline.ended_at IS NOT NULL",
            "kept-in-time": "(deadline.ended = 'kept' AND deadline.ended_at <= deadline.due_at)",
        },
    ),
}
