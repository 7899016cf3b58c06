"""Verifying from where it last ended, said as it goes on, stopped, and beside somebody who works."""

import threading
import time

import pytest
from samples import ADVISOR, Clock, a_colleague, close_one, raw
from storage.test_verify import filled, plant

from spoc.model.ledger.entry import Command
from spoc.storage.driver import Database
from spoc.storage.migrations import local
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import (
    TOLD,
    keep_verified,
    last_verified,
    rebuild,
    verify,
)

__all__ = ["filled"]


def test_from_the_last_verified_entry_only_what_came_after_is_read(filled: Store) -> None:
    assert last_verified(filled) is None
    whole = verify(filled)
    keep_verified(filled, whole).result()
    kept = last_verified(filled)
    assert kept == whole.heads
    nothing_new = verify(filled, since=kept)
    assert nothing_new.sound and nothing_new.records == 0
    close_one(filled)
    report = verify(filled, since=kept)
    assert report.sound and 0 < report.records < whole.records
    assert report.heads == verify(filled).heads

    db = raw(filled)
    db.conn.execute("UPDATE note SET text = 'x' WHERE n = (SELECT max(n) FROM note)")
    db.close()
    assert verify(filled, since=kept).findings[0].endswith("(text).")
    with pytest.raises(ValueError, match="sound"):
        keep_verified(filled, verify(filled))


def test_a_change_before_the_last_verified_entry_shows_at_that_entry(filled: Store) -> None:
    kept = dict(verify(filled).heads)
    own = local(filled.reader, "stream")
    kept[own] = (kept[own][0], "00" * 32)
    report = verify(filled, since=kept)
    assert report.findings[0].endswith("is not the one that was verified before.")


def test_it_says_how_far_it_is_and_stops_when_asked(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spoc.storage.upkeep.verify._TICK", 5)
    said: list[tuple[int, int]] = []
    report = verify(filled, progress=lambda done, total: said.append((done, total)))
    assert report.sound
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    assert len({total for _, total in said}) == 1 and said[-1][0] <= said[-1][1]

    for number in range(1, len(said) + 1):
        left = iter(range(number))
        stopped = verify(filled, progress=lambda *_, left=left: next(left, None) is not None)
        if not stopped.finished:
            assert not stopped.sound and stopped.findings == ()
            assert "Verifying was stopped before it finished." in stopped.lines()
    assert verify(filled).sound


def test_the_check_of_the_file_can_be_stopped(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spoc.storage.upkeep.pages._STEPS", 1)
    monkeypatch.setattr("spoc.storage.upkeep.verify._TICK", 10**9)
    assert not verify(filled, progress=lambda *_: False).finished


@pytest.mark.long
def test_work_that_goes_on_beside_it_raises_no_alarm(filled: Store) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            close_one(filled)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        reports = [verify(filled) for _ in range(8)]
    finally:
        stop.set()
        worker.join()
    assert [report.findings for report in reports] == [()] * 8
    assert reports[-1].entries > reports[0].entries


def test_it_reads_the_store_as_it_stood_when_it_began(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spoc.storage.upkeep.verify._TICK", 10)
    before = verify(filled)
    written: list[bytes] = []
    report = verify(filled, progress=lambda *_: written.append(close_one(filled)))
    assert len(written) > 5 and report.findings == ()
    assert (report.entries, report.records, report.heads) == (
        before.entries,
        before.records,
        before.heads,
    )
    assert verify(filled).entries > before.entries


def test_a_store_that_is_broken_all_over_tells_no_more_than_anyone_reads(store: Store) -> None:
    commands = [Command("person", bytes([0] * 15 + [n]), {"name": "x"}) for n in range(TOLD + 20)]
    store.act(ADVISOR, commands).result()
    report = plant(store, lambda db: db.conn.execute("DELETE FROM person"))
    assert len(report.findings) == TOLD and report.more >= 20
    assert f"And {report.more} more of the same kind." in report.lines()


def test_a_store_of_erased_payloads_is_sound(store: Store, clock: Clock) -> None:
    written = store.act(ADVISOR, [Command("note", b"n" * 16, {"text": "Old."})]).result()
    nora, _ = a_colleague(store, "Nora Named", "named-professional")
    store.act(nora, [Command("erase", written.entries[0].id, {"why": "retention"})]).result()

    def erase(db: Database) -> None:
        db.conn.execute("DELETE FROM payload WHERE entry_id = ?", (written.entries[0].id,))
        rebuild(db, store.book)

    store.submit(erase).result()
    assert verify(store).findings == ()


def test_nobody_who_saves_waits_while_the_pages_are_looked_at(filled: Store) -> None:
    """A reader of what was there before keeps the WAL from being brought over; saves go on meanwhile."""
    reader = raw(filled)
    reader.conn.execute("BEGIN")
    reader.conn.execute("SELECT count(*) FROM entry").fetchone()
    close_one(filled)
    began = time.monotonic()
    brought = filled.checkpoint()
    close_one(filled)
    waited = time.monotonic() - began
    reader.close()
    assert not brought and waited < 5, f"a save waited {waited:.1f} s"
    assert filled.checkpoint()
    assert verify(filled).sound
