"""Two desks and a share that does everything to its files, in any order: edits, syncs, kills between the steps of
one, torn, lost and doubled files. Healed, all show the same, and nothing that was acknowledged is lost."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from carrying import act, differing, lost, shown
from hypothesis import settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from samples import ADVISOR, GENERIC, KEY, PRIVATE, Clock, a_sheet
from sync.seats import Seats

from spoc.model.errors import Refusal
from spoc.model.ledger.entry import Command
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, new_streams
from spoc.storage.ledger import audit
from spoc.storage.persons import links
from spoc.storage.start import start
from spoc.storage.store import DB_NAME
from spoc.storage.upkeep.verify import verify
from spoc.sync.folder import Folder
from spoc.sync.hub import Hub, prepare
from spoc.sync.transport import PlaceGone, Transport

LONG = bool(os.environ.get("SPOC_SOAK"))
STRANGE = "0" * 16  # in the name of what is a file of the service under another one's name
DESK = strategies.integers(0, 1)
SEED = strategies.integers(0, 2**32)


class Killed(BaseException):
    """The process is gone: nothing that would have come after it happens."""


class Dies:
    """A place at which something happens before, or just after, the so-manyth file is put there."""

    def __init__(self, place: Transport, after: int, what: BaseException) -> None:
        self.within, self.left, self.what = place, after, what
        self.place = place.place
        self.list, self.get, self.remove, self.close = (
            place.list, place.get, place.remove, place.close,
        )  # fmt: skip

    def put_new(self, name: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.what
        self.within.put_new(name, data)
        if self.left == 0:
            raise self.what


class Share:
    """A shared folder, and what it may do to its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def transport(self) -> Transport:
        return Folder(self.folder)

    def files(self) -> list[str]:
        return sorted(str(each) for each in self.folder.rglob("*.seg"))

    def tear(self, file: str) -> None:
        path = Path(file)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def lose(self, file: str) -> None:
        Path(file).unlink()

    def double(self, file: str, name: str) -> None:
        if Path(file).name != name:
            shutil.copy(file, Path(file).with_name(name))

    def close(self) -> None:
        """Nothing is open."""


class Table:
    """A hub's table, and what a server may do to its rows: a backup put back, somebody with its rights."""

    def __init__(self, dsn: str) -> None:
        import psycopg

        self.dsn, self.db = dsn, psycopg.connect(dsn, autocommit=True)
        self.db.execute("TRUNCATE spoc1.segment")

    def transport(self) -> Transport:
        return Hub(self.dsn)

    def files(self) -> list[str]:
        found = self.db.execute("SELECT name FROM spoc1.segment WHERE name LIKE '%.seg'")
        return sorted(name for (name,) in found.fetchall())

    def close(self) -> None:
        self.db.close()

    def tear(self, file: str) -> None:
        self.db.execute(
            "UPDATE spoc1.segment SET bytes = substring(bytes FROM 1 FOR length(bytes) / 2) WHERE name = %s",
            (file,),
        )

    def lose(self, file: str) -> None:
        self.db.execute("DELETE FROM spoc1.segment WHERE name = %s", (file,))

    def double(self, file: str, name: str) -> None:
        self.db.execute(
            "INSERT INTO spoc1.segment(tenant, name, bytes) SELECT tenant, %s, bytes FROM spoc1.segment"
            " WHERE name = %s ON CONFLICT DO NOTHING",
            (f"{file.rpartition('/')[0]}/{name}", file),
        )


