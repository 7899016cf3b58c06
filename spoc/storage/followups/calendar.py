"""The service's calendar: its closure days, the hours of the desk and of social care; and what a change
moves."""

import re
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date, timedelta
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.followups import followup
from spoc.model.followups.followup import FollowUp
from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import may
from spoc.model.rules.clock import parse_week, to_local
from spoc.model.values.dates import counted, parse_day
from spoc.storage.driver import Database
from spoc.storage.followups.reading import READ, follow_ups, sealed
from spoc.storage.secrecy import sealed_acts
from spoc.storage.service import settings
from spoc.storage.store import Store

KEYS = ("closures", "hours.desk", "hours.csc")
NONE = "none"
_MOVES = "followup.act"  # the command that moves a due time
_ELAPSED = re.compile(r"\d+[mh]")

_YEARS = timedelta(days=800)  # a day that is another one seen from then has no year of its own


def change(store: Store, actor: Actor, key: str, value: str) -> tuple[str, int]:
    """Sets a key of the calendar, in force at once; returns the stored value, and how many open due times
    moved. "none" (or nothing) clears the closures and brings back the pack's hours. Raises BadInput."""
    text = "" if value.strip().casefold() in ("", NONE) else value.strip()
    if key == "closures":
        text = _closures(text, to_local(store.now()).date())
    elif text:
        parse_week(text)
    settings.change(store, actor, key, text).result()
    settings.take(store)
    return text, work_out_again(store, actor).result()


def moved_words(role: str, moved: int) -> str:
    """The sentence about open due times after somebody with a role changed the calendar."""
    if may(role, _MOVES):
        return f"{counted(moved, 'open due time')} moved."
    return "Open due times move when somebody who follows them up signs in."


def _closures(text: str, today: date) -> str:
    words = text.replace(",", " ").split()
    try:
        days = {parse_day(word, today) for word in words}
        if days != {parse_day(word, today + _YEARS) for word in words}:
            raise BadInput("a day without its year")
    except BadInput:
        raise BadInput(
            "Closure days are dates with their year such as 24/12/26, separated by spaces, or none; nothing was changed."
        ) from None
    return " ".join(sorted(day.isoformat() for day in days))


def work_out_again(store: Store, actor: Actor) -> "Future[int]":
    """Recalculates every open due time if the calendar may have changed; returns how many moved. One that
    ended or is late keeps its verdict. For restricted contacts, somebody who can open them does this. Each
    change is an entry that says from when to when and why. If the actor may not write one, they all wait
    for the next person here who may."""
    if not may(actor.role, _MOVES):
        return store.submit(lambda db: 0)
    now = store.now()
    of_sealed = [
        (each, fields)
        for each in sealed(store, actor)
        if not _ELAPSED.fullmatch(each.due)
        and (fields := followup.calendar_change(each, store.hours, now))
    ]
    counted = "ended IS NULL AND (substr(due, -2) IN ('wd', 'mo') OR due GLOB '????-??-??')"
    changes = [
        Command(each.tbl, each.id, fields, _on(each, fields), str(fields["due_why"]))
        for each in follow_ups(store.reader, READ.format(counted), ())  # elapsed times never move
        if (fields := followup.calendar_change(each, store.hours, now))
    ]

    def job(db: Database) -> int:
        if changes:
            store.append(db, actor, changes, now)
        for each, values in of_sealed:
            change = Command(each.tbl, each.id, values, _on(each, values), str(values["due_why"]))
            if each.contact:
                sealed_acts.append(store, db, actor, each.contact, [change])
            else:
                sealed_acts.within(store, db, actor, each.attendance, [change])
        return len(changes) + len(of_sealed)

    return store.submit(job, bulk=True)


def _on(each: FollowUp, fields: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: each.heads[name] for name in fields if name in each.heads}
