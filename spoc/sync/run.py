"""One sync: let in desks that ask, read what others wrote, send what the place lacks, and say where streams end.

A missing file never deletes anything: what is not listed stays here. Nothing is marked as sent before it was
read back, or as seen before it was received. The store is not locked while the place is slow.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Event

from spoc.model.errors import Refusal
from spoc.model.ledger.entry import canonical
from spoc.model.rules.access import require
from spoc.model.values.dates import counted
from spoc.model.values.instants import utc_text
from spoc.storage import sealing
from spoc.storage.desk import Desk, new_streams
from spoc.storage.desks import both_ways, conflicts, marker, places, shut_out
from spoc.storage.desks import group as groups
from spoc.storage.desks.group import Group
from spoc.storage.desks.places import SegmentFile
from spoc.storage.driver import Database
from spoc.storage.ledger.held import held_back
from spoc.storage.ledger.receive import NO_ENTRY, Received
from spoc.storage.migrations import local
from spoc.storage.persons import duplicates
from spoc.storage.service import settings
from spoc.storage.store import StoreClosed
from spoc.sync import audit_trail, heads, sending
from spoc.sync.joining import coming_back, group_key, inviting, joining
from spoc.sync.names import END, is_named, range_of
from spoc.sync.segment import BadSegment, SegmentHeader, opened
from spoc.sync.sending import Progress, verifier
from spoc.sync.transport import LARGEST, PlaceGone, Transport
from spoc.sync.visit import SyncVisit

_GROUP_FORMAT = 1
_KEPT = 20  # the problems of a sync that the sync page keeps showing
_ASK = "Ask IT to look at the place of sync."


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: record entries sent and received, present conflicts, what went wrong in sentences,
    and anything else worth saying (who joined)."""

    sent: int = 0
    received: int = 0
    conflicts: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def sync(
    desk: Desk,
    transport: Transport,
    progress: Progress = lambda what, done, of: None,
    stop: Event | None = None,
) -> Synced:
    """Syncs with a place. Call it in a thread. Raises PlaceGone if nothing at all could be done."""
    require(desk.actor.role, "sync.run")
    store, stop = desk.store, stop or Event()
    if not joining.ask(desk, transport):
        return Synced(notes=(joining.waiting_words(desk),))
    own, group = store.submit(lambda db: inviting.founded(db, desk, store.now())).result()
    visit = SyncVisit(desk, transport, group, own, transport.list())
    _check_place(visit)
    group, problems = group_key.receive(visit)
    visit = replace(visit, group=group)
    notes, refused = inviting.admit(visit)
    received, unread = _receive(visit, progress, stop)
    problems += refused + unread + audit_trail.receive(visit)
    settings.take(store)
    store.submit(both_ways.hand_on).result()
    visit = replace(visit, group=group_key.renew(desk))
    sent = 0
    try:
        group_key.hand_out(visit)
        sent = sending.send(visit, progress, stop)
        problems += sending.erase(visit)
        audit_trail.send(visit)
        heads.publish(visit)
        if not stop.is_set():
            coming_back.leave(visit)
    except PlaceGone as gone:
        problems.append(str(gone))
    problems += heads.read(visit)
    if received and not stop.is_set():
        pairs = duplicates.check_new_children(store, desk.actor)
        if pairs:
            notes.append(
                f"{counted(pairs, 'pair')} of records may be one child: c on the board shows them first, "
                "spoc person twice lists them."
            )
    conflicts.look_again(store, desk.actor, fresh=bool(received or sent))
    conflicting = _note_result(visit, problems, stop)
    marker.put(desk.folder, store.reader, store.now())
    return Synced(sent, received, conflicting, tuple(dict.fromkeys(problems)), tuple(notes))


