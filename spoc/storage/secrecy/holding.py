"""Who holds the key of the store according to the ledger.

Whoever holds none may write in the extract what the ledger counts (an administrator gives roles), but gives nobody
the key by it, themselves neither, whatever their script writes there.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from spoc.model.ledger.entry import Entry
from spoc.model.rules.access import holds_key
from spoc.storage.driver import Database
from spoc.storage.ledger import belief, projection
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy.holders import Member, Members

_HELD = "held"  # under which a store remembers by which entries people hold its key


@dataclass(frozen=True, slots=True)
class _Given:
    """How somebody came by their role: what the ledger says of them, and the entries behind the role."""

    role: str
    gone: bool
    entries: Sequence[Entry]
    heads: Sequence[Entry]


def members(db: Database, store: bytes) -> Members:
    """Who is of the service, as far as it counts for the key of a store (its id).

    Somebody holds it if their role does and was given by somebody who held it, or was changed by themselves while they
    did. What was so before is remembered (``remember``).
    """
    given = _given(db)
    holding = _holding(db, given, local(db, _HELD))
    keys: dict[bytes, set[bytes]] = {}
    for user, public in db.conn.execute(
        "SELECT id, public_key FROM user WHERE _void = 0"
        " UNION ALL SELECT user, public_key FROM user_key WHERE _void = 0"
    ).fetchall():
        if user in given and not given[user].gone:
            keys.setdefault(user, set()).update([bytes.fromhex(public)] if public else [])
    users = {user: Member(frozenset(own), user in holding) for user, own in keys.items()}
    return Members(users, _recovery(db, store, holding))


def remember(db: Database, store: bytes) -> None:
    """Remembers by which entries people hold the key now, whatever becomes of their authors. Within a writing job."""
    keep_local(db, _HELD, sorted(_known(db, store)))


def is_news(db: Database, store: bytes) -> bool:
    """Whether there is something to remember."""
    held = local(db, _HELD)
    return held is None or set(held) != _known(db, store)


def _known(db: Database, store: bytes) -> set[str]:
    known, now, given = members(db, store), set(local(db, _HELD) or ()), _given(db)
    for user, each in given.items():
        if user in known.users and known.users[user].holds:
            now |= {entry.id.hex() for entry in each.heads}
            now.discard(_lost(user))
        elif not each.gone and not holds_key(
            each.role
        ):  # who lost it does not give it back to themselves
            now -= {entry.id.hex() for entry in each.entries}
            now.add(_lost(user))
    for entry in _entries(db, "recovery", store):
        if known.recovery and (entry.fields or {}).get("public_key") == known.recovery.hex():
            now.add(entry.id.hex())
    return now


def _entries(db: Database, tbl: str, record: bytes) -> Sequence[Entry]:
    """The entries of a record; none where one of them is damaged, which verifying names."""
    try:
        return projection.entries_of(db, tbl, record)
    except (ValueError, KeyError, TypeError):
        return ()


def _lost(user: bytes) -> str:
    """What is remembered of somebody who does not hold the key."""
    return f"not {user.hex()}"


def _given(db: Database) -> dict[bytes, _Given]:
    found = {}
    for user, role, heads, void in db.conn.execute(
        "SELECT id, role, _heads, _void FROM user"
    ).fetchall():
        entries = _entries(db, "user", user)
        last = json.loads(heads or "{}").get("role", ())
        behind = [each for each in entries if each.id.hex() in last]
        found[user] = _Given(role or "", bool(void), entries, behind)
    return found


def _holding(
    db: Database, given: Mapping[bytes, _Given], held: Collection[str] | None
) -> set[bytes]:
    """Who holds the key, removed users too: they may have given it to others."""
    able = {user: each for user, each in given.items() if holds_key(each.role)}
    if held is None:  # nobody without it has written anything yet
        return set(able)
    before, found = set(held), set[bytes]()
    roots = len(local(db, "roots") or [])
    stood: dict[bytes, bool] = {}  # asked of the same few entries again and again

    def stands(entry: Entry) -> bool:
        """Whether it was so before, or the service began with it."""
        if entry.id not in stood:
            stood[entry.id] = entry.id.hex() in before or belief.root_of(db, entry) < roots
        return stood[entry.id]

    def counts(user: bytes, entry: Entry) -> bool:
        if entry.actor != user:
            return entry.actor in found or stands(entry)
        return _lost(user) not in before and any(map(stands, able[user].entries))

    while more := {
        user
        for user, each in able.items()
        if user not in found and each.heads and all(counts(user, entry) for entry in each.heads)
    }:
        found |= more
    return found


def _recovery(db: Database, store: bytes, holding: Collection[bytes]) -> bytes:
    """The recovery code's public key as somebody last said it who held the store's key."""
    held, found, roots = local(db, _HELD), b"", len(local(db, "roots") or [])
    for each in _entries(db, "recovery", store):
        public = (each.fields or {}).get("public_key")
        known = held is None or each.id.hex() in held or each.actor in holding
        if public and (known or belief.root_of(db, each) < roots):
            found = bytes.fromhex(str(public))
    return found
