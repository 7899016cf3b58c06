"""The record of a person: links that copy nothing, kinds of record that join by themselves, who has looked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import ADVISOR, Clock, a_colleague, close_one, set_up

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Column, Value
from spoc.storage.contacts import contacts
from spoc.storage.ledger import append
from spoc.storage.persons import (
    links,
    looks,
    matching,
    patterns,
    person_page,
    record,
    statements,
    timeline,
)
from spoc.storage.persons.record import Record
from spoc.storage.store import Store


def a_lead(store: Store) -> Actor:
    """A named professional, who adopts rule sets."""
    return a_colleague(store, "Nina Named", "named-professional")[0]


def a_child(store: Store, name: str = "Brook, Tyler", **more: Any) -> bytes:
    contact = close_one(store, children=(Person(name, "child", **more),))
    return next(each.id for each in contacts.get(store, ADVISOR, contact) if each.part == "child")


def held(store: Store, person: bytes) -> Record:
    found = record.read(store, ADVISOR, person)
    assert found
    return found


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, list[bytes]]]:
    """A store with three children, for tests that undo all they do."""
    store = set_up(tmp_path_factory.mktemp("three"), Clock())
    yield store, [a_child(store, f"Brook, {name}") for name in ("Ada", "Bea", "Cai")]
    store.close()


STEPS = st.lists(
    st.tuples(st.sampled_from(["link", "undo", "say"]), st.integers(0, 2), st.integers(0, 2)),
    max_size=10,
)


@given(STEPS)
def test_links_in_any_order_with_sayings_between_show_all_as_one_and_leave_nothing(
    three: tuple[Store, list[bytes]], steps: list[tuple[str, int, int]]
) -> None:
    store, children = three
    said = {child: {each.id for each in held(store, child).statements} for child in children}
    before = {child: person_page.as_json(store, ADVISOR, child)["contacts"] for child in children}
    linked: dict[frozenset[bytes], bytes] = {}
    for what, a, b in steps:
        one, other = children[a], children[b]
        pair = frozenset({one, other})
        if what == "link" and one != other and pair not in linked:
            links.link(store, ADVISOR, one, other, "same").result()
            linked[pair] = next(
                each[0] for each in links.links(store.reader, [one]) if other in each[1:3]
            )
        elif what == "undo" and pair in linked:
            links.undo(store, ADVISOR, "person_link", linked.pop(pair), "wrong").result()
        elif what == "say":
            statements.add(
                store, ADVISOR, one, "fact", {"key": "school", "value": f"School {b}"}
            ).result()
            said[one] = {
                each.id for each in held(store, one).statements if each.person == one.hex()
            }
        for child in children:
            whole = {child}
            for _ in children:
                whole |= {each for pair in linked if pair & whole for each in pair}
            shown = {each.id for each in held(store, child).statements if each.id}
            assert shown == {each for own in whole for each in said[own]} - {""}
    for link in linked.values():
        links.undo(store, ADVISOR, "person_link", link, "wrong").result()
    for child in children:
        assert {each.id for each in held(store, child).statements} == said[child]
        assert person_page.as_json(store, ADVISOR, child)["contacts"] == before[child]


def test_records_linked_in_a_circle_are_one_child_and_each_link_can_be_undone_alone(
    store: Store,
) -> None:
    a, b, c = (a_child(store, f"Brook, {name}") for name in ("Ada", "Bea", "Cai"))
    for one, other in ((a, b), (b, c), (c, a)):
        links.link(store, ADVISOR, one, other, "same").result()
    assert set(held(store, a).ids) == {a, b, c}
    first = next(each for each in held(store, a).links if {a, b} == set(each[1:3]))
    links.undo(store, ADVISOR, "person_link", first[0], "wrong").result()
    assert set(held(store, a).ids) == {a, b, c}, "the other two still hold"
    with pytest.raises(BadInput, match="one through another record"):
        links.link(store, ADVISOR, a, b, "not-same").result()


def value_of(column: Column, person: bytes) -> Value:
    """Something that a column of this kind may hold."""
    kinds: dict[str, Value] = {
        "instant": "2026-11-20T09:00:00.000Z",
        "day": "2026-11-20",
        "int": 1,
        "flag": True,
    }
    if column.kind == "ref":
        return person.hex()
    codes = {"alert": "danger", "relation": "mother"}
    return codes.get(column.codes) or kinds.get(
        column.kind, "gp" if column.name == "key" else "said"
    )


def test_every_kind_of_record_that_names_a_person_shows_on_both_once_two_are_linked(
    store: Store,
) -> None:
    """A kind that is added later and shows nowhere fails here."""
    one, other = a_child(store), a_child(store, "Brook, Ty")
    links.link(store, ADVISOR, one, other, "same").result()
    not_shown = {
        "contact_person",
        "audit",
        "person_link",
    }  # shown as the contact, in who has looked, as the link
    for table in store.tables.values():
        names = {column.name for column in table.columns}
        if "person" not in names or table.name in not_shown:
            continue
        record_id = append.new_id(store.now())
        third = a_child(store, "Lane, Amy")
        fields = {
            column.name: value_of(column, third if column.name == "other" else other)
            for column in table.columns
            if column.kind != "many"
            and column.name in {"person", "other", *table.tells, table.when, "value", "arrived"}
        }
        fields = {name: value for name, value in fields.items() if name in names}
        if table.name == "attendance":
            fields["arrived"] = "2026-11-19T09:00"
        store.act(ADVISOR, [Command(table.name, record_id, fields)]).result()
        for person in (one, other):
            of = person_page.page(store, ADVISOR, person)
            shown = {each.id.hex() for each in of.events}
            shown |= {
                each.id for each in (*of.record.statements, *of.record.alerts, *of.record.household)
            }
            assert record_id.hex() in shown, table.name


def test_a_siblings_alert_shows_on_the_child_as_the_siblings(store: Store) -> None:
    one, other = a_child(store), a_child(store, "Brook, Lea")
    link = statements.command(
        store, "household", one, {"relation": "sibling", "other": other.hex()}
    )
    statements.write(store, ADVISOR, [link]).result()
    alert = {"code": "cp-plan", "said_by": "MASH", "checked": "2026-11-12"}
    statements.add(store, ADVISOR, other, "alert", alert).result()
    for child, whose in ((one, "Brook, Lea"), (other, "")):
        (found,) = held(store, child).alerts
        assert (found.code, found.sibling) == ("cp-plan", whose)
    assert "Brook, Lea: " in person_page.warnings(person_page.page(store, ADVISOR, one), store)[0]
    assert not held(store, one).statements


def test_an_alert_says_how_old_it_is_and_that_its_review_has_passed(
    store: Store, clock: Clock
) -> None:
    child = a_child(store)
    statements.add(
        store, ADVISOR, child, "alert",
        {"code": "cp-is", "said_by": "A Shah", "checked": "2026-11-12", "review": "2026-12-01"},
    ).result()  # fmt: skip
    (said,) = person_page.warnings(person_page.page(store, ADVISOR, child), store)
    assert "as stated 12 Nov 2026 by A Shah (8 days ago); review by 1 Dec 2026" in said
    clock.step(days=30)
    (said,) = person_page.warnings(person_page.page(store, ADVISOR, child), store)
    assert "(38 days ago); REVIEW PASSED 1 Dec 2026" in said
    for wrong in (
        {"code": "cp-is"},
        {"code": "nonsense", "said_by": "A"},
        {"code": "cp-is", "said_by": "A", "checked": "2030-01-01"},
    ):
        with pytest.raises(BadInput):
            statements.add(store, ADVISOR, child, "alert", wrong)


def test_a_death_is_taken_back_with_a_reason_alone(store: Store) -> None:
    child = a_child(store)
    statements.died(store, ADVISOR, child, "", "GP").result()
    told = held(store, child).died
    assert told and told.value == "unknown"
    with pytest.raises(BadInput, match="Say why"):
        statements.take_back(store, ADVISOR, "fact", bytes.fromhex(told.id), " ")
    statements.take_back(store, ADVISOR, "fact", bytes.fromhex(told.id), "another child").result()
    assert held(store, child).died is None
    with pytest.raises(BadInput, match="source"):
        statements.died(store, ADVISOR, child, "", "")


def test_a_number_that_another_record_holds_merges_nothing_and_both_are_shown(store: Store) -> None:
    one = a_child(store, nhs_number="9990000018", dob="2020-01-19")
    other = a_child(store, "Pike, Ann", nhs_number="9990000018", dob="2012-05-05")
    assert held(store, one).ids == [one] and held(store, other).ids == [other]
    (asked,) = matching.described(store.reader, [one])
    (found,) = matching.find(store, ADVISOR, asked)
    assert found.of.id == other.hex() and not found.certain
    assert "same NHS number" in found.reasons and found.against


def test_children_of_one_mother_are_the_household_and_none_is_put_forward_as_another(
    store: Store,
) -> None:
    mother = Person("Lane, Amy", "adult")
    one = a_child(store, "Lane, Ivy", dob="2020-01-19", mother=mother)
    own = held(store, one).own[0]
    known = Person("Lane, Amy", "adult", own.mother.hex())
    other = a_child(store, "Lane, Fay", dob="2022-05-05", mother=known)
    for child, sister in ((one, other), (other, one)):
        siblings = [
            each.person for each in held(store, child).household if each.relation == "sibling"
        ]
        assert siblings == [sister.hex()]
        (asked,) = matching.described(store.reader, [child])
        assert matching.find(store, ADVISOR, asked) == []
    contact = close_one(
        store, children=(Person("Lane, Fay", "child", dob="2020-01-19", mother=known),), closed_anyway="test"
    )  # fmt: skip
    third = next(each.id for each in contacts.get(store, ADVISOR, contact) if each.part == "child")
    (asked,) = matching.described(store.reader, [third])
    against = {each.of.id: each.against for each in matching.find(store, ADVISOR, asked)}
    assert "another first name" in str(against[one.hex()]) and against.get(other.hex(), "apart")


def test_twins_who_are_said_to_be_two_keep_each_what_was_said_of_them(store: Store) -> None:
    born = {"dob": "2020-01-19"}
    one, two = a_child(store, "Brook, Ty", **born), a_child(store, "Brook, Riley", **born)
    said = {
        "gp": "Wellington",
        "school": "Moor School",
        "phone": "01632 960222",
        "address": "1 Mill Lane",
    }
    for key, value in said.items():
        statements.add(store, ADVISOR, two, "fact", {"key": key, "value": value}).result()
    alert = {"code": "cp-plan", "said_by": "MASH", "checked": "2026-11-12"}
    statements.add(store, ADVISOR, two, "alert", alert).result()
    statements.add_member(store, ADVISOR, two, {"name": "Dan", "relation": "father"}).result()

    def stands(person: bytes) -> dict[str, object]:
        return {**person_page.as_json(store, ADVISOR, person), "links": None, "looked": None}

    before = [stands(each) for each in (one, two)]
    links.link(store, ADVISOR, one, two, "not-same").result()
    assert [stands(each) for each in (one, two)] == before
    assert not set(said) & set(before[0]) and not held(store, one).household


def test_a_restricted_contact_moves_no_pattern_and_no_near_miss(store: Store) -> None:
    patterns.adopt(store, a_lead(store), "CONCERN").result()
    child = a_child(store)
    before = person_page.page(store, ADVISOR, child).pattern
    assert before and "one more makes 2" in before[0]
    known = Person("Brook, Tyler", "child", child.hex())
    close_one(store, children=(known,), sealed=True, closed_anyway="test")
    assert person_page.page(store, ADVISOR, child).pattern == before
    close_one(store, children=(known,), closed_anyway="test")
    assert person_page.page(store, ADVISOR, child).pattern != before, "an open one does"


def test_a_number_of_a_linked_record_is_spaced_and_says_that_it_is_in_doubt(store: Store) -> None:
    one = a_child(store, "Brook, Ty")
    other = a_child(store, "Brook, Tyler", nhs_number="9990000018", doubt="nhs_number")
    links.link(store, ADVISOR, one, other, "same").result()
    lines = dict(person_page.fact_lines(person_page.page(store, ADVISOR, one), store))
    assert lines["NHS number"] == "999 000 0018 (a linked record, in doubt)"
    (link,) = held(store, one).links
    assert person_page.link_words(link, held(store, one)).startswith("the same as Brook, Tyler (")


def test_a_rule_set_is_adopted_by_a_named_professional_and_found_for_child_and_household(
    store: Store, clock: Clock
) -> None:
    with pytest.raises(NotAllowed):
        patterns.adopt(store, ADVISOR, "DA-4")
    first = close_one(
        store, children=(Person("Brook, Tyler", "child"),), many={"issues": ("domestic-abuse",)}
    )
    child = next(each.id for each in contacts.get(store, ADVISOR, first) if each.part == "child")
    for _ in range(2):
        clock.step(days=30)
        known = Person("Brook, Tyler", "child", child.hex())
        close_one(
            store, children=(known,), many={"issues": ("domestic-abuse",)}, closed_anyway="test"
        )
    assert person_page.page(store, ADVISOR, child).pattern == ()
    lead = a_lead(store)
    patterns.adopt(store, lead, "da-4").result()
    (line,) = person_page.page(store, ADVISOR, child).pattern
    due = clock().date() - timedelta(days=60)
    assert "3 in 6 months; one more by" in line and "adopted" in line and due
    sister = a_child(store, "Brook, Lea")
    link = statements.command(
        store, "household", child, {"relation": "sibling", "other": sister.hex()}
    )
    statements.write(store, ADVISOR, [link]).result()
    clock.step(days=1)
    close_one(
        store, children=(Person("Brook, Lea", "child", sister.hex()),), many={"issues": ("domestic-abuse",)},
        closed_anyway="test",
    )  # fmt: skip
    (line,) = person_page.page(store, ADVISOR, child).pattern
    assert "4 in 6 months" in line and "(Brook, Lea)" in line and "designated nurse" in line
    patterns.drop(store, lead, "DA-4").result()
    assert person_page.page(store, ADVISOR, child).pattern == ()


def test_a_letter_is_due_once_and_the_line_says_when_the_last_one_went(
    store: Store, clock: Clock
) -> None:
    child = a_child(store)
    patterns.adopt(store, a_lead(store), "FA-STOKE").result()
    for n in range(4):
        fields: dict[str, Value] = {
            "person": child.hex(),
            "arrived": f"2026-1{n % 2}-0{n + 1}T09:00",
            "site": "MPH",
        }
        store.act(ADVISOR, [Command("attendance", append.new_id(store.now()), fields)]).result()
    (line,) = person_page.page(store, ADVISOR, child).pattern
    assert "4 in 6 months" in line and "A letter is due." in line
    sent = Action("frequent-attender-letter", "desk", "24h", "2026-11-20T09:00:00.000Z")
    close_one(
        store,
        children=(Person("Brook, Tyler", "child", child.hex()),),
        actions=(sent,),
        closed_anyway="test",
    )
    (line,) = person_page.page(store, ADVISOR, child).pattern
    assert "A letter is due." not in line and "The last letter: 20 Nov 2026." in line


def test_the_timeline_of_the_household_holds_what_happened_to_a_sister(store: Store) -> None:
    child, sister = a_child(store), a_child(store, "Brook, Lea")
    link = statements.command(
        store, "household", child, {"relation": "sibling", "other": sister.hex()}
    )
    statements.write(store, ADVISOR, [link]).result()
    alone = person_page.page(store, ADVISOR, child).events
    whole = person_page.page(store, ADVISOR, child, household=True).events
    assert set(alone) < set(whole)


def test_nothing_ages_out_of_the_timeline_and_one_kind_can_be_asked_for(
    store: Store, clock: Clock
) -> None:
    old = close_one(
        store,
        children=(Person("Brook, Tyler", "child"),),
        values={"received_at": "2009-03-01T09:00:00.000Z"},
    )
    child = next(each.id for each in contacts.get(store, ADVISOR, old) if each.part == "child")
    every = timeline.of_person(store, ADVISOR, child)
    assert [each.at[:4] for each in every if each.tbl == "contact"] == ["2009"]
    assert {each.tbl for each in timeline.of_person(store, ADVISOR, child, ("note",))} == {"note"}


def test_twins_of_one_unborn_baby_stay_two(store: Store) -> None:
    baby = a_child(store, "Unborn baby of Lane, Amy", edd="2027-02-12")
    ivy, fay = a_child(store, "Lane, Ivy"), a_child(store, "Lane, Fay")
    for child in (ivy, fay):
        links.link(store, ADVISOR, baby, child, "born").result()
    assert held(store, ivy).ids == [ivy, baby] and held(store, fay).ids == [fay, baby]
    assert set(held(store, baby).ids) == {baby, ivy, fay}
    later = a_child(store, "Lane, Joy")
    born: dict[str, Value] = {"person": baby.hex(), f"born.{later.hex()}": True}
    store.act(ADVISOR, [Command("unborn", append.new_id(store.now()), born)]).result()
    assert held(store, later).ids == [later, baby]


def test_who_has_looked_names_who_when_and_why(store: Store, clock: Clock) -> None:
    child = a_child(store)
    looks.opened(store, ADVISOR, child, "call").result()
    clock.step(minutes=1)
    looks.opened(store, ADVISOR, child, "audit").result()
    looked = looks.looked(store, ADVISOR, held(store, child))
    assert [(who, why, kind) for _, who, why, kind in looked] == [
        (ADVISOR.name, "audit", "view"),
        (ADVISOR.name, "call", "view"),
    ]
