"""A look at a record that the disk has no room to note: it is shown, and noted once there is room."""

import os

import pytest
from storage.tampering import BEA, NORA, Service, cheap, service

from spoc.model.errors import DiskFull
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.storage.desks import marker
from spoc.storage.ledger import audit
from spoc.storage.upkeep.verify import verify

__all__ = ["cheap", "service"]


def fill(desk: Desk) -> int:
    """Let the store find the disk full; gives how many views were written until then."""
    store, seen = desk.store, 0
    ((pages,),) = store.reader.conn.execute("PRAGMA page_count").fetchall()
    store.submit(lambda db: db.conn.execute(f"PRAGMA max_page_count={pages}").fetchall()).result()
    with pytest.raises(DiskFull):
        for _ in range(1000):
            audit.record(store, desk.actor, "view", subject=os.urandom(16)).result()
            seen += 1
    return seen


def views(desk: Desk) -> int:
    found = desk.store.reader.conn.execute("SELECT count(*) FROM audit WHERE kind = 'view'")
    return int(found.fetchone()[0])


def test_a_view_that_finds_the_disk_full_is_shown_and_written_once_there_is_room(
    service: Service,
) -> None:
    desk = service.at("Bea Bird", BEA)
    store = desk.store
    seen = fill(desk)
    assert contacts.get(store, desk.actor, service.contact)  # it still shows
    before = views(desk)
    store.submit(lambda db: db.conn.execute("PRAGMA max_page_count=100000").fetchall()).result()
    assert views(desk) == before + 1 == seen + 2
    assert not list(marker.path().with_name("owed").iterdir())
    assert verify(store).sound
    desk.close()


def test_a_view_that_is_still_owed_when_the_program_ends_is_written_at_the_next_start(
    service: Service,
) -> None:
    desk = service.at("Bea Bird", BEA)
    seen = fill(desk)
    desk.close()
    (kept,) = marker.path().with_name("owed").iterdir()
    assert b"view" not in kept.read_bytes() and service.bea.id not in kept.read_bytes()
    spoilt = kept.with_name(f"{kept.name.partition('-')[0]}-{'0' * 32}.sealed")
    spoilt.write_bytes(b"nothing that opens")
    desk = service.at("Nora Named", NORA)
    desk.store.submit(lambda db: None).result()
    assert views(desk) == seen + 2 and [*kept.parent.iterdir()] == [spoilt]
    who, at = desk.store.reader.conn.execute(
        "SELECT who, _first_at FROM audit WHERE id = ?", (bytes.fromhex(kept.stem[-32:]),)
    ).fetchone()
    assert who == service.bea.id and at < desk.store.now().isoformat()
    assert verify(desk.store).sound
    desk.close()
