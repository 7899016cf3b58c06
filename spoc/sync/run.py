"""One sync: let in who asks, take in what others wrote, send what a place lacks, and say where streams end.

Absence is never a delete: what is not listed stays as it is here. Nothing is marked as sent that was not read
back, nor as seen that was not taken in. No lock of the store is held while the place is slow.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

from spoc.model.errors import Refusal
from spoc.model.ledger.entry import canonical
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage import sealing
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.group import Group, Keys
from spoc.storage.desks.places import File
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.service import settings
from spoc.sync import joining
from spoc.sync.segment import BadSegment, Header, cut, opened, sealed
from spoc.sync.transport import PlaceGone, Transport

_GROUP_FORMAT = 1
_LARGEST = 64 << 20  # bytes of a file that is looked at at all
_HEADS = b"spoc heads 1"


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: entries of records sent and received, conflicts that stand, what went wrong in
    sentences, and what else is worth saying (who joined)."""

    sent: int = 0
    received: int = 0
    conflicts: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Progress = Callable[[str, int, int], None]


def sync(
    desk: Desk,
    transport: Transport,
    progress: Progress = lambda what, done, of: None,
    stop: Event | None = None,
) -> Synced:
    """Sync with a place. Call it in a thread. Raises PlaceGone where nothing could be done at all."""
    require(desk.actor.role, "sync.run")
    store, stop = desk.store, stop or Event()
    if not joining.ask(desk, transport):
        return Synced(
            notes=(
                "This desk has asked to be let in. Let the desk that invited it sync, then sync again here.",
            )
        )
    own, group = store.submit(lambda db: joining.founded(db, desk, store.now())).result()
    listed = transport.list()
    _right_place(desk, transport, group, own, listed)
    notes, problems = joining.admit(desk, transport, listed)
    received, wrong = _take_in(desk, transport, group, listed, progress, stop)
    problems += wrong
    sent = 0
    try:
        sent = _send(desk, transport, group, own, listed, progress, stop)
        _witness(desk, transport, group, own, listed)
    except PlaceGone as gone:
        problems.append(str(gone))
    problems += _read_witnesses(desk, transport, group, listed)
    settings.take(store)

    def job(db: Database) -> int:
        before = places.known(db).get(transport.place, {})
        places.keep_known(db, transport.place, {**before, "at": utc_text(store.now())})
        if not problems and not stop.is_set():
            db.conn.execute("DELETE FROM local WHERE key = 'unfilled'")
        return places.conflicts(db, store.tables)

    conflicts = store.submit(job).result()
    return Synced(sent, received, conflicts, tuple(dict.fromkeys(problems)), tuple(notes))


# -- the place -------------------------------------------------------------------------------------


def _right_place(
    desk: Desk, transport: Transport, group: Group, own: Keys, listed: Mapping[str, int]
) -> None:
    """See that this is the place of this service, and that it is the one it was. Raises PlaceGone."""
    name = f"{group.id.hex()}/group.json"
    known = places.known(desk.store.reader).get(transport.place, {})
    if name not in listed:
        if known.get("group"):
            raise PlaceGone(
                f"The {transport.place} is there, but this service's files are not in it; nothing was sent or "
                "received, and nothing was removed. The drive may be another one, or still connecting. Ask IT "
                "before you sync again."
            )
        if any(each.endswith("/group.json") for each in listed):
            raise PlaceGone(
                f"The {transport.place} holds the records of another service; nothing was sent or received. "
                "Join it with an invitation of that service, or choose another place."
            )
        said = {
            "spoc": _GROUP_FORMAT,
            "group": group.id.hex(),
            "epoch": group.epoch,
            "minimum": 1,
            "by": own.id.hex(),
        }
        data = canonical({**said, "signature": own.sign(canonical(said)).hex()})
        transport.put_new(name, data)
    else:
        data = transport.get(name)
    digest = hashlib.sha256(data).hexdigest()
    if known.get("group") == digest:
        return
    why = _group_wrong(desk, group, data)
    if why:
        raise PlaceGone(
            f"The group file in the {transport.place} is not one that this desk may follow ({why}); nothing was sent "
            "or received. Ask IT who changed it."
        )
    desk.store.submit(
        lambda db: places.keep_known(db, transport.place, {**known, "group": digest})
    ).result()


