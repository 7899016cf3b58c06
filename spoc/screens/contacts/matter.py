"""A contact's matter: the other contacts linked to it, and linking one more."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import date, timedelta
from functools import partial
from typing import Any

from spoc.model.forms.child import Interpretation
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import NO_NAMES
from spoc.model.persons.record import died_in_short
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import from_text
from spoc.model.values.reference import reference
from spoc.screens.contacts.list_lines import when
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.screens.contacts.record import RecordScreen
from spoc.storage.contacts import visits
from spoc.storage.contacts.contacts import Part
from spoc.storage.contacts.reading import listing
from spoc.storage.contacts.reading.rows import ContactRow, by_id
from spoc.storage.desk import Desk
from spoc.storage.persons import links, persons
from spoc.widgets.forms.candidates import Candidate

_FORM = (
    Field("other", "Reference", "text", needed="Type the reference of the other contact.",
          hint="as AB37-QK2X, from the list or the read-back"),
    Field("why", "Because", "text", hint="they rang back; the same family; what follows from it"),
)  # fmt: skip
_SOON = timedelta(hours=24)


def matter_lines(desk: Desk, contact: bytes) -> Iterator[PageLine]:
    """The other contacts of the same matter; Enter opens the marked one, and its link can be taken out."""
    db = desk.store.reader
    others = [each for each in links.matter(db, [contact]) if each != contact]
    own = links.contact_links(db, contact) if others else {}
    today = to_local(desk.store.now()).date()
    for place, row in enumerate(by_id(desk.store, desk.actor, others) if others else ()):
        child = "; ".join(row.children) or {NO_NAMES: "no names"}.get(row.identity, "no child")
        text = (
            f"{reference(row.id)}, {child}, {when(row.received_at, today).strip()}: Enter opens it"
        )
        label = "" if place else "Same matter"
        yield PageLine(label, text, "bold", opens=row.id, link=own.get(row.id, b""))


def maybe_lines(desk: Desk, contact: bytes) -> Iterator[PageLine]:
    """A line if this caller also rang without naming anybody: m links the two; nothing links them by itself."""
    today = to_local(desk.store.now()).date()
    for row in visits.without_names(desk.store, desk.actor, contact)[:1]:
        text = f"{row.caller} also rang without names, {when(row.received_at, today).strip()} ({reference(row.id)}): m says whether it is one matter"
        yield PageLine("Same matter?", text, "$warning")


def died_lines(desk: Desk, children: list[bytes]) -> Iterator[PageLine]:
    """The line that a child of the contact has died, whether before or after it."""
    for child in children:
        person = persons.get(desk.store, desk.actor, child.hex())
        if person and person.died:
            text = f"{person.name}: {died_in_short(person.died)}. Letters and calls to the family stop."
            yield PageLine("DIED", text, "bold $warning")


def visit_lines(desk: Desk, own: Part) -> Iterator[PageLine]:
    """The other contacts of the same visit; Enter opens the marked one."""
    visit = own.values["visit"]
    if visit is None:
        return
    today = to_local(desk.store.now()).date()
    for place, row in enumerate(visits.others(desk.store, desk.actor, visit.hex(), own.id)):
        child = "; ".join(row.children) or {NO_NAMES: "no names"}.get(row.identity, "no child")
        text = f"{child}, {when(row.received_at, today)}: Enter opens it"
        yield PageLine("" if place else "Same visit", text, opens=row.id)


def linking(desk: Desk, contact: bytes) -> RecordScreen:
    """The card that links a contact to another as one matter; both stay as they are."""
    title = f"One matter with {reference(contact)}: a ring-back, a follow-on"
    today = to_local(desk.store.now()).date()
    known = [
        Candidate(reference(row.id), _in_brief(row, today), Interpretation(reference(row.id)))
        for row in visits.alike(desk.store, desk.actor, contact)
    ]
    write = partial(_write, desk, contact)
    return RecordScreen(desk, title, _FORM, write, contact.hex(), known={"other": known})


def _in_brief(row: ContactRow, today: date) -> str:
    """A contact in a few words: the child, when, who rang."""
    child = "; ".join(row.children) or {NO_NAMES: "no names"}.get(row.identity, "no child")
    return " · ".join(filter(None, (child, when(row.received_at, today).strip(), row.caller)))


def _write(desk: Desk, contact: bytes, fields: Mapping[str, str]) -> "Future[Any]":
    store, actor = desk.store, desk.actor
    other = listing.find(store, actor, fields["other"])
    received = sorted(from_text(row.received_at) for row in by_id(store, actor, [contact, other]))
    soon = len(received) == 2 and received[1] - received[0] <= _SOON
    kind: links.ContactLink = "ring-back" if soon else "follow-on"
    return links.link_contacts(store, actor, contact, other, kind, fields["why"])
