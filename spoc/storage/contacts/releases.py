"""Requests for information that were answered: who asked, on what basis, what was released, who approved."""

from collections.abc import Mapping
from concurrent.futures import Future

from spoc.model.errors import BadInput
from spoc.model.forms.forms import RELEASE_FORM
from spoc.model.forms.record_form import lacking
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import utc_text
from spoc.storage.ledger import append
from spoc.storage.secrecy import sealed_acts
from spoc.storage.store import Store


def add(
    store: Store, actor: Actor, contact: bytes, values: Mapping[str, str]
) -> "Future[append.WrittenAct]":
    """Adds an answered request to a contact. Raises BadInput with the first thing it lacks."""
    require(actor.role, "contact.amend")
    now = store.now()
    lack = lacking(values, RELEASE_FORM, store.pack, to_local(now).date())
    if lack:
        raise BadInput(f"{lack.sentence} Nothing was added.")
    fields: dict[str, Value] = {field.key: values[field.key].strip() for field in RELEASE_FORM}
    command = Command(
        "release", append.new_id(now), {"contact": contact.hex(), "at": utc_text(now), **fields}
    )
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [command]))
