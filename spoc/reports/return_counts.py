"""The counts of a return: a cell for every measure, those beside it, and which numbers add up to which."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from spoc.model.ledger.entry import Actor
from spoc.model.measures import return_cells as quantities
from spoc.model.measures.measure import NOT_RECORDED, SUPPLIED, Measure, share
from spoc.model.measures.period import Span, year_before
from spoc.model.measures.record_kinds import ATTENDANCE, KINDS
from spoc.model.measures.return_cells import Cell, Counted, Quantity
from spoc.model.measures.suppression import Sum
from spoc.model.values.dates import shown_day
from spoc.reports import months
from spoc.reports.recorded import NO_LIST, RecordedCounts
from spoc.storage.counts import conditions, counting, supplied
from spoc.storage.store import Store

LATE = "late-entries"  # the measure beside which late entries are shown
YEAR_BEFORE, CHANGE = "year-before", "change"  # beside a measure: what follows from the two
_SHORT = {"issues": "issue", "where_now": "place"}  # the breakdown's name in a cell's id


def count(
    store: Store, actor: Actor, measures: Sequence[Measure], span: Span, recorded: RecordedCounts
) -> Counted:
    """Counts these measures in a period."""
    counts = _Counts(store, actor, span, recorded)
    for measure in measures:
        counts.add(measure)
    cells, values, sums = counts.cells, counts.values, counts.sums
    points = months.points(store, actor, measures, span, recorded)
    for measure in measures:
        for point in points.get(measure.code, ()):
            more, added = point.counts
            values |= {key: value for key, value in more.items() if key not in values}
            sums += added
    sums += quantities.added_up(store.pack.counting, measures, values)
    rest, added = quantities.left_out(measures, values)
    values |= rest
    sums += added
    return Counted(
        tuple(cells),
        {code: tuple(each.point for each in of_code) for code, of_code in points.items()},
        values,
        tuple(dict.fromkeys(sums)),
    )


class _Counts:
    """The cells so far; the value of every quantity that is in them or follows from them; and which quantities
    add up to which."""

    def __init__(self, store: Store, actor: Actor, span: Span, recorded: RecordedCounts) -> None:
        self.store, self.actor, self.span, self.recorded = store, actor, span, recorded
        self.cells: list[Cell] = []
        self.values: dict[Quantity, int] = {}
        self.sums: list[Sum] = []

    def add(self, measure: Measure) -> None:
        """Adds a measure's own cell and those beside it: late entries, breakdowns, the year before."""
        store, actor, span = self.store, self.actor, self.span
        own = measure.origin != SUPPLIED
        cell = (
            _own(store, actor, measure, span, self.recorded)
            if own
            else _supplied(store, measure, span)
        )
        self.cells.append(cell)
        if measure.value and cell.shows:
            self.values[cell.shows[0]] = cell.denominator or 0
        more, added = quantities.quantities(measure, span, cell.numerator, cell.denominator)
        self.values |= more
        self.sums += added
        if measure.adds and cell.value is not None:
            self.values |= _added(store, actor, measure, span)
        if measure.code == LATE:
            after = _after(store, actor, measure, span)
            self.cells.append(after)
            self.values[after.shows[0]] = len(after.contacts)
        if own and cell.value is not None:
            for by in measure.by:
                self._add_parts(measure, by)
        if measure.year_on_year:
            self._add_year_before(measure, cell)

    def _add_parts(self, measure: Measure, by: str) -> None:
        """Adds a breakdown."""
        parts, added = _parts(self.store, self.actor, measure, by, self.span)
        self.cells += parts
        self.sums += added
        self.values |= {part.shows[0]: int(part.value or 0) for part in parts}
        self.sums += _grouped(self.store, measure, by, self.span, self.values)

    def _add_year_before(self, measure: Measure, now: Cell) -> None:
        """Adds the same period a year earlier, and the change since."""
        found = _year_before(self.store, self.actor, measure, self.span, self.recorded, now)
        self.cells += found
        earlier = found[0]
        if earlier.value is None:
            return
        if measure.adds:
            self.values |= _added(self.store, self.actor, measure, year_before(self.span))
        self.values |= dict.fromkeys(earlier.shows, int(earlier.value))


