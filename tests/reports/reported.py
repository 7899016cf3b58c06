"""Contacts added as another program does, and what a report says about them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spoc.storage.desk import Desk, sign_in

WORDS = "four plain words here"
Add = Callable[..., None]
Report = Callable[..., Any]


def contact(ref: str, received: str, **changes: Any) -> dict[str, Any]:
    """A contact that lacks nothing to close."""
    service = changes.pop("service", "ED")
    return {
        "ref": ref,
        "received_at": received,
        "channel": "TEL-IN",
        "hours": "in-hours",
        "caller": {"name": "Nora Nurse", "service": service, "role": "nurse", "verified": "known-number"},
        "children": [{"name": f"Child {ref}", "dob": "2019-02-03"}],
        "category": "physical",
        "answers": {"considered": "yes"},
        "where_now": "ed",
        "issues": ["burn"],
        "actions": [{"code": "advice-only"}],
        "outcome": "advice-accepted",
        "notes": "Scald from a cup of tea.",
    } | changes  # fmt: skip


def many(prefix: str, days: list[str], **changes: Any) -> list[dict[str, Any]]:
    """A contact on each of these days, at ten."""
    return [contact(f"{prefix}-{at}", f"{day}T10:00", **changes) for at, day in enumerate(days)]


def days(month: str, count: int) -> list[str]:
    """So many days of a month, from the first, over and over."""
    return [f"{month}-{at % 28 + 1:02}" for at in range(count)]


@contextmanager
def opened(folder: Path) -> Iterator[Desk]:
    """The desk as a program opens it."""
    found = sign_in(folder, WORDS, "Ada Shah", window=False)
    try:
        yield found
    finally:
        found.close()


def cells(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The cells of a return by id."""
    return {cell["id"]: cell for cell in said["cells"]}
