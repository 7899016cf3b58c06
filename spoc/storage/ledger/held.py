"""What was received and is held apart: acts that are not complete, and those with which something is wrong.

Held entries are not shown, and count nowhere; each time something arrives they are looked at again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from spoc.model.ledger import roster
from spoc.model.ledger.entry import Carried, Entry, decode
from spoc.storage.driver import Database
from spoc.storage.ledger.erasing import TABLE as ERASED

WAITS = ""  # the reason if nothing is wrong, but part of the act is still to come
BUILDS = roster.WAITS  # likewise, if the record that it changes, or its author, is still to come


class Piece(NamedTuple):
    """A received entry, and the bytes it was read from."""

    entry: Entry
    carried: Carried


def held_back(db: Database) -> list[str]:
    """The entries that are held, in sentences: how many wait for the rest of their act, and what is wrong
    with the others."""
    waiting, problems = what_is_held(db, [])
    if waiting:
        noun = "1 entry waits" if waiting == 1 else f"{waiting:,} entries wait"
        problems = (f"{noun} for more of what another desk did.", *problems)
    return list(problems)


def hold(db: Database, ways: Sequence[Sequence[Piece]], why: str) -> None:
    """Keeps the received part of an act separately; if it is already held, the reason may have changed. A
    refused act is held with the latest signature, which may be the true one."""
    pieces = ways[-1]
    db.conn.executemany(
        "INSERT INTO held(stream, seq, entry_id, act, header, body, signature, why)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET why = excluded.why, signature = CASE WHEN why IN (?, ?) THEN signature"
        " ELSE excluded.signature END",
        [(e.stream, e.seq, e.id, e.act, *c, why, WAITS, BUILDS) for e, c in pieces],
    )


def pieces_of(db: Database, act: bytes) -> list[Piece]:
    """What is held of an act."""
    found = db.conn.execute("SELECT header, body, signature FROM held WHERE act = ?", (act,))
    return [
        Piece(decode(carried.header, carried.body), carried)
        for carried in map(Carried._make, found.fetchall())
    ]


def erasures_of(db: Database, entry: bytes) -> list[bytes]:
    """The held acts that erase an entry."""
    found = db.conn.execute(
        "SELECT DISTINCT act FROM held WHERE header ->> 'tbl' = ? AND header ->> 'record' = ?",
        (ERASED, entry.hex()),
    )
    return [act for (act,) in found.fetchall()]


def what_is_held(db: Database, problems: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """How many entries wait, and what is wrong with others, each sentence once."""
    waiting = 0
    fields = dict.fromkeys(problems)
    for why, many in db.conn.execute(
        "SELECT why, count(*) FROM held GROUP BY why ORDER BY min(seq)"
    ):
        if why in (WAITS, BUILDS):
            waiting += many
        else:
            fields[why] = None
    return waiting, tuple(fields)


def drop_erased(db: Database) -> None:
    """Drops the content of held entries that an erasure names by now."""
    db.conn.execute(
        "UPDATE held SET body = NULL WHERE body IS NOT NULL"
        f" AND EXISTS (SELECT 1 FROM entry WHERE record = held.entry_id AND tbl = '{ERASED}')"
    )
