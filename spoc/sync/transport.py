"""A transport: where segments lie between desks. It lists, gives and takes new ones; it changes none.

Only what holds something that was erased is taken away, once a file without it stands there.
"""

from collections.abc import Mapping
from typing import Protocol

from spoc.model.errors import Refusal

LARGEST = 64 << 20  # bytes of a file that is looked at at all


class PlaceGone(Refusal):
    """The place of sync cannot be reached, or is not the one that it was. Nothing was sent or received."""


class Transport(Protocol):
    """Names are relative paths with forward slashes, of letters, digits, dots and dashes."""

    place: (
        str  # what it is called in words, and the key under which a desk keeps what it sent there
    )

    def list(self) -> Mapping[str, int]:
        """Every name there and its size in bytes. Raises PlaceGone where that cannot be known."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes under a name. Raises PlaceGone; KeyError where it is not there."""
        ...

    def put_new(self, name: str, data: bytes) -> None:
        """Put bytes under a fresh name, to last; they are read back. One that is there with the same bytes is
        left. Raises PlaceGone, FileExistsError where other bytes lie there."""
        ...

    def remove(self, name: str) -> bool:
        """Take away a file that holds what was erased; False where this login may not. Raises PlaceGone."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...
