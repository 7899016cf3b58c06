"""Contacts: closed, amended, found and read, each by whom it may."""

import inspect
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from samples import ADVISOR, Clock, a_colleague, a_sheet, close_one, signs

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.forms.contact import Missing
from spoc.model.forms.sheet import NO_NAMES, Action, Person, Sheet
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import BY_DESK, COMMANDS, ROLES
from spoc.model.values.instants import utc_text
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts, guidance_facts
from spoc.storage.contacts.contacts import Part
from spoc.storage.contacts.reading import history
from spoc.storage.ledger import audit
from spoc.storage.persons import persons
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

NAMES = ("Molly", "Mulberry", "Nora", "9990000018", "01632")


def someone(role: str) -> Actor:
    return signs(replace(ADVISOR, id=role.ljust(16)[:16].encode(), role=role))


def parts(store: Store, contact: bytes, tbl: str, part: str = "") -> list[Part]:
    return [
        each
        for each in contacts.get(store, ADVISOR, contact)
        if each.tbl == tbl and each.part == part
    ]


# -- closing -------------------------------------------------------------------------------------


def test_a_closed_contact_is_listed_and_read_as_it_was_taken(store: Store, actor: Actor) -> None:
    contact = close_one(store)
    (row,) = contacts.recent(store, actor)
    assert (row.id, row.service, row.category, row.issues, row.outcome) == (
        contact,
        "ED",
        "physical",
        ("burn",),
        "advice-accepted",
    )
    assert (row.children, row.caller) == (("Molly Mulberry",), "Nora Nurse")
    assert row.received_at == row.logged_at == "2026-11-20T09:00:00.000Z" and not row.amended
    held = contacts.get(store, actor, contact)
    assert [(each.tbl, each.part) for each in held] == [
        ("contact", ""),
        ("person", "caller"),
        ("person", "child"),
        ("action", ""),
        ("outcome", ""),
        ("note", ""),
        ("answer", ""),
        ("prompt", ""),  # a burn at two is asked about
    ]
    assert held[0].values["advisor"] == actor.id
    assert held[2].values["nhs_number"] == "9990000018"
    assert held[2].values["dob"] == "2024-02-29"
    assert held[5].values["text"] == "Scald from a cup of tea, seen at once."
    assert history.changes(store, actor, contact) == []


def test_the_draft_ends_with_the_act_that_closes_it(store: Store, actor: Actor) -> None:
    draft = drafts.new(store, actor)
    other = drafts.new(store, actor)
    sheet = a_sheet(store.now())
    drafts.save(store, draft, sheet).result()
    drafts.save(store, other, sheet).result()
    contacts.close(store, actor, draft, sheet).result()
    assert [each.id for each in drafts.waiting(store, actor)] == [other.id]
    assert [row.id for row in contacts.recent(store, actor)] == [draft.id]


def test_a_contact_is_closed_once(store: Store, actor: Actor) -> None:
    draft = drafts.new(store, actor)
    sheet = a_sheet(store.now())
    first = contacts.close(store, actor, draft, sheet)
    again = contacts.close(store, someone("reviewer"), draft, sheet)
    first.result()
    with pytest.raises(BadInput, match="already closed"):
        again.result()
    (own,) = parts(store, draft.id, "contact")
    assert len(own.heads["category"]) == 1
    assert [each.tbl for each in contacts.get(store, actor, draft.id)].count("note") == 1
    assert verify(store).sound


def test_a_save_that_comes_after_the_close_does_not_bring_the_draft_back(
    store: Store, actor: Actor
) -> None:
    draft = drafts.new(store, actor)
    sheet = a_sheet(store.now())
    drafts.save(store, draft, sheet)
    contacts.close(store, actor, draft, sheet)
    with pytest.raises(BadInput, match="has closed it"):
        drafts.save(store, draft, sheet).result()
    assert drafts.waiting(store, actor) == []
    assert [row.id for row in contacts.recent(store, actor)] == [draft.id]


def test_what_is_missing_keeps_the_draft(store: Store, actor: Actor) -> None:
    draft = drafts.new(store, actor)
    sheet = a_sheet(store.now(), outcome="")
    drafts.save(store, draft, sheet).result()
    assert guidance_facts.missing(store, sheet) == [Missing("outcome", "Outcome is empty.")]
    with pytest.raises(BadInput, match=r"Outcome is empty\. The contact is kept as a draft\."):
        contacts.close(store, actor, draft, sheet)
    assert [each.sheet for each in drafts.waiting(store, actor)] == [sheet]
    assert contacts.recent(store, actor) == []


