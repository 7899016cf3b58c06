"""A restricted contact at two desks: nothing is lost, and nothing goes to whoever is shut out."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from samples import ADVISOR, PRIVATE, Clock, a_colleague, close_one, set_up

from spoc.model.errors import NotAllowed
from spoc.model.ledger.entry import Actor, Seal, decode
from spoc.model.rules.generations import Given, following, holders, shut_out, writable
from spoc.storage.contacts import contacts
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.secrecy import exposure, restricted
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

ADA, NORA, PAT, ZED = b"ada", b"nora", b"pat", b"zed"
# Two desks gave a first key at once, one of them to Pat; one opened it to Zed, one took Zed out and gave a
# second: as openings, eight.
EIGHT = (
    Given("a1", 1, ADA),
    Given("a1", 1, NORA),
    Given("b1", 1, ADA),
    Given("b1", 1, PAT),
    Given("a1", 1, ZED, gone=True),
    Given("b1", 1, NORA),
    Given("a2", 2, ADA),
    Given("a2", 2, NORA),
)


def test_in_whatever_order_they_come_the_same_key_is_chosen_and_nobody_shut_out_has_it() -> None:
    mine = ("a1", "b1", "a2")
    out = shut_out(EIGHT, {PAT})
    assert out == {PAT, ZED}
    for order in permutations(EIGHT):
        assert writable(order, out, mine) == "a2"
        assert shut_out(order, {PAT}) == out
    for number in range(9):  # and on the way there: what has come so far never lets one in
        for some in permutations(EIGHT, min(number, 4)):
            key = writable(some, shut_out(some, {PAT}), {each.key for each in some})
            assert key is None or not holders(some, key) & shut_out(some, {PAT})
    assert writable(EIGHT, out, ("a1", "b1")) is None and following(EIGHT) == 3


def test_a_key_of_which_it_is_not_said_whom_it_was_given_is_not_written_under() -> None:
    old = [Given("", 0, ADA), Given("", 0, PAT)]
    assert writable(old, {PAT}, ("x",)) is None
    assert writable(old, (), ("x",)) == "x"
    assert writable([*old, Given("a1", 1, ADA)], {PAT}, ("x", "a1")) == "a1"


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
