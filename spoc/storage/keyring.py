"""The available keys: the key of the person at the desk, in memory only, until it is locked, left or handed
over; and the desk's own, which is in the store."""

import os
from dataclasses import dataclass, field
from datetime import datetime

from spoc.model.ledger.act import key_id
from spoc.model.ledger.ids import uuid7
from spoc.storage import sealing
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.sealing import SealBroken, signing_seed, unseal


class Keyring:
    """Holds one user's private key, or none. A copy made by the interpreter may outlive ``wipe``. ``lent``
    are the keys of invented colleagues, in the demo: their acts are written too.
    """

    def __init__(self) -> None:
        self._user = b""
        self._private = bytearray()
        self._seed, self._named = bytearray(), b""
        self.lent: dict[bytes, bytes] = {}

    def hold(self, user: bytes, private: bytes) -> None:
        """Holds a user's key instead of any other."""
        self._forget()
        self._user, self._private = user, bytearray(private)
        self._seed = bytearray(signing_seed(private))
        self._named = key_id(sealing.verifying_key(bytes(self._seed)))

    def wipe(self) -> None:
        """Drops the key."""
        self._forget()
        self.lent.clear()

    def _forget(self) -> None:
        for secret in (self._private, self._seed):
            for at in range(len(secret)):
                secret[at] = 0
        self._user, self._private, self._seed, self._named = b"", bytearray(), bytearray(), b""

    def holds(self, user: bytes) -> bool:
        """Whether it holds this user's key."""
        return bool(self._private) and user == self._user

    def seed_of(self, user: bytes) -> bytes:
        """The user's signing key; empty if another user's key is held."""
        return bytes(self._seed) if self.holds(user) else b""

    def sign(self, user: bytes, content: bytes) -> bytes:
        """The user's signature of some bytes (see ``sealing.signed``); empty if their key is not here."""
        if self.holds(user):
            return self._named + sealing.sign(bytes(self._seed), content)
        lent = self.lent.get(user)
        return sealing.signed(signing_seed(lent), content) if lent else b""

    def signs(self, user: bytes) -> bool:
        """Whether what the user does can be signed."""
        return self.holds(user) or user in self.lent

    def unseal(self, user: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
        """The content sealed to the user; None if their key is not here, or it was sealed to a former one."""
        if not self.holds(user):
            return None
        try:
            return unseal(bytes(self._private), sealed, bound_to)
        except SealBroken:
            return None


@dataclass(frozen=True, slots=True)
class Keys:
    """This desk: its id (16 bytes), its Ed25519 seed and its X25519 private key."""

    id: bytes
    seed: bytes = field(repr=False)
    private: bytes = field(repr=False)

    def sign(self, content: bytes) -> bytes:
        return sealing.sign(self.seed, content)

    @property
    def verifying(self) -> bytes:
        return sealing.verifying_key(self.seed)

    @property
    def sealing(self) -> bytes:
        return sealing.public_of(self.private)


def own_keys(db: Database, now: datetime) -> Keys:
    """The keys of this desk, made at the first call. Within a writing job."""
    value = local(db, "desk_keys")
    if value is None:
        made = uuid7(int(now.timestamp() * 1000), os.urandom(10))
        value = {"id": made.hex(), "seed": os.urandom(32).hex(), "private": os.urandom(32).hex()}
        keep_local(db, "desk_keys", value)
    return Keys(*(bytes.fromhex(value[each]) for each in ("id", "seed", "private")))


def own_desk_key(db: Database) -> dict[bytes, bytes]:
    """This desk's id and verifying key, if it has them."""
    value = local(db, "desk_keys")
    if value is None:
        return {}
    return {bytes.fromhex(value["id"]): sealing.verifying_key(bytes.fromhex(value["seed"]))}
