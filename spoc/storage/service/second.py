"""A second person who agrees to an act: a colleague with their passphrase, or the recovery code instead."""

from dataclasses import dataclass, field

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.rules.access import ROLES
from spoc.storage.desk import Desk, not_too_soon
from spoc.storage.sealing import signing_seed
from spoc.storage.secrecy import keys

LEADS = "named-professional"


@dataclass(frozen=True, slots=True)
class Beside:
    """The recovery code, or a colleague's name and passphrase; neither if nobody is there."""

    code: str = field(default="", repr=False)
    name: str = ""
    passphrase: str = field(default="", repr=False)


ALONE = Beside()


def seed_of_code(desk: Desk, code: str) -> bytes:
    """The signing seed of a recovery code, of this desk's store or another desk's. Raises WrongPassphrase if
    the code belongs to none of them, BadInput if it is not a code.
    """
    not_too_soon(desk.folder, desk.store.now())
    for store, public in desk.store.reader.conn.execute(
        "SELECT id, public_key FROM recovery WHERE _void = 0 ORDER BY id"
    ).fetchall():
        if seed := keys.seed_of_code(store, bytes.fromhex(public or ""), code):
            return seed
    return keys.recovery_seed(desk.folder, code)


def colleague(desk: Desk, beside: Beside) -> tuple[bytes, bytes]:
    """The id and signing seed of a second named professional. Raises WrongPassphrase; BadInput if it is the
    same person; NotAllowed by their role."""
    not_too_soon(desk.folder, desk.store.now())
    unlocked = keys.unlock(desk.folder, beside.passphrase, beside.name, now=desk.store.now())
    if unlocked.user == desk.actor.id:
        raise BadInput("A second person is somebody else; nothing was changed. Ask a colleague.")
    found = desk.store.reader.conn.execute(
        "SELECT role FROM user WHERE id = ? AND _void = 0", (unlocked.user,)
    ).fetchone()
    if found is None or found[0] != LEADS:
        raise NotAllowed(
            f"It takes a second {ROLES[LEADS].lower()}; nothing was changed. Ask one, or use the recovery code."
        )
    return unlocked.user, signing_seed(unlocked.private_key)
