"""Attendances for lists: the worklist in its order, filtered, in pages; and the counts above it."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from spoc.model.attendance.flags import CANNOT_TELL, PARENT
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.clock import from_local, is_working_day, to_local
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

PAGE = 200
_LONGEST = 14  # days: longer than any run of closed days


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """An attendance as a row of a list; who it is about is "" for a role that may not see it."""

    id: bytes
    site: str
    number: str
    arrived: str
    rank: int
    name: str
    birth_date: str
    age: str
    sex: str
    nhs_number: str
    postcode: str
    complaint: str
    diagnosis: str
    departed: str
    discharge_status: str
    flags: tuple[str, ...]
    parent: bool
    reviewed: bytes | None
    disposition: str
    basis: str
    one_key: bool
    reopened: str
    taken_by: bytes | None
    taken_at: str
    late_why: str
    state: str  # "", cancelled or merged
    closed: bool = False  # restricted, and this actor cannot open it
    restricted: bool = False  # restricted, and this actor can open it


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What a list is narrowed to. ``day`` is a local day; ``since`` the first of several."""

    unreviewed: bool = False
    site: str = ""
    since: str = ""
    day: str = ""
    flag: str = ""
    mine: bool = False
    late: bool = False  # not reviewed by the end of the next working day
    gone: bool = False  # those that the hospital cancelled or merged, instead of valid ones

    def words(self) -> list[str]:
        """The filters, in words."""
        parts = ["waiting"] if self.unreviewed else []
        parts += [each for each in (self.site, self.flag, self.day) if each]
        parts += ["late"] if self.late else []
        parts += ["cancelled or merged"] if self.gone else []
        return parts + (["mine"] if self.mine else [])


@dataclass(frozen=True, slots=True)
class WorklistCounts:
    """The counts above every worklist: children attended, eligible (by the service's denominator), reviewed
    on each basis, waiting; the oldest waiting."""

    attended: int = 0
    eligible: int = 0
    screened: int = 0
    record_read: int = 0
    waiting: int = 0
    cannot_tell: int = 0
    parents: int = 0
    oldest: str = ""
    late: int = 0
    sites: dict[str, tuple[int, int]] = field(default_factory=dict)  # reviewed, of

    @property
    def reviewed(self) -> int:
        return self.screened + self.record_read


_COLUMNS = (
    "a.id, a.site, a.number, a.arrived, a.rank, coalesce(a.name, a.called), a.birth_date, a.age, a.sex,"
    " a.nhs_number, a.postcode, a.complaint, a.diagnosis, a.departed, a.discharge_status, a.flags, a.parent,"
    " a.reviewed, r.disposition, r.basis, r.one_key, a.reopened, a.taken_by, a.taken_at, a.late_why, a.state, a.closed_to, a.sealed"
)
_NAMES = (
    *(each.name for each in fields(WorklistRow) if each.name not in ("closed", "restricted")),
    "closed_to",
    "sealed",
)
_NULLS = ("reviewed", "taken_by")
_ABOUT = (
    "number",
    "name",
    "birth_date",
    "nhs_number",
    "postcode",
    "complaint",
    "diagnosis",
    "reopened",
    "late_why",
)
_FROM = "FROM attendance a LEFT JOIN review r ON r.id = a.reviewed"
_SHOWN = "a._void = 0 AND a.adult IS NULL"
_CONCERN = "(a.flags IS NOT NULL AND a.flags <> '[]') OR a.concern"


def page(
    store: Store,
    actor: Actor,
    wanted: WorklistFilter,
    limit: int = PAGE,
    after: WorklistRow | None = None,
) -> list[WorklistRow]:
    """The next attendances of a list in the order of the worklist; ``after`` is the last one already there."""
    require(actor.role, "attendance.list")
    where, values = _where(store, actor, wanted)
    if wanted.late:
        late, more = _late(store)
        where += f" AND {late}"
        values += more
    if after is not None:
        where += " AND (a.rank, a.arrived, a.id) > (?, ?, ?)"
        values += [after.rank, after.arrived, after.id]
    rows = store.reader.conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY a.rank, a.arrived, a.id LIMIT ?",
        [*values, limit],
    ).fetchall()
    return [_line(store, row, actor) for row in rows]


def by_id(store: Store, actor: Actor, ids: Sequence[bytes]) -> list[WorklistRow]:
    """These attendances as they are now."""
    require(actor.role, "attendance.list")
    marks = ", ".join("?" * len(ids))
    rows = store.reader.conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE a.id IN ({marks})", list(ids)
    ).fetchall()
    return [_line(store, row, actor) for row in rows]


