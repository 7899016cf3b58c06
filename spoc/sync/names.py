"""The names of segments in a place of sync: random letters to whoever keeps the place (rule S14).

A name is made of keyed hashes under the service's first key: of the stream and first number, of the stream
and last number, and of the contents. So every desk gives the same entries the same name, and a desk can tell
from a damaged file's name whether it has the contents. Earlier versions put stream and range into the name;
such files can still be read.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

from spoc.storage.desks.group import Group
from spoc.storage.sealing import hkdf

FOLDER = "segments/"
END = ".seg"
_PURPOSE = b"spoc segment names 1"
_HALF, _PART = 16, 8  # hexadecimal digits
# In any folder: somebody may have copied it under another name.
_NAME = re.compile(rf"/([0-9a-f]{{{_HALF}}})[0-9a-f]{{{_HALF}}}[^/]*{END}$")
_IN_CLEAR = re.compile(r"/([0-9a-f]{32})/(\d{12})-(\d{12})-[^/]*$")

Range = tuple[bytes, int, int]  # a stream, the first and the last number


def name_of(group: Group, of: Range, content: bytes) -> str:
    """A segment's name below the group's folder."""
    key = _key(group)
    return (
        f"{FOLDER}{_range(key, of)}{_hash(key, b'content', hashlib.sha256(content).digest())}{END}"
    )


def known_as(group: Group, desk: bytes) -> str:
    """A desk's name in file names there: random letters to whoever keeps the place."""
    return _hash(_key(group), b"desk", desk)


def beside(name: str, turn: int, by: bytes) -> str:
    """Another name for the same range, if a damaged file has the first."""
    return f"{name.removesuffix(END)}-{turn:02d}{by.hex()[-14:]}{END}"


def is_named(group: Group, name: str, of: Range) -> bool:
    """Whether a name belongs to this range, or names no range at all."""
    if clear := in_clear(name):
        return clear == of
    found = _NAME.search(name)
    return found is None or found[1] == _range(_key(group), of)


def range_of(group: Group, name: str, ends: Mapping[bytes, int]) -> Range | None:
    """The range behind a name, if it is in one of these streams, each with its last number. It tries every
    number, so it is only for a file that does not open."""
    if clear := in_clear(name):
        return clear
    found = _NAME.search(name)
    if found is None:
        return None
    key, (begins, ends_) = _key(group), (found[1][:_PART], found[1][_PART:])
    for stream, last in ends.items():
        first = _number(key, b"first", stream, last, begins)
        if first and (upto := _number(key, b"last", stream, last, ends_)):
            return stream, first, upto
    return None


def _number(key: bytes, what: bytes, stream: bytes, last: int, hashed: str) -> int:
    return next((n for n in range(1, last + 1) if _end(key, what, stream, n) == hashed), 0)


def in_clear(name: str) -> Range | None:
    """The range in a name of an earlier version."""
    found = _IN_CLEAR.search(name)
    return (bytes.fromhex(found[1]), int(found[2]), int(found[3])) if found else None


def _key(group: Group) -> bytes:
    """The key for names, derived from the first key, which every desk has, whatever key is current."""
    return hkdf(min(group.keys)[1], group.id, _PURPOSE)


def _range(key: bytes, of: Range) -> str:
    stream, first, last = of
    return _end(key, b"first", stream, first) + _end(key, b"last", stream, last)


def _end(key: bytes, what: bytes, stream: bytes, number: int) -> str:
    return _hash(key, what, stream + number.to_bytes(8))[:_PART]


def _hash(key: bytes, what: bytes, hashed: bytes) -> str:
    return hmac.new(key, what + b"\0" + hashed, hashlib.sha256).hexdigest()[:_HALF]
