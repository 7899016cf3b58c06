"""A person's record for reading: all their records together, what was said, alerts, household.

Opening one leaves a view with its reason in the audit trail; ``looked`` lists who has opened it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from spoc.model.errors import NotAllowed
from spoc.model.ledger.entry import Actor
from spoc.model.persons import record as model
from spoc.model.persons.record import Alert, HouseholdMember, Statement
from spoc.model.persons.record_fields import ON_ROW
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import from_text
from spoc.storage.contacts.reading.rows import authors
from spoc.storage.driver import Database
from spoc.storage.persons import links
from spoc.storage.persons.links import Link
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_ANYBODY = Actor(bytes(16), "", "")
_CHILDREN = ("sibling", "twin", "half-sibling")
_ROW = ("name", "kind", "dob", "edd", "age", "age_on", "nhs_number", "doubt")


@dataclass(frozen=True, slots=True)
class Own:
    """One record of the person, with its own row."""

    id: bytes
    name: str = ""
    kind: str = ""
    dob: str = ""
    edd: str = ""
    age: str = ""
    age_on: str = ""
    nhs_number: str = ""
    doubt: str = ""  # the fields above that nobody has confirmed
    mother: bytes = b""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known about a person. ``own`` are the records that are one person, the one asked for
    first; ``statements`` every statement; ``alerts`` most serious first, those of brothers and sisters marked as
    theirs; ``links`` the present ones; ``named_later`` the contacts without names that belong to the same
    matter; ``cares_for`` the children to whom this person is mother, father or another carer."""

    own: tuple[Own, ...]
    statements: tuple[Statement, ...]
    alerts: tuple[Alert, ...]
    household: tuple[HouseholdMember, ...]
    links: tuple[Link, ...]
    siblings: tuple[tuple[bytes, str], ...]
    cares_for: tuple[HouseholdMember, ...] = ()

    @property
    def id(self) -> bytes:
        return self.own[0].id

    @property
    def ids(self) -> list[bytes]:
        return [each.id for each in self.own]

    def first(self, name: str) -> str:
        """A field of the record asked for, otherwise of a linked one, otherwise from the last statement."""
        own = next((value for each in self.own if (value := getattr(each, name))), "")
        return own or next((each.value for each in self.of(name)), "")

    def of(self, key: str) -> list[Statement]:
        """The present facts of one kind: all differing statements, latest first."""
        return model.differing(each for each in self.statements if each.key == key)

    def in_doubt(self, *fields: str) -> bool:
        """Whether one of these fields is in doubt, on any record of the person."""
        return any(not set(fields).isdisjoint(each.doubt.split()) for each in self.own)

    @property
    def died(self) -> Statement | None:
        return model.died(self.statements)


def read(store: Store, actor: Actor, person: bytes, db: Database | None = None) -> Record | None:
    """A person's record, by id; None if there is none. Raises NotAllowed by role."""
    require(actor.role, "person.view")
    database = db or store.reader
    ids = links.linked_records(database, person)
    own = [each for each in (_own(database, one) for one in ids) if each]
    if not own or own[0].id != person:
        return None
    lost = quiet.hidden(store, actor, database)
    lost_ids = {each.hex() for each in lost}
    if person in lost:
        raise NotAllowed(
            "This record is open to those who work the case alone; nothing was opened. Ask a named professional."
        )
    names = authors(store)
    siblings, household = _household(database, own, names)
    siblings = [each for each in siblings if each[0] not in lost]
    household = [each for each in household if each.person not in lost_ids]
    alerts = _alerts(database, ids)
    for other, name in siblings:
        alerts += [
            replace(each, sibling=name)
            for each in _alerts(database, links.linked_records(database, other))
            if not each.ended_on
        ]
    return Record(
        own=tuple(own),
        statements=(*_statements(database, ids, names), *_of_linked(own)),
        alerts=tuple(model.in_order(alerts, store.pack)),
        household=tuple(household),
        links=tuple(links.links(database, ids)),
        siblings=tuple(siblings),
        cares_for=tuple(each for each in _cares_for(database, own) if each.person not in lost_ids),
    )


def family(store: Store, person: bytes) -> tuple[list[bytes], list[tuple[bytes, str]]]:
    """All records of a person, and of the brothers and sisters whom everybody may see: for counting during
    a call, whoever takes it."""
    db = store.reader
    ids = links.linked_records(db, person)
    own = [each for each in (_own(db, one) for one in ids) if each]
    siblings, _ = _household(db, own, {})
    lost = quiet.hidden(store, _ANYBODY)
    return ids, [each for each in siblings if each[0] not in lost]


