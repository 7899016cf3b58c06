"""Drafts of restricted contacts: sealed at each save, opened for those they are sealed to."""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from spoc.model.ledger.entry import Actor
from spoc.model.rules import recipients
from spoc.storage.driver import Database
from spoc.storage.sealing import decrypt, encrypt, seal
from spoc.storage.secrecy.restricted import bound_to, users
from spoc.storage.store import Store

FORMAT = 1  # of a sealed draft


def closed(db: Database, draft: bytes, author: bytes, about: str, text: str) -> str:
    """The text of a draft about somebody, sealed under a key that is its own each time to everybody of its circle.

    Saving so asks for nobody's private key: a desk that has locked meanwhile loses no letter. Where the
    author has no key to seal it to, it stays as it is: nothing typed is lost.
    """
    every = users(db)
    to = {each.id: each for each in recipients.circle(every, author, about)}
    shut = recipients.shut_out(about, every) - {author}
    for (user,) in db.conn.execute("SELECT user FROM opening WHERE contact = ?", (draft,)):
        to |= {each.id: each for each in every if each.id == user and user not in shut}
    if author not in to:
        return text
    key = os.urandom(32)
    held = {
        "sealed": FORMAT,
        "keys": {each.id.hex(): seal(each.public, key, bound_to(draft, each.id)).hex() for each in to.values()},
        "box": b64encode(encrypt(key, text.encode(), b"spoc draft 1\0" + draft)).decode(),
    }  # fmt: skip
    return json.dumps(held)


def is_sealed(held: Any) -> bool:
    """Whether a draft's body is sealed."""
    return isinstance(held, dict) and "box" in held


def opened(store: Store, actor: Actor, draft: bytes, held: Mapping[str, Any]) -> str | None:
    """The text of a sealed draft; None where it is not opened to the actor."""
    sealed = held["keys"].get(actor.id.hex())
    key = sealed and store.keyring.unseal(
        actor.id, bytes.fromhex(sealed), bound_to(draft, actor.id)
    )
    if not key:
        return None
    return decrypt(key, b64decode(held["box"]), b"spoc draft 1\0" + draft).decode()
