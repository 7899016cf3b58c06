"""One attendance with everything a reviewer needs: as sent, its flags and why, the child's history, the
reviews."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from spoc.model.attendance.cell_values import from_text
from spoc.model.attendance.flags import Flag, raised
from spoc.model.attendance.row import FIELDS
from spoc.model.errors import BadInput, NotAllowed
from spoc.model.followups.followup import FollowUp
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.storage.attendances import listing
from spoc.storage.attendances.listing import WorklistRow
from spoc.storage.attendances.stored import history
from spoc.storage.contacts.reading.rows import authors
from spoc.storage.driver import Database
from spoc.storage.followups.reading import of_attendance
from spoc.storage.persons import links, patterns
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

_NEAR = timedelta(days=7)  # days within which brothers and sisters came


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review, present or former."""

    id: bytes
    at: str
    by: str
    disposition: str
    basis: str
    note: str
    one_key: bool
    items: Mapping[int, str]
    flags: tuple[str, ...]
    contact: bytes | None
    void: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """A share with one team: copied, then sent."""

    id: bytes
    to_whom: str
    copied_at: str
    sent_at: str
    address: str
    by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An attendance in full. ``missed`` are the later lists that cover its day but do not contain it."""

    line: WorklistRow
    fields: Mapping[str, str]
    sent: Mapping[str, str]
    notes: str
    flags: Sequence[Flag]
    earlier: Sequence[WorklistRow]
    contacts: Sequence[tuple[bytes, str, str]]
    reviews: Sequence[Reviewed]
    shares: Sequence[Shared]
    letters: Sequence[tuple[str, str, str]]
    agreed: Sequence[FollowUp]
    lists: Sequence[str]
    lists_at: str
    family: Sequence[WorklistRow]
    person: bytes | None
    pattern: Sequence[str]
    missed: Sequence[str]
    doubt: str  # the fields of the person that nobody has confirmed

    def unsure(self, field: str) -> str:
        """The mark after a doubtful field of the person; "" if none is needed."""
        return " (in doubt)" if field in self.doubt.split() else ""


def get(store: Store, actor: Actor, record: bytes, db: Database | None = None) -> Shown:
    """An attendance in full. Raises BadInput if there is none; NotAllowed if the actor cannot open it."""
    require(actor.role, "attendance.view")
    db = db or store.reader
    found = listing.by_id(store, actor, [record])
    if not found:
        raise BadInput("There is no such attendance; nothing was changed.")
    line = found[0]
    if line.closed:
        raise NotAllowed(
            "This attendance is restricted, and not open to you. Ask a named professional."
        )
    columns = ", ".join(f'"{name}"' for name in FIELDS)
    database = restricted.reader(store, actor, record, db)
    sent, notes, lists, person, opened, *values = database.conn.execute(
        f"SELECT sent, notes, lists, person, contacts, {columns} FROM attendance WHERE id = ?",
        (record,),
    ).fetchone()
    fields = {name: value for name, value in zip(FIELDS, values, strict=True) if value}
    intakes = _intakes(db, json.loads(lists or "[]"))
    flags = raised(
        fields, store.pack.book, history(db, fields, line.site), listing.local_now(store)
    )
    return Shown(
        line,
        fields,
        json.loads(sent or "{}"),
        notes or "",
        flags,
        _earlier(store, actor, fields, record),
        _contacts(db, person, json.loads(opened or "[]"), fields),
        _reviews(store, database, record),
        _shares(store, database, record),
        database.conn.execute(
            "SELECT kind, at, text FROM letter WHERE attendance = ? AND _void = 0 ORDER BY n",
            (record,),
        ).fetchall(),
        of_attendance(database, record),
        [each[0] for each in intakes],
        intakes[-1][1] if intakes else "",
        _family(store, actor, line),
        person,
        _pattern(store, person),
        _missed(db, line),
        _doubt(database, person)
        or _doubt(db, person)
        or _number_doubt(db, fields.get("nhs_number")),
    )


def _doubt(db: Database, person: bytes | None) -> str:
    found = db.conn.execute("SELECT doubt FROM person WHERE id = ?", (person,)).fetchone()
    return str(found[0] or "") if found else ""


def _number_doubt(db: Database, number: str | None) -> str:
    """The same if the number is in doubt on anybody's record, whoever the child is."""
    found = db.conn.execute(
        "SELECT 1 FROM person WHERE nhs_number = ? AND doubt LIKE '%nhs_number%' AND _void = 0",
        (number,),
    ).fetchone()
    return "nhs_number" if number and found else ""


def _earlier(
    store: Store, actor: Actor, fields: Mapping[str, str], record: bytes
) -> list[WorklistRow]:
    number, born = fields.get("nhs_number"), fields.get("birth_date")
    if not number or not born:
        return []
    ids = store.reader.conn.execute(
        "SELECT id FROM attendance WHERE nhs_number = ? AND birth_date = ? AND id <> ? AND _void = 0",
        (number, born, record),
    ).fetchall()
    found = listing.by_id(store, actor, [each[0] for each in ids])
    return sorted(found, key=lambda each: each.arrived, reverse=True)


