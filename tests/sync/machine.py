"""Desks of one service and a place that does everything to its files, in any order: a state machine of what happens in
a day. In the evening all is healed, and the desks agree."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random

from carrying import act, differing, doubled, half_shown, lost, shown
from children import Child
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from samples import ADVISOR, GENERIC, HANDS, KEY, PRIVATE, Clock, a_sheet, joins, set_up, signs
from sync import steps
from sync.faulty_places import Dies, Killed, Listed, Share, Table, headers
from sync.seats import Seats

from spoc.model.errors import BadInput, Refusal
from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.model.ledger.entry import Actor, Command
from spoc.storage.contacts import contacts, erasing
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, new_streams
from spoc.storage.desks import both_ways, places
from spoc.storage.driver import Database
from spoc.storage.ledger import audit
from spoc.storage.ledger.splits import waiting
from spoc.storage.persons import links
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store
from spoc.storage.upkeep.verify import verify
from spoc.sync.run import Synced
from spoc.sync.transport import PlaceGone

STRANGE = "0" * 16  # in the name of what is a file of the service under another one's name
NAMED = signs(Actor(b"named-number-001", "Nora Named", "named-professional"))
BETH = signs(Actor(b"second-number-01", "Beth Bell", "advisor"))
LATER = (*CONTACT_FORM, Field("mood", "Mood", "text"))  # the form of a later program
SEALED = "it is in clear, on a record that is sealed."  # what a desk wrote that had not heard of it
ROUNDS = 6  # of syncs, after which the desks must have come to rest
DESK = strategies.integers(0, 3)
SEED = strategies.integers(0, 2**32)
STEPS = 80  # about as many as a call and a sync have
URANDOM = os.urandom


class Desks(RuleBasedStateMachine):
    """What happens to the desks of one service in a day."""

    at: Callable[[Path], Share | Table] = staticmethod(lambda place: Share(place / "share"))
    tally: Counter[str] = Counter()  # of all days: what was done

    @initialize(count=strategies.integers(2, 4), draws=SEED)
    def begin(self, count: int = 2, draws: int = 0) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="spoc-desks-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
        )
        self.draws = draws
        self._draw_the_same()
        set_up(self.folder).close()  # the first one of a process draws more
        self._draw_the_same()
        self.seats = Seats(self.folder, count)
        self.place = self.at(self.folder)
        self.seats.transport = self.place.transport
        self.kept: dict[
            bytes, frozenset[bytes]
        ] = {}  # contacts that were acknowledged, their headers
        self.later: list[tuple[bytes, frozenset[bytes]]] = []  # of which a later program said more
        self.erased: dict[frozenset[bytes], set[bytes]] = {}  # erasures' headers, erased payloads
        self.gone: frozenset[bytes] = frozenset()  # headers that nothing and nobody holds any more
        self.copies: dict[int, Path] = {}
        self.forms = [CONTACT_FORM] * count
        self.touched = 0
        self.tally["days"] += 1
        self.tally["desks"] += count
        for each in (NAMED, BETH):
            joins(self.seats.desks[0].store, each)
        self.call(0)
        self._quiet()
        for number in range(count):
            self.take_a_copy(number)

    # -- work ---------------------------------------------------------------------------------

    @rule(desk=DESK)
    def call(self, desk: int) -> None:
        """A contact that is acknowledged."""
        store = self._desk(desk).store
        draft = drafts.new(store, ADVISOR)
        contacts.leave_open(store, ADVISOR, draft, a_sheet(store.now())).result()
        self._keep(draft.id)

    @rule(desk=DESK, seed=SEED)
    def work(self, desk: int, seed: int) -> None:
        act(self._desk(desk).store, Random(seed))

    @rule(desk=DESK, seed=SEED)
    def restrict(self, desk: int, seed: int) -> None:
        """A contact turns out to be about one of the staff, and something more is said of it."""
        store = self._desk(desk).store
        if contact := self._some_contact(store, seed, "sealed IS NULL"):
            with suppress(Refusal):
                part = contacts.get(store, ADVISOR, contact)[0]
                said = {"restricted": "staff-allegation", "about_staff": "Sam"}
                contacts.amend(store, ADVISOR, part, said, "an allegation").result()
                contacts.add_note(store, ADVISOR, contact, "About Sam.").result()

    @rule(desk=DESK, seed=SEED)
    def erase(self, desk: int, seed: int) -> None:
        """A named professional erases a closed contact."""
        store = self._desk(desk).store
        contact = self._some_contact(store, seed, "sealed IS NULL AND closed_at IS NOT NULL")
        if not contact:
            return
        said = "SELECT body FROM payload JOIN entry USING(entry_id) WHERE record = ?"
        bodies = {body for (body,) in store.reader.conn.execute(said, (contact,)).fetchall()}
        before = _headers(store)
        with suppress(Refusal):
            erasing.erase(store, NAMED, contact, "past its time").result()
            self.erased[_headers(store) - before] = bodies
            self.kept.pop(contact, None)

    @rule(desk=DESK, seed=SEED)
    def link(self, desk: int, seed: int) -> None:
        """Two records are of one child: at one desk this way round, at the other that, and in a circle."""
        store = self._desk(desk).store
        found = store.reader.conn.execute("SELECT id FROM person WHERE sealed IS NULL ORDER BY id")
        people = [person for (person,) in found.fetchall()]
        if len(people) > 1:
            one, other = Random(seed).sample(people, 2)
            with suppress(Refusal):
                links.link(store, ADVISOR, one, other, "same").result()

    @rule(desk=DESK)
    def know_a_later_field(self, desk: int) -> None:
        """One desk has a later program, which writes a field and a kind of record that the others do not know."""
        if self.forms[self._number(desk)] is not LATER:
            self._start_again(desk, LATER)
        store = self._desk(desk).store
        for row in contacts.still_open(store, ADVISOR)[:1]:
            before = _headers(store)
            store.act(ADVISOR, [Command("contact", row.id, {"mood": "calm"})]).result()
            self.later.append((row.id, _headers(store) - before))

    @rule(desk=DESK)
    def look(self, desk: int) -> None:
        """A view, and a draft: neither leaves the desk."""
        store = self._desk(desk).store
        audit.record(store, ADVISOR, "view", subject=os.urandom(16)).result()
        drafts.save(store, drafts.new(store, ADVISOR), a_sheet(store.now())).result()

    @rule(desk=DESK, hours=strategies.sampled_from((-24, 0, 24)))
    def set_the_clock(self, desk: int, hours: int) -> None:
        self.seats.clock(self._number(desk)).at = Clock().at + timedelta(hours=hours)

    # -- syncs --------------------------------------------------------------------------------

    @rule(desk=DESK, seed=SEED)
    def sync(self, desk: int, seed: int = 0) -> None:
        """What the others wrote arrives in any order."""
        before = self.place.all()
        with closing(self.place.transport()) as place:
            self._sync(self._number(desk), Listed(place, Random(seed)))
        after = self.place.all()
        assert all(after.get(name, data) == data for name, data in before.items())

    @rule(desk=DESK, seed=SEED)
    def see_a_part(self, desk: int, seed: int) -> None:
        """A listing shows only some of the files."""
        with closing(self.place.transport()) as place:
            self._sync(self._number(desk), Listed(place, Random(seed), 0.5))

    @rule(desk=DESK, after=strategies.integers(0, 2))
    def die_in_a_sync(self, desk: int, after: int) -> None:
        self._faulty_sync(desk, after, Killed())

    @rule(desk=DESK, calls=strategies.booleans(), after=strategies.integers(0, STEPS))
    def die_at_a_step(self, desk: int, calls: bool, after: int) -> None:
        """The program is killed before or after a write, an fsync, a rename, a statement or a commit of a call and a
        sync; the next start finds what was acknowledged."""
        said = self.die(desk, calls, after)
        self.tally["killed"] += not said or not said[-1].startswith("end")

    def die(self, desk: int, calls: bool, after: int) -> list[str]:
        """Lets another process work at a desk until it is killed ``after`` so many steps; returns what it said."""
        number = self._number(desk)
        here, clock = self.seats.desks[number], self.seats.clock(number)
        here.store.close()
        place = (self.place.address, self.place.now.at)
        given = (
            here.folder,
            self.forms[number],
            clock.at,
            *place,
            calls,
            after,
            dict(HANDS),
            os.urandom(8),
        )
        said = Child(steps.work, *given).end()
        self._start_again(desk, self.forms[number])
        for each in said:
            if not each.startswith("end"):
                self._keep(bytes.fromhex(each))
        return said

    @rule(desk=DESK, after=strategies.integers(-1, 2))
    def find_it_full(self, desk: int, after: int) -> None:
        """Nothing, or nothing more, can be put there; all can be read."""
        self._faulty_sync(desk, after, PlaceGone("no room"))

    # -- what happens to files and stores -----------------------------------------------------

    @rule(seed=SEED)
    def tear(self, seed: int) -> None:
        if file := self._some_file(seed):
            with self._fault():
                self.place.tear(file)

    @rule(seed=SEED)
    def lose(self, seed: int) -> None:
        if file := self._some_file(seed):
            with self._fault():
                self.place.lose(file)

    @rule()
    def lose_a_folder(self) -> None:
        if files := self.place.files():
            gone = files[0].rpartition("/")[0]
            with self._fault():
                for each in files:
                    if each.startswith(gone):
                        self.place.lose(each)

    @rule(seed=SEED, where=strategies.sampled_from(("{} (conflicted copy)", "{}-07", "2026/{}")))
    def double(self, seed: int, where: str) -> None:
        if file := self._some_file(seed):
            self.tally["doubled"] += 1
            self.place.double(file, f"{where.format(Path(file).stem)}.seg")

    @rule(seed=SEED)
    def rename(self, seed: int) -> None:
        """A file under the name of another one: left out and named until somebody takes it away."""
        if file := self._some_file(seed):
            self.tally["strange"] += 1
            self.place.double(file, f"{STRANGE}{seed:016x}.seg")

    @rule(seed=SEED)
    def plant(self, seed: int) -> None:
        """A file that no desk wrote, under a name of the service's: left out and named until it is taken away."""
        if file := self._some_file(seed):
            self.tally["strange"] += 1
            self.place.double(file, f"{STRANGE}{seed:016x}a.seg")
            for each in self.place.files():
                if each.endswith(f"{STRANGE}{seed:016x}a.seg"):
                    self.place.tear(each)

    @rule(desk=DESK)
    def take_a_copy(self, desk: int) -> None:
        """A backup, or a profile that is cloned."""
        here, number = self._desk(desk), self._number(desk)
        self.copies[number] = self.folder / f"copy-{number}"
        self.copies[number].mkdir(exist_ok=True)
        here.store.submit(lambda db: None).result()
        for each in here.folder.glob(f"{DB_NAME}*"):
            shutil.copy(each, self.copies[number])

    @rule(
        desk=DESK,
        synced=strategies.booleans(),
        marked=strategies.booleans(),
        calls=strategies.booleans(),
    )
    def put_it_back(self, desk: int, synced: bool, marked: bool, calls: bool = False) -> None:
        """The store is gone, with what it had not sent, and the copy is put in its place. If that was noticed
        (``marked``) it writes in a stream of its own, otherwise on under the same name; perhaps at once."""
        number = self._number(desk)
        if synced:
            self._sync(number)
        with self._fault():
            here = self.seats.desks[number]
            here.store.close()
            for each in here.folder.glob(f"{DB_NAME}*"):
                each.unlink()
            for each in self.copies[number].iterdir():
                shutil.copy(each, here.folder)
            self._start_again(desk, self.forms[number])
        self.tally["put back"] += 1
        if marked:
            store = self._desk(desk).store
            store.submit(lambda db: new_streams(db, store.now())).result()
        if calls:
            self.call(desk)

    @invariant()
    def nothing_is_lost_without_a_word(self) -> None:
        """What somebody said shows, or is listed as in conflict, or was replaced by somebody who had seen it; no act
        shows in part."""
        self.tally["steps"] += 1
        self._draw_the_same()
        store = self._desk(self.touched).store
        assert not lost(store)
        assert not half_shown(store)

    # -- in the evening -----------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "seats"):
            os.urandom = URANDOM
            return
        try:
            self._heal()
        finally:
            os.urandom = URANDOM
            self.seats.close()
            self.place.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _heal(self) -> None:
        """The clocks are set, what is nobody's or cannot come back is taken away, all sync until nothing moves, and two
        people let both ways of a stream count. Then a desk that has nothing joins."""
        for each in (self.place.now, *map(self.seats.clock, range(len(self.seats.desks)))):
            each.at = Clock().at + timedelta(hours=25)
        for each in self.place.files():
            unread = headers(self.seats.group, self.place.get(each)) is None
            if STRANGE in each or (unread and self.gone):  # what builds on what is gone waits too
                self.place.lose(each)
        self._quiet()
        while self._let_both_count():
            self._quiet()
        before = self.place.all()
        again = [self._sync(number) for number in range(len(self.seats.desks))]
        assert [(each.sent, each.received, each.problems) for each in again] == [(0, 0, ())] * len(
            again
        )
        assert self.place.all() == before
        form = LATER if LATER in self.forms else CONTACT_FORM
        for number, known in enumerate([*self.forms]):
            self._said_of_later(self.seats.desks[number].store)
            if known is not form:
                self._start_again(number, form)
        self.seats.joins(form)
        self.seats.clock(len(self.forms)).at = self.place.now.at  # what is due is due by the clock
        self.forms.append(form)
        self._quiet()
        first = self.seats.desks[0].store
        stands, entries = shown(first), _records(first)
        for each in self.seats.desks:
            self._holds_all(each.store)
            assert _records(each.store) == entries
            assert [x for x in differing(stands, shown(each.store)) if x != "verify"] == []

    def _holds_all(self, store: Store) -> None:
        assert not lost(store) and not half_shown(store) and not doubled(store)
        found = verify(store).findings  # the chains, the fold, search and the file itself
        may = (SEALED, " are missing.", " is missing.") if self.gone else SEALED
        assert [each for each in found if not each.endswith(may)] == []
        ids = {row[0] for row in store.reader.conn.execute("SELECT id FROM contact").fetchall()}
        here = _headers(store)
        for contact, said in self.kept.items():
            assert said & self.gone or said <= here
            assert self.gone or contact in ids
        self._said_of_later(store)
        for erasure, bodies in self.erased.items():
            if not erasure & self.gone:
                left = {body for (body,) in store.reader.conn.execute("SELECT body FROM payload")}
                assert not {each for each in bodies & left if b'"_void"' not in each}
        if not self.gone:
            assert not self._chains_with_gaps(store)

    def _said_of_later(self, store: Store) -> None:
        """What a later program said is there, whether or not this one knows the field."""
        column = (
            "mood" if "mood" in [each.name for each in store.tables["contact"].columns] else "NULL"
        )
        found = store.reader.conn.execute(f"SELECT id, {column}, _extra FROM contact").fetchall()
        calm = {id for id, value, extra in found if value == "calm" or "calm" in (extra or "")}
        here = _headers(store)
        wanted = {id for id, said in self.later if said <= here} - self._erased_contacts(store)
        assert calm == wanted

    def _erased_contacts(self, store: Store) -> set[bytes]:
        found = store.reader.conn.execute(
            "SELECT gone.record FROM entry AS erase JOIN entry AS gone ON gone.entry_id = erase.record"
            " WHERE erase.tbl = 'erase' AND gone.tbl = 'contact'"
        )
        return {record for (record,) in found.fetchall()}

    def _chains_with_gaps(self, store: Store) -> list[bytes]:
        found = store.reader.conn.execute(
            "SELECT stream FROM entry GROUP BY stream HAVING count(DISTINCT seq) <> max(seq)"
        ).fetchall()
        return [stream for (stream,) in found]

    def _let_both_count(self) -> bool:
        """Whether a stream was stopped anywhere: two people say that both ways count."""
        found = False
        for desk in self.seats.desks:
            for stream in waiting(desk.store.reader):
                found = True
                for actor in (ADVISOR, BETH):
                    with suppress(BadInput):
                        both_ways.let_count(desk.store, actor, stream, "a copy was used").result()
        self.tally["splits"] += found
        return found

    def _quiet(self) -> None:
        for _ in range(ROUNDS):
            done = [self._sync(number) for number in range(len(self.seats.desks))]
            if not any(each.sent or each.received for each in done):
                return
        raise AssertionError("the desks never came to rest")

    # -- what the rules share -----------------------------------------------------------------

    def _draw_the_same(self) -> None:
        """What is drawn at random names the files, which are picked by name: a replay is to pick the same ones. After
        each step it begins anew, since what a process does for the first time may draw more."""
        self.draws += 1
        os.urandom = Random(self.draws).randbytes

    def _number(self, desk: int) -> int:
        return desk % len(self.seats.desks)

    def _desk(self, desk: int) -> Desk:
        self.touched = self._number(desk)
        return self.seats.desks[self.touched]

    def _sync(self, number: int, place: Listed | Dies | None = None) -> Synced:
        self.touched, before = number, {*self.place.files()}
        self.tally["syncs"] += 1
        try:
            return self.seats.sync(number, place)
        finally:
            self.tally["files"] += len({*self.place.files()} - before)

    def _faulty_sync(self, desk: int, after: int, what: BaseException) -> None:
        self.tally["faults"] += 1
        with closing(self.place.transport()) as place, suppress(Killed, PlaceGone):
            self._sync(self._number(desk), Dies(place, after, what))

    def _keep(self, contact: bytes) -> None:
        store = self.seats.desks[self.touched].store
        found = store.reader.conn.execute("SELECT header FROM entry WHERE record = ?", (contact,))
        self.kept[contact] = frozenset(header for (header,) in found.fetchall())
        assert self.kept[contact], "what was acknowledged is not there"

    def _some_file(self, seed: int) -> str:
        files = self.place.files()
        return Random(seed).choice(files) if files else ""

    def _some_contact(self, store: Store, seed: int, where: str) -> bytes:
        found = store.reader.conn.execute(
            f"SELECT id FROM contact WHERE _void = 0 AND {where} ORDER BY id"
        ).fetchall()
        return Random(seed).choice(found)[0] if found else b""

    def _start_again(self, desk: int, form: tuple[Field, ...]) -> None:
        """The program starts again at a desk, whatever became of the one before."""
        here, number = self._desk(desk), self._number(desk)
        clock = self.seats.clock(number)
        here.store.close()
        store = start(here.folder / DB_NAME, KEY, GENERIC, form, now=clock)
        store.keyring.hold(ADVISOR.id, PRIVATE)
        self.forms[number] = form
        self.seats.desks[number] = Desk(store, ADVISOR, here.folder)

    @contextmanager
    def _fault(self) -> Iterator[None]:
        """What nothing and nobody holds any more after this is gone, and that is no fault of the program."""
        self.tally["faults"] += 1
        before = self._held()
        yield
        self.gone |= before - self._held()

    def _held(self) -> frozenset[bytes]:
        """The headers of all that a desk or a file of the place holds, if a desk may read that file."""
        found: set[bytes] = set()
        for desk in self.seats.desks:
            found |= _headers(desk.store)
        for file in self.place.files():
            if STRANGE not in file:
                found |= headers(self.seats.group, self.place.get(file)) or frozenset()
        return frozenset(found)


def _headers(store: Store) -> frozenset[bytes]:
    """The headers of what a desk has, taken in or held back."""
    found = store.reader.conn.execute("SELECT header FROM entry UNION SELECT header FROM held")
    return frozenset(header for (header,) in found.fetchall())


def _records(store: Store) -> list[tuple[bytes, int, bytes]]:
    """Every entry of the streams of records: stream, number, id."""
    db: Database = store.reader
    streams = places.last_of_records(db)
    found = db.conn.execute("SELECT stream, seq, entry_id FROM entry ORDER BY 1, 2, 3").fetchall()
    return [each for each in found if each[0] in streams]
