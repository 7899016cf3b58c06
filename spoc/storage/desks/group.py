"""The group: the desks of one service, and the key that they share.

The group is kept in the store (table ``local``), so it is encrypted with the records. The desks are records
of the ledger (``desk``), and sync like all others.
"""

import hashlib
from dataclasses import dataclass, field

from spoc.model.ledger.entry import Command
from spoc.storage.desks import places, shut_out
from spoc.storage.driver import Database
from spoc.storage.keyring import Keys
from spoc.storage.migrations import keep_local, local


@dataclass(frozen=True, slots=True)
class Group:
    """A group's id (16 bytes), the key that its desks share (32 bytes), and the key's epoch.

    ``former`` are earlier keys with their epochs, for reading what was sealed under them. ``without`` are the
    desks that had been shut out when the key was made.
    """

    id: bytes
    key: bytes = field(repr=False)
    epoch: int = 1
    former: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    without: frozenset[bytes] = frozenset()

    @property
    def keys(self) -> tuple[tuple[int, bytes], ...]:
        """Every key with its epoch, the current one first."""
        return ((self.epoch, self.key), *self.former)


@dataclass(frozen=True, slots=True)
class DeskMember:
    """A desk of the group: id, name, and its public keys."""

    id: bytes
    name: str
    verifying: bytes
    sealing: bytes

    @property
    def fingerprint(self) -> str:
        """The fingerprint to compare by telephone: four groups of four."""
        text = hashlib.sha256(self.verifying + self.sealing).hexdigest()[:16]
        return " ".join(text[at : at + 4] for at in range(0, 16, 4))


def own_fingerprint(db: Database) -> str:
    """This desk's fingerprint; "" while it has no keys."""
    kept = local(db, "desk_keys")
    if kept is None:
        return ""
    own = Keys(*(bytes.fromhex(kept[each]) for each in ("id", "seed", "private")))
    return DeskMember(own.id, "", own.verifying, own.sealing).fingerprint


def group_of(db: Database) -> Group | None:
    """The group that this desk belongs to, or None."""
    value = local(db, "group")
    if not value:
        return None
    return Group(
        bytes.fromhex(value["id"]),
        bytes.fromhex(value["key"]),
        value["epoch"],
        tuple((epoch, bytes.fromhex(key)) for epoch, key in value.get("former", ())),
        frozenset(bytes.fromhex(each) for each in value.get("without", ())),
    )


def keep_group(db: Database, group: Group) -> None:
    """Saves the group. Within a writing job."""
    fields = {
        "id": group.id.hex(),
        "key": group.key.hex(),
        "epoch": group.epoch,
        "former": [[epoch, key.hex()] for epoch, key in group.former],
        "without": sorted(each.hex() for each in group.without),
    }
    keep_local(db, "group", fields)


def record(keys: Keys, name: str, user: bytes) -> Command:
    """The record by which other desks know this desk."""
    return member_record(DeskMember(keys.id, name, keys.verifying, keys.sealing), user)


def member_record(member: DeskMember, user: bytes) -> Command:
    """The record of a desk; its id is the desk's."""
    fields = {
        "name": member.name,
        "user": user.hex(),
        "sign_key": member.verifying.hex(),
        "seal_key": member.sealing.hex(),
    }
    return Command("desk", member.id, fields)


def members(db: Database) -> dict[bytes, DeskMember]:
    """Every known desk of the group that is not shut out, by id."""
    gone = shut_out.in_force(db)
    return {desk: member for desk, member in every(db).items() if desk not in gone}


def every(db: Database) -> dict[bytes, DeskMember]:
    """Every desk there ever was, by id, including those that this desk was told to trust when it joined."""
    found = {
        bytes.fromhex(desk): DeskMember(
            bytes.fromhex(desk), value["name"], bytes.fromhex(value["sign_key"]), bytes.fromhex(value["seal_key"])
        )
        for desk, value in (local(db, "trusted") or {}).items()
    }  # fmt: skip
    for desk, name, verifying, sealed in db.conn.execute(
        "SELECT id, name, sign_key, seal_key FROM desk WHERE _void = 0 ORDER BY _first_at, id"
    ):
        if verifying and sealed:
            found[desk] = DeskMember(
                desk, name or "", bytes.fromhex(verifying), bytes.fromhex(sealed)
            )
    return found


def writer_of(db: Database, stream: str) -> str:
    """The name of the desk that writes a stream (hex)."""
    if stream in places.own_streams(db):
        return "this desk"
    known = every(db)
    for desk, fields in places.witnessed(db).items():
        member = known.get(bytes.fromhex(desk))
        if member and (stream in fields.get("own", ()) or stream in fields.get("former", ())):
            return member.name
    return "another desk"
