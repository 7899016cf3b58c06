"""Possible matches at this desk: the matcher of spoc.model.persons.match over a store's persons.

Calls, emails, lists of attendances and JSON all use this. It finds the few worth comparing by the index of
names, reads them with what was said about them, and compares. It changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from spoc.guidance.naming import lore
from spoc.model.ledger.entry import Actor
from spoc.model.persons import match, probes
from spoc.model.persons.match import Described, Match
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import from_text
from spoc.storage.driver import Database
from spoc.storage.search import search, spelling
from spoc.storage.secrecy import quiet
from spoc.storage.store import Store

_MOST = 3000  # how many are compared with one person; a common name alone finds no more
_SAID = ("also", "sex", "age", "address", "phone", "dob", "nhs_number", "name")


def find(
    store: Store, actor: Actor, asked: Described, most: int = match.MOST, db: Database | None = None
) -> list[Match]:
    """Possible matches for the person asked for, best first, with the reasons. ``db`` is where to read,
    within a job. Two records linked as one are shown once; one recorded as a different child says so.

    Raises NotAllowed by role.
    """
    require(actor.role, "person.search")
    read = db or store.reader
    lost = {each.hex() for each in quiet.hidden(store, actor, read)}
    people = [
        each
        for each in candidates(read, asked, lambda word: spelling.near_spellings(store, word))
        if each.id not in lost
    ]
    return _without_links(read, asked, match.matches(asked, people, lore(), most))


def candidates(
    db: Database, asked: Described, near: Callable[[str], Iterable[str]]
) -> list[Described]:
    """The persons worth comparing with the one asked for."""
    looked_for = probes.probes(asked, lore(), near)
    ways = [" AND ".join(search.any_of(sorted(marks)) for marks in probe) for probe in looked_for]
    found = _met(db, ways, ("child", "unborn", "adult"))
    if asked.mother and (asked.edd or asked.dob):
        found += _children_of(db, asked.mother, near)
    return described(db, [each for each in dict.fromkeys(found) if each.hex() != asked.id])


def _met(db: Database, ways: Sequence[str], kinds: Iterable[str]) -> list[bytes]:
    """The persons of these kinds whose marks match one of the expressions."""
    if not ways:
        return []
    either = " OR ".join(f"({way})" for way in ways)
    of = search.any_of([probes.kind_mark(each) for each in kinds])
    rows = db.conn.execute(
        "SELECT person.id FROM names CROSS JOIN person ON person.n = names.rowid"
        " WHERE names MATCH ? AND person._void = 0 ORDER BY names.rowid DESC LIMIT ?",
        (f"marks : (({either}) AND {of})", _MOST),
    ).fetchall()
    return [each[0] for each in rows]


def _children_of(db: Database, mother: str, near: Callable[[str], Iterable[str]]) -> list[bytes]:
    """The children, born or not, of anybody who may be this mother."""
    asked = probes.probes(Described(mother), lore(), near)
    ways = [" AND ".join(search.any_of(sorted(marks)) for marks in probe) for probe in asked]
    mothers = _met(db, ways, ("adult",))[:50]
    rows = db.conn.execute(
        f"SELECT id FROM person WHERE mother IN ({', '.join('?' * len(mothers))}) AND _void = 0",
        mothers,
    ).fetchall()
    return [each[0] for each in rows]


def described(db: Database, ids: Sequence[bytes]) -> list[Described]:
    """Persons in the form for comparison: their present values, and what else was said."""
    found: list[Described] = []
    for at in range(0, len(ids), 500):
        some = ids[at : at + 500]
        marks = ", ".join("?" * len(some))
        fields: defaultdict[bytes, defaultdict[str, list[tuple[str, str]]]]
        fields = defaultdict(lambda: defaultdict(list))
        for person, key, value, when in db.conn.execute(
            f"SELECT person, key, value, at FROM fact WHERE person IN ({marks}) AND _void = 0"
            " AND value IS NOT NULL ORDER BY at DESC, _hlc DESC, id DESC",
            some,
        ):
            fields[person][key].append((value, when or ""))
        for row in db.conn.execute(
            "SELECT person.id, person.name, person.dob, person.edd, person.age, person.age_on,"
            " person.nhs_number, person.doubt, mother.name"
            " FROM person LEFT JOIN person AS mother ON mother.id = person.mother"
            f" WHERE person.id IN ({marks})",
            some,
        ):
            found.append(_described(row, fields[row[0]]))
    return found


def _described(row: Any, found: dict[str, list[tuple[str, str]]]) -> Described:
    own, name, dob, edd, age, age_on, number, doubt, mother = row

    def first(key: str) -> tuple[str, str]:
        return next(iter(found.get(key, ())), ("", ""))

    if not age:
        age, words = first("age")
        age_on = to_local(from_text(words)).date().isoformat() if age and words else None
    return Described(
        name=name or "",
        dob=_day(dob or first("dob")[0]),
        age=age,
        age_on=_day(age_on),
        edd=_day(edd),
        nhs_number=number or first("nhs_number")[0],
        address=first("address")[0],
        phone=first("phone")[0],
        mother=mother or "",
        sex=first("sex")[0],
        also=tuple(each for key in ("also", "name") for each, _ in found.get(key, ())),
        id=own.hex(),
        doubted="nhs_number" in (doubt or "").split(),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _without_links(db: Database, asked: Described, found: Sequence[Match]) -> list[Match]:
    """Each person once; a person recorded as not the one asked for has that as a reason against."""
    if not found:
        return []
    ids = [bytes.fromhex(each.of.id) for each in found]
    marks = ", ".join("?" * len(ids))
    rows = db.conn.execute(
        "SELECT person, other, kind FROM person_link WHERE _void = 0"
        f" AND (person IN ({marks}) OR other IN ({marks}))",
        [*ids, *ids],
    ).fetchall()
    other: set[str] = set()
    whole: defaultdict[str, set[str]] = defaultdict(set)
    for one, two, kind in rows:
        a, b = one.hex(), two.hex()
        if kind == "not-same":
            other |= {b} if a == asked.id else {a} if b == asked.id else set()
        else:
            whole[a].add(b)
            whole[b].add(a)
    shown: list[Match] = []
    for each in found:
        own = each.of.id
        if any(other.of.id in whole[own] for other in shown):
            continue
        if own in other:
            against = (*each.against, "said to be another person")
            each = replace(each, against=against, certain=False)
        shown.append(each)
    return shown
