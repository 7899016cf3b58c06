"""A child's attendances for a rule set to count: planned ones are marked, and a child sent on makes one journey."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from spoc.model.attendance.cell_values import from_text
from spoc.model.rules.guiding.thresholds import Event

_PLANNED = "4"  # ECDS attendance category: planned follow-up
# a child who reaches another department within this time is on one journey
_JOURNEY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """One attendance: when (local) and where, the flags it raised, its category as sent, its record's id."""

    arrived: str
    site: str
    flags: Sequence[str] = ()
    category: str = ""
    id: str = ""

    @property
    def planned(self) -> bool:
        text = self.category.casefold()
        return text == _PLANNED or ("planned" in text and "unplanned" not in text)


def events(visits: Iterable[Visit], owner: str = "") -> list[Event]:
    """One child's visits as events. A child sent on to another department within a day makes one journey."""
    found: list[Event] = []
    journey, last = "", Visit("", "")
    for each in sorted(visits, key=lambda visit: (visit.arrived, visit.site)):
        moment = from_text(each.arrived)
        near = last.arrived and moment.earliest - from_text(last.arrived).earliest <= _JOURNEY
        if not (near and each.site != last.site):
            journey = f"{each.arrived} {each.site}"
        last = each
        injury = {"injury"} if any("INJURY" in flag for flag in each.flags) else set()
        found.append(
            Event(
                moment.day, frozenset({"attendance"} | injury), "ED attendance", each.id, "attendance",
                each.site, each.planned, matter=f"{owner} {journey}", sibling=owner,
            )
        )  # fmt: skip
    return found
