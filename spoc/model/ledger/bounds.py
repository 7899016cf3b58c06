"""Limits on what spoc takes in at once: more is a slip, or an attempt to fill the disk and stop the screen."""

from collections.abc import Iterable, Mapping

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import Table, by_name

FIELD = 100_000  # bytes of UTF-8 in one field: about forty pages
CONTACT = 1_000_000  # bytes of UTF-8 that one act may write about a contact
FILE = 200_000_000  # bytes of a file that spoc reads

# Fields that spoc writes by itself or that came in files: these may be longer.
_WRITTEN_OUT = {
    ("attendance", "sent"), ("set_aside", "sent"), ("intake", "files"), ("intake", "summary"), ("listing", "numbers"),
    ("pack_files", "files"), ("cover", "heads"), ("shut_out", "streams"), ("submission", "cells"),
    ("submission", "shown"), ("submission", "seen"),
}  # fmt: skip


def check(every: Mapping[str, Table], commands: Iterable[Command]) -> None:
    """Raises BadInput if a field in these commands is too long, or if all that they say about a contact is."""
    total, of_contact = 0, False
    for each in commands:
        table = every.get(each.tbl)
        if table is None:
            continue
        of_contact |= "contact" in (table.name, table.owner)
        for name, value in each.fields.items():
            if not isinstance(value, str) or (each.tbl, name) in _WRITTEN_OUT:
                continue
            size = len(value.encode(errors="surrogatepass"))
            total += size
            if size > FIELD:
                column = by_name(table).get(name)
                called = (column and column.label) or (each.tbl if name == "text" else name)
                raise BadInput(
                    f"{called[:1].upper()}{called[1:].replace('_', ' ')} is longer than {FIELD // 1000} kB; nothing was "
                    "written. Shorten it, or keep the document in the trust's record system and write here where it is."
                )
    if of_contact:
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
