"""Verify: each kind of damage is planted behind the program's back, and named."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from samples import ADVISOR, Clock, close_one, raw

from spoc.model.ledger.chain import ChainCheck, LedgerRow, Report, short_hash
from spoc.model.ledger.entry import canonical, entry_id
from spoc.storage.driver import Database
from spoc.storage.ledger import audit
from spoc.storage.migrations import TRIGGERS, keep_local, local
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import (
    differing,
    rebuild,
    verify,
)


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    """Three contacts, an amendment's worth of entries and an audit entry; sound."""
    for notes in ("First.", "Second.", "Third."):
        close_one(store, notes=notes)
        clock.step(minutes=7)
    audit.record(store, ADVISOR, "sign-in").result()
    assert verify(store).findings == ()
    return store


def plant(store: Store, damage: Callable[[Database], Any]) -> Report:
    """Do the damage as somebody with the key and another tool would, and verify."""
    db = raw(store)
    db.conn.execute("PRAGMA recursive_triggers=OFF")
    for name in TRIGGERS:
        db.conn.execute(f"DROP TRIGGER {name}")
    damage(db)
    for sql in TRIGGERS.values():
        db.conn.execute(sql)
    db.close()
    return verify(store)


def an_entry(db: Database, tbl: str = "note", skip: int = 0) -> tuple[bytes, int, bytes, bytes]:
    """Stream, seq, id and header of an entry."""
    found: tuple[bytes, int, bytes, bytes] = db.conn.execute(
        "SELECT stream, seq, entry_id, header FROM entry WHERE tbl = ? ORDER BY seq LIMIT 1 OFFSET ?",
        (tbl, skip),
    ).fetchone()
    return found


def ends(report: Report, *wanted: str) -> None:
    """Each finding ends as wanted, and nobody's words are in any."""
    assert len(report.findings) == len(wanted), report.findings
    for finding, end in zip(report.findings, wanted, strict=True):
        assert finding.endswith(end), finding
    said = " ".join(report.lines()).casefold()
    assert not any(word in said for word in ("molly", "mulberry", "nora", "scald", "second"))
    assert not report.sound and not report.mendable and "restore" in said


def test_a_sound_store_says_so_and_names_its_heads(filled: Store) -> None:
    report = verify(filled)
    assert report.sound and report.finished and report.more == 0
    own = local(filled.reader, "stream")
    last = filled.reader.conn.execute(
        "SELECT seq, header FROM entry WHERE stream = ? ORDER BY seq DESC LIMIT 1",
        (bytes.fromhex(own),),
    ).fetchone()
    digest = hashlib.sha256(last[1]).hexdigest()
    assert report.heads[own] == (last[0], digest)
    assert report.lines() == [
        f"Everything is as it was written: {report.entries} entries, {report.records} records.",
        f"The desk's records (…{own[-8:]}): last entry {last[0]}, seal {short_hash(digest)}.",
        f"The desk's audit (…{local(filled.reader, 'audit_stream')[-8:]}): last entry 1, "
        f"seal {short_hash(report.heads[local(filled.reader, 'audit_stream')][1])}.",
    ]
    assert short_hash(digest).replace(" ", "") == digest[:16]


def test_a_changed_header_is_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        _, _, name, header = an_entry(db)
        changed = header.replace(b'"tbl":"note"', b'"tbl":"nota"')
        assert changed != header
        db.conn.execute("UPDATE entry SET header = ? WHERE entry_id = ?", (changed, name))

    ends(
        plant(filled, damage),
        "was changed: its header is not the one its id names.",
        "was changed: tbl beside the header says something else.",
        "does not follow the entry before it: one of the two was changed.",
        "shows something else than its entries say (_heads).",
    )


def test_a_header_written_anew_with_its_id_breaks_the_chain(filled: Store) -> None:
    def damage(db: Database) -> None:
        _, _, name, header = an_entry(db)
        said = json.loads(header)
        changed = canonical(said | {"at": "2020-01-01T00:00:00.000Z"})
        for table, columns in (("entry", "entry_id = ?, header = ?"), ("payload", "entry_id = ?")):
            values = (entry_id(changed), changed)[: columns.count("?")]
            db.conn.execute(f"UPDATE {table} SET {columns} WHERE entry_id = ?", (*values, name))

    report = plant(filled, damage)
    assert "does not follow the entry before it" in report.findings[0]
    assert len(report.findings) == 1


@pytest.mark.parametrize("header", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"stream":3}'])
def test_a_header_that_is_none_is_named(filled: Store, header: bytes) -> None:
    def damage(db: Database) -> None:
        name = an_entry(db)[2]
        db.conn.execute("UPDATE entry SET header = ? WHERE entry_id = ?", (header, name))

    report = plant(filled, damage)
    assert report.findings[0].endswith("its header is not one that spoc writes.")
    assert report.findings[-1].endswith("cannot be folded: one of its entries was changed.")


