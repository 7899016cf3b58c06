"""The keys of a desk: they come with the passphrase, and go with the lock."""

from pathlib import Path

import pytest
from samples import close_one, joined
from storage.conftest import MARK, STAFF, marked, stored

from spoc.model.errors import BadInput, NotAllowed, Refusal
from spoc.storage import desk, sealing, set_up
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.secrecy import paper_codes, restricted
from spoc.storage.service import second, users
from spoc.storage.upkeep import daily
from spoc.storage.upkeep.verify import verify

# -- the desk's keys -------------------------------------------------------------------------------

WORDS, OTHER = "four plain words here", "five other words for you"


def test_the_key_comes_with_the_passphrase_and_goes_with_the_lock_or_a_colleague(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    prepared = set_up.prepare(
        tmp_path / "desk", "Service", "Desk", "Ada Shah", "named-professional", WORDS
    )
    prepared.commit()
    first = prepared.open()
    joined(first, "Nora Named", "named-professional", OTHER)
    kim = joined(first, "Kim Field", "advisor", OTHER)
    joined(first, "Pat Jones", "named-professional", OTHER)
    record = close_one(first.store, first.actor, values=STAFF)  # the day it was set up
    left = drafts.new(first.store, first.actor)
    drafts.save(first.store, left, marked(first.store)).result()
    assert contacts.get(first.store, first.actor, record)
    first.store.keyring.wipe()  # as the lock does
    with pytest.raises(NotAllowed):
        contacts.get(first.store, first.actor, record)
    assert desk.unlock(first, WORDS, "Ada Shah") == first.actor
    assert contacts.get(first.store, first.actor, record)
    kims = desk.hand_over(first, desk.unlock(first, OTHER, "Kim Field"))
    assert drafts.waiting(kims.store, kim)[0].shut  # it waits for somebody who has it
    for actor in (kim, first.actor):
        with pytest.raises(NotAllowed):
            contacts.get(kims.store, actor, record)
    noras = desk.hand_over(kims, desk.unlock(kims, OTHER, "Nora Named"))
    assert not drafts.waiting(noras.store, noras.actor)
    assert contacts.get(noras.store, noras.actor, left.id)[0].values["closed_at"] is None
    made = daily.back_up(noras, tmp_path / "backups", noras.store.now())
    noras.close()
    assert MARK.encode() not in (made.path / "spoc.db").read_bytes()
    set_up.restore(made.path, tmp_path / "restored")
    again = desk.sign_in(tmp_path / "restored", WORDS, "Ada Shah")
    assert MARK in repr(contacts.get(again.store, again.actor, left.id))
    contacts.add_note(again.store, again.actor, record, MARK).result()
    assert verify(again.store).findings == () and MARK not in stored(again.store, again.key)
    again.close()


def test_who_alone_has_a_restricted_contact_is_not_removed_by_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    first = ("Service", "Desk", "Ada Shah", "named-professional", WORDS)
    prepared = set_up.prepare(tmp_path / "desk", *first)
    prepared.commit()
    adas = prepared.open()
    kim = joined(adas, "Kim Field", "advisor", OTHER)
    kims = desk.hand_over(adas, desk.unlock(adas, OTHER, "Kim Field"))
    record = close_one(kims.store, kim, values={**STAFF, "about_staff": "Ada Shah"})
    adas = desk.hand_over(kims, desk.unlock(kims, WORDS, "Ada Shah"))
    code, new = second.Beside(prepared.code), paper_codes.new_code()
    with pytest.raises(BadInput, match="1 restricted contact or call is opened to them alone"):
        users.remove(adas, kim.id, new, beside=code)
    with pytest.raises(NotAllowed, match=r"You are none of these.*Nobody who is here now may"):
        users.remove(adas, kim.id, new, losing=True, beside=code)
    nora = joined(adas, "Nora Named", "named-professional", OTHER)
    joined(adas, "Otto Lead", "named-professional", OTHER)
    noras = desk.hand_over(adas, desk.unlock(adas, OTHER, "Nora Named"))
    for beside, why in (
        (second.ALONE, "Nobody else is there to agree.*Who may: Nora Named, Otto Lead"),
        (second.Beside(name="Ada Shah", passphrase=WORDS), "Ada Shah may be that person"),
        (second.Beside(name="Kim Field", passphrase=OTHER), "a second named professional"),
        (second.Beside(name="Nora Named", passphrase=OTHER), "somebody else"),
        (second.Beside("AAAA-" * 6 + "AAAA"), "not the recovery code"),
    ):
        with pytest.raises(Refusal, match=why):
            users.remove(noras, kim.id, new, losing=True, beside=beside)
    assert restricted.alone_with(noras.store.reader, kim.id).keys() == {record}
    agrees = second.Beside(name="Otto Lead", passphrase=OTHER)
    assert users.remove(noras, kim.id, new, losing=True, beside=agrees) == "Kim Field"
    (said,) = noras.store.reader.conn.execute(
        "SELECT detail FROM audit WHERE purpose = 'removed' AND _by = ?", (nora.id,)
    ).fetchone()
    assert said == "advisor; restricted contacts lost with them"
    assert verify(noras.store).sound
    noras.close()
