"""Requests to social care: one record per contact, an act for each of its steps, and its clocks."""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.followups.followup import KEPT, STOPPED, FollowUp
from spoc.model.followups.request import Asked, clock_id, request_id, started
from spoc.model.followups.request_steps import REQUEST_FIELDS, STEPS, Step
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.driver import Database
from spoc.storage.followups.followups import past
from spoc.storage.followups.naming import named_people
from spoc.storage.followups.reading import rows_of
from spoc.storage.ledger.append import WrittenAct, new_id
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

_HELD = ("how", "asked_by", "asked_at", "closed_at", *(each.key for each in REQUEST_FIELDS))
_TWO = (" and ", "&", "/", ";", "+")  # separates two names


@dataclass(frozen=True, slots=True)
class Chase:
    """One time that somebody rang social care for an answer."""

    at: str
    spoken_to: str
    said: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is now. ``fields`` holds its fields by name ("" if nothing was said), ``copies`` the
    codes of where copies went; ``clocks`` are its follow-ups, open and ended, earliest first."""

    id: bytes
    contact: bytes
    fields: Mapping[str, str]
    copies: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    caller: str = ""
    clocks: tuple[FollowUp, ...] = ()
    chases: tuple[Chase, ...] = ()
    heads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    disputed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return not self.fields["closed_at"]

    def first(self, now: datetime) -> FollowUp | None:
        """The earliest open clock."""
        waiting = [each for each in self.clocks if not each.ended and each.wakes]
        return min(waiting, key=lambda each: each.wakes or now, default=None)


# -- reading -------------------------------------------------------------------------------------


def of_contact(store: Store, actor: Actor, contact: bytes) -> Request | None:
    """The request that a contact made, or None. Raises NotAllowed if the actor cannot open it."""
    require(actor.role, "contact.view")
    db = restricted.reader(store, actor, contact)
    found = _read(store, actor, db, "id = ?", (bytes.fromhex(request_id(contact.hex())),))
    return next(iter(found), None)


def every(store: Store, actor: Actor, *, closed: bool = False) -> list[Request]:
    """The requests, latest asked first: the open ones, or all of them. Restricted ones are not included."""
    require(actor.role, "followup.list")
    if not sight_of(actor.role).rows:
        return []
    where = "sealed IS NULL" + ("" if closed else " AND closed_at IS NULL")
    return list(_read(store, actor, store.reader, where, ()))


def asked(store: Store, actor: Actor) -> list[Asked]:
    """Every request for counting: how it was made, how it was decided, and how many children it concerns."""
    require(actor.role, "followup.list")
    return [
        Asked(how or "", first or "", later or "", children)
        for how, first, later, children in store.reader.conn.execute(
            "SELECT how, decision, decision_after, (SELECT count(DISTINCT person) FROM contact_person"
            "  WHERE contact_person.contact = request.contact AND part = 'child' AND _void = 0)"
            " FROM request WHERE _void = 0 AND sealed IS NULL"
        )
    ]


def _read(
    store: Store, actor: Actor, db: Database, where: str, values: Iterable[Any]
) -> Iterator[Request]:
    listed = ", ".join(f'"{name}"' for name in _HELD)
    rows = db.conn.execute(
        f"SELECT id, contact, _heads, _conflicts, {listed} FROM request WHERE _void = 0 AND {where}"
        " ORDER BY asked_at DESC, id",
        tuple(values),
    ).fetchall()
    named = sight_of(actor.role).identifiers
    people = named_people(store, actor, [row[1] for row in rows], db) if named else {}
    for record, contact, heads, conflicts, *data in rows:
        fields = dict(zip(_HELD, data, strict=True))
        copies = tuple(json.loads(fields.pop("copies") or "[]"))
        codes = [each.code for each in store.pack.lists["action"] if each.clock or each.request]
        clocks = rows_of(db, contact, codes)
        log = db.conn.execute(
            "SELECT at, spoken_to, said FROM chase WHERE contact = ? AND _void = 0 ORDER BY at, _hlc, id",
            (contact,),
        )
        yield Request(
            id=record,
            contact=contact,
            fields={name: value or "" for name, value in fields.items()},
            copies=copies,
            children=tuple(people.get(contact, {}).get("child", ())),
            caller=next(iter(people.get(contact, {}).get("caller", ())), ""),
            clocks=tuple(clocks),
            chases=tuple(Chase(*(each or "" for each in row)) for row in log.fetchall()),
            heads={name: tuple(ids) for name, ids in json.loads(heads or "{}").items()},
            disputed={
                name: tuple(str(each or "") for each in values)
                for name, values in json.loads(conflicts or "{}").items()
            },
        )


# -- acts ----------------------------------------------------------------------------------------


def tell(
    store: Store, actor: Actor, request: Request, step: str, values: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Writes one step of a request from its filled-in form; the clocks that it ends or restarts end or
    restart with it, each by itself. Raises BadInput for an invalid time or name."""
    require(actor.role, "followup.act")
    each = STEPS[step]
    fields, at = _fields(store, each, values)
    commands = [*_own(store, request, each, fields, at), *_clocks(store, actor, request, each, at)]
    return store.submit(lambda db: sealed_acts.append(store, db, actor, request.contact, commands))


