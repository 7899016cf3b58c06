"""The fields of a person's record, as data: facts, alerts and household. JSON, page and store use them.

A fact is something that somebody stated on a day; the record keeps every statement. To add a kind, add a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spoc.model.forms.forms import Field
from spoc.model.values import nhs_number

DIED = "died"


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact. ``codes`` names the pack's list if it is coded. ``several``: several may be true at a
    time (addresses, names). ``parts`` are its further details: ``since``, ``until``, ``team``, ``number``. In
    JSON a fact with parts may be an object with the value under ``own``."""

    key: str
    label: str
    codes: str = ""
    several: bool = False
    parts: tuple[str, ...] = ()
    own: str = "text"
    day: bool = False  # whether the value itself is a day


RECORD: tuple[Fact, ...] = (
    Fact("name", "Name"),
    Fact("also", "Also known as", several=True),
    Fact("sex", "Sex", codes="sex"),
    Fact("dob", "Born", day=True),
    Fact("age", "Age, as told", parts=("since",)),
    Fact("edd", "Due", day=True),
    Fact("nhs_number", "NHS number"),
    Fact("nhs_number_doubt", "Number in doubt"),
    Fact("address", "Address", several=True, parts=("since", "until")),
    Fact("phone", "Telephone", several=True),
    Fact("gp", "GP practice"),
    Fact("school", "School"),
    Fact("hv", "Health visitor"),
    Fact("sn", "School nurse"),
    Fact(
        "social_worker",
        "Social worker",
        several=True,
        parts=("team", "number", "since"),
        own="name",
    ),
    Fact("communication", "Communication"),
    Fact("interpreter", "Interpreter"),
    Fact("disability", "Disability", codes="disability"),
    Fact("mobility", "Mobility", codes="mobility"),
    Fact("authority", "Responsible", parts=("since",), own="name"),
    Fact(DIED, "Died", own="on"),
)
BY_KEY: Mapping[str, Fact] = {each.key: each for each in RECORD}
# For these, the person's own row has the first statement; a later one that differs is shown beside it.
ON_ROW = ("name", "dob", "edd", "nhs_number")
UNKNOWN = "unknown"  # instead of a day: somebody died, but it is not known when

ALERT_FORM: tuple[Field, ...] = (
    Field("code", "Alert", "code", "alert", needed="Say what the alert is."),
    Field("said_by", "Source", "text", needed="Say who stated it: an alert needs a source."),
    Field("checked", "Checked on", "text", hint="the day it was stated or checked"),
    Field("checked_by", "Checked by", "text"),
    Field("review", "Review by", "text", hint="a day"),
    Field("text", "In words", "text"),
)
HOUSEHOLD_FORM: tuple[Field, ...] = (
    Field("name", "Name", "text", needed="Say who it is, or what they are called."),
    Field("relation", "To the child", "code", "relation", needed="Say what they are to the child."),
    Field("responsible", "Has PR", "code", "yes-no", hint="PR is parental responsibility"),
    Field("said_by", "Said by", "text"),
    Field("until", "Until", "text", hint="a day, where it is past"),
)
DIED_FORM: tuple[Field, ...] = (
    Field("on", "On", "text", hint="the day; leave it empty if it is not known"),
    Field("said_by", "Said by", "text", needed="Say who said so: a death needs a source."),
)
# The facts that the desk adds most often; each field that is filled in becomes a statement of its own.
SAYING_FORM: tuple[Field, ...] = (
    Field("said_by", "Said by", "text", needed="Say who said it.", row=1),
    Field("sex", "Sex", "code", "sex", row=1),
    Field("also", "Also known", "text", row=2),
    Field("phone", "Phone", "text", row=2),
    Field("address", "Address", "text", row=3),
    Field("since", "Since", "text", row=3, hint="from which day, of address, worker or authority"),
    Field("gp", "GP", "text", row=4, hint="the practice, none, or unknown"),
    Field("school", "School", "text", row=4, hint="the school, or none known"),
    Field("hv", "H. visitor", "text", row=5),
    Field("sn", "S. nurse", "text", row=5),
    Field("social_worker", "Social wkr", "text", row=6),
    Field("team", "Team", "text", row=6),
    Field("number", "Number", "text", row=7, hint="where the social worker is rung"),
    Field("authority", "Council", "text", row=7, hint="the local authority"),
    Field("interpreter", "Interpreter", "text", row=8),
    Field("communication", "Speech", "text", row=8),
    Field("mobility", "Mobility", "code", "mobility", row=9),
    Field("disability", "Disabil.", "code", "disability", row=9),
    Field("dob", "Born", "text", row=10),
    Field("nhs_number", "NHS no.", "text", row=10),
)


def sayings(fields: Mapping[str, str], day: Callable[[str], str]) -> list[dict[str, str]]:
    """The facts typed in the form, each as the fields of its table; ``day`` reads a day."""
    found = []
    since = day(fields.get("since", ""))
    for key, fact in BY_KEY.items():
        value = fields.get(key, "").strip()
        if not value:
            continue
        if fact.day:
            value = day(value)
        elif key == "nhs_number":
            value = nhs_number.parse(value)
        parts = {
            part: fields.get(part, "").strip() for part in fact.parts if part in ("team", "number")
        }
        if "since" in fact.parts and since:
            parts["since"] = since
        found.append({"key": key, "value": value, "said_by": fields.get("said_by", ""), **parts})
    return found