def _note_result(visit: SyncVisit, problems: Sequence[str], stop: Event) -> int:
    """Keeps when this desk synced with the place and what went wrong, for the sync page; returns how many
    conflicts there are."""
    store, place = visit.store, visit.transport.place

    def job(db: Database) -> int:
        before = places.known(db).get(place, {})
        reported = {*held_back(db)}  # the ledger keeps reporting these itself
        shown = [each for each in dict.fromkeys(problems) if each not in reported][:_KEPT]
        places.keep_known(db, place, {**before, "at": utc_text(store.now()), "problems": shown})
        if not problems and not stop.is_set():
            db.conn.execute("DELETE FROM local WHERE key = 'unfilled'")
        return conflicts.count(db, visit.desk.actor.id)

    return store.submit(job).result()


def attempt(
    desk: Desk, progress: Progress = lambda what, done, of: None, stop: Event | None = None
) -> Synced | str:
    """Syncs with the place that the settings name, for a screen. Call it in a thread.

    If something stopped it, returns why in a sentence; "" if the store was closed meanwhile.
    """
    from spoc.sync.places import place_of

    try:
        with closing(place_of(desk.store.settings.get("sync", ""))) as transport:
            return sync(desk, transport, progress, stop)
    except Refusal as refused:
        return str(refused)
    except StoreClosed:
        return ""
    except Exception:  # whatever a driver may raise: the window stays open, and the screen says so
        return "Sync stopped because of an error in the program."


# -- the place -------------------------------------------------------------------------------------


def _check_place(visit: SyncVisit) -> None:
    """Checks that this is the place of this service, and the same one as before. Raises PlaceGone."""
    store, transport, group, own = visit.store, visit.transport, visit.group, visit.own
    name = f"{visit.home}group.json"
    known = places.known(store.reader).get(transport.place, {})
    if name not in visit.listed:
        if known.get("group"):
            raise PlaceGone(
                f"The {transport.place} is there, but this service's files are not in it; nothing was sent or "
                "received, and nothing was removed. The drive may be another one, or still connecting. Ask IT "
                "before you sync again."
            )
        joining.check_service(transport, group.id.hex(), visit.listed)
        fields = {
            "spoc": _GROUP_FORMAT,
            "group": group.id.hex(),
            "epoch": group.epoch,
            "minimum": 1,
            "by": own.id.hex(),
        }
        data = canonical({**fields, "signature": own.sign(canonical(fields)).hex()})
        transport.put_new(name, data)
    else:
        data = transport.get(name)
    digest = hashlib.sha256(data).hexdigest()
    if known.get("group") == digest:
        return
    why = _group_wrong(visit, data)
    if why:
        raise PlaceGone(
            f"The group file in the {transport.place} is not one that this desk may follow ({why}); nothing was sent "
            "or received. Ask IT who changed it."
        )
    store.submit(
        lambda db: places.keep_known(db, transport.place, {**known, "group": digest})
    ).result()


def _group_wrong(visit: SyncVisit, data: bytes) -> str:
    """Why a group file must not be trusted, or ""."""
    try:
        value = json.loads(data)
        signature = bytes.fromhex(value.pop("signature"))
        if value["spoc"] != _GROUP_FORMAT or value["minimum"] > 1:
            return "it asks for a later version of spoc"
        if value["group"] != visit.group.id.hex():
            return "it is another service's"
        by = groups.every(visit.store.reader).get(bytes.fromhex(value["by"]))
        if by is None or not sealing.is_signed(by.verifying, signature, canonical(value)):
            return "no desk of this service signed it"
    except (ValueError, KeyError, TypeError):
        return "it is torn"
    return ""


# -- in --------------------------------------------------------------------------------------------


class _Renamed(BadSegment):
    """A segment under another one's name."""


