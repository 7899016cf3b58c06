"""Which points of one phase show a special cause, by the rules of Making Data Count.

A value that is not known (None) is neither true nor false: a rule that needs it finds nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

from spoc.model.spc.limits import ControlLimits, Number

RUN = 7  # points on one side of the mean, or points that all rise or all fall
NEAR_OF = 3  # points; two of them beyond the near limits are a signal
NEAR_NEEDED = 2

COMMON = "Common Cause"

Flag = bool | None


def outside(value: Number, lines: ControlLimits) -> Flag:
    """Whether a value lies beyond the limits."""
    if value is None or lines.lower is None or lines.upper is None:
        return None
    return value > lines.upper or value < lines.lower


def side(value: Number, mean: Number) -> int | None:
    """1 above the mean, -1 below it, 0 on it."""
    if value is None or mean is None:
        return None
    return (value > mean) - (value < mean)


def near(value: Number, lines: ControlLimits) -> Flag:
    """Whether a value lies between the near limits and the limits."""
    is_outside = outside(value, lines)
    if is_outside is None or value is None or lines.near_lower is None or lines.near_upper is None:
        return None
    return not is_outside and (value < lines.near_lower or value > lines.near_upper)


def types(
    values: Sequence[Number],
    sides: Sequence[int | None],
    beyond: Sequence[Flag],
    close: Sequence[Flag],
    *,
    outside_counts: bool,
    gaps_break: bool,
) -> list[str]:
    """The special cause at each point, in the words of the reference.

    ``outside_counts``: whether a point beyond the limits counts in "2 in 3" as well. ``gaps_break``: a run
    ends at a missing value; otherwise raises ValueError if a trend would have to cross one, like the
    reference.
    """
    trend = _covered(_trends(values, gaps_break=gaps_break))
    shift = _covered(_shifts(sides))
    counted = [out or by if outside_counts else by for out, by in zip(beyond, close, strict=True)]
    two = _two_in_three(counted, sides)
    found = []
    for at, above in enumerate(sides):
        word = "Above" if above == 1 else "Below"
        if beyond[at]:
            found.append("Above UCL" if above == 1 else "Below LCL")
        elif trend[at]:
            rising = _rises(values, trend, at)
            found.append(f"{RUN} Point Trend ({'In' if rising else 'De'}creasing)")
        elif two[at] and counted[at]:
            found.append(f"{NEAR_NEEDED} in {NEAR_OF} {word} CL")
        elif shift[at]:
            found.append(f"{RUN} Points {word} CL")
        else:
            found.append(COMMON)
    return found


def _shifts(sides: Sequence[int | None]) -> list[bool]:
    """Whether a run of seven on one side ends at each point."""
    found, length = [], 0
    for at, each in enumerate(sides):
        length = length + 1 if at and each == sides[at - 1] else 1
        found.append(bool(each) and length >= RUN)
    return found


def _trends(values: Sequence[Number], *, gaps_break: bool) -> list[bool]:
    """Whether a run of seven that all rise, or all fall, ends at each point."""
    steps = [None, *(_step(*pair) for pair in pairwise(values))]
    found = []
    for at in range(len(values)):
        window = steps[at - RUN + 2 : at + 1] if at >= RUN - 1 else []
        known = {each for each in window if each is not None}
        one_way = bool(window) and known in ({1}, {-1}, set())
        whole = None not in window
        if one_way and not whole and not gaps_break:
            raise ValueError(
                "A value is missing where the others may be a trend: whether it is one cannot be said."
            )
        found.append(one_way and whole)
    return found


def _step(one: Number, other: Number) -> int | None:
    return None if one is None or other is None else (other > one) - (other < one)


def _rises(values: Sequence[Number], trend: Sequence[bool], at: int) -> bool:
    """Whether a point belongs to a rising trend; between two trends, the later one counts."""
    later = at + 1 < len(trend) and trend[at + 1]
    return _step(*(values[at : at + 2] if later else values[at - 1 : at + 1])) == 1


def _covered(ends: Sequence[bool]) -> list[bool]:
    """The points of every run, given where the runs end."""
    return [any(ends[at : at + RUN]) for at in range(len(ends))]


def _two_in_three(counted: Sequence[Flag], sides: Sequence[int | None]) -> list[bool]:
    """Whether each point is in a group of three on one side, two of which count."""
    found = [False] * len(sides)
    for first in range(len(sides) - NEAR_OF + 1):
        three = slice(first, first + NEAR_OF)
        one_side = bool(sides[first]) and len(set(sides[three])) == 1
        if (
            one_side
            and None not in counted[three]
            and sum(map(bool, counted[three])) >= NEAR_NEEDED
        ):
            found[three] = [True] * NEAR_OF
    return found
