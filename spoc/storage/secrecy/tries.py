"""Wrong tries of a passphrase: kept with their time, and how long the next one waits."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from spoc.storage.place import remove_quietly, write_durably

FILE = "spoc.tries"
KEPT = 1000
FREE, FIRST_WAIT, LONGEST_WAIT = 3, 2.0, 300.0  # tries; seconds; seconds


def failed(folder: Path) -> list[datetime]:
    """When a passphrase was wrong since ``clear``, oldest first, in UTC; the newest 1,000."""
    try:
        with (folder / FILE).open("rb") as file:
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
    """Forget the wrong tries, once they are in the audit trail. A read-only folder keeps them."""
    remove_quietly(folder / FILE)


def wait(tries: Sequence[datetime], now: datetime) -> float:
    """Seconds to wait at ``now`` after these wrong tries.

    None before the first three tries; 2 s between the third and the fourth, doubling to 5 minutes at
    most. A time that is still to come (a clock put back, a line written by hand) counts for nothing.
    """
    tries = [each for each in tries if each <= now]  # one that is to come was no try
    if len(tries) < FREE:
        return 0.0
    pause = min(FIRST_WAIT * 2.0 ** min(len(tries) - FREE, 16), LONGEST_WAIT)
    since = (now - max(tries)).total_seconds()
    return min(max(pause - since, 0.0), pause)


def keep(folder: Path, now: datetime) -> None:
    """Append the time of a wrong try; a folder that cannot be written must not stop anybody."""
    path = folder / FILE
    try:
        if path.exists() and path.stat().st_size > 80 * KEPT:
            kept = "".join(f"{time.isoformat()}\n" for time in failed(folder))
            write_durably(path, kept.encode())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(f"{now.astimezone(UTC).isoformat()}\n")
    except OSError:
        return
