"""Shutting out a desk: a leaver's, or a computer that was lost (rule S6).

Two people decide it, neither of them the desk's own user. If there is nobody else, the recovery code replaces
the second person. Each records how far they had seen every stream: whatever the desk writes or carries beyond
that is held back everywhere. There is no forward secrecy: the desk keeps the records and the key that it had.
"""

import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.ids import derived
from spoc.model.rules.access import COMMANDS, require
from spoc.model.values.instants import utc_text
from spoc.storage.desks import places
from spoc.storage.driver import Database
from spoc.storage.ledger import belief
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.migrations import keep_local, local
from spoc.storage.store import Store

# stream: the last number that counts, and that header's SHA-256
Ends = Mapping[bytes, tuple[int, str]]
SIGNERS = 2
_ROLES = ", ".join(f"'{each}'" for each in sorted(COMMANDS["sync.revoke"][0]))


@dataclass(frozen=True, slots=True)
class Shut:
    """A request to shut out a desk: who (ids) asked, and whether that is enough; ``seen`` is how far each
    stream counts, ``own`` which of them are the desk's own."""

    by: tuple[bytes, ...]
    in_force: bool
    seen: Ends
    own: frozenset[bytes]


def ask(
    store: Store, actor: Actor, desk: bytes, why: str, *, code: bytes = b""
) -> "Future[WrittenAct]":
    """Asks to shut out a desk, or agrees to it. It takes effect with the second person, or with the recovery
    code, whose seed is ``code`` (see ``service.second``).

    Raises NotAllowed by role; BadInput for one's own desk, or if this person has already asked.
    """
    require(actor.role, "sync.revoke")
    reason = " ".join(why.split())

    def job(db: Database) -> WrittenAct:
        keys = local(db, "desk_keys")
        if keys and bytes.fromhex(keys["id"]) == desk:
            raise BadInput("That is this desk; nothing was changed. Shut it out at another one.")
        if _user_of(db, desk) == actor.id and not _nobody_else(db, actor.id):
            raise BadInput(
                "A desk is shut out by two people other than its own; nothing was changed. Ask two colleagues."
            )
        before, heads = asked(db).get(desk), places.heads(db)
        own = places.witnessed(db).get(desk.hex(), {}).get("own", ())
        if (
            before
            and actor.id in before.by
            and not _more(before, heads)
            and not (code and not before.in_force)
        ):
            raise BadInput(
                "You have already asked for that; nothing was changed. A second person must agree too, or use the "
                "recovery code instead."
                if not before.in_force
                else "That desk is already shut out; nothing was changed."
            )
        fields = {
            "desk": desk.hex(), "user": actor.id.hex(), "at": utc_text(store.now()),
            "streams": json.dumps({"seen": heads, "own": sorted(own)}, sort_keys=True),
        }  # fmt: skip
        if reason:
            fields["why"] = reason
        if code:
            fields["second"] = "code"
        record = derived("shut_out", desk.hex(), actor.id.hex())
        row = db.conn.execute("SELECT _heads FROM shut_out WHERE id = ?", (record,)).fetchone()
        on = {name: tuple(ids) for name, ids in json.loads(row[0]).items()} if row else {}
        command = Command("shut_out", record, fields, on)
        written = store.append(db, actor, [command], second=[code] if code else ())
        if code and (wrong := belief.why_not(db, written.entries)):
            raise BadInput(
                f"That would not count at any desk: {wrong} Nothing was changed. Use the code of the desk with which "
                "the service began, or ask a second person."
            )
        close(db)
        return written

    return store.submit(job)


def asked(db: Database) -> dict[bytes, Shut]:
    """Every desk that somebody has asked to shut out."""
    found: dict[bytes, list[tuple[bytes, int, str, bool]]] = {}
    for desk, by, began, streams, second in db.conn.execute(
        "SELECT desk, shut_out._by, shut_out._hlc, streams, second FROM shut_out JOIN user ON user.id = shut_out._by"
        f" WHERE shut_out._void = 0 AND user = shut_out._by AND role IN ({_ROLES})"
        " ORDER BY shut_out._hlc, shut_out.id"
    ).fetchall():
        found.setdefault(desk, []).append((by, began, streams, second == "code"))
    return {desk: _shut(db, desk, rows) for desk, rows in found.items()}


def _shut(db: Database, desk: bytes, rows: list[tuple[bytes, int, str, bool]]) -> Shut:
    owner, first = _user_of(db, desk), min(began for _, began, _, _ in rows)
    # A user added later does not undo a decision that was complete when it was made.
    others = db.conn.execute(
        f"SELECT 1 FROM user WHERE role IN ({_ROLES}) AND _void = 0 AND _hlc < ? AND id <> ? LIMIT 1",
        (first, owner),
    ).fetchone()
    signed = [(by, code) for by, _, _, code in rows if by != owner or not others]
    enough = len(signed) + any(code for _, code in signed) >= SIGNERS
    seen: dict[bytes, tuple[int, str]] = {}
    own: set[bytes] = set()
    for _, _, streams, _ in rows:
        for stream, last, head, is_own in _stream_ends(streams):
            seen[stream] = max(seen.get(stream, (0, "")), (last, head))
            own |= {stream} if is_own else set()
    return Shut(tuple(by for by, *_ in rows), enough, seen, frozenset(own))


def _stream_ends(streams: str | None) -> list[tuple[bytes, int, str, bool]]:
    """What a record says about each stream: its end, that header's hash, whether it is the desk's own."""
    try:
        value = json.loads(streams or "")
        own = {*value["own"]}
        every = {**dict.fromkeys(own, (0, "")), **value["seen"]}
        return [
            (bytes.fromhex(stream), int(last), str(head), stream in own)
            for stream, (last, head) in every.items()
        ]
    except (ValueError, KeyError, TypeError):
        return []


def _more(shut: Shut, heads: Mapping[str, list[Any]]) -> bool:
    """Whether the desk's own streams are here further than they count."""
    return any(heads.get(each.hex(), [0])[0] > shut.seen.get(each, (0, ""))[0] for each in shut.own)


def in_force(db: Database) -> dict[bytes, Shut]:
    """The desks that are shut out."""
    return {desk: each for desk, each in asked(db).items() if each.in_force}


def close(db: Database) -> None:
    """Tells the ledger how far the streams of shut-out desks count. Entries that are already there stay.
    Within a writing job."""
    ends = {
        stream.hex(): each.seen.get(stream, (0, ""))
        for each in in_force(db).values()
        for stream in each.own
    }
    if ends or local(db, "closed_streams"):
        keep_local(db, "closed_streams", ends)


def _user_of(db: Database, desk: bytes) -> bytes:
    found = db.conn.execute("SELECT user FROM desk WHERE id = ?", (desk,)).fetchone()
    return found[0] if found and found[0] else b""


def second_wanted(db: Database, by: bytes, desk: bytes) -> bool:
    """Whether there is nobody else who could agree, so that the recovery code is needed."""
    found = db.conn.execute(
        f"SELECT 1 FROM user WHERE role IN ({_ROLES}) AND _void = 0 AND id NOT IN (?, ?)",
        (by, _user_of(db, desk)),
    )
    return found.fetchone() is None


def _nobody_else(db: Database, actor: bytes) -> bool:
    found = db.conn.execute(
        f"SELECT 1 FROM user WHERE role IN ({_ROLES}) AND _void = 0 AND id <> ?", (actor,)
    )
    return found.fetchone() is None
