"""An invented desk with a store as full as after a year, its key file made to cost next to nothing.

The passphrase's Argon2 is a cost somebody chose, a quarter of a second by design; here it is the smallest
there is, so that what is measured is spoc.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from spoc.guidance.pack import load
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.forms.sheet_commands import Writing, written
from spoc.model.ledger.entry import Actor
from spoc.model.rules.guiding.guiding import guided, responded
from spoc.model.values.instants import utc_text
from spoc.storage.desk import Desk
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.persons import persons
from spoc.storage.sealing import Cost
from spoc.storage.set_up import prepare
from spoc.storage.store import Store, utc_now
from spoc.storage.upkeep import daily

PASSPHRASE = "four plain words here"
GENERIC = load("generic")
CHEAP = Cost(64, 1, 1)
CONTACTS, FEW = 2_000, 500
CALLERS = 120

_FIRST = """
    Ada Amy Ben Cal Dee Eve Fay Gus Hal Ivy Jan Kit Lee Mia Ned Ola Pam Ray Sue Tom Una Viv Wyn
"""
_LAST = """
    Alder Ash Beech Birch Brook Cedar Clay Dale Elm Fern Field Ford Grove Hazel Heath Hill Holm Lake
    Larch Lowe Marsh Moor Moss Oak Pine Pond Reed Rowan Rush Sedge Shaw Stone Thorn Vale Wood
"""
_NOTES = """
    advised mother reports fall from sofa seen today nurse on shift asked whether to refer no previous
    contact bruise to left arm child well and alert plan agreed with the doctor in charge record checked
    school informed health visitor to call tomorrow father present throughout
"""


def make(folder: Path, contacts: int = CONTACTS, role: str = "advisor") -> Desk:
    """Set up a store in a folder and fill it; close the desk when done.

    The day's backup is made, so that no program that is measured makes it.
    """
    prepared = prepare(
        folder, "Northshire", "Northtown", "Ada Advisor", role, PASSPHRASE, cost=CHEAP
    )
    prepared.commit()
    desk = prepared.open()
    fill(desk, contacts)
    daily.daily_backup(desk, utc_now())
    daily.verify_news(desk, lambda: True)
    return desk


def fill(desk: Desk, contacts: int, seed: int = 20261120) -> None:
    """Close so many contacts at a desk, a few dozen in a transaction."""
    chance, start = random.Random(seed), utc_now() - timedelta(days=365)
    callers = _people(chance, CALLERS, "professional")
    times = [start + timedelta(days=364) * number / contacts for number in range(contacts)]
    for first in range(0, contacts, CALLERS):
        batch = times[first : first + CALLERS]
        sheets = [routine(chance, at, who) for at, who in zip(batch, callers, strict=False)]
        close_all(desk, sheets, batch)
        callers = known_callers(desk.store, desk.actor)


def known_callers(store: Store, actor: Actor) -> list[Person]:
    """Every caller the store knows."""
    rows = store.reader.conn.execute("SELECT id FROM person WHERE kind = 'professional'")
    found = [persons.get(store, actor, record.hex()) for (record,) in rows.fetchall()]
    return [person for person in found if person]


def routine(chance: random.Random, at: datetime, caller: Person) -> Sheet:
    """A routine call: a caller, a child who is new, an action, an outcome, a few lines of notes."""
    return a_sheet(
        at,
        values={"callback": caller.callback or "01632 960111"},
        caller=caller,
        children=tuple(_people(chance, 1, "child")),
        notes=" ".join(chance.choices(_NOTES.split(), k=60)),
    )


def a_sheet(at: datetime, **changes: Any) -> Sheet:
    """A call sheet that lacks nothing. ``values`` are added to its own; the rest replaces."""
    values = {
        "channel": "TEL-IN",
        "hours": "in-hours",
        "service": "ED",
        "role": "nurse",
        "verified": "known-number",
        "category": "physical",
        "where_now": "ed",
        "callback": "01632 960111",
        "impact": "Sore, and frightened of the kettle.",
    }
    sheet = Sheet(
        opened_at=utc_text(at),
        values=values | changes.pop("values", {}),
        many={"issues": ("burn",)},
        caller=Person("Nora Nurse"),
        children=(Person("Molly Mulberry", "child", dob="2024-02-29", nhs_number="9990000018"),),
        actions=(Action("advice-only", at=utc_text(at)),),
        outcome="advice-accepted",
        notes="Scald from a cup of tea, seen at once.",
        answers={"considered": Answer("answered", "yes")},
    )
    sheet = replace(sheet, **changes)
    for each in guided(sheet, GENERIC.guide, at.date()).stops:
        sheet = responded(sheet, each.code, Response("overridden", why="invented"))
    return sheet


def _people(chance: random.Random, count: int, kind: str) -> list[Person]:
    first, last = _FIRST.split(), _LAST.split()
    made = []
    for _ in range(count):
        name = f"{chance.choice(last)}{chance.choice(last).lower()}, {chance.choice(first)}"
        day = f"20{chance.randint(10, 23)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        number = f"01632 960{chance.randint(0, 999):03}"
        if kind == "child":
            made.append(Person(name, kind, dob=day))
        else:
            made.append(Person(name, kind, service="ED", role="nurse", callback=number))
    return made


def close_all(desk: Desk, sheets: Sequence[Sheet], times: Sequence[datetime]) -> None:
    """Write many contacts in one transaction."""
    store, who = desk.store, desk.actor.id

    def job(db: Database) -> None:
        for sheet, at in zip(sheets, times, strict=True):
            by = Writing(
                append.new_id(at).hex(), who.hex(), at, store.hours, partial(append.new_id, at)
            )
            commands = written(sheet, by, closed=True)
            store.append(db, desk.actor, commands, at)

    store.submit(job, bulk=True).result()
