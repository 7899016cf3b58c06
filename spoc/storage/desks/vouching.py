"""The keys that must be in the ledger before anybody signs: each person's, the desk's, the recovery code's.

If acts were not signed before, one act covers everything written until then; whoever first signs in with this
version makes it. Each user's own key is added at their first sign-in.
"""

import json
from pathlib import Path
from typing import Any

from spoc.model.errors import Refusal
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.storage import sealing
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database
from spoc.storage.keyring import own_keys
from spoc.storage.ledger import append, belief
from spoc.storage.migrations import local
from spoc.storage.secrecy import keys
from spoc.storage.store import Store

ANOTHER_KEY = (
    "The key that this service holds for you is not the one your passphrase opens: somebody changed one of the "
    "two. What is sealed to you from here on may be read by somebody else, and you may not be able to read it. Take "
    "no restricted call here; tell a named professional and IT, and let them run: spoc verify"
)
NOT_YOUR_HAND = (
    "The key with which this service checks your signatures is not yours: somebody else added one in your name. What you "
    "write here does not count at the other desks. Tell a named professional and IT, and let them run: spoc verify"
)

TAKEN_OUT = (
    "This service knew the key with which you sign, and does not know it any more: somebody took it, and perhaps all "
    "signatures, out of the records here, which may have been changed. Nothing was signed anew. Tell a named professional "
    "and IT, and let them compare the records with another desk or a backup: spoc verify --against PLACE"
)


def vouch(store: Store, folder: Path, actor: Actor, unlocked: keys.OpenedKeys) -> tuple[str, ...]:
    """Adds the keys that the ledger lacks for the person who has just signed in; returns what is wrong with
    their keys, in sentences. If the disk is full they are added the next time."""
    shown = keys.public_fields(unlocked.private_key)
    parts, own = _of_actor(store.reader, actor, shown, unlocked.signs)
    if parts:
        return parts
    known = store.is_extract or _desk_is_known(store.reader)  # no desk has its keys in an extract
    if own is None and local(store.reader, "roots") and known:
        return ()

    def job(db: Database) -> None:
        begins = not local(db, "roots")
        commands = [own] if own else []
        if not known:
            name = store.settings.get("desk", "")
            commands.append(groups.record(own_keys(db, store.now()), name, actor.id))
        if begins:
            commands.append(Command("cover", append.new_id(store.now()), {"heads": _heads(db)}))
            fields: dict[str, Value] = {"public_key": keys.recovery_key(folder).hex()}
            commands.append(Command("recovery", keys.store_id(folder), fields))
        if not commands:
            return
        written = store.append(db, actor, commands)
        if begins:
            belief.trust(db, written.content)

    try:
        store.submit(job).result()
    except Refusal:
        return ()
    return ()


def _of_actor(
    db: Database, actor: Actor, shown: dict[str, str], signs_already: bool
) -> tuple[tuple[str, ...], Command | None]:
    """What is wrong with somebody's keys in the ledger, or else the command that adds what is missing."""
    found = db.conn.execute(
        "SELECT 'user', id, public_key, sign_key, _heads FROM user WHERE id = ?1"
        " UNION ALL SELECT 'user_key', id, public_key, sign_key, _heads FROM user_key"
        " WHERE user = ?1 AND _void = 0",
        (actor.id,),
    ).fetchall()
    own = next((each for each in found if each[2] == shown["public_key"]), None)
    if own is None and any(each[2] for each in found):
        return (ANOTHER_KEY,), None
    tbl, record, public, signs, heads = own or found[0]
    if signs == shown["sign_key"]:
        return (), None
    if signs:
        return (NOT_YOUR_HAND,), None
    if signs_already:
        return (TAKEN_OUT,), None
    fresh = shown if not public else {"sign_key": shown["sign_key"]}
    on = json.loads(heads)
    return (), Command(tbl, record, fresh, {each: tuple(on.get(each, ())) for each in fresh})


def _desk_is_known(db: Database) -> bool:
    value: Any = local(db, "desk_keys")
    if value is None:
        return False
    return bool(
        db.conn.execute(
            "SELECT 1 FROM desk WHERE id = ? AND sign_key = ?",
            (
                bytes.fromhex(value["id"]),
                sealing.verifying_key(bytes.fromhex(value["seed"])).hex(),
            ),
        ).fetchone()
    )


def _heads(db: Database) -> str:
    """Where each stream ends, in the form of a cover."""
    found = {}
    for stream, seq in append.last_numbers(db).items():
        (header,) = db.conn.execute(
            "SELECT header FROM entry WHERE stream = ? AND seq = ? ORDER BY entry_id LIMIT 1",
            (bytes.fromhex(stream), seq),
        ).fetchone()
        found[stream] = [seq, sealing.sha256(header)]
    return json.dumps(found)