def _group_wrong(desk: Desk, group: Group, data: bytes) -> str:
    """Why a group file may not be followed, or nothing."""
    try:
        said = json.loads(data)
        signature = bytes.fromhex(said.pop("signature"))
        if said["spoc"] != _GROUP_FORMAT or said["minimum"] > 1:
            return "it asks for a later version of spoc"
        if said["group"] != group.id.hex():
            return "it is another service's"
        if said["epoch"] < group.epoch:
            return "it is older than the one that was here"
        by = groups.members(desk.store.reader).get(bytes.fromhex(said["by"]))
        if by is None or not sealing.is_signed(by.verifying, signature, canonical(said)):
            return "no desk of this service signed it"
    except (ValueError, KeyError, TypeError):
        return "it is torn"
    return ""


# -- in --------------------------------------------------------------------------------------------


def _take_in(
    desk: Desk,
    transport: Transport,
    group: Group,
    listed: Mapping[str, int],
    progress: Progress,
    stop: Event,
) -> tuple[int, list[str]]:
    """Take in every segment that was not seen here; gives how many entries came, and what was wrong."""
    store = desk.store
    home = f"{group.id.hex()}/"
    seen = places.carried(store.reader, transport.place)
    waiting = sorted(
        name for name in listed
        if name.startswith(home) and name.endswith(".seg") and name not in seen
    )  # fmt: skip
    received, problems, done = 0, {}, 0
    again = True
    while again and waiting and not stop.is_set():
        again, later = False, []  # who is not known yet may be told of in the next one
        for name in waiting:
            if stop.is_set():
                break
            try:
                known = groups.members(store.reader)
                header, entries = opened(group, _bounded(transport, name, listed), verifier(known))
                taken = store.receive(entries)
            except BadSegment as bad:
                problems[name] = (
                    f"The file {name} was left out: {bad}. Ask IT to look at the place of sync."
                )
                later.append(name)
                continue
            except KeyError:
                continue  # gone since it was listed: it is looked for again next time
            received += taken.added
            problems.pop(name, None)
            for each in taken.problems:
                problems[each] = each
            file = File(name, listed[name], header.stream, header.first, header.last, False)
            store.submit(partial(places.note, place=transport.place, file=file)).result()
            again, done = True, done + 1
            progress("received", done, len(waiting))
        waiting = later
    return received, list(problems.values())


def _bounded(transport: Transport, name: str, listed: Mapping[str, int]) -> bytes:
    if listed[name] > _LARGEST:
        raise BadSegment("it is larger than any segment")
    return transport.get(name)


def verifier(known: Mapping[bytes, groups.Member]) -> Callable[[bytes, bytes, bytes], bool]:
    """Says whether one of these desks signed some bytes so: (desk, signature, bytes)."""

    def verify(by: bytes, signature: bytes, content: bytes) -> bool:
        member = known.get(by)
        return member is not None and sealing.is_signed(member.verifying, signature, content)

    return verify


# -- out -------------------------------------------------------------------------------------------


def _send(
    desk: Desk,
    transport: Transport,
    group: Group,
    own: Keys,
    listed: Mapping[str, int],
    progress: Progress,
    stop: Event,
) -> int:
    """Send what the place lacks, and again what it has lost; gives how many entries are newly there."""
    store, sent = desk.store, 0
    home = f"{group.id.hex()}/"
    for file in places.carried(store.reader, transport.place).values():
        if file.sent and listed.get(file.name) != file.size:  # lost or cut there: written again
            entries = [
                each
                for _, _, each in places.entries(
                    store.reader, file.stream, file.first - 1, file.last
                )
            ]
            _put(desk, transport, group, own, (file.stream, file.first, file.last), entries, home)
    reader = store.connection()
    try:
        streams = list(places.unsent(reader, transport.place))
        for at, (stream, after) in enumerate(streams):
            for first, last, entries in cut(places.entries(reader, stream, after)):
                if stop.is_set():
                    return sent
                _put(desk, transport, group, own, (stream, first, last), entries, home)
                sent += len(entries)
                progress("sent", at + 1, len(streams))
    finally:
        reader.close()
    return sent


def _put(
    desk: Desk,
    transport: Transport,
    group: Group,
    own: Keys,
    of: tuple[bytes, int, int],
    entries: list[Any],
    home: str,
) -> None:
    """Put one segment and remember it."""
    name, data = sealed(group, Header(*of, own.id), entries, own.sign)
    name = home + name
    for turn in range(1, 100):
        try:
            transport.put_new(name, data)
            break
        except (
            FileExistsError
        ):  # of an earlier try, or torn: what is whole is kept, else a name beside it
            if _is_whole(desk, transport, group, name):
                data = transport.get(name)
                break
            name = (
                f"{home}{of[0].hex()}/{of[1]:012d}-{of[2]:012d}-{turn:02d}{own.id.hex()[-14:]}.seg"
            )
    file = File(name, len(data), *of, True)
    desk.store.submit(lambda db: places.note(db, transport.place, file)).result()