def close(store: Store, actor: Actor, request: Request) -> "Future[WrittenAct]":
    """Closes it: decided, with exactly one person named as referrer. The running clocks are stopped.

    Without a referrer it stays open, and a check with the caller becomes due: the future holds the
    sentence.
    """
    require(actor.role, "followup.act")
    if not request.open:
        raise BadInput("It is closed already; nothing was changed.")
    if len(request.disputed.get("referrer", ())) > 1:
        raise BadInput(
            "Two desks named different referrers: say which one it was. The request stays open."
        )
    if not request.fields["referrer"]:
        return _ask_caller(store, actor, request)
    if not request.fields["decision"]:
        raise BadInput(
            "Social care has not decided yet, or it is not written here; the request stays open."
        )
    now = utc_text(store.now())
    on = {"closed_at": request.heads["closed_at"]} if "closed_at" in request.heads else {}
    commands = [Command("request", request.id, {"closed_at": now}, on)]
    commands += [_ended(actor, clock, STOPPED, now) for clock in request.clocks if not clock.ended]
    return store.submit(lambda db: sealed_acts.append(store, db, actor, request.contact, commands))


def _ask_caller(store: Store, actor: Actor, request: Request) -> "Future[WrittenAct]":
    """Nobody is named as referrer: a check with the caller falls due, and the request stays open (W3)."""
    contact, now = request.contact.hex(), store.now()
    code = next(each for each in store.pack.lists["action"] if each.clock == "referrer")
    waiting = next(
        (each for each in request.clocks if each.code == code.code and not each.ended), None
    )
    fields = started(contact, code, utc_text(now), store.hours)
    record = bytes.fromhex(clock_id(contact, code.code))
    before = next((each for each in request.clocks if each.id == record), None)
    fields |= {"ended": None, "ended_at": None, "ended_by": None, "ended_why": None}
    on = before.heads if before else {}
    parents = {name: on[name] for name in fields if name in on}
    due = waiting.due_at if waiting else str(fields["due_at"])
    sentence = (
        f"Nobody is named as the referrer, so the request stays open. Ring the caller: due {shown_instant(from_text(due))}, "
        "and it is among the follow-ups."
    )

    def job(db: Database) -> WrittenAct:
        if waiting is None:
            command = Command("clock", record, fields, parents)
            sealed_acts.append(store, db, actor, request.contact, [command])
        return WrittenAct(b"", ())

    done: Future[WrittenAct] = store.submit(job)
    done.result()
    raise BadInput(sentence)


def _fields(store: Store, step: Step, values: Mapping[str, str]) -> tuple[dict[str, Value], str]:
    """A filled-in form's contents in the ledger's form; and when the step was (UTC text)."""
    fields: dict[str, Value] = {}
    at = utc_text(store.now())
    for each in step.form:
        text = values.get(each.key, "").strip()
        if each.key == "at" or each.key.endswith("_at"):
            at = utc_text(past(store, text))
            fields[each.key] = at
        elif each.key == "copies":
            fields[f"copies.{text}"] = True
        elif each.key == "referrer" and any(mark in f" {text} " for mark in _TWO):
            raise BadInput("Name one person, not two: the one who rang social care.")
        else:
            fields[each.key] = text or None
    return fields, at


def _own(
    store: Store, request: Request, step: Step, fields: dict[str, Value], at: str
) -> Iterator[Command]:
    if step.key == "chased":
        values: dict[str, Value] = {"contact": request.contact.hex(), **fields}
        yield Command("chase", new_id(store.now()), values)
        return
    if step.key == "decided" and request.fields["decision"]:
        raise BadInput(
            "It is already decided. After a disagreement record a later decision; a slip is corrected there too."
        )
    on = {name: request.heads[name] for name in fields if name in request.heads}
    yield Command("request", request.id, fields, on)


def _clocks(store: Store, actor: Actor, request: Request, step: Step, at: str) -> Iterator[Command]:
    """What a step does to the clocks: each has its own start, due time and verdict."""
    for clock in request.clocks:
        code = store.pack.find("action", clock.code)
        kind = code.clock if code else ""
        if clock.ended:
            continue
        if kind in step.kept:
            yield _ended(actor, clock, KEPT, at)
        elif kind in step.stopped:
            yield _ended(actor, clock, STOPPED, at)
        elif step.key == "asked" and code and code.request:
            yield _ended(actor, clock, KEPT, at)  # the ringing itself
        elif step.key == "asked" and clock.tbl == "clock" and at != clock.at:
            due = due_of(Action(clock.code, due=clock.due, at=at), store.hours)
            fields: dict[str, Value] = {
                "at": at,
                "due_at": utc_text(due.at) if due and due.at else None,
                "due_was": clock.due_at or None,
                "due_why": f"social care was asked at {shown_instant(from_text(at))}",
            }
            on = {name: clock.heads[name] for name in fields if name in clock.heads}
            yield Command(clock.tbl, clock.id, fields, on)


def _ended(actor: Actor, clock: FollowUp, how: str, at: str) -> Command:
    fields: dict[str, Value] = {"ended": how, "ended_at": at, "ended_by": actor.id.hex()}
    on = {name: clock.heads[name] for name in fields if name in clock.heads}
    return Command(clock.tbl, clock.id, fields, on)
