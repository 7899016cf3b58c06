"""The notices in every page's header, most serious first. To add one, add a function to LINES."""

from collections.abc import Callable
from datetime import timedelta

from spoc.model.rules.access import may
from spoc.model.values.dates import counted
from spoc.screens.sync.syncing import EVERY
from spoc.storage.desk import Desk
from spoc.storage.desks import conflicts
from spoc.storage.desks.standing import as_of, standing
from spoc.storage.followups import queue

# after which unsent work is no longer just waiting for the next sync
_LATE = timedelta(seconds=2 * EVERY)


def _due(desk: Desk) -> str:
    """Promises: overdue, and due today."""
    if not may(desk.actor.role, "followup.list"):
        return ""
    return queue.count(desk.store, desk.actor).words()


def _conflicts(desk: Desk) -> str:
    """Where two desks differ; "y" on the board, then "c", shows it."""
    if not may(desk.actor.role, "contact.view"):
        return ""
    many = conflicts.count(desk.store.reader, desk.actor.id)
    return counted(many, "conflict") if many else ""


def _unsent(desk: Desk) -> str:
    """Work that no other desk can have yet, though it should have been sent by now."""
    if not desk.store.settings.get("sync") or not may(desk.actor.role, "sync.run"):
        return ""
    sync = standing(desk.store, desk.actor)
    late = sync.last is not None and desk.store.now() - sync.last > _LATE
    return f"{sync.unsent} unsent" if sync.unsent and late else ""


def _others(desk: Desk) -> str:
    """How old the other desks' records are."""
    return as_of(desk.store)


LINES: tuple[Callable[[Desk], str], ...] = (_due, _conflicts, _unsent, _others)


def notices(desk: Desk) -> tuple[str, ...]:
    """The present notices, one phrase each."""
    return tuple(words for each in LINES if (words := each(desk)))
