"""Settings of the service and of the desk: records like any other, so that a change has an author and syncs."""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import date, time, timedelta

from spoc.guidance.calendar import bank_holidays
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.fold import fold
from spoc.model.ledger.ids import derived
from spoc.model.ledger.table import Value
from spoc.model.rules import clock
from spoc.model.rules.access import require
from spoc.model.rules.codes import NOW, Pack
from spoc.model.rules.settings import DESK, SERVICE, scope_of
from spoc.storage.driver import Database
from spoc.storage.ledger import belief, projection
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.migrations import local
from spoc.storage.service import packs
from spoc.storage.store import Store

LIST_KEY = "list_key"  # keys the marks that recognise rows of lists


def own_desk(db: Database) -> str:
    """The key for this desk's own settings: its stream (hex)."""
    return _own_streams(db)[-1]


def _own_streams(db: Database) -> list[str]:
    """The streams of this desk, the present one last; an extract has its desk's written in it."""
    former = [each["stream"] for each in local(db, "former_streams") or []]
    return local(db, "desk_streams") or [*former, str(local(db, "stream"))]


def record_of(key: str, desk: str = "") -> bytes:
    """A setting's record: the service's is the same on every desk, so that a conflict is noticed; each
    desk's own is different."""
    return derived("setting", key, *filter(None, [desk]))


def command(key: str, value: str, on: tuple[str, ...] = (), *, desk: str = "") -> Command:
    """The command that sets one setting and replaces the entries ``on``; ``desk`` is given for a desk's own
    setting."""
    if (scope_of(key) == DESK) != bool(desk) or not scope_of(key):
        raise ValueError(
            f"the setting {key} must say whether it is the service's or a desk's: see spoc.model.rules.settings"
        )
    fields: dict[str, Value] = {"key": key, "value": value, **({"desk": desk} if desk else {})}
    return Command("setting", record_of(key, desk), fields, {"value": on} if on else {})


def all_of(db: Database) -> dict[str, str]:
    """Every setting that applies here, by key: the service's, and this desk's own."""
    own = [bytes.fromhex(each) for each in _own_streams(db)]
    found: dict[str, str] = {}
    of_this_desk: dict[str, tuple[int, str]] = {}
    for key, value, desk in db.conn.execute(
        "SELECT key, value, desk FROM setting WHERE _void = 0"
    ).fetchall():
        if scope_of(key) == SERVICE and desk is None:
            found[key] = value
        elif scope_of(key) == DESK and desk in own:
            of_this_desk[key] = max(of_this_desk.get(key, (-1, "")), (own.index(desk), value))
        elif scope_of(key) == DESK and desk is None and key not in of_this_desk:
            early = _of_an_early_version(db, key, own)
            of_this_desk |= {} if early is None else {key: (-1, early)}
    for key in ("service", "pack"):
        if key in found:
            found[key] = _chosen(db, record_of(key), found[key])
    if "desk" in of_this_desk and of_this_desk["desk"][0] >= 0:
        at, shown = of_this_desk["desk"]
        of_this_desk["desk"] = (at, _chosen(db, record_of("desk", own[at].hex()), shown))
    return found | {key: value for key, (_, value) in of_this_desk.items()}


def _chosen(db: Database, record: bytes, shown: str) -> str:
    """The value that counts for a setting that every desk sets when it begins: what somebody changed it to,
    or else what it was when the service, or this desk, began. The values with which other desks begin change
    nothing."""
    entries = [
        each
        for each in projection.entries_of(db, "setting", record)
        if "value" in (each.fields or {})
    ]
    if len(entries) < 2:
        return shown
    counts = [each for each in entries if each.parents] or [
        min(entries, key=lambda each: (belief.root_of(db, each), each.hlc, each.id))
    ]
    return str(fold(counts).values["value"])


def _of_an_early_version(db: Database, key: str, own: Sequence[bytes]) -> str | None:
    """This desk's value of a setting from an early version, which knew only one desk; None if there is none."""
    entries = projection.entries_of(db, "setting", record_of(key))
    values = [each.fields["value"] for each in entries if each.stream in own and each.fields]
    return str(values[-1]) if values else None


def packs_named(db: Database, present: str) -> list[packs.Wanted]:
    """The packs that the service's setting names (``present``) and named before, the latest first."""
    found = []
    for each in projection.entries_of(db, "setting", record_of("pack")):
        named = db.conn.execute("SELECT name FROM user WHERE id = ?", (each.actor,)).fetchone()
        signed = db.conn.execute("SELECT 1 FROM signature WHERE act = ?", (each.act,)).fetchone()
        text = str((each.fields or {}).get("value", ""))
        found.append(
            (each.hlc, packs.Wanted(text, named[0] if named else "Somebody", bool(signed)))
        )
    every = [each for _, each in sorted(found, key=lambda one: one[0], reverse=True)]
    nobodys = packs.Wanted(present, "Somebody", signed=True)  # set without the ledger
    first = next((each for each in every if each.pack == present), nobodys)
    return [first, *(each for each in every if each is not first)]


def hours(settings: dict[str, str], pack: Pack, body: str = "desk") -> clock.Hours:
    """The opening hours of a body (``desk``, ``csc``): as set here, otherwise from the pack.

    The service's closure days are only the desk's: social care follows England's calendar.
    """
    holidays, known_until = bank_holidays()
    closed = closures(settings.get("closures", "")) if body == "desk" else ()
    try:
        week = clock.parse_week(settings.get(f"hours.{body}") or pack.hours[body])
    except BadInput:
        # from a later version, or another desk's slip: nothing may stop the desk from opening
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
        tonight=time.fromisoformat(pack.hours["tonight"]),
        grace=pack.limits.get(NOW, timedelta(0)),
    )


def closures(text: str) -> list[date]:
    """The closure days in a setting: ISO dates separated by blanks or commas; anything else is left out."""
    found = []
    for word in text.replace(",", " ").split():
        with suppress(ValueError):
            found.append(date.fromisoformat(word))
    return found


def take(store: Store) -> None:
    """Reads the settings again, and the hours that follow from them."""
    store.settings = all_of(store.reader)
    store.hours = hours(store.settings, store.pack)


def change(store: Store, actor: Actor, key: str, value: str) -> "Future[WrittenAct]":
    """Changes one setting of the service, from the next start."""
    require(actor.role, "desk.setup")
    return recorded(store, actor, key, value)


def recorded(store: Store, actor: Actor, key: str, value: str) -> "Future[WrittenAct]":
    """Writes a setting that replaces the current one; the caller has checked whether the actor may."""

    def job(db: Database) -> WrittenAct:
        desk = own_desk(db) if scope_of(key) == DESK else ""
        row = db.conn.execute(
            "SELECT _heads FROM setting WHERE id = ?", (record_of(key, desk),)
        ).fetchone()
        on = tuple(json.loads(row[0]).get("value", ())) if row else ()
        changed = [command(key, value, on, desk=desk)]
        if key == "pack":
            packs.must_be_adopted(db, value, all_of(db))
        elif key.startswith(packs.key_of("")):
            pack_id = key.removeprefix(packs.key_of(""))
            made = packs.adopted({key: value}, pack_id)
            changed += packs.pack_commands(
                db, pack_id, made.digest if made else "", store.path.parent
            )
        return store.append(db, actor, changed)

    return store.submit(job)