def _is_whole(desk: Desk, transport: Transport, group: Group, name: str) -> bool:
    try:
        opened(group, transport.get(name), verifier(groups.members(desk.store.reader)))
    except (BadSegment, KeyError):
        return False
    return True


# -- where streams end -----------------------------------------------------------------------------


def _witness(
    desk: Desk, transport: Transport, group: Group, own: Keys, listed: Mapping[str, int]
) -> None:
    """Say, signed, what this desk holds: the proof for the others that theirs came. Once a change or a day."""
    store, db = desk.store, desk.store.reader
    heads = places.heads(db)
    (contacts,) = db.conn.execute("SELECT count(*) FROM contact WHERE _void = 0").fetchone()
    now = store.now()
    digest = hashlib.sha256(canonical([heads, contacts, f"{now:%Y-%m-%d}"])).hexdigest()[:16]
    name = f"{group.id.hex()}/heads/{own.id.hex()}/{digest}.head"
    if name in listed:
        return
    said = canonical({"name": desk.name, "at": utc_text(now), "heads": heads, "contacts": contacts})
    head = canonical({"spoc": 1, "group": group.id.hex(), "by": own.id.hex(), "name": digest})
    inner = own.sign(head + said) + said
    box = sealing.encrypt(sealing.hkdf(group.key, head, _HEADS), inner, head)
    try:
        transport.put_new(name, head + b"\n" + box)
    except FileExistsError:
        return


def _read_witnesses(
    desk: Desk, transport: Transport, group: Group, listed: Mapping[str, int]
) -> list[str]:
    """Take in what other desks say they hold; gives the proof of a stream that stands two ways (S8)."""
    store = desk.store
    seen = set(local(store.reader, "heads_seen") or [])
    home = f"{group.id.hex()}/heads/"
    own = store.submit(lambda db: groups.own_keys(db, store.now())).result()
    fresh = [
        name for name in listed
        if name.startswith(home) and name.endswith(".head") and name not in seen
        and not name.startswith(f"{home}{own.id.hex()}/") and listed[name] < _LARGEST
    ]  # fmt: skip
    known, problems = groups.members(store.reader), []
    found: dict[str, dict[str, Any]] = {}
    for name in fresh:
        try:
            head, _, box = transport.get(name).partition(b"\n")
            by = bytes.fromhex(json.loads(head)["by"])
            inner = sealing.decrypt(sealing.hkdf(group.key, head, _HEADS), box, head)
            if by not in known or not sealing.is_signed(
                known[by].verifying, inner[:64], head + inner[64:]
            ):
                continue
            said = json.loads(inner[64:])
        except (ValueError, KeyError, TypeError, sealing.SealBroken):
            problems.append(f"The file {name} was left out: it is torn or was changed.")
            continue
        if said["at"] > found.get(by.hex(), {"at": ""})["at"]:
            found[by.hex()] = said
        problems += _two_ways(store.reader, said)

    def job(db: Database) -> None:
        before = places.witnessed(db)
        newer = {
            each: said for each, said in found.items()
            if said["at"] > before.get(each, {"at": ""})["at"]
        }  # fmt: skip
        keep_local(db, "witnessed", {**before, **newer})
        keep_local(db, "heads_seen", sorted(name for name in {*seen, *fresh} if name in listed))

    if fresh:
        store.submit(job).result()
    return problems


def _two_ways(db: Database, said: Mapping[str, Any]) -> list[str]:
    """A sentence for each stream of which another desk holds another entry under a number than this one."""
    found = []
    for stream, (seq, digest) in said["heads"].items():
        row = db.conn.execute(
            "SELECT header FROM entry WHERE stream = ? AND seq = ? LIMIT 1",
            (bytes.fromhex(stream), seq),
        ).fetchone()
        if row and hashlib.sha256(row[0]).hexdigest() != digest:
            found.append(
                f"The stream …{stream[-8:]} stands two ways: {said['name']} holds another entry {seq:,} of it than "
                "this desk. Two programs wrote under one name, or one copy was changed. Tell IT and the named nurse."
            )
    return found


def last_synced(db: Database) -> str:
    """When this desk last synced with any place (UTC text), or nothing."""
    return max((each.get("at", "") for each in places.known(db).values()), default="")


def refused_in_words(error: Exception) -> str:
    """What stopped a sync, for a line on the screen."""
    return (
        str(error)
        if isinstance(error, Refusal)
        else "Sync stopped because of an error in the program."
    )
