"""A segment: entries of one stream, packed, signed by the desk that carries them and sealed under the group key.

The file is a header (canonical JSON, one line) and a box. The header names group, epoch and a salt. The box
is AES-256-GCM, under a key that HKDF derives from the group key and that salt; it contains an Ed25519
signature (64 bytes), the range (length, canonical JSON: stream, first and last number, the carrying desk),
the packed entries (zlib) and zeros up to one of a few sizes. The header is the box's associated data; header
and range are also signed, so that neither can be exchanged. In the first form of the file the range was in
the header, readable for everybody; that form can still be read. Bytes in, bytes out.
"""

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spoc.model.ledger.entry import Carried, canonical
from spoc.storage.desks.group import Group
from spoc.storage.sealing import SealBroken, decrypt, encrypt, hkdf
from spoc.sync.names import Range, name_of

FORMAT = 2
MOST = 64 << 20  # bytes that a segment may unpack to: a larger one is not spoc's
ENTRIES, BYTES = 4000, 2 << 20  # from this size on, a segment is cut at the next act
# the purpose of the signature, by the form of the file
_PURPOSES = {1: b"spoc segment 1", 2: b"spoc segment 2"}
_NONE = 0xFFFFFFFF  # this length means an erased payload
_LENGTH = struct.Struct(">I")


class BadSegment(Exception):
    """A file that is not a segment of this group, or was altered; the sentence names no content."""


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """Which numbers of which stream a segment has, and which desk carried it."""

    stream: bytes
    first: int
    last: int
    by: bytes

    @property
    def range(self) -> Range:
        return self.stream, self.first, self.last


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
    rows: list[Carried] = []
    first = last = size = 0
    act = b""
    for seq, of, each in entries:
        full = (len(rows) >= ENTRIES or size >= BYTES) and of != act
        # a number occurs twice in a stream that goes two ways
        if rows and (full or seq not in (last, last + 1)):
            yield first, last, rows
            rows, size = [], 0
        first = first if rows else seq
        rows.append(each)
        last, act = seq, of
        size += len(each.header) + len(each.body or b"")
    if rows:
        yield first, last, rows


def sealed(
    group: Group, header: SegmentHeader, entries: Sequence[Carried], sign: Callable[[bytes], bytes]
) -> tuple[str, bytes]:
    """The name and the bytes of a segment. ``sign`` is the carrying desk's."""
    content = packed(entries)
    salt = os.urandom(32)
    head = canonical(
        {"spoc": FORMAT, "group": group.id.hex(), "epoch": group.epoch, "salt": salt.hex()}
    )
    within = canonical(
        {
            "stream": header.stream.hex(),
            "first": header.first,
            "last": header.last,
            "by": header.by.hex(),
        }
    )
    signature = sign(head + within + hashlib.sha256(content).digest())
    inner = signature + _LENGTH.pack(len(within)) + within + zlib.compress(content, 6)
    inner += bytes(padded(len(inner)) - len(inner))
    box = encrypt(hkdf(group.key, salt, _PURPOSES[FORMAT]), inner, head)
    return name_of(group, header.range, content), head + b"\n" + box


def padded(size: int) -> int:
    """The next size (bytes) of a few: only its first four bits vary, so that a length says little (S14)."""
    step = 1 << max(8, size.bit_length() - 4)
    return -(-size // step) * step


def _outside(group: Group, data: bytes) -> tuple[Mapping[str, Any], bytes, bytes]:
    """A segment's plain header, its bytes, and the box. Raises BadSegment."""
    head, newline, box = data.partition(b"\n")
    try:
        outside: Mapping[str, Any] = json.loads(head)
        if not newline or canonical(outside) != head or outside["spoc"] not in _PURPOSES:
            raise BadSegment("it is not of a form that this version knows")
        if outside["group"] != group.id.hex():
            raise BadSegment("it belongs to another service")
        if type(outside["epoch"]) is not int or len(bytes.fromhex(outside["salt"])) != 32:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSegment("it is torn, or not a segment at all") from None
    return outside, head, box


def _header(outside: Mapping[str, Any]) -> SegmentHeader:
    """The range that a segment says it has. Raises BadSegment."""
    try:
        first, last = outside["first"], outside["last"]
        found = SegmentHeader(
            bytes.fromhex(outside["stream"]), first, last, bytes.fromhex(outside["by"])
        )
        if not all(type(each) is int and each > 0 for each in (first, last)):
            raise BadSegment("its numbers do not make sense")
        if len(found.stream) != 16:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise BadSegment("it is torn, or not a segment at all") from None
    return found


def _unsealed(group: Group, fields: Mapping[str, Any], box: bytes, head: bytes) -> bytes:
    """The box's contents, under one of the keys of its epoch. Raises BadSegment."""
    keys = [key for at, key in group.keys if at == fields["epoch"]]
    if not keys:
        raise BadSegment("this desk has not been given the key that it is sealed under")
    salt = bytes.fromhex(fields["salt"])
    for key in keys:
        try:
            return decrypt(hkdf(key, salt, _PURPOSES[fields["spoc"]]), box, head)
        except SealBroken:
            continue
    raise BadSegment("it was changed, or is sealed under another key")


def opened(
    group: Group, data: bytes, verify: Callable[[bytes, bytes, bytes], bool]
) -> tuple[SegmentHeader, list[Carried]]:
    """A segment's contents. ``verify`` says whether a desk signed these bytes: (desk, signature, bytes).

    Raises BadSegment if it was altered, is another's, or unpacks to too much.
    """
    fields, head, box = _outside(group, data)
    inner = _unsealed(group, fields, box, head)
    signature, squeezed, within = inner[:64], inner[64:], b""
    if fields["spoc"] > 1:
        (length,) = _LENGTH.unpack(squeezed[:4].ljust(4, b"\0"))
        within, squeezed = squeezed[4 : 4 + length], squeezed[4 + length :]
        try:
            fields = json.loads(within)
        except ValueError:
            raise BadSegment("it is torn, or not a segment at all") from None
    header = _header(fields)
    unpack = zlib.decompressobj()
    try:
        content = unpack.decompress(squeezed, MOST)
    except zlib.error:
        raise BadSegment("it does not unpack") from None
    if unpack.unconsumed_tail or not unpack.eof:
        raise BadSegment("it unpacks to more than a segment holds")
    if not verify(header.by, signature, head + within + hashlib.sha256(content).digest()):
        raise BadSegment("the desk that it names did not sign it")
    entries = list(unpacked(content))
    for each in entries:
        try:
            value = json.loads(each.header)
            inside = value["stream"] == header.stream.hex() and (
                header.first <= value["seq"] <= header.last
            )
        except (ValueError, KeyError, TypeError):
            raise BadSegment("an entry in it is not one") from None
        if not inside:
            raise BadSegment("it holds entries beyond its range")
    return header, entries
