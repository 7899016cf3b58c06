"""Who may be the same person: one matcher for calls, emails, lists of attendances, JSON and sync.

    asked = described({"name": "Ty Brook", "age": "4 months", "age_on": "2026-11-26"}, today)
    for found in matches(asked, held, lore()):      # held: some Described from the store
        print(found.of.name, found.reasons, found.against)

It warns and never merges. It shows no score, only reasons for and against, in words, best first. Only a match
that is ``certain`` may be attached without asking, and the page then says so. A fact that is missing on
either side is neither for nor against. Among many persons ``probes`` finds the few worth comparing by their
``marks`` (see probes.py); spoc.storage.persons.matching does that for a store.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.persons import names
from spoc.model.persons.births import Born, born, near_day
from spoc.model.persons.names import Like, Lore
from spoc.model.values import nhs_number
from spoc.model.values.dates import shown_day
from spoc.model.values.tokens import fold, numbers_in, plain_words

MOST = 8  # matches shown for one person

# how far a birth may be before or after the due date
_EARLY, _LATE = timedelta(weeks=18), timedelta(weeks=3)
_PHONE = 9  # the last digits of a telephone number, which identify it


@dataclass(frozen=True, slots=True)
class Described:
    """A person as described or as stored; a field that nobody gave is empty. ``age`` is the age on the day
    ``age_on``; ``nhs_number`` are digits, right or wrong, ``doubted`` if nobody has confirmed them;
    ``mother`` is her name, ``also`` are the person's other names; ``id`` is the record's (hex)."""

    name: str = ""
    dob: date | None = None
    age: str = ""
    age_on: date | None = None
    edd: date | None = None
    nhs_number: str = ""
    address: str = ""
    phone: str = ""
    mother: str = ""
    sex: str = ""
    also: tuple[str, ...] = ()
    id: str = ""
    doubted: bool = False

    @property
    def number_words(self) -> str:
        """The NHS number in groups for reading out, and whether it is in doubt."""
        number = nhs_number.grouped(self.nhs_number) if self.nhs_number else ""
        return f"{number} (in doubt)" if number and self.doubted else number


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may be meant. ``certain``: NHS number and date of birth agree and nothing contradicts.
    ``rank`` only gives the order and is never shown."""

    of: Described
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    certain: bool
    rank: tuple[int, ...]

    @property
    def contradicted(self) -> bool:
        """Whether something contradicts it: another first name, another number, another day."""
        return self.rank[1] < 0


_KEYS = {"name", "dob", "age", "age_on", "edd", "nhs_number", "address", "phone", "mother", "sex"}


def described(fields: Mapping[str, Any], today: date) -> Described:
    """A person from JSON: ``name``, ``dob`` (ISO) or ``age`` and ``age_on``, ``nhs_number``, ``address``,
    ``phone``, ``mother``, ``sex``, ``edd``. An age without a day is as of today. A number with a wrong digit
    is accepted as it is. Raises BadInput, naming what cannot be read.
    """
    for key, value in fields.items():
        if key not in _KEYS:
            raise BadInput(f"{key} is not known here: {', '.join(sorted(_KEYS))} are.")
        if (value is not None and not isinstance(value, str | int)) or isinstance(value, bool):
            raise BadInput(f"{key} must be text.")
    values = {key: str(value).strip() for key, value in fields.items() if value is not None}
    days: dict[str, date | None] = {}
    for key in ("dob", "age_on", "edd"):
        try:
            days[key] = date.fromisoformat(values[key]) if values.get(key) else None
        except ValueError:
            raise BadInput(f"{key} must be a day such as 2019-03-12.") from None
    age_on = days["age_on"] or (today if values.get("age") else None)
    if age_on and values.get("age"):
        born(values["age"], age_on)
    if not any(values.get(key) for key in ("name", "nhs_number", "phone", "mother")):
        raise BadInput("Give at least a name, an NHS number, a telephone number or the mother.")
    return Described(
        name=values.get("name", ""),
        dob=days["dob"],
        age=values.get("age", ""),
        age_on=age_on,
        edd=days["edd"],
        nhs_number="".join(each for each in values.get("nhs_number", "") if each.isdecimal()),
        address=values.get("address", ""),
        phone=values.get("phone", ""),
        mother=values.get("mother", ""),
        sex=values.get("sex", ""),
    )


def matches(
    asked: Described, people: Iterable[Described], lore: Lore, most: int = MOST
) -> list[Match]:
    """The people who may be the one asked for, best first, each only once."""
    found = [match for each in people if (match := compare(asked, each, lore))]
    return sorted(found, key=lambda match: (*(-each for each in match.rank), match.of.id))[:most]


