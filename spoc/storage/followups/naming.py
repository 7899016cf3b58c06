"""Follow-ups with the people concerned: the children, the caller, the number to ring."""

from collections.abc import Iterator
from dataclasses import replace

from spoc.model.followups.followup import FollowUp
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import sight_of
from spoc.storage.driver import Database
from spoc.storage.persons import deaths
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_AT_ONCE = 500  # ids in one statement


def with_names(store: Store, actor: Actor, found: list[FollowUp]) -> list[FollowUp]:
    """Follow-ups with the children, the caller and the number to ring, if the role may see them."""
    if not sight_of(actor.role).identifiers:
        return [replace(each, who="") for each in found]
    found = _of_attendances(store, actor, found)
    wanted = sorted({each.contact for each in found if each.contact and not each.restricted})
    people = named_people(store, actor, wanted)
    numbers: dict[bytes, str] = {}
    died: dict[bytes, str] = {}
    for part in _batches(wanted):
        marks = ", ".join("?" * len(part))
        died |= deaths.of_contacts(store.reader, part)
        numbers |= dict(
            store.reader.conn.execute(
                f"SELECT id, callback FROM contact WHERE id IN ({marks})", part
            ).fetchall()
        )
    return [
        each
        if each.restricted or not each.contact
        else replace(
            each,
            children=tuple(people.get(each.contact, {}).get("child", ())),
            caller=next(iter(people.get(each.contact, {}).get("caller", ())), ""),
            callback=numbers.get(each.contact) or "",
            died=died.get(each.contact, ""),
        )
        for each in found
    ]


def _of_attendances(store: Store, actor: Actor, found: list[FollowUp]) -> list[FollowUp]:
    """The same for those of an attendance, with its child; for a restricted one nobody is named."""
    wanted = sorted({each.attendance for each in found if each.attendance})
    names: dict[bytes, tuple[str, str, bytes | None]] = {}
    for part in _batches(wanted):
        marks = ", ".join("?" * len(part))
        names |= {
            record: (name or "", closed_to or "", person)
            for record, name, closed_to, person in store.reader.conn.execute(
                f"SELECT id, coalesce(name, called), closed_to, person FROM attendance WHERE id IN ({marks})",
                part,
            ).fetchall()
        }
    named_ones = []
    for each in found:
        name, closed_to, person = names.get(each.attendance, ("", "", None))
        if not each.attendance or each.restricted:
            named_ones.append(each)
        elif closed_to and actor.id.hex() not in closed_to.split():
            named_ones.append(replace(each, restricted=True, who=""))
        else:
            died = deaths.of_person(store.reader, person)
            named_ones.append(replace(each, children=(name,) if name else (), died=died))
    return named_ones


def named_people(
    store: Store, actor: Actor, contacts: list[bytes], db: Database | None = None
) -> dict[bytes, dict[str, list[str]]]:
    """The names of each contact's people, by the part they play, as far as the actor may see them; ``db``
    is where a restricted one is read."""
    read = db or store.reader
    lost = quiet.hidden(store, actor, read)
    people: dict[bytes, dict[str, list[str]]] = {}
    for part in _batches(contacts):
        marks = ", ".join("?" * len(part))
        for contact, role, name, own in read.conn.execute(
            "SELECT contact_person.contact, part, name, person.id FROM contact_person JOIN person ON person.id = person"
            f" WHERE contact_person.contact IN ({marks}) AND contact_person._void = 0 ORDER BY contact_person._hlc, contact_person.id",
            part,
        ):
            people.setdefault(contact, {}).setdefault(role, []).append(
                quiet.WORDS if own in lost else name or ""
            )
    return people


def _batches(ids: list[bytes]) -> Iterator[list[bytes]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]
