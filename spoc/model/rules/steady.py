"""Changes of the computer's clock: noticed by a clock that nobody can set, and by the ledger's last entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from spoc.model.rules.clock import shown_instant

BACK, FORWARD, RIGHT = "back", "forward", "right"
# The pack's limits for judging a change: see [limits] in pack.toml.
_BACK, _FORWARD, _GAP = "clock-back", "clock-forward", "clock-gap"


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A clock that went ``back`` or ``forward``, or is ``right`` again: what it should say, and what it
    says."""

    kind: str
    ought: datetime
    says: datetime

    def words(self) -> str:
        """A sentence for the board: what happened, what is safe, what to do."""
        if self.kind == RIGHT:
            return ""
        return (
            f"The computer's clock went {self.kind}: it says {shown_instant(self.says)}, but it is probably "
            f"about {shown_instant(self.ought)}. Recorded; nothing is lost, and call-backs ring by the time that is "
            "known. Ask IT to set it, or press k if the clock is right as it is."
        )


class Steady:
    """The known time: the wall clock, as long as it keeps pace with the other one.

    ``monotonic`` seconds count whatever the wall clock is set to; if they stop while the computer sleeps, a
    small step forward is taken for sleep.
    """

    def __init__(self, limits: Mapping[str, timedelta]) -> None:
        self._limits = limits
        self._wall: datetime | None = None
        self._monotonic = 0.0
        self.kind = RIGHT

    def begin(self, wall: datetime, monotonic: float, last: datetime | None) -> ClockChange | None:
        """Compares the clock at sign-in with ``last``, the time of the last entry. A clock behind it went
        back; one far ahead of it may have gone forward. Returns the change, if there is one."""
        self._wall, self._monotonic, self.kind = wall, monotonic, RIGHT
        if last is None:
            return None
        if last - wall > self._limit(_BACK):
            return self._changed(BACK, last, wall, monotonic)
        if wall - last > self._limit(_GAP):
            return self._changed(FORWARD, last, wall, monotonic)
        return None

    def look(self, wall: datetime, monotonic: float) -> ClockChange | None:
        """Checks again; returns a change once, when it is noticed."""
        ought = self.now(wall, monotonic)
        drift = wall - ought
        if -self._limit(_BACK) <= drift <= self._limit(_FORWARD):
            before, self.kind = self.kind, RIGHT
            self._wall, self._monotonic = wall, monotonic
            return ClockChange(RIGHT, ought, wall) if before != RIGHT else None
        kind = BACK if drift < timedelta(0) else FORWARD
        if kind == self.kind:
            return None
        return self._changed(kind, ought, wall, monotonic)

    def now(self, wall: datetime, monotonic: float) -> datetime:
        """The known time."""
        if self._wall is None:
            return wall
        return self._wall + timedelta(seconds=monotonic - self._monotonic)

    def trust(self, wall: datetime, monotonic: float) -> None:
        """Accepts the clock as it is, because somebody says that it is right."""
        self._wall, self._monotonic, self.kind = wall, monotonic, RIGHT

    def _changed(self, kind: str, ought: datetime, wall: datetime, monotonic: float) -> ClockChange:
        self._wall, self._monotonic, self.kind = ought, monotonic, kind
        return ClockChange(kind, ought, wall)

    def _limit(self, name: str) -> timedelta:
        return self._limits.get(name, timedelta.max)
