"""Belief: which acts count. Each is signed by its author, who must have belonged to the service and been
allowed to do it.

An act that does not count stays in the ledger, is named by ``spoc verify``, and is left out when records are
folded (table ``refused``). The rules themselves are in ``spoc.model.ledger.roster``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product

from spoc.model.errors import NotAllowed
from spoc.model.ledger.act import Act, content_of, pinned
from spoc.model.ledger.entry import Actor, Command, Entry, decode, entry_id
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.roster import (
    ENDED,
    GOVERNING,
    REMOVED,
    STRANGER,
    TWO_PEOPLE,
    WAITS,
    Roster,
    build,
)
from spoc.model.rules.access import COMMANDS, ROLES, may
from spoc.storage import sealing
from spoc.storage.driver import Database, row
from spoc.storage.keyring import own_desk_key
from spoc.storage.ledger import projection
from spoc.storage.ledger.append import last_numbers
from spoc.storage.ledger.apply import ProjectionContext
from spoc.storage.migrations import keep_local, local

# For other kinds it is enough to know which records the entries belong to.
_WAYS = 16  # how many readings of an act to try, if several entries have the same number
_READ = frozenset({*GOVERNING, *TWO_PEOPLE, "setting", "contact"})

Rows = Sequence[tuple[bytes, bytes | None]]  # header and payload of each entry of an act, in order


def judged(rows: Rows, signature: bytes) -> Act:
    """An act in the form in which it is judged. Raises ValueError if its bytes are not spoc's."""
    headers = [header for header, _ in rows]
    return act_of([_entry(header, body) for header, body in rows], headers, signature)


def act_of(entries: Sequence[Entry], headers: Sequence[bytes], signature: bytes) -> Act:
    """The same from entries that are already read, with their headers."""
    first, last = entries[0], entries[-1]
    return Act(
        first.act,
        first.stream,
        first.seq,
        last.seq,
        first.hlc,
        first.actor,
        entries,
        content_of(headers),
        signature,
        sealing.sha256(headers[-1]),
    )


_remembered = lru_cache(512)(judged)  # few acts govern the service, and every batch needs them


def _entry(header: bytes, body: bytes | None) -> Entry:
    entry = decode(header, None)
    return decode(header, body) if entry.tbl in _READ else entry


def ways(
    rows: Rows, signature: bytes, judge: Callable[[Rows, bytes], Act] = judged
) -> Iterator[Act]:
    """The act in each possible form, if other entries have the same numbers. Raises as ``judged`` does."""
    numbers: dict[int, list[tuple[bytes, bytes | None]]] = {}
    for each in rows:
        numbers.setdefault(json.loads(each[0])["seq"], []).append(each)
    for one in islice(product(*(numbers[seq] for seq in sorted(numbers))), _WAYS):
        yield judge(one, signature)


def acts_at(
    db: Database,
    stream: bytes,
    seq: int,
    header: bytes,
    judge: Callable[[Rows, bytes], Act] = judged,
) -> Iterator[Act]:
    """The act of one entry, in each possible form. Raises ValueError if its bytes are not spoc's."""
    value = json.loads(header)
    near = db.conn.execute(
        "SELECT header, body FROM entry LEFT JOIN payload USING(entry_id)"
        " WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq, entry_id",
        (stream, seq - value["size"] + 1, seq + value["size"] - 1),
    ).fetchall()
    rows = [each for each in near if json.loads(each[0])["act"] == value["act"]]
    yield from ways(rows, signature_of(db, bytes.fromhex(value["act"])), judge)


def signature_of(db: Database, act: bytes) -> bytes:
    """An act's signature, or b""."""
    return (
        row(db.conn.execute("SELECT body FROM signature WHERE act = ?", (act,)).fetchone()) or b""
    )


