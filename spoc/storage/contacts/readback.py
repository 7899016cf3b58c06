"""A read-back's contents, from the store; and the record that it was copied."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from spoc.model.documents.readback.readback_words import Call
from spoc.model.forms.sheet import Sheet
from spoc.model.ledger.entry import Command
from spoc.model.rules.access import may, require
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts, outcomes
from spoc.storage.contacts.call import guidance_facts, sheets
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.storage.secrecy import sealed_acts
from spoc.storage.service import settings


def of_sheet(
    desk: Desk, contact: bytes, sheet: Sheet, *, advisor: str = "", closed: bool = False
) -> Call:
    """The read-back of a call in progress; ``advisor`` is its advisor, or else the person at the desk."""
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
    """The read-back of a contact in the store with what was added since: every note, the latest outcome."""
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
    """Who gave an outcome, and at which office."""
    return ", ".join(filter(None, (outcome["said_by"], outcome["office"])))


def given(desk: Desk, contact: bytes) -> None:
    """Records when a contact's read-back was first shown for reading out, which counts as given."""
    require(desk.actor.role, "contact.view")
    store, actor = desk.store, desk.actor
    if contacts.get(store, actor, contact)[0].values["read_back_at"] or not may(
        actor.role, "contact.amend"
    ):
        return
    command = Command("contact", contact, {"read_back_at": utc_text(store.now())})
    store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [command])).result()


def record(desk: Desk, contact: bytes, version: str, way: str) -> "Future[None]":
    """Leaves the audit entry for an export: which version of which contact, and how it went out."""
    require(desk.actor.role, "contact.view")
    return audit.record(
        desk.store,
        desk.actor,
        "export",
        subject=contact,
        purpose="read-back",
        detail=f"{version}, {way}",
    )
