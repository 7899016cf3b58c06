"""What a read-back is made of, from the store; that it went out, on record; and the file it may go into."""

import os
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from spoc.model.documents.readback import Call
from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Sheet
from spoc.model.ledger.entry import Command
from spoc.model.rules.access import may, require
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts, guidance_facts, outcomes, sheets
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.storage.place import own_folder
from spoc.storage.secrecy import sealed_acts
from spoc.storage.service import settings

# In the folder of the store: on the computer's own disk, and in no folder that is copied elsewhere.
FOLDER = "read-backs"
_OWN = 0o600  # whoever wrote it may read it, and nobody else


def of_sheet(
    desk: Desk, contact: bytes, sheet: Sheet, *, advisor: str = "", closed: bool = False
) -> Call:
    """The read-back of a call as it stands; ``advisor`` is whoever took it, else whoever sits here."""
    store = desk.store
    require(desk.actor.role, "contact.view")
    return Call(
        sheet=sheet,
        contact=contact.hex(),
        advisor=advisor or desk.actor.name,
        desk=desk.name,
        service=desk.service,
        form=store.form,
        pack=store.pack,
        hours=store.hours,
        csc=settings.hours(store.settings, store.pack, "csc"),
        guided=guidance_facts.guided(store, sheet),
        now=store.now(),
        lacks=guidance_facts.missing(store, sheet),
        closed=closed,
    )


def of_contact(desk: Desk, contact: bytes) -> Call:
    """The read-back of a contact of the store with what was added since: every note, the latest outcome."""
    store, actor = desk.store, desk.actor
    sheet = sheets.sheet_of(store, actor, contact)
    parts = contacts.get(store, actor, contact)
    own = parts[0].values
    notes = [str(each.values["text"] or "") for each in parts if each.tbl == "note"]
    ended = {each.id: each.values for each in parts if each.tbl == "outcome"}
    latest = outcomes.latest(ended.items())
    whole = replace(
        sheet,
        notes="\n\n".join(notes),
        outcome=str(ended[latest]["code"] or "") if latest else "",
        outcome_by=_said_by(ended[latest]) if latest else "",
        closed_anyway=str(own["closed_anyway"] or ""),
    )
    advisor = contacts.authors(store).get(own["advisor"] or b"", "unknown")
    return of_sheet(desk, contact, whole, advisor=advisor, closed=own["closed_at"] is not None)


def _said_by(outcome: Mapping[str, Any]) -> str:
    """Who said an outcome, and at which office."""
    return ", ".join(filter(None, (outcome["said_by"], outcome["office"])))


def given(desk: Desk, contact: bytes) -> None:
    """Keep when the read-back of a contact was first shown to be read out: what the service counts as given."""
    require(desk.actor.role, "contact.view")
    store, actor = desk.store, desk.actor
    if contacts.get(store, actor, contact)[0].values["read_back_at"] or not may(
        actor.role, "contact.amend"
    ):
        return
    said = Command("contact", contact, {"read_back_at": utc_text(store.now())})
    store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [said])).result()


def record(desk: Desk, contact: bytes, version: str, way: str) -> "Future[None]":
    """Leave the audit entry of an export: which version of which contact, and the way it went out."""
    require(desk.actor.role, "contact.view")
    return audit.record(
        desk.store,
        desk.actor,
        "export",
        subject=contact,
        purpose="read-back",
        detail=f"{version}, {way}",
    )


def file_of(folder: Path, reference: str, now: datetime) -> Path:
    """Where a read-back would be written: a name of reference and time, of nobody's."""
    return folder / FOLDER / f"read-back-{reference}-{to_local(now):%Y%m%d-%H%M%S}.txt"


def write(file: str, text: str) -> None:
    """Write a read-back into a new file that its writer alone may read. Raises BadInput."""
    path = Path(file)
    try:
        if path.parent.name == FOLDER:
            own_folder(path.parent)
        else:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
        with open(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise BadInput(f"No file was written: {why}. Nothing else was changed.") from None
