"""Means and limits of one phase of an XmR chart. None stands for a value that is not known or not defined."""

from collections.abc import Sequence
from itertools import pairwise, repeat
from math import fsum
from typing import NamedTuple

Number = float | None

# The two constants of the XmR chart: three sigma, and the bound above which a moving range is screened out.
WIDTH = 2.66
SCREEN = 3.267
NEAR = 2 * (WIDTH / 3)


class ControlLimits(NamedTuple):
    """The lines of a phase, and the moving ranges that they are computed from."""

    ranges: list[Number]
    mean_range: Number
    mean: Number
    lower: Number
    upper: Number
    near_lower: Number
    near_upper: Number


def mean_of(numbers: Sequence[Number]) -> Number:
    """The mean of the known values, rounded once, so that a point on the mean compares as equal to it."""
    known = [each for each in numbers if each is not None]
    if not known:
        return None
    first = fsum(known) / len(known)
    return first + fsum([*known, *repeat(-first, len(known))]) / len(known)


def limits(baseline: Sequence[Number], *, screened: bool) -> ControlLimits:
    """The limits from a phase's baseline values; a screened range of zero width is also left out."""
    ranges: list[Number] = [None]
    for one, other in pairwise(baseline):
        ranges.append(None if one is None or other is None else abs(other - one))
    average = mean_of(ranges)
    if screened and average is not None:
        bound = SCREEN * average
        ranges = [each if each is not None and each < bound else None for each in ranges]
        average = mean_of(ranges)
    mean = mean_of(baseline)
    if mean is None or average is None:
        return ControlLimits(ranges, average, mean, None, None, None, None)
    wide, near = WIDTH * average, NEAR * average
    return ControlLimits(ranges, average, mean, mean - wide, mean + wide, mean - near, mean + near)
