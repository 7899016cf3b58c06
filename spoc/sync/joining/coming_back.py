"""Coming back on a computer that keeps nothing: the same person, without an inviter, by a file in the place
of sync.

If the service has switched this on, each desk puts a file there for its user: the slot of their key file,
which their passphrase opens, and the desk's and the group's keys, sealed under a key derived from the user's.
The place then holds something against which a passphrase can be guessed. A desk that comes back is the same
desk; it writes into a new stream, and the former one is closed.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput, Refusal, WrongPassphrase
from spoc.model.ledger.entry import canonical
from spoc.model.values.instants import utc_text
from spoc.storage import sealing, set_up
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database
from spoc.storage.ledger import belief
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import slots
from spoc.storage.set_up import Prepared
from spoc.storage.store import utc_now
from spoc.sync.joining.invitations import fields_of_desk
from spoc.sync.names import known_as
from spoc.sync.transport import Transport
from spoc.sync.visit import SyncVisit

SETTING = "rejoin"
_PURPOSE = b"spoc coming back 1"
_LONGEST = 500_000  # bytes of a file


def leave(visit: SyncVisit) -> None:
    """Leaves this user's file in the place, or removes it if the service does not allow it."""
    home = f"{visit.home}back/{known_as(visit.group, visit.own.id)}-"
    former = f"{visit.home}back/{visit.own.id.hex()}-"  # what an earlier version called it
    there, name = [each for each in visit.listed if each.startswith((home, former))], ""
    if visit.store.settings.get(SETTING) == "yes":
        with suppress(Refusal):  # a store without a key file has nobody to come back
            name = _left(visit, home, there)
    for each in there:
        if each != name:
            visit.transport.remove(each)


def _left(visit: SyncVisit, home: str, there: list[str]) -> str:
    """Leaves the file, unless the same one is there; returns its name."""
    desk, store, own, db = visit.desk, visit.store, visit.own, visit.store.reader
    slot = slots.slot_json(desk.folder, desk.actor.id)
    seed = store.keyring.seed_of(desk.actor.id)
    if slot is None or not seed:
        return next(iter(there), "")
    streams = [{each: local(db, each) for each in ("stream", "audit_stream")}]
    inner = {
        "service": desk.service,
        "pack": store.settings.get("pack", "generic"),
        "name": desk.actor.name,
        "role": desk.actor.role,
        "called": store.settings.get("desk", ""),
        "desk": {"id": own.id.hex(), "seed": own.seed.hex(), "private": own.private.hex()},
        "group": local(db, "group"),
        "streams": [*(local(db, "former_streams") or []), *streams],
        "roots": local(db, "roots") or [],
        "desks": [fields_of_desk(each) for each in groups.members(db).values()],
    }
    digest = hashlib.sha256(canonical([slot, inner])).hexdigest()[:16]
    name = f"{home}{digest}.back"
    if name not in there:
        head = {"spoc": 1, "group": visit.group.id.hex(), "slot": slot}
        content = canonical({**inner, "at": utc_text(store.now())})
        box = sealing.encrypt(_key(seed, visit.group.id), content, canonical(head))
        visit.transport.put_new(name, canonical({**head, "box": box.hex()}))
    return name


def prepare(
    folder: Path,
    transport: Transport,
    name: str,
    passphrase: str,
    *,
    now: Callable[[], datetime] = utc_now,
) -> Prepared:
    """Builds the store of somebody who was at a desk of the service before; it takes effect once it is
    committed, and the next sync fills it. Raises BadInput if the place has nothing of theirs,
    WrongPassphrase, and whatever setting up raises; nothing then remains.
    """
    mine, found = 0, []
    for each, size in transport.list().items():
        if "/back/" in each and each.endswith(".back") and size <= _LONGEST:
            with suppress(ValueError, KeyError, TypeError, sealing.SealBroken, RecursionError):
                value = json.loads(transport.get(each))
                if slots.is_of(value["slot"], name):
                    mine += 1
                    found.append(_opened(value, passphrase))
    if not mine:
        raise BadInput(
            f"The {transport.place} has nothing by which somebody of that name comes back; nothing was set up. Check "
            "the name, or ask for an invitation: the service may not allow coming back without one."
        )
    if not found:
        raise WrongPassphrase(
            "The passphrase is not right; nothing was set up. Check Caps Lock and type it again, or ask for an "
            "invitation."
        )
    value, user, private = max(found, key=lambda each: str(each[0]["at"]))
    return set_up.prepare(
        folder, value["service"], value["called"], value["name"], value["role"], passphrase, value["pack"],
        now=now, known_as=user, private=private, also=lambda db: _same_desk(db, value),
    )  # fmt: skip


def _opened(fields: Mapping[str, Any], passphrase: str) -> tuple[dict[str, Any], bytes, bytes]:
    """A file's contents, its owner and their private key. Raises SealBroken."""
    private = slots.opened(fields["slot"], passphrase)
    key = _key(sealing.signing_seed(private), bytes.fromhex(fields["group"]))
    head = canonical({each: fields[each] for each in ("spoc", "group", "slot")})
    inner: dict[str, Any] = json.loads(sealing.decrypt(key, bytes.fromhex(fields["box"]), head))
    return inner, bytes.fromhex(fields["slot"]["user"]), private


def _same_desk(db: Database, fields: Mapping[str, Any]) -> None:
    keep_local(db, "desk_keys", dict(fields["desk"]))
    for each in fields["roots"]:
        belief.trust(db, bytes.fromhex(each))
    keep_local(db, "group", fields["group"])
    keep_local(db, "trusted", {each["id"]: each for each in fields["desks"]})
    keep_local(db, "former_streams", fields["streams"])
    keep_local(db, "unfilled", True)


def _key(seed: bytes, group: bytes) -> bytes:
    return sealing.hkdf(seed, group, _PURPOSE)
