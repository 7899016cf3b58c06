"""A store filled in bulk, for measuring what size costs. Benchmark data only: there is no ledger behind it.

Rows go straight into the tables that screens read and into the indexes of search. Names and words are
made of syllables and nobody's; how often each comes falls off as names and words do.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.made_up import CHEAP, PASSPHRASE
from spoc.model.rules.codes import Pack
from spoc.model.values import tokens
from spoc.model.values.instants import utc_text
from spoc.storage.desk import Desk
from spoc.storage.driver import Database, connect
from spoc.storage.ledger import projection
from spoc.storage.search import search
from spoc.storage.set_up import prepare
from spoc.storage.store import utc_now

SEED = 20261120
SURNAMES, GIVEN, WORDS = 4_000, 700, 5_000
YEARS = 10
BATCH = 20_000  # contacts in a transaction
_BULK, _USUAL = 64 << 20, 1 << 20  # bytes of words that the index gathers before it writes them
_STARTS = """
    b br c ch d f g h j k l m n p r s sh st t th tr v w
"""
_MIDDLES = """
    a e i o u ai ea oo ar er or
"""
_ENDS = """
    n l r s t m d ck ll nd st rt ne ton ley son ford by
"""


@dataclass
class Words:
    """What the rows are made of, each list with the weights by which it is drawn."""

    chance: random.Random
    surnames: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    vocabulary: list[str] = field(default_factory=list)
    pool: list[str] = field(default_factory=list)  # words already drawn, in runs
    people: list[str] = field(default_factory=list)  # names already drawn

    def __post_init__(self) -> None:
        self.surnames = [each.capitalize() for each in self._made(SURNAMES)]
        self.given = [each.capitalize() for each in self._made(GIVEN)]
        self.vocabulary = self._made(WORDS)
        self.pool = self.drawn(self.vocabulary, 1 << 19, 2.7)
        last, first = self.drawn(self.surnames, 1 << 18, 40), self.drawn(self.given, 1 << 18, 15)
        self.people = [f"{one}, {two}" for one, two in zip(last, first, strict=True)]

    def _made(self, count: int) -> list[str]:
        """Different words of one to three syllables."""
        made: dict[str, None] = {}
        starts, middles, ends = _STARTS.split(), _MIDDLES.split(), _ENDS.split()
        pick = self.chance.choice
        while len(made) < count:
            syllables = self.chance.choices((1, 2, 3), (2, 6, 3))[0]
            made["".join(pick(starts) + pick(middles) for _ in range(syllables)) + pick(ends)] = (
                None
            )
        return list(made)

    def drawn(self, words: list[str], count: int, flat: float) -> list[str]:
        """Words drawn as often as their place in the list says."""
        weights = list(accumulate(1 / (place + flat) for place in range(len(words))))
        return self.chance.choices(words, cum_weights=weights, k=count)

    def note(self) -> str:
        at = self.chance.randrange(len(self.pool) - 60)
        return " ".join(self.pool[at : at + self.chance.randint(20, 60)])

    def name(self) -> str:
        return self.people[int(self.chance.random() * len(self.people))]


def make(folder: Path, contacts: int, seed: int = SEED) -> Desk:
    """Set up a store in a folder and fill it with so many contacts; close the desk when done."""
    prepared = prepare(
        folder, "Northshire", "Northtown", "Ada Advisor", "advisor", PASSPHRASE, cost=CHEAP
    )
    prepared.commit()
    desk = prepared.open()
    db = connect(desk.store.path, desk.key)
    db.conn.execute("PRAGMA synchronous=OFF")
    _gather(db, _BULK)
    _Filling(db, desk, contacts, Words(random.Random(seed))).run()
    _gather(db, _USUAL)
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return desk


def _gather(db: Database, size: int) -> None:
    for index in ("search", "names"):
        db.conn.execute(f"INSERT INTO {index}({index}, rank) VALUES('hashsize', {size})")


class _Filling:
    """The rows of many contacts, batch by batch."""

    def __init__(self, db: Database, desk: Desk, contacts: int, words: Words) -> None:
        self.db, self.desk, self.contacts, self.words = db, desk, contacts, words
        self.chance = words.chance
        self.pack: Pack = desk.store.pack
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.callers: list[tuple[bytes, str, str]] = []
        self.children: list[tuple[bytes, str, str, str]] = []
        self.documents: list[tuple[Any, ...]] = []
        self.names: list[tuple[Any, ...]] = []
        self.seen: set[str] = set()
        self.n = dict.fromkeys(("contact", "person"), 0)
        lists = ("service", "role", "category", "issue", "action", "outcome")
        self.codes = {each: list(self.pack.lists[each]) for each in lists}
        self.said = {
            each: {code.code: f"{code.code} {code.label}" for code in codes}
            for each, codes in self.codes.items()
        }

    def run(self) -> None:
        last = utc_now()
        for _ in range(max(30, self.contacts // 60)):
            self._caller()
        for first in range(0, self.contacts, BATCH):
            for number in range(first, min(first + BATCH, self.contacts)):
                share = (self.contacts - number) / self.contacts
                self._contact(last - timedelta(days=365.25 * YEARS * share))
            self._write()

    def _id(self, at: datetime) -> bytes:
        return int(at.timestamp() * 1000).to_bytes(6, "big") + self.chance.randbytes(10)

    def _code(self, name: str) -> str:
        """A code of a list, the first ones far more often."""
        codes = self.codes[name]
        return codes[min(int(self.chance.expovariate(0.3)), len(codes) - 1)].code

    def _put(self, table: str, record: bytes, written: str, /, **values: Any) -> None:
        own = {
            "id": record,
            "_first_at": written,
            "_last_at": written,
            "_by": self.desk.actor.id,
            "_heads": "{}",
            "_conflicts": None,
            "_extra": None,
            "_amended": 0,
            "_void": 0,
        }
        self.rows.setdefault(table, []).append(own | values)

    def _person(self, at: str, record: bytes, **values: str) -> None:
        self.n["person"] += 1
        self._put("person", record, at, **values)
        name = values["name"]
        self.seen.update(tokens.plain_words(name))
        held = [values.get(each) for each in ("dob", "nhs_number")]
        marks = [
            tokens.coded("kind", values["kind"]),
            *search.person_marks(held[1], held[0], None),
        ]
        other = [values.get(each) for each in ("kind", "service", "role", "callback")]
        marks += [tokens.number(each) for each in tokens.numbers_in(other[3] or "")]
        if values.get("service"):
            other.append(self.pack.label("service", values["service"]))
        joined = (" ".join(filter(None, held)), " ".join(filter(None, other)), " ".join(marks))
        self.names.append((self.n["person"], name, *joined))

    def _caller(self) -> None:
        at = utc_now() - timedelta(days=365 * YEARS)
        record, number = self._id(at), f"01632 960{self.chance.randrange(1000):03}"
        name, service = self.words.name(), self._code("service")
        self.callers.append((record, name, number))
        self._person(
            utc_text(at), record, name=name, kind="professional", service=service,
            role=self._code("role"), callback=number,
        )  # fmt: skip

    def _child(self, at: datetime) -> tuple[bytes, str, str, str]:
        """A child who was there before, three times of ten; else a new one."""
        chance = self.chance
        if self.children and chance.random() < 0.3:
            return self.children[int(chance.random() * len(self.children))]
        record, name = self._id(at), self.words.name()
        dob = (at - timedelta(days=chance.randrange(6000))).date().isoformat()
        number = f"999{chance.randrange(10_000_000):07}"
        self._person(utc_text(at), record, name=name, kind="child", dob=dob, nhs_number=number)
        self.children.append((record, name, dob, number))
        return self.children[-1]

    def _contact(self, at: datetime) -> None:
        chance, record = self.chance, self._id(at)
        received = at - timedelta(hours=chance.randint(1, 60)) if chance.random() < 0.02 else at
        opened, when = utc_text(at), utc_text(received)
        closed = None if self.n["contact"] > self.contacts - 4 else opened
        caller, child = chance.choice(self.callers), self._child(at)
        service, category = self._code("service"), self._code("category")
        issue, action, outcome = self._code("issue"), self._code("action"), self._code("outcome")
        note, self.n["contact"] = self.words.note(), self.n["contact"] + 1
        self._put(
            "contact", record, opened, received_at=when, opened_at=opened, closed_at=closed,
            advisor=self.desk.actor.id, service=service, category=category, issues=json.dumps([issue]),
            callback=caller[2], channel="TEL-IN", identity="named",
        )  # fmt: skip
        for person, part in ((caller[0], "caller"), (child[0], "child")):
            self._put(
                "contact_person", self._id(at), opened, contact=record, person=person, part=part
            )
        self._put("action", self._id(at), opened, contact=record, code=action, at=opened)
        self._put("outcome", self._id(at), opened, contact=record, code=outcome, at=opened)
        self._put("note", self._id(at), opened, contact=record, text=note)
        coded = {"service": service, "category": category, "issue": issue, "action": action}
        coded["outcome"] = outcome
        marks = [tokens.coded("issues" if k == "issue" else k, v) for k, v in coded.items()]
        marks += [tokens.number(each) for each in tokens.numbers_in(caller[2])]
        marks += search.person_marks(child[3], child[2], None)
        marks += search.contact_marks(when, closed, self.desk.actor.id)
        self.documents.append(
            (
                search.index_row(when, self.n["contact"]),
                f"{caller[1]}\n{child[1]} {child[3]}",
                "\n".join(self.said[k][v] for k, v in coded.items()),
                f"{caller[2]}\n{note}",
                " ".join(marks),
            )
        )

    def _write(self) -> None:
        """Put what was gathered into the store."""
        execute = self.db.conn.executemany
        self.db.conn.execute("BEGIN IMMEDIATE")
        for name, rows in self.rows.items():
            columns = projection.names(self.desk.store.tables[name])
            listed, marks = (
                ", ".join(f'"{each}"' for each in columns),
                ", ".join("?" * len(columns)),
            )
            execute(f'INSERT INTO "{name}"({listed}) VALUES({marks})', _values(rows, columns))
        self.documents.sort()
        execute(
            "INSERT INTO search(rowid, people, codes, notes, marks) VALUES(?, ?, ?, ?, ?)",
            self.documents,
        )
        execute(
            "INSERT INTO names(rowid, name, known, other, marks) VALUES(?, ?, ?, ?, ?)", self.names
        )
        execute(
            "INSERT INTO name_word(term, uses) VALUES(?, 1) ON CONFLICT(term) DO NOTHING",
            [(each,) for each in sorted(self.seen)],
        )
        self.db.conn.execute("COMMIT")
        self.rows, self.documents, self.names, self.seen = {}, [], [], set()


def _values(rows: list[dict[str, Any]], columns: list[str]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row.get(each) for each in columns) for row in rows)
