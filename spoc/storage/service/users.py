"""The users of the service: added, listed, and given another passphrase.

A user is a record of the ledger and a slot of the key file. The slot is written first, within the
transaction that writes the record: two programs never change the key file at once, and whoever the ledger
knows can sign in. Where the power goes between the two, a slot without a record is left behind. It opens
no desk (signing in asks for the record), is counted by ``unfinished``, and goes when the next user is added.
"""

import os
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from spoc.model.errors import BadInput, Refusal
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.records import Value
from spoc.model.rules.access import ROLES, may, require
from spoc.model.values.plain import visible
from spoc.storage import sealing
from spoc.storage.contacts import drafts, sheets
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.ledger.conflicts import removal
from spoc.storage.place import KEY_FILE
from spoc.storage.secrecy import keyfile, keys, restricted
from spoc.storage.store import Store

T = TypeVar("T")
# What whoever removes somebody has to know.
AFTER = (
    "Backups made before still open with their passphrase: delete those that they can get at, once a new "
    "one is made."
)


@dataclass(frozen=True, slots=True)
class User:
    """A user of the service. ``since`` is when they were added (UTC text)."""

    id: bytes
    name: str
    role: str
    since: str


def add(desk: Desk, name: str, role: str, passphrase: str) -> Actor:
    """Let somebody use this store: recorded in the ledger and in the audit trail. Call it in a thread.

    Raises NotAllowed by role; BadInput where the name is missing or taken, there is no such role, or the
    passphrase is too short; DiskFull, FolderUnusable. Nothing is then left of the user.
    """
    require(desk.actor.role, "user.add")
    store, shown = desk.store, " ".join(name.split())
    if not shown or visible(name.strip()) != name.strip():
        raise BadInput(
            "The user's name is missing or not one line of text; nobody was added. Type it and go on."
        )
    if role not in ROLES:
        raise BadInput(
            f"There is no such role; nobody was added. Choose one of {', '.join(ROLES)}."
        )
    now = store.now()
    user, private = append.new_id(now), os.urandom(32)

    def job(db: Database) -> Actor:
        _not_taken(db, shown)
        _drop_unfinished(desk, db)
        keys.add_user(
            desk.folder, desk.key, user, shown, passphrase, sealing.COST, _living(db), private
        )
        fields: dict[str, Value] = {"name": shown, "role": role, **keys.shown(private)}
        store.append(db, desk.actor, [Command("user", user, fields)], now)
        _audit(store, db, desk.actor, user, "added", role)
        return Actor(user, shown, role)

    try:
        return _to_its_end(desk, job)
    except Exception:
        with suppress(Refusal):
            store.submit(lambda db: _drop_unfinished(desk, db)).result()
        raise


def only_theirs(store: Store, user: bytes) -> str:
    """A sentence where restricted contacts would be lost with a user, or nothing."""
    many = restricted.alone_with(store.reader, user)
    if not many:
        return ""
    noun = "1 restricted contact or call is" if many == 1 else f"{many} restricted ones are"
    return (
        f"{noun} opened to them alone, and lost to everybody once they are removed. First let them open it to "
        "a colleague: p on its page."
    )


def remove(desk: Desk, user: bytes, *, losing: str = "") -> str:
    """Let somebody use this store no more; gives their name. Recorded. Call it in a thread.

    Their waiting calls become open contacts first. Their slot of the key file goes at once, and a new
    data key is sealed to those who stay, which the store is given when it is next opened by a window.
    Raises NotAllowed by role; BadInput for oneself, for somebody unknown, and for the last one who may
    manage users; for one who alone has restricted contacts, unless ``losing`` them is meant: whoever does not
    have them may be the one they are about, so it takes the recovery code.
    """
    require(desk.actor.role, "user.remove")
    store = desk.store
    if user == desk.actor.id:
        raise BadInput(
            "Nobody removes themselves; nothing was changed. Ask a colleague who may remove users."
        )
    found = next((each for each in all(store, desk.actor) if each.id == user), None)
    if found is None:
        raise _unknown()
    lost = only_theirs(store, user)
    if lost and not losing:
        raise BadInput(f"{lost} Nothing was changed.")
    if lost and not keys.is_recovery_code(desk.folder, losing):
        raise BadInput(
            "That is not the recovery code of this store; nothing was changed. Restricted contacts are lost only "
            "with the code, as they may be about whoever removes their author."
        )
    if may(found.role, "contact.log"):
        leaver = Actor(user, found.name, found.role)
        waiting = [each for each in drafts.waiting(store, leaver) if each.actor == user]
        for done in sheets.hand_on(store, leaver, waiting):
            done.result()

    def job(db: Database) -> None:
        rows = db.conn.execute("SELECT id, role FROM user WHERE _void = 0").fetchall()
        stay = {record: role for record, role in rows if record != user}
        if len(stay) == len(rows):
            raise _unknown()
        if desk.actor.id not in stay or not any(may(role, "user.add") for role in stay.values()):
            raise BadInput(
                "Nobody would be left who may manage the users; nothing was changed. Add one first."
            )
        store.append(db, desk.actor, [removal(db, "user", user)])
        _audit(store, db, desk.actor, user, "removed", found.role)
        keys.remove_user(desk.folder, desk.key, user, _living(db))

    _to_its_end(desk, job)
    return found.name