def test_a_changed_payload_is_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        name = an_entry(db, "person")[2]
        db.conn.execute(
            "UPDATE payload SET body = CAST(replace(CAST(body AS TEXT), 'Nora', 'Anna') AS BLOB)"
            " WHERE entry_id = ?",
            (name,),
        )

    ends(
        plant(filled, damage),
        "was changed: its payload is not the one its header names.",
        "cannot be folded: one of its entries was changed.",
    )


def test_a_lost_payload_is_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (an_entry(db)[2],))

    ends(
        plant(filled, damage),
        "has lost its payload, and no erasure names it.",
        "shows something else than its entries say (contact, text, _heads).",
        # what the contact's row is found by still comes from the note as it is shown
    )


def test_a_payload_of_no_entry_is_named(filled: Store) -> None:
    ends(
        plant(
            filled, lambda db: db.conn.execute("INSERT INTO payload VALUES(zeroblob(16), X'00')")
        ),
        "The ledger holds payloads that belong to no entry.",
    )


def test_a_missing_entry_is_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        name = an_entry(db)[2]
        db.conn.execute("DELETE FROM entry WHERE entry_id = ?", (name,))
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (name,))

    report = plant(filled, damage)
    assert " is missing." in report.findings[0] and "Entry " in report.findings[0]
    assert any("is shown, but no entry wrote it" in each for each in report.findings)


def test_several_missing_entries_are_named_as_one(filled: Store) -> None:
    def damage(db: Database) -> None:
        stream = bytes.fromhex(local(db, "stream"))
        db.conn.execute("DELETE FROM entry WHERE stream = ? AND seq BETWEEN 5 AND 7", (stream,))

    assert plant(filled, damage).findings[0].startswith("Entries 5 to 7 of stream ")


def test_swapped_entries_are_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        for one, other in ((5, 1005), (6, 5), (1005, 6)):
            db.conn.execute(
                "UPDATE entry SET seq = ? WHERE seq = ? AND stream = ?",
                (other, one, bytes.fromhex(local(db, "stream"))),
            )

    report = plant(filled, damage)
    for number in (5, 6):
        assert any(
            each.startswith(f"Entry {number} ") and "seq beside the header" in each
            for each in report.findings
        )
    assert any("does not follow the entry before it" in each for each in report.findings)
    assert any("an earlier place in time" in each for each in report.findings)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("hlc = hlc + 1", "hlc"),
        ("record = zeroblob(16)", "record"),
        ("tbl = 'action'", "tbl"),
        ("stream = zeroblob(16)", "stream"),
    ],
)
def test_a_changed_column_beside_the_header_is_named(filled: Store, change: str, name: str) -> None:
    def damage(db: Database) -> None:
        db.conn.execute(f"UPDATE entry SET {change} WHERE entry_id = ?", (an_entry(db)[2],))

    report = plant(filled, damage)
    end = f"was changed: {name} beside the header says something else."
    assert any(each.endswith(end) for each in report.findings), report.findings


def test_a_fork_is_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        stream, seq, _, header = an_entry(db)
        said = json.loads(header)
        body = b"{}"
        mine = {"tbl": "unknown", "record": "00" * 16, "body": hashlib.sha256(body).hexdigest()}
        other = canonical(said | mine)
        db.conn.execute(
            "INSERT INTO entry(stream, seq, entry_id, hlc, tbl, record, header) VALUES(?,?,?,?,?,?,?)",
            (stream, seq, entry_id(other), said["hlc"], "unknown", bytes(16), other),
        )
        db.conn.execute("INSERT INTO payload VALUES(?, ?)", (entry_id(other), body))

    ends(plant(filled, damage), "is there twice, with different content.")


def test_an_act_that_is_not_whole_is_named(filled: Store) -> None:
    def damage(db: Database) -> None:
        db.conn.execute(
            "DELETE FROM entry WHERE stream = ? AND seq = (SELECT max(seq) FROM entry)",
            (bytes.fromhex(local(db, "stream")),),
        )
        db.conn.execute("DELETE FROM payload WHERE entry_id NOT IN (SELECT entry_id FROM entry)")

    assert " entries." in plant(filled, damage).findings[0]
    assert "The act that begins at entry" in verify(filled).findings[0]


def test_a_cut_end_is_only_seen_against_a_head_kept_elsewhere(filled: Store, clock: Clock) -> None:
    before = verify(filled)
    close_one(filled)
    after = verify(filled)
    own = local(filled.reader, "stream")

    def damage(db: Database) -> None:
        cut = (bytes.fromhex(own), before.heads[own][0])
        db.conn.execute("DELETE FROM entry WHERE stream = ? AND seq > ?", cut)
        db.conn.execute("DELETE FROM payload WHERE entry_id NOT IN (SELECT entry_id FROM entry)")
        rebuild(db, filled.book)

    cut = plant(filled, damage)
    assert cut.sound  # nothing within the store can tell
    assert cut.heads == before.heads != after.heads
    assert (
        f": last entry {before.heads[own][0]}, seal {short_hash(before.heads[own][1])}."
        in cut.lines()[1]
    )
    assert verify(filled, since=after.heads).findings == (
        f"Stream …{own[-8:]} was verified before up to entry {after.heads[own][0]}, which is no longer "
        "there: its end was cut off.",
    )
    filled.submit(lambda db: keep_local(db, "verified", dict(after.heads))).result()
    assert verify(filled).findings == verify(filled, since=after.heads).findings


