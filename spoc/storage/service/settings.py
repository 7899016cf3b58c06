"""The service's settings: records like any other, so that a change has an author and syncs."""

import json
from concurrent.futures import Future
from contextlib import suppress
from datetime import date

from spoc.guidance.calendar import bank_holidays
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.ids import derived
from spoc.model.rules import clock
from spoc.model.rules.access import require
from spoc.model.rules.codes import Pack
from spoc.storage.driver import Database
from spoc.storage.ledger.append import Written
from spoc.storage.store import Store

LIST_KEY = "list_key"  # keys the marks by which rows of lists are known again


def record_of(key: str) -> bytes:
    """The record of a setting: the same on every desk, so that two that differ are seen."""
    return derived("setting", key)


def command(key: str, value: str, on: tuple[str, ...] = ()) -> Command:
    """Set one setting, on top of the entries that stood for it."""
    return Command(
        "setting", record_of(key), {"key": key, "value": value}, {"value": on} if on else {}
    )


def all_of(db: Database) -> dict[str, str]:
    """Every setting by key: ``service``, ``desk``, ``pack``, and what else was set."""
    return dict(db.conn.execute("SELECT key, value FROM setting WHERE _void = 0").fetchall())


def hours(settings: dict[str, str], pack: Pack, body: str = "desk") -> clock.Hours:
    """The opening hours of a body (``desk``, ``csc``): as set here, else as the pack has them.

    The service's closure days are the desk's own: social care goes by England's calendar alone.
    """
    holidays, known_until = bank_holidays()
    closed = closures(settings.get("closures", "")) if body == "desk" else ()
    try:
        week = clock.parse_week(settings.get(f"hours.{body}") or pack.hours[body])
    except (
        BadInput
    ):  # of a later version, or another desk's slip: nothing stops the desk from opening
        week = clock.parse_week(pack.hours[body])
    return clock.Hours(
        week=week,
        closures=frozenset(closed),
        bank_holidays=holidays,
        known_until=known_until,
        others={
            each.code: hours(settings, pack, each.body)
            for each in pack.lists["action"]
            if body == "desk" and each.body
        },
    )


def closures(text: str) -> list[date]:
    """The closure days that a setting holds: ISO dates with blanks or commas between; what is none is left out."""
    found = []
    for word in text.replace(",", " ").split():
        with suppress(ValueError):
            found.append(date.fromisoformat(word))
    return found


def take(store: Store) -> None:
    """Take in the settings that were changed since the store was opened, and the hours they make."""
    store.settings = all_of(store.reader)
    store.hours = hours(store.settings, store.pack)


def change(store: Store, actor: Actor, key: str, value: str) -> "Future[Written]":
    """Set one setting of the service, on top of what stands. In force from the next start."""
    require(actor.role, "desk.setup")
    return recorded(store, actor, key, value)


def recorded(store: Store, actor: Actor, key: str, value: str) -> "Future[Written]":
    """Write a setting on top of what stands; whoever calls it has asked whether the actor may."""

    def job(db: Database) -> Written:
        row = db.conn.execute(
            "SELECT _heads FROM setting WHERE id = ?", (record_of(key),)
        ).fetchone()
        on = tuple(json.loads(row[0]).get("value", ())) if row else ()
        return store.append(db, actor, [command(key, value, on)])

    return store.submit(job)