def _own(db: Database, person: bytes) -> Own | None:
    row = db.conn.execute(
        f"SELECT id, {', '.join(_ROW)}, mother FROM person WHERE id = ? AND _void = 0", (person,)
    ).fetchone()
    if row is None:
        return None
    own, *values, mother = row
    fields = dict(zip(_ROW, (str(each or "") for each in values), strict=True))
    return Own(own, **fields, mother=mother or b"")


def _dob(db: Database, of: Own) -> str:
    """When somebody was born, according to their record or else the last statement."""
    statement = db.conn.execute(
        "SELECT value FROM fact WHERE person = ? AND key = 'dob' AND _void = 0 AND sealed IS NULL"
        " ORDER BY at DESC, n DESC LIMIT 1",
        (of.id,),
    )
    return of.dob or str((statement.fetchone() or ("",))[0] or "")


def _in(ids: Sequence[bytes]) -> str:
    return f"({', '.join('?' * len(ids))})"


def _statements(db: Database, ids: Sequence[bytes], names: dict[bytes, str]) -> list[Statement]:
    return [
        Statement(
            key=key,
            value=value,
            on=_local(at),
            said_by=said_by or "",
            by=names.get(by, ""),
            contact=contact.hex() if contact else "",
            since=since or "",
            until=until or "",
            team=team or "",
            number=number or "",
            id=own.hex(),
            person=person.hex(),
        )
        for own, person, key, value, at, said_by, by, contact, since, until, team, number in db.conn.execute(
            "SELECT id, person, key, value, coalesce(at, _first_at), said_by, _by, contact, since, until, team,"
            f" number FROM fact WHERE person IN {_in(ids)} AND _void = 0 AND value IS NOT NULL"
            " AND sealed IS NULL ORDER BY at DESC, n DESC",
            list(ids),
        )
    ]


def _of_linked(own: Sequence[Own]) -> Iterable[Statement]:
    """Facts in the rows of linked records that the first record's row lacks."""
    for other in own[1:]:
        for key in ON_ROW:
            value = getattr(other, key)
            if value and value != getattr(own[0], key):
                doubt = ", in doubt" if key in other.doubt.split() else ""
                yield Statement(
                    key, value, date.min, f"a linked record{doubt}", person=other.id.hex()
                )


def _alerts(db: Database, ids: Sequence[bytes]) -> list[Alert]:
    return [
        Alert(
            code=code or "",
            on=_local(at),
            said_by=said_by or "",
            checked=checked or "",
            checked_by=checked_by or "",
            review=review or "",
            ended_on=ended or "",
            text=text or "",
            contact=contact.hex() if contact else "",
            id=own.hex(),
            person=person.hex(),
        )
        for own, person, code, at, said_by, checked, checked_by, review, ended, text, contact in db.conn.execute(
            "SELECT id, person, code, coalesce(at, _first_at), said_by, checked, checked_by, review, ended_on, text,"
            f" contact FROM alert WHERE person IN {_in(ids)} AND _void = 0 AND sealed IS NULL",
            list(ids),
        )
    ]


def _household(
    db: Database, own: Sequence[Own], names: Mapping[bytes, str]
) -> tuple[list[tuple[bytes, str]], list[HouseholdMember]]:
    """Brothers and sisters, and everybody said to live with the child or care for them."""
    members = _stated_members(db, [each.id for each in own], names)
    for person, member in _implied_members(db, own):
        members.setdefault(person, member)
    siblings = [
        (person, each.name or "a brother or sister")
        for person, each in members.items()
        if each.relation in _CHILDREN and not each.until
    ]
    return siblings, list(members.values())


def _stated_members(
    db: Database, ids: Sequence[bytes], names: Mapping[bytes, str]
) -> dict[bytes, HouseholdMember]:
    """Those whom somebody named, by their ids; of several statements the last."""
    members: dict[bytes, HouseholdMember] = {}
    for (
        link,
        person,
        other,
        relation,
        responsible,
        at,
        said_by,
        by,
        until,
        contact,
    ) in db.conn.execute(
        "SELECT id, person, other, relation, responsible, coalesce(at, _first_at), said_by, _by, until, contact"
        f" FROM household WHERE (person IN {_in(ids)} OR other IN {_in(ids)}) AND _void = 0"
        " AND sealed IS NULL ORDER BY at, n",
        [*ids, *ids],
    ):
        reversed_ = person not in ids
        if reversed_ and relation not in _CHILDREN:
            continue  # relations that are read from the other side
        whom = person if reversed_ else other
        of = _own(db, whom) if whom else None
        if of is None or whom in ids:
            continue
        members[whom] = HouseholdMember(
            person=whom.hex(),
            name=of.name,
            relation=relation or "",
            responsible=responsible or "",
            said_by=said_by or names.get(by, ""),
            on=_local(at),
            until=until or "",
            dob=_dob(db, of),
            contact=contact.hex() if contact else "",
            id=link.hex(),
        )
    return members


