"""Forms as data: the screen, the store and the search are drawn from one description.

To add a coded field to the contact, add one ``Field`` line here and its list to the pack.
"""

from dataclasses import dataclass
from typing import Literal

FieldKind = Literal[
    "caller", "child", "text", "code", "many", "when", "clock", "age", "actions", "outcome", "notes"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``codes`` names the pack's list. ``last`` takes the caller's last value as a default (and shows that);
    ``default`` is the value until another is typed. ``row`` puts fields with the same number side by side; without
    it a field has its own row.
    ``brief`` is the label if the form's column is too narrow for the whole one. ``hint`` says what to type,
    ``needed`` what spoc says when the field is empty and must not be (the pack says which fields a contact
    needs to close). ``walk`` keeps it off the call's first page: the question of the pack with the same key
    asks for it.
    """

    key: str
    label: str
    kind: FieldKind
    codes: str = ""
    last: bool = False
    default: str = ""
    row: int = 0
    hint: str = ""
    needed: str = ""
    walk: bool = False
    brief: str = ""

    @property
    def in_brief(self) -> str:
        """The label that fits in a form."""
        return self.brief or self.label


CONTACT_FORM: tuple[Field, ...] = (
    Field("caller", "Caller", "caller", row=1),
    Field("service", "Service", "code", "service", last=True, row=2),
    Field("role", "Role", "code", "role", last=True, row=2),
    Field("callback", "Call-back number", "text", last=True, row=3, brief="Call-back no."),
    Field("verified", "Caller identity checked", "code", "verified", row=3, brief="Identity"),
    Field("channel", "Channel", "code", "channel", default="TEL-IN", row=4),
    Field("hours", "Hours", "code", "hours", row=4),
    Field("child", "Child", "child", row=5),
    Field(
        "where_now",
        "Where the child is now",
        "code",
        "place",
        row=6,
        brief="Child is now",
        needed="choose a place",
    ),
    Field("received_at", "Received", "when", row=6),
    Field("category", "Category", "code", "category", row=7),
    Field("issues", "Issues", "many", "issue", row=8),
    Field("actions", "Agreed actions", "actions", "action", row=9, needed="say what was agreed"),
    Field("outcome", "Outcome", "outcome", "outcome", row=10),
    Field("record_system", "Recorded", "code", "record-system", row=11),
    Field("record_number", "Number", "text", row=11),
    Field("notes", "Notes", "notes", row=12),
    Field("safety_now", "Safe now", "code", "safety", walk=True),
    Field("age_band", "Age", "code", "age-band", walk=True),
    # for a child whom nobody named, in answer to the same question
    Field("age", "Age said", "age", walk=True),
    Field("voice", "Child's voice", "code", "voice", walk=True),
    Field("voice_words", "In the child's words", "text", walk=True),
    Field("household", "Household", "text", walk=True),
    Field("mobility", "Mobility", "code", "mobility", walk=True),
    Field("disability", "Disability", "code", "disability", walk=True),
    Field("impact", "Impact", "text", walk=True),
    Field("not_known", "Not known yet", "text", walk=True),
    Field("tool", "Tool used", "code", "tool", walk=True),
    Field("parents_know", "Parents told", "code", "parent-knowledge", walk=True),
    Field("sharing", "Sharing basis", "code", "basis", walk=True),
    Field("must_not", "Must not happen", "text", walk=True),
    Field("spoken_to", "Spoken to", "text", walk=True),
    Field("rpd_step", "RPD step", "code", "rpd-step", walk=True),
    Field("caller_records", "Caller records", "code", "caller-records", walk=True),
    Field("restricted", "Restricted", "code", "restricted", walk=True),
    Field("about_staff", "About staff", "text", walk=True),
)

# A request for information that was answered: a separate record, beside the contact in which they asked.
RELEASE_FORM: tuple[Field, ...] = (
    Field(
        "body", "Asked for by", "code", "requester", row=1,
        hint="The body that asks.", needed="say which body asks",
    ),
    Field(
        "asked_by", "Who asked", "text", row=2,
        hint="Name and role of whoever asked, and their reference.", needed="say who asked",
    ),
    Field(
        "basis", "Basis", "code", "basis", row=3,
        hint="Why it may be shared.", needed="say on what basis it is shared",
    ),
    Field(
        "approved_by", "Approved by", "text", row=4,
        hint="Name and role of whoever approved the release.", needed="say who approved it",
    ),
    Field(
        "released", "Released", "notes", row=5,
        hint="What was released, and how. Tab or F2 leaves.", needed="say what was released",
    ),
)  # fmt: skip

# An action added to a contact later; an outcome, with who said it and when.
ACTION_FORM: tuple[Field, ...] = (
    Field(
        "code", "Action", "code", "action", row=1,
        hint="What was agreed.", needed="say what was agreed",
    ),
    Field("who", "Who", "text", row=2, hint="Who does it: caller, desk, or a name."),
    Field(
        "due", "By when", "text", row=3,
        hint="By when: 24h, 3wd (working days), 1630, t+1 0900, mon.",
    ),
)  # fmt: skip
