"""The key file on disk: JSON, with every value checked, and replaced whole or not at all."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spoc.model.errors import NotAStore, StoreBusy, StoreDamaged, StoreTooNew
from spoc.storage.sealing import (
    ENCRYPT_OVERHEAD,
    SEAL_OVERHEAD,
    Cost,
    SealBroken,
    decrypt,
    encrypt,
    hkdf,
    seal,
    usable,
)
from spoc.storage.store_folder import (
    KEY_FILE,
    STORE_FILE,
    cannot_write,
    plain_content,
    sync_folder,
    write_durably,
)
from spoc.storage.window import one_at_a_time

FORMAT = 2  # of the file: a version that knows only 1 says so, and does not call a passphrase wrong
_SLOT = 1  # of what is bound to a private key
_SIGNS = b" signs"  # bound to what a version in which everybody signs has sealed
_LOCK = "spoc.keys.lock"
_FILE_LIMIT = 1_000_000  # bytes; a slot takes about 800


@dataclass(frozen=True)
class Slot:
    """The key file's entry for one advisor; it contains no name."""

    user: bytes
    name: bytes  # salted hash
    cost: Cost
    salt: bytes
    public: bytes
    private: bytes  # nonce and AES-256-GCM under the passphrase
    data_key: bytes  # sealed to ``public``; of an ``extract`` slot the key of the extract
    former: bytes = b""  # the former one, sealed, until the store is known to have the new one
    extract: bool = False  # it opens the extract, and not the store


@dataclass(frozen=True)
class KeyContent:
    """The whole key file."""

    store: bytes  # random, not secret: identifies this store and salts the hashes of names
    slots: tuple[Slot, ...]
    recovery_public: bytes
    recovery_data_key: bytes
    recovery_former: bytes = b""
    number: int = 0  # how often it was written: an older one that was put back has a lower one
    renew: bool = False  # somebody left whose key nobody could replace: whoever holds the data key seals a new one

    @property
    def changing(self) -> bool:
        """Whether the store has yet to get the new data key."""
        return bool(self.recovery_former)


def read(folder: Path) -> tuple[KeyContent, bytes]:
    """The key file and its bytes. Raises NotAStore, StoreDamaged, StoreTooNew."""
    path = folder / KEY_FILE
    try:
        data = plain_content(path, _FILE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        if (folder / STORE_FILE).exists():
            raise damaged(folder) from None
        raise NotAStore(
            f"The folder {folder} holds no store; nothing was created. "
            "Check the name of the folder, or set up a store there first."
        ) from None
    except OSError:
        raise damaged(folder) from None
    try:
        return _parse(data), data
    except StoreTooNew:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise damaged(folder) from None


def damaged(folder: Path) -> StoreDamaged:
    """The refusal for an unusable key file."""
    return StoreDamaged(
        f"The key file {folder / KEY_FILE} is missing or damaged; the records themselves were not "
        f"touched. Copy {KEY_FILE}.old from the same folder, or {KEY_FILE} from the newest backup, to its "
        "place and start again."
    )


def _parse(data: bytes) -> KeyContent:
    if len(data) > _FILE_LIMIT:
        raise ValueError("too long")
    found = json.loads(data)
    version = found["format"]
    if type(version) is not int or version < 1:
        raise ValueError("no format")
    if version > FORMAT:
        raise StoreTooNew(
            "A later version of spoc wrote this key file; nothing was changed. "
            "Install that version on this computer to open the store."
        )
    if found.pop("sha256") != checksum(found):
        raise ValueError("checksum")
    slots = tuple(_parse_slot(slot) for slot in found["slots"])
    if not slots or len({slot.user for slot in slots}) != len(slots):
        raise ValueError("slots")
    recovery = found["recovery"]
    return KeyContent(
        store=_bytes(found["store"], 16),
        slots=slots,
        recovery_public=_bytes(recovery["public"], 32),
        recovery_data_key=_bytes(recovery["data_key"], 32 + SEAL_OVERHEAD),
        recovery_former=_former(recovery),
        number=_number(found.get("number", 0)),
        renew=bool(found.get("renew")),
    )


def _parse_slot(found: dict[str, Any]) -> Slot:
    return Slot(
        user=_bytes(found["user"], 16),
        name=_bytes(found["name"], 32),
        cost=Cost(**found["cost"]),
        salt=_bytes(found["salt"], 16),
        public=_bytes(found["public"], 32),
        private=_bytes(found["private"], 32 + ENCRYPT_OVERHEAD),
        data_key=_bytes(found["data_key"], 32 + SEAL_OVERHEAD),
        former=_former(found),
        extract=bool(found.get("extract")),
    )


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError("number")
    return value


def _former(found: dict[str, Any]) -> bytes:
    return _bytes(found["former"], 32 + SEAL_OVERHEAD) if "former" in found else b""


def _bytes(text: str, length: int) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != length:
        raise ValueError("length")
    return data


def checksum(content: dict[str, Any]) -> str:
    """Tells a damaged file from a wrong passphrase; the encryption protects against forgery."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write(folder: Path, keys: KeyContent, former: bytes | None) -> None:
    """Writes the key file whole or not at all, keeping ``former``, what was read of it, as ``spoc.keys.old``.

    Raises StoreBusy if another program has changed the file since it was read; DiskFull, FolderUnusable. The key
    file is then unchanged.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "number": keys.number + 1,
        "store": keys.store.hex(),
        "slots": [
            {
                k: v.hex() if isinstance(v, bytes) else v
                for k, v in asdict(slot).items()
                if v not in (b"", False)
            }
            for slot in keys.slots
        ],
        "recovery": {
            "public": keys.recovery_public.hex(),
            "data_key": keys.recovery_data_key.hex(),
        },
    }
    if keys.renew:
        content["renew"] = True
    if keys.changing:
        content["recovery"]["former"] = keys.recovery_former.hex()
    content["sha256"] = checksum(content)
    data = json.dumps(content, indent=1).encode()
    try:
        if former is None:
            write_durably(folder / KEY_FILE, data)
            return
        with one_at_a_time(folder, _LOCK):
            if plain_content(folder / KEY_FILE, _FILE_LIMIT + 1) != former:
                raise StoreBusy(
                    "Another window changed who can sign in at the same moment; nothing was changed here. Try again."
                )
            write_durably(folder / f"{KEY_FILE}.old", former)
            write_durably(folder / KEY_FILE, data)
    except OSError as error:
        raise cannot_write(folder, error, "the records and the key file are as they were") from None


