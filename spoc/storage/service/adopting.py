"""Adopting a guidance pack: a named professional takes responsibility for exactly what it now says, named
by its digest.

A setting of the service stores this, so that it has an author in the ledger and syncs; the files of a
service's own pack go into the ledger with it. If a byte of the pack changes, it must be adopted again, and
until then the desk uses the adopted one. A pack that comes with spoc is in force anyway, and the board says
if nobody has adopted it.
"""

import json
from concurrent.futures import Future
from dataclasses import asdict

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.service import settings
from spoc.storage.service.packs import Adoption, adopted, key_of
from spoc.storage.store import Store


def adopt(store: Store, actor: Actor, pack: Pack) -> "Future[WrittenAct]":
    """Records that this pack, as it now is, is adopted. Raises NotAllowed unless by a named professional."""
    require(actor.role, "pack.adopt")
    made = Adoption(pack.digest, actor.name, utc_text(store.now()))
    return settings.recorded(store, actor, key_of(pack.id), json.dumps(asdict(made)))


def note(store: Store) -> str:
    """A line for the board if the pack in force is not adopted as it now is; "" if it is."""
    pack = store.pack
    last = adopted(store.settings, pack.id)
    if last and last.digest == pack.digest:
        return ""
    since = "changed since adopted" if last else "not adopted yet"
    return f"Guidance {since}: spoc pack adopt {pack.id} (named professional)"


def who(store: Store) -> tuple[str, str]:
    """Which pack is in force, and who adopted it and when: two lines for a page."""
    pack = store.pack
    last = adopted(store.settings, pack.id)
    named = f"{pack.title} ({pack.id}), digest {pack.digest[:16]}"
    if last is None:
        return named, "Nobody has adopted it yet."
    since = "" if last.digest == pack.digest else "; it has changed since then"
    return named, f"Adopted by {last.by}, {shown_instant(from_text(last.at))}{since}."
