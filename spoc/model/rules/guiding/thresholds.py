"""Patterns in what happened to a child: a number of events of a kind within a number of calendar months.

One engine for every event and every desk. Make an ``Event`` from each attendance, contact or injury, take the
rules that are adopted, and ask:

    hits, near = look(events, rules, today)
    for hit in hits:
        print(hit.words())     # "4 in 6 months: 3 Aug, 9 Sep, 1 Oct, 26 Nov 2026"
    for each in near:
        print(each.words())    # "3 in 6 months; one more by 3 Feb 2027 makes 4"

It counts, names what it counted, and says which rule from which source asks for what. It gives no score and
ranks nobody. A window of six months that begins on 26 May holds 26 November; where a month has no such day,
it ends on the month's last. Events that share a ``matter`` (a child sent on from one site to the other) count
once where the rule says so, and both are named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from spoc.model.rules.source import Source
from spoc.model.values.dates import counted, shown_day


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a local day. ``kinds`` are what it counts as (``attendance``, ``injury``);
    ``what`` describes it in words; ``planned`` marks an arranged follow-up; ``void`` one that was cancelled or
    merged into another; events of one journey share a ``matter``; ``sibling`` names the sibling it happened
    to, if not the child; ``id`` and ``tbl`` are the record's."""

    on: date
    kinds: frozenset[str]
    what: str = ""
    id: str = ""
    tbl: str = ""
    place: str = ""
    planned: bool = False
    void: bool = False
    matter: str = ""
    sibling: str = ""


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """``count`` events within ``months`` calendar months; without months, any distance apart."""

    count: int
    months: int | None = None

    def last_day(self, first: date) -> date | None:
        """The last day on which an event still counts together with one on the first day."""
        return _later(first, self.months) if self.months else None

    def holds(self, first: date, day: date) -> bool:
        last = self.last_day(first)
        return last is None or day <= last

    def words(self) -> str:
        return f"in {counted(self.months, 'month')}" if self.months else "in all"


@lru_cache(65536)
def _later(day: date, months: int) -> date:
    """The same day that many calendar months later, or the last of the month if it has no such day."""
    return day + relativedelta(months=months)


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """A rule set, as data. ``counts`` are the kinds of events; any of ``windows`` is a hit. ``after`` is
    the kind that must come first (a referral *after* support was withdrawn). With ``household``, events of
    brothers and sisters count too. ``asks`` is what it asks for; ``letter`` offers a letter once per
    threshold, and again after ``again`` months."""

    code: str
    title: str
    counts: frozenset[str]
    windows: tuple[TimeWindow, ...]
    source: Source
    text: str = ""  # the source's own words
    asks: str = ""
    after: str = ""
    household: bool = False
    planned: bool = False  # whether planned follow-ups count
    moved_once: bool = True  # whether a child sent on to the other site counts once
    letter: bool = False
    again: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A threshold that was reached. ``counted`` holds what was counted, oldest first, as lists of the
    events of one matter. ``reached`` is the day of the event that reached it."""

    rule: ThresholdRule
    window: TimeWindow
    counted: tuple[tuple[Event, ...], ...]
    reached: date

    @property
    def days(self) -> list[date]:
        return [each[0].on for each in self.counted]

    def words(self, days: int | None = None) -> str:
        """How many in what time, and on which days; if there are more than ``days``, the last of them."""
        few = self.counted if days is None else self.counted[-days:]
        last = f", the last {len(few)}" if len(few) < len(self.counted) else ""
        text = f"{len(self.counted)} {self.window.words()}{last}: {', '.join(map(_matter, few))}"
        return f"{text}, after {self.rule.after.replace('-', ' ')}" if self.rule.after else text


@dataclass(frozen=True, slots=True)
class NearMiss:
    """One event short: ``by`` is the last day on which one more reaches the threshold; None if there is no
    time limit."""

    rule: ThresholdRule
    window: TimeWindow
    counted: tuple[tuple[Event, ...], ...]
    by: date | None

    @property
    def days(self) -> list[date]:
        return [each[0].on for each in self.counted]

    def words(self) -> str:
        more = f"one more by {shown_day(self.by)}" if self.by else "one more"
        return f"{len(self.counted)} {self.window.words()}; {more} makes {self.window.count}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The result: thresholds reached, and those that are one event short."""

    hits: tuple[Hit, ...] = ()
    near: tuple[NearMiss, ...] = ()


