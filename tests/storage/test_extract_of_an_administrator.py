"""What an administrator does in the extract: users and settings come into the records, and no key of them goes out."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from samples import Clock, joined
from storage.test_extract import ANN, IDENTIFIERS, NORA, desk, told

from spoc.model.errors import NotAllowed, StoreInUse, WrongPassphrase
from spoc.model.ledger.entry import Actor, Command
from spoc.storage import sealing, set_up
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk, sign_in
from spoc.storage.extract import making, returning
from spoc.storage.ledger.conflicts import removal
from spoc.storage.secrecy import keyfile, keys
from spoc.storage.service import roles, settings, users
from spoc.storage.store_folder import EXTRACT_FILE
from spoc.storage.upkeep.verify import verify

__all__ = ["desk"]


ADI = "eight plain words of the administrator"


@pytest.fixture
def adis(desk: Desk, clock: Clock) -> Iterator[Desk]:
    """An administrator at the extract of Nora's desk."""
    joined(desk, "Adi Stone", "admin", ADI)
    making.make(desk)
    with closing(sign_in(desk.folder, ADI, "Adi Stone", now=clock, window=False)) as adi:
        yield adi


def taken_in(desk: Desk) -> dict[str, str]:
    """The users in the records, with their roles, once what stands in the extract is taken in."""
    returning.take_in(desk.store, desk.folder, desk.key)
    return {each.name: each.role for each in users.all(desk.store, desk.actor)}


def test_an_administrator_opens_the_extract_and_sees_no_record(adis: Desk, desk: Desk) -> None:
    assert adis.store.is_extract and adis.key != desk.key
    with pytest.raises(NotAllowed):
        contacts.recent(adis.store, adis.actor)
    said = told(desk.folder / EXTRACT_FILE, adis.key)
    assert not any(each.casefold() in said for each in IDENTIFIERS)


def test_an_administrator_adds_analysts_and_nobody_who_would_hold_the_key(
    adis: Desk, desk: Desk, clock: Clock
) -> None:
    cy = users.add(adis, "Cy Count", "analyst", "seven words that Cy has now")
    with closing(
        sign_in(desk.folder, "seven words that Cy has now", "Cy Count", now=clock, window=False)
    ) as his:
        assert his.actor == cy and his.store.is_extract
    for role in ("advisor", "reviewer", "named-professional"):
        with pytest.raises(NotAllowed, match="nothing was changed"):
            users.add(adis, "Tom Hale", role, "eleven words for Tom alone")
    with pytest.raises(NotAllowed, match="can neither give nor take it"):
        roles.change(adis, cy.id, "advisor")
    users.add(
        desk, "Tom Hale", "advisor", "eleven words for Tom alone"
    )  # which leaves Cy where he is
    assert taken_in(desk)["Cy Count"] == "analyst"
    assert keys.unlock(desk.folder, "seven words that Cy has now", "Cy Count").extract
    assert verify(desk.store).findings == ()


def test_an_administrator_removes_an_analyst_and_the_extract_gets_another_key(
    adis: Desk, desk: Desk, clock: Clock
) -> None:
    former, ann = adis.key, users.by_name(adis.store, adis.actor, "Ann Lyst")
    tom = users.add(desk, "Tom Hale", "advisor", "eleven words for Tom alone")
    with pytest.raises(NotAllowed, match="can neither give nor take it"):
        users.remove(adis, tom.id, "")
    assert users.remove(adis, ann.id, "") == "Ann Lyst"
    with pytest.raises(WrongPassphrase):
        keys.unlock(desk.folder, ANN, "Ann Lyst")
    paper = keyfile.read(desk.folder)[0].recovery_public
    desk.close()
    adis.close()
    with closing(sign_in(desk.folder, NORA, "Nora Named", now=clock)) as nora:
        assert nora.key != desk.key and "Ann Lyst" not in taken_in(nora)
        assert nora.alarms == () and verify(nora.store).findings == ()
        content = keyfile.read(desk.folder)[0]
        assert content.recovery_public == paper and not content.renew
        making.make(nora)
        with closing(sign_in(desk.folder, ADI, "Adi Stone", now=clock, window=False)) as adi:
            assert adi.key != former


