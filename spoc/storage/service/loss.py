"""Losing restricted contacts with the only person who can open them: two named professionals decide it, or
one with the recovery code, but nobody whom they may be about.

Their content is sealed. So anybody who belonged to the service when one was written, and was not given its
key, may be the person it is about.
"""

from collections.abc import Sequence

from spoc.model.errors import NotAllowed
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.secrecy import restricted
from spoc.storage.service.second import LEADS, Beside, colleague, seed_of_code


def may_decide(db: Database, leaver: bytes) -> dict[bytes, str]:
    """The named professionals, by name, who may decide to lose what only this user can open."""
    lost = restricted.alone_with(db, leaver)
    had: dict[bytes, set[bytes]] = {}
    for contact, user in db.conn.execute("SELECT contact, user FROM opening WHERE _void = 0"):
        had.setdefault(user, set()).add(contact)
    return {
        user: name
        for user, name, since in db.conn.execute(
            "SELECT id, name, (SELECT min(hlc) FROM entry WHERE record = user.id AND tbl = 'user') FROM user"
            " WHERE _void = 0 AND role = ? AND id <> ? ORDER BY name",
            (LEADS, leaver),
        ).fetchall()
        if all(each in had.get(user, set()) or since > at for each, at in lost.items())
    }


def agreed(desk: Desk, leaver: bytes, beside: Beside) -> Sequence[bytes]:
    """The seed with which a second person signs the loss. Raises NotAllowed for anybody who may not decide
    it, or if there is no second person; WrongPassphrase."""
    may = may_decide(desk.store.reader, leaver)
    if desk.actor.id not in may:
        raise NotAllowed(f"{_RULE} You are none of these; nothing was changed. {_who(may)}")
    if beside.name:
        user, seed = colleague(desk, beside)
        if user not in may:
            raise NotAllowed(
                f"{_RULE} {beside.name} may be that person; nothing was changed. {_who(may)}"
            )
        return (seed,)
    if beside.code:
        return (seed_of_code(desk, beside.code),)
    raise NotAllowed(f"{_RULE} Nobody else is there to agree; nothing was changed. {_who(may)}")


_RULE = "Only two named professionals, or one with the recovery code, can decide that restricted contacts are lost, and nobody whom they may be about."


def _who(may: dict[bytes, str]) -> str:
    if may:
        return f"Who may: {', '.join(may.values())}."
    return "Nobody who is here now may: a named professional who is added now could, with the recovery code."
