"""The unborn board: by due date, born and linked, lost and quiet, moved, and not heard of."""

from datetime import date, timedelta

import pytest
from samples import ADVISOR, Clock, a_colleague, close_one, raw

from spoc.model.errors import NotAllowed
from spoc.model.followups.unborn import ENDED, LOST, Unborn
from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Actor
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import sheets
from spoc.storage.contacts.reading import history, listing
from spoc.storage.counts import behind
from spoc.storage.followups import followups, handover, requests, unborn
from spoc.storage.persons import links, persons, record, timeline
from spoc.storage.store import Store

LATE = timedelta(weeks=2)


def expect(
    store: Store, edd: str = "2027-01-15", mother: str = "Lane, Ann", actor: Actor = ADVISOR
) -> Unborn:
    baby = Person(f"Unborn baby of {mother}", "unborn", edd=edd, mother=Person(mother, "adult"))
    action = Action("hold-discharge", "the ward", "24h", utc_text(store.now()))
    close_one(store, actor, children=(baby,), identity="unborn", actions=(action,))
    return next(
        each for each in unborn.board(store, ADVISOR, every=True) if each.mother_name == mother
    )


def names(store: Store, actor: Actor = ADVISOR, *, every: bool = False) -> list[str]:
    return [each.mother_name for each in unborn.board(store, actor, every=every)]


def test_it_goes_by_the_due_date_and_says_the_weeks(store: Store, clock: Clock) -> None:
    expect(store, "2027-03-01", "Later, Lea")
    expect(store, "2026-12-01", "Sooner, Sue")
    assert names(store) == ["Sooner, Sue", "Later, Lea"]
    first, second = unborn.board(store, ADVISOR)
    assert first.weeks(date(2026, 11, 20), LATE) == "38 weeks, 1 left"
    assert second.weeks(date(2026, 11, 20), LATE) == "25 weeks, 14 left"


def test_the_plan_and_who_holds_it(store: Store) -> None:
    one = expect(store)
    unborn.plan(store, ADVISOR, one, {"plan": "yes", "plan_where": "blue folder", "holder": "Midwife Ash"}).result()  # fmt: skip
    (one,) = unborn.board(store, ADVISOR)
    assert (one.plan, one.plan_where, one.holder) == ("yes", "blue folder", "Midwife Ash")


def test_born_as_twins_each_has_a_record_of_their_own_linked_with_the_unborn_and_the_mother(
    store: Store,
) -> None:
    one = expect(store)
    unborn.born(store, ADVISOR, one, {"name": "Lane, Ivy", "dob": "t", "nhs_number": "999 000 0018"}).result()  # fmt: skip
    (one,) = unborn.board(store, ADVISOR, every=True)
    unborn.born(store, ADVISOR, one, {"name": "Lane, Max", "dob": "t"}).result()
    (one,) = unborn.board(store, ADVISOR, every=True)
    assert sorted(one.born) == ["Lane, Ivy", "Lane, Max"] and one.ended == "born"
    assert names(store) == []
    children = store.reader.conn.execute(
        "SELECT id, name, dob, mother FROM person WHERE kind = 'child' ORDER BY name"
    ).fetchall()
    assert [each[1:] for each in children] == [
        ("Lane, Ivy", "2026-11-20", one.mother), ("Lane, Max", "2026-11-20", one.mother),
    ]  # fmt: skip
    for child, *_ in children:
        assert one.person in links.linked_records(store.reader, child)


def test_one_who_was_linked_with_a_child_on_the_childs_page_is_born(store: Store) -> None:
    one = expect(store)
    close_one(store, children=(Person("Lane, Ivy", "child", dob="2026-11-20"),))
    (child,) = store.reader.conn.execute(
        "SELECT id FROM person WHERE name = 'Lane, Ivy'"
    ).fetchone()
    links.link(store, ADVISOR, one.person, child, "born").result()
    assert names(store) == []
    (one,) = unborn.board(store, ADVISOR, every=True)
    assert (one.ended, one.born) == ("born", ("Lane, Ivy",))


