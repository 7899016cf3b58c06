"""Everything that ever happened to a person or a household, in every kind of record, newest first.

A kind of record appears here through its table's description (``when``, ``tells``) and the person it names:
a person, a contact the person is in, or an attendance of theirs. Nothing expires.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from spoc.model.forms.sheet import NO_NAMES
from spoc.model.ledger.entry import Actor
from spoc.model.ledger.table import Table
from spoc.model.persons.record import Statement
from spoc.model.persons.record_fields import BY_KEY
from spoc.model.rules.access import require
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text
from spoc.storage.driver import Database
from spoc.storage.persons import links
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_WHOSE, _THEIRS = "(SELECT id FROM whose)", "(SELECT id FROM theirs)"
_WITH = (
    "WITH whose(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?1)),"
    " theirs(id) AS MATERIALIZED (SELECT contact FROM contact_person"
    "  WHERE person IN (SELECT id FROM whose) AND _void = 0"
    "  UNION SELECT unhex(value) FROM json_each(?2))"
)
# an attendance that is restricted does not show here
_OPEN = "coalesce(closed_to, '') IN ('', '[]')"
KINDS = {  # the words for each table, if they differ from its name
    "request": "request to CSC",
    "chase": "chased social care",
    "release": "information released",
    "person_link": "link",
    "contact_link": "linked contact",
    "attendance": "ED attendance",
    "review": "ED review",
    "set_aside": "set aside",
}


LINKED = {  # what a link says about two records
    "same": "the same person",
    "born": "unborn and born",
    "not-same": "not the same person",
}


class TimelineEvent(NamedTuple):
    """Something that happened: when (text as stored: UTC, or a local time), in which table and record, what
    its table tells about it (JSON), and whose it is (hex id of the person), for a household."""

    at: str
    tbl: str
    id: bytes
    fields: str
    contact: bytes | None = None
    person: str = ""


def shown_events(
    store: Store, actor: Actor, persons: Sequence[bytes], kinds: Sequence[str] = ()
) -> list[TimelineEvent]:
    """What happened to these persons, as far as the actor may see it: nothing about a baby who was lost,
    except for those who work the case."""
    lost = quiet.hidden(store, actor)
    found = events(
        store.reader, store.tables.values(), [each for each in persons if each not in lost], kinds
    )
    hidden = quiet.hidden_contacts(store, actor, {each.contact for each in found if each.contact})
    return [each for each in found if each.contact not in hidden] if hidden else found


def events(
    db: Database, tables: Iterable[Table], persons: Sequence[bytes], kinds: Sequence[str] = ()
) -> list[TimelineEvent]:
    """What happened to these persons, newest first; ``kinds`` are the tables wanted, or all if none are
    given."""
    read = statement(tables, kinds)
    if not persons or not read:
        return []
    own = json.dumps([each.hex() for each in persons])
    linked = json.dumps([each.hex() for each in _of_a_matter(db, own)])
    return list(map(TimelineEvent._make, db.conn.execute(read, (own, linked)).fetchall()))


def _of_a_matter(db: Database, own: str) -> list[bytes]:
    """The contacts with other people, or without names, that are one matter with a contact of theirs."""
    if not links.any_linked(db):
        return []
    rows = db.conn.execute(
        "SELECT DISTINCT contact FROM contact_person"
        " WHERE person IN (SELECT unhex(value) FROM json_each(?1)) AND _void = 0 AND contact IS NOT NULL",
        (own,),
    ).fetchall()
    known = {each for (each,) in rows}
    return [each for each in links.matter(db, known) if each not in known]


def statement(tables: Iterable[Table], kinds: Sequence[str] = ()) -> str:
    """The question to the store: by the ids (JSON, hex) of persons, and of contacts linked with theirs."""
    described = (each for each in tables if each.tells and (not kinds or each.name in kinds))
    return _read(tuple(described))


@cache
def _read(described: tuple[Table, ...]) -> str:
    """The one statement that reads all kinds."""
    parts = []
    for table in described:
        names = {column.name for column in table.columns}
        told_columns = ", ".join(f'"{name}"' for name in table.tells)
        when = f'coalesce("{table.when}", _first_at)' if table.when else "_first_at"
        contact = "id" if table.name == "contact" else "contact" if "contact" in names else "NULL"
        ways = []
        if table.name == "contact":
            ways.append(f"id IN {_THEIRS}")
        own = [
            name for name in ("person", "other") if name in names and table.name != "contact_link"
        ]
        ways += [f"{name} IN {_WHOSE}" for name in own]
        if table.name != "contact" and not own and "contact" in names:
            ways.append(f"contact IN {_THEIRS}")
        if "attendance" in names:
            ways.append(
                f"attendance IN (SELECT id FROM attendance WHERE person IN {_WHOSE} AND {_OPEN})"
            )
        if not ways:
            continue
        clear = " AND sealed IS NULL" if "sealed" in names else ""
        clear += " AND key IN ('address', 'authority', 'social_worker', 'died')" * (
            table.name == "fact"
        )
        clear += f" AND {_OPEN}" if "closed_to" in names else ""
        parts.append(
            f"SELECT {when}, '{table.name}', id, json_array({told_columns}), {contact},"
            f" {_person_in(names)}"
            f' FROM "{table.name}" WHERE ({" OR ".join(ways)}) AND _void = 0{clear}'
        )
    if not parts:
        return ""
    return f"{_WITH} {' UNION ALL '.join(parts)} ORDER BY 1 DESC, 3 DESC"


def _person_in(names: set[str]) -> str:
    """Whose a record of a table with these columns is, as SQL for the hex id; "" if a contact says it."""
    if "person" in names:
        return "lower(hex(person))"
    if "attendance" in names:
        return "(SELECT lower(hex(whom.person)) FROM attendance whom WHERE whom.id = attendance)"
    return "''"


def contacts_of(db: Database, persons: Iterable[bytes]) -> dict[bytes, set[bytes]]:
    """The contacts that each of these persons is in, and every other of the same matter."""
    rows = db.conn.execute(
        "SELECT person, contact FROM contact_person"
        " WHERE person IN (SELECT unhex(value) FROM json_each(?)) AND _void = 0 AND contact IS NOT NULL",
        (json.dumps([each.hex() for each in persons]),),
    ).fetchall()
    found: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for person, contact in rows:
        found[person].add(contact)
    return {person: set(links.matter(db, theirs)) for person, theirs in found.items()}


def of_person(
    store: Store, actor: Actor, person: bytes, kinds: Sequence[str] = ()
) -> list[TimelineEvent]:
    """One person's timeline, all their records together. Raises NotAllowed by role."""
    require(actor.role, "person.view")
    return shown_events(store, actor, links.linked_records(store.reader, person), kinds)


