"""What people did at one desk reaches the named professionals at the others, and nobody else (rule S16)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from samples import ADVISOR, HANDS, PRIVATE, a_colleague, close_one
from sync.seats import Seats

from spoc.model.ledger.entry import Actor
from spoc.storage import keyring, sealing
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.driver import Database
from spoc.storage.ledger import audit
from spoc.storage.migrations import local
from spoc.storage.persons import looks
from spoc.storage.persons import record as persons
from spoc.storage.secrecy import restricted
from spoc.storage.upkeep.verify import verify
from spoc.sync import audit_trail, compare, segment
from spoc.sync.folder import Folder
from spoc.sync.hub import Hub, prepare
from spoc.sync.segment import BadSegment
from spoc.sync.sending import verifier


class Service(Seats):
    """Two desks; a contact was opened at the first, and a named professional belongs to the service."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, 2)
        self.lead, _ = a_colleague(self.desks[0].store, "Beth Bell", "named-professional")
        self.contact = close_one(self.desks[0].store)
        self.until_quiet()
        self.looked_at()

    def looked_at(self, purpose: str = "follow-up") -> None:
        """An advisor opens the contact at the first desk."""
        audit.record(
            self.desks[0].store, ADVISOR, "view", subject=self.contact, purpose=purpose
        ).result()

    def sits(self, number: int, actor: Actor) -> Desk:
        """Somebody signs in at a desk."""
        desk = self.desks[number]
        desk.store.keyring.hold(actor.id, HANDS.get(actor.id, PRIVATE))
        self.desks[number] = Desk(desk.store, actor, desk.folder)
        return self.desks[number]

    def a_day_later(self) -> None:
        for number in range(2):
            self.clock(number).step(seconds=timedelta(days=1).total_seconds())

    def looks(self, number: int) -> list[tuple[bytes, str]]:
        """Who opened the contact, and why, as far as a desk knows."""
        return (
            self.desks[number]
            .store.reader.conn.execute(
                "SELECT _by, purpose FROM audit WHERE subject = ? AND kind = 'view' ORDER BY _first_at",
                (self.contact,),
            )
            .fetchall()
        )  # type: ignore[no-any-return]

    def files(self) -> list[Path]:
        return sorted(self.share.rglob("*.audit"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.close()


def test_a_named_professional_elsewhere_sees_who_looked_and_an_advisor_does_not(
    service: Service,
) -> None:
    service.a_day_later()
    service.sync(0)
    service.sync(1)
    assert service.looks(1) == []  # an advisor's desk takes nothing of it in
    service.sits(1, service.lead)
    done = service.sync(1)
    assert (done.received, done.problems) == (0, ())  # it counts as no record
    assert service.looks(1) == [(ADVISOR.id, "follow-up")]
    store = service.desks[1].store
    (child,) = store.reader.conn.execute(
        "SELECT person FROM contact_person JOIN person ON person.id = person WHERE contact = ? AND person.kind = 'child'",
        (service.contact,),
    ).fetchone()
    record = persons.read(store, service.lead, child)
    assert record
    ((_, who, why, _),) = looks.looked(store, service.lead, record)
    assert (who, why) == ("Ada Advisor, Desk 0", "follow-up")
    assert verify(service.desks[1].store).sound
    again = service.sync(1)
    assert (again.sent, again.received, again.problems) == (0, 0, ())
    assert compare.with_place(service.desks[1], Folder(service.share)).same


def test_the_service_s_key_alone_does_not_open_an_audit_trail(service: Service) -> None:
    service.a_day_later()
    service.sync(0)
    known = verifier(groups.every(service.desks[1].store.reader))
    assert service.files()
    for each in service.files():
        head, _, box = each.read_bytes().partition(b"\n")
        key = sealing.hkdf(service.group.key, head, audit_trail._PURPOSE)
        to, _, inner = sealing.decrypt(key, box, head).partition(b"\n")
        assert [user for user, _ in json.loads(to)["to"]] == [service.lead.id.hex()]
        with pytest.raises(BadSegment, match="another key"):
            segment.opened(service.group, inner, known)


def test_a_trail_goes_once_a_day_and_only_what_is_new(service: Service) -> None:
    service.a_day_later()
    service.sync(0)
    first = service.files()
    service.clock(0).step(seconds=3600)
    service.looked_at("review of the record")
    service.sync(0)
    assert (
        first and service.files() == first
    )  # the same day: the end of the trail is signed, that is enough
    service.a_day_later()
    service.sync(0)
    (fresh,) = {*service.files()} - {*first}
    assert fresh.stat().st_size <= max(each.stat().st_size for each in first)


def test_somebody_who_becomes_named_professional_gets_the_trail_from_its_beginning(
    service: Service,
) -> None:
    service.a_day_later()
    service.sync(0)
    before = service.files()
    dawn, _ = a_colleague(service.desks[0].store, "Dawn Dale", "named-professional")
    service.a_day_later()
    service.sync(0)
    assert service.files() and not {*before} & {*service.files()}
    service.sync(1)
    service.sits(1, dawn)
    service.sync(1)
    assert service.looks(1) == [(ADVISOR.id, "follow-up")]


@pytest.mark.parametrize("harm", ["torn", "lost", "changed"])
def test_a_trail_that_is_harmed_on_the_share_is_written_again(service: Service, harm: str) -> None:
    service.a_day_later()
    service.sync(0)
    service.sits(1, service.lead)
    for each in service.files():
        data = each.read_bytes()
        if harm == "lost":
            each.unlink()
        else:
            each.write_bytes(data[:-40] if harm == "torn" else data[:-40] + bytes(40))
    done = service.sync(1)
    assert service.looks(1) == []
    assert all("audit trail" in each and "left out" in each for each in done.problems)
    assert bool(done.problems) == (harm != "lost")
    if harm == "changed":  # its size is right: only its reader notices
        for each in service.files():
            each.unlink()
    service.sync(0)
    assert service.sync(1).problems == ()
    assert service.looks(1) == [(ADVISOR.id, "follow-up")]


def test_a_service_without_a_named_professional_sends_no_trail(tmp_path: Path) -> None:
    seats = Seats(tmp_path, 2)
    try:
        close_one(seats.desks[0].store)
        seats.until_quiet()
        assert not [*seats.share.rglob("*.audit")]
    finally:
        seats.close()


def test_what_is_cut_off_at_its_desk_stays_with_the_named_professional(service: Service) -> None:
    service.a_day_later()
    service.sync(0)
    service.sits(1, service.lead)
    service.sync(1)

    def cut(db: Database) -> None:
        db.conn.execute("DROP TRIGGER entry_is_kept")
        db.conn.execute("DELETE FROM audit")
        db.conn.execute(
            "DELETE FROM entry WHERE stream = ?", (bytes.fromhex(local(db, "audit_stream")),)
        )

    service.desks[0].store.submit(cut).result()
    service.a_day_later()
    service.sync(0)
    (said,) = service.sync(1).problems
    assert "cut off" in said
    assert service.looks(0) == [] and service.looks(1) == [(ADVISOR.id, "follow-up")]


def test_records_sent_as_an_audit_trail_are_refused_and_stay_records(service: Service) -> None:
    """A colleague who knows the service's key sends a desk's records as if they were its audit."""
    desk, lead = service.desks[0], service.desks[1]
    close_one(desk.store)
    stream = bytes.fromhex(local(desk.store.reader, "stream"))
    entries = [each for _, _, each in places.entries(desk.store.reader, stream, 0)]
    own = desk.store.submit(lambda db: keyring.own_keys(db, desk.store.now())).result()
    key = next(
        each.public for each in restricted.users(desk.store.reader) if each.id == service.lead.id
    )
    header = segment.SegmentHeader(stream, 1, len(entries), own.id)
    data = audit_trail._sealed(service.group, own, header, entries, [(service.lead.id, key)])
    folder = service.share / "spoc1" / service.group.id.hex() / audit_trail.FOLDER
    folder.mkdir(exist_ok=True)
    (folder / f"0123456789abcdef{audit_trail.END}").write_bytes(data)
    service.sits(1, service.lead)
    done = service.sync(1)
    assert ["more than an audit trail" in each for each in done.problems] == [True]
    assert places.trails(lead.store.reader) == places.audit_streams(lead.store.reader)


def test_at_a_hub_a_trail_goes_the_same_way_and_a_newcomer_gets_all_of_it(
    service: Service, hub: str
) -> None:
    prepare(hub, "service", {"desk": "one"})
    there = Hub(hub.replace("keeper@", "desk:one@"))
    try:
        service.sync(0, there)
        dawn, _ = a_colleague(service.desks[0].store, "Dawn Dale", "named-professional")
        service.a_day_later()
        for number in (0, 1):
            service.sync(
                number, there
            )  # whose login may remove nothing: what is sealed to Beth alone stays
        service.sits(1, dawn)
        assert service.sync(1, there).problems == ()
        assert service.looks(1) == [(ADVISOR.id, "follow-up")]
        service.a_day_later()
        before = there.list()
        service.sync(0, there)
        fresh = {*there.list()} - {*before}
        assert not [each for each in fresh if each.endswith(audit_trail.END)]  # nothing is new
    finally:
        there.close()
