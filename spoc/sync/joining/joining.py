"""Joining: an invitation in a file, a code by telephone or on paper, and two syncs until a desk is let in.

1. A desk of the service makes the invitation and keeps a key that it draws from the single-use code.
2. The joining desk is set up from file and code, and takes calls at once. Its first sync asks to be let in:
   its public keys under a MAC of that key.
3. The inviting desk checks that once, within a day, records the new desk, and seals the group key to it.
4. The joining desk's next sync finds that answer, signed by the desk that its invitation names.

Nobody gets in with the file but not the code, or with the share but not both (rule S4).
"""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import canonical
from spoc.model.values.instants import from_text
from spoc.storage import keyring, sealing, set_up
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks.group import DeskMember, Group
from spoc.storage.driver import Database
from spoc.storage.ledger import belief
from spoc.storage.migrations import keep_local, local
from spoc.storage.set_up import Prepared
from spoc.storage.store import utc_now
from spoc.sync.joining import invitations
from spoc.sync.joining.invitations import (
    LONGEST_ANSWER,
    answered,
    fields_of_desk,
    key_of,
    mac,
    request,
)
from spoc.sync.transport import PlaceGone, Transport

ASK_AGAIN = (
    "Ask for a new invitation, then type it with i on the sync page (or: spoc sync ask-again)."
)


def prepare(
    folder: Path,
    invitation: Path,
    code: str,
    desk: str,
    passphrase: str,
    *,
    now: Callable[[], datetime] = utc_now,
) -> Prepared:
    """Builds the store of a desk that was invited; it takes effect once it is committed.

    Raises BadInput if the file or the code is wrong, and whatever setting up raises; nothing then remains.
    """
    fields, key = _checked(invitation, code, now())

    def waits(db: Database) -> None:
        keep_local(db, "joining", _waits(fields, key))
        keep_local(db, "trusted", {fields["desk"]["id"]: fields["desk"]})
        for each in fields["roots"]:
            belief.trust(db, bytes.fromhex(each))
        keep_local(db, "unfilled", True)

    return set_up.prepare(
        folder, fields["service"], desk, fields["name"], fields["role"], passphrase, fields["pack"],
        now=now, known_as=bytes.fromhex(fields["user"]), also=waits,
    )  # fmt: skip


def _checked(invitation: Path, code: str, now: datetime) -> tuple[dict[str, Any], bytes]:
    """What an invitation says, and the key drawn from its code. Raises BadInput."""
    fields = invitations.read(invitation)
    key = key_of(code, bytes.fromhex(fields["invite"]))
    if not hmac.compare_digest(fields.pop("mac"), mac(key, fields)):
        raise BadInput(
            "The code does not belong to this invitation; nothing was set up. Check each group of the code, "
            "or ask for a new invitation."
        )
    if from_text(fields["until"]) < now:
        raise BadInput(
            "The invitation is more than a day old and does not count any more, or this computer's clock is wrong; nothing "
            "was set up. Look at the date and the time here, then ask for a new one."
        )
    return fields, key


