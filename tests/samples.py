"""Invented desks for the tests: a clock to step, an actor, call sheets and what the store says of them."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.made_up import GENERIC
from bench.made_up import a_sheet as a_sheet
from spoc.model.ledger.entry import Actor, Command
from spoc.storage.contacts import contacts, drafts
from spoc.storage.desk import new_streams
from spoc.storage.driver import Database, connect
from spoc.storage.sealing import public_of
from spoc.storage.service import settings
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store, utc_now

KEY = bytes(range(32))
ADVISOR = Actor(b"advisor-number-1", "Ada Advisor", "advisor")
PRIVATE = bytes(range(100, 132))  # Ada's private key
SEEDED = int(os.environ.get("SPOC_SEED", "20261120"))


class Clock:
    """A clock that stands still until it is stepped."""

    def __init__(self, at: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def step(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


_made: list[bytes] = []  # the bytes of a new store


def set_up(folder: Path, now: Any = utc_now, *, another: bool = False) -> Store:
    """A new store in a folder, its key given directly, with what setting up writes.

    One is made, the rest are copies of it: they are all alike. ``another`` is another desk of the same
    service: what it writes from here on goes into streams of its own.
    """
    path = folder / DB_NAME
    if _made:
        path.write_bytes(_made[0])
    else:
        store = start(path, KEY, GENERIC, now=Clock())
        store.act(ADVISOR, [_user(ADVISOR, PRIVATE), settings.command("pack", "generic")]).result()
        store.close()
        _made.append(path.read_bytes())
    store = start(path, KEY, GENERIC, now=now)
    store.keyring.hold(ADVISOR.id, PRIVATE)
    if another:
        store.submit(lambda db: new_streams(db, store.now())).result()
    return store


def _user(actor: Actor, private: bytes) -> Command:
    public = public_of(private).hex()
    return Command("user", actor.id, {"name": actor.name, "role": actor.role, "public_key": public})


def a_colleague(store: Store, name: str, role: str) -> tuple[Actor, bytes]:
    """One more user of the store, and their private key."""
    colleague, private = Actor(os.urandom(16), name, role), os.urandom(32)
    store.act(ADVISOR, [_user(colleague, private)]).result()
    return colleague, private


def raw(store: Store) -> Database:
    """A connection beside the store, for planting damage or looking at the file."""
    return connect(store.path, KEY)


def close_one(store: Store, actor: Actor = ADVISOR, **changes: Any) -> bytes:
    """Close a contact; gives its id."""
    draft = drafts.new(store, actor)
    contacts.close(store, actor, draft, a_sheet(store.now(), **changes)).result()
    return draft.id


def dump(db: Database, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables, in order of their numbers."""
    return {
        name: db.conn.execute(f'SELECT rowid, * FROM "{name}" ORDER BY 1').fetchall()
        for name in tables
    }
