"""Sending the audit trail to the service's named professionals (rule S16), so that a desk's own users are not
the only ones who have it.

A desk puts its audit entries beside the segments, at most once a day. The file is a segment under a key of its own,
which is sealed to each named professional's public key; the whole is sealed under the group key, so that the place
does not show who they are. Only a desk where one of them is signed in receives it.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from spoc.model.ledger.entry import Carried, canonical
from spoc.storage import sealing
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.group import Group
from spoc.storage.desks.places import SegmentFile
from spoc.storage.driver import Database
from spoc.storage.keyring import Keys
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import restricted
from spoc.sync import segment
from spoc.sync.segment import BadSegment, SegmentHeader
from spoc.sync.sending import verifier
from spoc.sync.transport import LARGEST, Transport
from spoc.sync.visit import SyncVisit

ROLE = "named-professional"
FOLDER, END = "audit", ".audit"
_PURPOSE = b"spoc audit trail 1"
_FORMAT = 1


def send(visit: SyncVisit) -> None:
    """Sends what the named professionals do not have yet of this desk's audit trail, unless there are none,
    or something was already sent today. If one of them came, left or got a new key, all of it is sent again
    to the present ones, and the earlier files are removed if this login may."""
    store, transport, own, listed = visit.store, visit.transport, visit.own, visit.listed
    db, place = store.reader, _place(transport)
    keys = [
        (each.id, each.public) for each in restricted.users(db) if each.public and each.role == ROLE
    ]
    if not keys:
        return
    day = f"{store.now():%Y-%m-%d}"
    beginning = f"{visit.home}{FOLDER}/{_beginning(visit.group, own, keys)}"
    sent = [each for each in places.segments_at(db, place).values() if each.sent]
    there = [each for each in sent if listed.get(each.name) == each.size]
    whole = [each for each in there if each.name.startswith(beginning)]
    if len(there) == len(sent) and whole and local(db, "audit_sent") == day:
        return
    for stream in sorted(places.audit_streams(db)):
        after = _upto(each for each in whole if each.stream == stream)
        for first, last, entries in segment.cut(places.entries(db, stream, after)):
            name = f"{beginning}{os.urandom(8).hex()}{END}"
            data = _sealed(
                visit.group, own, SegmentHeader(stream, first, last, own.id), entries, keys
            )
            transport.put_new(name, data)
            file = SegmentFile(name, len(data), stream, first, last, True)
            store.submit(partial(places.note, place=place, file=file)).result()
    for each in sent:
        if each not in whole and (each.name not in listed or transport.remove(each.name)):
            store.submit(partial(places.forget, place=place, name=each.name)).result()
    store.submit(lambda db: keep_local(db, "audit_sent", day)).result()


def receive(visit: SyncVisit) -> list[str]:
    """Receives the audit trails of other desks if a named professional is signed in here; returns what was
    wrong, in sentences."""
    desk, store, place = visit.desk, visit.store, _place(visit.transport)
    if desk.actor.role != ROLE or not store.keyring.holds(desk.actor.id):
        return []
    seen, problems = places.segments_at(store.reader, place), list[str]()
    home = f"{visit.home}{FOLDER}/"
    for name, size in visit.listed.items():
        if not (name.startswith(home) and name.endswith(END)) or name in seen or size > LARGEST:
            continue
        try:
            found = _opened(desk, visit.group, visit.transport.get(name))
        except KeyError:
            continue
        except BadSegment as bad:
            problems.append(
                f"The audit trail {name} was left out: {bad}. The desk that wrote it writes it again with its next sync."
            )
            continue
        file = SegmentFile(name, size, bytes(16), 0, 0, False)
        if found:
            header, entries = found
            file = replace(file, stream=header.stream, first=header.first, last=header.last)
            store.submit(partial(places.note_trail, stream=header.stream)).result()
            problems += store.receive(entries).problems
        store.submit(partial(places.note, place=place, file=file)).result()
    return problems


def _place(transport: Transport) -> str:
    """The name under which this desk notes a place's audit files, separately from segments of records."""
    return f"{transport.place}, audit"


def _upto(files: Iterable[SegmentFile]) -> int:
    """The number up to which these files have a stream without a gap."""
    upto = 0
    for each in sorted(files, key=lambda file: file.first):
        if each.first > upto + 1:
            break
        upto = max(upto, each.last)
    return upto


def _beginning(group: Group, own: Keys, keys: Sequence[tuple[bytes, bytes]]) -> str:
    """The beginning of the names of a desk's files while they are sealed to these keys: random letters to
    whoever keeps the place (rule S14)."""
    key = sealing.hkdf(min(group.keys)[1], group.id, _PURPOSE)
    content = own.id + b"".join(sorted(public for _, public in keys))
    return hmac.new(key, content, hashlib.sha256).hexdigest()[:16]


def _sealed(
    group: Group,
    own: Keys,
    header: SegmentHeader,
    entries: Sequence[Carried],
    keys: Sequence[tuple[bytes, bytes]],
) -> bytes:
    """The bytes of a file: a segment under a key of its own, and that key sealed to each named professional (user,
    public key)."""
    inner = Group(group.id, os.urandom(32))
    _, content = segment.sealed(inner, header, entries, own.sign)
    to = [[user.hex(), sealing.seal(public, inner.key, group.id).hex()] for user, public in keys]
    head = canonical(
        {
            "spoc": _FORMAT,
            "group": group.id.hex(),
            "epoch": group.epoch,
            "salt": os.urandom(32).hex(),
        }
    )
    box = sealing.encrypt(
        sealing.hkdf(group.key, head, _PURPOSE), canonical({"to": to}) + b"\n" + content, head
    )
    return head + b"\n" + box


def _opened(
    desk: Desk, group: Group, data: bytes
) -> tuple[SegmentHeader, Sequence[Carried]] | None:
    """A file's range and entries; None if it is sealed to others. Raises BadSegment if it was altered."""
    head, _, box = data.partition(b"\n")
    content = b""
    for _, key in group.keys:
        with suppress(sealing.SealBroken):
            content = sealing.decrypt(sealing.hkdf(key, head, _PURPOSE), box, head)
    try:
        said, _, inner = content.partition(b"\n")
        to = [
            bytes.fromhex(sealed)
            for user, sealed in json.loads(said)["to"]
            if user == desk.actor.id.hex()
        ]
    except (ValueError, KeyError, TypeError):
        raise BadSegment("it is torn or was changed") from None
    keys = [desk.store.keyring.unseal(desk.actor.id, each, group.id) for each in to]
    for own in filter(None, keys):
        known = verifier(groups.every(desk.store.reader))
        header, entries = segment.opened(Group(group.id, own), inner, known)
        if not _is_audit(desk.store.reader, header.stream, entries):
            raise BadSegment("it holds more than an audit trail")
        return header, entries
    return None


def _is_audit(db: Database, stream: bytes, entries: Sequence[Carried]) -> bool:
    """Whether these are only audit entries, from a stream that has no records here either: a stream of
    records that passed for a trail would no longer be compared or carried on."""
    found = db.conn.execute(
        "SELECT 1 FROM entry WHERE stream = ? AND tbl <> 'audit' LIMIT 1", (stream,)
    )
    return found.fetchone() is None and all(
        json.loads(each.header).get("tbl") == "audit" for each in entries
    )
