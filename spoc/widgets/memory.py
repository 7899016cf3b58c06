"""The garbage collector, kept out of the way while somebody types."""

import gc
from functools import cache

QUIET = 3.0  # seconds without a key, after which it disturbs nobody
PAUSE = 0.3  # the same when much has accumulated: longer than between two letters of a word
_DUE = 10  # small collections after which Python would run a full one by itself
_MUCH = 2 * _DUE  # after which a short pause is enough
_TOO_MUCH = 3 * _DUE  # and then none is needed: some 30 MB


@cache
def keep_loaded() -> None:
    """Takes what is loaded for good out of the collector's sight, once: a full collection stopped a page
    for 50 ms and more in the middle of a word. Until then it does not run: nothing of it goes."""
    gc.freeze()
    gc.enable()


def only_when_quiet() -> None:
    """From now on a full collection runs only when ``tidy`` allows it."""
    gc.set_threshold(*gc.get_threshold()[:2], 1_000_000)


def tidy(quiet_for: float) -> None:
    """Runs a full collection if it is due and nobody has pressed a key for some seconds; if calls follow
    each other without such a pause, in a shorter one, and in the end without any."""
    gathered = gc.get_count()[2]
    if (
        (quiet_for >= QUIET and gathered >= _DUE)
        or (quiet_for >= PAUSE and gathered >= _MUCH)
        or gathered >= _TOO_MUCH
    ):
        gc.collect()
