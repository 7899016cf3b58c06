"""Who can open the store: the key file ``spoc.keys`` beside the database.

A passphrase (Argon2id) opens its advisor's personal X25519 key; the store's data key is sealed to each
advisor's public key and to that of the recovery code, so it can be sealed afresh to everybody without
their passphrases. No name stands in the file: a slot is found by a salted hash of the name. The former
file is kept as ``spoc.keys.old``; until the next change it still opens with the former passphrase.
"""

import hashlib
import json
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from spoc.model.errors import (
    BadInput,
    NotAStore,
    Refusal,
    StoreDamaged,
    StoreExists,
    StoreTooNew,
    WrongPassphrase,
)
from spoc.storage.place import KEY_FILE, STORE_FILE, cannot_write, remove_quietly, write_durably

FORMAT = 1
TRIES_FILE = "spoc.tries"
TRIES_KEPT = 1000
PASSPHRASE_LENGTH = (
    12  # characters: length, not composition, as the NCSC's password guidance advises
)
CODE_GROUPS, CODE_GROUP_LENGTH = 7, 4  # 28 characters of 5 bits: 140 bits
FREE_TRIES, FIRST_WAIT, LONGEST_WAIT = 3, 2.0, 300.0  # tries; seconds; seconds

_FILE_LIMIT = 1_000_000  # bytes; a slot takes about 800
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_UNTOUCHED = "the records and the key file are as they were"


@dataclass(frozen=True)
class Cost:
    """What one try of a passphrase costs in Argon2id: memory in KiB, passes over it, parallel lanes."""

    memory: int = 131_072
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        kind_ok = all(type(n) is int for n in (self.memory, self.passes, self.lanes))
        if not (
            kind_ok
            and 1 <= self.lanes <= 16
            and 1 <= self.passes <= 16
            and 8 * self.lanes <= self.memory <= 1_048_576
        ):
            raise ValueError("the Argon2id parameters are out of bounds")


COST = Cost()


@dataclass(frozen=True)
class Unlocked:
    """What a passphrase opens: the user's 16-byte id, the store's 32-byte data key, the private X25519 key."""

    user: bytes
    data_key: bytes = field(repr=False)
    private_key: bytes = field(repr=False)


@dataclass(frozen=True)
class _Slot:
    user: bytes
    name: bytes  # salted hash
    cost: Cost
    salt: bytes
    public: bytes
    private: bytes  # nonce and AES-256-GCM under the passphrase
    data_key: bytes  # sealed to ``public``


@dataclass(frozen=True)
class _KeyFile:
    store: bytes  # random, not secret: names this store and salts the hashes of names
    slots: tuple[_Slot, ...]
    recovery_public: bytes
    recovery_data_key: bytes


def create(
    folder: Path, user: bytes, name: str, passphrase: str, cost: Cost = COST
) -> tuple[bytes, str]:
    """Make the key file of a new store, and the folder where it is missing.

    ``user`` is the 16-byte id of the first advisor. Returns the 32-byte data key and the recovery code
    (7 groups of 4, shown once, kept nowhere). Raises StoreExists, BadInput (name, passphrase), DiskFull,
    FolderUnusable.
    """
    if any(os.path.lexists(folder / file) for file in (KEY_FILE, STORE_FILE)):
        raise StoreExists(
            f"The folder {folder} already holds a store, which was left as it is. "
            "Open that store, or choose another folder for a new one."
        )
    store, data_key = os.urandom(16), os.urandom(32)
    number = int.from_bytes(os.urandom(18)) >> 4
    letters = "".join(_CROCKFORD[number >> shift & 31] for shift in range(135, -1, -5))
    code = "-".join(code_groups(letters))
    recovery_public = _public_of(_recovery_private(store, code))
    slot = _new_slot(store, user, name, passphrase, data_key, os.urandom(32), cost)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error, "nothing was created") from None
    _write(
        folder,
        _KeyFile(store, (slot,), recovery_public, _seal(recovery_public, data_key, store)),
        former=None,
    )
    return data_key, code


def unlock(
    folder: Path, passphrase: str, name: str | None = None, *, now: datetime | None = None
) -> Unlocked:
    """Open the store's keys; ``name`` is needed where there is more than one user.

    Takes about a quarter of a second and 128 MiB: call it in a thread. A wrong try is kept with the
    time ``now`` (the clock's by default). Raises WrongPassphrase, NotAStore, StoreDamaged, StoreTooNew.
    """
    keys = _read(folder)
    try:
        if name is None and len(keys.slots) > 1:
            raise BadInput(
                "Several people use this store; type your name as well as your passphrase."
            )
        slot = keys.slots[0] if name is None else _slot_named(keys, name)
        return _open(folder, keys, slot, passphrase)
    except WrongPassphrase:
        _keep_try(folder, now or datetime.now(UTC))
        raise


