"""What a review of an attendance must contain before it counts. Pure.

The checklist's items that concern a flag need an answer: ``raised`` or ``nothing`` (looked, nothing raised);
the rest may stay not looked at. One key clears a clear case, and the record says that nobody went through its
checklist; it never clears a child under 2, an injury, a child who left unseen, or a "cannot tell".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spoc.model.attendance.flags import Flag
from spoc.model.forms.forms import Field
from spoc.model.rules.codes import Pack

CLEAR = "clear"
LIST, RECORD = "list", "record"
BASES = {LIST: "list only", RECORD: "ED record read"}
RAISED, NOTHING = "raised", "nothing"
ANSWERS = {RAISED: "raised", NOTHING: "looked, nothing raised", "": "not looked at"}
ITEMS = tuple(range(1, 9))


@dataclass(frozen=True, slots=True)
class Review:
    """A review as typed. ``items`` maps an item's number to its answer; ``basis`` says what it was based on;
    ``one_key`` says that a single key cleared it."""

    disposition: str = ""
    basis: str = ""
    items: Mapping[int, str] = field(default_factory=dict)
    note: str = ""
    one_key: bool = False


def touched(flags: Sequence[Flag]) -> tuple[int, ...]:
    """The checklist items that these flags concern."""
    return tuple(sorted({each.item for each in flags}))


def missing(review: Review, flags: Sequence[Flag], pack: Pack) -> list[str]:
    """What a review still lacks, one sentence each."""
    lacks = []
    if review.basis not in BASES:
        lacks.append(
            "First say what you have read: b changes between the list only and the ED record."
        )
    open_items = [each for each in touched(flags) if not review.items.get(each)]
    if open_items and not review.one_key:
        numbers = ", ".join(map(str, open_items))
        lacks.append(
            f"The flags ask for item {numbers}: press its number once for raised, twice for nothing."
        )
    if pack.find("disposition", review.disposition) is None:
        lacks.append("Choose how the review ends.")
    if review.disposition in ("cannot-review", "second-reviewer") and not review.note.strip():
        lacks.append(
            "Write a note: why it cannot be reviewed, or what the second reviewer looks at."
        )
    if review.disposition == CLEAR and RAISED in review.items.values():
        lacks.append("An item is raised, so it cannot end as “no concern after review”.")
    return lacks


# The form for a review's last step.
REVIEW_FORM = (
    Field("disposition", "Decision", "code", "disposition", row=1, hint="How the review ends.",
          needed="choose how the review ends"),
    Field("note", "Note", "notes", row=2),
)  # fmt: skip
# What a review agrees, with owner and time; it appears in the queue of follow-ups.
FOLLOW_UP_FORM = (
    Field("code", "Action", "code", "action", row=1, hint="What was agreed.", needed="say what was agreed"),
    Field("who", "Who", "text", row=2, hint="Who does it: a name, a role, the desk.", needed="say who does it"),
    Field("due", "By when", "text", row=3, hint="By when: 24h, 3wd (working days), 1630, t+1 0900, mon.",
          needed="say by when"),
)  # fmt: skip
# A child added by hand, from paper or by telephone: the least that an attendance needs.
BY_HAND = (
    Field("number", "Att. no.", "text", row=1, hint="The attendance number of the department.",
          needed="type the attendance number"),
    Field("arrived", "Arrived", "text", row=2, hint="Day and time: 25/11/2026 23:40.",
          needed="type when the child arrived"),
    Field("name", "Name", "text", row=3, hint="Surname, Forename."),
    Field("birth_date", "Born", "text", row=4, hint="19/07/2018; leave it empty if it is not known."),
    Field("nhs_number", "NHS no.", "text", row=5),
    Field("complaint", "Came with", "text", row=6),
    Field("diagnosis", "Diagnosis", "text", row=7),
    Field("departed", "Left", "text", row=8, hint="Day and time; empty while the child is in the department."),
    Field("discharge_status", "How", "text", row=9, hint="Discharged, admitted, left before being seen …"),
)  # fmt: skip
