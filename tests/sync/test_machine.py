"""The state machine of desks, run for a moment or, with SPOC_SOAK=1, for ten minutes at each kind of place
(SPOC_MINUTES, SPOC_SEED). Healed, all desks agree, and nothing that was acknowledged is lost."""

import os
from collections import Counter
from itertools import count
from time import monotonic

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from samples import SEEDED
from sync.faulty_places import Table
from sync.machine import Desks

from spoc.sync.hub import prepare

LONG = bool(os.environ.get("SPOC_SOAK"))
MINUTES = float(os.environ.get("SPOC_MINUTES", "10"))


def run_it(machine: type[Desks], examples: int = 1, steps: int = 12) -> None:
    """A short day, always the same; or long ones, each time others, until the minutes are over."""
    ends = monotonic() + MINUTES * 60
    machine.tally = Counter()
    for number in count(SEEDED):
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            seed(number)(machine),
            settings=settings(
                max_examples=5 if LONG else examples, stateful_step_count=40 if LONG else steps,
                deadline=None, database=None, print_blob=False, suppress_health_check=[*HealthCheck],
                phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
            ),
        )  # fmt: skip
        if not LONG or monotonic() > ends:
            break
    print(f"seeds {SEEDED} to {number}:", dict(machine.tally))


def test_healed_all_desks_agree_whatever_the_day_did() -> None:
    run_it(Desks)


@pytest.mark.long
def test_healed_all_desks_at_a_hub_agree_whatever_the_day_did(hub: str) -> None:
    prepare(hub)

    class AtAHub(Desks):
        at = staticmethod(lambda place: Table(hub))

    run_it(AtAHub, 2)


def test_the_other_way_of_a_stream_reaches_every_desk_though_its_file_is_gone() -> None:
    """One desk holds it apart when the file is lost, and hands it on once both ways count."""
    machine = Desks()
    machine.begin()
    machine.call(1)
    machine.put_it_back(1, synced=True, marked=False)
    machine.know_a_later_field(1)  # it writes on under the same name
    before = {*machine.place.files()}
    machine.put_it_back(1, synced=True, marked=True)
    (other,) = {*machine.place.files()} - before
    machine.die_in_a_sync(1, 0)
    machine.place.lose(other)
    machine.teardown()


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


@pytest.mark.long
def test_killed_at_any_step_of_a_call_and_a_sync_the_next_start_goes_on() -> None:
    """Every step if long, otherwise each sixteenth."""
    machine = Desks()
    machine.begin()
    for after in count(SEEDED % 16, 1 if LONG else 16):
        said = machine.die(0, True, after)
        machine.nothing_is_lost_without_a_word()
        machine.sync(after % 2)
        if said[-1:] and said[-1].startswith("end"):
            break
    assert after > 50
    machine.teardown()
