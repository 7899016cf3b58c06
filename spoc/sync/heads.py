"""The ends of streams: each desk signs a file that says how far each stream goes, which proves to the others
what it has.

This is how spoc finds two desks with different entries under one number of a stream.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from spoc.model.ledger.entry import canonical
from spoc.model.values.instants import utc_text
from spoc.storage import sealing
from spoc.storage.desks import clocks, places
from spoc.storage.desks import group as groups
from spoc.storage.desks.group import Group
from spoc.storage.driver import Database
from spoc.storage.ledger import splits
from spoc.storage.migrations import keep_local, local
from spoc.sync.names import known_as
from spoc.sync.transport import LARGEST
from spoc.sync.visit import SyncVisit

_PURPOSE = b"spoc heads 1"
_FORMAT = (
    2  # in the first form, the file's name and its plain part named the desk; it can still be read
)


def publish(visit: SyncVisit) -> None:
    """Says, signed, what this desk holds: the proof to the others that their entries arrived. At each
    change, and once a day; and how far its clock is off."""
    store, transport, own = visit.store, visit.transport, visit.own
    db = store.reader
    heads = places.heads(db)
    (contacts,) = db.conn.execute("SELECT count(*) FROM contact WHERE _void = 0").fetchone()
    before = store.now()
    there = transport.clock()
    now = store.now()
    ahead = clocks.ahead(before, there, now)
    known = clocks.own(db)
    if known is None or abs(ahead - known) > clocks.STEADY:
        store.submit(lambda db: clocks.keep(db, ahead)).result()
        known = ahead
    seconds = round(known.total_seconds())
    digest = hashlib.sha256(canonical([heads, contacts, f"{now:%Y-%m-%d}", seconds])).hexdigest()[
        :16
    ]
    home = f"{visit.home}heads/{known_as(visit.group, own.id)}/"
    name = f"{home}{digest}.head"
    if name in visit.listed:
        return
    content = canonical(
        {
            "by": own.id.hex(),
            "name": visit.desk.name,
            "at": utc_text(now),
            "there": utc_text(there),
            "ahead": seconds,
            "heads": heads,
            "own": sorted(places.own_streams(db)),
            "former": sorted(places.former_streams(db)),
            "audit": sorted(each.hex() for each in places.trails(db)),
            "contacts": contacts,
        }
    )
    head = canonical({"spoc": _FORMAT, "group": visit.group.id.hex(), "name": digest})
    inner = own.sign(head + content) + content
    box = sealing.encrypt(sealing.hkdf(visit.group.key, head, _PURPOSE), inner, head)
    try:
        transport.put_new(name, head + b"\n" + box)
    except FileExistsError:
        return
    # the earlier file is no longer needed, and the folder must not grow
    for each in visit.listed:
        if each.startswith((home, f"{visit.home}heads/{own.id.hex()}/")):
            transport.remove(each)


def read(visit: SyncVisit) -> list[str]:
    """Reads what other desks say they have; returns the sentences about streams that go two ways (S8)."""
    store, listed, own = visit.store, visit.listed, visit.own.id
    seen = set(local(store.reader, "heads_seen") or [])
    home = f"{visit.home}heads/"
    own_places = (f"{home}{known_as(visit.group, own)}/", f"{home}{own.hex()}/")
    fresh = [
        name for name in listed
        if name.startswith(home) and name.endswith(".head") and name not in seen
        and not name.startswith(own_places) and listed[name] < LARGEST
    ]  # fmt: skip
    known, problems = groups.members(store.reader), []
    found: dict[str, dict[str, Any]] = {}
    for name in fresh:
        try:
            head, _, box = visit.transport.get(name).partition(b"\n")
            inner = _unsealed(visit.group, head, box)
            value = json.loads(inner[64:])
            by = bytes.fromhex(value.get("by") or json.loads(head)["by"])
            if by not in known or not sealing.is_signed(
                known[by].verifying, inner[:64], head + inner[64:]
            ):
                continue
        except (ValueError, KeyError, TypeError, sealing.SealBroken):
            problems.append(
                f"The file {name} was left out: it is torn or was changed. The desk that wrote it writes it again with its next sync."
            )
            continue
        if _when(value) > _when(found.get(by.hex())):
            found[by.hex()] = value
            problems += _cut_off(places.witnessed(store.reader).get(by.hex()), value)
        problems += _two_ways(store.reader, value)

    def job(db: Database) -> None:
        before = places.witnessed(db)
        newer = {
            each: fields for each, fields in found.items()
            if _when(fields) > _when(before.get(each))
        }  # fmt: skip
        keep_local(db, "witnessed", {**before, **newer})
        keep_local(db, "heads_seen", sorted(name for name in {*seen, *fresh} if name in listed))

    if fresh:
        store.submit(job).result()
    return problems


def _when(fields: Mapping[str, Any] | None) -> tuple[str, str]:
    """When a desk said something, by the place's clock, which orders what a desk says even where its own is set
    right; an earlier version only said when it was by its own."""
    return (fields.get("there", ""), fields["at"]) if fields else ("", "")


def _unsealed(group: Group, head: bytes, box: bytes) -> bytes:
    """The box's contents, opened with any of the group's keys. Raises SealBroken."""
    for _, key in group.keys:
        try:
            return sealing.decrypt(sealing.hkdf(key, head, _PURPOSE), box, head)
        except sealing.SealBroken:
            continue
    raise sealing.SealBroken


def _cut_off(before: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> list[str]:
    """A sentence for each stream of which a desk now says that it has less than it once signed for.

    A computer that keeps nothing no longer has the stream that was closed when its user came back.
    """
    if before is None or _when(before) >= _when(fields):
        return []
    return [
        f"{fields['name']} once had {seq:,} entries of the stream …{stream[-8:]}, and says now that it has "
        f"{fields['heads'].get(stream, [0])[0]:,}: the end was cut off there, or an older copy was put back. Tell IT and "
        "the named nurse."
        for stream, (seq, _) in before["heads"].items()
        if fields["heads"].get(stream, [0])[0] < seq
        and not (stream in fields.get("former", ()) and stream not in fields["heads"])
    ]


def _two_ways(db: Database, fields: Mapping[str, Any]) -> list[str]:
    """A sentence for each stream in which another desk has a different entry under some number, unless the
    stream is already stopped and the sync says so."""
    found, stopped = [], splits.waiting(db)
    for stream, (seq, digest) in fields["heads"].items():
        if stream in stopped:
            continue
        rows = db.conn.execute(
            "SELECT header FROM entry WHERE stream = ? AND seq = ?",
            (bytes.fromhex(stream), seq),
        ).fetchall()
        if rows and all(hashlib.sha256(each).hexdigest() != digest for (each,) in rows):
            found.append(
                f"The stream …{stream[-8:]} goes two ways: {fields['name']} holds another entry {seq:,} of it than "
                "this desk. Two programs wrote under one name, or one copy was changed. Tell IT and the named nurse."
            )
    return found
