"""The person an attendance belongs to: attached by itself if number and birth agree, otherwise by a
reviewer's key."""

from concurrent.futures import Future
from datetime import date

from spoc.model.attendance.cell_values import age_in_months, from_text
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.persons.match import Described, Match
from spoc.model.rules.access import require
from spoc.storage.attendances.reviewing import change
from spoc.storage.attendances.showing import Shown
from spoc.storage.driver import Database
from spoc.storage.ledger import append as ledger
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.persons import matching
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store


def likely(store: Store, actor: Actor, shown: Shown) -> list[Match]:
    """The known persons who may be the child, best first, with the reasons for and against."""
    fields = shown.fields
    born = fields.get("birth_date")
    words = "" if born or age_in_months(fields.get("age")) is None else fields.get("age", "")
    asked = Described(
        name=fields.get("name", ""),
        dob=date.fromisoformat(born) if born else None,
        age=words,
        age_on=from_text(fields["arrived"]).day if words else None,
        nhs_number=fields.get("nhs_number", ""),
        address=" ".join(filter(None, (fields.get("address"), fields.get("postcode")))),
        phone=fields.get("telephone", ""),
    )
    return matching.find(store, actor, asked)


def attach(store: Store, actor: Actor, shown: Shown, person: bytes | None) -> "Future[WrittenAct]":
    """Attaches an attendance to a person; None makes a new one from the list. Raises BadInput if the list
    gives no name for a new one."""
    require(actor.role, "attendance.review")
    fields = shown.fields
    name = fields.get("name", "")
    if person is None and not name:
        raise BadInput(
            "The list gives no name: there is nobody to make a record of. Nothing was changed."
        )
    own = person or ledger.new_id(store.now())

    def job(db: Database) -> WrittenAct:
        database = restricted.reader(store, actor, shown.line.id, db)
        commands = [change(database, "attendance", shown.line.id, {"person": own.hex()})]
        if person is None:
            values: dict[str, Value] = {"name": name, "kind": "child"}
            values |= {
                column: fields[field]
                for column, field in (("dob", "birth_date"), ("nhs_number", "nhs_number"))
                if field in fields
            }
            commands.insert(0, Command("person", own, values))
        return sealed_acts.within(store, db, actor, shown.line.id, commands)

    return store.submit(job)