def test_a_draft_comes_back_as_it_was_saved(store: Store, actor: Actor, clock: Clock) -> None:
    mother = Person("Mary Mulberry", "adult")
    sheet = a_sheet(
        clock(),
        children=(Person("", "unborn", edd="2027-01-02", mother=mother),),
        actions=(Action("advice-only", "caller", "24h", utc_text(clock())),),
        pending={"issues": "bur"},
        last=frozenset({"service"}),
    )
    draft = drafts.new(store, actor)
    drafts.save(store, draft, Sheet(opened_at=sheet.opened_at)).result()
    clock.step(seconds=1)
    assert drafts.save(store, draft, sheet).result() == utc_text(clock())
    (kept,) = drafts.waiting(store, actor)
    assert kept.sheet == sheet and kept.saved_at == utc_text(clock()) and kept.id == draft.id
    drafts.discard(store, draft).result()
    assert drafts.waiting(store, actor) == []


def test_a_late_contact_was_received_before_it_was_written(
    store: Store, actor: Actor, clock: Clock
) -> None:
    received = utc_text(clock() - timedelta(hours=17))
    contact = close_one(store, values={"received_at": received, "hours": "ooh-received-later"})
    (row,) = contacts.recent(store, actor)
    assert row.received_at == received < row.logged_at
    assert contacts.get(store, actor, contact)[0].first_at == row.logged_at == utc_text(clock())


def test_a_known_person_is_not_written_again_but_what_is_new_of_them_is(
    store: Store, actor: Actor
) -> None:
    first = close_one(store)
    (child,) = parts(store, first, "person", "child")
    known = persons.get(store, actor, child.id.hex())
    assert known and known.name == "Molly Mulberry"
    second = close_one(store, children=(replace(known, name="Molly Mulberry-Oak"),))
    (same,) = parts(store, second, "person", "child")
    assert same.id == child.id and same.values["name"] == "Molly Mulberry-Oak"
    assert same.conflicts == {}
    count = "SELECT count(*) FROM person WHERE kind = 'child'"
    assert store.reader.conn.execute(count).fetchone() == (1,)
    assert {row.children for row in contacts.recent(store, actor)} == {("Molly Mulberry-Oak",)}


def test_a_contact_without_a_name_is_counted(store: Store, actor: Actor) -> None:
    close_one(store, children=(), identity=NO_NAMES)
    (row,) = contacts.recent(store, actor)
    assert row.children == () and row.identity == NO_NAMES


def test_what_was_typed_is_data(store: Store, actor: Actor) -> None:
    name = '[red]x[/] \'); DROP TABLE person;-- =HYPERLINK(1) "😀" %s {0}'
    contact = close_one(store, children=(Person(name, "child"),), notes=name)
    (row,) = contacts.find(store, actor, '"hyperlink" * ^(x:')
    assert row.id == contact and row.children == (name,)
    for query in ('"', "*", "NEAR(", "a:b", "^x", "col : y", "-", "()", "'", "\x00", "x" * 5000):
        contacts.find(store, actor, query)
        persons.suggest(store, actor, query, ("child",))


# -- amending ------------------------------------------------------------------------------------


def test_an_amendment_says_why_and_both_versions_stay(
    store: Store, actor: Actor, clock: Clock
) -> None:
    contact = close_one(store)
    (child,) = parts(store, contact, "person", "child")
    with pytest.raises(BadInput, match="Say why"):
        contacts.amend(store, actor, child, {"dob": "2024-03-01"}, "  ")
    at = clock.step(days=1)
    contacts.amend(store, actor, child, {"dob": "2024-03-01"}, " mother rang ").result()
    (change,) = history.changes(store, actor, contact)
    assert (change.tbl, change.field, change.before, change.value, change.why, change.by) == (
        "person",
        "dob",
        "2024-02-29",
        "2024-03-01",
        "mother rang",
        actor.name,
    )
    assert change.at == utc_text(at)
    (child,) = parts(store, contact, "person", "child")
    assert child.values["dob"] == "2024-03-01" and child.conflicts == {}


def test_an_amended_contact_is_marked_in_the_list(store: Store, actor: Actor, clock: Clock) -> None:
    contact = close_one(store)
    clock.step(minutes=1)
    (own,) = parts(store, contact, "contact")
    contacts.amend(store, actor, own, {"category": "neglect"}, "heard more").result()
    (row,) = contacts.recent(store, actor)
    assert row.amended and row.category == "neglect"


def test_what_an_amendment_adds_is_in_the_history(store: Store, actor: Actor, clock: Clock) -> None:
    contact = close_one(store)
    clock.step(minutes=1)
    (own,) = parts(store, contact, "contact")
    changed = {"issues.poisoning": True, "record_number": "A 12"}
    contacts.amend(store, actor, own, changed, "found out").result()
    assert contacts.recent(store, actor)[0].issues == ("burn", "poisoning")
    told = history.changes(store, actor, contact)
    assert {(each.field, each.before, each.value) for each in told} == {
        ("issues.poisoning", None, True),
        ("record_number", None, "A 12"),
    }


