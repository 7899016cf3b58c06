"""Flags: why somebody must look at an attendance, from what a list states and the child's history. Pure.

A flag says what was found, where, when and by which rule; it is never a score, and words in the text only
suggest. A rule's condition is written in the pack, over facts (see spoc.model.rules.guiding.condition):
``injury is burn and age under 24 months``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from spoc.model.attendance.cell_values import age_in_months, from_text
from spoc.model.attendance.terms import Mention, Term, mentions
from spoc.model.hearing.denial import Denial
from spoc.model.rules.guiding.condition import Condition, Facts
from spoc.model.rules.source import Source
from spoc.model.values.dates import shown_day, whole_months

# What a rule may read besides the facts of terms, with the possible answers.
GIVEN: Mapping[str, frozenset[str]] = {
    "told": frozenset({"nothing", "something"}),  # whether a complaint or a diagnosis is given
    "departure": frozenset({"given", "none", "overdue"}),
    "before": frozenset({"injury", "attended", "left"}),  # about earlier attendances here
    "repeat": frozenset({"reached", "near"}),  # about an adopted threshold
    "area": frozenset({"out"}),  # for a pack that names the postcodes of its area
}
_ASKED = ("gp_practice",)  # fields for which a rule may ask whether they are given at all
_OF_TEXT = ("complaint", "complaint_code", "diagnosis")


@dataclass(frozen=True, slots=True)
class FlagRule:
    """One rule of the pack. ``facts`` are those whose phrases the reason quotes; ``item`` is the checklist
    item (1 to 8) that it concerns; ``eyes``: one key never clears a case with it; ``first`` sorts it high."""

    code: str
    title: str
    when: Condition
    facts: tuple[str, ...]
    item: int
    says: str
    sources: tuple[Source, ...]
    eyes: bool = False
    adults: bool = False  # an adult with it is shown as parent or pregnant


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that a review may write, to ``parents`` or ``gp``: offered if ``when`` is true, never if
    ``blocked`` is."""

    code: str
    title: str
    to: str
    when: Condition
    blocked: Condition
    says: tuple[str, ...]
    source: Source


@dataclass(frozen=True, eq=False)  # one object per pack: compared by identity
class SafetyNetRules:
    """The rules, their terms and what denies those, the letters, and after how long a departure is missing."""

    rules: tuple[FlagRule, ...] = ()
    terms: tuple[Term, ...] = ()
    denial: Denial = field(default_factory=Denial)
    letters: tuple[Letter, ...] = ()
    # without a departure for longer: "departure not known"
    overdue: timedelta = timedelta(hours=24)

    @cached_property
    def by_field(self) -> Mapping[str, tuple[Term, ...]]:
        """The terms to look for in each field."""
        names = dict.fromkeys(name for term in self.terms for name in term.fields)
        return {name: tuple(term for term in self.terms if name in term.fields) for name in names}

    @cached_property
    def by_code(self) -> Mapping[str, FlagRule]:
        return {each.code: each for each in self.rules}

    @cached_property
    def for_adults(self) -> frozenset[str]:
        """The rules that show an adult as parent or pregnant."""
        return frozenset(each.code for each in self.rules if each.adults)


@lru_cache(4096)  # most lists say the same few things in most fields
def _mentions(book: SafetyNetRules, name: str, text: str) -> tuple[Mention, ...]:
    return mentions(book.by_field[name], name, text, book.denial)


