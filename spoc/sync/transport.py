"""Transports: where segments are kept between desks. They list, get and add files, and never change them.

A file is removed only if it contains something erased, and only once a file without it is there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from spoc.model.errors import Refusal

LARGEST = 64 << 20  # bytes of the largest file that is read at all


class PlaceGone(Refusal):
    """The place of sync cannot be reached, or is not the same one. Nothing was sent or received."""


class Transport(Protocol):
    """A place for segments. Names are relative paths with forward slashes, of letters, digits, dots and dashes."""

    place: str  # its name in words, and the key under which a desk notes what it sent there

    def list(self) -> Mapping[str, int]:
        """Every name there with its size in bytes, in order of arrival if that is known. Raises PlaceGone if
        it cannot be listed."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes under a name. Raises PlaceGone; KeyError if there is no such name."""
        ...

    def put_new(self, name: str, data: bytes) -> None:
        """Writes bytes under a new name, durably, and reads them back. A file with the same bytes is left
        alone. Raises PlaceGone; FileExistsError if there are other bytes."""
        ...

    def remove(self, name: str) -> bool:
        """Removes a file that contains something erased; returns False if this login may not. Raises PlaceGone."""
        ...

    def clock(self) -> datetime:
        """The time by the place's own clock. Raises PlaceGone."""
        ...

    def close(self) -> None:
        """Closes the connection, if there is one."""
        ...
