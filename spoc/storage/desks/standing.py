"""How far this desk and the others are in sync: what is unsent, what each has confirmed, what waits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.rules.settings import STALE_HOURS
from spoc.model.values.instants import from_text
from spoc.storage.desks import both_ways, clocks, conflicts, places, shut_out
from spoc.storage.desks import group as groups
from spoc.storage.desks.both_ways import Split
from spoc.storage.driver import Database
from spoc.storage.ledger.held import held_back
from spoc.storage.ledger.splits import waiting
from spoc.storage.migrations import local
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Other:
    """Another desk: when it was last heard from (``heard``, None if never), how many contacts it then had,
    and how many of this desk's entries it lacked. ``asked`` names who asked to shut it out, ``shut`` says
    that it is shut out. ``silent``: it has been quiet for longer than a day (``stale_hours``), though each
    desk reports once a day; ``ahead`` is how far its clock is ahead of what counts as right (negative: behind);
    ``heard`` is by this computer's clock."""

    id: bytes
    name: str
    fingerprint: str
    heard: datetime | None
    contacts: int
    lacks: int
    asked: tuple[str, ...] = ()
    shut: bool = False
    silent: bool = False
    ahead: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of sync. ``place`` is the one in the setting; ``unsent`` is how many entries it lacks;
    ``unfilled``: this desk has never received all of the service's records; ``asking``: it is waiting to be
    let in, and ``fingerprint`` is then compared."""

    place: str
    last: datetime | None
    unsent: int
    others: tuple[Other, ...]
    conflicts: int
    held: tuple[str, ...]
    unfilled: bool
    asking: bool
    fingerprint: str
    splits: tuple[Split, ...] = ()
    problems: tuple[str, ...] = ()  # from the last sync: damaged files, and what else went wrong
    ahead: timedelta = timedelta()  # this computer's clock, if it is wrong, as for another desk
    missing: int = 0  # others' entries that exist but are not here


def standing(store: Store, actor: Actor) -> Standing:
    """The state of sync. Raises NotAllowed by role."""
    require(actor.role, "sync.run")
    db = store.reader
    place = store.settings.get("sync", "")
    known = places.known(db)
    here = places.of_setting(db, place)
    ends = places.last_of_records(db)
    unsent = places.count_unsent(db, here) if here else 0
    keys = local(db, "desk_keys")
    own = bytes.fromhex(keys["id"]) if keys else b""
    own_streams = {
        each.hex(): last for each, last in ends.items() if each.hex() == local(db, "stream")
    }
    fields = places.witnessed(db)
    gone = shut_out.asked(db)
    right = clocks.right(db)
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())

    def other(member: groups.DeskMember) -> Other:
        signed = fields.get(member.id.hex())
        heads = signed["heads"] if signed else {}
        heard, ahead = _heard(signed, right, store.now())
        revoked = gone.get(member.id)
        return Other(
            id=member.id,
            name=(signed and signed["name"]) or member.name,
            fingerprint=member.fingerprint,
            heard=heard,
            contacts=signed["contacts"] if signed else 0,
            lacks=max(0, sum(last - heads.get(each, [0])[0] for each, last in own_streams.items())),
            asked=tuple(names.get(each, "unknown") for each in revoked.by) if revoked else (),
            shut=revoked is not None and revoked.in_force,
            silent=heard is None or store.now() - heard > stale(store),
            ahead=ahead,
        )

    others = [other(member) for desk, member in groups.every(db).items() if desk != own]
    last = known.get(here, {}).get("at", "")
    return Standing(
        place=place,
        last=from_text(last) if last else None,
        unsent=unsent,
        others=tuple(sorted(others, key=lambda each: each.name)),
        conflicts=conflicts.count(db, actor.id),
        held=tuple(held_back(db)),
        unfilled=bool(local(db, "unfilled")),
        asking=bool(local(db, "joining")),
        fingerprint=groups.own_fingerprint(db),
        splits=tuple(both_ways.waiting(db)),
        problems=tuple(known.get(here, {}).get("problems", ())),
        ahead=clocks.wrong_by(store),
        missing=_missing(
            db, fields.values(), {*own_streams, *(each.hex() for each in places.trails(db))}
        ),
    )


def _heard(
    signed: Mapping[str, Any] | None, right: clocks.Right, now: datetime
) -> tuple[datetime | None, timedelta]:
    """When another desk last signed how far its streams go, by this computer's clock, and how far its own clock is ahead of what
    counts as right."""
    if signed is None:
        return None, timedelta()
    at, off = from_text(signed["at"]), clocks.said(signed)
    if off is None:  # an earlier version: only a clock that is ahead shows
        return at, max(at - now, timedelta())
    return at - off + right.here, off - right.usual


def _missing(db: Database, heads: Iterable[Mapping[str, Any]], own: Collection[str]) -> int:
    """How many entries of other desks' streams are not here: gaps, and what other desks signed that they have."""
    found = db.conn.execute(
        "SELECT hex(stream), max(seq), count(DISTINCT seq) FROM entry GROUP BY stream"
    ).fetchall()
    here = {stream.lower(): (last, many) for stream, last, many in found}
    ends = {stream: last for stream, (last, _) in here.items()}
    for each in heads:
        trails = each.get("audit")  # an earlier version does not say this
        for stream, (last, _) in each["heads"].items():
            if stream in ends or (trails is not None and stream not in trails):
                ends[stream] = max(ends.get(stream, 0), last)
    skipped = {*own, *waiting(db)}
    return sum(
        last - here.get(stream, (0, 0))[1] for stream, last in ends.items() if stream not in skipped
    )