def _waits(fields: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """What a desk keeps until it is let in."""
    return {
        "group": fields["group"], "invite": fields["invite"], "key": key.hex(), "until": fields["until"],
        "sealed": bool(fields.get("sealed")),
    }  # fmt: skip


def ask_again(desk: Desk, invitation: Path, code: str) -> None:
    """Lets a desk that was not let in ask again, with a new invitation; it keeps what was written there.

    Raises BadInput if the desk does not wait to be let in, or the invitation or its code is not for it.
    """
    store = desk.store
    if not local(store.reader, "joining"):
        raise BadInput("This desk does not wait to be let in; nothing was changed.")
    fields, key = _checked(invitation, code, store.now())
    own = (local(store.reader, "joining")["group"], desk.actor.id.hex(), desk.actor.role)
    if (fields["group"], fields["user"], fields["role"]) != own:
        raise BadInput(
            "The invitation is not for this desk; nothing was changed. Ask the desk that invited you for a new one, with "
            "the same name and role as the first."
        )

    def job(db: Database) -> None:
        trusted = local(db, "trusted") or {}
        keep_local(db, "trusted", {**trusted, fields["desk"]["id"]: fields["desk"]})
        keep_local(db, "joining", _waits(fields, key))

    store.submit(job).result()


def ask(desk: Desk, transport: Transport) -> bool:
    """Asks to be let in, or takes the answer; returns whether this desk is now in the group.

    Raises PlaceGone if the place is another service's, BadInput if the answer is not for this desk.
    """
    store = desk.store
    waits = local(store.reader, "joining")
    if not waits:
        return True
    listed = transport.list()
    answer = f"{waits['group']}/join/{waits['invite']}.yes"
    if answer in listed and listed[answer] <= LONGEST_ANSWER:
        return _let_in(desk, transport.get(answer), waits)
    check_service(transport, waits["group"], listed)
    own = store.submit(lambda db: keyring.own_keys(db, store.now())).result()
    fields = {
        "invite": waits["invite"],
        "desk": fields_of_desk(DeskMember(own.id, desk.name, own.verifying, own.sealing)),
        "user_key": _own_user_key(store.reader),
    }
    name = f"{waits['group']}/join/{waits['invite']}.ask"
    if name not in listed:
        key = bytes.fromhex(waits["key"])
        # the second form is for an inviting desk of an earlier version
        sealed = waits.get("sealed")
        data = request(key, fields) if sealed else canonical({**fields, "mac": mac(key, fields)})
        transport.put_new(name, data)
    return False


def _own_user_key(db: Database) -> dict[str, str]:
    """The key of this desk's user, from set-up."""
    public, signs = db.conn.execute(
        "SELECT public_key, sign_key FROM user_key ORDER BY _hlc, id LIMIT 1"
    ).fetchone()
    return {"public_key": public, "sign_key": signs}


def _let_in(desk: Desk, data: bytes, waits: Mapping[str, Any]) -> bool:
    """Takes the group key out of an answer that the inviting desk signed. Raises BadInput."""
    store = desk.store
    own = store.submit(lambda db: keyring.own_keys(db, store.now())).result()
    trusted = groups.members(store.reader)
    try:
        value = json.loads(data)
        by, box = trusted[bytes.fromhex(value["by"])], bytes.fromhex(value["box"])
        if not sealing.is_signed(
            by.verifying, bytes.fromhex(value["signature"]), answered(waits["invite"], box)
        ):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise BadInput(
            "The answer to this desk's request was not written by the desk that invited it; nothing was sent or "
            f"received, and what is written here stays here. {ASK_AGAIN} Tell IT too."
        ) from None
    try:
        inner = json.loads(
            sealing.unseal(own.private, box, b"spoc join 1\0" + bytes.fromhex(waits["invite"]))
        )
        group = Group(
            bytes.fromhex(waits["group"]),
            bytes.fromhex(inner["key"]),
            int(inner["epoch"]),
            tuple((int(epoch), bytes.fromhex(key)) for epoch, key in inner.get("former", ())),
            frozenset(bytes.fromhex(each) for each in inner.get("without", ())),
        )
    except (ValueError, KeyError, TypeError, sealing.SealBroken):
        raise BadInput(
            "Another desk was let in with this desk's invitation, which works only once; nothing was sent or received, "
            f"and what is written here stays here. {ASK_AGAIN} If it was not your own second computer, tell IT: somebody "
            "else has the file and the code."
        ) from None

    def job(db: Database) -> None:
        groups.keep_group(db, group)
        keep_local(
            db,
            "trusted",
            {**(local(db, "trusted") or {}), **{each["id"]: each for each in inner["desks"]}},
        )
        db.conn.execute("DELETE FROM local WHERE key = 'joining'")

    store.submit(job).result()
    return True


def waiting_words(desk: Desk) -> str:
    """What a desk says that waits to be let in: what to do next."""
    store = desk.store
    if from_text(local(store.reader, "joining").get("until", "9999-12-31T00:00:00Z")) < store.now():
        return (
            "This desk was invited more than a day ago. If the desk that invited it did not let it in before then, its "
            f"invitation no longer counts; what is written here stays here. {ASK_AGAIN}"
        )
    return (
        "This desk has asked to be let in. Let the desk that invited it sync, compare the fingerprint "
        f"{groups.own_fingerprint(store.reader)} by voice, then sync again here."
    )


def check_service(transport: Transport, group: str, listed: Mapping[str, int]) -> None:
    """Raises PlaceGone if a place has another service's files and none of this one (its id in hex)."""
    if f"{group}/group.json" not in listed and any(each.endswith("/group.json") for each in listed):
        raise PlaceGone(
            f"The {transport.place} holds the records of another service; nothing was sent or received. Check the "
            "name of the place with IT, or with a colleague whose desk syncs."
        )
