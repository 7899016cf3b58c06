"""The users of the service: added, listed, and given another passphrase.

A user is a record in the ledger and a slot in the key file. The slot is written first, within the
transaction that writes the record: two programs never change the key file at once, and everybody in the
ledger can sign in. A power cut between the two leaves a slot without a record. It opens no desk (signing in
needs the record), is counted by ``unfinished``, and is removed when the next user is added.
"""

import json
import os
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from spoc.guidance.naming import lore
from spoc.model.errors import BadInput, LooksAlike, NotAllowed, Refusal, StoreBusy
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.persons import look_alike
from spoc.model.rules.access import ROLES, holds_key, may, may_grant, require
from spoc.model.values.dates import quoted
from spoc.model.values.plain import visible
from spoc.storage import sealing
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.extract import making, returning
from spoc.storage.ledger import append, belief
from spoc.storage.ledger.conflicts import removal
from spoc.storage.secrecy import holders, holding, keyfile, keys, restricted
from spoc.storage.secrecy.holders import Members
from spoc.storage.service.second import ALONE, Beside
from spoc.storage.store import Store
from spoc.storage.store_folder import KEY_FILE

T = TypeVar("T")
# What the person who removes somebody must know.
AFTER = (
    "Earlier backups still open with their passphrase: make a new one, then delete those that they "
    "can reach."
)

NEW_CODE = (
    "There is a new recovery code: write it on paper now, keep it away from this computer and destroy the old one. It "
    "is never shown again."
)


KEY_LATER = "The extract gets a new key when somebody who takes calls next starts spoc."
NOBODY_LEFT = "Nobody would be left who may manage the users and holds the key of the records; nothing was changed. Add one first."


@dataclass(frozen=True, slots=True)
class User:
    """A user of the service. ``since`` is when they were added (UTC text)."""

    id: bytes
    name: str
    role: str
    since: str


def add(
    desk: Desk, name: str, role: str, passphrase: str, *, code: str = "", sure: bool = False
) -> Actor:
    """Lets somebody use this store: recorded in the ledger and in the audit trail. Call it in a thread.

    ``code`` is the recovery code, if the actor may not give the role; ``sure`` confirms that a name which
    could be mistaken for another's belongs to somebody else. Raises NotAllowed by role; LooksAlike if it
    could be and nobody has confirmed; BadInput if the name is missing or taken, the role is unknown, or the
    passphrase is refused; DiskFull, FolderUnusable. Nothing of the user then remains.
    """
    from spoc.storage.service import roles

    require(desk.actor.role, "user.add")
    store, shown = desk.store, as_written(name)
    know_all(desk)
    if role not in ROLES:
        raise BadInput(
            f"There is no such role; nobody was added. Choose one of {', '.join(ROLES)}."
        )
    second = roles.entitled(desk, role, code)
    alike = like_nobody(desk, shown, sure)
    now = store.now()
    user, private = append.new_id(now), os.urandom(32)

    def job(db: Database) -> Actor:
        not_taken(db, shown)
        _drop_unfinished(desk, db)
        keys.add_user(
            desk.folder, desk.key, user, shown, passphrase, sealing.COST, known_here(desk, db), private,
            extract=not holds_key(role), own=store.is_extract,
        )  # fmt: skip
        fields: dict[str, Value] = {"name": shown, "role": role, **keys.public_fields(private)}
        write(desk, db, [Command("user", user, fields)], now, second=second)
        record(desk, db, user, "added", ", ".join(filter(None, (role, alike))))
        remember(desk, db)
        return Actor(user, shown, role)

    try:
        added = to_its_end(desk, job)
    except Exception:
        with suppress(Refusal):
            store.submit(lambda db: _drop_unfinished(desk, db)).result()
        raise
    with suppress(Refusal):  # it is made at the next sign-in too
        making.make(desk)
    return added


def only_theirs(store: Store, user: bytes) -> str:
    """A sentence if restricted contacts would be lost with a user, or nothing."""
    many = len(restricted.alone_with(store.reader, user))
    if not many:
        return ""
    noun = "1 restricted contact or call is" if many == 1 else f"{many} restricted ones are"
    return (
        f"{noun} opened to them alone, and lost to everybody once they are removed. First let them open it to "
        "a colleague: p on its page."
    )