def roster_of(db: Database) -> tuple[Roster, dict[bytes, str]]:
    """Who belongs to the service according to the ledger, and which entries about that do not count, each
    with the reason."""
    found: dict[bytes, Act] = {}
    seen: set[bytes] = set()  # entries of acts that were already found
    for tbl in GOVERNING:
        for stream, seq, header in db.conn.execute(
            # The few rows first: otherwise SQLite reads every entry there is, in the order of hlc.
            f'SELECT stream, seq, header FROM "{tbl}" AS own CROSS JOIN entry ON record = own.id AND tbl = ?'
            " ORDER BY hlc",
            (tbl,),
        ).fetchall():
            if entry_id(header) in seen:
                continue
            try:
                for act in acts_at(db, stream, seq, header, _remembered):
                    found[act.content] = act
                    seen |= {each.id for each in act.entries}
            except (ValueError, KeyError, TypeError):  # which verification names
                continue
    roster, refused = build(list(found.values()), lambda: _empty(db))
    return roster, {
        entry.id: refused[act.id]
        for act in found.values()
        if act.id in refused
        for entry in act.entries
    }


def why_not(db: Database, act: Sequence[Entry]) -> str:
    """Why an act (its entries) that was just written would not count, or "". Within its job."""
    roster, refused = roster_of(db)
    if not roster.rooted:
        return ""
    first = act[0]
    (header,) = db.conn.execute(
        "SELECT header FROM entry WHERE entry_id = ?", (first.id,)
    ).fetchone()
    found = refused.get(first.id) or roster.wrong(
        next(acts_at(db, first.stream, first.seq, header))
    )
    return STRANGER if found == WAITS else found


def still_may(db: Database, actor: Actor, commands: Sequence[Command]) -> None:
    """Raises NotAllowed if somebody was removed, or may do less, since they signed in: what they write would
    count nowhere. They can still look at things, and that is recorded."""
    if all(each.tbl == "audit" for each in commands):
        return
    found = db.conn.execute("SELECT role, _void FROM user WHERE id = ?", (actor.id,)).fetchone()
    if found is None or (found[0] == actor.role and not found[1]) or actor.role not in ROLES:
        return
    role, gone = found
    if gone or any(may(actor.role, each) and not may(role or "", each) for each in COMMANDS):
        raise NotAllowed(
            "You were removed, or given another role, since you signed in, so this was not written; what was typed is "
            "kept. Lock the desk and sign in again, or ask a named professional."
        )


def _empty(db: Database) -> Roster:
    roots = {pinned(bytes.fromhex(each)) for each in local(db, "roots") or []}
    trusted = {
        bytes.fromhex(desk): bytes.fromhex(value["sign_key"])
        for desk, value in (local(db, "trusted") or {}).items()
    }
    return Roster(sealing.is_signed, roots, trusted | own_desk_key(db))


def trust(db: Database, content: bytes) -> None:
    """Trusts an act as it is, because the service, or signing, began here with it. Within a writing job."""
    known = [*(local(db, "roots") or []), content[-32:].hex()]
    keep_local(db, "roots", list(dict.fromkeys(known)))


def forged(db: Database) -> dict[bytes, str]:
    """The entries about the service itself that do not count, each with the reason. Work done before news of
    a change arrived is not a forgery."""
    roster, refused = roster_of(db)
    late = (WAITS, REMOVED, ENDED)
    return {entry: why for entry, why in refused.items() if roster.rooted and why not in late}


def left_out(db: Database) -> set[bytes]:
    """The entries (ids) that are left out when records are folded."""
    return {entry for (entry,) in db.conn.execute("SELECT entry_id FROM refused")}


def root_of(db: Database, entry: Entry) -> int:
    """An entry's rank by trust, lowest first: entries from before acts were signed, then those of each act
    that this desk trusts as it is, then all others."""
    if not signature_of(db, entry.act):
        return -1
    roots = local(db, "roots") or []
    (header,) = db.conn.execute(
        "SELECT header FROM entry WHERE entry_id = ?", (entry.id,)
    ).fetchone()
    acts = acts_at(db, entry.stream, entry.seq, header, _remembered)
    contents = [each.content[-32:].hex() for each in acts]
    return min((roots.index(each) for each in contents if each in roots), default=len(roots))


