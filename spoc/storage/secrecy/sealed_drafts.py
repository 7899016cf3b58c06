"""Drafts of restricted contacts: sealed at each save, opened for the people they are sealed to."""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from spoc.model.rules import recipients
from spoc.model.rules.recipients import Colleague
from spoc.storage.driver import Database
from spoc.storage.sealing import decrypt, encrypt, seal
from spoc.storage.secrecy.restricted import bound_to, users
from spoc.storage.store import Store

FORMAT = 1  # of a sealed draft


def closed(db: Database, draft: bytes, author: bytes, about: str, text: str) -> str:
    """A draft's text about somebody, sealed each time under a new key to everybody in its circle.

    Saving needs no private key, so a desk that has been locked meanwhile loses no letter. If the author has
    no key to seal it to, the text stays as it is, so that nothing typed is lost.
    """
    every = users(db)
    excluded = recipients.shut_out(about, every) - {author}
    to = {each.id for each in recipients.circle(every, author, about)}
    opened = db.conn.execute("SELECT user FROM opening WHERE contact = ?", (draft,)).fetchall()
    to |= {user for (user,) in opened} - excluded
    return _sealed(draft, author, text, [each for each in every if each.id in to])


def for_author(db: Database, draft: bytes, author: bytes, text: str) -> str:
    """The text of a draft that only its author may read, sealed to each of the author's keys."""
    return _sealed(draft, author, text, [each for each in users(db) if each.id == author])


def _sealed(draft: bytes, author: bytes, text: str, to: Iterable[Colleague]) -> str:
    """The text sealed to each key of these users; unchanged if its author would not be among them."""
    key, keys = os.urandom(32), dict[str, list[str]]()
    for each in to:
        if each.public:
            own = keys.setdefault(each.id.hex(), [])
            own.append(seal(each.public, key, bound_to(draft, each.id)).hex())
    if author.hex() not in keys:
        return text
    box = b64encode(encrypt(key, text.encode(), b"spoc draft 1\0" + draft)).decode()
    return json.dumps({"sealed": FORMAT, "keys": keys, "box": box})


def is_sealed(value: Any) -> bool:
    """Whether a draft's body is sealed."""
    return isinstance(value, dict) and "box" in value


def opened(store: Store, user: bytes, draft: bytes, fields: Mapping[str, Any]) -> str | None:
    """The text of a sealed draft; None if this user cannot open it."""
    sealed = fields["keys"].get(user.hex(), ())
    for each in [sealed] if isinstance(sealed, str) else sealed:  # a single key, as in 0.3.0
        key = store.keyring.unseal(user, bytes.fromhex(each), bound_to(draft, user))
        if key:
            return decrypt(key, b64decode(fields["box"]), b"spoc draft 1\0" + draft).decode()
    return None
