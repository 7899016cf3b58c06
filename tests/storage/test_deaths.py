"""A child who died: what was to go to the family stops and asks, what goes to professionals goes on, marked."""

from datetime import timedelta

import pytest
from samples import ADVISOR, Clock, close_one

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Command
from spoc.model.values.instants import utc_text
from spoc.storage.followups import followups, ringing
from spoc.storage.ledger.append import new_id
from spoc.storage.persons import deaths, record, statements
from spoc.storage.store import Store


def call(store: Store) -> bytes:
    """A call about a child with promises to the family and to professionals; gives the child's id."""
    at = utc_text(store.now())
    actions = (
        Action("call-back", "Mum", "2h", at),
        Action("call-back", "Dr Lee", "2h", at),
        Action("gp-letter", "desk", "1wd", at),
        Action("shared-hv", "desk", "1wd", at),
    )
    close_one(store, actions=actions, children=(Person("Brook, Ty", "child", dob="2020-01-02"),))
    (child,) = store.reader.conn.execute("SELECT id FROM person WHERE kind = 'child'").fetchone()
    return bytes(child)


def test_what_goes_to_the_family_stops_and_asks_and_the_rest_goes_on_marked(
    store: Store, clock: Clock
) -> None:
    child = call(store)
    assert len(ringing.upcoming(store, ADVISOR)) == 2
    said = statements.died(store, ADVISOR, child, "2026-11-19", "GP")
    said.result()
    queue = followups.open_ones(store, ADVISOR)
    assert {each.died for each in queue} == {"DIED 19 Nov 2026"}
    stops = {(each.code, each.who): each.stops(store.pack) for each in queue}
    assert stops == {
        ("call-back", "Mum"): True,
        ("call-back", "Dr Lee"): False,
        ("gp-letter", "desk"): True,
        ("shared-hv", "desk"): False,
    }
    clock.at += timedelta(hours=3)
    rung = {each.id for each in ringing.upcoming(store, ADVISOR)}
    assert rung == {each.id for each in queue if each.who == "Dr Lee"}
    by_who = {(each.code, each.who): each for each in queue}
    for each in queue:
        if not each.stops(store.pack):
            followups.end(store, ADVISOR, each).result()
    mum = by_who["call-back", "Mum"]
    with pytest.raises(BadInput, match="The child has died"):
        followups.end(store, ADVISOR, mum)
    followups.end(store, ADVISOR, mum, why="Mum asked to be rung").result()
    followups.end(store, ADVISOR, by_who["gp-letter", "desk"], followups.NOT_DONE, "died").result()
    assert followups.open_ones(store, ADVISOR) == []


def test_a_death_that_was_taken_back_stops_nothing(store: Store) -> None:
    child = call(store)
    statements.died(store, ADVISOR, child, "", "GP").result()
    held = record.read(store, ADVISOR, child)
    assert held is not None and held.died is not None
    statements.take_back(
        store, ADVISOR, "fact", bytes.fromhex(held.died.id), "wrong child"
    ).result()
    assert {each.died for each in followups.open_ones(store, ADVISOR)} == {""}
    assert len(ringing.upcoming(store, ADVISOR)) == 2


def test_the_contact_about_a_death_asks_for_the_panel_and_names_the_brothers_and_sisters(
    store: Store,
) -> None:
    child = call(store)
    sister = new_id(store.now())
    said = Command("person", sister, {"name": "Brook, Ivy", "kind": "child"})
    store.act(ADVISOR, [said]).result()
    fields = {"other": sister.hex(), "relation": "sibling"}
    statements.add(store, ADVISOR, child, "household", fields).result()
    statements.died(store, ADVISOR, child, "", "GP").result()
    held = record.read(store, ADVISOR, child)
    assert held is not None
    sheet = deaths.contact_about(store, ADVISOR, held).sheet
    assert sheet.children[0].name == "Brook, Ty" and sheet.many["issues"] == ("child-death",)
    assert sheet.notes == "DIED, date not known. Brothers and sisters: Brook, Ivy."
    (stop,) = [each for each in store.pack.guide.prompts if each.code == "T11"]
    assert {"cdop", "siblings-safe"} <= set(stop.done)
