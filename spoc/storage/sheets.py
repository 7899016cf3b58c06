"""Contacts as sheets again: to go on with an open one, and to copy a field from the last."""

from concurrent.futures import Future

from spoc.model.access import require
from spoc.model.entry import Actor, Command
from spoc.model.errors import BadInput
from spoc.model.fold import fold
from spoc.model.instants import utc_text
from spoc.model.sheet import Action, Kept, Person, Sheet
from spoc.storage import drafts, persons, projection
from spoc.storage.contacts import is_closed
from spoc.storage.drafts import Draft
from spoc.storage.driver import Database
from spoc.storage.store import Store

_PARTS = ("contact_person", "action", "outcome", "note")


def sheet_of(store: Store, actor: Actor, contact: bytes) -> Sheet:
    """A contact of the store as a sheet, with what was shown of each record (``kept``)."""
    require(actor.role, "contact.view")
    return _sheet(store, actor, store.reader, contact)


def _sheet(store: Store, actor: Actor, db: Database, contact: bytes) -> Sheet:
    kept = {"contact": {contact.hex(): _kept(db, "contact", contact)}}
    for tbl in _PARTS:
        rows = db.conn.execute(
            f'SELECT id FROM "{tbl}" WHERE contact = ? AND _void = 0 ORDER BY n', (contact,)
        ).fetchall()
        kept[tbl] = {record.hex(): _kept(db, tbl, record) for (record,) in rows}
    own = kept["contact"][contact.hex()].fields
    people: dict[str, list[Person]] = {"caller": [], "child": [], "mother": []}
    for link in kept["contact_person"].values():
        found = persons.get(store, actor, str(link.fields["person"]))
        if found:
            people.setdefault(str(link.fields["part"]), []).append(found)
    kinds = {field.key: field.kind for field in store.form}
    return Sheet(
        opened_at=str(own["opened_at"]),
        values={
            key: str(own[key])
            for key, kind in kinds.items()
            if kind in ("text", "code", "when") and own.get(key)
        },
        many={
            key: tuple(
                name.partition(".")[2]
                for name, value in own.items()
                if value is True and name.startswith(f"{key}.")
            )
            for key, kind in kinds.items()
            if kind == "many"
        },
        caller=next(iter(people["caller"]), Person()),
        children=tuple(people["child"]),
        identity=str(own.get("identity") or ""),
        actions=tuple(
            Action(
                code=str(each.fields.get("code") or ""),
                who=str(each.fields.get("who") or ""),
                due=str(each.fields.get("due") or ""),
                at=str(each.fields.get("at") or ""),
                id=record,
            )
            for record, each in kept["action"].items()
        ),
        outcome=next((str(each.fields["code"]) for each in kept["outcome"].values()), ""),
        notes=next((str(each.fields["text"]) for each in kept["note"].values()), ""),
        kept=kept,
    )


def last_sheet(store: Store, actor: Actor) -> Sheet | None:
    """The last contact this advisor closed, as a sheet to copy a field from; None where there is none."""
    require(actor.role, "contact.view")
    row = store.reader.conn.execute(
        "SELECT id FROM contact WHERE advisor = ? AND _void = 0 AND closed_at IS NOT NULL"
        " ORDER BY closed_at DESC LIMIT 1",
        (actor.id,),
    ).fetchone()
    return sheet_of(store, actor, row[0]) if row else None


def take_over(store: Store, actor: Actor, contact: bytes) -> "Future[Draft]":
    """Go on with an open contact, whoever began it: recorded, and a draft of one's own from now on.

    The future holds BadInput where a colleague closed it or goes on with it already.
    """
    require(actor.role, "contact.log")

    def job(db: Database) -> Draft:
        if is_closed(db, contact) or drafts.held(db, contact):
            raise BadInput("A colleague is already going on with this contact, or has closed it.")
        heads = _kept(db, "contact", contact).heads
        on = {"advisor": heads["advisor"]} if "advisor" in heads else {}
        taken = Command("contact", contact, {"advisor": actor.id.hex()}, on, "taken over")
        store.append(db, actor, [taken])
        draft = Draft(contact, actor.id, _sheet(store, actor, db, contact), utc_text(store.now()))
        drafts.put(db, draft)
        return draft

    return store.submit(job)


def _kept(db: Database, tbl: str, record: bytes) -> Kept:
    folded = fold(projection.entries_of(db, tbl, record))
    return Kept(folded.values, folded.heads)