def _added(store: Store, actor: Actor, measure: Measure, span: Span) -> dict[Quantity, int]:
    """What a sum of measures consists of in a period."""
    return {
        quantities.at(quantities.numerator_of(one), span): len(
            counting.ids(store, actor, one, span)
        )
        for one in store.pack.counting.of(measure.adds)
    }


def _own(
    store: Store, actor: Actor, measure: Measure, span: Span, recorded: RecordedCounts
) -> Cell:
    """The cell of something the desk counts itself. For attendances without a list it has no number, not 0."""
    cell = _median if measure.value else _counted
    made = cell(store, actor, measure, span)
    if recorded.gap(measure, span) and not _attended(store, actor, measure, span):
        return Cell(made.id, made.title, made.measure, made.unit, None, note=NO_LIST)
    text = " ".join(each for each in (made.note, recorded.note(measure, span)) if each)
    return replace(made, note=text)


def _attended(store: Store, actor: Actor, measure: Measure, span: Span) -> bool:
    """Whether any child attended in a period, on a list or added by hand."""
    every = [
        replace(part, numerator=(), denominator=None, exclude=())
        for part in store.pack.counting.spelt(measure)
        if part.records == ATTENDANCE
    ]
    return any(counting.ids(store, actor, each, span) for each in every)


def _counted(store: Store, actor: Actor, measure: Measure, span: Span) -> Cell:
    """The cell of a count, or of a percentage."""
    spelt = store.pack.counting.spelt(measure)
    one = [each.hex() for part in spelt for each in counting.ids(store, actor, part, span)]
    of = (
        [each.hex() for each in counting.ids(store, actor, measure, span, denominator=True)]
        if measure.is_share
        else []
    )
    whole = len(of) if measure.is_share else None
    return Cell(
        measure.code,
        measure.title,
        measure.code,
        measure.unit,
        quantities.value_of(measure, len(one), whole),
        len(one),
        whole,
        tuple(one),
        tuple(of),
        quantities.shown_by(measure, span),
        "" if whole != 0 else "Nothing to divide by.",
    )


def _after(store: Store, actor: Actor, measure: Measure, span: Span) -> Cell:
    """The contacts of the period that were logged after it ended, which an earlier return did not have."""
    late = tuple(each.hex() for each in counting.after(store, actor, span))
    return Cell(
        f"{measure.code}/after-period",
        "Written down after the period had ended",
        measure.code,
        measure.unit,
        len(late),
        len(late),
        contacts=late,
        shows=(quantities.at(f"{LATE} after", span),),
    )


def _median(store: Store, actor: Actor, measure: Measure, span: Span) -> Cell:
    """The cell of a median, with the number of its values as denominator."""
    value, of = counting.median_of(counting.waits(store, actor, measure), span)
    return Cell(
        measure.code,
        measure.title,
        measure.code,
        measure.unit,
        value,
        None,
        of,
        of=tuple(each.hex() for each in counting.ids(store, actor, measure, span)),
        shows=(quantities.at(quantities.numerator_of(measure), span),),
        note="" if of else "There is none to take the median of.",
    )


