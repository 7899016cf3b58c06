"""Ids and the order of entries. The caller passes the time and the random bytes."""

import hashlib

_HLC_COUNTER_BITS = 16
_HLC_MAX = 2**63 - 1


def uuid7(unix_ms: int, random: bytes) -> bytes:
    """A version 7 UUID as its 16 bytes (RFC 9562, section 5.7).

    ``unix_ms`` is milliseconds since 1970 (UTC) in 48 bits, ``random`` ten random bytes, of which
    74 bits are used. The bytes of a later millisecond sort after those of an earlier one; within
    one millisecond the order is random. ValueError if either does not fit.
    """
    if not 0 <= unix_ms < 1 << 48:
        raise ValueError(f"{unix_ms} ms does not fit into 48 bits")
    if len(random) != 10:
        raise ValueError(f"ten random bytes are needed, not {len(random)}")
    rand_a = int.from_bytes(random[:2]) & 0x0FFF
    rand_b = int.from_bytes(random[2:]) & (1 << 62) - 1
    return (unix_ms << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b).to_bytes(16)


def derived(*about: str) -> bytes:
    """The id (16 bytes) of something that can exist only once, made from what it is about, so that every desk
    makes the same."""
    return hashlib.sha256(":".join(about).encode()).digest()[:16]


def hlc(physical_ms: int, last: int) -> int:
    """The next value of a hybrid logical clock (ms << 16 | counter), always above ``last``.

    ``physical_ms`` is what the device's clock says (milliseconds since 1970, UTC); ``last`` is the highest
    value issued or received so far, 0 at first. A clock that stands still or goes back only moves the
    counter; a full counter carries into the next millisecond. The value gives an order and is never shown.
    Raises ValueError if it would not fit into 63 bits (a signed column); the receiver must refuse a ``last``
    that far ahead.
    """
    value = max(physical_ms << _HLC_COUNTER_BITS, last + 1)
    if physical_ms < 0 or last < 0 or value > _HLC_MAX:
        raise ValueError(f"no clock value in 63 bits after {last} at {physical_ms} ms")
    return value


def hlc_ms(value: int) -> int:
    """The milliseconds since 1970 within a hybrid logical clock's value."""
    return value >> _HLC_COUNTER_BITS
