"""An act as it is signed and judged: what a signature covers, and how it names its key."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # start-up reads only the key file and needs no entries
    from spoc.model.ledger.entry import Entry

SIGNATURE = 72  # bytes: 8 that name the key, 64 of Ed25519
_PURPOSE = b"spoc act 1\0"


class Act(NamedTuple):
    """An act with what it takes to judge it: its place, its entries and its signatures."""

    id: bytes
    stream: bytes
    first: int
    last: int
    hlc: int
    actor: bytes
    entries: "Sequence[Entry]"
    content: bytes  # what a signature covers
    signatures: bytes
    head: str  # SHA-256 of its last header, hex


def content_of(headers: Iterable[bytes]) -> bytes:
    """What is signed for an act: the SHA-256 of each of its headers, in the order of their numbers."""
    return signed_content(hashlib.sha256(each).digest() for each in headers)


def signed_content(digests: Iterable[bytes]) -> bytes:
    """What is signed for an act, from the SHA-256 of its headers in order."""
    return _PURPOSE + hashlib.sha256(b"".join(digests)).digest()


@lru_cache(1024)
def key_id(verifying: bytes) -> bytes:
    """The name by which a signature refers to its key: the beginning of the key's SHA-256."""
    return hashlib.sha256(verifying).digest()[:8]


def pinned(digest: bytes) -> bytes:
    """What is signed for an act if only its SHA-256 was kept."""
    return _PURPOSE + digest