def test_a_later_outcome_and_a_note_stand_beside_the_earlier(
    store: Store, actor: Actor, clock: Clock
) -> None:
    contact = close_one(store)
    clock.step(hours=2)
    contacts.add_outcome(store, actor, contact, "strategy-agreed").result()
    contacts.add_note(store, actor, contact, "Rang back.").result()
    assert contacts.recent(store, actor)[0].outcome == "strategy-agreed"
    codes = [each.values["code"] for each in parts(store, contact, "outcome")]
    assert codes == ["advice-accepted", "strategy-agreed"]
    assert parts(store, contact, "note")[-1].values["text"] == "Rang back."
    assert parts(store, contact, "note")[-1].first_at == utc_text(clock())
    with pytest.raises(BadInput, match="empty"):
        contacts.add_note(store, actor, contact, " \n")
    assert contacts.find(store, actor, "rang back")[0].id == contact


# -- finding -------------------------------------------------------------------------------------


@pytest.fixture
def three(store: Store, clock: Clock) -> list[bytes]:
    """Three contacts, an hour apart, about Zoë, Muhammad and Siân."""
    made = []
    for name, caller in (("Zoë Birch", "Ann"), ("Muhammad Ash", "Bea"), ("Siân Elm", "Ann")):
        made.append(
            close_one(store, children=(Person(name, "child"),), caller=Person(caller), notes="-.")
        )
        clock.step(hours=1)
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("zoe", [0]),
        ("ZOË birch", [0]),
        ("bir zo", [0]),
        ("sian", [2]),
        ("ann", [2, 0]),
        ("ann elm", [2]),
        ("burn", [2, 1, 0]),
        ("scald", [2, 1, 0]),  # a code is found by its words
        ("ann ash", []),
        ("nobody at all", []),
        ("  ", []),
    ],
)
def test_contacts_are_found_by_words_newest_first(
    store: Store, actor: Actor, three: list[bytes], query: str, found: list[int]
) -> None:
    assert [three.index(row.id) for row in contacts.find(store, actor, query)] == found


@pytest.mark.parametrize("query", ["mohammad", "muhamad", "muhammda", "mhuammad"])
def test_near_spellings_are_found_and_marked(
    store: Store, actor: Actor, three: list[bytes], query: str
) -> None:
    (row,) = contacts.find(store, actor, query)
    assert row.id == three[1] and row.near
    (exact,) = contacts.find(store, actor, "muhammad")
    assert exact.id == three[1] and not exact.near
    (person,) = persons.suggest(store, actor, query, ("child",))
    assert person.person.name == "Muhammad Ash" and person.near


def test_a_list_gives_no_more_than_is_asked_for(
    store: Store, actor: Actor, three: list[bytes]
) -> None:
    assert [row.id for row in contacts.recent(store, actor, 2)] == [three[2], three[1]]
    assert [row.id for row in contacts.find(store, actor, "burn", 2)] == [three[2], three[1]]


def test_a_changed_name_is_found_and_the_former_is_not(
    store: Store, actor: Actor, three: list[bytes]
) -> None:
    (child,) = parts(store, three[0], "person", "child")
    contacts.amend(store, actor, child, {"name": "Xanthe Yew"}, "adopted").result()
    assert [row.id for row in contacts.find(store, actor, "xanthe")] == [three[0]]
    assert contacts.find(store, actor, "birch") == []
    assert verify(store).sound


# -- who may see what ----------------------------------------------------------------------------


def test_an_analyst_sees_rows_without_a_name_anywhere(store: Store) -> None:
    close_one(store, notes="Molly fell.")
    rows = contacts.recent(store, someone("analyst"))
    assert len(rows) == 1 and rows[0].category == "physical"
    assert rows[0].children == () and rows[0].caller == ""
    assert not any(name in repr(rows) for name in NAMES)


def test_an_administrator_sees_no_rows(store: Store) -> None:
    close_one(store)
    with pytest.raises(NotAllowed) as refused:
        contacts.recent(store, someone("admin"))
    assert str(refused.value) == (
        "Your role (administrator (no content)) may not list contacts; nothing was changed. Ask a "
        "colleague who is a duty advisor or reviewer or named professional or analyst (no identifiers)."
    )


def test_a_refusal_names_who_may(store: Store) -> None:
    with pytest.raises(NotAllowed) as refused:
        contacts.find(store, someone("analyst"), "molly")
    said = str(refused.value)
    assert "may not search contacts" in said and "duty advisor" in said and "Molly" not in said


