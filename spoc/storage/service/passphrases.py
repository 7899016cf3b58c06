"""A user's own passphrase: each change makes a new key pair, so that somebody who knew the former
passphrase, or chose the first one, cannot read what is sealed from then on."""

import json
import os
import unicodedata
from contextlib import suppress

from spoc.model.errors import BadInput, Refusal
from spoc.model.ledger.entry import Command
from spoc.model.rules.access import may, require
from spoc.storage import sealing
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.secrecy import keys, restricted
from spoc.storage.service import users
from spoc.storage.store_folder import KEY_FILE, remove_quietly

CHOOSE = (
    "Somebody else chose the passphrase that you signed in with, so somebody else knows it; nothing was done. Choose "
    "your own first with: spoc user passphrase"
)


def is_another_ones(desk: Desk) -> bool:
    """Whether somebody else chose the signed-in user's passphrase: the person who added them set their key,
    and they have not made their own since."""
    db = desk.store.reader
    found = _record(db, desk) if (desk.folder / KEY_FILE).exists() else None
    if found is None:
        return False
    tbl, record, heads = found
    on = {bytes.fromhex(each) for each in json.loads(heads).get("public_key", ())}
    givers = {
        actor
        for entry, actor in db.conn.execute(
            "SELECT entry_id, unhex(header ->> 'actor') FROM entry WHERE record = ? AND tbl = ?",
            (record, tbl),
        )
        if entry in on
    }
    return bool(givers) and desk.actor.id not in givers


def change(desk: Desk, old: str, new: str) -> None:
    """Gives the acting user another passphrase and key pair: recorded; what is sealed to them is sealed
    again, and the former key file is deleted once the new one opens. Call it in a thread.

    Raises WrongPassphrase if ``old`` is not theirs; BadInput if ``new`` is refused or the same.
    """
    require(desk.actor.role, "user.passphrase")
    if unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new):
        raise BadInput("That is the passphrase you have; nothing was changed. Choose another.")
    store, actor, private = desk.store, desk.actor, os.urandom(32)
    shown = keys.public_fields(private)

    def job(db: Database) -> None:
        users.record(desk, db, actor.id, "passphrase")  # signed by the key being replaced
        waiting = drafts.waiting(store, actor) if may(actor.role, "contact.log") else []
        found = _record(db, desk)
        if found is not None:
            tbl, record, heads = found
            on = {name: tuple(json.loads(heads).get(name, ())) for name in shown}
            anew = restricted.sealed_anew(store, db, actor, sealing.public_of(private))
            users.write(desk, db, [Command(tbl, record, {**shown}, on), *anew])
        for each in waiting:
            drafts.put(store, db, each)
        keys.change_passphrase(desk.folder, actor.id, old, new, sealing.COST, private)

    users.to_its_end(desk, job)
    store.keyring.hold(actor.id, private)
    with suppress(Refusal):  # it stays if the new one does not open
        keys.prove(desk.folder, actor.id, new)
        remove_quietly(desk.folder / f"{KEY_FILE}.old")


def _record(db: Database, desk: Desk) -> tuple[str, bytes, str] | None:
    """The ledger record with the key by which the user signs in here, and its heads."""
    public = keys.public_key(desk.folder, desk.actor.id).hex()
    found: tuple[str, bytes, str] | None = db.conn.execute(
        "SELECT 'user', id, _heads FROM user WHERE id = ?1 AND public_key = ?2"
        " UNION ALL SELECT 'user_key', id, _heads FROM user_key WHERE user = ?1 AND public_key = ?2 AND _void = 0"
        " LIMIT 1",
        (desk.actor.id, public),
    ).fetchone()
    return found