def not_shared(store: Store) -> int:
    """How many closed contacts do not count as closed yet, because the place of sync does not have them."""
    db = store.reader
    if store.settings.get("closed_when_shared") != "yes" or not store.settings.get("sync"):
        return 0
    place = places.of_setting(db, store.settings["sync"])
    own = bytes.fromhex(str(local(db, "stream")))
    after = min(
        (first for stream, first, _ in places.unsent(db, place) if stream == own), default=0
    )
    if not after:
        return 0
    (many,) = db.conn.execute(
        "SELECT count(DISTINCT record) FROM entry JOIN contact ON contact.id = record"
        " WHERE tbl = 'contact' AND stream = ? AND seq >= ? AND closed_at IS NOT NULL AND _void = 0",
        (own, after),
    ).fetchone()
    return int(many)


def waits(store: Store) -> str:
    """What to say about contacts that count as closed only once the place of sync has them."""
    many = not_shared(store)
    if not many:
        return ""
    noun = "1 contact counts" if many == 1 else f"{many:,} contacts count"
    return f"{noun} as closed once it has been sent: y shows how far that is"


def stale(store: Store) -> timedelta:
    """The time without a sync after which others' records may be missing (the setting ``stale_hours``)."""
    return timedelta(hours=int(store.settings.get("stale_hours", STALE_HOURS)))


def as_of(store: Store) -> str:
    """What to write beside a count, or beside “none”, if others' records may be missing; otherwise ""."""
    db = store.reader
    if not band(store):
        return ""
    last = max((each["at"] for each in places.known(db).values() if "at" in each), default="")
    if not last:
        return "others' records not here yet"
    return f"as of the last sync, {to_local(from_text(last)):%a %H:%M}"


def is_unfilled(store: Store) -> bool:
    """Whether this desk joined or came back and has not yet received the service's records."""
    return bool(local(store.reader, "joining") or local(store.reader, "unfilled"))


def band(store: Store) -> str:
    """What every page must say about records that may be missing here, or ""."""
    db, now = store.reader, store.now()
    if is_unfilled(store):
        return "This desk does not have the service's records yet"
    if not places.known(db) or not groups.members(db):
        return ""
    last = max((each["at"] for each in places.known(db).values() if "at" in each), default="")
    return (
        ""
        if last and now - from_text(last) < stale(store)
        else "Not synced for a day: what others wrote is missing"
    )
