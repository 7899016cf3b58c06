"""Wrong tries of a passphrase: kept with their time, and how long the next one has to wait.

The file keeps them between runs. A running program also remembers its own, so that deleting the file, or
putting a link in its place, does not end the wait.
"""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from spoc.storage.store_folder import remove_quietly, write_durably

FILE = "spoc.tries"
KEPT = 1000
FREE, FIRST_WAIT, LONGEST_WAIT = 3, 2.0, 300.0  # tries; seconds; seconds
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)

_seen: dict[Path, list[datetime]] = {}  # by folder, in this run


def failed(folder: Path) -> list[datetime]:
    """When a passphrase was wrong since ``clear``, oldest first, in UTC; the newest 1,000."""
    both = Counter(_listed(folder)) | Counter(_seen.get(folder, ()))
    return sorted(both.elements())[-KEPT:]


def taken_away(folder: Path) -> list[datetime]:
    """This run's tries that the file no longer names: somebody deleted it, or another program's sign-in
    cleared it."""
    listed = _listed(folder)
    gone = Counter(_seen.get(folder, ())) - Counter(listed)
    return sorted(gone.elements()) if len(listed) < KEPT else []


def _listed(folder: Path) -> list[datetime]:
    try:
        with os.fdopen(os.open(folder / FILE, os.O_RDONLY | _NO_LINK), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 40 * KEPT))
            lines = file.read().decode("ascii", errors="replace").splitlines()
    except OSError:
        return []
    times = []
    for line in lines[-KEPT:]:
        try:
            time = datetime.fromisoformat(line)
        except ValueError:
            continue
        if time.tzinfo is not None:
            times.append(time.astimezone(UTC))
    return times


def clear(folder: Path) -> None:
    """Forgets the wrong tries, once they are in the audit trail. In a read-only folder they stay."""
    _seen.pop(folder, None)
    remove_quietly(folder / FILE)


def wait(tries: Sequence[datetime], now: datetime) -> float:
    """Seconds to wait at ``now`` after these wrong tries.

    None before the first three tries; 2 s between the third and the fourth, doubling to 5 minutes at most.
    A time in the future (a clock put back, a line written by hand) does not count.
    """
    tries = [each for each in tries if each <= now]  # a time in the future was not a try
    if len(tries) < FREE:
        return 0.0
    pause = min(FIRST_WAIT * 2.0 ** min(len(tries) - FREE, 16), LONGEST_WAIT)
    since = (now - max(tries)).total_seconds()
    return min(max(pause - since, 0.0), pause)


def keep(folder: Path, now: datetime) -> None:
    """Appends the time of a wrong try; a folder that cannot be written must not stop anybody."""
    path, now = folder / FILE, now.astimezone(UTC)
    _seen[folder] = [*_seen.get(folder, ()), now][-KEPT:]
    try:
        if path.is_symlink():
            path.unlink()
        if path.exists() and path.stat().st_size > 80 * KEPT:
            kept = "".join(f"{time.isoformat()}\n" for time in failed(folder))
            write_durably(path, kept.encode())
            return
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NO_LINK, 0o600)
        with os.fdopen(handle, "a") as file:
            file.write(f"{now.isoformat()}\n")
    except OSError:
        return
