"""Apply: folds entries into the tables that screens read, and into the search indexes.

This is the only way into the tables, for entries written here and for those received from another desk.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from spoc.model.ledger.entry import Entry
from spoc.model.ledger.table import Table
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database
from spoc.storage.ledger import erasing, projection

Touched = Mapping[tuple[str, bytes], Sequence[Entry]]  # by table and id: all entries of the record
Index = Callable[[Database, Touched, Mapping[str, Table], Pack], None]


@dataclass(frozen=True, slots=True)
class ProjectionContext:
    """What is needed to read entries: the kinds of record, the pack in force, and the function that updates
    search."""

    tables: Mapping[str, Table]
    pack: Pack
    index: Index


def apply(db: Database, entries: Iterable[Entry], book: ProjectionContext) -> None:
    """Folds these entries, which are already in the ledger. The caller holds ``BEGIN IMMEDIATE``.

    A record of a kind that this version does not know stays in the ledger only, until a version knows it.
    """
    touched: dict[tuple[str, bytes], list[Entry]] = {}
    for entry in entries:
        touched.setdefault((entry.tbl, entry.record), []).append(entry)
    for (tbl, record), fresh in touched.items():
        if tbl in book.tables:
            touched[tbl, record] = projection.follow(
                db, book.tables[tbl], record, fresh, book.pack.safer.get(tbl)
            )
    for owner in projection.RESTRICTED:
        records = [record for tbl, record in touched if tbl == owner and owner in book.tables]
        for record in projection.restricted_among(db, owner, records) if records else ():
            projection.fold_parts(db, book.tables, owner, record)
    book.index(db, touched, book.tables, book.pack)
    if erased := [record for tbl, record in touched if tbl == erasing.TABLE]:
        before = erasing.purge(db, erased, book.tables, book.pack)
        for tbl, record in before:
            if tbl in projection.RESTRICTED and tbl in book.tables:
                projection.fold_parts(db, book.tables, tbl, record)
        # a single entry would look like a new record
        again = {key: [*rows, *rows] for key, rows in before.items()}
        book.index(db, again, book.tables, book.pack)
