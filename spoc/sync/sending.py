"""Sending: what a place lacks, what it has lost, and removing what it must no longer have.

If entries in a segment were erased, the segment is written again without their contents, and the former file
is removed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event

from spoc.model.ledger.entry import Carried
from spoc.model.values.dates import counted
from spoc.storage import sealing
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.places import SegmentFile
from spoc.storage.driver import Database
from spoc.storage.ledger import erasing
from spoc.sync.names import Range, beside, in_clear, name_of
from spoc.sync.segment import BadSegment, SegmentHeader, cut, opened, packed, sealed
from spoc.sync.visit import SyncVisit

Progress = Callable[[str, int, int], None]


def send(visit: SyncVisit, progress: Progress, stop: Event) -> int:
    """Sends what the place has lost and what it never had, whichever desk wrote it; returns how many entries it got."""
    place, reader, sent = visit.transport.place, visit.store.connection(), 0
    try:
        lost = [each.range for each in places.lost(reader, place, visit.listed)]
        ranges = [*lost, *places.unsent(reader, place)]
        for at, (stream, start, end) in enumerate(ranges):
            for first, last, entries in cut(places.entries(reader, stream, start - 1, end)):
                if stop.is_set():
                    return sent
                _, fresh = _put(visit, (stream, first, last), entries)
                sent += len(entries) if fresh else 0
            progress("sent", at + 1, len(ranges))
    finally:
        reader.close()
    return sent


def _put(visit: SyncVisit, of: Range, entries: Sequence[Carried]) -> tuple[str, bool]:
    """Puts one segment there and notes it; returns its name, and whether it is new there."""
    transport, own = visit.transport, visit.own
    name, data = sealed(visit.group, SegmentHeader(*of, own.id), entries, own.sign)
    name = first_name = visit.home + name
    fresh = True
    for turn in range(1, 100):
        try:
            transport.put_new(name, data)
            break
        # left from an earlier try, or damaged: a complete file is kept, otherwise another name is used
        except FileExistsError:
            if _is_whole(visit, name, entries):
                data, fresh = transport.get(name), False
                break
            name = beside(first_name, turn, own.id)
    file = SegmentFile(name, len(data), *of, True)
    visit.store.submit(lambda db: places.note(db, transport.place, file)).result()
    return name, fresh


def _is_whole(visit: SyncVisit, name: str, entries: Sequence[Carried]) -> bool:
    """Whether the file there has these entries."""
    try:
        known = verifier(groups.every(visit.store.reader))
        _, there = opened(visit.group, visit.transport.get(name), known)
    except (BadSegment, KeyError):
        return False
    return there == [*entries]


def erase(visit: SyncVisit) -> list[str]:
    """Removes erased contents from a place; returns what prevented it."""
    store, transport, listed = visit.store, visit.transport, visit.listed
    gone = erasing.places(store.reader)
    if not gone:
        return []
    known = places.known(store.reader).get(transport.place, {})
    clean, left = {*known.get("clean", ())} & {*listed}, 0
    read = places.segments_at(store.reader, transport.place)
    for name in listed:
        of = read[name].range if name in read else in_clear(name)
        if name in clean or not name.startswith(visit.home) or of is None or of[0] not in gone:
            continue
        stream, first, last = of
        if not any(first <= seq <= last for seq in gone[stream]):
            continue
        if not places.holds(store.reader, stream, first, last):
            continue  # what has not arrived yet cannot be rewritten
        entries = [each for _, _, each in places.entries(store.reader, stream, first - 1, last)]
        whole = visit.home + name_of(visit.group, of, packed(entries))
        if name != whole and not _is_whole(visit, name, entries):
            clean.add(_put(visit, of, entries)[0])
            if not transport.remove(name):
                left += 1
                continue
            store.submit(partial(places.forget, place=transport.place, name=name)).result()
        clean.add(name)

    def job(db: Database) -> None:
        before = places.known(db).get(transport.place, {})
        places.keep_known(db, transport.place, {**before, "clean": sorted(clean)})

    store.submit(job).result()
    if not left:
        return []
    return [
        f"The {transport.place} still has {counted(left, 'file')} with what was erased, and this desk's login may not "
        "remove them. Sync once with the steward's login."
    ]


def verifier(known: Mapping[bytes, groups.DeskMember]) -> Callable[[bytes, bytes, bytes], bool]:
    """A function that says whether one of these desks signed some bytes: (desk, signature, bytes)."""

    def verify(by: bytes, signature: bytes, content: bytes) -> bool:
        member = known.get(by)
        return member is not None and sealing.is_signed(member.verifying, signature, content)

    return verify
