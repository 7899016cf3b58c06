"""Making the extract from the records: a second encrypted store beside them, without what identifies anybody.

Whoever holds the key of the store has the extract's too (it follows from it), and their program makes it. It is
written in one transaction, so whoever has it open goes on reading the former one until then. What its users have
written in it is taken into the records first: see ``returning``.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from spoc.model.errors import Refusal
from spoc.model.ledger.extract import COUNTED, WHOLE, WORDS, kept
from spoc.model.ledger.table import Column, Table
from spoc.model.rules.settings import is_private
from spoc.model.values.instants import utc_text
from spoc.storage.desk import Desk
from spoc.storage.driver import Database, DatabaseError, connect, row
from spoc.storage.extract import returning
from spoc.storage.extract.returning import OURS
from spoc.storage.failures import in_words
from spoc.storage.keyring import own_desk_key
from spoc.storage.ledger import append, conflicts, projection
from spoc.storage.migrations import SCHEMA, keep_local, local, migrations
from spoc.storage.search import search
from spoc.storage.secrecy import keyfile
from spoc.storage.store import Store
from spoc.storage.store_folder import EXTRACT_FILE, KEY_FILE, cannot_write

_TRIES = 3  # somebody may write in the extract while it is about to be made
_ALLOWED, _DENIED = 0, 1  # as SQLite's authorizer is answered
_READING = (20, 21)  # what it calls reading a column, and selecting
_STATE = """SELECT (SELECT rowid FROM store.entry WHERE tbl <> 'audit' ORDER BY rowid DESC LIMIT 1),
    (SELECT count(*) FROM store.refused), (SELECT count(*) FROM store.held)"""
_LIKE = f"'{WORDS}'"


def is_wanted(folder: Path) -> bool:
    """Whether anybody of this store works on an extract."""
    return (folder / KEY_FILE).exists() and any(
        slot.extract for slot in keyfile.read(folder)[0].slots
    )


def make(desk: Desk) -> None:
    """Makes the extract anew; nothing is done if no user needs one. Call it in a thread.

    The desk is of somebody who holds the key of the store. Raises DiskFull, FolderUnusable, StoreBusy; the former extract then stays.
    """
    if desk.store.is_extract or not is_wanted(desk.folder):
        return
    path, key = desk.folder / EXTRACT_FILE, returning.key_of(desk.folder, desk.key)
    try:
        if not _is_ours(desk, path, key):
            _begin(desk, path, key)
        for _ in range(_TRIES):
            returning.take_in(desk.store, desk.folder, desk.key)
            with closing(connect(path, key)) as db:
                if _filled(desk, db):
                    return
    except DatabaseError as error:
        raise in_words(path, error) from None


def _is_ours(desk: Desk, path: Path, key: bytes) -> bool:
    """Whether there is an extract that this desk made: it opens, and its streams are the ones given to it."""
    if not path.is_file():
        return False
    try:
        with closing(connect(path, key, read_only=True)) as db:
            version = row(db.conn.execute("PRAGMA user_version").fetchone())
            streams = {name: local(db, name) for name in ("stream", "audit_stream")}
            return bool(version <= SCHEMA and streams == local(desk.store.reader, OURS))
    except (Refusal, DatabaseError):
        return False


def _begin(desk: Desk, path: Path, key: bytes) -> None:
    """Begins an empty extract in place of whatever lies there, with streams that nobody ever wrote to."""
    now = desk.store.now()
    streams = {name: append.new_id(now).hex() for name in ("stream", "audit_stream")}

    def job(db: Database) -> None:
        keep_local(db, OURS, streams)
        keep_local(db, "former_streams", [*(local(db, "former_streams") or []), streams])

    try:
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path.parent, error, "the records are safe") from None
    desk.store.submit(job).result()
    with closing(connect(path, key)) as db:
        migrations.apply(db)
        db.conn.execute("BEGIN IMMEDIATE")
        for name, stream in streams.items():
            keep_local(db, name, stream)
        db.conn.execute("COMMIT")


def _filled(desk: Desk, db: Database) -> bool:
    """Fills the extract in one transaction; False, and nothing is done, if something in it is not taken in yet."""
    store = desk.store
    about = _about(store)  # before the rows are read: what it says has been seen is in them
    _shape(db, store)
    db.conn.execute("ATTACH DATABASE ? AS store KEY ?", (str(store.path), f"x'{desk.key.hex()}'"))
    db.conn.set_authorizer(_only_read)
    db.conn.execute("CREATE TEMP TABLE known(list TEXT, code TEXT, PRIMARY KEY(list, code))")
    db.conn.executemany(
        "INSERT OR IGNORE INTO known VALUES(?, ?)",
        [(name, each.code) for name, codes in store.pack.lists.items() for each in codes],
    )
    db.conn.execute("BEGIN")  # IMMEDIATE would hold up whoever writes in the records
    try:
        keep_local(db, "as_of", utc_text(store.now()))  # from here on nobody writes in the extract
        if returning.left(db):
            return False
        of = [*db.conn.execute(_STATE).fetchone(), store.pack.digest]
        if local(db, "of") != of:  # else nothing was written since but what others looked at
            for statement in (*_entries(db), *_rows(store)):
                db.conn.execute(statement)
        for name, value in {**about, "of": of}.items():
            keep_local(db, name, value)
        db.conn.execute("COMMIT")
    finally:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
    return True


def _shape(db: Database, store: Store) -> None:
    """Gives the extract the tables of this version of the program. Before the records are attached: a statement that
    finds no table here would take theirs."""
    migrations.apply(db)
    shape = projection.signature(store.tables)
    if local(db, "projection") != shape:
        db.conn.execute("BEGIN IMMEDIATE")
        projection.refold(db, store.tables)
        keep_local(db, "projection", shape)
        keep_local(db, "of", None)
        db.conn.execute("COMMIT")
    projection.index(db, store.tables)


def _only_read(
    action: int, one: str | None, two: str | None, name: str | None, by: str | None
) -> int:
    """Whether SQLite may do something: of the records, nothing but reading."""
    return _ALLOWED if name != "store" or action in _READING else _DENIED


def _about(store: Store) -> dict[str, object]:
    """What the extract needs to know of the records' desk, none of it secret."""
    main = store.reader
    desk = {each.hex(): {"sign_key": key.hex()} for each, key in own_desk_key(main).items()}
    former = [each["stream"] for each in local(main, "former_streams") or []]
    return {
        "roots": local(main, "roots"),
        "trusted": {**(local(main, "trusted") or {}), **desk},
        "safer": local(main, "safer"),
        "clock": append.head(main, "stream")[3],
        "indexed": [projection.signature(store.tables), store.pack.digest, search.FORMAT],
        "desk_streams": [*former, local(main, "stream")],
        "seen": append.last_numbers(main),
    }


