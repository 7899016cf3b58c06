"""Taking what was typed about a child: the name, the birth, the NHS number or the mother; an age in the
walk."""

from dataclasses import replace
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.forms.child import (
    AGE,
    AGE_BAND,
    DOB,
    EDD,
    NUMBER,
    WEEK,
    Interpretation,
    Terms,
    birth_in_doubt,
    doubted,
    in_doubt,
    unlikely,
    with_birth,
)
from spoc.model.forms.sheet import NO_NAMES, UNBORN, Person, Sheet, with_child, with_value
from spoc.model.rules.codes import Code
from spoc.model.values import nhs_number
from spoc.model.values.ages import age_of, due_date, kept_age

Choice = Code | Person | Interpretation | None


def take_child(sheet: Sheet, typed: str, choice: Choice) -> Sheet:
    """One more child: a known one, an unborn one, one without a name, or somebody new with the typed name."""
    if isinstance(choice, Person):
        return with_child(sheet, choice)
    if isinstance(choice, Code) and choice.code == NO_NAMES:
        return replace(sheet, identity=NO_NAMES, children=())
    if isinstance(choice, Code) and choice.code == UNBORN:
        return with_child(sheet, Person(name="Unborn baby", kind=UNBORN))
    first = "the name comes first, then the age in Born and the number in NHS no."
    return with_child(sheet, Person(name=named(typed, first), kind="child")) if typed else sheet


def named(typed: str, instead: str) -> str:
    """A name as typed. Digits without a letter belong on another line: BadInput says which (``instead``)."""
    if any(each.isalpha() for each in typed) or not any(each.isdigit() for each in typed):
        return typed
    raise BadInput(f"“{typed}” is not a name: {instead}")


def take_birth(sheet: Sheet, typed: str, choice: Choice, terms: Terms) -> Sheet:
    """Takes Born, or the due date of an unborn baby. An unlikely birth is refused until it is chosen as
    right."""
    if not sheet.children:
        return sheet
    child, sure = sheet.children[-1], isinstance(choice, Interpretation) and choice.sure
    text = choice.text if isinstance(choice, Interpretation) else typed
    found = with_birth(child, text, terms, sure=sure)
    if birth_in_doubt(found):
        raise BadInput(f"{unlikely(found, terms)} ↓ and Enter if it is; otherwise type it again.")
    return with_last_child(sheet, _as_recorded(child, found, text, terms))


def _as_recorded(child: Person, found: Person, text: str, terms: Terms) -> Person:
    """What was typed about a child the store knows: the record's value if the two agree, the new one if the
    record has none. Raises BadInput if they differ."""
    known = child.kept.fields
    doubted = set(str(known.get("doubt") or "").split())
    for field in (DOB, EDD, AGE):
        recorded = str(known.get(field) or "")
        if not recorded or field in doubted:
            continue
        if getattr(found, field) == recorded:
            return child if getattr(child, field) == recorded else found
        if field == AGE and found.dob:
            continue  # a day of birth says more than an age
        if not _agrees(field, recorded, str(known.get("age_on") or ""), found, text, terms):
            raise otherwise(child)
        return child
    return found


def _agrees(
    field: str, recorded: str, said_on: str, found: Person, text: str, terms: Terms
) -> bool:
    """Whether a typed age or gestation is possible for the record."""
    if field == EDD:
        typed = due_date(text, terms.on)
        return typed is not None and abs(date.fromisoformat(recorded) - typed) < WEEK
    if not found.age:
        return False
    first, last = kept_age(found.age).births(terms.on)
    if field == DOB:
        return first <= date.fromisoformat(recorded) <= last
    begins, ends = kept_age(recorded).births(date.fromisoformat(said_on))
    return first <= ends and begins <= last


def otherwise(child: Person) -> BadInput:
    """The refusal to say that it is another child, or that the record is wrong."""
    return BadInput(
        f"{child.name} is recorded differently. Another child? Backspace twice in Child, then name them as new. "
        "A wrong record is amended on its page, with a reason."
    )


def take_reference(sheet: Sheet, typed: str, choice: Choice) -> Sheet:
    """The NHS number of a child, or the mother of an unborn baby."""
    if not sheet.children:
        return sheet
    child = sheet.children[-1]
    if child.kind != UNBORN:
        if isinstance(choice, Person):  # it is the same child, already known or named
            rest = replace(sheet, children=sheet.children[:-1])
            return with_child(rest, choice)
        number = nhs_number.parse(typed) if typed else ""
        known = str(child.kept.fields.get(NUMBER) or "")
        if known and number != known and not in_doubt(child, NUMBER):
            raise otherwise(child)
        doubt = isinstance(choice, Interpretation)
        return with_last_child(
            sheet, doubted(replace(child, nhs_number=number), NUMBER, doubt=doubt)
        )
    if not typed:
        return with_last_child(sheet, replace(child, name="Unborn baby", mother=None))
    if isinstance(choice, Person):
        mother = choice
    else:
        mother = Person(named(typed, "how far on she is goes into Due date."), kind="adult")
    baby = replace(child, name=f"Unborn baby of {mother.name}", mother=mother)
    return with_last_child(sheet, baby)


def with_last_child(sheet: Sheet, child: Person) -> Sheet:
    return replace(sheet, children=(*sheet.children[:-1], child))


def take_age(sheet: Sheet, typed: str, choice: Choice, terms: Terms) -> Sheet:
    """Takes an answer to how old the child is: an age, for the child whose birth is not known or, if nobody
    is named, for the contact; or, by its code, that nobody knows."""
    bare = with_value(with_value(sheet, AGE_BAND, ""), AGE, "")
    if not typed:
        return bare
    if isinstance(choice, Code):
        return with_value(bare, AGE_BAND, choice.code)
    age = age_of(typed)
    unknown = [
        place
        for place, child in enumerate(sheet.children)
        if child.kind != UNBORN and not child.dob
    ]
    if not unknown:
        return with_value(bare, AGE, str(age))
    place = unknown[-1]
    child = with_birth(sheet.children[place], typed, terms)
    return replace(bare, children=(*sheet.children[:place], child, *sheet.children[place + 1 :]))
