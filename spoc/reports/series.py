"""A measure over time: its points by week or month, their chart, and what is behind each.

A period in which nothing happened is 0; a period without records is a gap. The current period is left out,
and so is the one in which recording began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from spoc.model.ledger.entry import Actor
from spoc.model.measures.measure import (
    DESK,
    NOT_RECORDED,
    SUPPLIED,
    Criterion,
    Measure,
    digits,
    share,
    units,
)
from spoc.model.measures.period import Span, month, spans
from spoc.model.measures.record_kinds import KINDS
from spoc.model.spc import Analysis, analyse, t_chart
from spoc.reports import chart as charts
from spoc.reports.chart import Chart
from spoc.reports.recorded import RecordedCounts
from spoc.reports.returns import chosen
from spoc.storage.counts import counting, marks, supplied
from spoc.storage.counts.counting import Days
from spoc.storage.counts.marks import REBASE, Mark
from spoc.storage.store import Store

PRESET = "plotthedots-gaps"


@dataclass(frozen=True, slots=True)
class Series:
    """The points of a measure, or of one part of it. ``numbers`` are each one's numerator and denominator;
    ``staff`` the headcount of a service, if known."""

    measure: Measure
    title: str
    kind: str
    spans: tuple[Span, ...]
    values: tuple[float | None, ...]
    numbers: tuple[tuple[int, int], ...] = ()
    marks: tuple[Mark, ...] = field(default=())
    staff: float | None = None

    @property
    def per_staff(self) -> float | None:
        """How many there were per 100 staff in the last year, or since recording began."""
        if not self.staff:
            return None
        return 100 * sum(one for one, _ in self.numbers[-_YEAR[self.kind] :]) / self.staff

    @property
    def unit(self) -> str:
        if self.measure.value:
            return f"{units(self.measure.unit)}, median"
        return "%" if self.measure.is_share else units(self.measure.unit)


def read(
    store: Store, actor: Actor, measures: Sequence[Measure], kind: str = "week"
) -> dict[str, Series]:
    """The series of these measures. Supplied ones are by month, whatever was asked."""
    known = store.pack.counting
    recorded = RecordedCounts(store, actor)
    periods = {
        each.code: recorded.periods(each, kind) for each in measures if each.origin != SUPPLIED
    }
    since = min(
        (recorded_spans[0][0].start for recorded_spans in periods.values() if recorded_spans),
        default=date.min,
    )
    spelt = [part for each in measures for part in known.spelt(each)]
    days = counting.daily(store, actor, spelt, since)
    found = {}
    for each in measures:
        if each.origin == SUPPLIED:
            found[each.code] = _of_supplied(store, each)
            continue
        recorded_spans = periods[each.code]
        over = [span for span, _ in recorded_spans]
        if each.value:
            found[each.code] = _of_waits(store, actor, each, kind, over)
        elif each.at_end:
            found[each.code] = _of_open(store, actor, each, kind, over)
        elif each.unit == "child":
            met = counting.children(store, actor, each)
            found[each.code] = _of_children(store, each, met, kind, over)
        else:
            added = _added([days[part.code] for part in known.spelt(each)])
            found[each.code] = _of_days(store, each, each.title, added, kind, recorded_spans)
    return found


def _added(every: Sequence[Days]) -> Days:
    """The days of several measures added up."""
    if len(every) == 1:
        return every[0]
    found: Days = {}
    for days in every:
        for day, (one, of) in days.items():
            before = found.get(day, (0, 0))
            found[day] = before[0] + one, before[1] + of
    return found


def read_parts(
    store: Store, actor: Actor, measure: Measure, by: str, kind: str = "week"
) -> dict[str, Series]:
    """The series of each non-empty part of a breakdown, largest first; for a service with a headcount even
    if it never rang."""
    recorded_spans = RecordedCounts(store, actor).periods(measure, kind)
    found = counting.daily_parts(store, actor, measure, by)
    name = KINDS[measure.records].lists[by]
    headcount = store.pack.counting.measures.get("staff")
    staff = supplied.latest_parts(store, headcount) if headcount and by in headcount.by else {}
    every = {code: found.get(code, {}) for code in (*found, *staff)}
    made = {}
    for code in sorted(every, key=lambda code: -sum(one for one, _ in every[code].values())):
        label = "not recorded" if code == NOT_RECORDED else store.pack.brief(name, code)
        of = _of_days(store, part_of(measure, by, code), label, every[code], kind, recorded_spans)
        made[code] = replace(of, staff=staff.get(code))
    return made


_YEAR = {"week": 52, "month": 12}


def year_on_year(series: Series) -> str:
    """A count's last year beside the one before, in words; "" if that says nothing."""
    span = _YEAR.get(series.kind, 0)
    numbers = [one for one, _ in series.numbers]
    measure = series.measure
    if measure.is_share or measure.value or measure.at_end or not span or len(numbers) < span:
        return ""
    last = sum(numbers[-span:])
    text = f"Last {span} {series.kind}s: {units(measure.unit, last)}"
    if len(numbers) < 2 * span:
        return f"{text}; the year before was not recorded whole"
    before = sum(numbers[-2 * span : -span])
    change = share(last - before, before)
    by = f", {change:+g} % of {before}" if change is not None else ""
    return f"{text}; the {span} before: {before}{by}"


def per_staff(series: Series) -> str:
    """How often a service rings for its size, in words; "" if its headcount is not known."""
    if series.per_staff is None:
        return ""
    periods = min(len(series.numbers), _YEAR[series.kind])
    return f"{series.per_staff:.1f} per 100 staff in the last {periods} {series.kind}s (headcount {digits(series.staff)})"