def _parts(
    store: Store, actor: Actor, measure: Measure, by: str, span: Span
) -> tuple[list[Cell], list[Sum]]:
    """The cells of a breakdown: every code that is in effect or has any, and what is not recorded."""
    found = counting.parts(store, actor, measure, by, span)
    name = KINDS[measure.records].lists[by]
    codes = [
        each.code
        for each in store.pack.lists.get(name, ())
        if each.code in found or (each.effective(span.start) or each.effective(span.end))
    ]
    cells = []
    for code in (*codes, NOT_RECORDED):
        parts = tuple(each.hex() for each in found.get(code, ()))
        label = "not recorded" if code == NOT_RECORDED else store.pack.label(name, code)
        key = quantities.at(quantities.part_of(measure, by, code), span)
        title = f"{measure.title} by {_SHORT.get(by, by).replace('_', ' ')}: {label}"
        cells.append(
            Cell(
                f"{measure.code}-by-{_SHORT.get(by, by)}/{code}",
                title,
                measure.code,
                measure.unit,
                len(parts),
                len(parts),
                contacts=parts,
                shows=(key,),
            )
        )
    if counting.is_many(measure, by):
        return cells, []
    whole = quantities.at(quantities.numerator_of(measure), span)
    return cells, [Sum(whole, tuple(cell.shows[0] for cell in cells))]


def _grouped(
    store: Store, measure: Measure, by: str, span: Span, values: Mapping[Quantity, int]
) -> list[Sum]:
    """How the parts by service add up to those by site: otherwise one would reveal the other."""
    field = KINDS[measure.records].through.get(by)
    if field is None:
        return []
    found = []
    for code in (*conditions.codes_of(store, measure.records, by), NOT_RECORDED):
        services = conditions.at_site(store, code)
        services += [NOT_RECORDED] if code == NOT_RECORDED else []
        keys = (quantities.at(quantities.part_of(measure, field, each), span) for each in services)
        if parts := tuple(each for each in keys if each in values):
            whole = quantities.at(quantities.part_of(measure, by, code), span)
            found.append(Sum(whole, parts))
    return [each for each in found if each.whole in values]


def _supplied(store: Store, measure: Measure, span: Span) -> Cell:
    """The cell of what somebody supplied for exactly this period."""
    found = next(
        (
            each
            for each in supplied.series(store, measure)
            if (each.span.start, each.span.end) == (span.start, span.end)
        ),
        None,
    )
    if found is None:
        note = "Nothing was supplied for this period."
        return Cell(measure.code, measure.title, measure.code, measure.unit, None, note=note)
    numerator = found.numerator if measure.is_share else int(found.value or 0)
    return Cell(
        measure.code,
        measure.title,
        measure.code,
        measure.unit,
        share(found.numerator, found.denominator) if measure.is_share else found.value,
        numerator,
        found.denominator if measure.is_share else None,
        shows=quantities.shown_by(measure, span),
        note=f"Supplied by {found.supplier}, as of {shown_day(date.fromisoformat(found.dated))}.",
    )


def _year_before(
    store: Store, actor: Actor, measure: Measure, span: Span, recorded: RecordedCounts, now: Cell
) -> list[Cell]:
    """The same period a year earlier and the change since, if both were recorded completely."""
    earlier = year_before(span)
    before, change = f"{measure.code}/{YEAR_BEFORE}", f"{measure.code}/{CHANGE}"
    titles = f"{measure.title}, a year before", f"{measure.title}: change on the year before (%)"
    empty = Cell(before, titles[0], measure.code, measure.unit, None)
    if measure.origin == SUPPLIED:
        cell = _supplied(store, measure, earlier)
        note = cell.note if cell.value is not None else "Nothing was supplied for the year before."
    elif not recorded.whole(measure, earlier):
        cell, note = empty, recorded.why_not(measure, earlier)
    else:
        cell = _own(store, actor, measure, earlier, recorded)
        note = cell.note
    cell = replace(cell, id=before, title=titles[0], note=note)
    if cell.value is None or now.value is None:
        return [cell, Cell(change, titles[1], measure.code, "per cent", None, note=note)]
    more = int(now.value) - int(cell.value)
    return [
        cell,
        Cell(
            change,
            titles[1],
            measure.code,
            "per cent",
            share(more, cell.value),
            more,
            int(cell.value),
            shows=(*now.shows, *cell.shows),
            note="The change, of the year before as its base.",
        ),
    ]
