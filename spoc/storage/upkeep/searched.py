"""Whether the search indexes agree with the records: a part of verification."""

from collections.abc import Callable, Iterator, Mapping

from spoc.model.ledger.table import Table
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database, row
from spoc.storage.search import indexing, search


def differences(
    db: Database, tables: Mapping[str, Table], pack: Pack, tick: Callable[[], None]
) -> Iterator[str]:
    """The faults of the search indexes: there must be one document for each contact and person, and no others.

    An index that is being updated may still have former documents.
    """
    if indexing.behind(db) is not None:
        return
    for index, table, columns, found in (
        ("search", "contact", "people, codes, notes, marks", "contact WHERE sealed IS NULL"),
        ("names", "person", "name, known, other, marks", "person"),
    ):
        for n, record in db.conn.execute(f"SELECT n, id FROM {found} ORDER BY n"):
            tick()
            wanted: search.Document | search.NameDocument | None
            if table == "contact":
                wanted = search.document(db, record, tables, pack)
            else:
                wanted = search.name_document(db, record, pack)
            value = db.conn.execute(
                f"SELECT rowid, {columns} FROM {index} WHERE rowid = ?",
                (wanted.place if isinstance(wanted, search.Document) else n,),
            ).fetchone()
            if wanted is None or value != wanted:
                yield f"Search does not hold what record {record.hex()} of table {table} says."
        own = f"rowid & {search.ROW}" if table == "contact" else "rowid"
        extra = 0
        for (n,) in db.conn.execute(
            f"SELECT {own} FROM {index} WHERE {own} NOT IN (SELECT n FROM {found})"
        ):
            extra += 1
            yield f"Search holds a {table} (row {n}) that is no record."
        if _count(db, index) - extra > _count(db, table):
            yield f"Search holds more than one document of a {table}."


def _count(db: Database, table: str) -> int:
    return int(row(db.conn.execute(f'SELECT count(*) FROM "{table}"').fetchone()))