def functions() -> list[Any]:
    """Every function of the repositories that asks who acts."""
    modules: tuple[ModuleType, ...] = (contacts, persons, drafts)
    return [
        pytest.param(function, id=f"{module.__name__.rpartition('.')[2]}.{name}")
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and "actor" in inspect.signature(function).parameters
    ]


def call(function: Any, store: Store, actor: Actor, contact: bytes) -> Any:
    """Call a function with what would do for an advisor."""
    sheet = a_sheet(store.now())
    given = {
        "store": store,
        "actor": actor,
        "draft": drafts.new(store, ADVISOR),
        "sheet": sheet,
        "part": contacts.get(store, ADVISOR, contact)[0],
        "fields": {"category": "neglect"},
        "why": "heard more",
        "contact": contact,
        "ids": [contact],
        "person": parts(store, contact, "person", "child")[0].id.hex(),
        "code": "strategy-agreed",
        "text": "Rang back.",
        "query": "molly",
        "typed": "molly",
        "kinds": ("child",),
        "since": "2026-01-01T00:00:00.000Z",
    }
    wanted = [
        name
        for name, each in inspect.signature(function).parameters.items()
        if each.default is inspect.Parameter.empty
    ]
    assert set(wanted) <= given.keys(), f"say here what to give for {set(wanted) - given.keys()}"
    return function(**{name: given[name] for name in wanted})


COUNTED = {"recent", "still_open", "count_since"}  # what those may ask who see no names


@pytest.mark.parametrize("function", functions())
@pytest.mark.parametrize("role", ["stranger", "", "admin", "analyst"])
def test_every_act_and_every_look_asks_for_the_role(store: Store, function: Any, role: str) -> None:
    contact = close_one(store)
    before = store.reader.conn.execute("SELECT count(*) FROM entry").fetchone()
    if role == "analyst" and function.__name__ in COUNTED:
        assert not any(
            name in repr(call(function, store, someone(role), contact)) for name in NAMES
        )
        return
    with pytest.raises(NotAllowed, match="nothing was changed"):
        call(function, store, someone(role), contact)
    store.submit(lambda _: None).result()
    assert store.reader.conn.execute("SELECT count(*) FROM entry").fetchone() == before


@pytest.mark.parametrize("function", functions())
@pytest.mark.parametrize("role", ["advisor", "reviewer", "named-professional"])
def test_whoever_takes_calls_may_do_it(store: Store, function: Any, role: str) -> None:
    contact = close_one(store)
    done = call(function, store, someone(role), contact)
    if hasattr(done, "result"):
        done.result()


def test_every_command_names_roles_that_there_are() -> None:
    for roles, words in COMMANDS.values():
        assert roles and roles <= {*ROLES, BY_DESK} and words


# -- who looked ----------------------------------------------------------------------------------


def views(store: Store) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = store.reader.conn.execute(
        "SELECT kind, purpose FROM audit ORDER BY n"
    ).fetchall()
    return found


def test_a_view_is_one_entry_in_a_quarter_of_an_hour(
    store: Store, actor: Actor, clock: Clock
) -> None:
    contact, other = close_one(store), close_one(store)

    def look(subject: bytes = contact, purpose: str = "call", who: Actor = actor) -> None:
        audit.record(store, who, "view", subject=subject, purpose=purpose).result()

    look()
    clock.step(minutes=14, seconds=59)
    look()
    assert len(views(store)) == 1
    look(other)
    look(purpose="review")
    look(who=a_colleague(store, "Rae", "reviewer")[0])
    assert len(views(store)) == 4
    clock.step(seconds=1)
    look()
    assert len(views(store)) == 5
    assert verify(store).sound


def test_what_is_not_a_view_is_always_recorded(store: Store, actor: Actor) -> None:
    for _ in range(2):
        audit.record(store, actor, "sign-in", detail="ok").result()
    assert views(store) == [("sign-in", "")] * 2
    streams = store.reader.conn.execute(
        "SELECT count(DISTINCT stream) FROM entry WHERE tbl = 'audit'"
    ).fetchone()
    assert streams == (1,)
    records, audits = list(verify(store).own)
    assert store.reader.conn.execute(
        "SELECT DISTINCT lower(hex(stream)) FROM entry WHERE tbl = 'audit'"
    ).fetchone() == (audits,)
    assert records != audits


def test_the_time_of_an_entry_is_the_clocks(store: Store, clock: Clock, actor: Actor) -> None:
    clock.at = datetime(2026, 3, 29, 0, 59, 59, 123000, tzinfo=UTC)
    contact = close_one(store)
    (own,) = parts(store, contact, "contact")
    assert own.first_at == own.values["closed_at"] == "2026-03-29T00:59:59.123Z"
