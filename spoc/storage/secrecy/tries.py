"""Wrong tries of a passphrase: keeping their times, and how long the next try has to wait.

The file keeps them between runs. A running program also remembers its own, so that deleting the file, putting
something else in its place, filling it with other times or putting the clock back does not end the wait.
"""

import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from spoc.storage.store_folder import remove_quietly, write_durably

FILE = "spoc.tries"
KEPT = 1000
FREE, FIRST_WAIT, LONGEST_WAIT = 3, 2.0, 300.0  # tries; seconds; seconds
# Follows no link and does not wait for a pipe.
_AS_IT_IS: int = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

# The tries of this run, by folder: the time, and a reading of the clock that nobody can set.
_seen: dict[Path, list[tuple[datetime, float]]] = {}


def failed(folder: Path) -> list[datetime]:
    """The times (UTC) of wrong tries since ``clear``, oldest first: the newest 1,000 in the file, and those
    of this run."""
    return sorted((Counter(_listed(folder)) | Counter(_own(folder))).elements())


def taken_away(folder: Path) -> list[datetime]:
    """This run's tries that are no longer in the file: somebody deleted or replaced it, or another program
    cleared it by signing in."""
    own = _own(folder)
    listed = [each for each in _listed(folder) if each <= max(own, default=each)]
    gone = sorted((Counter(own) - Counter(listed)).elements())
    if len(listed) < KEPT:
        return gone
    return [each for each in gone if each >= min(listed)]  # earlier ones had to make room


def _own(folder: Path) -> list[datetime]:
    return [at for at, _ in _seen.get(folder, ())]


def _listed(folder: Path) -> list[datetime]:
    try:
        with os.fdopen(os.open(folder / FILE, os.O_RDONLY | _AS_IT_IS), "rb") as file:
            row = os.fstat(file.fileno())
            if not S_ISREG(row.st_mode):
                return []
            file.seek(max(0, row.st_size - 40 * KEPT))
            lines = file.read(40 * KEPT).decode("ascii", errors="replace").splitlines()
    except OSError:
        return []
    times = []
    for line in lines[-KEPT:]:
        try:
            at = datetime.fromisoformat(line)
        except ValueError:
            continue
        if at.tzinfo is not None:
            times.append(at.astimezone(UTC))
    return times


def clear(folder: Path) -> None:
    """Forgets the wrong tries, once they are in the audit trail. In a read-only folder they stay."""
    _seen.pop(folder, None)
    remove_quietly(folder / FILE)


def to_wait(folder: Path, now: datetime) -> float:
    """Seconds to wait at ``now`` before the next try at this folder's store.

    A time in the future does not count, unless this run made that try: then the clock was put back.
    """
    own = _seen.get(folder, ())
    listed = Counter(each for each in _listed(folder) if each <= now)
    past = listed | Counter(at for at, _ in own if at <= now)
    put_back = [now - timedelta(seconds=time.monotonic() - tick) for at, tick in own if at > now]
    return wait([*past.elements(), *put_back], now)


def wait(tries: Sequence[datetime], now: datetime) -> float:
    """Seconds to wait at ``now`` after these wrong tries.

    None before the first three tries; 2 s between the third and the fourth, doubling to 5 minutes at most.
    A time in the future (a clock put back, a line written by hand) does not count.
    """
    tries = [each for each in tries if each <= now]
    if len(tries) < FREE:
        return 0.0
    pause = min(FIRST_WAIT * 2.0 ** min(len(tries) - FREE, 16), LONGEST_WAIT)
    since = (now - max(tries)).total_seconds()
    return min(max(pause - since, 0.0), pause)


def keep(folder: Path, now: datetime) -> None:
    """Appends the time of a wrong try; a folder that cannot be written must not stop anybody."""
    path, now = folder / FILE, now.astimezone(UTC)
    _seen[folder] = [*_seen.get(folder, ()), (now, time.monotonic())][-KEPT:]
    try:
        _make_room(path, now)
        if path.exists() and path.stat().st_size > 80 * KEPT:
            tries = [each for each in failed(folder) if each <= now][-KEPT:]
            kept = "".join(f"{each.isoformat()}\n" for each in tries)
            write_durably(path, kept.encode())
            return
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _AS_IT_IS, 0o600)
        with os.fdopen(handle, "a") as file:
            file.write(f"{now.isoformat()}\n")
    except OSError:
        return


def _make_room(path: Path, now: datetime) -> None:
    """Removes anything that is in the list's place and not a file; a folder with contents is set aside.
    Raises OSError."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if S_ISDIR(mode):
        path.rename(path.with_name(f"{path.name}.{now:%Y%m%d-%H%M%S-%f}"))
    elif not S_ISREG(mode):
        path.unlink()
