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
from spoc.storage.persons import deaths, links, person_page, persons, record, statements
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


def test_a_death_said_of_one_record_stops_what_goes_to_the_family_of_a_linked_one(
    store: Store,
) -> None:
    child = call(store)
    other = close_one(store, children=(Person("Brook, Tyler", "child", dob="2020-01-02"),))
    (twice,) = store.reader.conn.execute(
        "SELECT person FROM contact_person WHERE contact = ? AND part = 'child'", (other,)
    ).fetchone()
    statements.died(store, ADVISOR, twice, "2026-11-19", "GP").result()
    assert {each.died for each in followups.open_ones(store, ADVISOR)} == {""}
    links.link(store, ADVISOR, child, twice, "same").result()
    queue = followups.open_ones(store, ADVISOR)
    assert {each.died for each in queue} == {"DIED 19 Nov 2026"}
    assert any(each.stops(store.pack) for each in queue)
    found = persons.get(store, ADVISOR, child.hex())
    assert found and found.died == "2026-11-19"


def test_the_contact_about_a_death_contradicts_nothing_and_another_call_does(
    store: Store, clock: Clock
) -> None:
    child = call(store)
    statements.died(store, ADVISOR, child, "2026-11-10", "GP").result()
    known = persons.get(store, ADVISOR, child.hex())
    assert known
    clock.at += timedelta(days=1)
    close_one(store, children=(known,), many={"issues": ("child-death",)}, closed_anyway="told")
    page = person_page.page(store, ADVISOR, child)
    assert [str(each) for each in page.seen_after] == ["2026-11-20"]  # the call


def test_what_happens_to_a_brother_later_contradicts_no_death(store: Store, clock: Clock) -> None:
    child = call(store)
    clock.at += timedelta(days=1)
    died = statements.died(store, ADVISOR, child, "2026-11-20", "GP")
    died.result()
    fields = {"name": "Brook, Sam", "relation": "sibling", "said_by": "HV"}
    statements.add_member(store, ADVISOR, child, fields).result()
    (sam,) = [each.person for each in persons.suggest(store, ADVISOR, "Sam", ("child",))]
    close_one(store, children=(sam,))
    page = person_page.page(store, ADVISOR, child, household=True)
    whose = {page.whose(each) for each in page.events if each.tbl == "contact"}
    assert whose == {"", "Brook, Sam"} and page.seen_after == ()
