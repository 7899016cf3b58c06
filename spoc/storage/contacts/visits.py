"""The contacts of one visit: a ward round or a clinic that concerns several children."""

from dataclasses import replace

from spoc.guidance.intake import columns
from spoc.model.forms.new_sheet import visit_words
from spoc.model.forms.sheet import NO_NAMES, Person, Sheet, with_child
from spoc.model.ledger.entry import Actor
from spoc.model.persons.in_text import described_in
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import sheets
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.storage.persons import links, matching, persons
from spoc.storage.store import Store

_ALIKE = 9  # how many contacts are offered as the same matter


def others(
    store: Store, actor: Actor, visit: str, contact: bytes, before: str = "9"
) -> list[ContactRow]:
    """The other contacts of a visit (hex id of its first), in the order they were begun.

    ``before`` leaves out those begun later (UTC text).
    """
    require(actor.role, "contact.view")
    if not visit:
        return []
    found = store.reader.conn.execute(
        "SELECT id FROM contact WHERE visit = ? AND id <> ? AND opened_at <= ? AND _void = 0"
        " ORDER BY opened_at, id",
        (bytes.fromhex(visit), contact, before),
    ).fetchall()
    rows = {row.id: row for row in contacts.by_id(store, actor, [record for (record,) in found])}
    return [rows[record] for (record,) in found if record in rows]


def words(store: Store, actor: Actor, sheet: Sheet, contact: bytes) -> str:
    """Which child of its visit a call begins with; "" if it belongs to none."""
    before = others(store, actor, sheet.visit, contact, sheet.opened_at)
    return visit_words(row.children for row in before) if before else ""


def caller_of(store: Store, actor: Actor, contact: bytes) -> Person:
    """The caller of a contact as the store now knows them."""
    return sheets.sheet_of(store, actor, contact).caller


def without_names(store: Store, actor: Actor, contact: bytes) -> list[ContactRow]:
    """Other contacts without names that this one's caller made within a day, and that are not linked to it
    yet, latest first: it may be the same matter, named later."""
    require(actor.role, "contact.view")
    found = store.reader.conn.execute(
        "SELECT other.id FROM contact own, contact other"
        " WHERE own.id = ? AND other.id <> own.id AND other.identity = ? AND other._void = 0"
        " AND other.sealed IS NULL AND own.sealed IS NULL"
        " AND abs(julianday(own.received_at) - julianday(other.received_at)) <= 1"
        " AND (SELECT person FROM contact_person WHERE contact = own.id AND part = 'caller' AND _void = 0)"
        " = (SELECT person FROM contact_person WHERE contact = other.id AND part = 'caller' AND _void = 0)",
        (contact, NO_NAMES),
    ).fetchall()
    linked = links.matter(store.reader, [contact])
    ids = [each for (each,) in found if each not in linked]
    return contacts.by_id(store, actor, ids) if ids else []


def alike(store: Store, actor: Actor, contact: bytes) -> list[ContactRow]:
    """The contacts that may be the same matter as this one and are not linked to it: first those without
    names that its caller made at about that time, then the latest about its children or from its caller."""
    without = without_names(store, actor, contact)
    linked = {contact, *links.matter(store.reader, [contact]), *(each.id for each in without)}
    found = store.reader.conn.execute(
        "SELECT DISTINCT other.contact FROM contact_person own, contact_person other, contact"
        " WHERE own.contact = ? AND own._void = 0 AND own.part IN ('child', 'caller')"
        " AND other.person = own.person AND other._void = 0 AND contact.id = other.contact"
        " AND contact._void = 0 AND contact.sealed IS NULL"
        " ORDER BY contact.received_at DESC LIMIT ?",
        (contact, _ALIKE + len(linked)),
    ).fetchall()
    ids = [each for (each,) in found if each not in linked]
    return [*without, *(contacts.by_id(store, actor, ids) if ids else ())][:_ALIKE]


def known_caller(store: Store, actor: Actor, name: str) -> Person | None:
    """The only known caller with exactly this name; None if there is none, or more than one."""
    wanted = " ".join(name.split()).casefold()
    if not wanted:
        return None
    found = persons.suggest(store, actor, name, ("professional",))
    same = [each.person for each in found if each.person.name.casefold() == wanted]
    return same[0] if len(same) == 1 else None


def children_of_mail(store: Store, actor: Actor, sheet: Sheet, text: str) -> tuple[Sheet, str]:
    """The sheet with the children for whom an email gives an NHS number and a date of birth that the desk
    knows, if nothing contradicts them; and a sentence about others it may mention. Nobody else is added to
    the sheet."""
    require(actor.role, "contact.log")
    today = to_local(store.now()).date()
    sure, likely = list[str](), list[str]()
    for asked in described_in(text, columns().fields, today):
        found = matching.find(store, actor, asked, 3)
        certain = [each for each in found if each.certain]
        child = persons.get(store, actor, certain[0].of.id) if len(certain) == 1 else None
        if child:
            sheet = with_child(sheet, child)
            sure.append(child.name)
        else:
            likely += [f"{each.of.name} ({', '.join(each.reasons)})" for each in found[:1]]
    if sure:
        sheet = replace(sheet, came={**sheet.came, "child": "email"})
    parts = (
        [f"By NHS number and date of birth it is about {', '.join(sure)}: look."] if sure else []
    )
    parts += [f"It may be about {'; '.join(likely)}: type the name."] if likely else []
    return sheet, " ".join(parts)
