"""Stores filled by every version so far: they open, verify, are found in and worked on, for ever."""

import shutil
from pathlib import Path

import pytest
from samples import a_sheet

from spoc.model.sheet import Person
from spoc.storage import contacts, drafts, history, persons
from spoc.storage.desk import sign_in
from spoc.storage.verify import verify

STORES = Path(__file__).parents[1] / "stores"
VERSIONS = sorted(path.parent.name for path in STORES.glob("*/spoc.keys"))
PASSPHRASE = "a store from long ago"


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
    assert len(rows) == 5 and sum(row.open for row in rows) == 1
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
