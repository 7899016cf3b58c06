"""Giving roles: by somebody who may give that role, or with the recovery code."""

import json
from collections.abc import Sequence
from contextlib import suppress

from spoc.model.errors import BadInput, NotAllowed, Refusal
from spoc.model.ledger.entry import Command
from spoc.model.rules.access import ROLES, holds_key, may_grant, require
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.extract import making
from spoc.storage.secrecy import holders
from spoc.storage.service import users
from spoc.storage.service.second import LEADS, seed_of_code
from spoc.storage.service.users import User


def change(desk: Desk, user: bytes, role: str, *, code: str = "") -> User:
    """Gives somebody another role: recorded. Call it in a thread.

    A role that holds no key of the store takes it away: the store gets a new one. A role that holds it gives it.
    ``code`` is the recovery code: it stands in for somebody entitled, if nobody in the service is. Raises
    NotAllowed by role; WrongPassphrase for another code; BadInput for an unknown user, an unknown role, the
    role they have, and if nobody would be left who may manage the users.
    """
    require(desk.actor.role, "user.role")
    users.know_all(desk)
    found = users.of_id(desk.store, desk.actor, user)
    if role not in ROLES:
        raise BadInput(
            f"There is no such role; nothing was changed. Choose one of {', '.join(ROLES)}."
        )
    if role == found.role and not (holds_key(role) and holders.waits(desk.folder, user)):
        raise BadInput(f"{found.name} already has that role; nothing was changed.")
    second = entitled(desk, role, code)
    if not second:
        # nobody takes away what they may not give
        second = entitled(desk, found.role, code, but=user)

    def job(db: Database) -> None:
        roles = dict(db.conn.execute("SELECT id, role FROM user WHERE _void = 0").fetchall())
        if not any(map(users.manages, (roles | {user: role}).values())):
            raise BadInput(users.NOBODY_LEFT)
        heads = db.conn.execute("SELECT _heads FROM user WHERE id = ?", (user,)).fetchone()[0]
        on = {"role": tuple(json.loads(heads).get("role", ()))}
        users.write(desk, db, [Command("user", user, {"role": role}, on)], second=second)
        users.record(desk, db, user, "role", f"{found.role} to {role}")
        if not desk.store.is_extract:  # where one such role became the other
            holders.change(desk.folder, user, desk.key, users.known_here(desk, db))
        users.remember(desk, db)

    users.to_its_end(desk, job)
    with suppress(Refusal):  # it is made at the next sign-in too
        making.make(desk)
    return User(user, found.name, role, found.since)


def entitled(desk: Desk, role: str, code: str = "", *, but: bytes = b"") -> Sequence[bytes]:
    """The seeds that must sign too when somebody is given this role, or when it is taken from ``but``: none
    if the actor may do it alone, otherwise the recovery code's. Raises NotAllowed in words, WrongPassphrase
    for a wrong code."""
    if may_grant(desk.actor.role, role):
        return ()
    named = ROLES[role].lower()
    if desk.store.is_extract:  # no code makes up for a key
        raise NotAllowed(
            f"A {named} has the key of the records, which your role ({ROLES[desk.actor.role].lower()}) does not hold, so it "
            "can neither give nor take it; nothing was changed. Ask "
            f"{', '.join(each.name for each in users.all(desk.store, desk.actor) if may_grant(each.role, role)) or 'a named professional'}."
        )
    begins = f"Your role ({ROLES[desk.actor.role].lower()}) may not make somebody {named}, or take that role away; "
    who = [each for each in users.all(desk.store, desk.actor) if may_grant(each.role, role)]
    who = [each for each in who if each.id != but]
    if role == LEADS and who:
        names = ", ".join(each.name for each in who)
        raise NotAllowed(f"{begins}nothing was changed. A named professional does: {names}.")
    if not code and role == LEADS and but:
        raise NotAllowed(
            f"{begins}nothing was changed. There is no other named professional: the recovery code stands for one."
        )
    if not code:
        raise NotAllowed(
            f"{begins}nothing was changed. "
            + (
                "There is no named professional yet: the recovery code stands for one. Type: spoc user role NAME "
                f"{LEADS} --code-file FILE"
                if role == LEADS
                else f"Ask {', '.join(each.name for each in who) or 'for the recovery code'}."
            )
        )
    return (seed_of_code(desk, code),)
