"""Desks of one service that exchange what they wrote, in any order and in pieces, show the same in the end."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import carrying
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from samples import ADVISOR, SEEDED, close_one

from spoc.storage.contacts import contacts


@settings(
    max_examples=settings.default.max_examples // 10,
    phases=[Phase.explicit, Phase.generate],  # a shorter run is no simpler one
    suppress_health_check=[HealthCheck.too_slow],
)
@given(count=st.integers(2, 4), acts=st.integers(8, 24), seed=st.integers(0, 1 << 32))
def test_desks_that_have_the_same_entries_show_the_same(count: int, acts: int, seed: int) -> None:
    exchange(count, acts, seed ^ SEEDED)


def test_what_two_desks_wrote_at_once_stands_in_the_same_order_on_both(tmp_path: Path) -> None:
    chance = random.Random(SEEDED)
    one, other = stores = carrying.desks(tmp_path, 2, chance)
    carrying.begin(stores, chance)
    one.now.at = other.now.at = carrying.EVENING  # type: ignore[attr-defined]
    (row,) = contacts.still_open(one, ADVISOR)
    closed = next(each.id for each in contacts.recent(one, ADVISOR) if not each.open)
    for store, name, outcome in (
        (one, "Ada Ash", "strategy-agreed"),
        (other, "Bo Birch", "admitted"),
        (one, "Cy Crane", "advice-accepted"),
        (other, "Di Dale", "signposted"),
    ):
        close_one(store)
        carrying.add_child(store, row.id, name)
        contacts.add_outcome(store, ADVISOR, closed, outcome).result()
        contacts.add_note(store, ADVISOR, closed, name).result()
    carrying.carry_all(stores, chance)
    assert carrying.differing(carrying.shown(one), carrying.shown(other)) == []
    assert carrying.doubled(one) == []
    for store in stores:
        store.close()


def exchange(count: int, acts: int, seed: int) -> None:
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        stores = carrying.desks(Path(folder), count, chance)
        try:
            carrying.begin(stores, chance)
            for _ in range(acts):
                carrying.act(chance.choice(stores), chance)
                while chance.random() < 0.4:
                    one, other = chance.sample(stores, 2)
                    carrying.carry_some(one, other, chance)
                    assert carrying.half_shown(other) == []
            assert [each.findings for each in map(carrying.verify, stores)] == [()] * count
            carrying.carry_all(stores, chance)
            for store in stores:  # what is due is due by the clock
                store.now.at = carrying.EVENING  # type: ignore[attr-defined]
            first, *others = [carrying.shown(store) for store in stores]
            assert first["verify"][:2] == ((), ())
            assert carrying.lost(stores[0]) == [] == carrying.doubled(stores[0])
            for other in others:
                assert carrying.differing(first, other) == []
        finally:
            for store in stores:
                store.close()
