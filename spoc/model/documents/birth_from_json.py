"""A birth in JSON: a day, a due date, or an age with the day it was given."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from spoc.model.errors import BadInput
from spoc.model.forms.child import Terms, born, with_birth
from spoc.model.forms.sheet import UNBORN, Person
from spoc.model.rules.codes import Pack
from spoc.model.values.ages import age_of, due_date, parse_age
from spoc.model.values.dates import shown_day


class Rules(Protocol):
    @property
    def pack(self) -> Pack: ...


class Reader(Protocol):
    """Reads a contact: its values, and every reason against it."""

    on: date
    today: date
    bad: list[str]

    @property
    def rules(self) -> Rules: ...
    def text(self, where: str, value: Any) -> str: ...
    def day(self, where: str, value: Any, *, past: bool) -> str: ...


def read(reader: Reader, where: str, fields: Mapping[str, Any], kind: str) -> Person:
    """A birth as given: a day, a due date, or an age with the day it was given. An unlikely one is in
    doubt, with a sentence about what the contact lacks."""
    dob, edd = reader.text(f"{where} dob", fields.get("dob")), reader.text("", fields.get("edd"))
    age, age_on = reader.text(f"{where} age", fields.get("age")), reader.on
    if fields.get("age_on") is not None:
        said_on = reader.day(f"{where} age_on", fields["age_on"], past=True)
        age_on = date.fromisoformat(said_on) if said_on else reader.on
        if not age:
            reader.bad.append(f"{where} age_on: it goes with an age.")
    if dob and edd:
        reader.bad.append(f"{where}: a child has a date of birth or a due date, not both.")
        return Person(kind=kind)
    if age and (dob or edd):
        reader.bad.append(f"{where}: a child has an age or a date, not both.")
        return Person(kind=kind)
    if age and kind != UNBORN and parse_age(age) is None:
        kind = UNBORN if _gestation(age, reader.on) else kind
    key, text = next(
        (pair for pair in (("dob", dob), ("edd", edd), ("age", age)) if pair[1]), ("", "")
    )
    terms = Terms(age_on, reader.today, reader.rules.pack.plausible)
    try:
        if key == "age" and kind != UNBORN:
            age_of(text)  # nothing else
        elif key == "dob":
            text = shown_day(born(text, terms))
        return with_birth(Person(kind=kind), text, terms)
    except BadInput as refused:
        reader.bad.append(f"{where} {key}: {refused}")
        return Person(kind=kind)


def _gestation(text: str, on: date) -> bool:
    try:
        return due_date(text, on) is not None
    except BadInput:
        return False
