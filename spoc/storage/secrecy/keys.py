"""Who can open the store: the key file ``spoc.keys`` beside the database.

A passphrase (Argon2id) opens its advisor's personal X25519 key; the store's data key is sealed to each
advisor's public key and to that of the recovery code, so it can be sealed again for everybody without their
passphrases. The file contains no names: a slot is found by a salted hash of the name. The former file is
kept as ``spoc.keys.old``; until the next change it still opens with the former passphrase.
"""

import hashlib
import os
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from spoc.guidance.passphrases import guessed
from spoc.model.errors import BadInput, StoreExists, WrongPassphrase
from spoc.model.rules import passphrase as passphrase_rules
from spoc.storage.sealing import (
    COST,
    Cost,
    SealBroken,
    hkdf,
    public_of,
    seal,
    signing_seed,
    stretch,
    unseal,
    verifying_key,
)
from spoc.storage.secrecy import keyfile, tries
from spoc.storage.secrecy.holders import Member, Members, entitled
from spoc.storage.secrecy.keyfile import (
    KeyContent,
    Slot,
    damaged,
    read,
    resealed,
    sealed_to,
    write,
)
from spoc.storage.secrecy.paper_codes import (
    code_groups,
    new_code,
)
from spoc.storage.store_folder import KEY_FILE, STORE_FILE, cannot_write

PASSPHRASE_LENGTH = passphrase_rules.LENGTH


@dataclass(frozen=True)
class OpenedKeys:
    """What a passphrase opens: the user's id (16 bytes), the store's data key, the private X25519 key (32 each).

    ``former_key`` is the previous data key, if the store may not have the new one yet. With ``signs`` a
    version in which everybody signs has sealed the slot: whoever lacks the passphrase cannot change that.
    With ``extract`` both keys are of the extract: the role of this user holds no key of the store.
    """

    user: bytes
    data_key: bytes = field(repr=False)
    private_key: bytes = field(repr=False)
    former_key: bytes = field(default=b"", repr=False)
    signs: bool = field(default=False, repr=False, compare=False)
    extract: bool = field(default=False, repr=False)


def create(
    folder: Path,
    user: bytes,
    name: str,
    passphrase: str,
    cost: Cost = COST,
    private: bytes = b"",
) -> tuple[bytes, str]:
    """Makes the key file of a new store, and its folder if that is missing.

    ``user`` is the 16-byte id of the first advisor, ``private`` a new private key for them. Returns the
    32-byte data key and the recovery code (7 groups of 4, shown once, stored nowhere). Raises StoreExists,
    BadInput (name, passphrase), DiskFull, FolderUnusable.
    """
    if any(os.path.lexists(folder / file) for file in (KEY_FILE, STORE_FILE)):
        raise StoreExists(
            f"The folder {folder} already holds a store, which was left as it is. "
            "Open that store, or choose another folder for a new one."
        )
    store, data_key, code = os.urandom(16), os.urandom(32), new_code()
    recovery_public = public_of(_recovery_private(store, code))
    slot = _new_slot(store, user, name, passphrase, data_key, private or os.urandom(32), cost)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error, "nothing was created") from None
    write(
        folder,
        KeyContent(store, (slot,), recovery_public, seal(recovery_public, data_key, store)),
        former=None,
    )
    return data_key, code


def unlock(
    folder: Path, passphrase: str, name: str | None = None, *, now: datetime | None = None
) -> OpenedKeys:
    """Opens the store's keys; ``name`` is needed if there is more than one user.

    Takes about a quarter of a second and 128 MiB: call it in a thread. A wrong try is kept with the time
    ``now`` (the clock's by default). Raises WrongPassphrase, NotAStore, StoreDamaged, StoreTooNew.
    """
    keys, _ = read(folder)
    try:
        if name is None and len(keys.slots) > 1:
            raise BadInput(
                "Several people use this store; type your name as well as your passphrase."
            )
        slot = keys.slots[0] if name is None else _slot_named(keys, name)
        return _open(folder, keys, slot, passphrase)
    except WrongPassphrase:
        tries.keep(folder, now or datetime.now(UTC))
        raise


def add_user(
    folder: Path,
    data_key: bytes,
    user: bytes,
    name: str,
    passphrase: str,
    cost: Cost = COST,
    known: Members | None = None,
    private: bytes = b"",
    *,
    extract: bool = False,
    own: bool = False,
) -> bytes:
    """Lets in another advisor (16-byte id); returns their 32-byte public key.

    ``data_key`` comes from ``unlock``; ``private`` is a new private key for them; ``extract`` says that they
    are given only the extract, and ``own`` that ``data_key`` is already its key. Raises BadInput if name or id is taken or the passphrase is too short, and
    whatever ``unlock`` raises about the file.
    """
    keys, former = read(folder)
    private = private or os.urandom(32)
    slot = _new_slot(keys.store, user, name, passphrase, data_key, private, cost, extract)
    if own:
        slot = replace(slot, data_key=seal(slot.public, data_key, keys.store))
    if any(slot.user == other.user or slot.name == other.name for other in keys.slots):
        raise BadInput(
            "Somebody of that name already uses this store; nothing was changed. "
            "Add a middle name or a role so that the two can be told apart."
        )
    keys = replace(keys, slots=(*keys.slots, slot))
    # If the store is still to get a new key, the newcomer gets it with the others.
    if keys.changing and own:
        raise BadInput(
            "The records are about to get a new key, so nobody was added. Add them once somebody who takes calls has "
            "started spoc."
        )
    if keys.changing:
        known = known and known.joined(user, Member(frozenset({slot.public}), not extract))
        keys = resealed(entitled(keys, known), data_key)
    write(folder, keys, former)
    return slot.public


