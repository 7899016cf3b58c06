"""Which counts may leave the service: small ones are hidden, with enough others that none can be worked out.

Counts are *quantities*, each with a key; *sums* say which add up to which. Quantities that a recipient
already has from other periods are included, shown or hidden as they were sent.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Key = Hashable
Own = TypeVar("Own", bound=Hashable)  # the type of a quantity's key

_PRIME = (1 << 61) - 1  # sums are solved modulo this prime, where fractions do not grow


@dataclass(frozen=True, slots=True)
class Sum:
    """A quantity that is the sum of others."""

    whole: Key
    parts: tuple[Key, ...]

    @property
    def members(self) -> tuple[Key, ...]:
        return (self.whole, *self.parts)


def hidden(
    values: Mapping[Own, int],
    sums: Iterable[Sum],
    *,
    under: int,
    public: Iterable[Own] = (),
    sent: Mapping[Own, bool] | None = None,
) -> frozenset[Own]:
    """The keys that must not be shown.

    ``values`` are all quantities; those in ``sent`` have already been sent (True: hidden, False: shown) and
    stay as they are; those in ``public`` are known anyway, for example a part of 0 that is not listed. A
    count below ``under`` is hidden. Then the smallest others in the same sums are hidden too, until no hidden
    count can be worked out from what is shown. If something could already be worked out from what was sent
    before, nothing can change that.
    """
    known: dict[Key, bool] = dict.fromkeys(public, False)
    known.update((sent or {}).items())
    counted: dict[Key, int] = dict(values.items())
    gone = _Hiding(counted, sums, under, known).run()
    return frozenset(key for key in (*values, *(sent or ())) if key in gone)


class _Hiding:
    def __init__(
        self,
        values: Mapping[Key, int],
        sums: Iterable[Sum],
        under: int,
        sent: Mapping[Key, bool],
    ) -> None:
        self.values, self.under, self.sent = values, under, sent
        every = {each for each in sums if set(each.members) <= values.keys()}
        self.sums = sorted(every, key=lambda each: str(each.whole))
        self.of: dict[Key, list[Sum]] = {}
        for each in self.sums:
            for key in each.members:
                self.of.setdefault(key, []).append(each)
        self.whole_of = Counter(each.whole for each in self.sums)
        self.gone = {key for key, was in sent.items() if was} | {
            key for key, value in values.items() if key not in sent and value < under
        }

    def run(self) -> set[Key]:
        """Hides counts until nothing more can be gained."""
        self._cover(self._thin)
        lost = worked_out(
            self.values, self.sums, self.gone | (self.values.keys() - self.sent.keys())
        )
        self._cover(
            lambda: [
                [key] for key in worked_out(self.values, self.sums, self.gone) if key not in lost
            ]
        )
        return self.gone

    def _cover(self, exposed: Callable[[], Sequence[Sequence[Key]]]) -> None:
        """Hides the smallest count beside each group that is exposed, then checks again."""
        while True:
            more: set[Key] = set()
            for group in exposed():
                found = self._beside(group, more)
                if found is not None:
                    more.add(found)
            if not more:
                return
            self.gone |= more

    def _beside(self, group: Sequence[Key], more: set[Key]) -> Key | None:
        """The smallest quantity that can still be hidden, in the nearest sum that has one."""
        near = set(group)
        while True:
            wider = near | {
                key for one in near for each in self.of.get(one, ()) for key in each.members
            }
            free = wider - self.gone - self.sent.keys()
            if free & more:
                return None
            if free:
                return min(free, key=lambda key: (self.whole_of[key], self.values[key], str(key)))
            if wider == near:
                return None
            near = wider

    def _thin(self) -> list[list[Key]]:
        """The hidden quantities that are alone in their sum, or whose total is known and small."""
        thin: list[list[Key]] = []
        for each in self.sums:
            missing = [key for key in each.members if key in self.gone]
            if not missing or self.sent.keys() >= set(each.members):
                continue
            known = each.whole not in self.gone
            if len(missing) == 1 or (
                known and sum(self.values[key] for key in missing) < self.under
            ):
                thin.append(missing)
        return thin


def worked_out(values: Mapping[Key, int], sums: Sequence[Sum], gone: Iterable[Key]) -> list[Key]:
    """The hidden quantities that can be worked out from the shown ones, by adding and subtracting, and
    because no count is below 0."""
    unknown = set(gone)
    rows: list[tuple[dict[Key, int], int]] = []
    for each in sums:
        row: dict[Key, int] = {}
        right = 0
        for key, sign in ((each.whole, 1), *((part, -1) for part in each.parts)):
            if key in unknown:
                row[key] = row.get(key, 0) + sign
            else:
                right -= sign * values[key]
        if row := {key: by for key, by in row.items() if by}:
            rows.append((row, right))
    known = _solved([row for row, _ in rows]) | _narrowed(rows)
    return sorted(known, key=str)


def _solved(rows: Iterable[Mapping[Key, int]]) -> set[Key]:
    """The unknowns that can be isolated by adding and subtracting rows."""
    left = sorted((dict(row) for row in rows), key=len)
    often = Counter(key for row in left for key in row)
    done: dict[Key, dict[Key, int]] = {}
    within: dict[Key, set[Key]] = {}  # the solved rows that contain an unknown
    for row in left:
        for pivot in [key for key in row if key in done]:
            _subtract(row, row[pivot], done[pivot])
        if not row:
            continue
        pivot = min(row, key=lambda key: (often[key], str(key)))
        inverse = pow(row[pivot], -1, _PRIME)
        own = {key: by * inverse % _PRIME for key, by in row.items()}
        for other in within.pop(pivot, ()):
            before = set(done[other])
            _subtract(done[other], done[other][pivot], own)
            for key in before ^ done[other].keys():
                (
                    within.setdefault(key, set()).add
                    if key in done[other]
                    else within.get(key, set()).discard
                )(other)
        done[pivot] = own
        for key in own.keys() - {pivot}:
            within.setdefault(key, set()).add(pivot)
    return {pivot for pivot, row in done.items() if len(row) == 1}


def _subtract(row: dict[Key, int], by: int, other: Mapping[Key, int]) -> None:
    """Subtracts a multiple of another row from a row."""
    for key, value in other.items():
        now = (row.get(key, 0) - by * value) % _PRIME
        if now:
            row[key] = now
        else:
            row.pop(key, None)


def _narrowed(rows: Sequence[tuple[Mapping[Key, int], int]]) -> set[Key]:
    """The unknowns with only one possible value, given that none is below 0 and every row is true."""
    low: dict[Key, int] = {}
    high: dict[Key, int | None] = {}
    changed = True
    while changed:
        changed = False
        for row, right in rows:
            ends = {key: _ends(by, low.get(key, 0), high.get(key)) for key, by in row.items()}
            for key, by in row.items():
                others = [end for other, end in ends.items() if other != key]
                least = _total(end[0] for end in others)
                most = _total(end[1] for end in others)
                floor = None if most is None else right - most
                ceiling = None if least is None else right - least
                if by < 0:
                    floor, ceiling = _negative(ceiling), _negative(floor)
                if floor is not None and floor > low.get(key, 0):
                    low[key], changed = floor, True
                top = high.get(key)
                if ceiling is not None and (top is None or ceiling < top):
                    high[key], changed = ceiling, True
    return {key for key, top in high.items() if top == low.get(key, 0)}


def _ends(by: int, low: int, high: int | None) -> tuple[int | None, int | None]:
    """The smallest and the largest value of a term; None if there is no bound."""
    top = None if high is None else by * high
    return (by * low, top) if by > 0 else (top, by * low)


def _total(ends: Iterable[int | None]) -> int | None:
    total = 0
    for end in ends:
        if end is None:
            return None
        total += end
    return total


def _negative(number: int | None) -> int | None:
    return None if number is None else -number