def compare(asked: Described, known: Described, lore: Lore) -> Match | None:
    """Whether the two may be the same person; None if not enough speaks for it.

    Mother, address and telephone number are reasons, but not enough alone.
    """
    case, named = _Case(), _Case()
    numbers = _number(asked, known, case)
    day = _day(asked, known, case)
    near_by = [_phone(asked, known, case), _address(asked, known, case)]
    if numbers < NEAR and day == OTHER and not any(near_by):
        return None  # even if the names differ
    name = _best_name(asked, known, lore)
    mother = _mother(asked, known, lore, case)
    if not _forward(asked, known, name, numbers, day, any(near_by), mother):
        return None
    _name_reasons(name, named, day == SAME)
    if asked.sex and known.sex and asked.sex.casefold()[:1] != known.sex.casefold()[:1]:
        case.contradicts("the other sex is recorded")
    if numbers == MISSING and day == MISSING and not any(near_by) and not mother:
        case.against.append("nothing but the name speaks for it")
    against = (*named.against, *case.against)
    contradicted = named.contradicted + case.contradicted
    alike = (name.given or Like.NOT) + (name.family or Like.NOT)
    return Match(
        known,
        (*named.reasons, *case.reasons),
        against,
        numbers == SAME and day == SAME and not (contradicted or known.doubted or asked.doubted),
        (numbers, -contradicted, day, alike, sum(near_by) + mother, -len(against)),
    )


SAME, NEAR, MISSING, OTHER = 3, 2, 1, 0


@dataclass(slots=True)
class _Case:
    """What speaks for the two being the same person, and what against. A contradiction is more than a difference."""

    reasons: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    contradicted: int = 0

    def contradicts(self, why: str) -> None:
        self.against.append(why)
        self.contradicted += 1


def _forward(
    asked: Described,
    known: Described,
    name: names.Comparison,
    numbers: int,
    day: int,
    near_by: bool,
    mother: bool,
) -> bool:
    """Whether everything together is enough to show somebody."""
    some = bool(name.given or name.family)
    if numbers == SAME:
        return True
    if numbers == NEAR:
        return some or day == SAME
    if day == SAME:
        # A first name alone: the family name has changed. A family name alone: a twin, or a first name that
        # was given later; the reasons against say which.
        return some or (mother and name.given != Like.NOT)
    if day == NEAR:
        return name.whole or (bool(name.given) and near_by)
    if day == MISSING:
        if mother and _due(asked, known):
            return name.given != Like.NOT
        return name.whole or (bool(name.given) and (near_by or mother))
    return name.whole and near_by


def _due(one: Described, other: Described) -> bool:
    """Whether one is not born yet, and both have a date."""
    return bool(one.edd or other.edd) and all(each.edd or each.dob for each in (one, other))


# -- names -----------------------------------------------------------------------------------------


def _best_name(asked: Described, known: Described, lore: Lore) -> names.Comparison:
    """The comparison of the two most similar names, including other names they are known by."""
    asked_names = [names.read(each, lore) for each in (asked.name, *asked.also)]
    known_names = [names.read(each, lore) for each in (known.name, *known.also)]
    compared = [names.compare(one, other, lore) for one in asked_names for other in known_names]
    return max(compared, key=lambda each: (each.given or 0) + (each.family or 0))


def _name_reasons(name: names.Comparison, case: _Case, same_day: bool) -> None:
    met = [each for each in name.pairs if each.like]
    if name.given == Like.SAME and name.family == Like.SAME and not any(name.left):
        case.reasons.append("same name")
    elif name.given == Like.SAME and name.family == Like.SAME:
        case.reasons.append("same first and family name")
    elif name.given == Like.SAME:
        case.reasons.append("same first name")
    elif name.family == Like.SAME:
        case.reasons.append("same family name")
    for each in met:
        text = f"{each.one.title()}, {each.other.title()}"
        if each.like == Like.FORM:
            case.reasons.append(f"forms of one name ({text})")
            case.against.append(f"not the same word ({text})")
        elif each.like == Like.NEAR:
            case.reasons.append(f"a near spelling ({text})")
            case.against.append(f"not spelt the same ({text})")
        elif each.like == Like.SOUND:
            case.reasons.append(f"sounds alike ({text})")
            case.against.append(f"not spelt the same ({text})")
        elif each.like == Like.INITIAL:
            case.reasons.append(f"the initial agrees ({text})")
            case.against.append(f"only the initial is known ({text})")
    if name.crossed:
        case.reasons.append("the names stand in another order")
    if name.given == Like.NOT:
        twin = ": may be a twin" if same_day and name.family else ""
        case.contradicts(f"another first name ({_both(name.first)}){twin}")
    if name.family == Like.NOT:
        case.against.append(f"another family name ({_both(name.last)})")