def _receive(visit: SyncVisit, progress: Progress, stop: Event) -> tuple[int, list[str]]:
    """Receives every segment not yet seen here; returns how many entries came, and what was wrong."""
    store = visit.store
    seen = places.segments_at(store.reader, visit.transport.place)
    waiting = [  # in order of arrival, so that what others depend on is mostly read first
        name for name in visit.listed
        if name.startswith(visit.home) and name.endswith(END) and name not in seen
    ]  # fmt: skip
    # what was held back may be acceptable by now: the clock has moved on
    before = store.receive([])
    received, done = before.added, 0
    held, unread = dict.fromkeys(before.problems), dict[str, str]()
    again, passed = True, visit.group.without
    while again and waiting and not stop.is_set():
        again, later = bool(passed), []  # the next one may introduce somebody who is not known yet
        for name in waiting:
            if stop.is_set():
                break
            try:
                result = _receive_segment(visit, name, passed)
            except BadSegment as bad:
                later.append(name)
                if isinstance(bad, _Renamed) or not _is_here(store.reader, visit.group, name):
                    unread[name] = f"The file {name} was left out: {bad}. {_ASK}"
                else:  # damaged, and already written again under another name
                    unread.pop(name, None)
                continue
            except KeyError:
                continue  # gone since it was listed: it will be looked for next time
            received += result.added
            held |= dict.fromkeys(result.problems)
            unread.pop(name, None)
            again, done = True, done + 1
            progress("received", done, len(waiting))
        waiting, passed = later, frozenset()
    store.submit(lambda db: _settle_ways(db, store.now())).result()
    if held and not stop.is_set():  # what came later may have made it acceptable
        after = store.receive([])
        received += after.added
        held = dict.fromkeys(each for each in held if each in after.problems or each == NO_ENTRY)
    return received, [*held, *unread.values()]


def _receive_segment(visit: SyncVisit, name: str, passed: frozenset[bytes]) -> Received:
    """Receives a segment and notes that it was seen. Raises BadSegment, KeyError if it is gone."""
    store = visit.store
    known = verifier(groups.every(store.reader))
    header, entries = opened(visit.group, _bounded(visit, name), known)
    _check_counts(store.reader, header, passed)
    if not is_named(visit.group, name, header.range):
        raise _Renamed("it is another one, renamed")
    _begin_anew_where_behind(visit.desk, header)
    result = store.receive(entries)
    ours = places.is_ours(store.reader, header.stream, entries)
    covers = (header.first, header.last) if ours else (0, 0)
    file = SegmentFile(name, visit.listed[name], header.stream, *covers, False)
    store.submit(partial(places.note, place=visit.transport.place, file=file)).result()
    return result


def _is_here(db: Database, group: Group, name: str) -> bool:
    """Whether this desk has what a damaged file should contain."""
    of = range_of(group, name, places.last_of_records(db))
    return of is not None and places.holds(db, *of)


def _check_counts(db: Database, header: SegmentHeader, passed: frozenset[bytes]) -> None:
    """Raises BadSegment if a shut-out desk carried it and it goes beyond what counts. Segments from those
    desks wait (``passed``) until the rest has been read, which says how far they count.
    """
    gone = shut_out.in_force(db).get(header.by)
    if header.by in passed or (gone and header.last > gone.seen.get(header.stream, (0, ""))[0]):
        raise BadSegment("the desk that wrote it is shut out of the service")


def _settle_ways(db: Database, now: datetime) -> None:
    """Applies what two people decided about streams that go two ways; this desk goes on in a new stream if
    its own is stopped."""
    both_ways.settle(db)
    if both_ways.new_stream_wanted(db):
        new_streams(db, now)


def _begin_anew_where_behind(desk: Desk, header: SegmentHeader) -> None:
    """Starts new streams for this desk if a place has more of its stream than the desk itself: the store is
    an older copy, put back or cloned. What it wrote since the copy comes back like another desk's."""
    store = desk.store

    def job(db: Database) -> None:
        stream = local(db, "stream")
        if header.stream.hex() == stream and header.last > places.last_of_records(db).get(
            header.stream, 0
        ):
            new_streams(db, store.now())

    if header.stream.hex() == local(store.reader, "stream"):
        store.submit(job).result()


def _bounded(visit: SyncVisit, name: str) -> bytes:
    if visit.listed[name] > LARGEST:
        raise BadSegment("it is larger than any segment")
    return visit.transport.get(name)
