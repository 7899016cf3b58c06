"""What counting costs: charts, every measure over ten years of contacts, and the year's return.

The floor of the measures is what each costs as one bare query of its own: a day, a count, a GROUP BY.
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time

from bench import filling
from bench.figures import MS, Figure, median
from spoc.model.measures.measure import DESK, Measure
from spoc.model.measures.period import of_kind
from spoc.model.rules.clock import to_local
from spoc.model.spc import analyse
from spoc.reports import returns, series
from spoc.storage.counts import conditions, counting
from spoc.storage.desk import Desk

CONTACTS, FEW = 200_000, 20_000
SERIES, POINTS = 200, 104
CHARTS_BUDGET = 550  # milliseconds of CPU: what one call of the reference in R takes
MEASURES_RATIO = 3.0  # times the bare queries
FIRST_RATIO = 2.0  # times its own bare query over all the years
RETURN_BUDGET = 15_000


def measure(contacts: int, rounds: int, say: Callable[[Figure], None]) -> list[Figure]:
    """Fill a store, measure in it, and remove it."""
    found = [charts(rounds)]
    say(found[0])
    with tempfile.TemporaryDirectory(prefix="spoc-counts-") as place:
        desk = filling.make(Path(place) / "desk", contacts)
        try:
            for figure in in_store(desk, rounds):
                found.append(figure)
                say(figure)
        finally:
            desk.close()
    return found


def charts(rounds: int) -> Figure:
    """So many series of so many points, in CPU time."""
    chance = random.Random(20261120)
    held = [[chance.randrange(40) for _ in range(POINTS)] for _ in range(SERIES)]

    def once() -> float:
        began = process_time()
        for values in held:
            analyse(values, improvement_direction="neutral")
        return (process_time() - began) * MS

    what = f"{SERIES} charts of {POINTS} points, CPU"
    return Figure(what, median([once() for _ in range(rounds)]), None, CHARTS_BUDGET)


def in_store(desk: Desk, rounds: int) -> Sequence[Figure]:
    """The measures and the return, in an open store."""
    store, actor = desk.store, desk.actor
    every = [each for each in store.pack.counting.measures.values() if each.origin == DESK]
    counted = [
        each
        for each in every
        if each.unit != "child" and each.records == "contact" and not each.adds
    ]
    bare, ours, first, floor = [], [], [], []
    for _ in range(rounds):
        bare.append(_timed(lambda: [_bare(desk, each) for each in counted]))
        ours.append(_timed(lambda: counting.daily(store, actor, counted)))
        floor.append(_timed(lambda: _bare(desk, every[0])))
        first.append(
            _timed(lambda: series.charted(series.read(store, actor, every[:1])["contacts"]))
        )
    year = of_kind("year", to_local(store.now()).date())
    last = of_kind("year", year.start.replace(year=year.start.year - 1))
    to = returns.recipient_of(store, "icb")
    made = _timed(lambda: returns.make(store, actor, last, to))
    return [
        Figure(f"{len(counted)} measures, by day", median(ours), median(bare), MEASURES_RATIO),
        Figure("the first chart", median(first), median(floor), FIRST_RATIO),
        Figure("the year's return", made, None, RETURN_BUDGET),
    ]


def _bare(desk: Desk, each: Measure) -> None:
    """A measure as somebody would ask the database for it."""
    for denominator in (False, True) if each.is_share else (False,):
        text, values = conditions.condition(desk.store, each, denominator=denominator)
        desk.store.reader.conn.execute(
            "SELECT substr(received_at, 1, 10), count(*) FROM contact"
            f" WHERE _void = 0 AND {text} GROUP BY 1",
            values,
        ).fetchall()


def _timed(job: Callable[[], object]) -> float:
    began = perf_counter()
    job()
    return (perf_counter() - began) * MS
