"""The group's key: changed when a desk is shut out, and handed to each desk that stays.

There is a file with the key for each desk: sealed to that desk, and signed by one that has the key. In each
place, a desk that has the key hands it to those without a file, so that lost files are replaced. The file
includes every earlier key, so that what was sealed before can still be read. The epoch only grows (rules S5,
S6).
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from spoc.model.ledger.entry import canonical
from spoc.storage import sealing
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import shut_out
from spoc.storage.desks.group import Group, Keys
from spoc.storage.driver import Database
from spoc.sync.transport import PlaceGone
from spoc.sync.visit import Visit

_PURPOSE = b"spoc group key 1"
_LONGEST = 200_000  # bytes of a file
_NAME = re.compile(r"/keys/(\d{6})-([0-9a-f]{16})-([0-9a-f]{32})\.key$")


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


def hand_out(visit: Visit) -> None:
    """Puts a file with the key there for each desk that has none in this place."""
    group, own = visit.group, visit.own
    if group.epoch == 1:
        return
    for member in groups.members(visit.store.reader).values():
        name = f"{visit.home}keys/{group.epoch:06d}-{_known_as(group.key)}-{member.id.hex()}.key"
        if name in visit.listed:
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
        try:
            visit.transport.put_new(
                name, canonical({**fields, "signature": own.sign(canonical(fields)).hex()})
            )
        except FileExistsError:  # another desk was first
            continue


def receive(visit: Visit) -> tuple[Group, list[str]]:
    """The group with the keys that others handed to this desk, and what prevents more.

    Raises PlaceGone if this desk itself was shut out.
    """
    group, own, problems = visit.group, visit.own, []
    there = sorted((match[1], match[2], match[3], match.string) for match in map(_NAME.search, visit.listed)
                   if match and match.string.startswith(visit.home))  # fmt: skip
    own_keys = {_known_as(key) for _, key in group.keys}
    for _, known_as, to, name in there:
        if known_as in own_keys or to != own.id.hex():
            continue
        if fields := _read(visit, name):
            try:
                group = _with(group, fields, own)
                own_keys = {_known_as(key) for _, key in group.keys}
            except (ValueError, TypeError, KeyError, sealing.SealBroken):
                problems.append(
                    f"The file {name} was left out: it does not open. Ask IT to look at it."
                )
    strange = {(known_as, name) for epoch, known_as, _, name in there
               if known_as not in own_keys and int(epoch) >= group.epoch}  # fmt: skip
    for known_as in sorted({each for each, _ in strange}):
        name = min(name for each, name in strange if each == known_as)
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


def _read(visit: Visit, name: str) -> dict[str, Any] | None:
    """A file's contents, if a desk of the service signed it; a stranger's file counts for nothing."""
    try:
        if visit.listed[name] > _LONGEST:
            return None
        fields: dict[str, Any] = json.loads(visit.transport.get(name))
        signature = bytes.fromhex(fields.pop("signature"))
        by = groups.members(visit.store.reader).get(bytes.fromhex(fields["by"]))
        if (
            by is None
            or fields["group"] != visit.group.id.hex()
            or not sealing.is_signed(by.verifying, signature, canonical(fields))
        ):
            return None
        return fields
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _known_as(key: bytes) -> str:
    return hashlib.sha256(_PURPOSE + key).hexdigest()[:16]
