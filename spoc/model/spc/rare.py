"""Charts of rare events: the gap between one event and the next. Each event is a point.

A g chart counts (days, or cases) between events; a t chart measures time. Two events on one day have 0
between them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import sqrt
from typing import Literal

from spoc.model.spc.limits import WIDTH, limits, mean_of

_SIGMAS = 3
_POWER = 3.6  # this power makes times between events nearly normal (Nelson 1994)


@dataclass(frozen=True, slots=True)
class Rare:
    """A g or t chart: for each event after the first, its day and the gap before it; the centre and the
    limits (None if they cannot be computed), and which points are signals. A longer gap than usual is
    ``long``, a shorter one ``short``."""

    kind: Literal["g", "t"]
    dates: tuple[date, ...]
    values: tuple[float, ...]
    centre: float | None
    lower: float | None
    upper: float | None
    signals: tuple[Literal["", "long", "short"], ...]


def between(events: Iterable[date]) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """The days of the events after the first, in order, and the days between each and the one before."""
    days = sorted(events)
    return tuple(days[1:]), tuple((later - one).days for one, later in pairwise(days))


def g_chart(events: Iterable[date]) -> Rare:
    """The days between events as a count (geometric); the centre is the mean."""
    dates, gaps = between(events)
    centre = mean_of([float(gap) for gap in gaps])
    if centre is None:
        return _chart("g", dates, gaps, None, None, None)
    width = _SIGMAS * sqrt(centre * (centre + 1))
    return _chart("g", dates, gaps, centre, max(0.0, centre - width), centre + width)


def t_chart(events: Iterable[date]) -> Rare:
    """The days between events as a time (Weibull): XmR limits of the transformed times, transformed back."""
    dates, gaps = between(events)
    found = limits([gap ** (1 / _POWER) for gap in gaps], screened=False)
    if found.mean is None or not found.mean_range:  # no limits, or limits without width
        return _chart("t", dates, gaps, None, None, None)
    wide = WIDTH * found.mean_range
    lower = max(0.0, found.mean - wide) ** _POWER
    return _chart("t", dates, gaps, found.mean**_POWER, lower, (found.mean + wide) ** _POWER)


def _chart(
    kind: Literal["g", "t"],
    dates: tuple[date, ...],
    gaps: Sequence[int],
    centre: float | None,
    lower: float | None,
    upper: float | None,
) -> Rare:
    signals: list[Literal["", "long", "short"]] = []
    for gap in gaps:
        if upper is not None and gap > upper:
            signals.append("long")
        elif lower is not None and gap < lower:
            signals.append("short")
        else:
            signals.append("")
    return Rare(kind, dates, tuple(map(float, gaps)), centre, lower, upper, tuple(signals))
