"""Opening a store: the file, its settings, the pack in force and search."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from spoc.model.errors import FolderUnusable, NotAStore, StoreDamaged
from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database, damaged
from spoc.storage.ledger import conflicts, projection
from spoc.storage.migrations import keep_local, local
from spoc.storage.search import indexing, search
from spoc.storage.service import packs, settings
from spoc.storage.store import DB_NAME, Store, utc_now
from spoc.storage.store_folder import KEY_FILE


def start(
    path: Path,
    key: bytes,
    pack: Pack | None = None,
    form: tuple[Field, ...] = CONTACT_FORM,
    now: Callable[[], datetime] = utc_now,
) -> Store:
    """The store in this file, which is made if there is none.

    Only set-up gives ``pack``: afterwards the store's own setting names it.
    """

    def ready(store: Store, db: Database) -> None:
        store.settings = settings.all_of(db)
        store.pack_note = ""
        if pack is not None:
            store.pack = pack
        elif wanted := store.settings.get("pack"):
            named = settings.packs_named(db, wanted)
            store.pack, store.pack_note = packs.in_force(db, named, path.parent, store.settings)
        else:
            raise damaged(path, "it was never set up to its end")
        _show_the_safer(db, store)
        store.hours = settings.hours(store.settings, store.pack)
        store.index = search.follow
        indexing.begin(db, store.tables, store.pack)

    return Store(path, key, ready, form, now)


def _show_the_safer(db: Database, store: Store) -> None:
    """Folds records in conflict again if the pack changes which value is shown."""
    wanted = json.loads(json.dumps(store.pack.safer))
    if local(db, "safer") != wanted:
        db.conn.execute("BEGIN IMMEDIATE")
        for table, record in conflicts.again(db, store.tables):
            entries = projection.entries_of(db, table.name, record)
            projection.project(db, table, record, entries, store.pack.safer.get(table.name))
        keep_local(db, "safer", wanted)
        db.conn.execute("COMMIT")


def open_store(
    folder: Path,
    key: bytes,
    *,
    pack: Pack | None = None,
    form: tuple[Field, ...] = CONTACT_FORM,
    now: Callable[[], datetime] = utc_now,
) -> Store:
    """Opens the store in a folder. Raises a Refusal with a sentence; creates nothing."""
    path = folder / DB_NAME
    try:
        there = path.is_file()
        empty = there and not path.stat().st_size
    except PermissionError:
        raise FolderUnusable(
            f"The folder {folder} cannot be read; the records in it are as they were. Ask IT for the right "
            "to read and write there, then start spoc again."
        ) from None
    if empty:  # SQLite would make a new store in it
        raise damaged(path, "the file is empty")
    if not there and (folder / KEY_FILE).exists():
        raise records_gone(folder)
    if not there:
        raise NotAStore(
            f"There is no store in {folder}; nothing was created. Set one up with: spoc init, or name the "
            "right folder with --store."
        )
    if not os.access(path, os.W_OK) or not os.access(folder, os.W_OK):
        raise FolderUnusable(
            f"The folder {folder} cannot be written to; the records in it are as they were. Ask IT for the "
            "right to write there, then start spoc again."
        )
    return start(path, key, pack, form, now)


def records_gone(folder: Path) -> StoreDamaged:
    """The refusal if there is only a key file."""
    return StoreDamaged(
        f"The records are gone from {folder}: {DB_NAME} is missing, only its key file is there; nothing was "
        f"changed, and the backups are safe. If {DB_NAME} was moved, move it back; else put the newest backup "
        "in its place with: spoc restore BACKUP"
    )
