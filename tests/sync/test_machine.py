"""Two desks and a share that does everything to its files, in any order: edits, syncs, kills between the steps of
one, torn, lost and doubled files. Healed, all show the same, and nothing that was acknowledged is lost."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

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
from samples import ADVISOR, a_sheet
from sync.seats import Seats

from spoc.model.errors import Refusal
from spoc.storage.contacts import contacts, drafts
from spoc.storage.desks import places
from spoc.storage.upkeep.verify import verify
from spoc.sync import run, sending
from spoc.sync.folder import Folder
from spoc.sync.segment import head_of

LONG = bool(os.environ.get("SPOC_SOAK"))
DESK = strategies.integers(0, 1)
SEED = strategies.integers(0, 2**32)


class Killed(BaseException):
    """The process is gone: nothing that would have come after it happens."""


class Dies(Folder):
    """A share at which the desk is killed before, or just after, the so-manyth file is put there."""

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__(folder)
        self.left = after

    def put_new(self, name: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed
        super().put_new(name, data)
        if self.left == 0:
            raise Killed


class Desks(RuleBasedStateMachine):
    """What happens to two desks of one service in a day."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="spoc-desks-"))
        self.seats = Seats(self.place, 2)
        self.kept: set[bytes] = set()
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
        with suppress(Killed):
            self.seats.sync(desk, Dies(self.seats.share, after))

    @rule(seed=SEED)
    def tear(self, seed: int) -> None:
        if file := self._some_file(seed):
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    @rule(seed=SEED)
    def lose(self, seed: int) -> None:
        if file := self._some_file(seed):
            file.unlink()

    @rule(seed=SEED)
    def double(self, seed: int) -> None:
        if file := self._some_file(seed):
            shutil.copy(file, file.with_name(f"{file.stem} (conflicted copy){file.suffix}"))

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
            shutil.rmtree(self.place, ignore_errors=True)

    def _some_file(self, seed: int) -> Path | None:
        files = self.seats.segments()
        return Random(seed).choice(files) if files else None

    def _heal(self) -> None:
        """In the evening: all sync until nothing moves."""
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


def run_it(examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Desks,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=not LONG,
            database=None, print_blob=False,
        ),
    )  # fmt: skip


def test_healed_two_desks_agree_whatever_the_day_did() -> None:
    run_it(200 if LONG else 3, 40 if LONG else 12)


# -- planted: each must be caught ------------------------------------------------------------------------


def forgets_to_heal(patch: pytest.MonkeyPatch) -> None:
    """A file of its own that is gone or torn is not written again."""
    whole = places.carried

    def carried(db: Any, place: str) -> Any:
        return {
            name: places.File(f.name, f.size, f.stream, f.first, f.last, False)
            for name, f in whole(db, place).items()
        }

    patch.setattr(run.places, "carried", carried)


def marks_unread_as_seen(patch: pytest.MonkeyPatch) -> None:
    """What is torn counts as taken in."""
    whole = run.opened

    def opened(group: Any, data: bytes, verify: Any) -> Any:
        try:
            return whole(group, data, verify)
        except run.BadSegment:
            return head_of(group, data)[0], []

    for each in (run, sending):
        patch.setattr(each, "opened", opened)


def takes_for_sent_what_is_not_there(patch: pytest.MonkeyPatch) -> None:
    """What is sent is noted though the file never came to the share."""
    put = Folder.put_new

    def put_new(self: Folder, name: str, data: bytes) -> None:
        if not name.endswith("group.json") and "heads" not in name:
            return
        put(self, name, data)

    patch.setattr(Folder, "put_new", put_new)


MUTANTS = (forgets_to_heal, marks_unread_as_seen, takes_for_sent_what_is_not_there)


@contextmanager
def day() -> Iterator[Desks]:
    """A day of which the order is known: what was sent is torn before the other has seen it."""
    machine = Desks()
    machine.begin()
    try:
        yield machine
    finally:
        machine.seats.close()
        shutil.rmtree(machine.place, ignore_errors=True)


def bad_day(machine: Desks) -> None:
    before = {*machine.seats.segments()}
    machine.call(0)
    machine.sync(0)
    for fresh in {*machine.seats.segments()} - before:
        fresh.write_bytes(fresh.read_bytes()[: fresh.stat().st_size // 2])
    machine.sync(1)
    machine.call(1)
    machine._heal()


def test_a_bad_day_heals() -> None:
    with day() as machine:
        bad_day(machine)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_planted_fault_is_caught(
    mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with day() as machine, monkeypatch.context() as patched:
        mutant(patched)
        with pytest.raises((AssertionError, Refusal)):
            bad_day(machine)