def add_user(
    folder: Path, data_key: bytes, user: bytes, name: str, passphrase: str, cost: Cost = COST
) -> bytes:
    """Let another advisor (16-byte id) in; returns their 32-byte public key.

    ``data_key`` comes from ``unlock``. Raises BadInput where name or id is taken or the passphrase too
    short, and what ``unlock`` raises of the file.
    """
    keys, former = _read_with_bytes(folder)
    slot = _new_slot(keys.store, user, name, passphrase, data_key, os.urandom(32), cost)
    if any(slot.user == other.user or slot.name == other.name for other in keys.slots):
        raise BadInput(
            "Somebody of that name already uses this store; nothing was changed. "
            "Add a middle name or a role so that the two can be told apart."
        )
    _write(folder, replace(keys, slots=(*keys.slots, slot)), former)
    return slot.public


def change_passphrase(folder: Path, user: bytes, old: str, new: str, cost: Cost = COST) -> None:
    """Rewrite the one slot of ``user``, whose id and key pair stay, after ``old`` has opened it.

    Raises WrongPassphrase (kept as a wrong try), BadInput where ``new`` is too short.
    """
    keys, former = _read_with_bytes(folder)
    slot = _slot_of(keys, user)
    try:
        opened = _open(folder, keys, slot, old)
    except WrongPassphrase:
        _keep_try(folder, datetime.now(UTC))
        raise
    fresh = _sealed_slot(
        keys.store, user, slot.name, new, opened.data_key, opened.private_key, cost
    )
    _write(folder, _with_slot(keys, fresh), former)


def reset_passphrase(
    folder: Path, code: str, name: str | None, new: str, cost: Cost = COST
) -> Unlocked:
    """Give a user a new passphrase with the recovery code; ``name`` as in ``unlock``.

    The user keeps their id. Their personal private key cannot be recovered: a new pair is made and the
    data key sealed to it, so what others had sealed to the old public key must be sealed to them again.
    Raises WrongPassphrase (code or name), BadInput, StoreDamaged.
    """
    keys, former = _read_with_bytes(folder)
    private = _recovery_private(keys.store, code)
    if _public_of(private) != keys.recovery_public:
        _keep_try(folder, datetime.now(UTC))
        raise WrongPassphrase(
            "That is not the recovery code of this store; nothing was changed. "
            "Check each group of four against the printed code and type it again."
        )
    if name is None and len(keys.slots) > 1:
        raise BadInput("Several people use this store; type the name of the one who needs access.")
    slot = keys.slots[0] if name is None else _slot_named(keys, name)
    data_key = _unseal_or_damaged(folder, private, keys.recovery_data_key, keys.store)
    fresh_private = os.urandom(32)
    fresh = _sealed_slot(keys.store, slot.user, slot.name, new, data_key, fresh_private, cost)
    _write(folder, _with_slot(keys, fresh), former)
    return Unlocked(slot.user, data_key, fresh_private)


def user_count(folder: Path) -> int:
    """How many people the key file lets in. Raises NotAStore, StoreDamaged, StoreTooNew."""
    return len(_read(folder).slots)


def public_key(folder: Path, user: bytes) -> bytes:
    """The 32-byte X25519 public key of ``user``. Raises BadInput for somebody unknown."""
    return _slot_of(_read(folder), user).public


def store_id(folder: Path) -> bytes:
    """16 random bytes that name the store; a backup of it carries the same."""
    return _read(folder).store


def code_groups(code: str) -> list[str]:
    """The recovery code in its groups of four, however it was typed. Raises BadInput if it is not one."""
    letters = _fold(code)
    if len(letters) != CODE_GROUPS * CODE_GROUP_LENGTH or set(letters) - set(_CROCKFORD):
        raise BadInput(
            "A recovery code has seven groups of four letters and digits; nothing was changed. "
            "Check what is missing or too much and type it again."
        )
    return [letters[i : i + CODE_GROUP_LENGTH] for i in range(0, len(letters), CODE_GROUP_LENGTH)]


def confirm(code: str, group: int, typed: str) -> bool:
    """Whether ``typed`` is group 1 to 7 of the code; case, spaces, O for 0 and I or L for 1 do not matter."""
    return 1 <= group <= CODE_GROUPS and _fold(typed) == code_groups(code)[group - 1]


def failed_tries(folder: Path) -> list[datetime]:
    """When a passphrase was wrong since ``clear_tries``, oldest first, in UTC; the newest 1,000."""
    try:
        with (folder / TRIES_FILE).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 40 * TRIES_KEPT))
            lines = file.read().decode("ascii", errors="replace").splitlines()
    except OSError:
        return []
    times = []
    for line in lines[-TRIES_KEPT:]:
        try:
            time = datetime.fromisoformat(line)
        except ValueError:
            continue
        if time.tzinfo is not None:
            times.append(time.astimezone(UTC))
    return times