def remove_user(
    folder: Path, data_key: bytes, user: bytes, known: Members | None = None, code: str = ""
) -> None:
    """Removes a user's slot, and seals a new data key to those who stay and to the recovery key.

    ``data_key`` is the store's present one; it stays in the file, sealed, until ``keyfile.drop_former_key``. It does
    not matter if the slot is already gone. ``known`` are the users in the ledger: a slot that it does not
    know, or knows with another public key, gets nothing and goes. ``code`` is the new recovery code, if
    there is to be one. Raises BadInput if nobody would be left.
    """
    keys, former = read(folder)
    keys = entitled(keys, known)
    stay = tuple(slot for slot in keys.slots if slot.user != user)
    if all(slot.extract for slot in stay):
        raise BadInput("Nobody would be left who could open the store; nothing was changed.")
    if code:
        keys = replace(keys, recovery_public=public_of(_recovery_private(keys.store, code)))
    write(folder, resealed(replace(keys, slots=stay), data_key), former)


def recovery_seed(folder: Path, code: str) -> bytes:
    """The key with which the store's recovery code signs (32-byte Ed25519 seed): it stands in for a second
    person.

    Raises WrongPassphrase if it is not this store's code, BadInput if it is not a code at all.
    """
    return signing_seed(_private_of_code(folder, read(folder)[0], code))


def seed_of_code(store: bytes, public: bytes, code: str) -> bytes:
    """What the recovery code of a store signs with, where this is the code with that public key; else nothing.

    Raises BadInput where it is no code at all.
    """
    private = _recovery_private(store, code)
    return signing_seed(private) if public_of(private) == public else b""


def recovery_shown(folder: Path, code: str) -> dict[str, str]:
    """The ledger's entry for the recovery code (see ``shown``). Raises BadInput if it is not a code at all."""
    return public_fields(_recovery_private(store_id(folder), code))


def recovery_key(folder: Path) -> bytes:
    """The 32-byte X25519 public key of the recovery code."""
    return read(folder)[0].recovery_public


def change_passphrase(
    folder: Path, user: bytes, old: str, new: str, cost: Cost = COST, private: bytes = b""
) -> None:
    """Rewrites the slot of ``user``, whose id stays, after ``old`` has opened it; ``private`` is a new
    private key to replace theirs.

    Raises WrongPassphrase (kept as a wrong try), BadInput if ``new`` is too short.
    """
    keys, former = read(folder)
    slot = _slot_of(keys, user)
    try:
        opened = _open(folder, keys, slot, old)
    except WrongPassphrase:
        tries.keep(folder, datetime.now(UTC))
        raise
    fresh = _sealed_slot(keys.store, slot, new, private or opened.private_key, cost)
    fresh = replace(fresh, data_key=seal(fresh.public, opened.data_key, keys.store))
    if opened.former_key:
        fresh = replace(fresh, former=seal(fresh.public, opened.former_key, keys.store))
    write(folder, _with_slot(keys, fresh), former)


def prove(folder: Path, user: bytes, passphrase: str) -> None:
    """Raises a Refusal unless this passphrase opens the key file for a user."""
    keys, _ = read(folder)
    _open(folder, keys, _slot_of(keys, user), passphrase)


def reset_passphrase(
    folder: Path, code: str, name: str | None, new: str, cost: Cost = COST
) -> OpenedKeys:
    """Gives a user a new passphrase with the recovery code; ``name`` as in ``unlock``.

    The user keeps their id. Their personal private key cannot be recovered: a new pair is made and the data
    key sealed to it, so others must seal again to them what was sealed to the old public key. Raises
    WrongPassphrase (code or name), BadInput, StoreDamaged.
    """
    keys, former = read(folder)
    private = _private_of_code(folder, keys, code)
    if name is None and len(keys.slots) > 1:
        raise BadInput("Several people use this store; type the name of the one who needs access.")
    slot = keys.slots[0] if name is None else _slot_named(keys, name)
    data_key = _data_key(folder, keys, private, keys.recovery_data_key)
    fresh_private = os.urandom(32)
    fresh = _sealed_slot(keys.store, slot, new, fresh_private, cost)
    fresh = replace(fresh, data_key=sealed_to(keys.store, fresh, data_key))
    before = b""
    if keys.changing:
        before = _data_key(folder, keys, private, keys.recovery_former)
        fresh = replace(fresh, former=sealed_to(keys.store, fresh, before))
    write(folder, _with_slot(keys, fresh), former)
    return OpenedKeys(slot.user, data_key, fresh_private, before)


