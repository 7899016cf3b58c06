"""A segment: entries of one stream, packed, signed by the desk that carries them and sealed under the group
key.

The file is a header (canonical JSON, one line) and a box. The header names group, epoch, stream, the first
and the last number, the carrying desk and a salt. The box is AES-256-GCM, under a key that HKDF derives
from the group key and that salt; it contains an Ed25519 signature (64 bytes), the packed entries (zlib) and
zeros up to one of a few sizes. The header is the box's associated data and is also signed, so that neither
can be taken for another's. Pure bytes in and out.
"""

import hashlib
import json
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from spoc.model.ledger.entry import Carried, canonical
from spoc.storage.desks.group import Group
from spoc.storage.sealing import SealBroken, decrypt, encrypt, hkdf

FORMAT = 1
MOST = 64 << 20  # bytes that a segment may unpack to: a larger one is not spoc's
ENTRIES, BYTES = 4000, 2 << 20  # from this size on, a segment is cut at the next act
_PURPOSE = b"spoc segment 1"
_NONE = 0xFFFFFFFF  # the length that stands for an erased payload
_NAME = re.compile(r"/([0-9a-f]{32})/(\d{12})-(\d{12})-[^/]*$")
_LENGTH = struct.Struct(">I")


class BadSegment(Exception):
    """Not a segment of this group, or altered: a sentence that names no content."""


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """A segment's unencrypted header: no name, and nothing about a patient."""

    stream: bytes
    first: int
    last: int
    by: bytes


def name_of(stream: bytes, first: int, last: int, content: bytes) -> str:
    """A segment's name below the group's folder; the same entries have the same name at every desk."""
    return f"{stream.hex()}/{first:012d}-{last:012d}-{hashlib.sha256(content).hexdigest()[:16]}.seg"


def said_by(name: str) -> tuple[bytes, int, int]:
    """The stream, first and last number in a segment's name; an empty stream if it has none."""
    found = _NAME.search(name)
    return (bytes.fromhex(found[1]), int(found[2]), int(found[3])) if found else (b"", 1, 1)


def packed(entries: Iterable[Carried]) -> bytes:
    """Entries as bytes: each one's header, payload and signature, with their lengths."""
    parts: list[bytes] = []
    for header, body, signature in entries:
        for part in (header, body, signature):
            parts.append(_LENGTH.pack(_NONE if part is None else len(part)))
            parts.append(part or b"")
    return b"".join(parts)


def unpacked(content: bytes) -> Iterator[Carried]:
    """The entries in packed bytes. Raises BadSegment if they are cut short."""
    at = 0
    while at < len(content):
        parts: list[bytes | None] = []
        for _ in range(3):
            if at + 4 > len(content):
                raise BadSegment("it is cut short")
            (length,) = _LENGTH.unpack_from(content, at)
            at += 4
            parts.append(None if length == _NONE else content[at : at + length])
            at += 0 if length == _NONE else length
        if at > len(content) or parts[0] is None:
            raise BadSegment("it is cut short")
        yield Carried(parts[0], parts[1], parts[2] or b"")


def cut(
    entries: Iterable[tuple[int, bytes, Carried]],
) -> Iterator[tuple[int, int, list[Carried]]]:
    """Entries (number, act, bytes) in order, cut into segments: first number, last number, contents.

    Never cut inside an act, and never across a gap in the numbers.
    """
    held: list[Carried] = []
    first = last = size = 0
    act = b""
    for seq, of, each in entries:
        full = (len(held) >= ENTRIES or size >= BYTES) and of != act
        if held and (full or seq != last + 1):
            yield first, last, held
            held, size = [], 0
        first = first if held else seq
        held.append(each)
        last, act = seq, of
        size += len(each.header) + len(each.body or b"")
    if held:
        yield first, last, held


