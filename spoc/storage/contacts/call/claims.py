"""Who goes on with an open contact at another desk: known from the entry by which they took it over."""

from dataclasses import dataclass

from spoc.model.ledger.entry import Actor, Entry
from spoc.model.ledger.fold import fold
from spoc.model.rules.access import require
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.ledger import projection
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

TAKEN, PUT_BACK = "taken over", "left open again"  # the reasons of the two entries


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has an open contact open, at which desk, and since when (UTC text)."""

    who: str
    where: str
    at: str


def elsewhere(store: Store, actor: Actor, contact: bytes) -> Claim | None:
    """Who took over a contact at another desk and has neither closed it nor left it open again, as far as this
    desk knows; the latest of several. Raises NotAllowed if the actor cannot open the contact."""
    require(actor.role, "contact.view")
    entries = projection.entries_of(restricted.reader(store, actor, contact), "contact", contact)
    db = store.reader
    heads, own = fold(entries).heads.get("advisor", ()), places.own_streams(db)
    taken = [
        each for each in entries
        if each.id.hex() in heads and each.why == TAKEN and each.stream.hex() not in own
        and not _later(entries, each)
    ]  # fmt: skip
    if not taken:
        return None
    last = taken[-1]
    found = db.conn.execute("SELECT name FROM user WHERE id = ?", (last.actor,)).fetchone()
    who = "You" if last.actor == actor.id else found[0] if found else "A colleague"
    return Claim(who, groups.writer_of(db, last.stream.hex()), last.at)


def _later(entries: list[Entry], taken: Entry) -> bool:
    """Whether the same desk wrote to the contact again: it was closed or left open there."""
    return any(each.stream == taken.stream and each.seq > taken.seq for each in entries)
