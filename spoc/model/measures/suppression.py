"""What of the counts may leave the service: small ones are hidden, and enough others that none can be worked out.

Counts are *quantities* with a key each; *sums* say which add up to which. What a recipient already has
from other periods stands among the quantities, and is known or hidden as it was sent.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from math import floor as floor_of

Key = Hashable


@dataclass(frozen=True, slots=True)
class Sum:
    """A quantity that is the sum of others."""

    whole: Key
    parts: tuple[Key, ...]

    @property
    def members(self) -> tuple[Key, ...]:
        return (self.whole, *self.parts)


def hidden(
    values: Mapping[Key, int],
    sums: Iterable[Sum],
    *,
    under: int,
    zeros: bool = False,
    sent: Mapping[Key, bool] | None = None,
) -> frozenset[Key]:
    """The keys that may not be shown.

    ``values`` are all quantities; those in ``sent`` have left already (True: hidden then, False: shown) and
    stay as they are. A count below ``under`` is hidden (a 0 is too, unless ``zeros``). Then, until nothing
    hidden can be worked out from what is shown, the next smallest that stands in one sum with it is hidden.
    """
    fixed = dict(sent or {})
    gone = {key for key, was in fixed.items() if was}
    gone |= {
        key
        for key, value in values.items()
        if key not in fixed and value < under and not (zeros and value == 0)
    }
    equations = [each for each in sums if set(each.members) <= values.keys()]
    while more := (
        _more(equations, values, gone, fixed, _told(values, equations, gone, under))
        or _more(
            equations, values, gone, fixed, [[key] for key in worked_out(values, equations, gone)]
        )
    ):
        gone |= more
    return frozenset(gone)


def _more(
    equations: Sequence[Sum],
    values: Mapping[Key, int],
    gone: set[Key],
    fixed: Mapping[Key, bool],
    told: Sequence[Sequence[Key]],
) -> set[Key]:
    """For each group that too much is said about, the smallest quantity that still can be hidden beside it."""
    wholes = {each.whole for each in equations}
    more: set[Key] = set()
    for group in told:
        for near in (_direct(equations, group), _connected(equations, group)):
            free = near - gone - fixed.keys()
            if free & more:
                break
            if free:
                more.add(min(free, key=lambda key: (key in wholes, values[key], str(key))))
                break
    return more


def _direct(equations: Sequence[Sum], group: Sequence[Key]) -> set[Key]:
    """What stands in one sum with any of the group."""
    ours = set(group)
    return {key for each in equations if not ours.isdisjoint(each.members) for key in each.members}


def _connected(equations: Sequence[Sum], group: Sequence[Key]) -> set[Key]:
    """Everything that hangs together with the group through sums."""
    found, size = set(group), -1
    while len(found) != size:
        size = len(found)
        found |= _direct(equations, tuple(found))
    return found


def _told(
    values: Mapping[Key, int], equations: Sequence[Sum], gone: set[Key], under: int
) -> list[list[Key]]:
    """The groups of hidden quantities that what is shown says too much about."""
    told: list[list[Key]] = []
    for each in equations:
        missing = [key for key in each.members if key in gone]
        if not missing:
            continue
        parts = [key for key in each.parts if key in gone]
        known_sum = each.whole not in gone
        if len(missing) == 1 or (known_sum and sum(values[key] for key in parts) < under):
            told.append(missing)
    return told


def worked_out(
    values: Mapping[Key, int], equations: Sequence[Sum], gone: Iterable[Key]
) -> list[Key]:
    """The hidden quantities that follow from the shown ones: by adding and subtracting, and by knowing that
    no count is below 0."""
    unknown = set(gone)
    rows: list[Row] = []
    for each in equations:
        row: dict[Key, Fraction] = {}
        right = 0
        for key, sign in ((each.whole, 1), *((part, -1) for part in each.parts)):
            if key in unknown:
                row[key] = row.get(key, Fraction(0)) + sign
            else:
                right -= sign * values[key]
        if row := {key: by for key, by in row.items() if by}:
            rows.append((row, Fraction(right)))
    low: dict[Key, int] = {}
    high: dict[Key, int] = {}
    _tighten([*rows, *_reduced(rows)], low, high)
    return [key for key, top in high.items() if top == low.get(key, 0)]


Row = tuple[
    dict[Key, Fraction], Fraction
]  # what each unknown is multiplied by, and what it comes to


def _reduced(rows: Sequence[Row]) -> list[Row]:
    """The rows solved for one unknown each, as far as they go."""
    done: dict[Key, Row] = {}
    for each in rows:
        row, right = each
        for key in [key for key in row if key in done]:
            row, right = _less(row, right, row[key], *done[key])
        if not row:
            continue
        pivot = min(row, key=str)
        by = row[pivot]
        own = {key: value / by for key, value in row.items()}, right / by
        for key, (other, sum_of) in list(done.items()):
            if pivot in other:
                done[key] = _less(other, sum_of, other[pivot], *own)
        done[pivot] = own
    return list(done.values())


def _less(
    row: dict[Key, Fraction],
    right: Fraction,
    by: Fraction,
    other: dict[Key, Fraction],
    less: Fraction,
) -> Row:
    """A row less so many times another."""
    found = dict(row)
    for key, value in other.items():
        found[key] = found.get(key, Fraction(0)) - by * value
    return {key: value for key, value in found.items() if value}, right - by * less


def _tighten(rows: Sequence[Row], low: dict[Key, int], high: dict[Key, int]) -> None:
    """Narrow the bounds of every unknown by every row, until nothing narrows any more."""
    changed = True
    while changed:
        changed = False
        for row, right in rows:
            ends = {key: _ends(by, low.get(key, 0), high.get(key)) for key, by in row.items()}
            open_low = sum(each[0] is None for each in ends.values())
            open_high = sum(each[1] is None for each in ends.values())
            least = sum((each[0] for each in ends.values() if each[0] is not None), Fraction(0))
            most = sum((each[1] for each in ends.values() if each[1] is not None), Fraction(0))
            for key, by in row.items():
                own_low, own_high = ends[key]
                # What the others come to at most leaves this one at least the rest, and the other way round.
                floor = _rest(right, most, own_high, open_high)
                ceiling = _rest(right, least, own_low, open_low)
                if by < 0:
                    floor, ceiling = ceiling, floor
                if floor is not None and ceil(floor / by) > low.get(key, 0):
                    low[key], changed = ceil(floor / by), True
                if ceiling is not None and (key not in high or floor_of(ceiling / by) < high[key]):
                    high[key], changed = floor_of(ceiling / by), True


def _ends(by: Fraction, low: int, high: int | None) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most that a term can come to; None where there is no end."""
    top = None if high is None else by * high
    return (by * low, top) if by > 0 else (top, by * low)


def _rest(
    right: Fraction, total: Fraction, own: Fraction | None, without_end: int
) -> Fraction | None:
    """What is left for one term when the others come to their end."""
    if without_end > (own is None):
        return None
    return right - (total - (own or 0))
