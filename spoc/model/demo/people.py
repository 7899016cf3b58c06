"""The people in the demo: callers who ring often, children and their brothers and sisters, unborn babies."""

import random
from collections import deque
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from spoc.model.demo import words
from spoc.model.demo.words import Story
from spoc.model.forms.sheet import UNBORN, Kept, Person
from spoc.model.forms.sheet_commands import REMEMBERED
from spoc.model.ledger.ids import uuid7
from spoc.model.ledger.table import Value
from spoc.model.values import nhs_number
from spoc.model.values.dates import whole_months

_CALLERS = 140
_REMEMBERED = 300  # how many families somebody may ring about again
# NHS numbers that begin with 999, without those for which no last digit is right
_NUMBERS = 1_000_000


class People:
    """Everybody the desk deals with. A person includes what the store knows about them once they are
    ``written``; somebody who is only in a draft is not."""

    def __init__(
        self, chance: random.Random, begins: datetime, taken: Collection[str] = ()
    ) -> None:
        self.chance, self.begins, self.taken = chance, begins, taken
        self.known: deque[tuple[Person, ...]] = deque(maxlen=_REMEMBERED)
        # has no common factor with the range
        self.stride = chance.randrange(100_000, 900_000) * 10 + 7
        self.number = chance.randrange(_NUMBERS)
        self.given = 0
        self.callers = {service: self._desk_callers(service) for service in words.SERVICES}

    def ringing(self, service: str, written: bool, named: bool) -> Person:
        """Who rings: a few people often; now and then somebody without a name, if that is allowed."""
        if not named and self.chance.random() < 0.03:
            return Person(role=self.chance.choice(words.SERVICES[service][1]))
        callers = self.callers[service]
        place = int(len(callers) * self.chance.random() ** 2)
        caller = callers[place]
        if not written:
            return caller if caller.kept.fields else replace(caller, id="")
        callers[place] = _known(caller)
        return caller

    def _desk_callers(self, service: str) -> list[Person]:
        share, roles = words.SERVICES[service]
        return [
            Person(
                name=self._name(self.chance.choice(words.SURNAMES)),
                kind="professional",
                id=self.new_id(self.begins).hex(),
                service=service,
                role=self.chance.choice(roles),
                callback=f"01632 960{self.chance.randrange(1000):03}",
            )
            for _ in range(max(2, share * _CALLERS // 1000))
        ]

    def children(self, story: Story, on: date, at: datetime, written: bool) -> tuple[Person, ...]:
        """The child, sometimes one whom the desk already knows, sometimes with brothers and sisters."""
        if self.known and self.chance.random() < 0.22:
            for _ in range(8):
                family = self.chance.choice(self.known)
                if self._fits(family[0], story, on):
                    return family if self.chance.random() < 0.7 else family[:1]
        family = self._unborn(on, at) if story.unborn else self._family(story, on, at)
        if not written:
            return tuple(_unknown(child) for child in family)
        self.known.append(tuple(_known(child) for child in family))
        return family

    def patient(self, months: tuple[int, int], on: date) -> Person:
        """A child of a given age in months who came to an emergency department."""
        born = self._born(self.chance.randint(*months), on)
        name = self._name(self.chance.choice(words.SURNAMES))
        return Person(name, dob=born.isoformat(), nhs_number=self._nhs_number())

    def _fits(self, child: Person, story: Story, on: date) -> bool:
        if story.unborn or child.edd:
            return story.unborn and bool(child.edd) and date.fromisoformat(child.edd) > on
        born = date.fromisoformat(child.dob)
        return born <= on and story.youngest <= whole_months(born, on) <= max(
            story.oldest, story.youngest
        )

    def _family(self, story: Story, on: date, at: datetime) -> tuple[Person, ...]:
        chance = self.chance
        surname, oldest = chance.choice(words.SURNAMES), max(story.oldest, story.youngest)
        born = self._born(chance.randint(story.youngest, oldest), on)
        days, draw = [born], chance.random()
        if draw < 0.03:
            days.append(born)  # twins
        elif draw < 0.17:
            for _ in range(chance.randint(1, 3)):
                day = self._born(chance.randrange(216), on)
                if all(abs((day - other).days) > 290 for other in days):
                    days.append(day)
        names: dict[str, None] = {}
        while len(names) < len(days):
            names[chance.choice(words.FIRST_NAMES)] = None
        return tuple(
            Person(f"{surname}, {first}", "child", self.new_id(at).hex(), day.isoformat(),
                   nhs_number=self._nhs_number())
            for first, day in zip(names, days, strict=True)
        )  # fmt: skip

    def _born(self, months: int, on: date) -> date:
        """A day of birth for somebody who is ``months`` whole months old on ``on``."""
        latest = on - relativedelta(months=months)
        span = (latest - (on - relativedelta(months=months + 1))).days
        born = latest - timedelta(days=self.chance.randrange(max(1, span)))
        return born if whole_months(born, on) == months else latest

    def _unborn(self, on: date, at: datetime) -> tuple[Person, ...]:
        mother = Person(
            self._name(self.chance.choice(words.SURNAMES)), "adult", self.new_id(at).hex()
        )
        edd = on + timedelta(days=self.chance.randrange(14, 230))
        baby = Person(
            f"Unborn baby of {mother.name}",
            UNBORN,
            self.new_id(at).hex(),
            edd=edd.isoformat(),
            mother=mother,
        )
        return (baby,)

    def _name(self, surname: str) -> str:
        return f"{surname}, {self.chance.choice(words.FIRST_NAMES)}"

    def _nhs_number(self) -> str:
        """A number that nobody else has; one child in eight has no known number."""
        if self.chance.random() < 0.125:
            return ""
        while self.given < _NUMBERS:
            self.number = (self.number + self.stride) % _NUMBERS
            self.given += 1
            number = nhs_number.completed(f"999{self.number:06}")
            if number and len(set(number)) > 1 and number not in self.taken:
                return number
        return ""

    def new_id(self, at: datetime) -> bytes:
        return uuid7(int(at.timestamp() * 1000), self.chance.randbytes(10))


def _known(person: Person) -> Person:
    """The person as the store knows them, once they are written."""
    mother = _known(person.mother) if person.mother else None
    fields: dict[str, Value] = {
        name: value for name in REMEMBERED if (value := getattr(person, name))
    }
    if mother:
        fields["mother"] = mother.id
    return replace(person, mother=mother, kept=Kept(fields))


def _unknown(person: Person) -> Person:
    """The person as somebody new to the store."""
    return replace(person, id="", mother=_unknown(person.mother) if person.mother else None)
