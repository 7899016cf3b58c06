"""Since when and in which periods something was recorded: what was not recorded is a gap, never 0."""

from datetime import date, timedelta

from spoc.model.ledger.entry import Actor
from spoc.model.measures.measure import SUPPLIED, Measure
from spoc.model.measures.period import Span, spans
from spoc.model.measures.record_kinds import ATTENDANCE
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import counted, shown_day
from spoc.storage.counts import counting
from spoc.storage.store import Store

NO_LIST = "No list of attendances was held for this period."


class RecordedCounts:
    """What the desk recorded for each measure; each kind of record is read once."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self.store, self.actor = store, actor
        self.today = to_local(store.now()).date()
        self._begun: dict[str, date | None] = {}
        self._lists: set[date] | None = None

    def since(self, measure: Measure) -> date | None:
        """The day since which everything that a measure counts is recorded; None if nothing is yet."""
        kinds = self._kinds(measure)
        for each in kinds - self._begun.keys():
            self._begun[each] = counting.begins(self.store, self.actor, each)
        days = [day for each in kinds if (day := self._begun[each]) is not None]
        return max(days) if len(days) == len(kinds) else None

    def whole(self, measure: Measure, span: Span) -> bool:
        """Whether a measure was recorded from the first day of a period, without a gap in the lists."""
        begun = self.since(measure)
        return begun is not None and begun <= span.start and not self.gap(measure, span)

    def gap(self, measure: Measure, span: Span) -> bool:
        """Whether it counts attendances, and there was no list in the period."""
        return ATTENDANCE in self._kinds(measure) and not self._held(span)

    def note(self, measure: Measure, span: Span) -> str:
        """How many days of a period have no list, for a measure of attendances; "" if all have one."""
        if ATTENDANCE not in self._kinds(measure):
            return ""
        days = (min(span.end, self.today + timedelta(days=1)) - span.start).days
        without = days - len(self._held(span))
        return f"No list was held for {without} of {counted(days, 'day')}." if without > 0 else ""

    def periods(self, measure: Measure, kind: str) -> list[tuple[Span, bool]]:
        """The last whole periods since recording began, and whether anything is recorded in each."""
        begun = self.since(measure)
        longest = self.store.pack.counting.limits.get(f"{kind}s", 0)
        if begun is None or not longest:
            return []
        every = spans(kind, begun, self.today)[-longest:]
        return [(span, not self.gap(measure, span)) for span in every]

    def why_not(self, measure: Measure, span: Span) -> str:
        """Why a period cannot be used for comparison."""
        begun = self.since(measure)
        if begun is not None and begun <= span.start:
            return "Not compared: no list of attendances was held a year before."
        return f"Not compared: recording began{f' on {shown_day(begun)}' if begun else ' not yet'}."

    def _kinds(self, measure: Measure) -> set[str]:
        """The kinds of record that show this. Whatever belongs to a contact was recorded since the first
        contact."""
        if measure.origin == SUPPLIED:
            return set()
        return {part.records for part in self.store.pack.counting.spelt(measure)}

    def _held(self, span: Span) -> list[date]:
        if self._lists is None:
            self._lists = counting.days_with_lists(self.store, self.actor)
        return [day for day in self._lists if span.start <= day < span.end]
