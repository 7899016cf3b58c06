"""Waiting until the app is idle, as Textual does after each key, but judged by what is left to do and not by
the clock.

To Textual the app is idle after 20 ms in which the process did almost nothing: on a busy machine that hardly
happens, and on a quiet one most of the wait is wasted. Here the app is idle once nothing is ready to run, no
timer is about to go off and no thread works for it.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any

import textual.app
import textual.pilot

from spoc.storage.store import Store

SOON = 0.02  # a screen paints what changed at most this long after
WORKING = 0.3  # how long a thread is waited for: some tests hold one up
BUSY = 5  # how long what is ready to run is waited for
_AFTER = 0.005  # what a thread has done reaches the loop within this
_working: set[Future[Any]] = set()
_ended = [0.0]


async def until_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until nothing is left to do; for what does not end by itself a second at most. Where much is ready to run
    the computer is busy with something else."""
    loop: Any = asyncio.get_running_loop()
    began = monotonic()
    while (waited := monotonic() - began) < BUSY:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        if waited >= max_sleep:
            return
        due = min((each._when for each in loop._scheduled if not each._cancelled), default=None)
        if due is not None and due - loop.time() < SOON:
            await asyncio.sleep(max(0, due - loop.time()))
        elif (_working and waited < WORKING) or monotonic() - _ended[0] < _AFTER:
            await asyncio.sleep(0.001)
        elif waited >= min_sleep:
            return
        else:
            await asyncio.sleep(min_sleep - waited)


def _noted(submit: Any) -> Any:
    def noted(self: Any, *job: Any, **how: Any) -> Future[Any]:
        done: Future[Any] = submit(self, *job, **how)
        _working.add(done)
        done.add_done_callback(_over)
        return done

    return noted


def _over(done: Future[Any]) -> None:
    _ended[0] = monotonic()
    _working.discard(done)


def wait_until_idle() -> None:
    """From now on, for every test of this process."""
    for kind in (Store, ThreadPoolExecutor):
        kind.submit = _noted(kind.submit)  # type: ignore[method-assign]
    for module in (textual.app, textual.pilot):
        module.wait_for_idle = until_idle  # type: ignore[attr-defined]
