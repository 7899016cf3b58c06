"""Desks of one service that exchange what they wrote, in any order and in pieces, show the same in the end."""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import carrying
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from samples import ADVISOR, PRIVATE, SEEDED, Clock, a_colleague, close_one, set_up

from spoc.model.errors import NotAllowed
from spoc.model.ledger.entry import Actor, Seal, decode
from spoc.storage.contacts import contacts
from spoc.storage.ledger import erasing, projection
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.secrecy import exposure, restricted
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify


@settings(
    max_examples=max(4, settings.default.max_examples // 10),
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


# -- what is sealed, and what is erased ------------------------------------------------------------


@pytest.fixture
def there(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Another desk of the service."""
    (tmp_path / "there").mkdir()
    store = set_up(tmp_path / "there", clock, another=True)
    yield store
    store.close()


def carried(one: Store, other: Store) -> None:
    """All that one desk has, at the other."""
    own = {bytes.fromhex(local(other.reader, each)) for each in ("stream", "audit_stream")}
    for (stream,) in one.reader.conn.execute("SELECT DISTINCT stream FROM entry").fetchall():
        if stream not in own:
            assert other.receive(carry(one.reader, stream)).problems == ()


def restrict(store: Store, actor: Actor, contact: bytes, about: str) -> None:
    part = next(each for each in contacts.get(store, actor, contact) if each.tbl == "contact")
    said = {"restricted": "staff-allegation", "about_staff": about}
    contacts.amend(store, actor, part, said, "an allegation").result()


def notes(store: Store, actor: Actor, contact: bytes) -> set[str]:
    parts = contacts.get(store, actor, contact)
    return {str(each.values["text"]) for each in parts if each.tbl == "note"}


def test_two_desks_that_restrict_one_contact_at_once_lose_nothing_and_let_nobody_in(
    store: Store, there: Store, clock: Clock
) -> None:
    nora, nora_key = a_colleague(store, "Nora Named", "named-professional")
    pat, pat_key = a_colleague(store, "Pat Jones", "named-professional")
    contact = close_one(store, notes="Begun in clear.")
    carried(store, there)
    there.keyring.hold(nora.id, nora_key)
    restrict(store, ADVISOR, contact, "Pat Jones")
    contacts.add_note(store, ADVISOR, contact, "About Pat.").result()
    clock.step(minutes=1)
    restrict(there, nora, contact, "nobody-here")  # nobody has told this desk that it is about Pat
    contacts.add_note(there, nora, contact, "Nobody of ours.").result()
    assert pat.name in {each.name for each in restricted.opened_to(there.reader, contact)}
    carried(store, there)
    carried(there, store)
    both = {"Begun in clear.", "About Pat.", "Nobody of ours."}
    assert notes(store, ADVISOR, contact) == both and notes(there, nora, contact) == both
    clock.step(minutes=1)
    contacts.add_note(there, nora, contact, "Both are known now.").result()
    contacts.add_note(store, ADVISOR, contact, "Here too.").result()
    carried(store, there)
    carried(there, store)
    both |= {"Both are known now.", "Here too."}
    for one, actor, key in ((store, ADVISOR, PRIVATE), (there, nora, nora_key)):
        one.keyring.hold(actor.id, key)
        assert notes(one, actor, contact) == both
        assert pat.name not in {each.name for each in restricted.opened_to(one.reader, contact)}
        (marked,) = exposure.exposed(one, actor, contact)
        assert (
            marked.name == "Pat Jones"
            and "the last written Fri 20 Nov 2026 09:01" in marked.words()
        )
        one.keyring.hold(pat.id, pat_key)
        with pytest.raises(NotAllowed):
            contacts.get(one, pat, contact)
        before = {"Begun in clear.", "Nobody of ours."}  # sealed before it was known
        assert _sealed_for(one, pat, contact) == before
        assert verify(one).findings == ()


def _sealed_for(store: Store, user: Actor, contact: bytes) -> set[str]:
    """The notes that this user can open with any key that was ever sealed to them."""
    keys = []
    for (sealed,) in store.reader.conn.execute(
        "SELECT key FROM opening WHERE contact = ? AND user = ?", (contact, user.id)
    ):
        key = store.keyring.unseal(
            user.id, bytes.fromhex(sealed), restricted.bound_to(contact, user.id)
        )
        keys += [Seal(contact, key)] if key else []
    opens = restricted.opener(keys)
    found = store.reader.conn.execute(
        "SELECT header, body FROM entry JOIN payload USING(entry_id) WHERE tbl = 'note'"
    ).fetchall()
    entries = [decode(header, body, opens) for header, body in found]
    return {str(each.fields["text"]) for each in entries if each.sealed and each.fields}


def test_what_an_erased_amendment_replaced_stays_replaced_at_every_desk(
    store: Store, there: Store
) -> None:
    contact = close_one(store)
    nora, key = a_colleague(store, "Nora Named", "named-professional")
    store.keyring.hold(nora.id, key)
    for value in ("neglect", "sexual"):
        part = contacts.get(store, ADVISOR, contact)[0]
        contacts.amend(store, ADVISOR, part, {"category": value}, "rang back").result()
    carried(store, there)
    every = projection.entries_of(store.reader, "contact", contact)
    middle = next(each for each in every if (each.fields or {}).get("category") == "neglect")
    found = erasing.commands(store.reader, [("contact", contact)], "misheard")
    (only,) = [each for each in found if each.record == middle.id]
    store.act(nora, [only]).result()
    carried(store, there)
    for each in (store, there):
        own = contacts.get(each, ADVISOR, contact)[0]
        assert own.values["category"] == "sexual" and not own.conflicts
    last = next(each for each in found if each.record == every[-1].id)
    store.act(nora, [last]).result()
    carried(store, there)
    for each in (store, there):
        assert contacts.get(each, ADVISOR, contact)[0].values["category"] is None