def by_number(store: Store, actor: Actor, number: str) -> list[WorklistRow]:
    """The attendances with this number, or whose id begins like this (hex)."""
    # even the number's existence reveals something about a child
    require(actor.role, "attendance.view")
    rows = store.reader.conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE {_SHOWN} AND (lower(hex(a.id)) = ? OR a.number = ?)",
        (number.lower(), number),
    ).fetchall()
    sealed = [each for each in _held(store, actor) if each.number == number]
    return [*(_line(store, row, actor) for row in rows), *sealed]


def _held(store: Store, actor: Actor) -> list[WorklistRow]:
    """The sealed attendances that this actor can open: SQL sees neither their flags nor their numbers."""
    rows = store.reader.conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE {_SHOWN} AND a.sealed IS NOT NULL"
    ).fetchall()
    return [each for each in (_line(store, row, actor) for row in rows) if not each.closed]


def _where(store: Store, actor: Actor, wanted: WorklistFilter) -> tuple[str, list[Any]]:
    parts, values = (
        [_SHOWN, "a.state IS NOT NULL" if wanted.gone else "a.state IS NULL"],
        list[Any](),
    )
    if wanted.unreviewed:
        parts.append("a.reviewed IS NULL")
    if wanted.site:
        parts.append("a.site = ?")
        values.append(wanted.site)
    if wanted.since:
        parts.append("a.arrived >= ?")
        values.append(wanted.since)
    if wanted.day:
        parts.append("a.arrived >= ? AND a.arrived < ?")
        values += [wanted.day, str(date.fromisoformat(wanted.day) + timedelta(days=1))]
    if wanted.flag:
        flagged = "EXISTS (SELECT 1 FROM json_each(a.flags) WHERE value = ?)"
        # a number that matches nothing
        open_to = "(a.closed_to IS NULL OR instr(a.closed_to, ?) > 0)"
        sealed = [each.id for each in _held(store, actor) if wanted.flag in each.flags]
        parts.append(f"(({flagged} AND {open_to}) OR a.id IN ({', '.join('?' * len(sealed))}))")
        values += [wanted.flag, actor.id.hex(), *sealed]
    if wanted.mine:
        parts.append("a.taken_by = ?")
        values.append(actor.id)
    return " AND ".join(parts), values


def _line(store: Store, row: Sequence[Any], actor: Actor) -> WorklistRow:
    unreadable = False
    if row[-1]:  # sealed: readable for anybody who has one of its keys
        opened = _opened(store, actor, row[0])
        unreadable, row = opened is None, opened or row
    values: dict[str, Any] = {
        name: "" if value is None and name not in _NULLS else value
        for name, value in zip(_NAMES, row, strict=True)
    }
    values["restricted"] = bool(values.pop("sealed"))
    closed_to = values.pop("closed_to")
    values["flags"] = tuple(json.loads(values["flags"] or "[]"))
    values["rank"] = values["rank"] or 0
    line = WorklistRow(
        **{**values, "parent": bool(values["parent"]), "one_key": bool(values["one_key"])}
    )
    if unreadable or (closed_to and actor.id.hex() not in closed_to.split()):
        return replace(line, **_blank(_ABOUT), flags=(), closed=True, restricted=False)
    return line if sight_of(actor.role).identifiers else replace(line, **_blank(_ABOUT))


def _opened(store: Store, actor: Actor, record: bytes) -> Sequence[Any] | None:
    """The row of a restricted attendance for somebody who can open it, else None; read again only once
    something was written."""
    (newest,) = store.reader.conn.execute("SELECT max(rowid) FROM entry").fetchone()
    rows = store.opened.get((actor.id, record))
    if rows and rows[0] == newest:
        kept: Sequence[Any] = rows[1]
        return kept
    if not restricted.keys_of(store, store.reader, actor, record):
        return None
    memory = restricted.reader(store, actor, record)
    row: Sequence[Any] | None = memory.conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE a.id = ?", (record,)
    ).fetchone()
    store.opened[actor.id, record] = (newest, row)
    return row


def _blank(names: Sequence[str]) -> dict[str, Any]:
    return dict.fromkeys(names, "")


def families_together(lines: Iterable[WorklistRow]) -> list[WorklistRow]:
    """The same lines, with brothers and sisters, and one child's several attendances, directly after the
    first of them: those who share an NHS number, or a family name and postcode."""
    groups: dict[tuple[str, ...], int] = {}
    placed: list[list[WorklistRow]] = []
    for line in lines:
        family = line.name.split(",")[0].casefold()
        keys = [("nhs", line.nhs_number)] if line.nhs_number else []
        if family and line.postcode:
            keys.append((family, line.postcode.replace(" ", "")))
        at = next((groups[key] for key in keys if key in groups), None)
        if at is None:
            at = len(placed)
            placed.append([])
        placed[at].append(line)
        for key in keys:
            groups.setdefault(key, at)
    return [line for group in placed for line in group]