class Desks(RuleBasedStateMachine):
    """What happens to two desks of one service in a day."""

    at: Callable[[Path], Share | Table] = staticmethod(lambda place: Share(place / "share"))

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="spoc-desks-"))
        self.seats = Seats(self.folder, 2)
        self.place = self.at(self.folder)
        self.seats.transport = self.place.transport
        self.kept: set[bytes] = set()
        self.later: set[bytes] = set()  # contacts of which a later program said more
        self.copies: dict[int, Path] = {}
        self.call(0)
        self.seats.until_quiet()

    @rule(desk=DESK)
    def call(self, desk: int) -> None:
        """A contact that is acknowledged."""
        store = self.seats.desks[desk].store
        draft = drafts.new(store, ADVISOR)
        contacts.leave_open(store, ADVISOR, draft, a_sheet(store.now())).result()
        self.kept |= {each.id for each in contacts.still_open(store, ADVISOR)}

    @rule(desk=DESK, seed=SEED)
    def work(self, desk: int, seed: int) -> None:
        act(self.seats.desks[desk].store, Random(seed))

    @rule(desk=DESK)
    def sync(self, desk: int) -> None:
        self.seats.sync(desk)

    @rule(desk=DESK, after=strategies.integers(0, 2))
    def die_in_a_sync(self, desk: int, after: int) -> None:
        with closing(self.place.transport()) as place, suppress(Killed):
            self.seats.sync(desk, Dies(place, after, Killed()))

    @rule(desk=DESK, after=strategies.integers(0, 2))
    def find_it_full(self, desk: int, after: int) -> None:
        with closing(self.place.transport()) as place, suppress(PlaceGone):
            self.seats.sync(desk, Dies(place, after, PlaceGone("no room")))

    @rule(desk=DESK, hours=strategies.sampled_from((-24, 0, 24)))
    def set_the_clock(self, desk: int, hours: int) -> None:
        self.seats.clock(desk).at = Clock().at + timedelta(hours=hours)

    @rule(seed=SEED)
    def tear(self, seed: int) -> None:
        if file := self._some_file(seed):
            self.place.tear(file)

    @rule(seed=SEED)
    def lose(self, seed: int) -> None:
        if file := self._some_file(seed):
            self.place.lose(file)

    @rule()
    def lose_a_folder(self) -> None:
        if files := self.place.files():
            gone = files[0].rpartition("/")[0]
            for each in files:
                if each.startswith(gone):
                    self.place.lose(each)

    @rule(seed=SEED)
    def plant(self, seed: int) -> None:
        """A file that no desk wrote, under a name of the service's: left out and named until it is taken away."""
        if file := self._some_file(seed):
            self.place.double(file, f"{STRANGE}{seed:016x}a.seg")
            for each in self.place.files():
                if each.endswith(f"{STRANGE}{seed:016x}a.seg"):
                    self.place.tear(each)

    @rule(desk=DESK)
    def find_it_read_only(self, desk: int) -> None:
        """Nothing can be put there; all can be read."""
        with closing(self.place.transport()) as place, suppress(PlaceGone):
            self.seats.sync(desk, Dies(place, -1, PlaceGone("read-only")))

    @rule(desk=DESK)
    def take_a_copy(self, desk: int) -> None:
        """A backup, or a profile that is cloned."""
        store = self.seats.desks[desk].store
        self.copies[desk] = self.folder / f"copy-{desk}"
        self.copies[desk].mkdir(exist_ok=True)
        store.submit(lambda db: None).result()
        for each in self.seats.desks[desk].folder.glob(f"{DB_NAME}*"):
            shutil.copy(each, self.copies[desk])

    @rule(desk=DESK)
    def put_it_back(self, desk: int) -> None:
        """The store is gone, and the copy is put in its place, in a stream of its own; what was sent comes back."""
        if desk not in self.copies:
            return
        self.seats.sync(desk)
        here = self.seats.desks[desk]
        clock = self.seats.clock(desk)
        here.store.close()
        for each in here.folder.glob(f"{DB_NAME}*"):
            each.unlink()
        for each in self.copies[desk].iterdir():
            shutil.copy(each, here.folder)
        store = start(here.folder / DB_NAME, KEY, GENERIC, now=clock)
        store.keyring.hold(ADVISOR.id, PRIVATE)
        store.submit(lambda db: new_streams(db, store.now())).result()
        self.seats.desks[desk] = Desk(store, ADVISOR, here.folder)

    @rule(desk=DESK, seed=SEED)
    def link(self, desk: int, seed: int) -> None:
        """Two records are of one child: at one desk this way round, at the other that, and in a circle."""
        store = self.seats.desks[desk].store
        found = store.reader.conn.execute("SELECT id FROM person WHERE sealed IS NULL ORDER BY id")
        people = [person for (person,) in found.fetchall()]
        if len(people) > 1:
            one, other = Random(seed).sample(people, 2)
            with suppress(Refusal):
                links.link(store, ADVISOR, one, other, "same").result()

    @rule(desk=DESK)
    def know_a_later_field(self, desk: int) -> None:
        """One desk has a later program, which writes a field that the other does not know."""
        store = self.seats.desks[desk].store
        for row in contacts.still_open(store, ADVISOR)[:1]:
            store.act(ADVISOR, [Command("contact", row.id, {"mood": "calm"})]).result()
            self.later.add(row.id)

    @rule(desk=DESK)
    def look(self, desk: int) -> None:
        """A view, and a draft: neither leaves the desk."""
        store = self.seats.desks[desk].store
        audit.record(store, ADVISOR, "view", subject=os.urandom(16)).result()
        drafts.save(store, drafts.new(store, ADVISOR), a_sheet(store.now())).result()

    @rule(seed=SEED)
    def double(self, seed: int) -> None:
        if file := self._some_file(seed):
            self.place.double(file, f"{Path(file).stem} (conflicted copy).seg")

    @rule(seed=SEED)
    def rename(self, seed: int) -> None:
        """A file under the name of another one: left out and named until somebody takes it away."""
        if file := self._some_file(seed):
            name = f"{STRANGE}{seed:016x}.seg"
            self.place.double(file, name)

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        for each in self.seats.desks:
            assert not lost(each.store)

    def teardown(self) -> None:
        if not hasattr(self, "seats"):
            return
        try:
            self._heal()
        finally:
            self.seats.close()
            self.place.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _some_file(self, seed: int) -> str:
        files = self.place.files()
        return Random(seed).choice(files) if files else ""

    def _heal(self) -> None:
        """In the evening: the clocks are set, strange files taken away, and all sync until nothing moves."""
        for number in (0, 1):
            self.seats.clock(number).at = Clock().at + timedelta(hours=25)
        for each in self.place.files():
            if STRANGE in each:
                self.place.lose(each)
        self.seats.until_quiet()
        again = [self.seats.sync(number) for number in (0, 1)]
        assert [(each.sent, each.received, each.problems) for each in again] == [(0, 0, ())] * 2
        one, other = (each.store for each in self.seats.desks)
        first, second = shown(one), shown(other)
        assert [part for part in differing(first, second) if part != "verify"] == []
        for each in (one, other):
            assert not lost(each)
            assert verify(each).findings == ()
            ids = {row[0] for row in each.reader.conn.execute("SELECT id FROM contact").fetchall()}
            assert self.kept <= ids
            more = each.reader.conn.execute("SELECT id, _extra FROM contact").fetchall()
            assert {id for id, extra in more if "calm" in (extra or "")} == self.later


def run_it(machine: type[Desks], examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=not LONG,
            database=None, print_blob=False,
        ),
    )  # fmt: skip


def test_healed_two_desks_agree_whatever_the_day_did() -> None:
    run_it(Desks, 200 if LONG else 3, 40 if LONG else 12)


@pytest.mark.long
def test_healed_two_desks_at_a_hub_agree_whatever_the_day_did(hub: str) -> None:
    prepare(hub)

    class AtAHub(Desks):
        at = staticmethod(lambda place: Table(hub))

    run_it(AtAHub, 100 if LONG else 3, 40 if LONG else 12)


def test_what_a_desk_put_there_as_it_died_is_its_own_to_write_again() -> None:
    machine = Desks()
    machine.begin()
    before = {*machine.place.files()}
    machine.call(0)
    machine.die_in_a_sync(0, 1)
    fresh = {*machine.place.files()} - before
    assert fresh
    machine.sync(0)  # finds its file there, and has never noted that it put it
    for each in fresh:
        machine.place.lose(each)
    machine.teardown()
