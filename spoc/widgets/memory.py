"""The collector of memory, kept out of the way of whoever types."""

import gc
from functools import cache

QUIET = 3.0  # seconds without a key, after which it is in nobody's way
PAUSE = 0.3  # the same, where much has gathered: longer than between two letters of a word
_DUE = 10  # small looks after which Python would look through everything by itself
_MUCH, _TOO_MUCH = 3 * _DUE, 12 * _DUE  # after which a short pause will do, and none is waited for


@cache
def keep_loaded() -> None:
    """Take what is loaded for good out of the collector's sight, once: looking through all of it again
    stopped a page for 50 ms and more in the middle of a word."""
    gc.freeze()


def only_when_quiet() -> None:
    """From now on the collector looks through everything only where ``tidy`` lets it."""
    gc.set_threshold(*gc.get_threshold()[:2], 1_000_000)


def tidy(quiet_for: float) -> None:
    """Look through everything now, where that is due and nobody has pressed a key for some seconds; where
    calls follow each other without such a pause, in a shorter one, and in the end in none."""
    gathered = gc.get_count()[2]
    if (
        (quiet_for >= QUIET and gathered >= _DUE)
        or (quiet_for >= PAUSE and gathered >= _MUCH)
        or gathered >= _TOO_MUCH
    ):
        gc.collect()
