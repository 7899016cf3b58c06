"""Children who may be recorded twice: once here, and once at another desk.

Two desks that take a call about one child while apart make two records. After a sync the matcher looks at
what came; it offers its matches for linking, and links nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import may, require
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.persons import links, matching
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_SEEN, _FOUND = (
    "twice.seen",
    "twice.found",
)  # where this desk stores how far it looked, and what it found
_AT_ONCE = 500  # records checked after one sync; the others after the next


@dataclass(frozen=True, slots=True)
class DuplicateRecords:
    """Two records that may be one child, with the reasons for and against."""

    person: bytes
    other: bytes
    name: str
    other_name: str
    reasons: tuple[str, ...]
    against: tuple[str, ...]


def check_new_children(store: Store, actor: Actor) -> int:
    """Checks the children who came since the last time; returns how many may be recorded twice. Does
    nothing if the role may not look persons up."""
    if not may(actor.role, "person.search"):
        return 0
    db = store.reader
    seen = local(db, _SEEN) or 0
    rows = db.conn.execute(
        "SELECT n, id FROM person WHERE n > ? AND kind IN ('child', 'unborn') AND _void = 0 AND sealed IS NULL"
        " ORDER BY n LIMIT ?",
        (seen, _AT_ONCE),
    ).fetchall()
    found: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = []
    for (asked,) in ([each] for _, own in rows for each in matching.described(db, [own])):
        for match in matching.find(store, actor, asked, 3):
            if not match.contradicted and len(match.reasons) > 1:
                found.append((asked.id, match.of.id, match.reasons, match.against))
    last = rows[-1][0] if rows else seen

    def job(inside: Database) -> None:
        before = local(inside, _FOUND) or []
        known = {frozenset(each[:2]) for each in before}
        keep_local(inside, _SEEN, last)
        for pair in found:
            if frozenset(pair[:2]) not in known:
                known.add(frozenset(pair[:2]))
                before.append(list(pair))
        keep_local(inside, _FOUND, before)

    if rows:
        store.submit(job).result()
    return len(pairs(store, actor))


def pairs(store: Store, actor: Actor) -> list[DuplicateRecords]:
    """The pairs that may be one child, about which nobody has decided."""
    require(actor.role, "person.search")
    db = store.reader
    lost = quiet.hidden(store, actor)
    possible = []
    for one, other, reasons, against in local(db, _FOUND) or []:
        own, its = bytes.fromhex(one), bytes.fromhex(other)
        names = dict(_names(db, [own, its]))
        decided = any({own, its} <= set(each[1:3]) for each in links.links(db, [own]))
        if len(names) < 2 or decided or its in links.linked_records(db, own) or {own, its} & lost:
            continue
        possible.append(
            DuplicateRecords(own, its, names[own], names[its], tuple(reasons), tuple(against))
        )
    return possible


def _names(db: Database, ids: Sequence[bytes]) -> list[tuple[bytes, str]]:
    marks = ", ".join("?" * len(ids))
    return [
        (own, name or "")
        for own, name in db.conn.execute(
            f"SELECT id, name FROM person WHERE id IN ({marks}) AND _void = 0", ids
        ).fetchall()
    ]
