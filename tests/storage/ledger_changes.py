"""Single changes that somebody with the data key may make: to the entries of the ledger, and to what stands beside them."""

import json
import os
import random
from typing import Any

from storage.tampering import BEA, EVE, NORA, Service, chained, cheap, forged  # noqa: F401

from spoc.model.ledger.entry import Command, canonical, entry_id
from spoc.storage import sealing
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local

# -- what is changed of the ledger -------------------------------------------------------------------


CHANGES = (
    "edit", "author", "time", "clock", "record", "kind", "drop entry", "drop act", "add", "reorder", "sign as",
    "replay", "erase",
)  # fmt: skip


def changed(db: Database, change: str, chance: random.Random) -> None:
    """One change of some entry that is not of the last act of its stream; what follows is chained anew."""
    rows = [
        json.loads(header)
        for (header,) in db.conn.execute("SELECT header FROM entry ORDER BY stream, seq").fetchall()
    ]
    last = {each["stream"]: each["act"] for each in rows}
    kept = {entry for (entry,) in db.conn.execute("SELECT hex(entry_id) FROM payload")}
    there = [each for each in rows if entry_id(canonical(each)).hex().upper() in kept]
    one = chance.choice([each for each in there if each["act"] != last[each["stream"]]])
    others = [each for each in rows if each["actor"] != one["actor"]]

    def is_one(said: dict[str, Any]) -> bool:
        return (said["stream"], said["seq"]) == (one["stream"], one["seq"])

    def edit(said: dict[str, Any]) -> dict[str, Any] | None:
        if change == "drop act" and said["act"] == one["act"]:
            return None
        if not is_one(said):
            return said
        match change:
            case "edit":
                payload = json.loads(said["payload"])
                return said | {"payload": canonical({**payload, "salt": os.urandom(16).hex()})}
            case "author":
                return said | {"actor": chance.choice(others)["actor"]}
            case "time":
                return said | {"at": "2026-11-01T09:00:00.000Z"}
            case "clock":
                return said | {"hlc": said["hlc"] - 1_000_000_000}
            case "record":
                return said | {"record": os.urandom(16).hex()}
            case "kind":
                return said | {"tbl": "note" if said["tbl"] != "note" else "outcome"}
            case "drop entry":
                return None
        return said

    if change in ("add", "sign as"):
        command = Command("note", os.urandom(16), {"contact": one["record"], "text": "No."})
        forged(db, bytes.fromhex(one["actor"]), command, os.urandom(72) if change != "add" else b"")
    elif change == "erase":
        forged(
            db,
            bytes.fromhex(one["actor"]),
            Command("erase", entry_id(canonical(one)), {"why": "retention"}),
        )
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (entry_id(canonical(one)),))
    elif change == "replay":
        _again(db, [each for each in rows if each["act"] == one["act"]])
    elif change == "reorder":
        swap = [each for each in rows if each["stream"] == one["stream"]]
        at = next(n for n, each in enumerate(swap) if each["act"] != swap[0]["act"])
        first = swap[at - 1]["act"]
        db.conn.execute("UPDATE entry SET seq = seq + 100000 WHERE header ->> 'act' = ?", (first,))
        chained(db, lambda said: said)
    else:
        chained(db, edit)


def _again(db: Database, act: list[dict[str, Any]]) -> None:
    """An act once more, as it was signed, in a stream of its own."""
    stream, prev = os.urandom(16), "00" * 32
    new = os.urandom(16)
    for seq, header in enumerate(act, 1):
        (body,) = db.conn.execute(
            "SELECT body FROM payload WHERE entry_id = ?", (entry_id(canonical(header)),)
        ).fetchone() or (None,)
        said = header | {"stream": stream.hex(), "seq": seq, "prev": prev, "act": new.hex()}
        data, record = canonical(said), bytes.fromhex(said["record"])
        prev = sealing.sha256(data)
        row = (stream, seq, entry_id(data), said["hlc"], said["tbl"], record, data)
        db.conn.execute("INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)", row)
        if body is not None:
            db.conn.execute("INSERT INTO payload VALUES(?, ?)", (entry_id(data), body))
    (signature,) = db.conn.execute(
        "SELECT body FROM signature WHERE act = ?", (bytes.fromhex(act[0]["act"]),)
    ).fetchone()
    db.conn.execute("INSERT INTO signature VALUES(?, ?)", (new, signature))


