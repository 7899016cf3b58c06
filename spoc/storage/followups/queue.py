"""The queue in parts: how many there are, its pages, and what the board shows. None of these reads all of
it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from spoc.model.followups.followup import OVERDUE, TODAY, TOMORROW, FollowUp
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.clock import Hours, from_local, open_spans, to_local
from spoc.model.values.instants import utc_text
from spoc.storage.driver import row
from spoc.storage.followups.naming import with_names
from spoc.storage.followups.reading import (
    KINDS,
    READ,
    READ_ONE,
    TIMED,
    follow_ups,
    queue_position,
    sealed,
)
from spoc.storage.store import Store

PAGE = 200
_OPEN = "ended IS NULL AND _void = 0"
_WAKES = "coalesce(snoozed_to, due_at)"
_UNHELD = f"{_OPEN} AND (holder IS NULL OR safe_tonight IS NULL)"


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How many follow-ups are overdue, and how many more are due today."""

    overdue: int = 0
    today: int = 0

    def words(self) -> str:
        """For a header: "2 overdue, 5 due today", "" if there are none."""
        counts = (f"{self.overdue} overdue", self.overdue), (f"{self.today} due today", self.today)
        return ", ".join(words for words, number in counts if number)


def count(store: Store, actor: Actor) -> DueCounts:
    """How many are overdue and how many more are due by the end of today, as the list shows them."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return DueCounts()
    now = store.now()
    late, today = (_until(store, each) for each in (now, _midnights(now)[0]))
    states = [each.state(now) for each in sealed(store, actor) if not each.ended]
    return DueCounts(late + states.count(OVERDUE), today - late + states.count(TODAY))


def beyond(store: Store, actor: Actor) -> tuple[int, int]:
    """How many are due tomorrow; how many are open, whenever they are due."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return 0, 0
    now = store.now()
    today, tomorrow = (_until(store, each) for each in _midnights(now))
    states = [each.state(now) for each in sealed(store, actor) if not each.ended]
    every = sum(
        row(
            store.reader.conn.execute(
                f'SELECT count(*) FROM "{tbl}" WHERE {_OPEN} AND {TIMED}'
            ).fetchone()
        )
        for tbl in KINDS
    )
    return tomorrow - today + states.count(TOMORROW), every + len(states)


def _until(store: Store, at: datetime) -> int:
    """How many open ones, apart from restricted ones, need attention before an instant."""
    return sum(
        row(
            store.reader.conn.execute(
                f'SELECT count(*) FROM "{tbl}" WHERE {_OPEN} AND {_WAKES} < ?', (utc_text(at),)
            ).fetchone()
        )
        for tbl in KINDS
    )


def _midnights(now: datetime) -> tuple[datetime, datetime]:
    """The ends of today and of tomorrow."""
    midnight = datetime.combine(to_local(now).date(), datetime.min.time())
    first, second = (from_local(midnight + timedelta(days=days))[0] for days in (1, 2))
    return first, second


def page(
    store: Store, actor: Actor, limit: int = PAGE, after: FollowUp | None = None
) -> list[FollowUp]:
    """The next open ones, earliest first, those without a time last; ``after`` is the last one already
    there."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return []
    found: list[FollowUp] = []
    since = queue_position(after) if after else None
    if since is None or not since[0]:
        _, wakes, own = since or (False, "", b"")
        found = _first(
            store,
            f"{_WAKES} >= ? AND ({_WAKES} > ? OR id > ?)",
            (wakes, wakes, own),
            limit,
        )
    if len(found) < limit:  # those without a known time come last
        own = since[2] if since and since[0] else b""
        found += _first(store, f"{_WAKES} IS NULL AND id > ?", (own,), limit - len(found))
    more = [each for each in sealed(store, actor) if not each.ended]
    mixed = sorted(
        [*found, *(each for each in more if not since or queue_position(each) > since)],
        key=queue_position,
    )
    return with_names(store, actor, mixed[:limit])


def due_now(store: Store, actor: Actor, most: int) -> tuple[list[FollowUp], list[FollowUp]]:
    """The first overdue ones, and the first due by the end of today."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return [], []
    now = store.now()
    at, midnight = utc_text(now), utc_text(_midnights(now)[0])
    more = [each for each in sealed(store, actor) if not each.ended]
    found = []
    for state, where, values in (
        (OVERDUE, f"{_WAKES} < ?", (at,)),
        (TODAY, f"{_WAKES} >= ? AND {_WAKES} < ?", (at, midnight)),
    ):
        some = _first(store, where, values, most)
        some += [each for each in more if each.state(now) == state]
        found.append(with_names(store, actor, sorted(some, key=queue_position)[:most]))
    return found[0], found[1]


