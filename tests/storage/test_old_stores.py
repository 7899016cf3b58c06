"""Stores filled by every version so far: they open, verify, are found in and worked on, for ever."""

import shutil
from pathlib import Path

import pytest
from samples import a_sheet

from spoc.model.forms.sheet import Person
from spoc.storage import sealing
from spoc.storage.attendances import listing, showing
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.reading import history
from spoc.storage.desk import sign_in
from spoc.storage.persons import persons, record
from spoc.storage.secrecy import form_drafts
from spoc.storage.upkeep.verify import verify

STORES = Path(__file__).parents[1] / "stores"
VERSIONS = sorted(path.parent.name for path in STORES.glob("*/spoc.keys"))
PASSPHRASE = "a store from long ago"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The passphrases of these stores are no secret."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(8, 1, 1))


def test_there_is_a_store_of_the_first_version() -> None:
    assert "0.1.0" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_an_earlier_version_opens_verifies_and_goes_on(
    version: str, tmp_path: Path
) -> None:
    shutil.copytree(STORES / version, tmp_path / "store")
    desk = sign_in(tmp_path / "store", PASSPHRASE)
    store, actor = desk.store, desk.actor
    assert verify(store).findings == ()
    rows = contacts.recent(store, actor)
    guided = version >= "0.3.0"  # from then on with answers, prompts and a restricted contact
    assert len(rows) == 5 + 2 * guided and sum(row.open for row in rows) == 1
    assert sum(row.amended for row in rows) == 1
    brook = contacts.find(store, actor, "brok")
    assert [row.children for row in brook] == [("Brook, Ty", "Brook, Lea")]
    first = rows[-1].id
    change = history.changes(store, actor, first)[0]
    assert (change.before, change.value) == ("physical", "neglect")
    unborn = persons.suggest(store, actor, "unborn lane", ("unborn",))[0].person
    found = persons.get(store, actor, unborn.id)
    assert found and found.mother and found.mother.name == "Lane, Kim"
    waiting = drafts.waiting(store, actor)
    assert {draft.sheet.caller.name for draft in waiting} == {"Reed, Amy", "Hill, Jo"}
    draft = drafts.new(store, actor)
    sheet = a_sheet(store.now(), values={"service": "ED-MPH"}, caller=Person("Still, Here"))
    contacts.close(store, actor, draft, sheet).result()
    assert [row.caller for row in contacts.find(store, actor, "still here")] == ["Still, Here"]
    assert verify(store).findings == ()
    desk.close()


def test_a_store_with_guided_and_restricted_contacts_holds_all_of_them(tmp_path: Path) -> None:
    shutil.copytree(STORES / "0.3.0", tmp_path / "store")
    desk = sign_in(tmp_path / "store", PASSPHRASE)
    store, actor = desk.store, desk.actor
    (ada,) = contacts.find(store, actor, "ash ada")
    parts = contacts.get(store, actor, ada.id)
    own = parts[0].values
    assert (own["impact"], own["mobility"], own["closed_anyway"]) == (
        "In pain.",
        "not-mobile",
        "line cut",
    )
    answers = {
        each.values["question"]: each.values["state"] for each in parts if each.tbl == "answer"
    }
    assert answers == {"considered": "answered", "worry": "unknown", "needs": "skipped"}
    assert ("T2", "overridden") in [
        (each.values["code"], each.values["state"]) for each in parts if each.tbl == "prompt"
    ]
    (sealed,) = [row for row in contacts.recent(store, actor) if row.restricted]
    assert contacts.find(store, actor, "sealed") == []
    said = [
        each.values["text"] for each in contacts.get(store, actor, sealed.id) if each.tbl == "note"
    ]
    assert said == ["Sealed words."]
    desk.close()


def test_a_store_with_a_list_a_household_and_a_half_written_note_holds_all_of_them(
    tmp_path: Path,
) -> None:
    shutil.copytree(STORES / "0.4.0", tmp_path / "store")
    desk = sign_in(tmp_path / "store", PASSPHRASE)
    store, actor = desk.store, desk.actor
    (line,) = listing.by_number(store, actor, "N1")
    shown = showing.get(store, actor, line.id)
    assert [each.disposition for each in shown.reviews] == ["shared"]
    first = contacts.recent(store, actor)[-1].id
    child = next(each for each in contacts.get(store, actor, first) if each.part == "child")
    found = record.read(store, actor, child.id)
    assert found and [each.name for each in found.household] == ["Una"]
    half = form_drafts.draft_of(actor.id, "AmendScreen", first.hex(), "")
    typed = form_drafts.read(store, half)
    assert typed and typed.lines == {"value": "Half a note."}
    (sealed,) = [row for row in contacts.recent(store, actor) if row.restricted]
    named = store.reader.conn.execute(
        "SELECT name IS NOT NULL, generation FROM opening WHERE contact = ?", (sealed.id,)
    ).fetchall()
    assert set(named) == {(1, 1)}
    desk.close()