def find_patterns(events: Iterable[Event], rules: Sequence[ThresholdRule], today: date) -> Pattern:
    """What the rules find in the events, as of a day. For each rule's windows this gives the latest hit; a
    near miss only if that window has no hit that still stands. Events later than ``today`` do not count."""
    known = sorted((each for each in events if each.on <= today), key=lambda each: each.on)
    hits: list[Hit] = []
    near: list[NearMiss] = []
    for rule in rules:
        matters = _matters(known, rule)
        for window in rule.windows:
            hit = _latest(rule, window, matters)
            if hit:
                hits.append(hit)
            short = _short(rule, window, matters, today)
            if short and not (hit and window.holds(hit.days[0], today)):
                near.append(short)
    return Pattern(tuple(hits), tuple(near))


def letter_offered(hit: Hit, sent: Iterable[date]) -> bool:
    """Whether to offer a letter: once per threshold, and again after the rule's interval."""
    if not hit.rule.letter:
        return False
    last = max(sent, default=None)
    if last is None:
        return True
    if hit.rule.again is None:
        return hit.days[0] > last
    return hit.days[-1] >= last + relativedelta(months=hit.rule.again)


def _matters(events: Sequence[Event], rule: ThresholdRule) -> list[tuple[Event, ...]]:
    """What a rule counts, oldest first, with the events of one matter together."""
    found: dict[str | int, list[Event]] = {}
    begun = not rule.after
    counts = rule.counts
    for at, each in enumerate(events):
        if rule.after in each.kinds and not each.void and (rule.household or not each.sibling):
            begun = True
        elif (
            begun
            and not counts.isdisjoint(each.kinds)
            and not each.void
            and (rule.planned or not each.planned)
            and (rule.household or not each.sibling)
        ):
            own = each.matter if rule.moved_once and each.matter else at
            found.setdefault(own, []).append(each)
    return [tuple(each) for each in found.values()]


def _latest(
    rule: ThresholdRule, window: TimeWindow, matters: list[tuple[Event, ...]]
) -> Hit | None:
    """The latest time that many events fell within one window, with all the events in it then."""
    days = [each[0].on for each in matters]
    for last in range(len(matters) - 1, window.count - 2, -1):
        first = last - window.count + 1
        if not window.holds(days[first], days[last]):
            continue
        while first and window.holds(days[first - 1], days[last]):
            first -= 1
        reached = next(
            days[at]
            for at in range(first + window.count - 1, last + 1)
            if window.holds(days[at - window.count + 1], days[at])
        )
        return Hit(rule, window, tuple(matters[first : last + 1]), reached)
    return None


def _short(
    rule: ThresholdRule, window: TimeWindow, matters: list[tuple[Event, ...]], today: date
) -> NearMiss | None:
    """What is one event short, while one more could still reach the threshold."""
    count = window.count - 1
    if not count or len(matters) < count:
        return None
    counted_ = tuple(matters[-count:])
    first, latest = counted_[0][0].on, counted_[-1][0].on
    if not window.holds(first, latest) or not window.holds(first, today):
        return None
    return NearMiss(rule, window, counted_, window.last_day(first))


def _matter(events: tuple[Event, ...]) -> str:
    """A matter's day, and both places if a child was sent on."""
    text = shown_day(events[0].on)
    places = dict.fromkeys(each.place for each in events if each.place)
    if len(events) > 1 and places:
        text = f"{text} ({' and '.join(places)}, one journey)"
    owner = events[0].sibling
    return f"{text} ({owner})" if owner else text
