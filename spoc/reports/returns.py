"""A return: what the service did in a period, with the records behind every number.

It is the same whoever makes it. Which numbers may leave is decided once, considering everything that the
recipient already has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.measures import return_cells as quantities
from spoc.model.measures.measure import NOT_RECORDED, SUPPLIED, Measure, Recipient, share
from spoc.model.measures.period import Span, year_before
from spoc.model.measures.record_kinds import ATTENDANCE, KINDS
from spoc.model.measures.return_cells import Cell, Counted, MeasurePoint, Quantity
from spoc.model.measures.suppression import Sum, hidden
from spoc.model.rules.access import require
from spoc.model.values.dates import quoted, shown_day
from spoc.reports import months
from spoc.reports.recorded import NO_LIST, RecordedCounts
from spoc.storage.attendances import listing
from spoc.storage.counts import conditions, counting, submissions, supplied
from spoc.storage.store import Store

# The pack's measures for each kind of period, by the form of its code.
_PACKS = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


@dataclass(frozen=True, slots=True)
class Return:
    """A return with its counts. ``hidden`` are the quantities that the recipient must not see."""

    span: Span
    recipient: Recipient
    counted: Counted
    hidden: frozenset[Quantity]
    today: date
    begins: date | None
    settings: tuple[str, ...] = ()  # the service's settings that affect the counts, in words

    @property
    def running(self) -> bool:
        return self.span.running(self.today)

    def shows(self, cell: Cell | MeasurePoint) -> bool:
        """Whether a number may leave; a 0 may not, unless the recipient may see one."""
        if not self.recipient.zeros and any(
            self.counted.values.get(key) == 0 for key in cell.shows[:2]
        ):
            return False
        return self.hidden.isdisjoint(cell.shows)


def recipient_of(store: Store, code: str) -> Recipient:
    """A recipient of the pack. Raises BadInput."""
    known = store.pack.counting.recipients
    if code not in known:
        raise BadInput(
            f"{quoted(code)} is not a recipient; nothing was made. There are: {', '.join(known) or 'none'}."
        )
    return known[code]


def make(store: Store, actor: Actor, span: Span, recipient: Recipient) -> Return:
    """Counts everything in a period and decides what may leave."""
    require(actor.role, "report.make")
    recorded = RecordedCounts(store, actor)
    counted = _count(store, actor, span, recorded)
    before = submissions.sent(store, recipient.code)
    values = {**before.values, **counted.values}
    fixed = {
        key: was
        for key, was in before.hidden.items()
        if key not in counted.values or counted.values[key] == before.values[key]
    }
    sums = [*before.sums, *counted.sums, *quantities.over_time(values)]
    # If there are none, there is nobody to protect; a 0 is not shown, and needs no other number hidden
    # beside it.
    none = {key for key, value in counted.values.items() if value == 0}
    gone = hidden(values, sums, under=recipient.under, public=none, sent=fixed)
    begun = counting.begins(store, actor)
    return Return(span, recipient, counted, gone, recorded.today, begun, _settings(store))


def _settings(store: Store) -> tuple[str, ...]:
    """The settings that affect a return; it prints them."""
    of = listing.denominator(store)
    reviews = store.settings.get("reviews_counted", "concern")
    return (
        f"ED safety net: {listing.DENOMINATORS.get(of, of)} count as to be reviewed (setting denominator: {of}).",
        f"Year on year: {REVIEWS.get(reviews, reviews)} are counted (setting reviews_counted: {reviews}).",
    )


REVIEWS = {"concern": "ED reviews with a concern", "all": "all ED reviews"}


def is_empty_part(cell: Cell) -> bool:
    """Whether a cell is an empty part of a breakdown."""
    return cell.value == 0 and cell.id.startswith(f"{cell.measure}-by-")


def measures_of(store: Store, span: Span) -> tuple[Measure, ...]:
    """The pack's measures for a period of this length."""
    days = (span.end - span.start).days
    kind = "week" if days == 7 else "month" if days < 32 else "quarter" if days < 100 else "year"
    known = store.pack.counting
    return tuple(chosen(store, each) for each in known.of(known.packs.get(_PACKS[kind], ())))


def chosen(store: Store, measure: Measure) -> Measure:
    """A measure under the settings: if the service chooses between several, the chosen one is the
    year-on-year series and says so, with the others beside it."""
    for setting, codes in store.pack.counting.choices.items():
        if measure.code not in codes.values():
            continue
        value = store.settings.get(setting, "") or next(iter(codes))
        if codes.get(value) == measure.code:
            text = (
                f"{measure.definition} The year-on-year series: the setting {setting} is “{value}”."
            )
            return replace(measure, definition=text)
        text = f"{measure.definition} Beside the year-on-year series: {setting} is “{value}”."
        return replace(measure, definition=text, year_on_year=False)
    return measure


def _count(store: Store, actor: Actor, span: Span, recorded: RecordedCounts) -> Counted:
    measures = measures_of(store, span)
    cells: list[Cell] = []
    values: dict[Quantity, int] = {}
    sums: list[Sum] = []
    for each in measures:
        made = (
            _supplied(store, each, span)
            if each.origin == SUPPLIED
            else _own(store, actor, each, span, recorded)
        )
        cells.append(made)
        if each.value and made.shows:
            values[made.shows[0]] = made.denominator or 0
        more, added = quantities.quantities(each, span, made.numerator, made.denominator)
        values |= more
        sums += added
        if each.adds and made.value is not None:
            values |= _added(store, actor, each, span)
        if each.code == LATE:
            cells.append(_after(store, actor, each, span))
            values[cells[-1].shows[0]] = len(cells[-1].contacts)
        if each.origin != SUPPLIED and made.value is not None:
            for by in each.by:
                parts, added = _parts(store, actor, each, by, span)
                cells += parts
                sums += added
                values |= {part.shows[0]: int(part.value or 0) for part in parts}
                sums += _grouped(store, each, by, span, values)
        if each.year_on_year:
            earlier = _year_before(store, actor, each, span, recorded, made)
            cells += earlier
            if each.adds and earlier[0].value is not None:
                values |= _added(store, actor, each, year_before(span))
            values |= {
                key: int(cell.value or 0)
                for cell in earlier[:1]
                if cell.value is not None
                for key in cell.shows
            }
    points = months.points(store, actor, measures, span, recorded)
    for each in measures:
        for point in points.get(each.code, ()):
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
        title = f"{measure.title} by {SHORT.get(by, by).replace('_', ' ')}: {label}"
        cells.append(
            Cell(
                f"{measure.code}-by-{SHORT.get(by, by)}/{code}",
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


LATE = "late-entries"  # the measure beside which late entries are shown
YEAR_BEFORE, CHANGE = "year-before", "change"  # beside a measure: what follows from the two
SHORT = {"issues": "issue", "where_now": "place"}  # the breakdown's name in a cell's id


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
