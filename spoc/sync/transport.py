"""A transport: where segments are kept between desks. It lists, gets and adds them; it changes none.

A file is removed only if it holds something erased, and only once a file without that is there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from spoc.model.errors import Refusal

LARGEST = 64 << 20  # bytes of the largest file that is read at all


class PlaceGone(Refusal):
    """The place of sync cannot be reached, or is not the same one. Nothing was sent or received."""


class Transport(Protocol):
    """Names are relative paths with forward slashes, of letters, digits, dots and dashes."""

    place: str  # its name in words, and the key under which a desk keeps what it sent there

    def list(self) -> Mapping[str, int]:
        """Every name there and its size in bytes, as they came there where that is known. Raises PlaceGone if that cannot be known."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes under a name. Raises PlaceGone; KeyError if there are none."""
        ...

    def put_new(self, name: str, data: bytes) -> None:
        """Puts bytes under a new name, durably; they are read back. A file with the same bytes is left
        alone. Raises PlaceGone, FileExistsError if other bytes are there."""
        ...

    def remove(self, name: str) -> bool:
        """Removes a file with something erased; returns False if this login may not. Raises PlaceGone."""
        ...

    def clock(self) -> datetime:
        """The time by the place's own clock. Raises PlaceGone."""
        ...

    def close(self) -> None:
        """Releases what it holds."""
        ...
