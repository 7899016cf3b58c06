"""Until the app is idle, as Textual waits after each key, in steps of 5 ms where it takes 20.

What the longer step covered by its length is asked for instead: whether anything waits to be run, whether
the store still writes, and whether another program held the step up, so that what was due in it is to come.
"""

import asyncio
from concurrent.futures import Future
from time import monotonic, process_time
from typing import Any

import textual.app
import textual.pilot

from spoc.storage.store import Store

STEP = 0.005
WRITING = 0.05  # how long a write is waited for: some tests hold one up
_writing: set[Future[Any]] = set()


async def until_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until a step went by in which the process did next to nothing, a second at most."""
    began, waiting = monotonic(), getattr(asyncio.get_running_loop(), "_ready", ())
    while (waited := monotonic() - began) < max_sleep:
        at, used = monotonic(), process_time()
        await asyncio.sleep(STEP)
        idle = process_time() - used < STEP / 10 and monotonic() - at < STEP * 2 and not waiting
        if idle and waited >= min_sleep and not (_writing and waited < WRITING):
            return


def wait_in_short_steps() -> None:
    """From now on, for every test of this process."""
    submit = Store.submit

    def noted(self: Store, *job: Any, **how: Any) -> Future[Any]:
        done: Future[Any] = submit(self, *job, **how)
        _writing.add(done)
        done.add_done_callback(_writing.discard)
        return done

    Store.submit = noted  # type: ignore[assignment,method-assign]
    for module in (textual.app, textual.pilot):
        module.wait_for_idle = until_idle  # type: ignore[attr-defined]
