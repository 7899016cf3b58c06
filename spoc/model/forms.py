"""Forms as data: the screen, the store and the search are drawn from one description.

To add a coded field to the contact, add one ``Field`` line here and its list to the pack.
"""

from dataclasses import dataclass
from typing import Literal

FieldKind = Literal[
    "caller", "child", "text", "code", "many", "when", "actions", "outcome", "notes"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``codes`` names the pack's list. ``last`` takes the caller's last value as a default (shown as
    such); ``default`` is a value that stands until another is typed. ``row`` puts fields that share
    the number side by side.
    """

    key: str
    label: str
    kind: FieldKind
    codes: str = ""
    last: bool = False
    default: str = ""
    row: int = 0


CONTACT_FORM: tuple[Field, ...] = (
    Field("caller", "Caller", "caller", row=1),
    Field("service", "Service", "code", "service", last=True, row=2),
    Field("role", "Role", "code", "role", last=True, row=2),
    Field("callback", "Call back", "text", last=True, row=3),
    Field("verified", "Verified", "code", "verified", row=3),
    Field("channel", "Channel", "code", "channel", default="TEL-IN", row=4),
    Field("hours", "Hours", "code", "hours", row=4),
    Field("child", "Child", "child", row=5),
    Field("where_now", "Child now", "code", "place", row=6),
    Field("received_at", "Received", "when", row=6),
    Field("category", "Category", "code", "category", row=7),
    Field("issues", "Issues", "many", "issue", row=8),
    Field("actions", "Actions", "actions", "action", row=9),
    Field("outcome", "Outcome", "outcome", "outcome", row=10),
    Field("record_system", "Recorded", "code", "record-system", row=11),
    Field("record_number", "Number", "text", row=11),
    Field("notes", "Notes", "notes", row=12),
)
