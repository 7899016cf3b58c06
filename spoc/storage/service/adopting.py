"""Adopting a guidance pack: a named professional answers for exactly what it says now, named by its digest.

Nothing is refused until then; the board says so in a line. A setting of the service holds it, so that it has an
author in the ledger and syncs; a pack that changes by a byte is adopted anew.
"""

import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import utc_text
from spoc.storage.ledger.append import Written
from spoc.storage.service import settings
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Adoption:
    """Who adopted a pack, as it then was (``digest``, hex), and when (UTC text)."""

    digest: str
    by: str
    at: str


def adopt(store: Store, actor: Actor, pack: Pack) -> "Future[Written]":
    """Record that this pack, as it now is, is adopted. NotAllowed unless by a named professional."""
    require(actor.role, "pack.adopt")
    made = Adoption(pack.digest, actor.name, utc_text(store.now()))
    return settings.recorded(store, actor, _key(pack.id), json.dumps(asdict(made)))


def adopted(held: Mapping[str, str], pack_id: str) -> Adoption | None:
    """The last adoption of a pack, or None; ``held`` are the settings of the service."""
    try:
        return Adoption(**json.loads(held.get(_key(pack_id), "")))
    except (ValueError, TypeError):  # never adopted, or written by a later version
        return None


def note(store: Store) -> str:
    """A line for the board where the pack in force is not adopted as it now is; "" where it is."""
    pack = store.pack
    last = adopted(store.settings, pack.id)
    if last and last.digest == pack.digest:
        return ""
    since = "changed since adopted" if last else "not adopted yet"
    return f"Guidance {since}: spoc pack adopt {pack.id} (named professional)"


def _key(pack_id: str) -> str:
    return f"adopted.{pack_id}"
