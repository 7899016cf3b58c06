"""Charts of rare events: how much lies between one and the next. Each event is a point.

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
_POWER = 3.6  # by which times between events become nearly normal (Nelson 1994)


@dataclass(frozen=True, slots=True)
class Rare:
    """A g or t chart: for each event after the first its day and what lies between it and the one before,
    the centre and the limits (None where there is nothing to rest them on), and which points are a signal.
    More time between events than usual is ``long``, less is ``short``."""

    kind: Literal["g", "t"]
    dates: tuple[date, ...]
    values: tuple[float, ...]
    centre: float | None
    lower: float | None
    upper: float | None
    signals: tuple[Literal["", "long", "short"], ...]


def between(events: Iterable[date]) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """The days of the events after the first, in order, and how many days lie between each and the last."""
    days = sorted(events)
    return tuple(days[1:]), tuple((later - one).days for one, later in pairwise(days))


def g_chart(events: Iterable[date]) -> Rare:
    """Days between events as a count (geometric): the centre is the mean."""
    dates, gaps = between(events)
    centre = mean_of([float(gap) for gap in gaps])
    if centre is None:
        return _chart("g", dates, gaps, None, None, None)
    width = _SIGMAS * sqrt(centre * (centre + 1))
    return _chart("g", dates, gaps, centre, max(0.0, centre - width), centre + width)


def t_chart(events: Iterable[date]) -> Rare:
    """Days between events as a time (Weibull): XmR limits of the transformed times, transformed back."""
    dates, gaps = between(events)
    found = limits([gap ** (1 / _POWER) for gap in gaps], screened=False)
    if found.mean is None or not found.mean_range:  # none, or limits of no width
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