def clear_tries(folder: Path) -> None:
    """Forget the wrong tries, once they are in the audit trail. A read-only folder keeps them."""
    remove_quietly(folder / TRIES_FILE)


def wait_before_next_try(tries: Sequence[datetime], now: datetime) -> float:
    """Seconds to wait at ``now`` after these wrong tries.

    None before the first three tries; 2 s between the third and the fourth, doubling to 5 minutes at
    most. A clock that was put back never makes it longer than that.
    """
    if len(tries) < FREE_TRIES:
        return 0.0
    pause = min(FIRST_WAIT * 2.0 ** min(len(tries) - FREE_TRIES, 16), LONGEST_WAIT)
    since = (now - max(tries)).total_seconds()
    return min(max(pause - since, 0.0), pause)


# --- slots ---------------------------------------------------------------------------------------


def _new_slot(
    store: bytes,
    user: bytes,
    name: str,
    passphrase: str,
    data_key: bytes,
    private: bytes,
    cost: Cost,
) -> _Slot:
    if len(user) != 16 or len(data_key) != 32:
        raise ValueError("a user id has 16 bytes and a data key 32")
    if not _normal(name):
        raise BadInput("A user needs a name; nothing was changed. Type the name and try again.")
    return _sealed_slot(store, user, _name_hash(store, name), passphrase, data_key, private, cost)


def _sealed_slot(
    store: bytes,
    user: bytes,
    name_hash: bytes,
    passphrase: str,
    data_key: bytes,
    private: bytes,
    cost: Cost,
) -> _Slot:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(unicodedata.normalize("NFKC", passphrase)) < PASSPHRASE_LENGTH:
        raise BadInput(
            f"A passphrase needs at least {PASSPHRASE_LENGTH} characters; nothing was changed. "
            "Three or four unrelated words are easy to remember and long enough."
        )
    public = _public_of(private)
    slot = _Slot(user, name_hash, cost, os.urandom(16), public, b"", _seal(public, data_key, store))
    nonce = os.urandom(12)
    key = _stretch(passphrase, slot)
    sealed = nonce + AESGCM(key).encrypt(nonce, private, _parameters(store, slot))
    return replace(slot, private=sealed)


def _open(folder: Path, keys: _KeyFile, slot: _Slot, passphrase: str) -> Unlocked:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = _stretch(passphrase, slot)
    try:
        private = AESGCM(key).decrypt(
            slot.private[:12], slot.private[12:], _parameters(keys.store, slot)
        )
    except InvalidTag:
        _wrong()
    data_key = _unseal_or_damaged(folder, private, slot.data_key, keys.store)
    return Unlocked(slot.user, data_key, private)


def _slot_named(keys: _KeyFile, name: str) -> _Slot:
    wanted = _name_hash(keys.store, name)
    for slot in keys.slots:
        if slot.name == wanted:
            return slot
    _wrong()


def _slot_of(keys: _KeyFile, user: bytes) -> _Slot:
    for slot in keys.slots:
        if slot.user == user:
            return slot
    raise BadInput(
        "That user does not use this store; nothing was changed. Check the list of users."
    )


def _with_slot(keys: _KeyFile, fresh: _Slot) -> _KeyFile:
    return replace(keys, slots=tuple(fresh if s.user == fresh.user else s for s in keys.slots))


def _wrong() -> NoReturn:
    raise WrongPassphrase(
        "The name or the passphrase is not right; the records are safe. Check Caps Lock and type it "
        "again, or ask for the recovery code if it is forgotten."
    )


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _name_hash(store: bytes, name: str) -> bytes:
    return hashlib.sha256(
        b"spoc name\0" + store + _normal(name).encode(errors="surrogatepass")
    ).digest()


def _parameters(store: bytes, slot: _Slot) -> bytes:
    """What the sealed private key is bound to, so that none of it can be changed without notice."""
    cost = slot.cost
    head = f"spoc slot {FORMAT} {cost.memory} {cost.passes} {cost.lanes}\0".encode()
    return head + store + slot.user + slot.salt + slot.public


# --- cryptography --------------------------------------------------------------------------------


def _stretch(passphrase: str, slot: _Slot) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    secret = unicodedata.normalize("NFKC", passphrase).encode(errors="surrogatepass")
    cost = slot.cost
    try:
        return Argon2id(
            salt=slot.salt,
            length=32,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory,
        ).derive(secret)
    except MemoryError:
        raise Refusal(
            f"This computer has not {cost.memory // 1024} MiB of memory free to check a passphrase; "
            f"{_UNTOUCHED}. Close other programs and try again."
        ) from None