def counts(store: Store, actor: Actor, since: str = "", site: str = "") -> WorklistCounts:
    """The counts for one site or for all: who attended and was reviewed since a local day; who is waiting,
    however long ago they came."""
    require(actor.role, "attendance.list")
    if not sight_of(actor.role).rows:
        return WorklistCounts()
    eligible = _CONCERN if denominator(store) == "concern" else "1"
    where, values = _where(store, actor, WorklistFilter(site=site, since=since))
    total: Counter[str] = Counter()
    names = ("attended", "eligible", "record_read", "screened")
    sites = {}
    for name, *numbers in store.reader.conn.execute(
        f"SELECT a.site, count(*), sum({eligible}), sum(r.basis = 'record'), sum(r.basis = 'list')"
        f" {_FROM} WHERE {where} GROUP BY a.site",
        values,
    ).fetchall():
        total.update(dict(zip(names, (each or 0 for each in numbers), strict=True)))
        sites[name] = ((numbers[2] or 0) + (numbers[3] or 0), numbers[1] or 0)
    where, values = _where(store, actor, WorklistFilter(unreviewed=True, site=site))
    waiting, cannot_tell, parents, late, oldest = store.reader.conn.execute(
        f"SELECT count(*), sum(a.rank = {CANNOT_TELL}), sum(a.rank = {PARENT}),"
        " sum(a.arrived < ?), min(a.arrived)"
        f" FROM attendance a WHERE {where} AND ({eligible})",
        [str(late_before(store)), *values],
    ).fetchone()
    return WorklistCounts(
        **{name: total[name] for name in names},
        waiting=waiting,
        cannot_tell=cannot_tell or 0,
        parents=parents or 0,
        late=late or 0,
        oldest=oldest or "",
        sites=sites,
    )


def denominator(store: Store) -> str:
    """Which children count: ``all``, or ``concern`` (those with a flag). A setting, printed with each
    count."""
    return store.settings.get("denominator", "all")


DENOMINATORS = {"all": "all children", "concern": "children with a concern"}


def taken(line: WorklistRow, store: Store, actor: Actor) -> bytes | None:
    """Who else has just taken a case, or None: one that was taken and left is free again."""
    if not line.taken_by or line.taken_by == actor.id or not line.taken_at:
        return None
    limit = store.pack.limits.get("taken", timedelta(hours=1))
    return line.taken_by if store.now() - from_text(line.taken_at) < limit else None


def late_before(store: Store) -> date:
    """The first local day whose attendances are still in time: each should be reviewed by the end of the
    next working day after it."""
    day = local_now(store).date()
    for _ in range(_LONGEST):
        day -= timedelta(days=1)
        if is_working_day(store.hours, day):
            return day
    return day


def _late(store: Store) -> tuple[str, list[str]]:
    """What was not reviewed by the end of the next working day: it is still waiting, or was reviewed later
    (within the last four weeks)."""
    first = date.fromisoformat(recently(store))
    days = [first + timedelta(days=n) for n in range((late_before(store) - first).days)]
    ends = [
        (
            "(a.arrived >= ? AND a.arrived < ? AND r.at > ?)",
            [str(day), str(day + timedelta(days=1)), utc_text(_in_time(store, day))],
        )
        for day in days
    ]
    text = " OR ".join(["(a.reviewed IS NULL AND a.arrived < ?)", *(each for each, _ in ends)])
    return f"({text})", [str(late_before(store)), *(each for _, more in ends for each in more)]


def _in_time(store: Store, day: date) -> datetime:
    """The end of the next working day after a local day."""
    for _ in range(_LONGEST):
        day += timedelta(days=1)
        if is_working_day(store.hours, day):
            break
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
    return from_local(midnight)[0]


def recently(store: Store) -> str:
    """The local day from which on counts are shown: four weeks ago."""
    return str(local_now(store).date() - timedelta(weeks=4))


def local_now(store: Store) -> datetime:
    """The local clock, naive, as in lists."""
    return to_local(store.now()).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that was set aside: another person has its number."""

    id: bytes
    site: str
    number: str
    arrived: str
    name: str
    birth_date: str
    complaint: str
    why: str
    sent: str


def set_aside(store: Store, actor: Actor) -> list[Aside]:
    """The rows that were set aside and wait for a decision, oldest first."""
    require(actor.role, "attendance.review")
    rows = store.reader.conn.execute(
        "SELECT id, site, number, arrived, name, birth_date, complaint, why, sent FROM set_aside"
        " WHERE _void = 0 AND decided IS NULL ORDER BY n"
    ).fetchall()
    return [Aside(row[0], *(each or "" for each in row[1:])) for row in rows]