ROWS = {
    "a changed row": ("UPDATE person SET dob = '2001-01-01' WHERE n = 2", "(dob)."),
    "a changed head": ("UPDATE contact SET _heads = '{}' WHERE n = 1", "(_heads)."),
    "a hidden conflict": ("UPDATE contact SET _conflicts = '{}' WHERE n = 1", "(_conflicts)."),
    "a removed record": ("UPDATE action SET _void = 1 WHERE n = 1", "(_void)."),
    "a missing row": ("DELETE FROM outcome WHERE n = 1", "is not among what the screens show."),
    "an extra row": (
        "INSERT INTO action(id) VALUES(zeroblob(16))",
        "Record 00000000000000000000000000000000 of table action is shown, but no entry wrote it.",
    ),
    "a missing table": ("DROP TABLE action", "The table action is missing."),
}


@pytest.mark.parametrize(("damage", "end"), ROWS.values(), ids=ROWS.keys())
def test_what_the_screens_show_is_held_to_the_ledger(filled: Store, damage: str, end: str) -> None:
    report = plant(filled, lambda db: db.conn.execute(damage))
    assert any(each.endswith(end) for each in report.findings), report.findings
    assert report.mendable
    filled.submit(lambda db: rebuild(db, filled.book)).result()
    assert verify(filled).findings == ()


INDEXES = {
    "a changed document": (
        "UPDATE search SET notes = 'nothing' WHERE rowid & 9 = 1",
        "Search does not hold what record",
    ),
    "a lost document": (
        "DELETE FROM search WHERE rowid & 9 = 1",
        "Search does not hold what record",
    ),
    "a second document": (
        "INSERT INTO search(rowid, people) SELECT rowid + (1 << 28), people FROM search LIMIT 1",
        "Search holds more than one",
    ),
    "an extra document": (
        "INSERT INTO search(rowid, people) VALUES(99, 'x')",
        "Search holds a contact (row 99) that is no record.",
    ),
    "a changed name": (
        "UPDATE names SET name = 'Nobody' WHERE rowid = 1",
        "Search does not hold what record",
    ),
    "an extra name": (
        "INSERT INTO names(rowid, name) VALUES(99, 'x')",
        "Search holds a person (row 99) that is no record.",
    ),
    "words that do not belong to their document": (
        "UPDATE names_content SET c0 = 'Nobody'",
        "The file is damaged: ",
    ),
    "words that are lost": ("DELETE FROM search_data WHERE id > 10", "The file is damaged: "),
}


@pytest.mark.parametrize(("damage", "start"), INDEXES.values(), ids=INDEXES.keys())
def test_what_search_finds_by_is_held_to_the_records(
    filled: Store, damage: str, start: str
) -> None:
    report = plant(filled, lambda db: db.conn.execute(damage))
    assert any(each.startswith(start) for each in report.findings), report.findings
    assert report.mendable and "made again from it" in " ".join(report.lines())
    filled.submit(lambda db: rebuild(db, filled.book)).result()
    assert verify(filled).findings == ()


def test_a_guard_that_does_something_else_is_named(filled: Store) -> None:
    db = raw(filled)
    db.conn.execute("DROP TRIGGER entry_stays")
    db.conn.execute("CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT 1; END")
    db.close()
    ends(verify(filled), "The guard entry_stays of the ledger is not the one that spoc put there.")


def test_a_page_that_was_not_written_so_is_named(filled: Store) -> None:
    db = raw(filled)
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,) = db.conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'draft'").fetchone()
    (size,) = db.conn.execute("PRAGMA page_size").fetchone()
    db.close()
    with filled.path.open("r+b") as file:
        file.seek((page - 1) * int(size) + 100)
        file.write(b"\0" * 16)
    report = verify(filled)
    assert any(
        "A page of the file is not the one that was written" in each for each in report.findings
    )


# -- the comparison alone ------------------------------------------------------------------------


def test_columns_that_differ_are_named_with_a_mind_to_their_kind() -> None:
    assert differing(["a", "b", "c"], [1, None, "x"], [1, "", "y"]) == ["b", "c"]
    assert differing(["a"], ["1"], [1]) == ["a"]
    assert differing([], [], []) == []


def test_a_walk_of_nothing_finds_nothing() -> None:
    walk = ChainCheck()
    assert [*walk.end()] == [] and walk.heads == {}


def test_a_walk_knows_streams_apart(filled: Store) -> None:
    rows = filled.reader.conn.execute(
        "SELECT stream, seq, entry_id, hlc, tbl, record, header,"
        " (SELECT body FROM payload WHERE payload.entry_id = entry.entry_id)"
        " FROM entry ORDER BY rowid"
    ).fetchall()
    walk = ChainCheck()
    assert [finding for each in rows for finding in walk.see(LedgerRow(*each))] == []
    assert [*walk.end()] == [] and walk.heads == verify(filled).heads
