"""Sample calls for reading back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from samples import GENERIC, a_sheet

from spoc.model.documents.readback.readback import text_of
from spoc.model.documents.readback.readback_words import Call
from spoc.model.forms.contact import missing_to_close
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.rules import clock
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guiding import guided
from spoc.model.values.instants import utc_text
from spoc.model.values.reference import reference

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday


HOURS = clock.Hours(clock.parse_week("Mon-Fri 09:00-17:00"), frozenset(), frozenset(), NOW.date().replace(year=2028))  # fmt: skip


CSC = replace(HOURS, week=clock.parse_week("Mon-Fri 08:30-17:00"))


CONTACT = "019f0000000070008000" + "00001a2b3c4d"


REFERENCE = reference(CONTACT)


def a_call(sheet: Sheet, pack: Pack = GENERIC, **changes: Any) -> Call:
    day = NOW.date()
    call = Call(
        sheet=sheet,
        contact=CONTACT,
        advisor="Ada Advisor",
        desk="Musgrove duty desk",
        service="Invented service",
        form=CONTACT_FORM,
        pack=pack,
        hours=HOURS,
        csc=CSC,
        guided=guided(sheet, pack.guide, day),
        now=NOW + timedelta(minutes=20),
        lacks=missing_to_close(sheet, pack, CONTACT_FORM, day, guided(sheet, pack.guide, day)),
        closed=True,
    )
    return replace(call, **changes)


def the_bruise(**values: str) -> Sheet:
    """A baby with a bruise, everything of it answered."""
    at = utc_text(NOW)
    sheet = a_sheet(
        NOW,
        children=(Person("Ty Brook", "child", dob="2026-07-19", nhs_number="9990000018"),),
        many={"issues": ("bruise-nonmobile",)},
        actions=(
            Action("verbal-csc-caller", "caller", "24h", at),
            Action("paediatric-opinion", "Dr Osei", "2026-11-20T16:10:00Z", at),
            Action("csc-decision", "desk", "1wd", at),
        ),
        outcome="awaiting-csc",
        values={
            "received_at": utc_text(NOW - timedelta(minutes=50)),
            "impact": "An injury that nobody can explain; at risk of more tonight.",
            "voice": "observed",
            "voice_words": "Cries when his father picks him up",
            "must_not": "Ty must not leave before a senior paediatrician has seen him",
            "safety_now": "in-hospital",
            "parents_know": "informed-disagrees",
            "sharing": "child-at-risk",
            "caller_records": "yes",
            "record_system": "epr",
            "record_number": "H-77",
            "mobility": "not-mobile",
            "household": "Mother Lea, 19; her partner Dan",
            "spoken_to": "Dr Osei, consultant",
            "not_known": "Who was with him on Tuesday: the nurse asks",
        }
        | values,
        notes="Bruise on the left cheek, 2 cm.\nFell off the sofa, says the mother.",
        answers={"considered": Answer("answered", "yes"), "danger": Answer("unknown")},
    )
    met = Response("done", ("verbal-csc-caller", "paediatric-opinion"), at=utc_text(NOW))
    return replace(sheet, prompts={**sheet.prompts, "T2": met})


def flat(call: Call, version: str) -> str:
    """The text of a version with its lines joined, as a sentence may go over several."""
    return " ".join(text_of(call, version).split())
