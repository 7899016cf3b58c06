"""Opening an advice contact from a review: its sheet begins with what the list says about the child, and the
two are linked."""

from dataclasses import replace

from spoc.model.forms.kinds import hours_code
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.model.values.instants import from_text
from spoc.storage.attendances.reviewing import write
from spoc.storage.attendances.showing import Shown
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.driver import Database
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.store import Store

CHANNEL = "ED-SAFETY-NET"


def advice_contact(store: Store, actor: Actor, shown: Shown) -> Draft:
    """A draft about the child of an attendance, saved at once, and linked to the attendance."""
    require(actor.role, "contact.log")
    fresh = drafts.new(store, actor)
    fields = shown.fields
    child = Person(
        name=fields.get("name") or fields.get("called") or "",
        kind="child",
        dob=fields.get("birth_date", ""),
        nhs_number=fields.get("nhs_number", ""),
    )
    values = {
        "channel": CHANNEL,
        "hours": hours_code(from_text(fresh.sheet.opened_at), store.hours),
    }
    if store.pack.find("service", shown.line.site):
        values["service"] = shown.line.site
    sheet = replace(fresh.sheet, values=values, children=(child,), notes=_story(shown))
    draft = replace(fresh, sheet=sheet)

    def job(db: Database) -> WrittenAct:
        record, changes = shown.line.id, {f"contacts.{draft.id.hex()}": True}
        return write(store, db, actor, record, {("attendance", record): changes})

    drafts.save(store, draft, sheet).result()
    store.submit(job).result()
    return draft


def _story(shown: Shown) -> str:
    """What the list says, as the first lines of the contact's notes."""
    line, fields = shown.line, shown.fields
    parts = [
        f"From the ED safety net: {line.site}, attendance {line.number}, {line.arrived.replace('T', ' ')}."
    ]
    parts += [
        f"{name.capitalize()}: {fields[name]}"
        for name in ("complaint", "diagnosis")
        if fields.get(name)
    ]
    parts += [each.title for each in shown.flags] and [
        "Flags: " + ", ".join(each.title for each in shown.flags)
    ]
    return "\n".join(parts)


def named_professionals(store: Store) -> tuple[bytes, ...]:
    """The named professionals of the service."""
    rows = store.reader.conn.execute(
        "SELECT id FROM user WHERE role = 'named-professional' AND _void = 0"
    )
    return tuple(each[0] for each in rows.fetchall())


def attendances_of(store: Store, contact: bytes) -> list[tuple[bytes, str, str]]:
    """The attendances whose review opened a contact: id, site, arrival."""
    return list(
        store.reader.conn.execute(
            "SELECT a.id, a.site, a.arrived FROM attendance a"
            " WHERE a._void = 0 AND EXISTS (SELECT 1 FROM json_each(a.contacts) WHERE value = ?)",
            (contact.hex(),),
        ).fetchall()
    )
