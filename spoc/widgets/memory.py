"""Keeping the garbage collector out of the way while somebody types."""

import gc
from functools import cache

from rich.cells import cached_cell_len

QUIET = 3.0  # seconds without a key, after which it does not disturb anybody
PAUSE = 0.3  # the same if much has accumulated: longer than the gap between two letters of a word
_DUE = 10  # small collections after which Python would run a full one by itself
_MUCH = 2 * _DUE  # after this many a short pause is enough
_TOO_MUCH = 3 * _DUE  # after this many no pause is needed: some 30 MB


@cache
def keep_loaded() -> None:
    """Hides what stays loaded from the collector, once: a full collection stopped a page for 50 ms and more
    in the middle of a word. Until then the collector does not run, since nothing could be freed."""
    gc.freeze()
    gc.enable()


def only_when_quiet() -> None:
    """Lets full collections run only when ``tidy`` allows it, from now on."""
    gc.set_threshold(*gc.get_threshold()[:2], 1_000_000)


def tidy(quiet_for: float) -> None:
    """Runs a full collection if it is due and nobody has pressed a key for some seconds; if there is no such
    pause between calls, then in a shorter one, and in the end without any."""
    gathered = gc.get_count()[2]
    if (
        (quiet_for >= QUIET and gathered >= _DUE)
        or (quiet_for >= PAUSE and gathered >= _MUCH)
        or gathered >= _TOO_MUCH
    ):
        gc.collect()


def forget_typed() -> None:
    """Forgets how wide each typed text was, a passphrase too: Rich keeps the last 4,096 of them."""
    cached_cell_len.cache_clear()
