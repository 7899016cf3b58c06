"""When somebody was born, from what was said: "4 months" is a range of days, and a date may contain a slip."""

from dataclasses import dataclass
from datetime import date, timedelta

from spoc.model.errors import BadInput
from spoc.model.values.ages import parse_age
from spoc.model.values.dates import quoted


@dataclass(frozen=True, slots=True)
class Born:
    """The days on which somebody may have been born, from first to last inclusive."""

    first: date
    last: date

    def about(self) -> "Born":
        """The range widened by its own length on either side, because people round ages."""
        wide = self.last - self.first
        return Born(self.first - wide, self.last + wide)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def meets(self, other: "Born") -> bool:
        return self.first <= other.last and other.first <= self.last


def born(age: str, on: date) -> Born:
    """When somebody of this age on a day may have been born: "4", "4 y", "14 months", "3/12", "10 days".
    Raises BadInput if it is not an age.
    """
    parsed = parse_age(age)
    if not parsed:
        raise BadInput(
            f"{quoted(age)} is not an age I recognise: write 4 years, 14 months, 3 weeks or 12 days."
        )
    return Born(*parsed.births(on))


def near_day(one: date, other: date) -> str:
    """How one date may be a slip for the other, in words, or ""."""
    if (one.day, one.month, one.year) == (other.month, other.day, other.year):
        return "day and month changed places"
    digits = [f"{each:%d%m%Y}" for each in (one, other)]
    differ = [at for at, (a, b) in enumerate(zip(*digits, strict=True)) if a != b]
    if len(differ) == 1:
        return "one digit differs"
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        a, b = differ
        if digits[0][a] == digits[1][b] and digits[0][b] == digits[1][a]:
            return "two digits changed places"
    if abs(one - other) == timedelta(1):
        return "a day apart"
    if (one.day, one.month) == (other.day, other.month) and abs(one.year - other.year) == 1:
        return "a year apart"
    return ""


def near_days(day: date) -> list[date]:
    """Every date that may be a slip for this one."""
    found = {day - timedelta(1), day + timedelta(1)}
    text = f"{day:%d%m%Y}"
    spelt = [text[:at] + digit + text[at + 1 :] for at in range(8) for digit in "0123456789"] + [
        text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(7)
    ]
    spelt.append(text[2:4] + text[:2] + text[4:])
    spelt += [f"{text[:4]}{day.year + by}" for by in (-1, 1)]
    for each in spelt:
        try:
            found.add(date(int(each[4:]), int(each[2:4]), int(each[:2])))
        except ValueError:
            continue
    return sorted(found - {day})