def part_of(measure: Measure, by: str, code: str) -> Measure:
    """A part of a breakdown as its own measure."""
    term = Criterion(by, (code,))
    return replace(
        measure, code=f"{measure.code}/{by}/{code}", numerator=(*measure.numerator, term), by=()
    )


def _of_days(
    store: Store,
    measure: Measure,
    title: str,
    days: Days,
    kind: str,
    recorded_spans: Sequence[tuple[Span, bool]],
) -> Series:
    least = store.pack.counting.limits.get("least-denominator", 0) if kind == "week" else 1
    numbers = [counting.weigh(days, span) for span, _ in recorded_spans]
    values: list[float | None] = []
    for (one, of), (_, recorded) in zip(numbers, recorded_spans, strict=True):
        if not recorded:
            values.append(None)
        elif measure.is_share:
            values.append(share(one, of) if of >= least else None)
        else:
            values.append(float(one))
    over = [span for span, _ in recorded_spans]
    return replace(_series(store, measure, kind, over, values, numbers), title=title)


def _of_waits(
    store: Store, actor: Actor, measure: Measure, kind: str, over: Sequence[Span]
) -> Series:
    """Medians: a period in which nothing was reviewed is a gap."""
    days = counting.waits(store, actor, measure)
    found = [counting.median_of(days, span) for span in over]
    values = [value for value, _ in found]
    return _series(store, measure, kind, over, values, [(of, of) for _, of in found])


def _of_open(
    store: Store, actor: Actor, measure: Measure, kind: str, over: Sequence[Span]
) -> Series:
    """How many were open when each period ended."""
    lasting = counting.lasted(store, actor, measure)
    many = [counting.open_at(lasting, span.end) for span in over]
    return _series(store, measure, kind, over, [*map(float, many)], [(one, 0) for one in many])


def _of_children(
    store: Store,
    measure: Measure,
    days: Mapping[date, set[bytes]],
    kind: str,
    over: Sequence[Span],
) -> Series:
    many = [
        len(set().union(*(who for day, who in days.items() if span.start <= day < span.end)))
        for span in over
    ]
    return _series(store, measure, kind, over, [*map(float, many)], [(one, 0) for one in many])


def _of_supplied(store: Store, measure: Measure) -> Series:
    """What was supplied month by month; a month that nobody supplied is a gap."""
    by_start = {
        each.span.start: each
        for each in supplied.series(store, measure)
        if month(each.span.start).end == each.span.end and each.span.start.day == 1
    }
    over = spans("month", min(by_start), month(max(by_start)).end) if by_start else []
    found = [by_start.get(span.start) for span in over]
    numbers = [(each.numerator or 0, each.denominator or 0) if each else (0, 0) for each in found]
    values = [
        None if each is None else share(*number) if measure.is_share else each.value
        for each, number in zip(found, numbers, strict=True)
    ]
    return _series(store, measure, "month", over, values, numbers)


def _series(
    store: Store,
    measure: Measure,
    kind: str,
    over: Sequence[Span],
    values: Sequence[float | None],
    numbers: Sequence[tuple[int, int]],
) -> Series:
    """The series, with what somebody noted on it."""
    noted = tuple(marks.of(store, measure.code))
    return Series(measure, measure.title, kind, tuple(over), tuple(values), tuple(numbers), noted)


def analysed(series: Series) -> Analysis | None:
    """What the series shows; None if it has no points."""
    if not any(value is not None for value in series.values):
        return None
    starts = [span.start for span in series.spans]
    begins = [
        next((start for start in starts if start >= each.day), None)
        for each in series.marks
        if each.kind == REBASE
    ]
    return analyse(
        series.values,
        starts,
        improvement_direction=series.measure.direction,
        target=series.measure.target,
        rebase=[each for each in begins if each],
        preset=PRESET,
    )


def charted(series: Series) -> Chart | None:
    """The series as a chart, or None if it has no points."""
    found = analysed(series)
    if found is None:
        return None
    noted = [(each.day.isoformat(), each.words) for each in series.marks]
    drawn = charts.of_analysis(
        f"{series.title}: {series.unit} a {series.kind}",
        found,
        series.measure.target,
        noted,
        percent=series.measure.is_share,
    )
    if series.measure.origin == SUPPLIED:
        return replace(drawn, notes=("Supplied by others, not counted here.", *drawn.notes))
    return drawn


def between(store: Store, actor: Actor, series: Series) -> Chart:
    """The days between a count's events, for events too rare for a chart of counts."""
    spelt = store.pack.counting.spelt(series.measure)
    read_days = counting.daily(store, actor, spelt)
    days = _added([read_days[part.code] for part in spelt])
    events = [day for day, (number, _) in sorted(days.items()) for _ in range(number)]
    return charts.of_rare(f"{series.title}: days between", t_chart(events))


def behind(store: Store, actor: Actor, series: Series, at: int) -> list[bytes]:
    """The ids behind a point: exactly as many as it counts."""
    if series.measure.origin != DESK:
        return []
    spelt = store.pack.counting.spelt(series.measure)
    return [each for part in spelt for each in counting.ids(store, actor, part, series.spans[at])]


def weekly(store: Store) -> tuple[Measure, ...]:
    """The measures of the weekly pack, as far as the pack has one."""
    known = store.pack.counting
    return tuple(chosen(store, each) for each in known.of(known.packs.get("weekly", ())))


def supplied_of(store: Store) -> Iterable[Measure]:
    """The measures that others supply."""
    return [each for each in store.pack.counting.measures.values() if each.origin == SUPPLIED]
