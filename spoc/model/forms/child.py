"""A child on the sheet: how old, what the typed birth may mean, and what nobody has confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import UNBORN, Person, Sheet
from spoc.model.values import nhs_number
from spoc.model.values.ages import age_on_day, due_date, kept_age, months_between, parse_age
from spoc.model.values.dates import age, gestation_words, parse_day, quoted, shown_day, whole_months

DOB, EDD, AGE, NUMBER = "dob", "edd", "age", "nhs_number"
AGE_BAND = "age_band"  # the walk's question that an age answers
_OF_BIRTH = (DOB, EDD, AGE)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One way to read what was typed. ``sure`` if the advisor chose it although it is unlikely."""

    text: str
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """The context for reading a birth: the local day it was said, today, and how far off it may be (see
    Pack.plausible)."""

    on: date
    today: date
    plausible: Mapping[str, relativedelta]


def child_of(fields: Mapping[str, Any]) -> Person:
    """A child from a record of the store."""

    def said(name: str) -> str:
        return str(fields.get(name) or "")

    return Person(
        name=said("name"),
        kind=said("kind"),
        dob=said(DOB),
        edd=said(EDD),
        age=said(AGE),
        age_on=said("age_on"),
        nhs_number=said(NUMBER),
        doubt=said("doubt"),
    )


def in_doubt(person: Person, *fields: str) -> bool:
    """Whether one of these fields still needs confirming."""
    return not set(fields).isdisjoint(person.doubt.split())


def birth_in_doubt(person: Person) -> bool:
    return in_doubt(person, *_OF_BIRTH)


def doubted(person: Person, field: str, doubt: bool) -> Person:
    """The person with a field marked as in doubt, or no longer."""
    rest = [each for each in person.doubt.split() if each != field]
    return replace(person, doubt=" ".join([*rest, field] if doubt else rest))


def number_words(child: Person) -> str:
    """An NHS number as it is read out, and whether it is in doubt."""
    if not child.nhs_number:
        return ""
    return nhs_number.grouped(child.nhs_number) + (" (in doubt)" if in_doubt(child, NUMBER) else "")


# -- how old -------------------------------------------------------------------------------------------


def months_of(child: Person, on: date) -> tuple[int, int] | None:
    """A child's age on a day in whole months, at least and at most; None if it is not known, or if nobody
    has confirmed an unlikely birth."""
    if birth_in_doubt(child):
        return None
    try:
        if child.dob:
            months = whole_months(date.fromisoformat(child.dob), on)
            return months, months
        return months_between(child.age, child.age_on, on) if child.age else None
    except (BadInput, ValueError):
        return None


def age_words(child: Person, on: date) -> str:
    """A child's age or an unborn baby's weeks, in words; empty if nothing is known."""
    try:
        if child.kind == UNBORN:
            words = gestation_words(date.fromisoformat(child.edd), on) if child.edd else ""
        elif child.dob:
            words = age(date.fromisoformat(child.dob), on)
        else:
            words = age_on_day(child.age, child.age_on) if child.age else ""
    except BadInput:
        return "born after the contact?"
    return f"{words} (in doubt)" if words and birth_in_doubt(child) else words


def birth_words(child: Person, on: date) -> str:
    """What is known about a birth: "19 Jul 2026, 4 months", "about 4 months on 26 Nov 2026", weeks and due
    date."""
    day = shown_day(date.fromisoformat(child.dob)) if child.dob and child.kind != UNBORN else ""
    return ", ".join(filter(None, (day, age_words(child, on))))


def birth_typed(child: Person) -> str:
    """The text of Born, or of Due date, as one would type it."""
    day = child.edd if child.kind == UNBORN else child.dob
    if day:
        return shown_day(date.fromisoformat(day))
    return kept_age(child.age).words if child.age else ""


def age_said(sheet: Sheet) -> str:
    """The age given for a child, or for somebody not named: "4 months"; "" if none was given."""
    parts = [child.age for child in sheet.children if child.age] or [sheet.values.get(AGE, "")]
    return kept_age(parts[-1]).words if parts[-1] else ""


