"""What keeps desks alike, broken on purpose, one thing at a time: the tests of carrying fail each time."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import test_carry
from samples import ADVISOR, Clock, close_one, set_up

from spoc.model.ledger import fold, table
from spoc.model.rules import generations
from spoc.storage.contacts import contacts
from spoc.storage.ledger import conflicts, erasing, held, projection, receive
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

Patch = pytest.MonkeyPatch
Scenario = Callable[[Store, Store, Clock], None]
SEEDS = range(1, 9)


@pytest.fixture
def there(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Another desk of the service."""
    (tmp_path / "there").mkdir()
    store = set_up(tmp_path / "there", clock, another=True)
    yield store
    store.close()


# -- the scenarios ---------------------------------------------------------------------------------


def many_acts(store: Store, there: Store, clock: Clock) -> None:
    """Some of the runs of the carry test, until one fails."""
    for seed in SEEDS:
        test_carry.exchange(3, 20, seed)


def both_restrict(store: Store, there: Store, clock: Clock) -> None:
    test_carry.test_two_desks_that_restrict_one_contact_at_once_lose_nothing_and_let_nobody_in(
        store, there, clock
    )


def an_amendment_is_erased(store: Store, there: Store, clock: Clock) -> None:
    test_carry.test_what_an_erased_amendment_replaced_stays_replaced_at_every_desk(store, there)


def one_seals_and_one_writes_in_clear(store: Store, there: Store, clock: Clock) -> None:
    """A desk that does not know yet that a contact is restricted amends it in clear, after it was sealed."""
    contact = close_one(store, notes="Begun in clear.")
    test_carry.carried(store, there)
    test_carry.restrict(store, ADVISOR, contact, "nobody-here")
    clock.step(minutes=1)
    own = contacts.get(there, ADVISOR, contact)[0]
    contacts.amend(there, ADVISOR, own, {"category": "sexual"}, "heard since").result()
    test_carry.carried(store, there)
    test_carry.carried(there, store)
    for each in (store, there):
        assert contacts.get(each, ADVISOR, contact)[0].values["category"] != "sexual"
        report = verify(each)  # a finding where it was written, a note elsewhere
        (named,) = (*report.findings, *report.waiting)
        assert named.endswith("it is in clear, on a record that is sealed.")


# -- the faults: receiving (line 2), order (3), ids (4), conflicts (5), secrecy (6) -----------------


def folds_an_act_before_it_is_whole(patch: Patch) -> None:
    whole = receive._wrong
    patch.setattr(receive, "_wrong", lambda *of: None if (why := whole(*of)) == held.WAITS else why)


def takes_an_entry_in_twice(patch: Patch) -> None:
    patch.setattr(receive, "_is_there", lambda db, entry: False)


def orders_by_arrival(patch: Patch) -> None:
    whole, arrival = projection.fold_for_desk, count(1)

    def folded(tbl: str, entries: Any, *more: Any) -> Any:
        found = whole(tbl, entries, *more)
        return replace(found, first=found.first._replace(hlc=next(arrival)))

    patch.setattr(projection, "fold_for_desk", folded)


def makes_ids_at_random(patch: Patch) -> None:
    patch.setattr(table, "derived", lambda *about: os.urandom(16))


def lists_no_conflict(patch: Patch) -> None:
    patch.setattr(conflicts, "put", lambda db, tbl, record, folded: None)


def removes_what_its_author_had_not_seen(patch: Patch) -> None:
    patch.setattr(fold, "_against_removal", lambda entries, heads: ())


def counts_what_is_in_clear_after_sealing(patch: Patch) -> None:
    patch.setattr(fold, "in_clear_after", lambda tbl, entries: [])


def seals_under_a_key_of_whoever_is_shut_out(patch: Patch) -> None:
    whole = generations.writable

    def writable(grants: Any, out: Any, mine: Any) -> str | None:
        every, shut = list(grants), frozenset(out)
        theirs = [each for each in mine if generations.holders(every, each) & shut]
        return whole(every, (), theirs or mine)

    patch.setattr(generations, "writable", writable)


def erases_without_what_was_replaced(patch: Patch) -> None:
    patch.setattr(erasing, "on", lambda entry: {})


FAULTS: dict[Callable[[Patch], None], Scenario] = {
    folds_an_act_before_it_is_whole: many_acts,
    takes_an_entry_in_twice: many_acts,
    orders_by_arrival: many_acts,
    makes_ids_at_random: many_acts,
    lists_no_conflict: many_acts,
    removes_what_its_author_had_not_seen: many_acts,
    counts_what_is_in_clear_after_sealing: one_seals_and_one_writes_in_clear,
    seals_under_a_key_of_whoever_is_shut_out: both_restrict,
    erases_without_what_was_replaced: an_amendment_is_erased,
}


def test_what_is_written_in_clear_after_sealing_counts_at_no_desk(
    store: Store, there: Store, clock: Clock
) -> None:
    one_seals_and_one_writes_in_clear(store, there, clock)


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.__name__)
def test_each_fault_makes_the_carry_test_fail(
    fault: Callable[[Patch], None], store: Store, there: Store, clock: Clock, monkeypatch: Patch
) -> None:
    with monkeypatch.context() as patched:
        fault(patched)
        with pytest.raises(Exception) as caught:
            FAULTS[fault](store, there, clock)
    assert not isinstance(caught.value, AttributeError | TypeError | NameError)
