"""An age as it was told: "4 months" on a day is a range of days on which the child may have been born."""

import re
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from spoc.model.errors import BadInput
from spoc.model.values.dates import quoted

_AGE = re.compile(r"(?:about |approx\.? |~ ?)?([0-9]{1,3}) ?([a-z]*|/ ?(?:12|52|7))(?: old)?")
_UNITS = {
    "years": ("", "y", "yr", "yrs", "year", "years", "yo"),
    "months": ("m", "mo", "mth", "mths", "month", "months", "/12"),
    "weeks": ("w", "wk", "wks", "week", "weeks", "/52"),
    "days": ("d", "day", "days", "/7"),
}


@dataclass(frozen=True, slots=True)
class Born:
    """The days on which somebody may have been born, both included."""

    first: date
    last: date

    def about(self) -> "Born":
        """As wide again on either side: people round an age."""
        wide = self.last - self.first
        return Born(self.first - wide, self.last + wide)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def meets(self, other: "Born") -> bool:
        return self.first <= other.last and other.first <= self.last


def born(age: str, on: date) -> Born:
    """When somebody of this age on a day may have been born: "4", "4 y", "14 months", "3/12", "10 days".

    BadInput where it is no age.
    """
    said = _AGE.fullmatch(" ".join(age.casefold().split()))
    unit = said and next(
        (unit for unit, words in _UNITS.items() if said[2].replace(" ", "") in words), None
    )
    if not said or not unit:
        raise BadInput(
            f"{quoted(age)} is not an age spoc can use: write 4 years, 14 months, 3 weeks or 12 days."
        )
    count = int(said[1])
    if unit == "years" and count > 120:
        raise BadInput(f"{quoted(age)} is not an age: nobody is that old.")
    step = {unit: count}
    more = {unit: count + 1}
    # The oldest that is not yet one more; 29 February births turn on 1 March.
    first = on - relativedelta(**more) + relativedelta(days=1)  # type: ignore[arg-type]
    return Born(first, on - relativedelta(**step))  # type: ignore[arg-type]
