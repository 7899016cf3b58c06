"""What other desks wrote, received in any order and in pieces: folded when it is whole, held where it is wrong."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import ADVISOR, Clock, close_one, dump, set_up

from spoc.model.ledger.entry import Carried, Command, canonical
from spoc.model.ledger.ids import hlc_ms
from spoc.storage.contacts import contacts
from spoc.storage.ledger import append
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[Store, Clock]]:
    """Another desk of the same service, and its clock."""
    (tmp_path / "there").mkdir()
    clock = Clock()
    store = set_up(tmp_path / "there", clock, another=True)
    yield store, clock
    store.close()


def all_of(store: Store) -> list[Carried]:
    """What a desk wrote, in order."""
    return list(carry(store.reader, bytes.fromhex(local(store.reader, "stream"))))


def names(store: Store) -> set[str]:
    return {name for row in contacts.recent(store, ADVISOR) for name in row.children}


def test_a_contact_of_another_desk_shows_when_it_is_whole(
    store: Store, there: tuple[Store, Clock]
) -> None:
    contact = close_one(there[0])
    carried = all_of(there[0])
    for each in carried[:0:-1]:
        done = store.receive([each])
        assert done.added == 0 and done.waiting and not done.problems
        assert contacts.recent(store, ADVISOR) == [] == contacts.find(store, ADVISOR, "mulberry")
        assert verify(store).sound
    assert store.receive(carried[:1]).added == len(carried)
    assert [row.id for row in contacts.recent(store, ADVISOR)] == [contact]
    assert (
        contacts.find(store, ADVISOR, "mulberry")
        == contacts.find(there[0], ADVISOR, "mulberry")
        != []
    )
    report = verify(store)
    assert report.sound and not report.waiting


def test_a_gap_is_waited_for_and_what_fills_it_verifies(
    store: Store, there: tuple[Store, Clock]
) -> None:
    for _ in range(3):
        close_one(there[0])
    carried = all_of(there[0])
    acts = list(dict.fromkeys(json.loads(each.header)["act"] for each in carried))
    middle = [each for each in carried if json.loads(each.header)["act"] == acts[-2]]
    store.receive([each for each in carried if each not in middle])
    assert len(contacts.recent(store, ADVISOR)) == 2
    report = verify(store)
    stream = local(there[0].reader, "stream")
    assert report.sound and report.heads[stream][0] == json.loads(middle[0].header)["seq"] - 1
    assert "still to come from another desk" in report.waiting[0]
    store.receive(middle)
    report = verify(store)
    assert report.sound and not report.waiting and report.heads[stream][0] == len(carried)


def test_what_is_there_already_changes_nothing(store: Store, there: tuple[Store, Clock]) -> None:
    close_one(there[0])
    carried = all_of(there[0])
    assert store.receive(carried).added == len(carried)
    before = dump(store.reader, ("entry", "payload", "held", *store.tables, "search", "names"))
    assert store.receive(carried).added == 0
    random.Random(1).shuffle(carried)
    assert store.receive(carried[:5]).added == 0
    assert (
        dump(store.reader, ("entry", "payload", "held", *store.tables, "search", "names")) == before
    )


def test_another_desks_clock_never_moves_this_ones(
    store: Store, clock: Clock, there: tuple[Store, Clock]
) -> None:
    there[1].step(hours=25)
    close_one(there[0])
    assert store.receive(all_of(there[0])).problems == ()
    (entry,) = (
        store.act(ADVISOR, [Command("person", append.new_id(clock()), {"name": "A"})])
        .result()
        .entries
    )
    assert hlc_ms(entry.hlc) == int(clock().timestamp() * 1000)


def test_a_clock_more_than_26_hours_ahead_is_held_back_and_named_until_it_is_reached(
    store: Store, clock: Clock, there: tuple[Store, Clock]
) -> None:
    there[1].step(hours=27)
    close_one(there[0])
    done = store.receive(all_of(there[0]))
    assert contacts.recent(store, ADVISOR) == []
    assert len(done.problems) == 1 and "27 hours ahead" in done.problems[0]
    assert verify(store).waiting[-1] == done.problems[0]
    clock.step(hours=2)
    assert store.receive([]).problems == ()
    assert len(contacts.recent(store, ADVISOR)) == 1
    assert store.reader.conn.execute("SELECT count(*) FROM held").fetchone() == (0,)


def changed(each: Carried, **said: object) -> Carried:
    return each._replace(header=canonical({**json.loads(each.header), **said}))


def test_what_was_changed_on_the_way_is_held_back_and_the_rest_goes_on(
    store: Store, there: tuple[Store, Clock]
) -> None:
    close_one(there[0])
    *before, last = all_of(there[0])
    close_one(there[0])
    rest = all_of(there[0])[len(before) + 1 :]
    for wrong in (
        last._replace(body=b"{}"),
        last._replace(header=b"[]"),
        changed(last, v=2),
        changed(last, stream="00"),
        changed(last, size=0),
    ):
        assert store.receive([wrong]).problems == (
            "Something was received that is not an entry of spoc; it was left out.",
        )
    done = store.receive([*before, last._replace(body=None), *rest])
    assert "its content is missing" in done.problems[0]
    assert len(contacts.recent(store, ADVISOR)) == 1
    forged = changed(last, actor="00" * 16)
    assert "do not belong together" in store.receive([forged]).problems[0]
    assert verify(store).sound


def test_two_entries_under_one_number_are_not_both_believed(
    store: Store, there: tuple[Store, Clock]
) -> None:
    name = Command("person", append.new_id(there[1]()), {"name": "Oscar", "kind": "child"})
    there[0].act(ADVISOR, [name]).result()
    (one,) = all_of(there[0])
    store.receive(all_of(there[0]))
    fork = changed(one, at="2026-11-20T09:00:01Z", act="11" * 16)
    done = store.receive([fork])
    assert done.added == 0 and "another entry has that number" in done.problems[0]
    assert verify(store).sound


def test_a_stream_of_its_own_that_it_did_not_write_is_held_back(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "copy").mkdir()
    copy = set_up(tmp_path / "copy", store.now)  # the same streams: as a cloned profile has
    close_one(copy)
    done = store.receive(all_of(copy))
    copy.close()
    assert done.added == 0 and "There is a copy of this store" in done.problems[0]


def test_a_batch_that_is_cut_anywhere_leaves_the_same(
    tmp_path: Path, store: Store, there: tuple[Store, Clock]
) -> None:
    for _ in range(4):
        close_one(there[0])
        there[1].step(minutes=3)
    carried = all_of(there[0])
    chance = random.Random(20261126)
    while carried:
        cut = chance.randint(1, 7)
        store.receive(carried[:cut])
        del carried[:cut]
    assert contacts.recent(store, ADVISOR) == contacts.recent(there[0], ADVISOR)
    assert verify(store).sound


def test_whoever_writes_at_this_desk_waits_for_one_piece_of_what_comes(
    store: Store, there: tuple[Store, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"_FIRST": 16, "_AIM": 0, "_MOST": 60}.items():
        monkeypatch.setattr(f"spoc.storage.store.{name}", value)
    for _ in range(12):
        close_one(there[0])
    carried, waited = all_of(there[0]), []

    def coming() -> Iterator[Carried]:
        act = None
        for number, each in enumerate(carried):
            if number == 20:
                act = store.submit(lambda db: None)
            waited.append(act is not None and not act.done())
            yield each

    assert store.receive(coming()).added == len(carried) > 80
    assert 1 <= sum(waited) <= 16