def unheld(store: Store, actor: Actor, most: int) -> tuple[list[FollowUp], int]:
    """Those that soon fall due (the pack's limit ``unheld``) while nobody is there, and for which nobody
    has said who holds them until then (W15): the first, and how many there are."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return [], 0
    now = store.now()
    until = now + store.pack.limits.get("unheld", timedelta(days=7))
    where, values = _shut(store.hours, now, until)
    more = [each for each in sealed(store, actor) if each.asks_holder(store.hours, now)]
    more = [each for each in more if each.due_at < utc_text(until)]
    many = len(more)
    for tbl in KINDS:
        sql = f'SELECT count(*) FROM "{tbl}" WHERE {_UNHELD} AND {where}'
        many += row(store.reader.conn.execute(sql, values).fetchone())
    first = [
        each
        for tbl in KINDS
        for each in follow_ups(
            store.reader,
            f"{READ_ONE[tbl].format(f'{_UNHELD} AND {where}')} ORDER BY due_at, id LIMIT ?",
            (*values, most),
        )
    ]
    first = sorted([*first, *more], key=lambda each: (each.due_at, each.id))
    return with_names(store, actor, first[:most]), many


def _shut(hours: Hours, since: datetime, until: datetime) -> tuple[str, list[str]]:
    """The condition that a due time is between two instants and nobody is there: each code by its own
    hours."""
    parts, values = [], [utc_text(since), utc_text(until)]
    bodies: dict[int, tuple[Hours, list[str]]] = {}
    for code, body in hours.others.items():
        bodies.setdefault(id(body), (body, []))[1].append(code)
    others = ", ".join("?" * len(hours.others))
    for which, body, codes in (
        (f"coalesce(code, '') NOT IN ({others})", hours, list(hours.others)),
        *(
            (f"code IN ({', '.join('?' * len(codes))})", body, codes)
            for body, codes in bodies.values()
        ),
    ):
        spans = open_spans(body, since, until)
        there = " OR ".join(["due_at BETWEEN ? AND ?"] * len(spans)) or "0"
        parts.append(f"({which} AND NOT ({there}))")
        values += [*codes, *(utc_text(each) for span in spans for each in span)]
    return f"due_at >= ? AND due_at < ? AND ({' OR '.join(parts)})", values


def moved_lately(store: Store, actor: Actor) -> list[FollowUp]:
    """The open ones that the calendar moved within the last day: the board says from when to when, and why."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return []
    since = utc_text(store.now() - timedelta(days=1))
    where = READ.format("ended IS NULL AND due_why IS NOT NULL AND _last_at >= ?")
    return with_names(store, actor, list(follow_ups(store.reader, where, [since] * len(KINDS))))


def _first(store: Store, where: str, values: Sequence[Any], limit: int) -> list[FollowUp]:
    """The first open ones that meet a condition, for each kind of record separately."""
    found = [
        each
        for tbl in KINDS
        for each in follow_ups(
            store.reader,
            f"{READ_ONE[tbl].format(f'{_OPEN} AND {where}')} ORDER BY {_WAKES}, id LIMIT ?",
            (*values, limit),
        )
    ]
    return sorted(found, key=queue_position)[:limit]