def remove(
    desk: Desk, user: bytes, code: str, *, losing: bool = False, beside: Beside = ALONE
) -> str:
    """Let somebody use this store no more; gives their name. Recorded. Call it in a thread.

    Their waiting calls become open contacts first. Their slot of the key file goes at once, and a new
    data key is sealed to those who stay, which the store is given when it is next opened by a window. ``code`` is the
    new recovery code (``paper_codes.new_code``): they may have seen the former one, which opens nothing from then on.
    Somebody who holds no key of the store has none to change: the store gets it at the next sign-in of somebody who
    does, and the code stays. Where they alone have restricted contacts, ``losing`` says that these are to be lost; ``beside`` is the second
    person whom that takes. Raises NotAllowed by role; BadInput for oneself, for somebody unknown, and for the last
    one who may manage users; what ``agreed`` raises.
    """
    require(desk.actor.role, "user.remove")
    store = desk.store
    know_all(desk)
    if user == desk.actor.id:
        raise BadInput(
            "Nobody removes themselves; nothing was changed. Ask a colleague who may remove users."
        )
    found = of_id(store, desk.actor, user)
    lost = only_theirs(store, user)
    if lost and not losing:
        raise BadInput(f"{lost} Nothing was changed.")
    second = agreed(desk, found, beside)
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
        if desk.actor.id not in stay or not any(map(manages, stay.values())):
            raise BadInput(NOBODY_LEFT)
        commands = [removal(db, "user", user)]
        if not store.is_extract:
            commands.append(_recovery(desk, db, code))
        write(desk, db, commands, second=second)
        detail = f"{found.role}; restricted contacts lost with them" if lost else found.role
        record(desk, db, user, "removed", detail)
        if store.is_extract:
            holders.leave(desk.folder, user)
        else:
            keys.remove_user(desk.folder, desk.key, user, known_here(desk, db), code)

    to_its_end(desk, job)
    return found.name


def know_all(desk: Desk) -> None:
    """Takes in what was written in the extract, before the key file is compared with the ledger: a user may have been
    added there."""
    if not desk.store.is_extract:
        with suppress(Refusal):
            returning.take_in(desk.store, desk.folder, desk.key)


def remember(desk: Desk, db: Database) -> None:
    """Remembers within a job who holds the key of the store now, if the actor does: others cannot tell."""
    if not desk.store.is_extract:
        holding.remember(db, keys.store_id(desk.folder))


def known_here(desk: Desk, db: Database) -> Members:
    """Who is of the service, as far as it counts for the key of this store: whoever acts with it has it."""
    known = holding.members(db, keys.store_id(desk.folder))
    actor = known.users.get(desk.actor.id)
    if desk.store.is_extract or actor is None or not holds_key(desk.actor.role):
        return known
    return known.joined(desk.actor.id, replace(actor, holds=True))


def manages(role: str) -> bool:
    """Whether somebody with this role may manage everybody else: they hold the key that is given."""
    return holds_key(role) and may(role, "user.add")


def takes_two(desk: Desk, user: User) -> bool:
    """Whether removing somebody takes a second person beside the actor."""
    return not may_grant(desk.actor.role, user.role) or bool(only_theirs(desk.store, user.id))


def agreed(desk: Desk, user: User, beside: Beside) -> Sequence[bytes]:
    """The seeds of who signs beside the actor that somebody is removed: nobody where the actor may by themselves.

    Raises NotAllowed in words, WrongPassphrase, and what ``loss.agreed`` raises.
    """
    from spoc.storage.service import loss, roles

    lost = bool(only_theirs(desk.store, user.id))
    second = loss.agreed(desk, user.id, beside) if lost else ()
    with_code = roles.entitled(desk, user.role, beside.code, but=user.id)
    return tuple(dict.fromkeys((*second, *with_code)))


def _recovery(desk: Desk, db: Database, code: str) -> Command:
    """The ledger entry for the new recovery code, on top of the former one."""
    record = keys.store_id(desk.folder)
    found = db.conn.execute("SELECT _heads FROM recovery WHERE id = ?", (record,)).fetchone()
    stands, fields = json.loads(found[0]) if found else {}, keys.recovery_shown(desk.folder, code)
    on = {name: tuple(stands[name]) for name in fields if name in stands}
    return Command("recovery", record, {**fields}, on)


def of_id(store: Store, actor: Actor, user: bytes) -> User:
    """The user with that id. Raises BadInput."""
    found = next((each for each in all(store, actor) if each.id == user), None)
    if found is None:
        raise _unknown()
    return found


def by_name(store: Store, actor: Actor, name: str) -> User:
    """The user with that name, in any spacing or capitals. Raises BadInput."""
    for each in all(store, actor):
        if _normal(each.name) == _normal(name):
            return each
    raise BadInput(
        f"Nobody here is called {quoted(name)}; nothing was changed. Look at the list of users."
    )