def _pattern(store: Store, person: bytes | None) -> list[str]:
    """What the adopted rule sets find about the child in everything the desk has, calls as well as visits."""
    if person is None:
        return []
    in_force = patterns.adopted(store.reader)
    found = patterns.patterns_of(
        store, sorted(links.linked_records(store.reader, person)), (), in_force
    )
    return patterns.lines(found, in_force)


def _family(store: Store, actor: Actor, line: WorklistRow) -> list[WorklistRow]:
    """Others with the same family name and postcode who came through within a week: household, never the
    same person."""
    family = line.name.split(",")[0].strip()
    if not family or not line.postcode:
        return []
    day = from_text(line.arrived).day
    ids = store.reader.conn.execute(
        "SELECT id FROM attendance WHERE arrived >= ? AND arrived < ? AND id <> ? AND _void = 0"
        " AND adult IS NULL AND replace(postcode, ' ', '') = ? AND lower(substr(name, 1, ?)) = ?",
        (
            str(day - _NEAR),
            str(day + _NEAR),
            line.id,
            line.postcode.replace(" ", ""),
            len(family),
            family.lower(),
        ),
    ).fetchall()
    found = listing.by_id(store, actor, [each[0] for each in ids])
    return [each for each in found if not line.nhs_number or each.nhs_number != line.nhs_number]


def _contacts(
    db: Database, person: bytes | None, opened: Sequence[str], fields: Mapping[str, str]
) -> list[tuple[bytes, str, str]]:
    """The contacts about this child, by number and date of birth, and those opened from its review: id,
    when, category."""
    number, born = fields.get("nhs_number"), fields.get("birth_date")
    marks = ", ".join("?" * len(opened))
    return list(
        db.conn.execute(
            "SELECT DISTINCT contact.id, contact.received_at, contact.category FROM person"
            " JOIN contact_person ON contact_person.person = person.id AND contact_person._void = 0"
            " JOIN contact ON contact.id = contact_person.contact AND contact.sealed IS NULL"
            " WHERE (person.id = ? OR (person.nhs_number = ? AND person.dob = ?)"
            f" OR contact.id IN ({marks})) AND person._void = 0"
            " AND contact._void = 0 ORDER BY contact.received_at DESC",
            (person, number, born, *(bytes.fromhex(each) for each in opened)),
        ).fetchall()
    )


def _reviews(store: Store, db: Database, record: bytes) -> list[Reviewed]:
    names = authors(store)
    items = ", ".join(f"item_{n}" for n in range(1, 9))
    return [
        Reviewed(
            own, at or "", names.get(by, ""), disposition or "", basis or "", note or "", bool(one_key),
            {n: answer for n, answer in enumerate(answers, 1) if answer},
            tuple(json.loads(flags or "[]")), contact, bool(void),
        )
        for own, at, by, disposition, basis, note, one_key, flags, contact, void, *answers in db.conn.execute(
            "SELECT review.id, at, review._by, disposition, basis, note, one_key, flags, contact,"
            f" review._void, {items} FROM review"
            " WHERE attendance = ? ORDER BY review.n DESC",
            (record,),
        ).fetchall()
    ]  # fmt: skip


def _shares(store: Store, db: Database, record: bytes) -> list[Shared]:
    names = authors(store)
    rows = db.conn.execute(
        "SELECT id, to_whom, copied_at, sent_at, address, _by FROM share"
        " WHERE attendance = ? AND _void = 0 ORDER BY n",
        (record,),
    ).fetchall()
    return [
        Shared(own, to_whom or "", copied_at or "", sent_at or "", address or "", names.get(by, ""))
        for own, to_whom, copied_at, sent_at, address, by in rows
    ]


def _intakes(db: Database, ids: Sequence[str]) -> list[tuple[str, str]]:
    marks = ", ".join("?" * len(ids))
    return list(
        db.conn.execute(
            f"SELECT files, at FROM intake WHERE id IN ({marks}) AND _void = 0 ORDER BY at",
            [bytes.fromhex(each) for each in ids],
        ).fetchall()
    )


def _missed(db: Database, line: WorklistRow) -> list[str]:
    """The times of later lists of this site and day that go beyond its arrival but do not contain it."""
    rows = db.conn.execute(
        "SELECT intake.at FROM listing JOIN intake ON intake.id = listing.intake"
        " WHERE listing.site = ? AND listing.day = ? AND listing._void = 0 AND intake.state = 'done'"
        " AND listing.first <= ? AND listing.last >= ?"
        " AND NOT EXISTS (SELECT 1 FROM json_each(listing.numbers) WHERE value = ?)"
        " AND intake.at > (SELECT min(at) FROM intake i JOIN json_each("
        "   (SELECT lists FROM attendance WHERE id = ?)) e ON lower(hex(i.id)) = e.value)"
        " ORDER BY intake.at",
        (line.site, line.arrived[:10], line.arrived, line.arrived, line.number, line.id),
    ).fetchall()
    return [each[0] for each in rows]
