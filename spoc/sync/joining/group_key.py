"""The group's key: changed when a desk is shut out, and handed to each desk that stays.

There is a file with the key for each desk: sealed to that desk, and signed by one that has the key. In each
place, a desk that has the key hands it to those without a file, so that lost files are replaced. The file
includes every earlier key, so that what was sealed before can still be read. The epoch only grows (rules S5,
S6). Whom a file is for stands neither in its name nor in clear in it (S14); in an earlier version's it does.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from spoc.model.ledger.entry import canonical
from spoc.storage import sealing
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import shut_out
from spoc.storage.desks.group import Group
from spoc.storage.driver import Database
from spoc.storage.keyring import Keys
from spoc.sync.names import known_as
from spoc.sync.transport import PlaceGone
from spoc.sync.visit import SyncVisit

_PURPOSE = b"spoc group key 1"
_SEALED = b"spoc key 2\n"  # how a file begins of which nothing is in clear
_LONGEST = 200_000  # bytes of a file
_NAME = re.compile(r"/keys/(\d{6})-([0-9a-f]{16})-([0-9a-f]{16}|[0-9a-f]{32})\.key$")


def renew(desk: Desk) -> Group:
    """The group as it is, or with a new key if a desk that has the current one was shut out."""

    def job(db: Database) -> Group:
        group = groups.group_of(db)
        if group is None:
            raise ValueError("this desk is in no group")
        gone = frozenset(shut_out.in_force(db))
        shut_out.close(db)
        if not gone <= group.without:
            group = Group(
                group.id, os.urandom(32), group.epoch + 1, group.keys, gone | group.without
            )
            groups.keep_group(db, group)
        return group

    return desk.store.submit(job).result()


def hand_out(visit: SyncVisit) -> None:
    """Puts a file with the key there for each desk that has none in this place."""
    group, own = visit.group, visit.own
    if group.epoch == 1:
        return
    for member in groups.members(visit.store.reader).values():
        start = f"{visit.home}keys/{group.epoch:06d}-{_known_as(group.key)}-"
        name = f"{start}{known_as(group, member.id)}.key"
        if name in visit.listed or f"{start}{member.id.hex()}.key" in visit.listed:
            continue
        inner = canonical([[epoch, key.hex()] for epoch, key in group.keys])
        fields = {
            "spoc": 1,
            "group": group.id.hex(),
            "epoch": group.epoch,
            "desk": member.id.hex(),
            "by": own.id.hex(),
            "without": sorted(each.hex() for each in group.without),
            "box": sealing.seal(member.sealing, inner, _PURPOSE + group.id).hex(),
        }
        content = canonical({**fields, "signature": own.sign(canonical(fields)).hex()})
        with suppress(FileExistsError):  # another desk was first
            visit.transport.put_new(name, _closed(group, content))


def receive(visit: SyncVisit) -> tuple[Group, list[str]]:
    """The group with the keys that others handed to this desk, and what prevents more.

    Raises PlaceGone if this desk itself was shut out.
    """
    group, own, problems = visit.group, visit.own, []
    there = sorted((match[1], match[2], match[3], match.string) for match in map(_NAME.search, visit.listed)
                   if match and match.string.startswith(visit.home))  # fmt: skip
    own_keys = {_known_as(key) for _, key in group.keys}
    own_names = (known_as(group, own.id), own.id.hex())
    for _, handed, to, name in there:
        if handed in own_keys or to not in own_names:
            continue
        if fields := _read(visit, name):
            try:
                group = _with(group, fields, own)
                own_keys = {_known_as(key) for _, key in group.keys}
            except (ValueError, TypeError, KeyError, sealing.SealBroken):
                problems.append(
                    f"The file {name} was left out: it does not open. Ask IT to look at it."
                )
    strange = {(handed, name) for epoch, handed, _, name in there
               if handed not in own_keys and int(epoch) >= group.epoch}  # fmt: skip
    for handed in sorted({each for each, _ in strange}):
        name = min(name for each, name in strange if each == handed)
        fields = _read(visit, name)
        if fields and own.id.hex() in fields["without"]:
            raise PlaceGone(
                "This desk has been shut out of the service; nothing was sent or received. What it holds stays "
                "here. Ask a named professional: a desk comes back with a new invitation."
            )
        if fields:
            problems.append(
                "The key of the service was changed, and this desk has not been given the new one yet. Let "
                "another desk sync, then sync again here."
            )
    visit.store.submit(lambda db: groups.keep_group(db, group)).result()
    return group, problems


def _with(group: Group, fields: Mapping[str, Any], own: Keys) -> Group:
    """The group with the contents of a file for this desk; the later key, or the higher of two, is in
    force."""
    inner = json.loads(
        sealing.unseal(own.private, bytes.fromhex(fields["box"]), _PURPOSE + group.id)
    )
    without = frozenset(bytes.fromhex(each) for each in fields["without"])
    fresh = [(int(epoch), bytes.fromhex(key)) for epoch, key in inner]
    if any(len(key) != 32 for _, key in fresh):
        raise ValueError("no key")
    keys = sorted({*fresh, *group.keys}, reverse=True)
    (epoch, key), former = keys[0], tuple(keys[1:])
    kept = group.without if key == group.key else without if key == fresh[0][1] else frozenset()
    return Group(group.id, key, epoch, former, kept)


def _read(visit: SyncVisit, name: str) -> dict[str, Any] | None:
    """A file's contents, if a desk of the service signed it; a stranger's file counts for nothing."""
    try:
        if visit.listed[name] > _LONGEST:
            return None
        fields: dict[str, Any] = json.loads(_opened(visit.group, visit.transport.get(name)))
        signature = bytes.fromhex(fields.pop("signature"))
        by = groups.members(visit.store.reader).get(bytes.fromhex(fields["by"]))
        if (
            by is None
            or fields["group"] != visit.group.id.hex()
            or not sealing.is_signed(by.verifying, signature, canonical(fields))
        ):
            return None
        return fields
    except (ValueError, KeyError, TypeError, RecursionError, sealing.SealBroken):
        return None


def _closed(group: Group, content: bytes) -> bytes:
    """A file's contents, sealed under the first key of the service: every desk has it, and the place does not."""
    return _SEALED + sealing.encrypt(_first(group), content, _SEALED)


def _opened(group: Group, data: bytes) -> bytes:
    """The same, opened; as it is if an earlier version wrote it. Raises SealBroken."""
    if not data.startswith(_SEALED):
        return data
    return sealing.decrypt(_first(group), data.removeprefix(_SEALED), _SEALED)


def _first(group: Group) -> bytes:
    return sealing.hkdf(min(group.keys)[1], group.id, _PURPOSE)


def _known_as(key: bytes) -> str:
    return hashlib.sha256(_PURPOSE + key).hexdigest()[:16]