def test_lost_all_that_is_due_to_the_family_stops_and_it_shows_to_those_who_work_the_case_alone(
    store: Store,
) -> None:
    one = expect(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    named, _ = a_colleague(store, "Nora Named", "named-professional")
    other = expect(store, "2027-02-01", "Other, Oli", omar)
    unborn.gone(store, ADVISOR, one, LOST, {"on": "t", "why": "Midwife Ash"}).result()
    assert [each.contact for each in followups.open_ones(store, ADVISOR)] == [other.contact]
    assert names(store, ADVISOR, every=True) == ["Lane, Ann", "Other, Oli"]
    assert names(store, named, every=True) == ["Lane, Ann", "Other, Oli"]
    assert names(store, omar, every=True) == ["Other, Oli"]
    assert names(store) == ["Other, Oli"]


def test_an_ended_pregnancy_needs_no_day(store: Store) -> None:
    unborn.gone(store, ADVISOR, expect(store), ENDED, {"on": "", "why": "GP"}).result()
    (one,) = unborn.board(store, ADVISOR, every=True)
    assert (one.ended, one.ended_on) == (ENDED, "")


def test_moved_says_where_and_when(store: Store) -> None:
    unborn.record_move(store, ADVISOR, expect(store), {"area": "Devon", "on": "t-1"}).result()
    (one,) = unborn.board(store, ADVISOR, every=True)
    assert (one.ended, one.area, one.ended_on) == ("moved", "Devon", "2026-11-19")
    assert names(store) == []


def test_not_heard_of_at_forty_two_weeks_is_to_be_chased(store: Store, clock: Clock) -> None:
    one = expect(store, "2026-11-10")
    late = store.pack.limits["not-born"]
    assert late == LATE
    assert one.weeks(date(2026, 11, 23), late) == "41 weeks"
    assert one.weeks(date(2026, 11, 24), late) == "42 weeks: CHASE"


def test_a_role_without_names_sees_nobody(store: Store) -> None:
    expect(store)
    with pytest.raises(NotAllowed):
        unborn.board(store, Actor(b"analyst-number-1", "Ann", "analyst"))


def test_what_was_lost_is_in_no_list_search_or_suggestion_of_those_who_do_not_work_the_case(
    store: Store,
) -> None:
    one = expect(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    name = one.name
    word = "baby"
    assert any(name in each.children for each in contacts.recent(store, omar))
    assert contacts.find(store, omar, word)
    unborn.gone(store, ADVISOR, one, LOST, {"on": "t", "why": "Midwife Ash"}).result()
    (row,) = [each for each in contacts.recent(store, omar) if each.id == one.contact]
    assert row.children == ("an unborn baby",)
    assert name not in repr(contacts.find(store, omar, word))
    assert persons.suggest(store, omar, word, ("child", "unborn")) == []
    assert one.person not in {each[0] for each in record.listed(store, omar)}
    with pytest.raises(NotAllowed, match="work the case"):
        record.read(store, omar, one.person)
    held = record.read(store, omar, one.mother)
    assert held is not None and one.person.hex() not in {each.person for each in held.household}
    # Whoever works the case sees it as before.
    assert any(name in each.children for each in contacts.recent(store, ADVISOR))
    assert record.read(store, ADVISOR, one.person) is not None
    assert persons.suggest(store, ADVISOR, word, ("child", "unborn"))


def test_a_contact_about_a_baby_who_was_lost_opens_to_those_who_work_the_case_alone(
    store: Store, clock: Clock
) -> None:
    """In no list, search, timeline, JSON, CSV or list behind a number is more than that there is one."""
    one = expect(store)
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    claims, _ = a_colleague(store, "Cleo Claims", "advisor")
    wrote, _ = a_colleague(store, "Wes Wrote", "reviewer")
    named, _ = a_colleague(store, "Nora Named", "named-professional")
    followups.claim(store, claims, followups.open_ones(store, claims)[0]).result()
    contacts.add_note(store, wrote, one.contact, "Spoke to the ward.").result()
    assert contacts.get(store, omar, one.contact)
    unborn.gone(store, ADVISOR, one, LOST, {"on": "t", "why": "Midwife Ash"}).result()

    for who in (ADVISOR, claims, wrote, named):
        assert contacts.get(store, who, one.contact)
        assert listing.page_of(store, who, one.contact)["notes"]
    for opens in (
        contacts.get,
        listing.page_of,
        sheets.sheet_of,
        history.changes,
        requests.of_contact,
    ):
        with pytest.raises(NotAllowed, match="work the case"):
            opens(store, omar, one.contact)
    store.submit(lambda db: None).result()
    refused = raw(store).conn.execute("SELECT count(*) FROM audit WHERE kind = 'refused'")
    assert refused.fetchone() == (1,)  # in a quarter of an hour

    ids = [one.contact, *(each.id for each in followups.every(store, ADVISOR))]
    for shown in (
        contacts.recent(store, omar),
        list(listing.stream(store, omar, listing.ContactFilter())),
        contacts.find(store, omar, "nurse"),
        contacts.find(store, omar, "ward"),
        timeline.of_person(store, omar, one.mother),
        followups.every(store, omar),
        requests.every(store, omar, closed=True),
        handover.news(store, omar),
        behind.lines(store, omar, [*ids, one.person]),
    ):
        assert one.name not in repr(shown) and "Spoke to the ward" not in repr(shown)
    (row,) = [each for each in contacts.recent(store, omar) if each.id == one.contact]
    assert (row.children, row.caller, row.issues) == (("an unborn baby",), "", ())
    (line,) = listing.stream(store, omar, listing.ContactFilter())
    assert set(line) == {"id", "reference", "received_at", "open", "identity"}
    assert contacts.find(store, omar, "nurse") == [] == contacts.find(store, omar, "ward")


def test_a_contact_about_a_living_child_too_stays_open_and_does_not_name_the_baby(
    store: Store,
) -> None:
    baby = Person("Unborn baby of Lane, Ann", "unborn", edd="2027-01-15", mother=Person("Lane, Ann", "adult"))  # fmt: skip
    contact = close_one(store, children=(baby, Person("Lane, Ivy", "child")))
    omar, _ = a_colleague(store, "Omar Diaz", "advisor")
    (one,) = unborn.board(store, ADVISOR)
    unborn.gone(store, ADVISOR, one, LOST, {"on": "t", "why": "Midwife Ash"}).result()
    for shown in (
        contacts.get(store, omar, contact),
        sheets.sheet_of(store, omar, contact).children,
        history.changes(store, omar, contact),
        listing.page_of(store, omar, contact),
        list(listing.stream(store, omar, listing.ContactFilter())),
    ):
        assert "Unborn baby of" not in repr(shown)
    assert "Lane, Ivy" in repr(contacts.get(store, omar, contact))
    assert "Unborn baby of" in repr(contacts.get(store, ADVISOR, contact))