def test_a_setting_of_an_administrator_comes_into_the_records(adis: Desk, desk: Desk) -> None:
    settings.change(adis.store, adis.actor, "idle_minutes", "7").result()
    settings.change(adis.store, adis.actor, "closures", "2026-12-24").result()
    returning.take_in(desk.store, desk.folder, desk.key)
    settings.take(desk.store)
    assert desk.store.settings["idle_minutes"] == "7"
    assert desk.store.settings["closures"] == "2026-12-24"


@pytest.mark.parametrize("how", ["another", "themselves", "in turn", "the code"])
def test_a_script_of_an_administrator_gives_nobody_the_key(
    adis: Desk, desk: Desk, clock: Clock, how: str
) -> None:
    """Roles and codes that count in the ledger, and the key file written to match: the next new key is not theirs."""
    folder, private, words = desk.folder, os.urandom(32), "seven words that Cy has now"
    cy = users.add(adis, "Cy Count", "analyst", words)
    adis.store.keyring.lent[cy.id] = keys.unlock(folder, words, "Cy Count").private_key

    def promote(by: Actor, whom: Actor) -> None:
        (heads,) = adis.store.reader.conn.execute(
            "SELECT _heads FROM user WHERE id = ?", (whom.id,)
        ).fetchone()
        on = {"role": tuple(json.loads(heads)["role"])}
        adis.store.act(
            replace(by, role="stranger"), [Command("user", whom.id, {"role": "advisor"}, on)]
        ).result()

    if how == "the code":
        ann = users.by_name(adis.store, adis.actor, "Ann Lyst").id
        gone = [removal(adis.store.reader, "user", ann)]
        fields = keys.public_fields(private)
        adis.store.act(
            adis.actor, [*gone, Command("recovery", keys.store_id(folder), fields)]
        ).result()
    elif how == "themselves":
        promote(adis.actor, adis.actor)
    else:
        promote(adis.actor, cy)
    if how == "in turn":
        promote(cy, adis.actor)
    taken = taken_in(desk)
    assert how == "the code" or "advisor" in (taken["Cy Count"], taken["Adi Stone"])
    content, former = keyfile.read(folder)
    slots = tuple(replace(each, extract=False) for each in content.slots)
    content = replace(content, slots=slots)
    if how == "the code":
        content = replace(content, recovery_public=sealing.public_of(private))
    keyfile.write(folder, content, former)
    tom = users.add(desk, "Tom Hale", "advisor", "eleven words for Tom alone")
    roles.change(desk, tom.id, "analyst")  # a new key for everybody
    fresh = keys.unlock(folder, NORA, "Nora Named").data_key
    for own, name in ((ADI, "Adi Stone"), (words, "Cy Count")):
        opened = keys.unlock(folder, own, name)
        assert opened.extract and fresh not in (opened.data_key, opened.former_key)
        assert desk.key not in (opened.data_key, opened.former_key)
    if how != "the code":
        making.make(desk)
        own, name = (ADI, "Adi Stone") if how == "themselves" else (words, "Cy Count")
        with pytest.raises(NotAllowed, match="nobody who holds it has given it to you"):
            sign_in(folder, own, name, now=clock, window=False)
    sealed = keyfile.read(folder)[0].recovery_data_key
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(private, sealed, keys.store_id(folder))


def test_a_copy_by_an_administrator_is_a_backup_that_opens(
    adis: Desk, desk: Desk, clock: Clock, tmp_path: Path
) -> None:
    from spoc.storage.upkeep import daily

    with pytest.raises(StoreInUse):
        daily.back_up(adis, tmp_path / "copies", clock())
    desk.close()
    made = daily.back_up(adis, tmp_path / "copies", clock())
    set_up.restore(made.path, tmp_path / "new")
    with closing(sign_in(tmp_path / "new", NORA, "Nora Named", now=clock)) as nora:
        assert len(contacts.recent(nora.store, nora.actor)) == 4
        assert verify(nora.store).findings == ()


def test_a_leader_who_became_an_administrator_leaves_those_whom_she_added_their_key(
    desk: Desk, clock: Clock
) -> None:
    joined(desk, "Lea Lead", "named-professional", "six words of the other leader")
    lea = sign_in(desk.folder, "six words of the other leader", "Lea Lead", now=clock, window=False)
    tom = joined(lea, "Tom Hale", "advisor", "eleven words for Tom alone")
    lea.close()
    roles.change(desk, lea.actor.id, "admin")
    desk.close()
    with closing(sign_in(desk.folder, "eleven words for Tom alone", "Tom Hale", now=clock)) as toms:
        assert toms.actor == tom and not toms.store.is_extract
