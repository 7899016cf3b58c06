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
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.group import Group, Keys
from spoc.storage.desks.places import SegmentFile
from spoc.storage.driver import Database
from spoc.storage.ledger import erasing
from spoc.sync.names import Range, beside, in_clear, name_of
from spoc.sync.segment import BadSegment, SegmentHeader, cut, opened, packed, sealed
from spoc.sync.transport import Transport

Progress = Callable[[str, int, int], None]


def send(
    desk: Desk,
    transport: Transport,
    group: Group,
    own: Keys,
    listed: Mapping[str, int],
    progress: Progress,
    stop: Event,
) -> int:
    """Sends what the place has lost and what it never had, whichever desk wrote it; returns how many entries it got."""
    reader, sent = desk.store.connection(), 0
    try:
        lost = [each.range for each in places.lost(reader, transport.place, listed)]
        ranges = [*lost, *places.unsent(reader, transport.place)]
        for at, (stream, start, end) in enumerate(ranges):
            for first, last, entries in cut(places.entries(reader, stream, start - 1, end)):
                if stop.is_set():
                    return sent
                of = (stream, first, last)
                _, fresh = _put(desk, transport, group, own, of, entries)
                sent += len(entries) if fresh else 0
            progress("sent", at + 1, len(ranges))
    finally:
        reader.close()
    return sent


def _put(
    desk: Desk,
    transport: Transport,
    group: Group,
    own: Keys,
    of: Range,
    entries: list[Carried],
) -> tuple[str, bool]:
    """Puts one segment there and notes it; returns its name, and whether it is new there."""
    name, data = sealed(group, SegmentHeader(*of, own.id), entries, own.sign)
    name = first_name = f"{group.id.hex()}/{name}"
    fresh = True
    for turn in range(1, 100):
        try:
            transport.put_new(name, data)
            break
        # left from an earlier try, or damaged: a complete file is kept, otherwise another name is used
        except FileExistsError:
            if _is_whole(desk, transport, group, name, entries):
                data, fresh = transport.get(name), False
                break
            name = beside(first_name, turn, own.id)
    file = SegmentFile(name, len(data), *of, True)
    desk.store.submit(lambda db: places.note(db, transport.place, file)).result()
    return name, fresh


def _is_whole(
    desk: Desk, transport: Transport, group: Group, name: str, entries: Sequence[Carried]
) -> bool:
    """Whether the file there has these entries."""
    try:
        _, there = opened(group, transport.get(name), verifier(groups.every(desk.store.reader)))
    except (BadSegment, KeyError):
        return False
    return there == [*entries]


def erase(
    desk: Desk, transport: Transport, group: Group, own: Keys, listed: Mapping[str, int]
) -> list[str]:
    """Removes erased contents from a place; returns what prevented it."""
    store, home = desk.store, f"{group.id.hex()}/"
    gone = erasing.places(store.reader)
    if not gone:
        return []
    known = places.known(store.reader).get(transport.place, {})
    clean, left = {*known.get("clean", ())} & {*listed}, 0
    read = places.segments_at(store.reader, transport.place)
    for name in listed:
        of = read[name].range if name in read else in_clear(name)
        if name in clean or not name.startswith(home) or of is None or of[0] not in gone:
            continue
        stream, first, last = of
        if not any(first <= seq <= last for seq in gone[stream]):
            continue
        if not places.holds(store.reader, stream, first, last):
            continue  # what has not arrived yet cannot be rewritten
        entries = [each for _, _, each in places.entries(store.reader, stream, first - 1, last)]
        whole = home + name_of(group, of, packed(entries))
        if name != whole and not _is_whole(desk, transport, group, name, entries):
            clean.add(_put(desk, transport, group, own, of, entries)[0])
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