# -- what was typed ------------------------------------------------------------------------------------


def with_birth(child: Person, typed: str, terms: Terms, *, sure: bool = False) -> Person:
    """The child with the birth that was typed: a day, an age, a due date or a gestation.

    Raises BadInput if it is none of these or in the future; an unlikely one is in doubt unless ``sure``.
    """
    bare = replace(child, dob="", edd="", age="", age_on="")
    for each in _OF_BIRTH:
        bare = doubted(bare, each, doubt=False)
    text = typed.strip()
    if not text:
        return bare
    if child.kind == UNBORN:
        due = due_date(text, terms.on) or parse_day(text, terms.today)
        found, field = replace(bare, edd=due.isoformat()), EDD
    elif parsed := parse_age(text):
        found, field = replace(bare, age=str(parsed), age_on=terms.on.isoformat()), AGE
    else:
        found, field = replace(bare, dob=born(text, terms).isoformat()), DOB
    return doubted(found, field, doubt=not sure and bool(unlikely(found, terms)))


def born(text: str, terms: Terms) -> date:
    """The day of birth that was typed. If two digits of a year could mean one in the future or one too long
    ago, it means the future one, and is refused."""
    day = parse_day(text, terms.today, past=True)
    if _too_old(day, terms):
        nearest = parse_day(text, terms.today)
        if nearest > terms.today:
            raise BadInput(
                f"{quoted(text)} is not a date of birth: {shown_day(nearest)} is still to come. "
                "Type it again, the year in full."
            )
    return day


def unlikely(child: Person, terms: Terms) -> str:
    """Why somebody has to confirm the birth, as a sentence; "" if it is likely enough."""
    if child.edd:
        due, limit = date.fromisoformat(child.edd), terms.plausible.get("due-date")
        if limit and not terms.on - limit <= due <= terms.on + limit:
            return f"Due {shown_day(due)}, {gap(due, terms.on)}: is that right?"
    if child.dob:
        day = date.fromisoformat(child.dob)
        if _too_old(day, terms):
            return f"Born {shown_day(day)}, which makes {age(day, terms.today)}: is that right?"
    if child.age and _too_old(kept_age(child.age).births(terms.on)[1], terms):
        return f"{kept_age(child.age).words} old: is that right for a child?"
    return ""


def birth_doubt(sheet: Sheet, terms: Terms) -> str:
    """What still needs confirming for the first child with a doubtful birth; "" if there is none."""
    for child in sheet.children:
        if birth_in_doubt(child):
            why = unlikely(child, terms) or f"{birth_typed(child)}: is that right?"
            return f"{child.name or 'The child'}: {why}"
    return ""


def readings(
    typed: str, child: Person, terms: Terms
) -> list[tuple[str, str, Interpretation | None]]:
    """Every way to read the typed birth: how it would appear, how old it makes the child, and what choosing
    it means (None: as typed). Raises BadInput if there is none."""
    found = with_birth(child, typed, terms)
    why = unlikely(found, terms) if birth_in_doubt(found) else ""
    if why:
        return [(birth_typed(found), why, Interpretation(typed, sure=True))]
    ways: list[tuple[str, str, Interpretation | None]] = [
        (birth_typed(found), _age_choice(found, terms), None)
    ]
    if found.age and "/" in typed:  # 4/12 is also a date
        try:
            day = shown_day(born(typed, terms))
        except BadInput:
            return ways
        other = with_birth(child, day, terms)
        ways.append((day, _age_choice(other, terms), Interpretation(day)))
    return ways


def gap(due: date, on: date) -> str:
    """How far off a due date is: "14 months to go"."""
    months = whole_months(min(due, on), max(due, on))
    return f"{months} months {'to go' if due > on else 'ago'}"


def _age_choice(child: Person, terms: Terms) -> str:
    return (
        f"old, kept as “{age_words(child, terms.on)}”" if child.age else age_words(child, terms.on)
    )


def _too_old(day: date, terms: Terms) -> bool:
    limit = terms.plausible.get("child-age")
    return limit is not None and day < terms.today - limit
