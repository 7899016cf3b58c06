"""What somebody typed to find contacts: words, numbers, days, and filters such as ``service:ed since:t-7``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.values import reference
from spoc.model.values.dates import parse_day, shown_day
from spoc.model.values.tokens import NUMBER_FROM, days_meant, numbers_in, words_of

LONGEST = 400  # characters of a query that are read
MOST_TERMS = 12
_FILTER = re.compile(r'(?<!\S)([a-z_]+):("[^"]*"|\S*)', re.IGNORECASE)
_DAY_ALONE = re.compile(
    r"(?:t|today)?[+-][0-9]{1,3}[dwmy]?|[0-9]{1,2}([/.\-])[0-9]{1,2}(?:\1[0-9]{2,4})?"
)
_NUMBER = re.compile(r"[+0-9][0-9()/.\-]*")
_NAMES = {"issue": "issues", "actions": "action", "outcomes": "outcome", "advisor": "by"}


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """One thing to find: all its ``words``, or its ``digits`` as one number, or any of its ``days``, or the
    contact with this ``reference``.

    For a number in groups (``999 012 3454``) the words are the groups.
    """

    words: tuple[str, ...] = ()
    digits: str = ""
    days: tuple[date, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search. ``coded`` maps ``service``, ``issues``, ``action``, ``outcome`` or another
    coded field to codes or their beginnings, ``by`` names advisors; one of several is enough. ``since`` and
    ``until`` are local days of receipt, inclusive."""

    coded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    open: bool = False

    def words(self) -> list[str]:
        """Each filter as it is shown beside the results."""
        shown = [f"{name} {' or '.join(values)}" for name, values in self.coded.items()]
        shown += [f"by {' or '.join(self.by)}"] if self.by else []
        shown += [f"since {shown_day(self.since)}"] if self.since else []
        shown += [f"until {shown_day(self.until)}"] if self.until else []
        return shown + (["open"] if self.open else [])

    def __bool__(self) -> bool:
        return bool(self.coded or self.by or self.since or self.until or self.open)


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was understood; ``unread`` are unfinished filters (``since:19``)."""

    terms: tuple[SearchTerm, ...] = ()
    filters: Filters = Filters()
    unread: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.filters)


def parse(text: str, today: date, fields: Mapping[str, str]) -> Query:
    """The query that was typed. ``fields`` are the names of coded fields; any other ``a:b`` is two words."""
    text = text[:LONGEST]
    coded: dict[str, tuple[str, ...]] = {}
    by: list[str] = []
    days: dict[str, date] = {}
    unread: list[str] = []
    opened = False
    rest, last = [], 0
    for found in _FILTER.finditer(text):
        name, value = found[1].casefold(), found[2].strip('"')
        name = _NAMES.get(name, name)
        if name not in fields and name not in ("by", "since", "until", "open"):
            continue
        rest.append(text[last : found.start()])
        last = found.end()
        if name == "open":
            opened = True
        elif not words_of(value):
            unread.append(f"{found[1]}:")
        elif name in ("since", "until"):
            day = _day(value, today)
            if day:
                days[name] = day
            else:
                unread.append(found[0])
        elif name == "by":
            by.append(value)
        else:
            coded[name] = (*coded.get(name, ()), *filter(words_of, value.split(",")))
    rest.append(text[last:])
    filters = Filters(coded, tuple(by), days.get("since"), days.get("until"), opened)
    return Query(_terms(" ".join(rest).split(), today), filters, tuple(unread))


def _day(text: str, today: date) -> date | None:
    try:
        return parse_day(text, today, True)
    except (BadInput, OverflowError, ValueError):
        return None


def _terms(pieces: list[str], today: date) -> tuple[SearchTerm, ...]:
    """The terms in the text between two spaces."""
    found: list[SearchTerm] = []
    at = 0
    while at < len(pieces) and len(found) < MOST_TERMS:
        length, term = (
            _reference_at(pieces, at)
            or _day_at(pieces, at, today)
            or _number_at(pieces, at, today)
            or (0, None)
        )
        if term is not None:
            found.append(term)
            at += length
            continue
        days = days_meant(pieces[at].casefold(), today)
        words = words_of(pieces[at])
        if days and _DAY_ALONE.fullmatch(pieces[at].casefold()):
            found.append(SearchTerm(days=days))
        elif days:
            found.append(SearchTerm(tuple(words), days=days))
        else:
            found += [SearchTerm((word,)) for word in words]
        at += 1
    return tuple(found[:MOST_TERMS])


def _reference_at(pieces: list[str], at: int) -> tuple[int, SearchTerm] | None:
    """A contact's reference, in one or two pieces: "ab37-qk2x", "ab37 qk2x"."""
    for length in (1, 2):
        text = " ".join(pieces[at : at + length])
        found = reference.parse(text)
        whole = length == 1 or any(each.isdigit() for each in text)  # otherwise it is two names
        if found and whole and len(pieces[at : at + length]) == length:
            digits = numbers_in(text)[0] if text.replace("-", "").isdigit() else ""
            return length, SearchTerm(tuple(words_of(text)), digits, reference=found)
    return None


def _day_at(pieces: list[str], at: int, today: date) -> tuple[int, SearchTerm] | None:
    """A day in several pieces: "19 Jul 2026", "Sun 19 Jul 2026", "19 7 26"."""
    for length in (4, 3, 2):
        run = pieces[at : at + length]
        if len(run) < length or (length == 2 and all(_NUMBER.fullmatch(each) for each in run)):
            continue
        days = days_meant(" ".join(run).casefold(), today)
        if days:
            words = tuple(words_of(" ".join(run)))
            return length, SearchTerm(words, days=days)
    return None


def _number_at(pieces: list[str], at: int, today: date) -> tuple[int, SearchTerm] | None:
    """A number with any spacing; one piece of six or eight digits may also be a day."""
    length = 0
    while at + length < len(pieces) and _NUMBER.fullmatch(pieces[at + length]):
        length += 1
    run = pieces[at : at + length]
    if length == 1 and _DAY_ALONE.fullmatch(run[0].casefold()) and days_meant(run[0], today):
        return None
    digits = "".join(each for each in " ".join(run).replace("+44", "0") if each.isdigit())
    if len(digits) < NUMBER_FROM:
        return None
    days = days_meant(run[0], today) if length == 1 else ()
    return length, SearchTerm(tuple(words_of(" ".join(run))), digits[:30], days)