def _unknown() -> BadInput:
    return BadInput(
        "That user has been removed already; nothing was changed. Look at the list of users."
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
    """How many slots of the key file belong to nobody in the ledger."""
    if desk.store.is_extract:  # which may be older than the file
        return 0
    content, _ = keyfile.read(desk.folder)
    return sum(not _recorded(desk.store.reader, slot.user) for slot in content.slots)


def to_its_end(desk: Desk, job: Callable[[Database], T]) -> T:
    """The result of a job that also changes the key file. Once begun, it makes an interrupt wait: it is
    done completely or not at all, in the ledger and in the key file."""
    before = b""

    def noted(db: Database) -> T:
        nonlocal before
        before = (desk.folder / KEY_FILE).read_bytes()
        return job(db)

    done = desk.store.submit(noted)
    try:
        try:
            return done.result()
        except KeyboardInterrupt:
            if done.cancel():
                raise
            return done.result()
    except StoreBusy:  # the key file is not what this job wrote
        raise
    except Refusal:
        with suppress(OSError):
            keyfile.take_back(desk.folder, before)
        raise


def as_written(name: str) -> str:
    """A new user's name as it is kept. Raises BadInput where it is none."""
    if not name.strip() or visible(name.strip()) != name.strip():
        raise BadInput(
            "The user's name is missing or not one line of text; nobody was added. Type it and go on."
        )
    return " ".join(unicodedata.normalize("NFKC", name).split())


def not_taken(db: Database, name: str) -> None:
    """Raises BadInput where somebody has that name."""
    wanted = _normal(name)
    for (value,) in db.conn.execute("SELECT name FROM user WHERE _void = 0"):
        if _normal(value or "") == wanted:
            raise BadInput(
                "Somebody of that name already uses this store; nothing was changed. "
                "Add a middle name or a role so that the two can be told apart."
            )


def _drop_unfinished(desk: Desk, db: Database) -> None:
    """Takes slots out of the key file that an interrupted ``add`` left there."""
    content, former = keyfile.read(desk.folder)
    kept = tuple(slot for slot in content.slots if _recorded(db, slot.user))
    if kept and len(kept) < len(content.slots):
        keyfile.write(desk.folder, replace(content, slots=kept), former)


def _recorded(db: Database, user: bytes) -> bool:
    """Whether the ledger knows the user, gone or not."""
    return bool(db.conn.execute("SELECT 1 FROM user WHERE id = ?", (user,)).fetchone())


def like_nobody(desk: Desk, name: str, sure: bool) -> str:
    """What to record about a name that could be mistaken for another's. Raises BadInput if it looks the
    same, and LooksAlike if it nearly does and nobody has confirmed."""
    if why := look_alike.fault(name):
        raise BadInput(
            f"The name {why}, so that it could pass for another; nobody was added. Type it in the letters of one "
            "alphabet."
        )
    every = all(desk.store, desk.actor)
    others = [each.name for each in every if _normal(each.name) != _normal(name)]
    like = look_alike.look_alike(name, others, lore().titles)
    if like is None:
        return ""
    who = next(each for each in every if each.name == like.name)
    owner = f"{who.name} ({ROLES.get(who.role, who.role).lower()})"
    if like.same:
        raise BadInput(
            f"That looks the same as {owner}, who uses this store already; nobody was added. Add a middle name or a "
            "role so that the two can be told apart."
        )
    if not sure:
        raise LooksAlike(
            f"That could be taken for {owner}, who uses this store already; nobody was added. A title or one more "
            "word makes nobody another person. Is it somebody else?"
        )
    return f"like {who.name}, said to be another person"


def write(
    desk: Desk,
    db: Database,
    commands: Sequence[Command],
    now: datetime | None = None,
    *,
    second: Sequence[bytes] = (),
) -> None:
    """Write an act about users within a job; ``second`` are the seeds of those who sign it beside the actor. Raises
    NotAllowed where it would not count with them."""
    written = desk.store.append(db, desk.actor, commands, now, second=second)
    if second and (why := belief.why_not(db, written.entries)):
        raise NotAllowed(
            f"This would not count at any desk: {why} Nothing was changed. Ask a named professional, or whoever has "
            "the recovery code of the desk with which the service began."
        )


def record(desk: Desk, db: Database, user: bytes, purpose: str, detail: str = "") -> None:
    """Leaves an audit entry about a user within a job."""
    fields: dict[str, Value] = {"kind": "user", "purpose": purpose, "subject": user.hex()}
    if detail:
        fields["detail"] = detail
    command = Command("audit", append.new_id(desk.store.now()), fields)
    desk.store.append(db, desk.actor, [command], stream="audit_stream")


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
