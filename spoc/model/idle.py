"""How long a desk may stand unattended: a clock that also counts the time the computer slept."""

from collections.abc import Callable

# Ten minutes: the usual screen lock of an NHS desktop, and less than the fifteen that NCSC names as the
# longest for a device left alone. A service may set its own (setting "idle_minutes").
IDLE_MINUTES = 10
SHORTEST, LONGEST = 1, 60  # minutes that a service may set

# While a call is being taken the advisor listens and may not type for long; the lock waits longer.
CALL_TIMES = 3

# How long before the lock the countdown shows; any key stops it.
WARNING_SECONDS = 60


class Idle:
    """Measures the time since the last key by two clocks and believes the one that ran further.

    A monotonic clock may stand still while the computer sleeps; a wall clock may be set back. Either
    alone would leave a desk open.
    """

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._wall, self._monotonic = wall, monotonic
        self.minutes = IDLE_MINUTES
        self.touch()

    def ticks(self) -> float:
        """The monotonic clock: seconds, whatever the wall clock is set to."""
        return self._monotonic()

    def touch(self) -> None:
        """Starts again from now, because somebody is there."""
        self._since = (self._wall(), self._monotonic())

    def seconds(self) -> float:
        """Seconds since the last key."""
        wall, monotonic = self._since
        return max(self._wall() - wall, self._monotonic() - monotonic, 0.0)

    def left(self, on_call: bool) -> float:
        """Seconds until the desk locks; zero or less when it is due."""
        return self.minutes * 60 * (CALL_TIMES if on_call else 1) - self.seconds()


def minutes_of(setting: str | None) -> int:
    """The limit that a service set, from 1 to 60 minutes; the usual one if it is missing or cannot be read."""
    text = (setting or "").strip()
    return (
        min(max(int(text), SHORTEST), LONGEST)
        if text.isascii() and text.isdigit()
        else IDLE_MINUTES
    )
