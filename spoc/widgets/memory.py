"""The collector of memory, kept out of the way of whoever types."""

import gc
from functools import cache


@cache
def keep_loaded() -> None:
    """Take what is loaded for good out of the collector's sight, once: looking through all of it again
    stopped a page for 50 ms and more in the middle of a word."""
    gc.freeze()