def _recovery_private(store: bytes, code: str) -> bytes:
    """The private key a recovery code stands for: 140 random bits need no stretching."""
    return _hkdf("".join(code_groups(code)).encode(), store, b"spoc recovery key")


def _hkdf(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt, purpose).derive(secret)


def _public_of(private: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _shared(private: bytes, public: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    secret = X25519PrivateKey.from_private_bytes(private).exchange(
        X25519PublicKey.from_public_bytes(public)
    )
    return _hkdf(secret, ephemeral + recipient, b"spoc sealed box")


def _seal(public: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Ephemeral public key (32), nonce (12), AES-256-GCM: for the holder of the private key alone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    private, nonce = os.urandom(32), os.urandom(12)
    ephemeral = _public_of(private)
    key = _shared(private, public, ephemeral, public)
    return ephemeral + nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def _unseal_or_damaged(folder: Path, private: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ephemeral, nonce, content = sealed[:32], sealed[32:44], sealed[44:]
    try:
        key = _shared(private, ephemeral, ephemeral, _public_of(private))
        return AESGCM(key).decrypt(nonce, content, bound_to)
    except (InvalidTag, ValueError):
        raise _damaged(folder) from None


def _fold(typed: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))


# --- the file ------------------------------------------------------------------------------------


def _read(folder: Path) -> _KeyFile:
    return _read_with_bytes(folder)[0]


def _read_with_bytes(folder: Path) -> tuple[_KeyFile, bytes]:
    path = folder / KEY_FILE
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        if (folder / STORE_FILE).exists():
            raise _damaged(folder) from None
        raise NotAStore(
            f"The folder {folder} holds no store; nothing was created. "
            "Check the name of the folder, or set up a store there first."
        ) from None
    except OSError:
        raise _damaged(folder) from None
    try:
        return _parse(data), data
    except StoreTooNew:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(folder) from None


def _damaged(folder: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The key file {folder / KEY_FILE} is missing or damaged; the records themselves were not "
        f"touched. Copy {KEY_FILE}.old from the same folder, or {KEY_FILE} from the newest backup, to its "
        "place and start again."
    )


def _parse(data: bytes) -> _KeyFile:
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
    if found.pop("sha256") != _checksum(found):
        raise ValueError("checksum")
    slots = tuple(_parse_slot(slot) for slot in found["slots"])
    if not slots or len({slot.user for slot in slots}) != len(slots):
        raise ValueError("slots")
    recovery = found["recovery"]
    return _KeyFile(
        store=_bytes(found["store"], 16),
        slots=slots,
        recovery_public=_bytes(recovery["public"], 32),
        recovery_data_key=_bytes(recovery["data_key"], 92),
    )


def _parse_slot(found: dict[str, Any]) -> _Slot:
    return _Slot(
        user=_bytes(found["user"], 16),
        name=_bytes(found["name"], 32),
        cost=Cost(**found["cost"]),
        salt=_bytes(found["salt"], 16),
        public=_bytes(found["public"], 32),
        private=_bytes(found["private"], 60),
        data_key=_bytes(found["data_key"], 92),
    )


def _bytes(text: str, length: int) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != length:
        raise ValueError("length")
    return data


def _checksum(content: dict[str, Any]) -> str:
    """Tells a spoilt file from a wrong passphrase; against forgery stands the encryption."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _write(folder: Path, keys: _KeyFile, former: bytes | None) -> None:
    content: dict[str, Any] = {
        "format": FORMAT,
        "store": keys.store.hex(),
        "slots": [
            {k: v.hex() if isinstance(v, bytes) else v for k, v in asdict(slot).items()}
            for slot in keys.slots
        ],
        "recovery": {
            "public": keys.recovery_public.hex(),
            "data_key": keys.recovery_data_key.hex(),
        },
    }
    content["sha256"] = _checksum(content)
    try:
        if former is not None:
            write_durably(folder / f"{KEY_FILE}.old", former)
        write_durably(folder / KEY_FILE, json.dumps(content, indent=1).encode())
    except OSError as error:
        raise cannot_write(folder, error, _UNTOUCHED) from None


def _keep_try(folder: Path, now: datetime) -> None:
    """Append the time of a wrong try; a folder that cannot be written must not stop anybody."""
    path = folder / TRIES_FILE
    try:
        if path.exists() and path.stat().st_size > 80 * TRIES_KEPT:
            kept = "".join(f"{time.isoformat()}\n" for time in failed_tries(folder))
            write_durably(path, kept.encode())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(f"{now.astimezone(UTC).isoformat()}\n")
    except OSError:
        return