def public_fields(private: bytes) -> dict[str, str]:
    """The ledger's entry for a private key: the key to seal to, and the one that verifies signatures."""
    verifying = verifying_key(signing_seed(private))
    return {"public_key": public_of(private).hex(), "sign_key": verifying.hex()}


def fault_of(passphrase: str) -> str:
    """Why a passphrase is refused, in words; "" if it is accepted."""
    return passphrase_rules.fault(passphrase, guessed())


def user_count(folder: Path) -> int:
    """How many people the key file lets in. Raises NotAStore, StoreDamaged, StoreTooNew."""
    return len(read(folder)[0].slots)


def public_key(folder: Path, user: bytes) -> bytes:
    """The 32-byte X25519 public key of ``user``. Raises BadInput for somebody unknown."""
    return _slot_of(read(folder)[0], user).public


def store_id(folder: Path) -> bytes:
    """16 random bytes that identify the store; its backups have the same."""
    return read(folder)[0].store


# --- slots ---------------------------------------------------------------------------------------


def _new_slot(
    store: bytes,
    user: bytes,
    name: str,
    passphrase: str,
    data_key: bytes,
    private: bytes,
    cost: Cost,
    extract: bool = False,
) -> Slot:
    if len(user) != 16 or len(data_key) != 32:
        raise ValueError("a user id has 16 bytes and a data key 32")
    if not _normal(name):
        raise BadInput("A user needs a name; nothing was changed. Type the name and try again.")
    empty = Slot(user, name_hash(store, name), cost, b"", b"", b"", b"", extract=extract)
    slot = _sealed_slot(store, empty, passphrase, private, cost)
    return replace(slot, data_key=sealed_to(store, slot, data_key))


def _sealed_slot(store: bytes, slot: Slot, passphrase: str, private: bytes, cost: Cost) -> Slot:
    """A slot with a private key under a passphrase; what it opens is still to be sealed to it."""
    if why := fault_of(passphrase):
        raise BadInput(why)
    slot = replace(
        slot, cost=cost, salt=os.urandom(16), public=public_of(private), data_key=b"", former=b""
    )
    key = stretch(passphrase, slot.salt, cost)
    return replace(slot, private=keyfile.sealed_private(store, slot, key, private))


def _open(folder: Path, keys: KeyContent, slot: Slot, passphrase: str) -> OpenedKeys:
    try:
        key = stretch(passphrase, slot.salt, slot.cost)
        private, signs = keyfile.opened_private(keys.store, slot, key)
    except SealBroken:
        _wrong()
    former = _data_key(folder, keys, private, slot.former) if slot.former else b""
    data_key = _data_key(folder, keys, private, slot.data_key)
    return OpenedKeys(slot.user, data_key, private, former, signs, slot.extract)


def _data_key(folder: Path, keys: KeyContent, private: bytes, sealed: bytes) -> bytes:
    try:
        return unseal(private, sealed, keys.store)
    except SealBroken:
        raise damaged(folder) from None


def _slot_named(keys: KeyContent, name: str) -> Slot:
    wanted = name_hash(keys.store, name)
    for slot in keys.slots:
        if slot.name == wanted:
            return slot
    _wrong()


def _slot_of(keys: KeyContent, user: bytes) -> Slot:
    for slot in keys.slots:
        if slot.user == user:
            return slot
    raise BadInput(
        "That user does not use this store; nothing was changed. Check the list of users."
    )


def _with_slot(keys: KeyContent, fresh: Slot) -> KeyContent:
    return replace(keys, slots=tuple(fresh if s.user == fresh.user else s for s in keys.slots))


def _wrong() -> NoReturn:
    raise WrongPassphrase(
        "The name or the passphrase is not right; the records are safe. Check Caps Lock and type it "
        "again, or ask for the recovery code if it is forgotten."
    )


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def name_hash(store: bytes, name: str) -> bytes:
    """The hash that finds a user's slot: their name in any spacing or capitals, salted with the store's id."""
    return hashlib.sha256(
        b"spoc name\0" + store + _normal(name).encode(errors="surrogatepass")
    ).digest()


def _private_of_code(folder: Path, keys: KeyContent, code: str) -> bytes:
    """The private key of the store's recovery code; another code is a wrong try."""
    private = _recovery_private(keys.store, code)
    if public_of(private) != keys.recovery_public:
        tries.keep(folder, datetime.now(UTC))
        raise WrongPassphrase(
            "That is not the recovery code of this store; nothing was changed. "
            "Check each group of four against the printed code and type it again."
        )
    return private


def _recovery_private(store: bytes, code: str) -> bytes:
    """The private key that a recovery code stands for: 140 random bits need no stretching."""
    return hkdf("".join(code_groups(code)).encode(), store, b"spoc recovery key")
