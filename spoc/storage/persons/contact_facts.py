"""What a contact says about a child, beside the contact itself: facts, alerts and household, written with
it."""

from collections.abc import Sequence
from datetime import date, datetime

from spoc.guidance.naming import lore
from spoc.model.documents.child_from_json import ChildSaid, HouseholdInput
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.persons import names
from spoc.model.persons.match import Described
from spoc.model.persons.names import Like
from spoc.model.values.tokens import plain_words
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.persons import matching
from spoc.storage.store import Store

_ROW = ("name", "dob", "edd", "age", "nhs_number")


def commands(
    store: Store,
    actor: Actor,
    db: Database,
    children: Sequence[tuple[Person, ChildSaid]],
    contact: bytes,
    caller: str,
    now: datetime,
    received_at: str,
) -> list[Command]:
    """The commands for what was said about each child (who has an id); ``caller`` said it, if nobody else
    is named, when the contact was received. Where this differs from a known child's row it is also a
    statement: the row stays."""
    written: list[Command] = []
    for child, described in children:
        of: dict[str, Value] = {"person": child.id, "contact": contact.hex(), "at": received_at}
        facts = [*_differing(db, child), *described.facts]
        for tbl, fields in [
            *(("fact", each) for each in facts),
            *(("alert", a) for a in described.alerts),
        ]:
            values = {name: value for name, value in fields.items() if value not in ("", None)}
            written.append(
                Command(tbl, append.new_id(now), {"said_by": caller or None, **of, **values})
            )
        for member in described.household:
            person, new = _member(store, actor, db, child, member, now)
            written += new
            values = {
                name: value for name, value in member.fields.items() if value not in ("", None)
            }
            link = {"said_by": caller or None, **of, "other": person.hex(), **values}
            written.append(Command("household", append.new_id(now), link))
    return written


def _differing(db: Database, child: Person) -> list[dict[str, Value]]:
    """What was said about a known child that differs from their row."""
    row = db.conn.execute(
        f"SELECT {', '.join(_ROW)} FROM person WHERE id = ?", (bytes.fromhex(child.id),)
    ).fetchone()
    if row is None:
        return []
    found: list[dict[str, Value]] = []
    for key, data in zip(_ROW, row, strict=True):
        value = getattr(child, key)
        if value and value != data and not (key == "name" and _same_words(value, data or "")):
            since = child.age_on if key == "age" else ""
            found.append({"key": key, "value": value, "since": since})
    return found


def _same_words(one: str, other: str) -> bool:
    return sorted(plain_words(one)) == sorted(plain_words(other))


def _member(
    store: Store, actor: Actor, db: Database, child: Person, member: HouseholdInput, now: datetime
) -> tuple[bytes, list[Command]]:
    """The person for a household member: one certainly known, or already in this household under that name;
    otherwise a new one."""
    asked = Described(
        member.name,
        date.fromisoformat(member.dob) if member.dob else None,
        nhs_number=member.nhs_number,
    )
    certain = [each for each in matching.find(store, actor, asked, db=db) if each.certain]
    if len(certain) == 1:
        return bytes.fromhex(certain[0].of.id), []
    read = names.read(member.name, lore())
    for person, name, dob in db.conn.execute(
        "SELECT person.id, person.name, person.dob FROM household JOIN person ON person.id = household.other"
        " WHERE household.person = ? AND household._void = 0",
        (bytes.fromhex(child.id),),
    ):
        compared = names.compare(read, names.read(name or "", lore()), lore())
        same = compared.given == Like.SAME and compared.family in (Like.SAME, None)
        if same and (not dob or not member.dob or dob == member.dob):
            return person, []
    new = append.new_id(now)
    kind = "child" if member.child else "adult"
    fields: dict[str, Value] = {
        "name": member.name,
        "kind": kind,
        "dob": member.dob or None,
        "nhs_number": member.nhs_number or None,
    }
    return new, [Command("person", new, {k: v for k, v in fields.items() if v})]
