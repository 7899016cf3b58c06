"""Instants in the ledger's form: UTC, ISO 8601, milliseconds, ``Z``; they sort as text."""

from datetime import UTC, datetime


def utc_text(instant: datetime) -> str:
    """An aware instant as ``2026-11-20T09:14:03.120Z``. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The aware UTC instant that ``utc_text`` wrote."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
