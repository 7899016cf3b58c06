"""Two desks of a service: follow-ups, requests and claims are the same on both once they have exchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import ADVISOR, Clock, a_colleague, close_one, set_up

from spoc.model.forms.sheet import Action
from spoc.model.values.instants import utc_text
from spoc.storage.followups import calendar, followups, queue, requests, ringing
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.store import Store


@pytest.fixture
def there(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Another desk of the same service."""
    (tmp_path / "there").mkdir()
    store = set_up(tmp_path / "there", clock, another=True)
    yield store
    store.close()


def exchange(*stores: Store) -> None:
    """Bring to each what the others wrote."""
    written = [
        list(carry(each.reader, bytes.fromhex(local(each.reader, "stream")))) for each in stores
    ]
    for store in stores:
        for carried in written:
            assert not store.receive(carried).problems


def promise(store: Store, code: str = "call-back", due: str = "2h") -> None:
    close_one(store, actions=(Action(code, "desk", due, utc_text(store.now())),))


def both(*stores: Store) -> list[list[object]]:
    return [
        [(each.id, each.ended, each.claimed_by, dict(each.disputed)) for each in followups.every(store, ADVISOR)]
        for store in stores
    ]  # fmt: skip


def test_a_promise_made_at_one_desk_stands_in_the_queue_of_the_other(
    store: Store, there: Store
) -> None:
    promise(store)
    assert followups.open_ones(there, ADVISOR) == []
    exchange(store, there)
    assert followups.open_ones(there, ADVISOR) == followups.open_ones(store, ADVISOR) != []


def test_two_desks_that_claim_the_same_promise_offline_both_show_both_until_one_settles_it(
    store: Store, there: Store
) -> None:
    promise(store)
    exchange(store, there)
    omar, _ = a_colleague(there, "Omar Diaz", "advisor")
    followups.claim(store, ADVISOR, followups.open_ones(store, ADVISOR)[0]).result()
    followups.claim(there, omar, followups.open_ones(there, omar)[0]).result()
    exchange(store, there)
    here, other = both(store, there)
    assert here == other
    (one,) = followups.open_ones(store, ADVISOR)
    assert set(one.disputed["claimed_by"]) == {ADVISOR.id.hex(), omar.id.hex()}
    followups.claim(there, omar, followups.open_ones(there, omar)[0]).result()
    exchange(store, there)
    (settled,) = followups.open_ones(store, ADVISOR)
    assert settled.claimed_by == omar.id and not settled.disputed
    assert both(store)[0] == both(there)[0]


def test_kept_at_one_desk_it_rings_no_more_at_the_other_and_says_who_and_when(
    store: Store, there: Store, clock: Clock
) -> None:
    """Finished on one device, a task went on ringing on another after sync."""
    promise(store)
    exchange(store, there)
    omar, _ = a_colleague(there, "Omar Diaz", "advisor")
    clock.step(hours=3)
    assert len(ringing.upcoming(store, ADVISOR)) == 1 == queue.count(store, ADVISOR).overdue
    followups.end(there, omar, followups.open_ones(there, omar)[0]).result()
    exchange(store, there)
    assert ringing.upcoming(store, ADVISOR) == () and queue.count(store, ADVISOR).overdue == 0
    (ended,) = followups.every(store, ADVISOR)
    assert (ended.ended_by, ended.ended_at) == (omar.id, utc_text(clock()))


def test_kept_here_and_not_done_there_both_stand_and_neither_is_lost(
    store: Store, there: Store
) -> None:
    promise(store)
    exchange(store, there)
    followups.end(store, ADVISOR, followups.open_ones(store, ADVISOR)[0]).result()
    found = followups.open_ones(there, ADVISOR)[0]
    followups.end(there, ADVISOR, found, "not-done", "nobody answered").result()
    exchange(store, there)
    (one,) = followups.every(store, ADVISOR)
    assert set(one.disputed["ended"]) == {"kept", "not-done"}
    assert both(store)[0] == both(there)[0]


def test_a_request_and_its_clocks_are_one_on_both_desks_whoever_tells_which_step(
    store: Store, there: Store
) -> None:
    promise(store, "verbal-csc-spoc")
    exchange(store, there)
    (here,), (other,) = requests.every(store, ADVISOR), requests.every(there, ADVISOR)
    assert here == other
    sent = {"written_at": "", "written_how": "portal", "confidential": "yes"}
    requests.tell(store, ADVISOR, here, "written", sent).result()
    decided = {"decision": "s17", "decided_at": "", "decided_by": "J Hale"}
    requests.tell(there, ADVISOR, other, "decided", decided).result()
    exchange(store, there)
    (here,), (other,) = requests.every(store, ADVISOR), requests.every(there, ADVISOR)
    assert here == other and not here.disputed
    assert (here.fields["decision"], here.fields["confidential"]) == ("s17", "yes")
    assert len(requests.asked(there, ADVISOR)) == 1


def test_two_desks_that_work_out_the_calendar_again_agree(store: Store, there: Store) -> None:
    from spoc.storage.service import settings

    promise(store, "gp-letter", "1wd")
    exchange(store, there)
    settings.change(store, ADVISOR, "closures", "2026-11-23").result()
    exchange(store, there)
    for desk in (store, there):
        settings.take(desk)
        assert calendar.work_out_again(desk, ADVISOR).result() == 1
    exchange(store, there)
    (one,) = followups.open_ones(there, ADVISOR)
    assert one.due_at == "2026-11-24T17:00:00.000Z" and not one.disputed
