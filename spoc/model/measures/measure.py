"""Measures as the pack defines them: what is counted, in which unit, by which date, and what is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from spoc.model.rules.source import Source

RECORDED = "*"  # in place of codes: the field has any value
NOT_RECORDED = "not-recorded"  # the part of a breakdown that has no code
OUTCOME, ACTIONS, RECORD = "outcome", "actions", "record"  # keys that are not fields of the form
DESK, SUPPLIED = "desk", "supplied"
DAYS_OPEN = "days-open"
MEDIANS = ("hours-to-review", DAYS_OPEN)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A field and the codes it may have; ``RECORDED`` stands for any value."""

    key: str
    codes: tuple[str, ...]


Where = tuple[Criterion, ...]  # all of them must be met


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. ``unit`` is what is counted, ``date`` the date by which it is counted, ``records`` the
    kind of record. ``numerator`` and ``denominator`` say which of them (no denominator: a count);
    ``exclude`` which are left out of both, and ``exclusions`` says so in words. ``by`` are the breakdowns.
    ``at_end`` counts what was still open at the end of a period, whenever it began.
    A ``supplied`` measure comes from others and is never mixed with what the desk counts."""

    code: str
    title: str
    definition: str
    unit: str
    date: str
    source: Source
    records: str = "contact"
    numerator: Where = ()
    denominator: Where | None = None
    exclude: Where = ()
    exclusions: str = "None."
    by: tuple[str, ...] = ()
    direction: str = "neutral"
    target: float | None = None
    period: str = "week"
    origin: str = DESK
    theme: str = "Contacts"
    year_on_year: bool = False
    value: str = ""  # one of MEDIANS: the measure is this median; "" if it is a count
    adds: tuple[str, ...] = ()  # the measures whose sum it is
    at_end: bool = False

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage of a denominator."""
        return self.denominator is not None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a return, and the count below which numbers are hidden from them. ``zeros``: whether a 0 is shown."""

    code: str
    title: str
    under: int
    source: Source
    zeros: bool = False


@dataclass(frozen=True, slots=True)
class Counting:
    """Everything that a pack says about counting. ``packs`` maps weekly, monthly … to the measures in each;
    ``limits`` holds the numbers of charts; ``choices`` the measures that a setting chooses between, by its
    values; ``workbooks`` where numbers go in a recipient's own workbook (see returns.toml)."""

    measures: Mapping[str, Measure] = field(default_factory=dict)
    packs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    workbooks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def spelt(self, measure: Measure) -> tuple[Measure, ...]:
        """The measures to count for one: itself, or those that it adds up."""
        return self.of(measure.adds) if measure.adds else (measure,)

    def of(self, codes: Iterable[str]) -> tuple[Measure, ...]:
        """The measures of these codes."""
        return tuple(self.measures[code] for code in codes)


def share(numerator: int | float | None, denominator: int | float | None) -> float | None:
    """A percentage to one decimal place, or None if there is nothing to divide by."""
    if numerator is None or not denominator:
        return None
    return round(100 * numerator / denominator, 1)


def digits(value: float | None) -> str:
    """A number as written in a file: 12 or 12.5; "" if there is none."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else str(value)


_SEVERAL = {
    "child": "children",
    "contact or review": "contacts or reviews",
    "family": "families",
    "member of staff": "members of staff",
}


def units(unit: str, number: float | None = None) -> str:
    """A number with its unit: "1 contact", "2 children"; without a number only the plural."""
    several = _SEVERAL.get(unit, f"{unit}s")
    if number is None:
        return several
    return f"{digits(number)} {unit if number == 1 else several}"
