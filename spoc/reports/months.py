"""A return's measures month by month, for its charts, with what each point reveals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spoc.model.ledger.entry import Actor
from spoc.model.measures import return_cells as quantities
from spoc.model.measures.measure import SUPPLIED, Measure
from spoc.model.measures.period import Span, spans
from spoc.model.measures.return_cells import MeasurePoint, Quantity
from spoc.model.measures.suppression import Sum
from spoc.reports.recorded import RecordedCounts
from spoc.storage.counts import counting, supplied
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Month:
    point: MeasurePoint
    counts: tuple[dict[Quantity, int], list[Sum]]


def points(
    store: Store,
    actor: Actor,
    measures: Iterable[Measure],
    span: Span,
    recorded: RecordedCounts,
) -> dict[str, list[Month]]:
    """Each measure month by month up to the period's end, for months that are recorded and over; a month
    without a list of attendances is a gap."""
    found: dict[str, list[Month]] = {}
    longest = store.pack.counting.limits.get("months", 0)
    own = [
        each
        for each in measures
        if each.origin != SUPPLIED and each.unit != "child" and not each.value
    ]
    begun, end = counting.begins(store, actor), min(span.end, recorded.today)
    months = spans("month", begun, end)[-longest:] if begun and longest else []
    known = store.pack.counting
    spelt = [part for each in own for part in known.spelt(each)]
    days = counting.daily(store, actor, spelt, months[0].start) if months else {}
    for each in own:
        since = recorded.since(each)
        if each.at_end:
            lasting = counting.lasted(store, actor, each)
            found[each.code] = [
                _month(each, month, counting.open_at(lasting, month.end), None)
                for month in months
                if since and since <= month.start
            ]
            continue
        found[each.code] = [
            _month(each, month, None, None)
            if recorded.gap(each, month)
            else _month(each, month, *_weighed(each, _weight(known.spelt(each), days, month)))
            for month in months
            if since and since <= month.start
        ]
    for each in measures:
        if each.origin == SUPPLIED:
            numbers = [one for one in supplied.series(store, each) if one.span.end <= span.end]
            found[each.code] = [
                _month(
                    each,
                    one.span,
                    one.numerator if each.is_share else int(one.value or 0),
                    one.denominator,
                )
                for one in numbers
                if (one.span.end - one.span.start).days < 32
            ][-longest:]
    return found


def _weight(
    parts: Iterable[Measure], days: Mapping[str, counting.Days], span: Span
) -> tuple[int, int]:
    """A period's numbers, all parts together."""
    found = [counting.weigh(days[each.code], span) for each in parts]
    return sum(one for one, _ in found), sum(of for _, of in found)


def _weighed(measure: Measure, numbers: tuple[int, int]) -> tuple[int, int | None]:
    return numbers[0], numbers[1] if measure.is_share else None


def _month(measure: Measure, span: Span, numerator: int | None, denominator: int | None) -> Month:
    value = quantities.value_of(measure, numerator, denominator)
    point = MeasurePoint(span, value, quantities.shown_by(measure, span))
    return Month(point, quantities.quantities(measure, span, numerator, denominator))