def named(store: Store, actor: Actor, name: str) -> User:
    """The user of that name, however it is spaced or written large. Raises BadInput."""
    for each in all(store, actor):
        if _normal(each.name) == _normal(name):
            return each
    raise _unknown()


def _unknown() -> BadInput:
    return BadInput(
        "That user does not use this store any more; nothing was changed. Look at the list of users."
    )


def all(store: Store, actor: Actor) -> list[User]:
    """Everybody of the service, by name."""
    require(actor.role, "user.list")
    rows = store.reader.conn.execute(
        "SELECT id, name, role, _first_at FROM user WHERE _void = 0 ORDER BY _hlc, id"
    ).fetchall()
    found = [User(record, name or "", role or "", since) for record, name, role, since in rows]
    return sorted(found, key=lambda user: _normal(user.name))


def unfinished(desk: Desk) -> int:
    """How many slots of the key file belong to nobody that the ledger knows."""
    content, _ = keyfile.read(desk.folder)
    return sum(not _recorded(desk.store.reader, slot.user) for slot in content.slots)


def change_passphrase(desk: Desk, old: str, new: str) -> None:
    """Give the user who acts another passphrase: recorded in the audit trail. Call it in a thread.

    Raises WrongPassphrase where ``old`` is not theirs; BadInput where ``new`` is too short or the same.
    """
    require(desk.actor.role, "user.passphrase")
    if unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new):
        raise BadInput("That is the passphrase you have; nothing was changed. Choose another.")

    def job(db: Database) -> None:
        _audit(desk.store, db, desk.actor, desk.actor.id, "passphrase", "")
        keys.change_passphrase(desk.folder, desk.actor.id, old, new, sealing.COST)

    _to_its_end(desk, job)


def _to_its_end(desk: Desk, job: Callable[[Database], T]) -> T:
    """What the job gives. Once it has begun, an interrupt waits: it is done whole or not at all, in the
    ledger and in the key file."""
    before = (desk.folder / KEY_FILE).read_bytes()
    done = desk.store.submit(job)
    try:
        try:
            return done.result()
        except KeyboardInterrupt:
            if done.cancel():
                raise
            return done.result()
    except Refusal:
        with suppress(OSError):
            keyfile.take_back(desk.folder, before)
        raise


def _not_taken(db: Database, name: str) -> None:
    wanted = _normal(name)
    for (held,) in db.conn.execute("SELECT name FROM user WHERE _void = 0"):
        if _normal(held or "") == wanted:
            raise BadInput(
                "Somebody of that name already uses this store; nothing was changed. "
                "Add a middle name or a role so that the two can be told apart."
            )


def _drop_unfinished(desk: Desk, db: Database) -> None:
    """Take slots out of the key file that an interrupted ``add`` left there."""
    content, former = keyfile.read(desk.folder)
    kept = tuple(slot for slot in content.slots if _recorded(db, slot.user))
    if kept and len(kept) < len(content.slots):
        keyfile.write(desk.folder, replace(content, slots=kept), former)


def _recorded(db: Database, user: bytes) -> bool:
    """Whether the ledger knows the user, gone or not."""
    return bool(db.conn.execute("SELECT 1 FROM user WHERE id = ?", (user,)).fetchone())


def _living(db: Database) -> dict[bytes, bytes]:
    """Whom the ledger knows as a user, with their public key."""
    return {
        user: bytes.fromhex(public or "")
        for user, public in db.conn.execute("SELECT id, public_key FROM user WHERE _void = 0")
    }


def _audit(
    store: Store, db: Database, actor: Actor, user: bytes, purpose: str, detail: str
) -> None:
    fields: dict[str, Value] = {"kind": "user", "purpose": purpose, "subject": user.hex()}
    if detail:
        fields["detail"] = detail
    command = Command("audit", append.new_id(store.now()), fields)
    store.append(db, actor, [command], stream="audit_stream")


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
