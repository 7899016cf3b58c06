"""The cells of a return, the quantities behind them, and what changed after a return was frozen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spoc.model.measures.measure import RECORD, RECORDED, Counting, Criterion, Measure, Where, share
from spoc.model.measures.period import Span
from spoc.model.measures.suppression import Sum

# What is counted, whatever it is called, and the days (ISO) of the period.
Quantity = tuple[str, str, str]
_AT_END = "at the end, "
# A child who comes in two months is still one child in the quarter; the same goes for what is open at the end
# of both.
_NOT_ADDED = ("contact child:", _AT_END)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a return. ``contacts`` are the ids (hex) of the records in the numerator, ``of`` those in
    the denominator. ``shows`` are the quantities that the number gives away. ``note`` says why there is no
    number, or where it comes from."""

    id: str
    title: str
    measure: str
    unit: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    contacts: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    shows: tuple[Quantity, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasurePoint:
    """A measure in one month, for the charts of a return."""

    span: Span
    value: float | None
    shows: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything counted for a return: its cells, the points of its charts by measure, every quantity with
    its value, and which quantities add up to which."""

    cells: tuple[Cell, ...]
    points: Mapping[str, tuple[MeasurePoint, ...]]
    values: Mapping[Quantity, int]
    sums: tuple[Sum, ...]


def _condition_words(where: Where) -> str:
    merged: dict[str, set[str]] = {}
    for term in where:
        if term.key == RECORD:  # a record may be several of these at once
            merged[f"{RECORD} {'|'.join(sorted(term.codes))}"] = {"yes"}
            continue
        codes, known = set(term.codes), merged.get(term.key, {RECORDED})
        merged[term.key] = (
            known if RECORDED in codes else codes if RECORDED in known else known & codes
        )
    return ";".join(f"{key}={'|'.join(sorted(codes))}" for key, codes in sorted(merged.items()))


def _named(measure: Measure, where: Where) -> str:
    """A quantity's name, made only from its conditions: two measures with the same conditions show the same
    quantity."""
    if measure.origin == "supplied":
        return f"{measure.code}:{_condition_words(where)}"
    left_out = f" not {_condition_words(measure.exclude)}" if measure.exclude else ""
    standing = _AT_END if measure.at_end else ""
    return f"{standing}{measure.records} {measure.unit}:{_condition_words(where)}{left_out}"


def numerator_of(measure: Measure) -> str:
    """The name of the quantity in a measure's numerator."""
    if measure.adds:
        return f"sum:{'+'.join(measure.adds)}"
    mark = (Criterion("numerator", ("yes",)),) if measure.origin == "supplied" else ()
    return _named(measure, (*measure.numerator, *(measure.denominator or ()), *mark))


def denominator_of(measure: Measure) -> str:
    return _named(measure, measure.denominator or ())


def part_of(measure: Measure, by: str, code: str) -> str:
    """The name of a part of a breakdown."""
    return _named(measure, (*measure.numerator, Criterion(by, (code,))))


def at(name: str, span: Span) -> Quantity:
    """A quantity over a period."""
    return name, span.start.isoformat(), span.end.isoformat()


def shown_by(measure: Measure, span: Span) -> tuple[Quantity, ...]:
    """The quantities that a measure's number gives away; for a percentage also what is not in the numerator."""
    one = at(numerator_of(measure), span)
    if not measure.is_share:
        return (one,)
    whole = at(denominator_of(measure), span)
    return one, whole, _rest(one, whole)


def quantities(
    measure: Measure, span: Span, numerator: int | None, denominator: int | None
) -> tuple[dict[Quantity, int], list[Sum]]:
    """The quantities of a measure in a period with their values, and how they add up."""
    if numerator is None:
        return {}, []
    keys = shown_by(measure, span)
    if not measure.is_share:
        return {keys[0]: numerator}, []
    of = denominator or 0
    values = dict(zip(keys, (numerator, of, of - numerator), strict=True))
    return values, [Sum(keys[1], (keys[0], keys[2]))] if keys[0] != keys[1] else []


def left_out(
    measures: Iterable[Measure], values: Mapping[Quantity, int]
) -> tuple[dict[Quantity, int], list[Sum]]:
    """What a measure excludes, as a quantity: the difference from the measure that does not exclude it."""
    found: dict[Quantity, int] = {}
    sums = []
    for each in measures:
        if len(each.exclude) != 1 or each.is_share or each.origin != "desk":
            continue
        term, every = each.exclude[0], replace(each, exclude=())
        for one in list(values):
            name, start, end = one
            whole = (numerator_of(every), start, end)
            if name != numerator_of(each) or whole not in values:
                continue
            rest = _rest(one, whole)
            found[rest] = values[whole] - values[one]
            sums.append(Sum(whole, (one, rest)))
            parts = tuple((part_of(every, term.key, code), start, end) for code in term.codes)
            if set(parts) <= values.keys():
                sums.append(Sum(rest, parts))
    return found, sums


def added_up(
    counting: Counting, measures: Iterable[Measure], values: Iterable[Quantity]
) -> list[Sum]:
    """How a measure is the sum of others, in every period for which all of them are known."""
    known = set(values)
    found = []
    for each in measures:
        names = [numerator_of(part) for part in counting.of(each.adds)]
        for name, *days in known if each.adds else ():
            parts = tuple((part, days[0], days[1]) for part in names)
            if name == numerator_of(each) and known.issuperset(parts):
                found.append(Sum((name, days[0], days[1]), parts))
    return found


def over_time(values: Iterable[Quantity]) -> list[Sum]:
    """How a quantity in shorter periods adds up to the same quantity in a longer one."""
    spans: dict[str, set[tuple[str, str]]] = {}
    for name, start, end in values:
        if not name.startswith(_NOT_ADDED):
            spans.setdefault(name, set()).add((start, end))
    found = []
    for name, known in spans.items():
        for whole in known:
            for tiles in _tilings(whole, known - {whole}):
                found.append(Sum((name, *whole), tuple((name, *each) for each in tiles)))
    return found


def _tilings(
    whole: tuple[str, str], rows: Iterable[tuple[str, str]]
) -> list[tuple[tuple[str, str], ...]]:
    """The ways to fill a period with others without a gap, using the longest there are: sums of shorter ones
    follow from these."""
    within = [each for each in rows if whole[0] <= each[0] and each[1] <= whole[1]]
    longest = [
        each
        for each in within
        if not any(other[0] <= each[0] and each[1] <= other[1] for other in within if other != each)
    ]
    found: list[tuple[tuple[str, str], ...]] = []

    def fill(begun: tuple[tuple[str, str], ...], start: str) -> None:
        if start == whole[1]:
            found.append(begun)
            return
        for each in longest if any(one[0] == start for one in longest) else within:
            if each[0] == start:
                fill((*begun, each), each[1])

    fill((), whole[0])
    return [each for each in found if len(each) > 1]


def _rest(one: Quantity, whole: Quantity) -> Quantity:
    return f"{whole[0]} but {one[0]}", *one[1:]


@dataclass(frozen=True, slots=True)
class Restated:
    """A cell that differs from the frozen return, and the records that were added or removed."""

    id: str
    title: str
    measure: str
    unit: str
    was: float | None
    now: float | None
    was_of: tuple[int | None, int | None]  # its numerator and denominator
    now_of: tuple[int | None, int | None]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def restated(then: Sequence[Cell], now: Sequence[Cell]) -> tuple[Restated, ...]:
    """The cells that changed, in the order of the return, even if only the records behind them did."""
    before, after = ({cell.id: cell for cell in cells} for cells in (then, now))
    found = []
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        known = new or old
        assert known is not None
        was, present = _behind(old), _behind(new)
        if was == present and (old and old.value) == (new and new.value):
            continue
        # a part that did not exist then and is 0 now
        if not (old or present or (new and new.value)):
            continue
        found.append(
            Restated(
                name,
                known.title,
                known.measure,
                known.unit,
                old.value if old else None,
                new.value if new else None,
                (old.numerator, old.denominator) if old else (None, None),
                (new.numerator, new.denominator) if new else (None, None),
                tuple(sorted({record for _, record in present - was})),
                tuple(sorted({record for _, record in was - present})),
            )
        )
    return tuple(found)


def _behind(cell: Cell | None) -> set[tuple[str, str]]:
    """The records behind a cell: its numerator's and its denominator's. A record may leave one and stay in
    the other."""
    if cell is None:
        return set()
    return {("above", each) for each in cell.contacts} | {("below", each) for each in cell.of}


def value_of(measure: Measure, numerator: int | None, denominator: int | None) -> float | None:
    """The number of a cell: a count, or a percentage."""
    return share(numerator, denominator) if measure.is_share else numerator