def _implied_members(db: Database, own: Sequence[Own]) -> Iterator[tuple[bytes, HouseholdMember]]:
    """The mother whom a record names, and her other children."""
    ids = [each.id for each in own]
    for mother in dict.fromkeys(each.mother for each in own if each.mother):
        if of := _own(db, mother):
            yield (
                mother,
                HouseholdMember(mother.hex(), of.name, "mother", dob=_dob(db, of), implied=True),
            )
        for (child,) in db.conn.execute(
            "SELECT id FROM person WHERE mother = ? AND _void = 0", (mother,)
        ).fetchall():
            of = _own(db, child)
            if of and child not in ids:
                yield (
                    child,
                    HouseholdMember(child.hex(), of.name, "sibling", dob=of.dob, implied=True),
                )


def _cares_for(db: Database, own: Sequence[Own]) -> list[HouseholdMember]:
    """The children whose mother this person is, or in whose household they are said to be as an adult."""
    ids = [each.id for each in own]
    mothers = db.conn.execute(
        f"SELECT id FROM person WHERE mother IN {_in(ids)} AND _void = 0 ORDER BY _first_at, id",
        ids,
    ).fetchall()
    found = {
        child: HouseholdMember(child.hex(), "", "mother", implied=True) for (child,) in mothers
    }
    for link, child, relation, until in db.conn.execute(
        f"SELECT id, person, relation, until FROM household WHERE other IN {_in(ids)} AND _void = 0"
        " AND sealed IS NULL ORDER BY at, n",
        ids,
    ):
        if relation not in _CHILDREN:
            found[child] = HouseholdMember(
                child.hex(), "", relation or "", until=until or "", id=link.hex()
            )
    members = ((each, _own(db, child)) for child, each in found.items() if child not in ids)
    return [replace(each, name=of.name, dob=of.dob) for each, of in members if of]


def _local(at: str) -> date:
    return to_local(from_text(at)).date()


# -- finding one -----------------------------------------------------------------------------------


def listed(
    store: Store, actor: Actor, limit: int = 50, after: bytes = b""
) -> list[tuple[bytes, str, str, str, bool]]:
    """Children and unborn babies by newest record: id, name, birth or due date, NHS number, and whether
    that is in doubt."""
    require(actor.role, "person.search")
    lost = sorted(quiet.hidden(store, actor))
    rows: list[Any] = store.reader.conn.execute(
        "SELECT id, name, coalesce(dob, edd), nhs_number, doubt FROM person WHERE kind IN ('child', 'unborn')"
        f" AND _void = 0 AND sealed IS NULL AND id NOT IN {_in(lost)}"
        " AND n < coalesce((SELECT n FROM person WHERE id = ?), 1 << 62) ORDER BY n DESC LIMIT ?",
        [*lost, after, limit],
    ).fetchall()
    return [
        (own, name or "", born or "", number or "", "nhs_number" in (doubt or "").split())
        for own, name, born, number, doubt in rows
    ]


def by_id(store: Store, actor: Actor, typed: str) -> bytes:
    """The person with this id, or with this beginning or end of at least four digits. Raises BadInput."""
    from spoc.model.errors import BadInput

    require(actor.role, "person.view")
    wanted = typed.strip().lower().replace("-", "")
    if not 4 <= len(wanted) <= 32 or set(wanted) - set("0123456789abcdef"):
        raise BadInput(
            "A person's id has 4 to 32 of the letters a to f and digits; nothing was opened. Take it from: "
            "spoc person list"
        )
    found = store.reader.conn.execute(
        "SELECT id FROM person WHERE _void = 0 AND (lower(hex(id)) GLOB ?1 || '*' OR"
        " lower(hex(id)) GLOB '*' || ?1) LIMIT 2",
        (wanted,),
    ).fetchall()
    if not found:
        raise BadInput(
            "No person has such an id; nothing was opened. Take it from: spoc person list"
        )
    if len(found) > 1:
        raise BadInput("Several persons have such an id; nothing was opened. Give more of it.")
    return bytes(found[0][0])
