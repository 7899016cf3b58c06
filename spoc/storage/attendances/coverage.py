"""Coverage of the departments' days: read from the lists that came in, explained by people."""

import json
from concurrent.futures import Future
from dataclasses import replace
from datetime import date, time, timedelta

from spoc.guidance.intake import coverage_limits
from spoc.model.attendance.coverage import CLOSED, CoverageLimits, Day, Listing, days
from spoc.model.attendance.reconcile import record_of
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.storage.attendances.listing import local_now
from spoc.storage.driver import Database
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.store import Store


def limits(store: Store) -> CoverageLimits:
    """What counts as missing, short or a gap: the guidance's limits, and the hour that this service set."""
    own = store.settings.get("ed_expected_by", "")
    usual = coverage_limits()
    return replace(usual, expected_by=time.fromisoformat(own)) if own else usual


def recent(store: Store, actor: Actor) -> list[Day]:
    """Each known site on each of the last days, newest first."""
    require(actor.role, "attendance.list")
    bounds, now = limits(store), local_now(store)
    since = str(now.date() - timedelta(weeks=bounds.usual_weeks + 1))
    rows = store.reader.conn.execute(
        "SELECT site, day, min(first), max(last), max(records), group_concat(hex(intake))"
        " FROM listing"
        " WHERE _void = 0 AND day >= ? GROUP BY site, day",
        (since,),
    ).fetchall()
    listings = [
        Listing(site, date.fromisoformat(day), first, last, records, frozenset(lists.split(",")))
        for site, day, first, last, records, lists in rows
    ]
    explained = {
        (site, date.fromisoformat(day)): (state or "", why or "")
        for site, day, state, why in store.reader.conn.execute(
            "SELECT site, day, state, why FROM coverage WHERE _void = 0 AND day >= ?", (since,)
        ).fetchall()
    }
    return days(listings, explained, now, bounds)


def explain(
    store: Store, actor: Actor, site: str, day: date, why: str, *, closed: bool = False
) -> "Future[WrittenAct]":
    """Records why a day has no list, a short one or one with a gap; or that the site was closed. Raises
    BadInput without a reason."""
    require(actor.role, "attendance.import")
    if not why.strip():
        raise BadInput("Say why: the reason replaces the warning. Nothing was changed.")
    own = record_of(f"coverage\0{site}", str(day))

    def job(db: Database) -> WrittenAct:
        row = db.conn.execute("SELECT _heads FROM coverage WHERE id = ?", (own,)).fetchone()
        heads = json.loads(row[0]) if row else {}
        fields: dict[str, Value] = {
            "site": site,
            "day": str(day),
            "state": CLOSED if closed else None,
            "why": why.strip(),
        }
        on = {name: tuple(heads[name]) for name in fields if name in heads}
        return store.append(db, actor, [Command("coverage", own, fields, on)])

    return store.submit(job)
