"""A child who died: anything for the family stops and asks; anything for professionals continues, marked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from spoc.model.forms.kinds import hours_code
from spoc.model.forms.sheet import NAMED
from spoc.model.ledger.entry import Actor
from spoc.model.persons.record import died_in_short
from spoc.model.rules.access import require
from spoc.model.values.instants import from_text
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.driver import Database
from spoc.storage.persons import links, persons
from spoc.storage.persons.record import Record
from spoc.storage.store import Store

_ISSUE = "child-death"  # its prompt covers the panel, the records, the brothers and sisters


def of_person(db: Database, person: bytes | None) -> str:
    """ "DIED 2 Nov 2026" if this was recorded on any record of the person; else ""."""
    if person is None:
        return ""
    whole = sorted(links.linked_records(db, person))
    marks = ", ".join("?" * len(whole))
    found = db.conn.execute(
        f"SELECT value FROM fact WHERE person IN ({marks}) AND key = 'died' AND _void = 0"
        " ORDER BY at DESC LIMIT 1",
        whole,
    ).fetchone()
    return died_in_short(found[0] or "") if found else ""


def is_about(details: str) -> bool:
    """Whether a contact is about a death, from its details in the timeline (JSON)."""
    return f'\\"{_ISSUE}\\"' in details


def of_contacts(db: Database, contacts: Sequence[bytes]) -> dict[bytes, str]:
    """The contacts with a child who has died, according to any of the child's records, and the words for it."""
    marks = ", ".join("?" * len(contacts))
    children = db.conn.execute(
        "SELECT contact, person, EXISTS (SELECT 1 FROM fact WHERE fact.person = contact_person.person"
        "  AND key = 'died' AND _void = 0), EXISTS (SELECT 1 FROM person_link WHERE _void = 0"
        "  AND (person_link.person = contact_person.person OR other = contact_person.person))"
        f" FROM contact_person WHERE contact IN ({marks}) AND part = 'child' AND _void = 0",
        contacts,
    ).fetchall()
    words = {
        child: of_person(db, child) for _, child, died, is_linked in children if died or is_linked
    }
    return {contact: words[child] for contact, child, *_ in children if words.get(child)}


def contact_about(store: Store, actor: Actor, record: Record) -> Draft:
    """A draft of a contact about the death, saved at once: its STOP covers who must be told (including the
    child death overview panel) and asks about the brothers and sisters, who are named in its notes."""
    require(actor.role, "contact.log")
    fresh = drafts.new(store, actor)
    child = persons.get(store, actor, record.id.hex())
    at = from_text(fresh.sheet.opened_at)
    sheet = replace(
        fresh.sheet,
        values={"hours": hours_code(at, store.hours)},
        many={"issues": (_ISSUE,)},
        children=(child,) if child else (),
        identity=NAMED,
        notes=_story(died_in_short(record.died.value) if record.died else "", record.siblings),
    )
    draft = replace(fresh, sheet=sheet)
    drafts.save(store, draft, sheet).result()
    return draft


def _story(died: str, siblings: Iterable[tuple[bytes, str]]) -> str:
    names = ", ".join(name for _, name in siblings) or "none is known here"
    return f"{died}. Brothers and sisters: {names}."