def on_ward(book: SafetyNetRules, fields: Mapping[str, str]) -> bool:
    """Whether the list says that somebody was admitted to a ward."""
    return any(
        each.term.fact == "ward"
        for name in ("discharge_status", "discharge_destination")
        if name in book.by_field and fields.get(name)
        for each in _mentions(book, name, fields[name])
    )


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of one attendance. ``why`` is a sentence: what was found, where, by which rule."""

    code: str
    title: str
    why: str
    item: int
    eyes: bool
    suggested: bool
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What else the store knows about the child: earlier attendances as (arrived, site, flags, fields), and
    sentences about thresholds that were reached or nearly reached."""

    earlier: Sequence[tuple[str, str, Sequence[str]]] = ()
    reached: Sequence[str] = ()
    near: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts of one attendance and the phrases they come from."""

    facts: Facts
    mentions: Mapping[str, Sequence[Mention]] = field(default_factory=dict)


def months_of(fields: Mapping[str, str]) -> int | None:
    """The age on arrival in whole months, from the date of birth or else the age as written."""
    born = fields.get("birth_date")
    if born:
        return whole_months(date.fromisoformat(born), from_text(fields["arrived"]).day)
    return age_in_months(fields.get("age"))


def see(
    fields: Mapping[str, str],
    book: SafetyNetRules,
    history: History = History(),
    now: datetime | None = None,
) -> Seen:
    """The facts of an attendance. ``now`` (local, naive) tells how long a departure has been missing."""
    statements: dict[str, set[str]] = {}
    found_in: dict[str, list[Mention]] = {}
    for name, terms in book.by_field.items():
        if terms and fields.get(name):
            for found in _mentions(book, name, fields[name]):
                statements.setdefault(found.term.fact, set()).add(found.term.value)
                found_in.setdefault(found.term.fact, []).append(found)
    has_text = any(fields.get(name) for name in _OF_TEXT)
    statements["told"] = {"something" if has_text else "nothing"}
    for name in _ASKED:
        statements[name] = {"written"} if fields.get(name) else set()
    statements["departure"] = {_departure(fields, book, now)}
    statements["before"] = _before(history)
    repeat = {"reached"} if history.reached else {"near"} if history.near else set()
    statements["repeat"] = repeat
    months = months_of(fields)
    facts = Facts(
        {key: frozenset(values) for key, values in statements.items()},
        () if months is None else ((months, months),),
        months is not None,
        len(history.earlier),
    )
    return Seen(facts, found_in)


def _departure(fields: Mapping[str, str], book: SafetyNetRules, now: datetime | None) -> str:
    if fields.get("departed"):
        return "given"
    arrived = from_text(fields["arrived"]).latest
    return "overdue" if now and now - arrived > book.overdue else "none"


def _before(history: History) -> set[str]:
    found = {"attended"} if history.earlier else set()
    for _, _, codes in history.earlier:
        if any("INJURY" in code for code in codes):
            found.add("injury")
        if "LEFT-EARLY" in codes:
            found.add("left")
    return found


def raised(
    fields: Mapping[str, str],
    book: SafetyNetRules,
    history: History = History(),
    now: datetime | None = None,
) -> list[Flag]:
    """An attendance's flags, in the order of the pack."""
    seen = see(fields, book, history, now)
    return [
        _flag(rule, fields, seen, history) for rule in book.rules if rule.when.holds(seen.facts)
    ]


def _flag(rule: FlagRule, fields: Mapping[str, str], seen: Seen, history: History) -> Flag:
    found = [each for fact in rule.facts for each in seen.mentions.get(fact, ())]
    words = "; ".join(dict.fromkeys(_quoted(each) for each in found))
    if "repeat" in rule.facts:
        words = "; ".join([*history.reached, *history.near])
    if "before" in rule.facts:
        words = "; ".join(
            f"{shown_day(from_text(arrived).day)} at {site}"
            for arrived, site, codes in history.earlier
            if any("INJURY" in code for code in codes)
        )
    when = from_text(fields["arrived"])
    where = f"{shown_day(when.day)} {when.at.strftime('%H:%M') if when.at else 'time unknown'}"
    text = f"{rule.says} {words}".strip() if words else rule.says
    return Flag(
        rule.code,
        rule.title,
        f"{text} ({where}, rule {rule.code})",
        rule.item,
        rule.eyes,
        bool(found) and all(each.by_words for each in found),
        rule.sources,
    )


_OF = {
    "complaint": "complaint",
    "diagnosis": "diagnosis",
    "discharge_status": "discharge",
    "safeguarding": "safeguarding",
    "cpis": "CP-IS",
}


def _quoted(found: Mention) -> str:
    name = _OF.get(found.field, found.field.replace("_", " "))
    return f"{name}: “{found.phrase}”"


# -- the order of the worklist ---------------------------------------------------------------------

IN_DEPARTMENT, ON_WARD, UNDER_TWO, CANNOT_TELL, FLAGGED, REST, PARENT = range(7)
_UNDER_TWO = 24  # months (domain W11)


def rank(fields: Mapping[str, str], flags: Sequence[Flag], *, parent: bool, ward: bool) -> int:
    """An attendance's place on the worklist: in the department or on a ward, under two, cannot tell, flagged,
    the rest; parents and pregnant separately (domain W12, W14). Without a departure the child is still in the
    department."""
    if parent:
        return PARENT
    if not fields.get("departed"):
        return IN_DEPARTMENT
    if ward:
        return ON_WARD
    months = months_of(fields)
    if months is not None and months < _UNDER_TWO:
        return UNDER_TWO
    if any(each.code == "CANNOT-TELL" for each in flags):
        return CANNOT_TELL
    return FLAGGED if flags else REST


def one_key_clears(fields: Mapping[str, str], flags: Sequence[Flag]) -> str:
    """Why one key must not clear an attendance, or "" if it may (domain W11)."""
    months = months_of(fields)
    if months is None:
        return "the age is unknown"
    if months < _UNDER_TWO:
        return "the child is under 2"
    eyes = next((each for each in flags if each.eyes), None)
    return f"it is flagged: {eyes.title}" if eyes else ""
