"""What of the counts may leave the service: small ones are hidden, and enough others that none can be worked out.

Counts are *quantities* with a key each; *sums* say which add up to which. What a recipient already has
from other periods stands among the quantities, and is known or hidden as it was sent.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

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
    while True:
        told = _told(values, equations, gone, under)
        more = _next(values, equations, gone, fixed, told)
        if more is None:
            return frozenset(gone)
        gone.add(more)


def _next(
    values: Mapping[Key, int],
    equations: Sequence[Sum],
    gone: set[Key],
    fixed: Mapping[Key, bool],
    told: Sequence[Sequence[Key]],
) -> Key | None:
    """The smallest quantity that still can be hidden to cover one of the groups that tell too much."""
    for group in told:
        reach = _connected(equations, group)
        for sums in (_direct(equations, group), reach):
            free = [key for key in sums if key not in gone and key not in fixed]
            wholes = {each.whole for each in equations}
            if free:
                return min(free, key=lambda key: (key in wholes, values[key], str(key)))
    return None


def _direct(equations: Sequence[Sum], group: Sequence[Key]) -> set[Key]:
    return {key for each in equations if set(each.members) & set(group) for key in each.members}


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
    return told or [[key] for key in worked_out(values, equations, gone)]


def worked_out(
    values: Mapping[Key, int], equations: Sequence[Sum], gone: Iterable[Key]
) -> list[Key]:
    """The hidden quantities that follow from the shown ones: by adding and subtracting, and by knowing that
    no count is below 0."""
    unknown = sorted(
        {key for each in equations for key in each.members} & set(gone), key=lambda key: str(key)
    )
    place = {key: at for at, key in enumerate(unknown)}
    rows = []
    for each in equations:
        row = [Fraction(0)] * (len(unknown) + 1)
        for key, sign in ((each.whole, 1), *((part, -1) for part in each.parts)):
            if key in place:
                row[place[key]] += sign
            else:
                row[-1] -= sign * values[key]
        if any(row[:-1]):
            rows.append(row)
    solved = _reduced(rows)
    low = [Fraction(0)] * len(unknown)
    high: list[Fraction | None] = [None] * len(unknown)
    _tighten([*rows, *solved], low, high)
    return [key for key, at in place.items() if high[at] == low[at]]


def _reduced(rows: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """The rows in reduced echelon form (the last column is the right side)."""
    left = [list(row) for row in rows]
    done: list[list[Fraction]] = []
    width = len(rows[0]) - 1 if rows else 0
    for column in range(width):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        pivot = [each / pivot[column] for each in pivot]
        for group in (left, done):
            for at, row in enumerate(group):
                if row[column]:
                    by = row[column]
                    group[at] = [one - by * two for one, two in zip(row, pivot, strict=True)]
        done.append(pivot)
    return done


def _tighten(
    rows: Sequence[Sequence[Fraction]], low: list[Fraction], high: list[Fraction | None]
) -> None:
    """Narrow the bounds of every unknown by every row, until nothing narrows any more."""
    terms = [([(at, by) for at, by in enumerate(row[:-1]) if by], row[-1]) for row in rows]
    changed, rounds = True, 0
    while changed and rounds < 2 * len(low) + 2:
        changed, rounds = False, rounds + 1
        for row, right in terms:
            for at, by in row:
                least = most = right
                open_least = open_most = False
                for other, factor in row:
                    if other == at:
                        continue
                    ends = (low[other], high[other]) if factor > 0 else (high[other], low[other])
                    if ends[1] is None:
                        open_least = True
                    else:
                        least -= factor * ends[1]
                    if ends[0] is None:
                        open_most = True
                    else:
                        most -= factor * ends[0]
                bounds = [
                    None if open_least else least / by,
                    None if open_most else most / by,
                ]
                floor, ceiling = bounds if by > 0 else bounds[::-1]
                if floor is not None and floor > low[at]:
                    low[at], changed = Fraction(ceil(floor)), True
                top = high[at]
                if ceiling is not None and (top is None or ceiling < top):
                    high[at], changed = Fraction(int(ceiling // 1)), True
