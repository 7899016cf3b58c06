"""Limits on what spoc takes in at once: more is a slip, or an attempt to fill the disk and stop the screen."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import Table, Value

FIELD = 100_000  # bytes of UTF-8 in one field: about forty pages
CONTACT = 1_000_000  # bytes of UTF-8 that one act says about a contact
FILE = 200_000_000  # bytes of a file that spoc reads


def check(fields: Iterable[tuple[str, Any]]) -> None:
    """Raises BadInput if one field, by its name, or all of them together are too long."""
    total = 0
    for name, value in fields:
        size = len(value.encode(errors="surrogatepass")) if isinstance(value, str) else 0
        total += size
        if size > FIELD:
            raise BadInput(
                f"{name} is longer than {FIELD // 1000} kB; nothing was written. Shorten it, or keep the document "
                "in the trust's record system and write here where it is."
            )
    check_size(total)


def check_size(size: int) -> None:
    """Raises BadInput if a contact has more bytes than it may."""
    if size > CONTACT:
        raise BadInput(
            f"This is more than a contact holds ({CONTACT // 1_000_000} MB); nothing was written. Shorten it, or "
            "keep the document in the trust's record system and write here where it is."
        )


def too_large(size: int) -> str:
    """Why a file of this size is not read; "" if it is."""
    return f"it is larger than {FILE // 1_000_000} MB" if size > FILE else ""


def typed(every: Mapping[str, Table], commands: Iterable[Command]) -> Iterator[tuple[str, Value]]:
    """What commands say about contacts in fields that people type, each with its label or name."""
    for each in commands:
        table = every.get(each.tbl)
        if table is None or "contact" not in (table.name, table.owner):
            continue
        for name, value in each.fields.items():
            column = table.column(name)
            if column is not None and column.kind in ("text", "code"):
                yield column.label or (each.tbl if name == "text" else name), value
