"""What somebody who is shut out of a restricted contact could read of it, because a desk sealed it before it knew."""

import json
from dataclasses import dataclass

from spoc.model.ledger.entry import Actor
from spoc.model.rules import generations, recipients
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.storage.secrecy.restricted import about_of, abouts_of, given, reader, users
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Exposed:
    """Somebody who is shut out but was given a key; how many entries were sealed under it, and when the
    last one was (UTC text)."""

    name: str
    many: int
    last: str

    def words(self) -> str:
        """The sentence for the page."""
        until = shown_instant(from_text(self.last))
        return (
            f"{self.name}, who is shut out, was given a key before that was known: it opens "
            f"{self.many} of its entries, the last written {until}"
        )


def exposed(store: Store, actor: Actor, contact: bytes) -> list[Exposed]:
    """Everybody who is shut out of a restricted contact and could read part of it. Raises NotAllowed if the
    actor cannot open it."""
    db = store.reader
    memory, had, every = reader(store, actor, contact, db), given(db, contact), users(db)
    abouts = {about_of(store, db, actor, contact), *abouts_of(store, db, actor, contact)}
    named = {user for about in abouts for user in recipients.shut_out(about, every)}
    out = generations.shut_out(had, named) - {actor.id}
    if not out:
        return []
    names = {each.id: each.name for each in every}
    sealed: list[tuple[str, str]] = []  # the key and the time of each entry
    for header, body in memory.conn.execute(
        "SELECT header, body FROM entry JOIN payload USING(entry_id)"
    ):
        value = json.loads(body)
        if "box" in value:
            sealed.append((value["key"], json.loads(header)["at"]))
    found = []
    for user in sorted(out):
        times = [at for key, at in sealed if user in generations.holders(had, key)]
        if times:
            found.append(Exposed(names.get(user, "somebody"), len(times), max(times)))
    return found
