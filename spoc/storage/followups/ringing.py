"""Call-backs that ring: which are due now, and which this desk has already rung for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from spoc.model.followups.followup import to_family
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import may
from spoc.model.rules.clock import to_local
from spoc.model.rules.steady import ClockChange
from spoc.model.values.dates import counted
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.driver import Database, row
from spoc.storage.followups.reading import KINDS, OF_REVIEW, sealed
from spoc.storage.ledger import audit
from spoc.storage.migrations import keep_local, local
from spoc.storage.persons import deaths
from spoc.storage.store import Store

_NEVER = "~"  # after every instant
_RUNG = "rung"  # where this desk stores the time for which each call-back has rung


@dataclass(frozen=True, slots=True)
class Ring:
    """A call-back that is due: its id, and the time (UTC text)."""

    id: bytes
    at: str


def upcoming(store: Store, actor: Actor, until: datetime | None = None) -> tuple[Ring, ...]:
    """The open call-backs with their times (up to an instant), earliest first; claimed or not, promised here
    or elsewhere. Not those to the family of a child who has died: these are only in the list of what is due,
    which asks first."""
    codes = [each.code for each in store.pack.lists.get("action", ()) if each.rings]
    if not codes or not may(actor.role, "followup.act"):
        return ()
    marks = ", ".join("?" * len(codes))
    last = utc_text(until) if until else _NEVER
    found: list[Ring] = []
    for tbl in KINDS:
        rows = store.reader.conn.execute(
            f"SELECT id, coalesce(snoozed_to, due_at), who, code"
            f' FROM "{tbl}" WHERE ended IS NULL AND _void = 0'
            f" AND code IN ({marks}) AND due_at IS NOT NULL AND coalesce(snoozed_to, due_at) < ?",
            (*codes, last),
        ).fetchall()
        family = [own for own, _, who, code in rows if _to_family(store, code, who or "")]
        stopped = _of_the_dead(store.reader, tbl, family)
        found += [Ring(own, at) for own, at, *_ in rows if own not in stopped]
    found += [
        Ring(each.id, each.snoozed_to or each.due_at)
        for each in sealed(store, actor)
        if each.code in codes and each.wakes and not each.ended
        if (each.snoozed_to or each.due_at) < last
    ]
    return tuple(sorted(found, key=lambda each: each.at))


def _of_the_dead(db: Database, tbl: str, records: list[bytes]) -> set[bytes]:
    """The records whose child has died."""
    if not records or tbl == OF_REVIEW:
        return set()
    marks = ", ".join("?" * len(records))
    owners = dict(
        db.conn.execute(f'SELECT id, contact FROM "{tbl}" WHERE id IN ({marks})', records)
    )
    died = deaths.of_contacts(db, sorted(set(owners.values())))
    return {own for own, contact in owners.items() if contact in died}


def _to_family(store: Store, code: str, who: str) -> bool:
    return to_family(store.pack.find("action", code), who, store.pack.kinds.get("parent", ()))


def fresh(store: Store, rings: Iterable[Ring], now: datetime) -> tuple[Ring, ...]:
    """Those that are due and for which this desk has not yet rung at that time; one that was put off rings
    again."""
    at = utc_text(now)
    due = [each for each in rings if each.at <= at]
    heard = (local(store.reader, _RUNG) or {}) if due else {}
    return tuple(each for each in due if heard.get(each.id.hex()) != each.at)


def rung(store: Store, rings: tuple[Ring, ...]) -> None:
    """Records that this desk rang for them, even across a restart; waits for it, so that none rings twice."""

    def job(db: Database) -> None:
        heard = local(db, _RUNG) or {}
        keep_local(db, _RUNG, heard | {each.id.hex(): each.at for each in rings})

    store.submit(job).result()


def last_written(store: Store) -> datetime | None:
    """When this desk's last entry was written, by its clock at the time; None in a new store."""
    found = row(
        store.reader.conn.execute(
            "SELECT header ->> 'at' FROM entry WHERE stream IN (SELECT unhex(value ->> '$') FROM local"
            " WHERE key IN ('stream', 'audit_stream')) ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
    )
    return from_text(found) if found else None


def record_change(store: Store, actor: Actor, change: ClockChange) -> None:
    """Records that the computer's clock was changed, or is right again."""
    detail = f"says {utc_text(change.says)}, ought to say {utc_text(change.ought)}"
    audit.record(store, actor, "clock", purpose=change.kind, detail=detail)


def record_trust(store: Store, actor: Actor) -> None:
    """Records that somebody accepted the clock as right."""
    audit.record(store, actor, "clock", purpose="trusted", detail=utc_text(store.now()))


def words(rings: tuple[Ring, ...], now: datetime, *, locked: bool) -> str:
    """ "Call-back due 14:30, 2 h ago: f shows it"; if there are several, the first and how many; nothing
    about whom."""
    first = from_text(rings[0].at)
    ago = _ago(now - first)
    many = f"{len(rings)} call-backs due, the first" if len(rings) > 1 else "Call-back due"
    what_to_do = "sign in to see it" if locked else "f on the board shows it"
    return f"{many} {to_local(first):%H:%M}{ago}: {what_to_do}"


def _ago(late: timedelta) -> str:
    minutes = late // timedelta(minutes=1)
    if minutes < 1:
        return ""
    if minutes < 60:
        return f", {minutes} min ago"
    hours = minutes // 60
    return f", {hours} h ago" if hours < 48 else f", {counted(hours // 24, 'day')} ago"
