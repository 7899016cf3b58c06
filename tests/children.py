"""A child process that does one job until it is killed. Where the system can, it is forked from one that has
imported everything, so that nothing but the job is waited for."""

import contextlib
import multiprocessing
from collections.abc import Callable
from typing import Any

_FORKS = "forkserver" in multiprocessing.get_all_start_methods()
_WAYS: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
if _FORKS:
    _WAYS.set_forkserver_preload(["tests.forked"])

Say = Callable[[Any], None]


class Child:
    """Runs ``job(*arguments, say)``; what it says can be heard here, also after it was killed."""

    def __init__(self, job: Callable[..., None], *arguments: Any) -> None:
        self._hears, says = _WAYS.Pipe(duplex=False)
        self._process = _WAYS.Process(target=_run, args=(job, arguments, says), daemon=True)
        self._process.start()
        says.close()

    def hear(self) -> str:
        """What it says next; EOFError where it ended without a word."""
        return str(self._hears.recv())

    def answer(self) -> Any:
        """The one thing that it says, whatever it is; EOFError where it ended without."""
        return self._hears.recv()

    def end(self) -> list[str]:
        """What it says until it ends, or until something kills it."""
        said = []
        with contextlib.suppress(EOFError), self._hears:
            while True:
                said.append(self.hear())
        self._process.join()
        return said

    def kill(self) -> list[str]:
        """Kill it now; gives what it had said and nobody had heard."""
        self._process.kill()
        self._process.join()
        unheard = []
        with contextlib.suppress(EOFError), self._hears:
            while True:
                unheard.append(self.hear())
        return unheard


def _run(job: Callable[..., None], arguments: tuple[Any, ...], says: Any) -> None:
    job(*arguments, says.send)
