"""Ages as people say them on the telephone: 4/12 (months), 3/52 (weeks), 5/7 (days), 15, 15y, 4 months.

An age is kept as an age, with the day it was given: it stands for every day of birth that fits, never for
one of them.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from spoc.model.errors import BadInput
from spoc.model.values.dates import counted, quoted, shown_day, whole_months

_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_PARTS = {"7": "d", "52": "w", "12": "m"}  # of a week, of a year
_FRACTION = re.compile(r"([0-9]{1,3}) ?/ ?(7|52|12)")
_UNIT = (
    r"(d|days?|dys?|w|wks?|weeks?|m|mo|mths?|mos|months?|y|yo|y/o|yrs?|years?)(?: ?old| of age)?"
)
_WRITTEN = re.compile(rf"(?:about |approx |~ ?|- ?)?([0-9]{{1,3}}) ?-?{_UNIT}")
_YEARS_MONTHS = re.compile(
    r"([0-9]{1,2}) ?(?:y|yrs?|years?),? ?([0-9]{1,2}) ?(?:m|mths?|months?)(?: ?old)?"
)
_BARE = re.compile(r"[0-9]{1,2}")
_GESTATION = re.compile(
    r"([0-9]{1,2})(?: ?\+ ?([0-6]))?(?: ?/ ?40| ?(?:w|wks?|weeks?)(?: ?(?:([0-6]) ?d(?:ays?)?)?)?)?"
)
_TERM = timedelta(weeks=40)  # from the first day of the last period to the due date
_LONGEST = 44  # weeks: no pregnancy is longer


@dataclass(frozen=True, slots=True)
class Age:
    """An age in whole days, weeks, months or years. ``str(age)`` is the stored form: "4m", "15y"."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.number}{self.unit}"

    @property
    def words(self) -> str:
        """ "4 months", "15 years"."""
        return counted(self.number, _UNITS[self.unit])

    def births(self, on: date) -> tuple[date, date]:
        """The first and the last day of birth that give this age on a day."""
        return self._before(on, self.number + 1) + timedelta(days=1), self._before(on, self.number)

    def _before(self, on: date, number: int) -> date:
        return on - relativedelta(**{f"{_UNITS[self.unit]}s": number})  # type: ignore[arg-type]


def parse_age(text: str) -> Age | None:
    """The age that was typed, or None if the words have another form.

    Understood: ``4/12`` (months), ``3/52`` (weeks), ``5/7`` (days), ``15`` (years), ``15y``, ``15 years``,
    ``4m``, ``-4m``, ``4 months old``, ``2y 3m``.
    """
    words = " ".join(text.casefold().split())
    if match := _FRACTION.fullmatch(words):
        return Age(int(match[1]), _PARTS[match[2]])
    if match := _YEARS_MONTHS.fullmatch(words):
        return Age(int(match[1]) * 12 + int(match[2]), "m")
    if match := _WRITTEN.fullmatch(words):
        return Age(int(match[1]), match[2][0])
    return Age(int(words), "y") if _BARE.fullmatch(words) else None


def age_of(text: str) -> Age:
    """The age in a text. BadInput says what would be understood."""
    found = parse_age(text)
    if found is None:
        raise BadInput(f"{quoted(text)} is not an age: write 4/12, 3/52, 5/7, 4 months or 15y.")
    return found


def kept_age(text: str) -> Age:
    """The age that ``str(age)`` wrote."""
    return Age(int(text[:-1]), text[-1])


def months_between(age: str, said_on: str, on: date) -> tuple[int, int]:
    """The whole months, at least and at most, that somebody may be old on a day, given their age on
    another.

    Raises ValueError if the day comes before they can have been born.
    """
    first, last = kept_age(age).births(date.fromisoformat(said_on))
    if on < first:
        raise ValueError("before the birth")
    return whole_months(last, max(on, last)), whole_months(first, on)


def age_on_day(age: str, said_on: str) -> str:
    """An age as it was given: "about 4 months on 26 Nov 2026"."""
    return f"about {kept_age(age).words} on {shown_day(date.fromisoformat(said_on))}"


def due_date(text: str, on: date) -> date | None:
    """The due date that follows from a gestation typed on a day: ``30/40``, ``30+2``, ``30 weeks``, ``30``.

    None if the words have another form. Raises BadInput for an impossible gestation.
    """
    words = " ".join(text.casefold().split())
    match = _GESTATION.fullmatch(words)
    if match is None:
        return None
    weeks, days = int(match[1]), int(match[2] or match[3] or 0)
    if not 1 <= weeks <= _LONGEST:
        raise BadInput(
            f"{quoted(text)} is not a gestation: it is counted in weeks, up to {_LONGEST}."
        )
    return on + _TERM - timedelta(weeks=weeks, days=days)