def _both(words: tuple[str, str]) -> str:
    return ", ".join(each.title() for each in words)


# -- numbers ---------------------------------------------------------------------------------------


def _number(asked: Described, known: Described, case: _Case) -> int:
    """How the NHS numbers agree. Two missing numbers do not agree."""
    one, other = asked.nhs_number, known.nhs_number
    if not one or not other:
        return MISSING
    if one == other:
        case.reasons.append("same NHS number")
        if known.doubted or asked.doubted:
            case.against.append("the NHS number is in doubt")
        return SAME
    if _one_slip(one, other):
        case.reasons.append("NHS number differs in one digit")
        case.against.append("not the same NHS number")
        return NEAR
    case.contradicts("another NHS number")
    return OTHER


def _one_slip(one: str, other: str) -> bool:
    """Whether two numbers differ by one digit, a missing digit, or two swapped digits."""
    from rapidfuzz import distance

    return len(one) > 7 and distance.OSA.distance(one, other, score_cutoff=1) <= 1


# -- birth -----------------------------------------------------------------------------------------


def _day(asked: Described, known: Described, case: _Case) -> int:
    """How the dates of birth agree; one may be an age or a due date."""
    if asked.dob and known.dob:
        return _days(asked.dob, known.dob, case)
    for one, other in ((asked, known), (known, asked)):
        if one.edd and other.dob:
            if one.edd - _EARLY <= other.dob <= one.edd + _LATE:
                case.reasons.append(f"born about the date that was due ({shown_day(one.edd)})")
                return MISSING
            case.contradicts(f"the date that was due does not fit ({shown_day(one.edd)})")
            return OTHER
    if asked.edd and known.edd:
        if abs(asked.edd - known.edd) <= _LATE:
            case.reasons.append("due about the same day")
            return MISSING
        case.contradicts("due on another day")
        return OTHER
    mine, yours = _birth_range(asked), _birth_range(known)
    if not mine or not yours:
        return MISSING
    if mine.meets(yours):
        case.reasons.append("the age fits")
        return MISSING
    if mine.about().meets(yours) or yours.about().meets(mine):
        case.reasons.append("the age nearly fits")
        case.against.append("the age is not quite the same")
        return MISSING
    case.contradicts("the age does not fit")
    return OTHER


def _birth_range(of: Described) -> Born | None:
    if of.dob:
        return Born(of.dob, of.dob)
    if not of.age or not of.age_on:
        return None
    try:
        return born(of.age, of.age_on)
    except BadInput:
        return None  # kept as somebody gave it, but not comparable


def _days(one: date, other: date, case: _Case) -> int:
    if one == other:
        case.reasons.append("same date of birth")
        return SAME
    both = f"{shown_day(one)}, {shown_day(other)}"
    why = near_day(one, other)
    if why:
        case.reasons.append(f"date of birth: {why}")
        case.against.append(f"not the same date of birth ({both})")
        return NEAR
    case.contradicts(f"another date of birth ({both})")
    return OTHER


# -- where, and whose ------------------------------------------------------------------------------


def _phone(asked: Described, known: Described, case: _Case) -> bool:
    one, other = _line(asked.phone), _line(known.phone)
    if one and one == other:
        case.reasons.append("same telephone number")
        return True
    return False


def _line(text: str) -> str:
    return next((each[-_PHONE:] for each in numbers_in(text) if len(each) >= _PHONE), "")


def _address(asked: Described, known: Described, case: _Case) -> bool:
    one, other = plain_words(asked.address), plain_words(known.address)
    if not one or not other:
        return False
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) > 1 and longer[: len(shorter)] == shorter:
        case.reasons.append("same address")
        return True
    codes = [_postcode(each.address) for each in (asked, known)]
    if codes[0] and codes[0] == codes[1] and one[0] == other[0]:
        case.reasons.append("same house number and postcode")
        return True
    case.against.append("another address")
    return False


def _postcode(address: str) -> str:
    found = _POSTCODE.search(fold(address))
    return "".join(found[0].split()) if found else ""


_POSTCODE = re.compile(r"\b[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}\b")


def _mother(asked: Described, known: Described, lore: Lore, case: _Case) -> bool:
    if not asked.mother or not known.mother:
        return False
    compared = names.compare(names.read(asked.mother, lore), names.read(known.mother, lore), lore)
    if compared.whole:
        case.reasons.append("same mother")
        return True
    if compared.given == Like.NOT:
        case.against.append("another mother")
    return False
