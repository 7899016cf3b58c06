"""Invented lists of two emergency departments: the children who came in the last two nights."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from spoc.model.attendance.row import Attendance, Where
from spoc.model.demo.people import People
from spoc.model.forms.sheet import Person
from spoc.model.values import nhs_number
from spoc.model.values.dates import shown_day, whole_months

SITES, NIGHTS = ("ED-NGH", "ED-SGH"), 2
_FEWEST, _MOST = 9, 14  # a department's children in a night
_EVENING, _HOURS = 17, 15  # from five in the afternoon, for so many hours


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """Why somebody came: their age in months, the words of the list, what else it states."""

    months: tuple[int, int]
    complaint: str
    diagnosis: str
    more: dict[str, str] = field(default_factory=dict)
    leaves: bool = True


# The first of these need a second look; each night has a few of them, and many of the rest.
_GRAVE = (
    DemoVisit((3, 8), "Fell from bed onto carpet", "Head injury", {"accompanied_by": "Mother"}),
    DemoVisit((2, 5), "Bruise to the cheek", "", {"accompanied_by": "Father"}),
    DemoVisit((6, 11), "Head injury, fell from arms", "",
          {"accompanied_by": "Mother", "discharge_status": "Left before being seen"}),
    DemoVisit((14, 22), "Scald from a cup of tea", "Burn to the forearm", {"accompanied_by": "Mother"}),
    DemoVisit((180, 200), "Overdose, paracetamol", "Deliberate self-poisoning",
          {"arrival_mode": "Police", "accompanied_by": "Police"}, leaves=False),
    DemoVisit((156, 190), "Cuts to the forearm", "Self-harm", {"accompanied_by": "Friend"}),
    DemoVisit((60, 130), "", "", {"accompanied_by": "Mother"}),
    DemoVisit((170, 200), "Assault, punched in the face", "Facial injury",
          {"accompanied_by": "None", "discharge_status": "Left before treatment"}),
    DemoVisit((20, 60), "Swallowed tablets of a grandparent", "Accidental ingestion", {"accompanied_by": "Grandmother"}),
)  # fmt: skip
_USUAL = (
    DemoVisit((12, 60), "Fever", "Viral illness"),
    DemoVisit((8, 40), "Barking cough", "Croup"),
    DemoVisit((30, 110), "Ear pain", "Otitis media"),
    DemoVisit((80, 180), "Wrist injury, football", "Sprain of the wrist"),
    DemoVisit((90, 190), "Ankle injury", "Sprain of the ankle"),
    DemoVisit((40, 160), "Abdominal pain", "Constipation"),
    DemoVisit((24, 100), "Wheeze", "Viral wheeze"),
    DemoVisit((48, 150), "Bead in the nose", "Foreign body"),
    DemoVisit((60, 170), "Head injury, playground", "Minor head injury"),
    DemoVisit((15, 50), "Vomiting", "Gastroenteritis"),
)


def nights(
    seed: int, now: datetime, known: Sequence[Person] = (), taken: Collection[str] = ()
) -> Iterator[tuple[str, list[Attendance]]]:
    """The list of the nights before ``now`` (local, naive) for each department.

    ``known`` are children whom the desk knows: some of them come to a department as well. ``taken`` are the
    NHS numbers already in use.
    """
    chance = random.Random(seed)
    people, back = People(chance, now - timedelta(days=1), taken), list(known)
    chance.shuffle(back)
    number = chance.randrange(400_000, 500_000)
    for site in SITES:
        rows: list[Attendance] = []
        for night in range(NIGHTS, 0, -1):
            evening = (now - timedelta(days=night)).replace(hour=_EVENING, minute=0, second=0)
            grave = chance.sample(_GRAVE, 3)
            usual = chance.choices(_USUAL, k=chance.randrange(_FEWEST, _MOST) - len(grave))
            for visit in (*grave, *usual):
                number += chance.randrange(1, 9)
                at = evening + timedelta(minutes=chance.randrange(_HOURS * 60))
                if at < now:
                    child = _of_age(back, visit, at.date()) if chance.random() < 0.3 else None
                    rows.append(_row(chance, people, visit, at, now, str(number), site, child))
        yield site, sorted(rows, key=lambda row: row.fields["arrived"])


def _of_age(known: list[Person], visit: DemoVisit, on: date) -> Person | None:
    """A known child of the right age for a visit, removed from the list."""
    low, high = visit.months
    for child in known:
        if low <= whole_months(date.fromisoformat(child.dob), on) <= high:
            known.remove(child)
            return child
    return None


def _row(
    chance: random.Random,
    people: People,
    visit: DemoVisit,
    at: datetime,
    now: datetime,
    number: str,
    site: str,
    known: Person | None,
) -> Attendance:
    """One attendance, as the row that the hospital would send."""
    child = known or people.patient(visit.months, at.date())
    left = at + timedelta(minutes=chance.randrange(40, 320))
    fields = {
        "arrived": at.strftime("%Y-%m-%dT%H:%M"),
        "name": child.name,
        "nhs_number": child.nhs_number,
        "birth_date": child.dob,
        "complaint": visit.complaint,
        "diagnosis": visit.diagnosis,
        "gp_practice": chance.choice(("Invented Surgery", "Elm Lane Practice", "Bridge House")),
        "school": chance.choice(("Hill Primary", "Vale Academy", "St Invented's")),
        "departed": left.strftime("%Y-%m-%dT%H:%M") if visit.leaves and left < now else "",
        **visit.more,
    }
    fields = {name: text for name, text in fields.items() if text}
    sent = {
        "Attendance number": number,
        "Arrival": f"{shown_day(at.date())} {at:%H:%M}",
        "Name": child.name,
        "NHS number": nhs_number.grouped(child.nhs_number) if child.nhs_number else "",
        "Complaint": visit.complaint,
        "Diagnosis": visit.diagnosis,
    }
    where = Where(f"{site.lower()}.csv", "", 1)
    return Attendance(number, site, fields, sent, where)
