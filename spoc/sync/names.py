"""The names of segments in a place of sync: to whoever keeps the place they are random letters (rule S14).

A name has two halves, each a keyed hash under the service's first key: one of the stream and the range of numbers,
one of the contents. So every desk gives the same entries the same name, and a file written again beside a damaged one
is known by the first half. Earlier versions named stream and range in clear; such files are still read.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

from spoc.storage.desks.group import Group
from spoc.storage.sealing import hkdf

FOLDER = "segments/"
END = ".seg"
_PURPOSE = b"spoc segment names 1"
_HALF = 16  # hexadecimal digits
_NAME = re.compile(rf"/{FOLDER}([0-9a-f]{{{_HALF}}})[0-9a-f]{{{_HALF}}}[^/]*{END}$")
_IN_CLEAR = re.compile(r"/([0-9a-f]{32})/(\d{12})-(\d{12})-[^/]*$")

Range = tuple[bytes, int, int]  # a stream, the first and the last number


def name_of(group: Group, of: Range, content: bytes) -> str:
    """A segment's name below the group's folder."""
    key = _key(group)
    return (
        f"{FOLDER}{_range(key, of)}{_hash(key, b'content', hashlib.sha256(content).digest())}{END}"
    )


def beside(name: str, turn: int, by: bytes) -> str:
    """A further name for the same range, where a damaged file has the first."""
    return f"{name.removesuffix(END)}-{turn:02d}{by.hex()[-14:]}{END}"


def is_named(group: Group, name: str, of: Range) -> bool:
    """Whether a name is one of this range's, or says nothing of any."""
    if clear := in_clear(name):
        return clear == of
    found = _NAME.search(name)
    return found is None or found[1] == _range(_key(group), of)


def found_in(group: Group, name: str, ranges: Iterable[Range]) -> Range | None:
    """Which of these ranges a name says, if any."""
    found, key = _NAME.search(name), _key(group)
    return found and next((each for each in ranges if _range(key, each) == found[1]), None)


def in_clear(name: str) -> Range | None:
    """The range in a name of an earlier version."""
    found = _IN_CLEAR.search(name)
    return (bytes.fromhex(found[1]), int(found[2]), int(found[3])) if found else None


def _key(group: Group) -> bytes:
    """Drawn from the first key, which every desk has, whatever key is in force."""
    return hkdf(min(group.keys)[1], group.id, _PURPOSE)


def _range(key: bytes, of: Range) -> str:
    stream, first, last = of
    return _hash(key, b"range", stream + first.to_bytes(8) + last.to_bytes(8))


def _hash(key: bytes, what: bytes, said: bytes) -> str:
    return hmac.new(key, what + b"\0" + said, hashlib.sha256).hexdigest()[:_HALF]
