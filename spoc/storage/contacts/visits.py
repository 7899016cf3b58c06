"""The contacts of one visit: a ward round or a clinic, in which several children are spoken of."""

from spoc.model.forms.new_sheet import visit_words
from spoc.model.forms.sheet import Person, Sheet
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.storage.contacts import contacts, sheets
from spoc.storage.contacts.contacts import Row
from spoc.storage.persons import persons
from spoc.storage.store import Store


def others(store: Store, actor: Actor, visit: str, contact: bytes, before: str = "9") -> list[Row]:
    """The other contacts of a visit (hex id of its first), in the order they were begun.

    ``before`` leaves out what was begun later (UTC text).
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
    """Which child of its visit a contact that is being taken begins with; "" where it is of none."""
    before = others(store, actor, sheet.visit, contact, sheet.opened_at)
    return visit_words(row.children for row in before) if before else ""


def caller_of(store: Store, actor: Actor, contact: bytes) -> Person:
    """The caller of a contact as the store knows them now."""
    return sheets.sheet_of(store, actor, contact).caller


def known_caller(store: Store, actor: Actor, name: str) -> Person | None:
    """The one known caller of just this name; None where there is none, or more than one."""
    wanted = " ".join(name.split()).casefold()
    if not wanted:
        return None
    found = persons.suggest(store, actor, name, ("professional",))
    same = [each.person for each in found if each.person.name.casefold() == wanted]
    return same[0] if len(same) == 1 else None