def sealed(
    group: Group, header: SegmentHeader, entries: Sequence[Carried], sign: Callable[[bytes], bytes]
) -> tuple[str, bytes]:
    """The name and the bytes of a segment. ``sign`` is the carrying desk's."""
    content = packed(entries)
    salt = os.urandom(32)
    head = canonical(
        {
            "spoc": FORMAT,
            "group": group.id.hex(),
            "epoch": group.epoch,
            "stream": header.stream.hex(),
            "first": header.first,
            "last": header.last,
            "by": header.by.hex(),
            "salt": salt.hex(),
        }
    )
    inner = sign(head + hashlib.sha256(content).digest()) + zlib.compress(content, 6)
    inner += bytes(padded(len(inner)) - len(inner))
    box = encrypt(hkdf(group.key, salt, _PURPOSE), inner, head)
    return name_of(header.stream, header.first, header.last, content), head + b"\n" + box


def padded(size: int) -> int:
    """The next size (bytes) of a few: only its first four bits vary, so that a length says little (S14)."""
    step = 1 << max(8, size.bit_length() - 4)
    return -(-size // step) * step


def head_of(group: Group, data: bytes) -> tuple[SegmentHeader, bytes, bytes]:
    """The header of a segment, its bytes and the box. Raises BadSegment."""
    head, newline, box = data.partition(b"\n")
    try:
        said = json.loads(head)
        if not newline or canonical(said) != head or said["spoc"] != FORMAT:
            raise BadSegment("it is not of a form that this version knows")
        if said["group"] != group.id.hex():
            raise BadSegment("it belongs to another service")
        numbers = (said["first"], said["last"], said["epoch"])
        if not all(type(each) is int and each > 0 for each in numbers):
            raise BadSegment("its numbers do not make sense")
        found = SegmentHeader(
            bytes.fromhex(said["stream"]), *numbers[:2], bytes.fromhex(said["by"])
        )
        salt = bytes.fromhex(said["salt"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSegment("it is torn, or not a segment at all") from None
    if len(salt) != 32 or len(found.stream) != 16:
        raise BadSegment("it is torn, or not a segment at all")
    return found, head, box


def _unsealed(group: Group, epoch: int, salt: bytes, box: bytes, head: bytes) -> bytes:
    """The box's contents, under one of the keys of its epoch. Raises BadSegment."""
    keys = [key for at, key in group.keys if at == epoch]
    if not keys:
        raise BadSegment("this desk has not been given the key that it is sealed under")
    for key in keys:
        try:
            return decrypt(hkdf(key, salt, _PURPOSE), box, head)
        except SealBroken:
            continue
    raise BadSegment("it was changed, or is sealed under another key")


def opened(
    group: Group, data: bytes, verify: Callable[[bytes, bytes, bytes], bool]
) -> tuple[SegmentHeader, list[Carried]]:
    """A segment's contents. ``verify`` says whether a desk signed these bytes: (desk, signature, bytes).

    Raises BadSegment if it was altered, is another's, or unpacks to too much.
    """
    header, head, box = head_of(group, data)
    said = json.loads(head)
    inner = _unsealed(group, said["epoch"], bytes.fromhex(said["salt"]), box, head)
    signature, squeezed = inner[:64], inner[64:]
    unpack = zlib.decompressobj()
    try:
        content = unpack.decompress(squeezed, MOST)
    except zlib.error:
        raise BadSegment("it does not unpack") from None
    if unpack.unconsumed_tail or not unpack.eof:
        raise BadSegment("it unpacks to more than a segment holds")
    if not verify(header.by, signature, head + hashlib.sha256(content).digest()):
        raise BadSegment("the desk that it names did not sign it")
    entries = list(unpacked(content))
    for each in entries:
        try:
            said = json.loads(each.header)
            inside = said["stream"] == header.stream.hex() and (
                header.first <= said["seq"] <= header.last
            )
        except (ValueError, KeyError, TypeError):
            raise BadSegment("an entry in it is not one") from None
        if not inside:
            raise BadSegment("it holds entries that its name does not say")
    return header, entries