def words(event: TimelineEvent, tables: dict[str, Table], pack: Pack) -> str:
    """What happened, in words."""
    if event.tbl == "fact":
        key, value, said_by = json.loads(event.fields)
        return _fact_words(pack, key, value, said_by)
    table = tables[event.tbl]
    parts = []
    for name, value in zip(table.tells, json.loads(event.fields), strict=True):
        if not value or name == table.when or (name == "identity" and value != NO_NAMES):
            continue  # the line already begins with the time, and the heading says who it is
        column = table.column(name)
        if column and column.kind == "instant":
            parts.append(shown_instant(from_text(value)))
        elif column and column.kind == "day":
            parts.append(shown_day(date.fromisoformat(value)))
        elif column and column.kind == "many":
            parts.append(", ".join(pack.brief(column.codes, each) for each in json.loads(value)))
        elif event.tbl == "person_link" and value in LINKED:
            parts.append(LINKED[value])
        else:
            parts.append(
                pack.brief(column.codes, str(value)) if column and column.codes else str(value)
            )
    return " · ".join(parts)


def _fact_words(pack: Pack, key: str, value: str | None, said_by: str | None) -> str:
    """A fact as on the page: "GP practice: Wellington: HV"."""
    label = BY_KEY[key].label if key in BY_KEY else key
    text = Statement(key, value or "", date.min).words(pack)
    return ": ".join(filter(None, (label, text, said_by)))


def kind_words(tbl: str) -> str:
    """The name of a kind of event."""
    return KINDS.get(tbl, tbl.replace("_", " "))
