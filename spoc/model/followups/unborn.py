"""The unborn board: how far along each baby is, the plan for the birth, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from spoc.model.forms.forms import Field
from spoc.model.values.dates import counted

BORN, LOST, ENDED, MOVED = "born", "lost", "ended", "moved"
# shown only to people who work on the case; everything due to the family stops
QUIET = (LOST, ENDED)
_TERM = timedelta(weeks=40)
_WEEK = timedelta(weeks=1)

PLAN_FORM = (
    Field("plan", "Plan", "code", "yes-no", row=1, hint="Is there a birth plan?",
          needed="say whether there is a plan: yes or no"),
    Field("plan_where", "On the ward", "text", row=2, hint="Where the ward finds it."),
    Field("holder", "Held by", "text", row=3, hint="Name and role of whoever holds it.",
          needed="say who holds it"),
)  # fmt: skip
BIRTH_FORM = (
    Field("name", "Child", "text", row=1, hint="Family name, first name. A twin: the same key again.",
          needed="say what the child is called, as far as it is known"),
    Field("dob", "Born", "text", row=2, hint="The day: t, 19 nov.", needed="say when the child was born"),
    Field("nhs_number", "NHS no.", "text", row=3, hint="Where it is known."),
)  # fmt: skip
GONE_FORM = (
    Field("on", "On", "text", row=1, hint="The day, as far as it is known. Empty: not known."),
    Field("why", "Told by", "text", row=2, hint="Who said so.", needed="say who said so"),
)  # fmt: skip
MOVED_FORM = (
    Field("area", "To", "text", row=1, hint="The authority or trust that has them now.",
          needed="say where they have moved to"),
    Field("on", "On", "text", row=2, hint="The day.", needed="say from what day"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unborn:
    """An unborn baby on the board. ``person`` is the record's id, ``contact`` the last contact about the
    baby; days are ISO text or ""; ``born`` names the children who were born."""

    person: bytes
    name: str
    edd: str
    mother: bytes = b""
    mother_name: str = ""
    contact: bytes = b""
    plan: str = ""
    plan_where: str = ""
    holder: str = ""
    ended: str = ""
    ended_on: str = ""
    area: str = ""
    born: tuple[str, ...] = ()
    heads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def weeks(self, today: date, late: timedelta) -> str:
        """How far along: "32 weeks, 8 left", "41 weeks", "42 weeks: CHASE"."""
        if not self.edd:
            return "due date not known"
        due = date.fromisoformat(self.edd)
        weeks = (today - (due - _TERM)) // _WEEK
        if self.overdue(today, late):
            return f"{weeks} weeks: CHASE"
        left = (due - today).days // 7
        return f"{counted(max(weeks, 0), 'week')}" + (f", {left} left" if left > 0 else "")

    def overdue(self, today: date, late: timedelta) -> bool:
        """Whether the due date was ``late`` ago and nobody has said what became of the baby."""
        return bool(not self.ended and self.edd and today >= date.fromisoformat(self.edd) + late)
