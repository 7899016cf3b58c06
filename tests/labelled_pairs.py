"""Labelled pairs: a description of a child, a record at the desk, and whether they are the same child.

Written before the matcher and not changed since, so that it measures the matcher and is not fitted to it. The
same seed gives the same pairs. There are equally many of each kind of slip.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from invented_names import COMMUNITIES, PLACES, SHORT_FORMS

from spoc.model.values.dates import whole_months
from spoc.model.values.nhs_number import completed

SEED, HOW_MANY = 20261126, 5_000
TODAY = date(2026, 11, 26)

SAME = (
    *(
        "typo",
        "transposition",
        "nickname",
        "name order",
        "surname changed",
        "day and month swapped",
    ),
    *("one digit of the birth date", "no NHS number", "one wrong digit of the number"),
    *("signs dropped", "age for a date"),
)
NOT_THE_SAME = ("twins", "same-name cousins", "siblings", "neighbours")


@dataclass(frozen=True, slots=True)
class Pair:
    """``asked`` is as somebody says it, ``held`` as the desk has it, both with the keys of
    ``spoc person match``; ``kind`` is the slip, or who else it is."""

    kind: str
    same: bool
    asked: dict[str, Any]
    held: dict[str, Any]


def pairs(how_many: int = HOW_MANY, seed: int = SEED) -> list[Pair]:
    """The pairs: three of five are the same child."""
    chance = Random(seed)
    numbers = _numbers(chance)
    made = []
    for at in range(how_many):
        held = _child(chance, next(numbers))
        if at % 5 < 3:
            kind = SAME[(at // 5 * 3 + at % 5) % len(SAME)]
            made.append(Pair(kind, True, _told(chance, held, kind), held))
        else:
            kind = NOT_THE_SAME[(at // 5 * 2 + at % 5 - 3) % len(NOT_THE_SAME)]
            made.append(Pair(kind, False, _other(chance, held, kind, next(numbers)), held))
    return made


def _numbers(chance: Random) -> Any:
    """NHS numbers of the test range, none twice."""
    given = set()
    while True:
        number = completed(f"999{chance.randrange(10**6):06d}")
        if number and number not in given:
            given.add(number)
            yield number


def _child(chance: Random, number: str) -> dict[str, Any]:
    given, family = COMMUNITIES[chance.choice(list(COMMUNITIES))]
    born = TODAY - timedelta(days=chance.randrange(1, 17 * 365))
    first = chance.choice(given)
    return {
        "name": f"{chance.choice(family)}, {first}",
        "dob": born.isoformat(),
        "nhs_number": number,
        "address": f"{chance.randrange(1, 180)} {chance.choice(PLACES)}",
        "phone": f"07700 900{chance.randrange(1000):03d}",
    }


def _told(chance: Random, held: dict[str, Any], kind: str) -> dict[str, Any]:
    """The same child with one slip; often without a number, an address or a telephone."""
    asked = dict(held)
    for key, often in (("nhs_number", 0.5), ("address", 0.5), ("phone", 0.5)):
        if chance.random() < often:
            del asked[key]
    family, first = held["name"].split(", ")
    if kind == "typo":
        asked["name"] = _mistyped(chance, family, first)
    elif kind == "transposition":
        asked["name"] = _transposed(chance, family, first)
    elif kind == "nickname":
        while first not in SHORT_FORMS:
            given, families = COMMUNITIES[chance.choice(list(COMMUNITIES))]
            first, family = chance.choice(given), chance.choice(families)
        held["name"] = f"{family}, {first}"
        asked["name"] = f"{family}, {SHORT_FORMS[first]}"
    elif kind == "name order":
        asked["name"] = chance.choice((f"{first} {family}", f"{first}, {family}"))
    elif kind == "surname changed":
        others = COMMUNITIES[chance.choice(list(COMMUNITIES))][1]
        asked["name"] = f"{chance.choice([each for each in others if each != family])}, {first}"
    elif kind == "day and month swapped":
        born = date.fromisoformat(held["dob"]).replace(day=chance.randrange(1, 13))
        born = min(born, TODAY)
        if born.day == born.month or born.day > 12:
            born = date(born.year - 1, 3, 11)
        held["dob"] = born.isoformat()
        asked["dob"] = born.replace(day=born.month, month=born.day).isoformat()
    elif kind == "one digit of the birth date":
        asked["dob"] = _another_digit(chance, held["dob"])
    elif kind == "no NHS number":
        asked.pop("nhs_number", None)
    elif kind == "one wrong digit of the number":
        number, at = held["nhs_number"], chance.randrange(3, 10)
        wrong = chance.choice([each for each in "0123456789" if each != number[at]])
        asked["nhs_number"] = number[:at] + wrong + number[at + 1 :]
    elif kind == "signs dropped":
        asked["name"] = _bare(held["name"])
    else:  # an age for a date
        born = date.fromisoformat(asked.pop("dob"))
        on = TODAY - timedelta(days=chance.randrange(0, min(200, (TODAY - born).days)))
        months = whole_months(born, on)
        asked["age"] = f"{months} months" if months < 24 else f"{months // 12} years"
        asked["age_on"] = on.isoformat()
    return asked


def _other(chance: Random, held: dict[str, Any], kind: str, number: str) -> dict[str, Any]:
    """Another child who is easily taken for the one that is held."""
    family, first = held["name"].split(", ")
    given = next(g for g, families in COMMUNITIES.values() if first in g and family in families)
    another = chance.choice([each for each in given if each != first])
    born = date.fromisoformat(held["dob"])
    later = born - timedelta(days=chance.randrange(320, 3_000))
    asked = dict(held, nhs_number=number)
    if kind == "twins":
        asked["name"] = f"{family}, {another}"
    elif kind == "siblings":
        asked |= {"name": f"{family}, {another}", "dob": later.isoformat()}
    elif kind == "same-name cousins":
        place = f"{chance.randrange(200, 300)} {chance.choice(PLACES)}"
        asked |= {"dob": later.isoformat(), "address": place, "phone": "07700 900999"}
    else:  # neighbours
        away, families = COMMUNITIES[chance.choice(list(COMMUNITIES))]
        name = (
            f"{chance.choice(families)}, {chance.choice([each for each in away if each != first])}"
        )
        asked |= {"name": name, "dob": later.isoformat(), "phone": "07700 900998"}
    for key in ("nhs_number", "phone"):
        if chance.random() < 0.5:
            del asked[key]
    return asked


def _mistyped(chance: Random, family: str, first: str) -> str:
    """One letter more, less or another, in either name."""
    names = [family, first]
    which = chance.randrange(2)
    word, at = names[which], chance.randrange(1, len(names[which]))
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    names[which] = chance.choice(
        (
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
        )
    )
    return ", ".join(names)


def _transposed(chance: Random, family: str, first: str) -> str:
    """Two letters that changed places, in the longer name."""
    names = [family, first]
    which = 0 if len(family) >= len(first) else 1
    word = names[which]
    at = chance.randrange(0, len(word) - 1)
    names[which] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return ", ".join(names)


def _another_digit(chance: Random, day: str) -> str:
    while True:
        at = chance.choice([3, 5, 6, 8, 9])
        changed = day[:at] + chance.choice("0123456789") + day[at + 1 :]
        try:
            born = date.fromisoformat(changed)
        except ValueError:
            continue
        if changed != day and date(2005, 1, 1) < born <= TODAY:
            return changed


_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "ß": "ss", "ı": "i"})


def _bare(name: str) -> str:
    """Without any sign: Ó Súilleabháin, Lily-Mae becomes O Suilleabhain, LilyMae."""
    apart = unicodedata.normalize("NFD", name.translate(_PLAIN))
    return "".join(each for each in apart if not unicodedata.combining(each) and each not in "-'’")
