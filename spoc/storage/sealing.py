"""The few ways to encrypt something: for a passphrase, under a key, for a public key.

AES-256-GCM, X25519, HKDF-SHA-256 and Argon2id, all from ``cryptography``, which is loaded at the first use.
What is encrypted is bound to associated data (``bound_to``): it opens only with the same.
"""

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from spoc.model.errors import Refusal
from spoc.model.ledger.act import key_id

SEAL_OVERHEAD = 60  # bytes that ``seal`` adds: public key 32, nonce 12, tag 16
ENCRYPT_OVERHEAD = 28  # bytes that ``encrypt`` adds: nonce 12, tag 16


class SealBroken(Exception):
    """The wrong key, other associated data, or changed content."""


@dataclass(frozen=True)
class Cost:
    """What one try of a passphrase costs in Argon2id: memory in KiB, passes over it, parallel lanes.

    There is an upper limit, so that a key file written by somebody else cannot stop the computer: eight
    times the usual work.
    """

    memory: int = 131_072
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        kind_ok = all(type(n) is int for n in (self.memory, self.passes, self.lanes))
        if not (
            kind_ok
            and 1 <= self.lanes <= 16
            and 1 <= self.passes <= 16
            and 8 * self.lanes <= self.memory <= 524_288
            and self.passes * self.memory <= 8 * 3 * 131_072
        ):
            raise ValueError("the Argon2id parameters are out of bounds")


COST = Cost()


def stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """The 32-byte key for a passphrase (its Unicode form does not matter).

    Raises Refusal if the computer does not have the memory.
    """
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    secret = unicodedata.normalize("NFKC", passphrase).encode(errors="surrogatepass")
    try:
        return Argon2id(
            salt=salt,
            length=32,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory,
        ).derive(secret)
    except MemoryError:
        raise Refusal(
            f"This computer has not {cost.memory // 1024} MiB of memory free to check a passphrase; "
            "nothing was changed. Close other programs and try again."
        ) from None


def hkdf(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    """A 32-byte key for one purpose from a secret of high entropy."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt, purpose).derive(secret)


def public_of(private: bytes) -> bytes:
    """The 32-byte X25519 public key of a 32-byte private key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def encrypt(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Nonce (12 bytes) and AES-256-GCM of ``content`` under a 32-byte key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def decrypt(key: bytes, encrypted: bytes, bound_to: bytes) -> bytes:
    """The content given to ``encrypt``. Raises SealBroken."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(encrypted[:12], encrypted[12:], bound_to)
    except (InvalidTag, ValueError):
        raise SealBroken from None


def seal(public: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Encrypts for the holder of one X25519 private key: an ephemeral public key (32), then ``encrypt``."""
    private = os.urandom(32)
    ephemeral = public_of(private)
    return ephemeral + encrypt(_shared(private, public, ephemeral, public), content, bound_to)


@lru_cache(maxsize=1000)
def usable(public: bytes) -> bool:
    """Whether anything can be sealed to a public key: for example, not to one of all zeros."""
    try:
        seal(public, b"", b"")
    except ValueError:
        return False
    return True


def unseal(private: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The content given to ``seal``. Raises SealBroken."""
    ephemeral = sealed[:32]
    try:
        key = _shared(private, ephemeral, ephemeral, public_of(private))
    except ValueError:  # not a point on the curve
        raise SealBroken from None
    return decrypt(key, sealed[32:], bound_to)


def _shared(private: bytes, public: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    secret = X25519PrivateKey.from_private_bytes(private).exchange(
        X25519PublicKey.from_public_bytes(public)
    )
    return hkdf(secret, ephemeral + recipient, b"spoc sealed box")


def signing_seed(private: bytes) -> bytes:
    """The 32-byte Ed25519 seed derived from an X25519 private key: available exactly as long as that is."""
    return hkdf(private, b"", b"spoc signing key 1")


def verifying_key(seed: bytes) -> bytes:
    """The 32-byte Ed25519 public key of a 32-byte signing seed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def signed(seed: bytes, content: bytes) -> bytes:
    """The signature of some bytes after the 8 that name the key: one part of an act's signature."""
    return key_id(verifying_key(seed)) + sign(seed, content)


def sign(seed: bytes, content: bytes) -> bytes:
    """The Ed25519 signature (64 bytes) of some bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).sign(content)


@lru_cache(maxsize=10_000)  # the same few signatures are checked again and again
def is_signed(public: bytes, signature: bytes, content: bytes) -> bool:
    """Whether the holder of this public key's seed signed these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True
