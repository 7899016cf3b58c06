"""How far the desks' clocks are off. Each desk measures its own clock against that of the place of sync, and
signs the result together with the ends of its streams."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from spoc.model.values.dates import counted
from spoc.storage.desks import places
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.store import Store

WRONG = timedelta(minutes=10)  # a clock that is wrong, and not just slightly
STEADY = timedelta(minutes=2)  # a smaller change is not reported
_KEY = "clock_ahead"  # seconds, kept on this desk


def ahead(before: datetime, there: datetime, after: datetime) -> timedelta:
    """How far this computer's clock is ahead of the place's (negative: behind it), which showed ``there`` at
    some moment between two readings of this one."""
    return max(before - there, timedelta()) or min(after - there, timedelta())


def usual(found: Iterable[timedelta]) -> timedelta:
    """The clock that counts as right, as its distance from the place's: the median of the desks' clocks and
    the place's own; of two in the middle, the one nearer to the place's."""
    clocks = sorted([*found, timedelta()])
    half = len(clocks) // 2
    return clocks[half] if len(clocks) % 2 else min(clocks[half - 1 : half + 1], key=abs)


def said(fields: Mapping[str, Any] | None) -> timedelta | None:
    """How far a desk's clock is ahead of the place's, as it signed; None if it did not say."""
    seconds = (fields or {}).get("ahead")
    return timedelta(seconds=seconds) if isinstance(seconds, int) else None


def own(db: Database) -> timedelta | None:
    """How far this computer's clock was ahead of the place's at the last sync; None if there was none."""
    return said({"ahead": local(db, _KEY)})


def keep(db: Database, found: timedelta) -> None:
    """Saves how far this computer's clock is ahead. Within a writing job."""
    keep_local(db, _KEY, round(found.total_seconds()))


@dataclass(frozen=True, slots=True)
class Right:
    """How far the clock that counts as right, and this computer's, are ahead of the place's."""

    usual: timedelta
    here: timedelta


def right(db: Database) -> Right:
    """The clock that counts as right, from what the desks have signed."""
    here = own(db)
    others = (said(each) for each in places.witnessed(db).values())
    known = [each for each in (here, *others) if each is not None]
    return Right(usual(known), here or timedelta())


def wrong_by(store: Store) -> timedelta:
    """How far this computer's clock is ahead of the one that counts as right; None if it is not wrong."""
    if own(store.reader) is None:
        return timedelta()
    found = right(store.reader)
    off = found.here - found.usual
    return off if abs(off) > WRONG else timedelta()


def note(store: Store) -> str:
    """What to say at this desk if its own clock is wrong; otherwise ""."""
    off = wrong_by(store)
    return (
        f"This computer's clock is {words(off)}, so what is written here has the wrong time. Ask IT to set it; nothing "
        "is lost."
        if off
        else ""
    )


def words(off: timedelta) -> str:
    """Roughly how far a clock is off: 3 hours ahead, 1 day behind."""
    minutes = round(abs(off).total_seconds() / 60)
    hours = round(minutes / 60)
    if minutes < 90:
        text = counted(minutes, "minute")
    elif hours < 20 or hours % 24 not in (23, 0, 1):
        text = counted(hours, "hour")
    else:
        text = counted(round(hours / 24), "day")
    return f"about {text} {'ahead' if off > timedelta() else 'behind'}"
