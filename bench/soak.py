"""Four hundred calls in a row without a pause of three seconds: what the program then holds in memory.

Each call is begun, typed into and parked, and the next one begins at once; the list is opened now and then.
``python -m bench soak`` (some minutes); ``--quick``: sixty calls.
"""

from pathlib import Path
from time import perf_counter

from bench.board import unlock
from bench.figures import Figure
from bench.terminal import Terminal, environment

CALLS, FEW = 400, 60
CEILING = 200  # MB
_PAUSE = 0.15  # seconds between two things that are done: nobody rests
_SLOW = "The disk is slow"


def measure(folder: Path, calls: int = CALLS) -> list[Figure]:
    """The program's resident memory after the first calls and after all of them, in MB."""
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    with Terminal("spoc", env) as spoc:
        unlock(spoc)
        for number in range(calls):
            spoc.send("n")
            spoc.until(lambda: "Call-back no." in spoc.text)
            for word in (f"Caller{number}\r", "\x1b[Z\x1b[Z", f"story {number} of a call "):
                spoc.send(word)
                spoc.rest(perf_counter() + _PAUSE)
            _park(spoc)
            if number % 20 == 19:
                spoc.send("c")
                spoc.rest(perf_counter() + _PAUSE)
                spoc.send("\x1b")
                spoc.rest(perf_counter() + 4 * _PAUSE)
        held = _resident(spoc.child.pid)
    return [Figure(f"memory after {calls} calls without a pause, MB", held, None, CEILING)]


def _park(spoc: Terminal) -> None:
    """F9; and again where the disk was slower than the typing, as the page says."""
    while "Call-back no." in spoc.text:
        spoc.send("\x1b[20~")
        spoc.until(lambda: "Call-back no." not in spoc.text or _SLOW in spoc.text)
        spoc.rest(perf_counter() + _PAUSE)


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000
