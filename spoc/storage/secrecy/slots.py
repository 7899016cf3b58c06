"""A slot of the key file stored elsewhere: with the user's passphrase it opens their private key.

Anybody who has it can guess at the passphrase, as with the key file itself; each guess costs as much.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoc.storage.sealing import Cost, SealBroken, public_of, stretch
from spoc.storage.secrecy import keyfile
from spoc.storage.secrecy.keyfile import Slot
from spoc.storage.secrecy.keys import name_hash


def slot_json(folder: Path, user: bytes) -> dict[str, Any] | None:
    """A user's slot as JSON; None if they have no slot."""
    content, _ = keyfile.read(folder)
    for slot in content.slots:
        if slot.user == user:
            cost = slot.cost
            return {
                "store": content.store.hex(),
                "user": slot.user.hex(),
                "name": slot.name.hex(),
                "cost": [cost.memory, cost.passes, cost.lanes],
                "salt": slot.salt.hex(),
                "public": slot.public.hex(),
                "private": slot.private.hex(),
            }
    return None


def is_of(fields: Mapping[str, Any], name: str) -> bool:
    """Whether the slot belongs to somebody with this name."""
    return name_hash(bytes.fromhex(fields["store"]), name) == bytes.fromhex(fields["name"])


def opened(fields: Mapping[str, Any], passphrase: str) -> bytes:
    """The private key in a slot. Raises SealBroken if the passphrase is wrong or the slot was changed."""
    store, user, name, salt, public, box = (
        bytes.fromhex(fields[each])
        for each in ("store", "user", "name", "salt", "public", "private")
    )
    try:
        cost = Cost(*fields["cost"])
    except ValueError:
        raise SealBroken from None
    slot = Slot(user, name, cost, salt, public, box, b"")
    private, _ = keyfile.opened_private(store, slot, stretch(passphrase, salt, cost))
    if public_of(private) != public:
        raise SealBroken
    return private