def resealed(keys: KeyContent, in_force: bytes) -> KeyContent:
    """The file with a new data key for everybody in it, beside the store's present key."""
    fresh = os.urandom(32)
    # Neither key could be sealed to a public key that is none.
    slots = tuple(
        replace(
            slot,
            data_key=sealed_to(keys.store, slot, fresh),
            former=sealed_to(keys.store, slot, in_force),
        )
        for slot in keys.slots
        if usable(slot.public)
    )
    new, former = (seal(keys.recovery_public, key, keys.store) for key in (fresh, in_force))
    return replace(keys, slots=slots, recovery_data_key=new, recovery_former=former, renew=False)


def sealed_to(store: bytes, slot: Slot, data_key: bytes) -> bytes:
    """What a slot opens, sealed to it: the data key, or what only the extract opens with."""
    return seal(slot.public, extract_key(data_key, store) if slot.extract else data_key, store)


def extract_key(data_key: bytes, store: bytes) -> bytes:
    """The key of the extract (32 bytes): whoever has the store's has it too, and nobody gets back from it."""
    return hkdf(data_key, store, b"spoc extract key")


def sealed_private(store: bytes, slot: Slot, key: bytes, private: bytes) -> bytes:
    """What a slot holds of a private key, under the key that a passphrase gives."""
    return encrypt(key, private, _bound(store, slot) + _SIGNS)


def opened_private(store: bytes, slot: Slot, key: bytes) -> tuple[bytes, bool]:
    """The private key in a slot, and whether it was sealed by a version that signs. Raises SealBroken."""
    bound = _bound(store, slot)
    try:
        return decrypt(key, slot.private, bound + _SIGNS), True
    except SealBroken:
        return decrypt(key, slot.private, bound), False


def _bound(store: bytes, slot: Slot) -> bytes:
    """The data bound to a slot's private key, so that none of it can be changed unnoticed."""
    cost = slot.cost
    head = f"spoc slot {_SLOT} {cost.memory} {cost.passes} {cost.lanes}\0".encode()
    return head + store + slot.user + slot.salt + slot.public


def drop_former_key(folder: Path) -> None:
    """Drops the former data key, because the store has the new one."""
    keys, former = read(folder)
    slots = tuple(replace(slot, former=b"") for slot in keys.slots)
    write(folder, replace(keys, slots=slots, recovery_former=b""), former)


def take_back(folder: Path, before: bytes) -> None:
    """Puts the former key file back, if that is what it was: this needs no space on a full disk."""
    former = folder / f"{KEY_FILE}.old"
    with one_at_a_time(folder, _LOCK):
        if (folder / KEY_FILE).read_bytes() != before and former.read_bytes() == before:
            os.replace(former, folder / KEY_FILE)
            sync_folder(folder)
