"""Who of the key file opens the store, and who only the extract: as the ledger says, whatever the file does.

Anybody may write the file, which lies beside the store. So whenever a new data key is sealed, slots that the
ledger does not know go, and those of roles that hold no key of the store open the extract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spoc.model.rules.access import holds_key
from spoc.storage.sealing import unseal
from spoc.storage.secrecy import keyfile
from spoc.storage.secrecy.keyfile import KeyContent, Slot

if TYPE_CHECKING:  # the first page reads the key file, before the database library is loaded
    from spoc.storage.driver import Database
    from spoc.storage.secrecy.keys import OpenedKeys


@dataclass(frozen=True, slots=True)
class Member:
    """A user in the ledger: their public keys (none where an early version stored none), and whether their
    role holds the key of the store."""

    keys: frozenset[bytes]
    holds: bool


Members = Mapping[bytes, Member]


def members(db: "Database") -> Members:
    """The users of the service by id."""
    found: dict[bytes, set[bytes]] = {}
    holds = {}
    for user, public, role in db.conn.execute(
        "SELECT id, public_key, role FROM user WHERE _void = 0"
    ).fetchall():
        found[user] = {bytes.fromhex(public)} if public else set()
        holds[user] = holds_key(role or "")
    for user, public in db.conn.execute("SELECT user, public_key FROM user_key WHERE _void = 0"):
        if user in found and public:
            found[user].add(bytes.fromhex(public))
    return {user: Member(frozenset(keys), holds[user]) for user, keys in found.items()}


def entitled(content: KeyContent, known: Members | None) -> KeyContent:
    """The file with the slots that the ledger knows, each opening what its role may (None: as it is)."""
    if known is None:
        return content
    slots = tuple(
        slot if known[slot.user].holds else replace(slot, extract=True)
        for slot in content.slots
        if slot.user in known
        and (slot.public in known[slot.user].keys or not known[slot.user].keys)
    )
    return replace(content, slots=slots)


def overdue(content: KeyContent, known: Members) -> bool:
    """Whether a slot opens the store whose user's role does not: of an earlier version, or changed elsewhere."""
    return any(
        not slot.extract and slot.user in known and not known[slot.user].holds
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
    if user not in known or all(slot.user != user for slot in content.slots):
        return  # a user of another desk
    if not known[user].holds:
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
