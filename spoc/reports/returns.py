"""A return: what the service did in a period, with the records behind every number.

It is the same whoever makes it. Which numbers may leave is decided once, considering everything that the
recipient already has.
"""

from dataclasses import dataclass, replace
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.measures import return_cells as quantities
from spoc.model.measures.measure import Measure, Recipient
from spoc.model.measures.period import Span
from spoc.model.measures.return_cells import Cell, Counted, MeasurePoint, Quantity
from spoc.model.measures.suppression import hidden
from spoc.model.rules.access import require
from spoc.model.values.dates import quoted
from spoc.reports.recorded import RecordedCounts
from spoc.reports.return_counts import count
from spoc.storage.attendances import listing
from spoc.storage.counts import counting, submissions
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
    counted = count(store, actor, measures_of(store, span), span, recorded)
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
