"""Invented desks for the tests: a clock that can be stepped, actors, call sheets and reading them back from
the store."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.made_up import GENERIC, a_sheet
from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.model.ledger.entry import Actor, Command
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, new_streams
from spoc.storage.driver import Database, connect
from spoc.storage.keyring import Keyring
from spoc.storage.ledger import belief
from spoc.storage.sealing import signing_seed
from spoc.storage.secrecy import keys
from spoc.storage.service import settings
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store, utc_now

KEY = bytes(range(32))
ADVISOR = Actor(b"advisor-number-1", "Ada Advisor", "advisor")
PRIVATE = bytes(range(100, 132))  # Ada's private key
RECOVERY = bytes(range(150, 182))  # the recovery code's
SEEDED = int(os.environ.get("SPOC_SEED", "20261120"))


class _Hands(dict[bytes, bytes]):
    """The private keys of everybody the tests know: they stay at every desk, locked or not."""

    def clear(self) -> None:
        pass


HANDS = _Hands({ADVISOR.id: PRIVATE})
_begin = Keyring.__init__


def _with_hands(self: Keyring) -> None:
    """In the tests whoever is named signs; at a real desk only who has signed in."""
    _begin(self)
    self.lent = HANDS


Keyring.__init__ = _with_hands  # type: ignore[method-assign]


def signs(actor: Actor) -> Actor:
    """Somebody of the tests, who can sign from here on."""
    HANDS.setdefault(actor.id, hashlib.sha256(actor.id).digest())
    return actor


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


def set_up(
    folder: Path,
    now: Any = utc_now,
    *,
    another: bool = False,
    like: bytes = b"",
    form: tuple[Field, ...] = CONTACT_FORM,
) -> Store:
    """A new store in a folder, its key given directly, with what setting up writes.

    One is made, the rest are copies of it: they are all alike. ``another`` is another desk of the same
    service: what it writes from here on goes into streams of its own. ``like`` is the file of a store of before.
    """
    path = folder / DB_NAME
    if like:
        path.write_bytes(like)
    elif _made:
        path.write_bytes(_made[0])
    else:
        store = start(path, KEY, GENERIC, now=Clock())
        store.keyring.hold(ADVISOR.id, PRIVATE)
        first = store.act(
            ADVISOR,
            [
                _user(ADVISOR, PRIVATE),
                settings.command("pack", "generic"),
                Command("recovery", bytes(16), dict(keys.public_fields(RECOVERY))),
            ],
        ).result()
        store.submit(lambda db: belief.trust(db, first.content)).result()
        store.close()
        _made.append(path.read_bytes())
    store = start(path, KEY, GENERIC, form, now=now)
    store.keyring.hold(ADVISOR.id, PRIVATE)
    if another:
        store.submit(lambda db: new_streams(db, store.now())).result()
    return store


def _user(actor: Actor, private: bytes) -> Command:
    said = {"name": actor.name, "role": actor.role, **keys.public_fields(private)}
    return Command("user", actor.id, said)


def a_colleague(store: Store, name: str, role: str) -> tuple[Actor, bytes]:
    """One more user of the store, and their private key."""
    colleague = Actor(os.urandom(16), name, role)
    HANDS[colleague.id] = os.urandom(32)
    return joins(store, colleague), HANDS[colleague.id]


def joins(store: Store, colleague: Actor) -> Actor:
    """Make somebody of the tests who can sign a user of the store."""
    command = _user(colleague, HANDS[colleague.id])
    leads = store.reader.conn.execute("SELECT id FROM user WHERE role = 'named-professional'")
    led = [signing_seed(HANDS[user]) for (user,) in leads.fetchall() if user in HANDS]
    code = led or [signing_seed(RECOVERY)]  # it stands for a named professional where there is none
    store.submit(lambda db: store.append(db, ADVISOR, [command], second=code)).result()
    return colleague


def joined(desk: Desk, name: str, role: str, words: str) -> Actor:
    """A user who was added, has signed in once and chosen a passphrase of their own."""
    from spoc.storage.desk import sign_in
    from spoc.storage.service import passphrases, users

    given = "this one was given to them"
    users.add(desk, name, role, given)
    seat = sign_in(desk.folder, given, name, now=desk.store.now, window=False)
    passphrases.change(seat, given, words)
    seat.close()
    return seat.actor


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
