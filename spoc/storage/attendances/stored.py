"""The stored attendances, for an import or a review: by record, and by child."""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from spoc.guidance.naming import lore
from spoc.model.attendance.cell_values import from_text
from spoc.model.attendance.flags import History
from spoc.model.attendance.reconcile import StoredAttendance
from spoc.model.attendance.row import FIELDS, GONE
from spoc.model.attendance.visits import Visit, events
from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import Value
from spoc.model.persons.match import Described, compare
from spoc.model.rules.guiding.thresholds import find_patterns
from spoc.model.values.dates import shown_day
from spoc.storage.driver import Database
from spoc.storage.persons import matching, patterns

_NAMED = 5  # up to this many days are named one by one


@dataclass(slots=True)
class AttendanceRow:
    """An attendance as it is, in the store or in this batch."""

    fields: dict[str, str]
    marks: list[str]
    adult: bool
    flags: list[str]
    heads: Mapping[str, Sequence[str]]
    reviewed: bool
    void: bool
    person: bytes | None = None
    site: str = ""
    sent: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> StoredAttendance:
        return StoredAttendance(self.fields, self.marks, self.adult, self.sent)


_COLUMNS = ", ".join(f'"{name}"' for name in FIELDS)


def rows(db: Database, ids: Sequence[bytes]) -> Iterator[tuple[bytes, AttendanceRow]]:
    marks = ", ".join("?" * len(ids))
    for record, seen, adult, flags, heads, reviewed, void, person, sent, *values in db.conn.execute(
        f"SELECT id, marks, adult, flags, _heads, reviewed, _void, person, sent, {_COLUMNS} FROM attendance"
        f" WHERE id IN ({marks})",
        list(ids),
    ).fetchall():
        fields = {name: value for name, value in zip(FIELDS, values, strict=True) if value}
        yield (
            record,
            AttendanceRow(
                fields,
                json.loads(seen or "[]"),
                bool(adult),
                json.loads(flags or "[]"),
                json.loads(heads),
                reviewed is not None,
                bool(void),
                person,
                sent=json.loads(sent or "{}"),
            ),
        )


def history(
    db: Database, fields: Mapping[str, str], site: str, beside: Iterable[AttendanceRow] = ()
) -> History:
    """The child's earlier attendances in the store and in the same batch, by number and date of birth, and
    what the adopted rule sets find in them."""
    number, born = fields.get("nhs_number"), fields.get("birth_date")
    if not number or not born:
        return History()
    rows = db.conn.execute(
        "SELECT arrived, site, flags, attendance_category FROM attendance"
        " WHERE nhs_number = ? AND birth_date = ? AND arrived < ? AND _void = 0 AND state IS NULL",
        (number, born, fields["arrived"]),
    ).fetchall()
    visits = {
        (arrived, at): Visit(arrived, at, json.loads(flags or "[]"), kind or "")
        for arrived, at, flags, kind in rows
    }
    for each in beside:
        own = each.fields
        if own.get("state") in GONE:
            continue
        if own.get("nhs_number") == number and own["arrived"] < fields["arrived"]:
            visit = Visit(own["arrived"], each.site, each.flags)
            visits.setdefault((own["arrived"], each.site), visit)
    earlier = [(arrived, at, visit.flags) for (arrived, at), visit in sorted(visits.items())]
    rules = [each for each in patterns.adopted(db) if "attendance" in each.rule.counts]
    if not rules:
        return History(earlier)
    own_category = fields.get("attendance_category", "")
    now = Visit(fields["arrived"], site, category=own_category)
    found = find_patterns(
        events({**visits, (now.arrived, site): now}.values()),
        [each.rule for each in rules],
        from_text(fields["arrived"]).day,
    )
    reached = patterns.lines(replace(found, near=()), rules)
    near = patterns.lines(replace(found, hits=()), rules)
    if reached:
        first = min(hit.days[0] for hit in found.hits)
        reached += _without_list(db, first, from_text(fields["arrived"]).day)
    return History(earlier, reached, near)


def _without_list(db: Database, first: date, last: date) -> list[str]:
    """The sites and days in a period without a list: what a count may have missed."""
    found: dict[str, set[str]] = {}
    for site, day in db.conn.execute(
        "SELECT DISTINCT site, day FROM listing WHERE _void = 0 AND day BETWEEN ? AND ?",
        (str(first), str(last)),
    ).fetchall():
        found.setdefault(site, set()).add(day)
    parts = []
    for site, days in sorted(found.items()):
        wanted = ((first + timedelta(days=n)) for n in range((last - first).days + 1))
        lacks = [day for day in wanted if str(day) not in days]
        if lacks:
            shown = ", ".join(shown_day(day) for day in lacks[:_NAMED])
            more = f" and {len(lacks) - _NAMED} more days" if len(lacks) > _NAMED else ""
            parts.append(f"There is no list for {site} for {shown}{more}.")
    return parts


def attach(
    db: Database, key: bytes, commands: dict[bytes, Command], record: bytes, row: AttendanceRow
) -> Command | None:
    """Attaches an attendance (its command is changed) to the person whose number and date of birth agree, unless
    something contradicts; returns the person, if new. Anything less is left to the reviewer."""
    command, fields = commands[record], row.fields
    number, born, name = (fields.get(each) for each in ("nhs_number", "birth_date", "name"))
    if not number or not born or not name or row.person or "parent" in command.fields:
        return None
    asked = Described(name, date.fromisoformat(born), nhs_number=number)
    person, known = _person_of(db, asked, key)
    made = commands.get(person)  # from an earlier row of the batch
    if not person or (made and not _agree(asked, replace(asked, name=str(made.fields["name"])))):
        return None
    row.person = person
    commands[record] = replace(command, fields={**command.fields, "person": person.hex()})
    new: dict[str, Value] = {"name": name, "kind": "child", "dob": born, "nhs_number": number}
    return None if known else new_person(db, person, new)


def _person_of(db: Database, asked: Described, key: bytes) -> tuple[bytes, bool]:
    """The only person with this number and date of birth, and whether there is one. If there are several, or
    something contradicts (a number in doubt, another first name), none is chosen: the id is then b"".

    If there is none, the id is a new person's, the same on every desk of the service; it is keyed, so that
    nobody can derive the number from it.
    """
    number, born = asked.nhs_number, str(asked.dob)
    rows = db.conn.execute(
        "SELECT id FROM person WHERE nhs_number = ? AND dob = ? AND _void = 0 AND sealed IS NULL",
        (number, born),
    ).fetchall()
    own = hmac.digest(key, f"person\0{number}\0{born}".encode(), "sha256")[:16]
    sealed = db.conn.execute("SELECT sealed FROM person WHERE id = ?", (own,)).fetchone()
    if len(rows) > 1 or (sealed and sealed[0]):  # only a restricted attendance mentions them
        return b"", True
    if not rows:
        return own, False
    (known,) = matching.described(db, [rows[0][0]])
    return (rows[0][0] if _agree(asked, known) else b""), True


def _agree(asked: Described, known: Described) -> bool:
    met = compare(asked, known, lore())
    return bool(met and met.certain)


def new_person(db: Database, person: bytes, fields: dict[str, Value]) -> Command:
    """The command that makes a person, or restores one that was withdrawn."""
    withdrawn = db.conn.execute("SELECT _heads FROM person WHERE id = ?", (person,)).fetchone()
    if withdrawn:
        fields["_void"] = False
    heads = json.loads(withdrawn[0]) if withdrawn else {}
    return Command(
        "person", person, fields, {name: tuple(heads[name]) for name in fields if name in heads}
    )