# -- what does not count ---------------------------------------------------------------------------


def judge_again(db: Database, book: ProjectionContext, learned: Iterable[Act]) -> None:
    """Judges again the acts of people about whom these acts say something new. Within a writing job."""
    changes = [
        (_person_of(db, entry), entry)
        for act in learned
        for entry in act.entries
        if entry.tbl in GOVERNING and (entry.parents or (entry.fields or {}).get(VOID))
    ]
    if not changes:
        return
    roster, undone = roster_of(db)
    refused = dict(undone)
    streams = last_numbers(db)
    for person, change in changes:
        for act in _acts_after(db, streams, change.seen or {}, person):
            if why := roster.wrong(act):
                refused |= {entry.id: why for entry in act.entries}
    refuse(db, book, refused)


def _acts_after(
    db: Database, streams: Mapping[str, int], seen: Mapping[str, int], person: bytes
) -> Iterator[Act]:
    """What one person did after what a change had seen: of each stream, with its last number, the rest."""
    for stream, last in streams.items():
        after = seen.get(stream, 0)
        if last > after:
            yield from _acts_of(db, bytes.fromhex(stream), after, person)


def _person_of(db: Database, entry: Entry) -> bytes:
    """The person whom an entry about the service concerns."""
    if entry.tbl != "user_key":
        return entry.record
    return (
        row(db.conn.execute("SELECT user FROM user_key WHERE id = ?", (entry.record,)).fetchone())
        or b""
    )


def _acts_of(db: Database, stream: bytes, after: int, actor: bytes) -> Iterator[Act]:
    """The acts of one person in a stream after a number."""
    done: set[str] = set()
    for seq, header, act in db.conn.execute(
        "SELECT seq, header, header ->> 'act' FROM entry"
        " WHERE stream = ? AND seq > ? AND header ->> 'actor' = ? ORDER BY seq",
        (stream, after, actor.hex()),
    ).fetchall():
        if act not in done:
            done.add(act)
            yield next(acts_at(db, stream, seq, header))


def refuse(
    db: Database, book: ProjectionContext, entries: Mapping[bytes, str], *, only: bool = False
) -> None:
    """Leaves entries (ids, each with the reason) out of every record from now on; with ``only``, all other
    entries count again. Within a writing job."""
    known = left_out(db)
    again = known - entries.keys() if only else set()
    db.conn.executemany("DELETE FROM refused WHERE entry_id = ?", [(each,) for each in again])
    differs = json.dumps([each.hex().upper() for each in (entries.keys() - known) | again])
    touched = db.conn.execute(
        "SELECT DISTINCT tbl, record FROM entry"
        " WHERE hex(entry_id) IN (SELECT value FROM json_each(?))",
        (differs,),
    ).fetchall()
    db.conn.executemany(
        "INSERT INTO refused VALUES(?, ?) ON CONFLICT DO UPDATE SET why = excluded.why",
        list(entries.items()),
    )
    for tbl, record in touched:
        _fold_again(db, book, tbl, record)


def _fold_again(db: Database, book: ProjectionContext, tbl: str, record: bytes) -> None:
    """Folds a record again after one of its entries stopped counting, or counts again."""
    table = book.tables.get(tbl)
    if table is None:
        return
    every = [
        decode(header, body, db.opens)
        for header, body in db.conn.execute(
            "SELECT header, body FROM entry LEFT JOIN payload USING(entry_id)"
            " WHERE record = ? AND tbl = ?",
            (record, tbl),
        ).fetchall()
    ]
    counts = projection.entries_of(db, tbl, record)
    if not counts:  # no entry is left: it is shown as removed
        counts = [each._replace(fields={VOID: True}, parents={}, sealed=b"") for each in every]
    projection.project(db, table, record, counts, book.pack.safer.get(tbl))
    book.index(db, {(tbl, record): [*every, *every]}, book.tables, book.pack)
