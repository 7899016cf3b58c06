"""Calls every public function of the storage that acts for somebody. It finds the functions itself and
invents arguments by their names and types: many calls are refused, and the others really act."""

import importlib
import inspect
import pkgutil
import random
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from samples import a_sheet
from storage.test_who_may import EXCUSED, INSIDE, functions

import spoc.storage as storage
from spoc.model.attendance.review import Review
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import ROLES
from spoc.storage.attendances import showing
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk
from spoc.storage.desks import conflicts
from spoc.storage.followups import queue, requests, unborn
from spoc.storage.persons import record
from spoc.storage.service import users
from spoc.storage.service.second import ALONE

# What is no act of somebody at a desk, and why not.
_MAKES, _ENTERS, _PART = "makes or fills a store", "lets somebody in", "a part of acts"
APART = {
    "upkeep.demo.fill": _MAKES, "set_up.prepare": _MAKES, "set_up.recover": _ENTERS,
    "desk.sign_in": _ENTERS, "desk.open_for": _ENTERS, "desk.hand_over": _ENTERS, "desk.unlock": _ENTERS,
    "desks.vouching.vouch": _ENTERS, "service.users.to_its_end": _PART, "service.users.write": _PART,
    "service.users.record": _PART, "upkeep.daily.back_up": "copies the whole store: see test_backup.py",
}  # fmt: skip
_WRITES = re.compile(r"\.act\(|store\.append\(|sealed_acts\.(?:append|write)\(|audit\.record\(")
_WORDS = (
    "rang back",
    "kettle",
    "heard again",
    "t+1",
    "t",
    "same",
    "record",
    "",
    "Ada",
    "2026-11-19",
)


def acts() -> list[tuple[str, Callable[..., Any]]]:
    """Each by its name, from the folder of the storage on."""
    return [
        (name, each)
        for name, each in (*functions(), *_at_a_desk())
        if name not in APART and EXCUSED.get(name) != INSIDE and not name.startswith("upkeep.")
    ]


def writing() -> Iterator[str]:
    """The public functions of the storage whose own words write an act."""
    for module in pkgutil.walk_packages(storage.__path__, "spoc.storage."):
        for name, each in vars(importlib.import_module(module.name)).items():
            own = getattr(each, "__module__", "") == module.name and not name.startswith("_")
            if own and inspect.isfunction(each) and _WRITES.search(inspect.getsource(each)):
                yield f"{module.name.removeprefix('spoc.storage.')}.{name}"


def _at_a_desk() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.walk_packages(storage.__path__, "spoc.storage."):
        for name, each in vars(importlib.import_module(module.name)).items():
            own = getattr(each, "__module__", "") == module.name and not name.startswith("_")
            if own and inspect.isfunction(each):
                parameter = inspect.signature(each).parameters.get("desk")
                if parameter is not None and parameter.annotation is Desk:
                    yield f"{module.name.removeprefix('spoc.storage.')}.{name}", each


class Caller:
    """Calls at a desk, in the name of somebody."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self.desk, self.chance = desk, chance
        self.wrote: dict[str, int] = {}  # how many entries each function has left
        self.spared = {each.id for each in users.all(desk.store, desk.actor)}  # stay what they are

    def entries(self) -> int:
        (many,) = self.desk.store.reader.conn.execute("SELECT count(*) FROM entry").fetchone()
        return int(many)

    def call(self, name: str, function: Callable[..., Any], actor: Actor) -> None:
        """Call it once; what it refuses, or cannot do with such arguments, is not done."""
        before = self.entries()
        with suppress(Exception):
            given = {
                each.name: self._value(each, actor)
                for each in inspect.signature(function).parameters.values()
                if each.default is each.empty or self.chance.random() < 0.3
                if each.kind is not each.VAR_KEYWORD
            }
            done = function(**given)
            done = list(done) if inspect.isgenerator(done) else done
            if hasattr(done, "result") and not isinstance(done, MagicMock):
                done.result(10)
        self.desk.store.submit(lambda db: None).result()
        if self.entries() > before:
            self.wrote[name] = self.wrote.get(name, 0) + self.entries() - before

    # -- arguments ---------------------------------------------------------------------------------

    def _value(self, parameter: inspect.Parameter, actor: Actor) -> Any:
        store, name, said = self.desk.store, parameter.name, parameter.annotation
        if name in ("store", "actor", "db", "folder", "desk") and said is not bytes:
            return {
                "store": store, "actor": actor, "db": store.reader, "folder": self.desk.folder,
                "desk": replace(self.desk, actor=actor),
            }[name]  # fmt: skip
        special = self._special(name, str(getattr(said, "__name__", said)), actor)
        if special is not None:
            return special
        kinds = typing.get_args(said) or (said,)
        for kind in kinds:
            found = self._plain(name, typing.get_origin(kind) or kind)
            if found is not None:
                return found
        return MagicMock()

    def _special(self, name: str, kind: str, actor: Actor) -> Any:
        store, pick = self.desk.store, self.chance.choice
        contact, person = self._id("contact"), self._id("person")
        match kind.rpartition(".")[2]:
            case "Draft":
                return drafts.new(store, actor)
            case "Sheet":
                return a_sheet(store.now(), notes=pick(_WORDS))
            case "Part":
                return pick(contacts.get(store, actor, contact))
            case "FollowUp":
                return pick(queue.page(store, actor))
            case "Request":
                return pick(requests.every(store, actor))
            case "Unborn":
                return pick(unborn.board(store, actor))
            case "ConflictSides":
                return pick(conflicts.open_conflicts(store, actor))
            case "Shown":
                return showing.get(store, actor, self._id("attendance"))
            case "Record":
                return record.read(store, actor, person)
            case "Measure":
                return pick(list(store.pack.measures.values()))
            case "Review":
                return Review("shared", "record", {3: "raised", 8: "nothing"})
            case "Beside":
                return ALONE
            case "User":
                return pick(users.all(store, actor))
            case "Pack":
                return store.pack
        return None

    def _plain(self, name: str, kind: Any) -> Any:
        store, pick = self.desk.store, self.chance.choice
        if kind is bytes:
            tables = {"other": "person", "record": "", "intake": "intake", "aside": "set_aside"}
            tbl = tables.get(name, name)
            return self._id(tbl if tbl in store.tables else pick(sorted(store.tables)))
        if kind is str:
            codes = [each.code for each in store.pack.lists[pick(("issue", "action", "outcome"))]]
            return {
                "code": pick(codes), "role": pick(list(ROLES)), "tbl": pick(sorted(store.tables)),
                "key": pick(("closures", "idle_minutes", "hours.desk")), "passphrase": "seven words",
            }.get(name, pick(_WORDS))  # fmt: skip
        if kind in (Mapping, dict):
            fields = ("text", "name", "code", "why", "by", "due", "relation", "on", "category")
            return {each: pick(_WORDS) for each in self.chance.sample(fields, 3)}
        if kind in (Sequence, list, tuple):
            return [self._id(pick(("contact", "attendance", "person")))]
        return {
            int: 3, bool: pick((True, False)), date: date(2026, 11, 19), datetime: store.now(), Path: None,
        }.get(kind)  # fmt: skip

    def _id(self, tbl: str) -> bytes:
        """The id of some record of a kind; of nothing, where there is none."""
        if tbl not in self.desk.store.tables:
            tbl = self.chance.choice(sorted(self.desk.store.tables))
        found = self.desk.store.reader.conn.execute(
            f'SELECT id FROM "{tbl}" ORDER BY id'
        ).fetchall()
        ids = [each for (each,) in found if each not in self.spared]
        return self.chance.choice(ids) if ids else bytes(16)
