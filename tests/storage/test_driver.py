"""The driver: how every connection to a store is set, and which library it must find."""

from pathlib import Path

import pytest
import sqlcipher3
import sqlite_utils.utils
from samples import KEY
from storage.test_store import child, pragma

from spoc.model.errors import EncryptionMissing
from spoc.storage import driver
from spoc.storage.driver import Database, connect
from spoc.storage.migrations import keep_local
from spoc.storage.store import DB_NAME, Store

SETTINGS = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "temp_store": 2,  # memory
    "trusted_schema": 0,
    "journal_mode": "wal",
    "cache_size": -65536,
    "busy_timeout": 10000,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_connection_is_set_as_designed(store: Store, name: str) -> None:
    assert pragma(store.reader, name) == SETTINGS[name]
    assert store.submit(lambda db: pragma(db, name)).result() == SETTINGS[name]


def test_a_commit_is_on_the_disk_before_it_is_said_to_be(store: Store) -> None:
    full = 2
    assert store.submit(lambda db: pragma(db, "synchronous")).result() == full
    assert store.submit(lambda db: pragma(db, "cipher_memory_security")).result() == "0"


def test_a_reader_cannot_write(store: Store) -> None:
    for db in (store.reader, store.connection()):
        with pytest.raises(driver.OperationalError, match="readonly"):
            keep_local(db, "x", 1)


def test_sqlite_is_one_that_loses_no_work(store: Store) -> None:
    (version,) = store.reader.conn.execute("SELECT sqlite_version()").fetchone()
    assert tuple(map(int, version.split("."))) >= driver.SQLITE_NEEDED == (3, 51, 3)


def test_deleted_words_leave_the_search_index(store: Store) -> None:
    for table in ("search", "names"):
        config = dict(store.reader.conn.execute(f"SELECT k, v FROM {table}_config"))
        assert config["secure-delete"] == 1


def test_sqlite_utils_speaks_of_the_same_errors(store: Store) -> None:
    assert vars(sqlite_utils.utils)["sqlite3"] is sqlcipher3
    assert vars(sqlite_utils.utils)["OperationalError"] is driver.OperationalError
    assert isinstance(store.reader.conn, sqlcipher3.dbapi2.Connection)

    def fail(db: Database) -> None:
        db["local"].insert({"key": "k", "value": "1"})
        db["local"].insert({"key": "k", "value": "2"})

    with pytest.raises(driver.IntegrityError, match="UNIQUE"):
        store.submit(fail).result()
    assert not store.reader.conn.execute("SELECT 1 FROM local WHERE key = 'k'").fetchone()


BLOCKED = """
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sqlcipher3":
            raise ImportError("no such library")
sys.meta_path.insert(0, Blocker())
"""
IMPORTING = """
try:
    import spoc.storage.store
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_library_nothing_is_opened(tmp_path: Path) -> None:
    said = child(f"import os; os.chdir({str(tmp_path)!r})" + BLOCKED + IMPORTING).stdout
    assert said.startswith("EncryptionMissing The encryption library (sqlcipher3) is missing")
    assert "nothing was opened, created or changed" in said and "IT" in said
    assert not [*tmp_path.iterdir()]


def test_a_sqlite_utils_that_came_first_is_refused() -> None:
    said = child("import sqlite_utils" + IMPORTING)
    assert said.stdout.startswith("EncryptionMissing ")


def test_a_library_that_does_not_encrypt_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr(driver, "dbapi2", sqlite3)
    with pytest.raises(EncryptionMissing, match="does not encrypt"):
        connect(tmp_path / DB_NAME, KEY)
    assert not [*tmp_path.iterdir()]


def test_a_key_of_another_length_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        connect(tmp_path / DB_NAME, b"short")
    assert not [*tmp_path.iterdir()]