# -- what is changed beside it -----------------------------------------------------------------------


def signature_lost(db: Database, chance: random.Random) -> None:
    db.conn.execute("DELETE FROM signature WHERE act = ?", (_some(db, chance, "signature", "act"),))


def signature_spoilt(db: Database, chance: random.Random) -> None:
    act = _some(db, chance, "signature", "act")
    db.conn.execute("UPDATE signature SET body = ? WHERE act = ?", (os.urandom(72), act))


def signatures_swapped(db: Database, chance: random.Random) -> None:
    """Between two acts of one person, whose keys are the same."""
    (actor,) = db.conn.execute(
        "SELECT header ->> 'actor' FROM entry GROUP BY 1 HAVING count(DISTINCT header ->> 'act') > 1"
        " ORDER BY 1 LIMIT 1"
    ).fetchone()
    acts = [
        bytes.fromhex(act)
        for (act,) in db.conn.execute(
            "SELECT DISTINCT header ->> 'act' FROM entry WHERE header ->> 'actor' = ? ORDER BY 1",
            (actor,),
        ).fetchall()
    ]
    one, other = chance.sample(acts, 2)
    bodies = dict(db.conn.execute("SELECT act, body FROM signature").fetchall())
    for act, body in ((one, bodies[other]), (other, bodies[one])):
        db.conn.execute("UPDATE signature SET body = ? WHERE act = ?", (body, act))


def payload_lost(db: Database, chance: random.Random) -> None:
    entry = _some(db, chance, "payload", "entry_id")
    db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (entry,))


def payload_changed(db: Database, chance: random.Random) -> None:
    entry = _some(db, chance, "payload", "entry_id")
    (body,) = db.conn.execute("SELECT body FROM payload WHERE entry_id = ?", (entry,)).fetchone()
    db.conn.execute("UPDATE payload SET body = ? WHERE entry_id = ?", (body + b" ", entry))


def begun_with_something_else(db: Database, chance: random.Random) -> None:
    keep_local(db, "roots", [os.urandom(32).hex()])


def left_out(db: Database, chance: random.Random) -> None:
    """An entry that counts is said not to, so that no screen shows it."""
    entry, record = db.conn.execute(
        "SELECT entry_id, record FROM entry WHERE tbl = 'note' AND record IN (SELECT id FROM note) LIMIT 1"
    ).fetchone()
    db.conn.execute("INSERT INTO refused VALUES(?, 'nobody signed it.')", (entry,))
    db.conn.execute("DELETE FROM note WHERE id = ?", (record,))


def row_changed(db: Database, chance: random.Random) -> None:
    db.conn.execute("UPDATE note SET text = 'Nothing was wrong.'")


def row_lost(db: Database, chance: random.Random) -> None:
    tbl = chance.choice(("note", "action", "contact", "user", "contact_person", "audit"))
    db.conn.execute(f"DELETE FROM {tbl} WHERE id IN (SELECT id FROM {tbl} LIMIT 1)")


def row_added(db: Database, chance: random.Random) -> None:
    columns = [each for (each,) in db.conn.execute("SELECT name FROM pragma_table_info('note')")]
    others = [each for each in columns if each not in ("id", "n")]
    db.conn.execute(
        f"INSERT INTO note(id, {', '.join(others)}) SELECT x'{os.urandom(16).hex()}', {', '.join(others)}"
        " FROM note LIMIT 1"
    )


def made_more(db: Database, chance: random.Random) -> None:
    db.conn.execute(
        "UPDATE user SET role = 'named-professional' WHERE role <> 'named-professional'"
    )


def _some(db: Database, chance: random.Random, tbl: str, column: str) -> bytes:
    found = db.conn.execute(f"SELECT {column} FROM {tbl} ORDER BY 1").fetchall()
    return bytes(chance.choice(found)[0])


BESIDE = (
    signature_lost, signature_spoilt, signatures_swapped, payload_lost, payload_changed,
    begun_with_something_else, left_out, row_changed, row_lost, row_added, made_more,
)  # fmt: skip
