"""Who of the key file opens the store, and who only the extract: as the ledger says, whatever the file does.

Anybody may write the file, which lies beside the store. So whenever a new data key is sealed, slots that the
ledger does not know go, and those of roles that hold no key of the store open the extract.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spoc.storage.sealing import public_of, unseal
from spoc.storage.secrecy import keyfile
from spoc.storage.secrecy.keyfile import KeyContent, Slot

if TYPE_CHECKING:
    from spoc.storage.secrecy.keys import OpenedKeys


@dataclass(frozen=True, slots=True)
class Member:
    """A user in the ledger: their public keys (none where an early version stored none), and whether they hold
    the key of the store."""

    keys: frozenset[bytes]
    holds: bool


@dataclass(frozen=True, slots=True)
class Members:
    """The users of the service by id, and the public key of the store's recovery code (b"": not in the ledger)."""

    users: Mapping[bytes, Member]
    recovery: bytes = b""

    def joined(self, user: bytes, member: Member) -> "Members":
        """With somebody who is not in the ledger yet."""
        return replace(self, users={**self.users, user: member})


def entitled(content: KeyContent, known: Members | None) -> KeyContent:
    """The file with the slots that the ledger knows, each opening what its user may (None: as it is). Where it has
    another recovery code than the ledger, none opens it."""
    if known is None:
        return content
    users = known.users
    slots = tuple(
        slot if users[slot.user].holds else replace(slot, extract=True)
        for slot in content.slots
        if slot.user in users
        and (slot.public in users[slot.user].keys or not users[slot.user].keys)
    )
    if known.recovery not in (b"", content.recovery_public):
        content = replace(content, recovery_public=public_of(os.urandom(32)))
    return replace(content, slots=slots)


def overdue(content: KeyContent, known: Members) -> bool:
    """Whether the store needs a new key: a slot opens it whose user's role does not (of an earlier version, or
    changed elsewhere), or an administrator removed somebody."""
    return content.renew or any(
        not slot.extract and slot.user in known.users and not known.users[slot.user].holds
        for slot in content.slots
    )


def waits(folder: Path, user: bytes) -> bool:
    """Whether somebody's slot of the key file opens only the extract."""
    return any(slot.extract for slot in keyfile.read(folder)[0].slots if slot.user == user)


def change(folder: Path, user: bytes, data_key: bytes, known: Members) -> None:
    """Gives somebody the key that their role holds, or takes it away: then the store gets a new one.

    ``data_key`` is the store's present one; the ledger (``known``) has the new role already. Raises DiskFull,
    FolderUnusable.
    """
    content, former = keyfile.read(folder)
    if user not in known.users or all(slot.user != user for slot in content.slots):
        return  # a user of another desk
    if not known.users[user].holds:
        if overdue(content, known):
            take_key_away(folder, data_key, known)
        return

    def opened(slot: Slot) -> Slot:
        slot = replace(slot, extract=False)
        return replace(slot, data_key=keyfile.sealed_to(content.store, slot, data_key))

    slots = tuple(opened(each) if each.user == user else each for each in content.slots)
    content = replace(content, slots=slots)
    if content.changing:  # the store has yet to get the new key: it comes with the others'
        content = keyfile.resealed(entitled(content, known), data_key)
    keyfile.write(folder, content, former)


def leave(folder: Path, user: bytes) -> None:
    """Takes the slot of somebody who opened only the extract out of the file, by somebody who does not either; a new
    key is sealed when somebody next signs in who holds the store's. Raises DiskFull, FolderUnusable."""
    content, former = keyfile.read(folder)
    slots = tuple(each for each in content.slots if each.user != user)
    keyfile.write(folder, replace(content, slots=slots, renew=True), former)


def take_key_away(folder: Path, data_key: bytes, known: Members) -> None:
    """Seals a new data key to those whose role holds it: whoever had the former one has nothing any more.

    ``data_key`` is the store's present one; it stays in the file, sealed, until the store has the new one.
    Raises DiskFull, FolderUnusable.
    """
    content, former = keyfile.read(folder)
    keyfile.write(folder, keyfile.resealed(entitled(content, known), data_key), former)


def reopened(folder: Path, unlocked: "OpenedKeys") -> "OpenedKeys":
    """What somebody's private key opens after the file was changed."""
    content, _ = keyfile.read(folder)
    slot = next(each for each in content.slots if each.user == unlocked.user)

    def opened(sealed: bytes) -> bytes:
        return unseal(unlocked.private_key, sealed, content.store) if sealed else b""

    return replace(unlocked, data_key=opened(slot.data_key), former_key=opened(slot.former))
