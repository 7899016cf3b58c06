"""The records of imports: that one began, how it ended, and which days its lists cover."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from spoc.model.attendance.reconcile import record_of
from spoc.model.attendance.row import Attendance
from spoc.model.attendance.summary import Summary
from spoc.model.ledger.entry import Actor, Command
from spoc.model.values.instants import utc_text
from spoc.storage.driver import Database
from spoc.storage.store import Store

_TEXT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


AT_ONCE = 60  # days to write in one transaction


@dataclass(slots=True)
class _Day:
    """What an import has found for one site and day."""

    first: str
    last: str
    records: int = 0
    children: int = 0
    numbers: set[str] = field(default_factory=set)


class Covered(dict[tuple[str, str], _Day]):
    """What an import has found, by site and day."""

    def count(self, row: Attendance) -> None:
        arrived = row.fields["arrived"]
        day = self.setdefault((row.site, arrived[:10]), _Day(arrived, arrived))
        day.first = min(day.first, arrived)
        day.last = max(day.last, arrived)
        day.records += 1
        if not row.adult and row.number not in day.numbers:
            day.numbers.add(row.number)
            day.children += 1


def begin_import(
    store: Store, db: Database, actor: Actor, intake: bytes, files: Sequence[str], site: str
) -> None:
    """Writes, within a job, that an import begins."""
    fields = {
        "state": "running",
        "at": utc_text(store.now()),
        "files": ", ".join(files),
        "site": site,
    }
    store.append(db, actor, [Command("intake", intake, fields)])


def days_first(store: Store, actor: Actor, intake: bytes, covered: Covered) -> None:
    """If the lists cover many days, writes most of them, a few per transaction: one transaction for years of
    days would keep everybody else waiting."""
    while len(covered) > AT_ONCE:
        some = [covered.popitem() for _ in range(AT_ONCE)]
        commands = [_listing(intake, site, day, found) for (site, day), found in some]
        store.submit(partial(store.append, actor=actor, commands=commands), bulk=True).result()


def end_import(
    store: Store, db: Database, actor: Actor, intake: bytes, state: str, summary: Summary, covered: Covered
) -> None:  # fmt: skip
    """Writes, within a job, how an import ended and what its lists cover."""
    (heads,) = db.conn.execute("SELECT _heads FROM intake WHERE id = ?", (intake,)).fetchone()
    on = {"state": tuple(json.loads(heads)["state"])}
    fields = {"state": state, "summary": _TEXT(summary.as_json())}
    listings = [_listing(intake, site, day, found) for (site, day), found in covered.items()]
    store.append(db, actor, [Command("intake", intake, fields, on), *listings])


def _listing(intake: bytes, site: str, day: str, found: _Day) -> Command:
    own = record_of(f"listing\0{intake.hex()}\0{site}", day)
    return Command(
        "listing",
        own,
        {
            "intake": intake.hex(),
            "site": site,
            "day": day,
            "first": found.first,
            "last": found.last,
            "records": found.records,
            "children": found.children,
            "numbers": _TEXT(sorted(found.numbers)),
        },
    )