# -- what stands in it -----------------------------------------------------------------------------


def _entries(db: Database) -> Iterator[str]:
    """The statements that bring in what is of the service: entries with all of their act, payloads, signatures."""
    keys_of = db.conn.execute("SELECT DISTINCT key FROM store.setting").fetchall()
    private = ", ".join(_text(key) for (key,) in keys_of if is_private(key or ""))
    secret = f"SELECT id FROM store.setting WHERE key IN ({private})"
    for tbl in WHOLE:
        own = f'store."{tbl}" AS mine CROSS JOIN store.entry AS own ON own.record = mine.id AND own.tbl = {_text(tbl)}'
        size = "CAST(own.header ->> 'size' AS INTEGER)"
        yield (
            f"INSERT OR IGNORE INTO entry SELECT near.* FROM {own} CROSS JOIN store.entry AS near"
            f" ON near.stream = own.stream AND near.seq BETWEEN own.seq - {size} + 1 AND own.seq + {size} - 1"
            " AND near.header ->> 'act' = own.header ->> 'act'"
        )
        yield (
            f"INSERT OR IGNORE INTO payload SELECT payload.* FROM {own} CROSS JOIN store.payload"
            f" ON payload.entry_id = own.entry_id WHERE own.record NOT IN ({secret})"
        )
        names = ", ".join(_names(db, tbl))
        yield f'DELETE FROM "{tbl}"'
        yield f'INSERT INTO "{tbl}"({names}) SELECT {names} FROM store."{tbl}" WHERE id NOT IN ({secret})'
    yield (
        "INSERT OR IGNORE INTO signature SELECT signed.* FROM store.signature AS signed"
        " WHERE act IN (SELECT unhex(header ->> 'act') FROM entry)"
    )
    yield "DELETE FROM refused"
    yield "INSERT INTO refused SELECT * FROM store.refused WHERE entry_id IN (SELECT entry_id FROM entry)"
    yield f"DELETE FROM {conflicts.TABLE}"
    yield (
        f"INSERT INTO {conflicts.TABLE} SELECT * FROM store.{conflicts.TABLE}"
        f" WHERE tbl IN ({', '.join(map(_text, WHOLE))}) AND record NOT IN ({secret})"
    )


def _rows(store: Store) -> Iterator[str]:
    """The statements that bring in what is counted: rows without what identifies anybody."""
    for name in COUNTED:
        table = store.tables[name]
        own = {"_heads": "'{}'", "_conflicts": "NULL", "_extra": "NULL"}
        columns = {"n": "n"} | {each: own.get(each, each) for each in projection.names(table)}
        columns |= {each.name: _shown(table, each) for each in table.columns}
        listed = ", ".join(f'"{each}"' for each in columns)
        yield f'DELETE FROM "{name}"'
        yield f'INSERT INTO "{name}"({listed}) SELECT {", ".join(columns.values())} FROM store."{name}"'


def _shown(table: Table, column: Column) -> str:
    """What stands in the extract for a column."""
    own, how = f'"{column.name}"', kept(table, column)
    if how == "all":
        return own
    if how == "said":
        return f"CASE WHEN {own} <> '' THEN {_LIKE} ELSE {own} END"
    if how != "codes":
        return "NULL"
    known = f"EXISTS (SELECT 1 FROM temp.known WHERE list = {_text(column.codes)} AND code = {{0}})"
    one = f"CASE WHEN {{0}} = '' OR {known} THEN {{0}} WHEN {{0}} IS NOT NULL THEN {_LIKE} END"
    if column.kind != "many":
        return one.format(own)
    listed = (
        f"(SELECT json_group_array({one.format('chosen.value')}) FROM json_each({own}) AS chosen)"
    )
    return f"CASE WHEN {own} IS NOT NULL THEN {listed} END"


def _names(db: Database, tbl: str) -> list[str]:
    return [f'"{each[1]}"' for each in db.conn.execute(f'PRAGMA main.table_info("{tbl}")')]


def _text(value: str) -> str:
    """A text in a statement."""
    return "'" + value.replace("'", "''") + "'"
