"""``python -m bench child``. Matching a name against many persons, opening a child with many events, patterns over
many events, each beside what its parts cost alone.

Persons and events go straight into the tables that screens read and into the indexes of search. Names are
made of syllables and nobody's.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench import made_up
from bench.figures import MS, Figure, median
from bench.filling import Words
from spoc.guidance.patterns import patterns
from spoc.model.persons.match import Described
from spoc.model.rules.guiding.thresholds import Event, find_patterns
from spoc.storage.driver import Database
from spoc.storage.persons import matching, person_page
from spoc.storage.persons.timeline import statement
from spoc.storage.search import search

PERSONS, FEW = 100_000, 5_000
MANY_EVENTS = 2_000  # of one child, or of a household of three
COUNTED = 100_000  # events that the rules look through
MATCHING = 3.0  # times one pass of rapidfuzz over all the names
TIMELINE = 2.0  # times the bare query
PATTERNS = 4_000.0  # ms for that many, 20 of each child, by seven rules
_OWN = "_first_at, _last_at, _by, _heads, _void"


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Every figure, in a store of its own."""
    desk = made_up.make(folder / "desk", 0)
    try:
        persons = FEW if quick else PERSONS
        names = Words(random.Random(20261126)).people[:persons]
        children = desk.store.submit(lambda db: _fill(db, desk, names)).result()
        return [
            *_matching(desk, names, 10 if quick else 40),
            _opening(desk, children[:1], "open a child"),
            _opening(desk, children[1:], "a household's timeline"),
            *_patterns(COUNTED // 20 if quick else COUNTED),
        ]
    finally:
        desk.close()


def _fill(db: Database, desk: Any, names: list[str]) -> list[bytes]:
    """Persons by these names: one of them with many contacts and notes, and three of one mother with as many between
    them; gives their ids."""
    chance = random.Random(1)
    own = ("2026-11-26T09:00:00.000Z", "2026-11-26T09:00:00.000Z", desk.actor.id, "{}", 0)
    for name in names:
        born = date(2026, 11, 26) - timedelta(days=chance.randrange(6000))
        number = f"999{chance.randrange(10**7):07d}"
        db.conn.execute(
            f"INSERT INTO person(id, name, kind, dob, nhs_number, {_OWN}) VALUES(?, ?, 'child', ?, ?, ?, ?, ?, ?, ?)",
            (chance.randbytes(16), name, born.isoformat(), number, *own),
        )
    ids = [each for (each,) in db.conn.execute("SELECT id FROM person LIMIT 5").fetchall()]
    child, mother, *others = ids
    of_mother = f"UPDATE person SET mother = ? WHERE id IN ({', '.join('?' * len(others))})"
    db.conn.execute(of_mother, (mother, *others))
    for number in range(MANY_EVENTS):
        if number >= MANY_EVENTS // 2:
            child = others[number % len(others)]
        at = f"20{10 + number % 16}-0{1 + number % 9}-1{number % 9}T09:00:00.000Z"
        contact = chance.randbytes(16)
        db.conn.execute(
            f"INSERT INTO contact(id, received_at, opened_at, closed_at, category, issues, {_OWN})"
            " VALUES(?, ?, ?, ?, 'physical', '[\"burn\"]', ?, ?, ?, ?, ?)",
            (contact, at, at, at, *own),
        )
        db.conn.execute(
            f"INSERT INTO contact_person(id, contact, person, part, {_OWN}) VALUES(?, ?, ?, 'child', ?, ?, ?, ?, ?)",
            (chance.randbytes(16), contact, child, *own),
        )
        db.conn.execute(
            f"INSERT INTO note(id, contact, text, {_OWN}) VALUES(?, ?, 'Seen again, mother well.', ?, ?, ?, ?, ?)",
            (chance.randbytes(16), contact, *own),
        )
    search.rebuild(db, desk.store.tables, desk.store.pack)
    return [ids[0], *others]


def _matching(desk: Any, names: list[str], times: int) -> list[Figure]:
    """A name with slips against all persons, beside one pass of rapidfuzz over their names."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    chance = random.Random(2)
    store, actor = desk.store, desk.actor
    matching.find(
        store, actor, Described("Nobody, Known", date(2020, 1, 1))
    )  # the words are read once
    mine, floor = [], []
    for _ in range(times):
        name = chance.choice(names)
        at = chance.randrange(2, len(name))
        asked = Described(name[: at - 1] + name[at:], date(2020, 1, 1))
        mine.append(_took(partial(matching.find, store, actor, asked)))
        one_pass = partial(process.extract, asked.name, names, scorer=OSA.distance, limit=8)
        floor.append(_took(one_pass))
    return [
        Figure(
            f"match a name against {len(names):,}", median(mine) * MS, median(floor) * MS, MATCHING
        )
    ]


def _opening(desk: Any, children: list[bytes], what: str) -> Figure:
    """The page of a child, all of it, with the events of these brothers and sisters, beside the bare statement that
    reads the events."""
    store, actor = desk.store, desk.actor
    read = statement(store.tables.values())
    bare = (json.dumps([each.hex() for each in children]), "[]")
    shown = partial(person_page.page, store, actor, children[0], household=len(children) > 1)
    mine, floor = [], []
    for _ in range(9):  # by turns, so that what else the computer does falls on both
        mine.append(_took(shown))
        floor.append(_took(lambda: store.reader.conn.execute(read, bare).fetchall()))
    assert len(shown().events) == MANY_EVENTS
    return Figure(
        f"{what} of {MANY_EVENTS:,} events", median(mine) * MS, median(floor) * MS, TIMELINE
    )


def _patterns(many: int) -> list[Figure]:
    """All rule sets over many events of many children."""
    chance = random.Random(3)
    today = date(2026, 11, 26)
    kinds = [frozenset({each}) for each in (*patterns().kinds, "attendance")]
    every = [
        [
            Event(today - timedelta(days=chance.randrange(3000)), chance.choice(kinds), id=f"{n}")
            for n in range(20)
        ]
        for _ in range(many // 20)
    ]
    rules = list(patterns().rules.values())
    mine = _took(lambda: [find_patterns(each, rules, today) for each in every])
    return [Figure(f"rule sets over {many:,} events", mine * MS, None, PATTERNS * many / COUNTED)]


def _took(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
