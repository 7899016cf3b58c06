"""Restricted contacts: sealed, opened to few, and nothing of them anywhere else."""

import json
from dataclasses import replace

import pytest
from samples import ADVISOR, GENERIC, PRIVATE, a_sheet, close_one, dump, raw
from storage.conftest import MARK, STAFF, Team, close, keep, marked, reached, stored

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import Value
from spoc.model.rules import recipients
from spoc.storage.contacts import contacts, releases
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.contacts.reading import history, listing
from spoc.storage.contacts.reading.listing import ContactFilter
from spoc.storage.persons import persons
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import rebuild, verify

# -- what is sealed --------------------------------------------------------------------------------


def test_nothing_of_a_sealed_contact_stands_in_any_table(store: Store, team: Team) -> None:
    record = close(store, marked(store))
    text = stored(store)
    for word in (
        MARK,
        "9990000018",
        "9990000034",
        "2024-02-29",
        "staff-allegation",
        "pat jones zq",
    ):
        assert word not in text, word
    note = contacts.add_note(store, ADVISOR, record, f"{MARK} later").result()
    contacts.add_outcome(store, ADVISOR, record, "accepted-s17").result()
    said = {
        "body": "police",
        "asked_by": MARK,
        "basis": "assessment",
        "released": MARK,
        "approved_by": MARK,
    }
    releases.add(store, ADVISOR, record, said).result()
    own, caller = contacts.get(store, ADVISOR, record)[:2]
    contacts.amend(store, ADVISOR, own, {"category": "neglect"}, f"{MARK} because").result()
    contacts.amend(store, ADVISOR, caller, {"name": f"{MARK} amended"}, MARK).result()
    assert note.entries[0].fields is None
    assert MARK not in stored(store)
    assert verify(store).findings == ()
    parts = contacts.get(store, ADVISOR, record)
    assert parts[0].values["category"] == "neglect"
    assert [part.values["name"] for part in parts if part.part == "caller"] == [f"{MARK} amended"]
    assert [part.values["text"] for part in parts if part.tbl == "note"] == [
        f"{MARK} notes",
        f"{MARK} later",
    ]
    assert [part.values["released"] for part in parts if part.tbl == "release"] == [MARK]
    assert f"{MARK} because" in [each.why for each in history.changes(store, ADVISOR, record)]


def test_the_projection_is_the_same_after_it_was_made_again(store: Store, team: Team) -> None:
    close_one(store)
    record = close(store, marked(store))
    tables = [*store.tables, "search", "names", "name_word"]
    before = dump(store.reader, tables)
    store.submit(lambda db: rebuild(db, store.book)).result()
    after = dump(store.reader, tables)
    assert {
        name: [row[1:] for row in rows] for name, rows in before.items() if name != "name_word"
    } == {name: [row[1:] for row in rows] for name, rows in after.items() if name != "name_word"}
    assert MARK not in stored(store)
    assert contacts.get(store, ADVISOR, record)[0].values["service"] == "ED"


def test_a_payload_that_was_moved_to_another_entry_does_not_open(store: Store, team: Team) -> None:
    record = close(store, marked(store))
    contacts.add_note(store, ADVISOR, record, "one").result()
    db = raw(store)
    (header, body), (other, _) = db.conn.execute(
        "SELECT header, body FROM entry JOIN payload USING(entry_id) WHERE tbl = 'note' ORDER BY seq"
    ).fetchall()
    db.close()
    from spoc.model.ledger.entry import decode

    opens = restricted.opener(restricted.keys_of(store, store.reader, ADVISOR, record))
    assert decode(header, body, opens).fields
    moved = json.loads(other) | {"body": json.loads(header)["body"]}
    with pytest.raises(ValueError):
        decode(json.dumps(moved).encode(), body, opens)


# -- who has it ------------------------------------------------------------------------------------


def test_its_circle_reads_all_and_everybody_else_that_there_is_one(
    store: Store, team: Team
) -> None:
    ordinary = close_one(store, caller=Person("Open Caller"))
    record = close(store, marked(store))
    for actor in (ADVISOR, team.nora):
        team.sits(actor)
        page = json.dumps(listing.page_of(store, actor, record))
        assert page.count(MARK) > 12
        assert restricted.opened_to(store.reader, record)[0].name == "Ada Advisor"
    for actor in team.outside:
        team.sits(actor)
        said = "\n".join(reached(store, actor, record)).casefold()
        assert MARK not in said and "staff-allegation" not in said.replace("'staff-allegation'", "")
        if actor.role in ("advisor", "reviewer", "named-professional"):
            assert "it is opened to 2 people. you are not among them, whatever your role" in said
            rows = contacts.recent(store, actor)
            assert [row.restricted for row in rows] == [True, False] or [
                row.restricted for row in rows
            ] == [False, True]
            assert contacts.get(store, actor, ordinary)
        if actor.role != "admin":
            assert listing.count(store, actor, ContactFilter()) == 2
            assert listing.count(store, actor, ContactFilter(category="physical")) == 1
            told = [
                each for each in listing.stream(store, actor, ContactFilter()) if each.get("sealed")
            ]
            assert told == [
                {"id": record.hex(), "received_at": "2026-11-20", "open": False, "sealed": True}
            ]


def test_another_ones_key_opens_nothing_under_a_name_of_the_circle(
    store: Store, team: Team
) -> None:
    record = close(store, marked(store))
    team.sits(team.pat)
    with pytest.raises(NotAllowed):
        contacts.get(store, ADVISOR, record)  # who sits is Pat, whatever the actor says
    store.keyring.wipe()
    with pytest.raises(NotAllowed):
        contacts.get(store, ADVISOR, record)
    assert PRIVATE.hex() not in repr(store.keyring) and repr(PRIVATE) not in repr(store.keyring)


@pytest.mark.parametrize(
    ("about", "shut"),
    [
        ("Pat Jones", {"Pat Jones"}),
        (" pat  JONES ", {"Pat Jones"}),
        ("nobody-here", set()),
        ("Not sure", set()),
        ("", set()),
    ],
)
def test_who_is_shut_out_is_one_of_the_users_in_full(about: str, shut: set[str]) -> None:
    names = ("Pat Jones", "Ann Jones", "Nora Named")
    users = [
        recipients.Colleague(name.encode(), name, "named-professional", b"k") for name in names
    ]
    found = recipients.shut_out(recipients.parse_about(about, users), users)
    assert {each.name for each in users if each.id in found} == shut


@pytest.mark.parametrize(
    "about", ["Pat", "P Jones", "Jones", "Dr Pat Jones", "Pat Jones (ward 4)", "Nurse"]
)
def test_a_part_of_a_name_says_nothing_of_who_is_shut_out(about: str) -> None:
    users = [
        recipients.Colleague(name.encode(), name, "advisor", b"k")
        for name in ("Pat Jones", "Amy Nurse")
    ]
    with pytest.raises(BadInput, match="not the full name of any user"):
        recipients.parse_about(about, users)
    assert not recipients.is_known(about, users)  # as an earlier version kept it
    assert [each.name for each in recipients.circle(users, b"Amy Nurse", about)] == ["Amy Nurse"]


def test_it_is_opened_to_one_more_by_somebody_who_has_it_and_never_to_the_one_it_is_about(
    store: Store, team: Team
) -> None:
    record = close(store, marked(store))
    by_role = {each.role: each for each, _ in team.others}
    team.sits(ADVISOR)
    assert [each.name for each in restricted.may_have(store, ADVISOR, record)] == [
        "Role advisor",
        "Role reviewer",
    ]
    for name, why in (
        ("Pat Jones", "never opened to them"),
        ("Role admin", "Their role opens no contact"),
        ("Nobody Here", "No user of this store"),
    ):
        with pytest.raises(BadInput, match=why):
            restricted.open_to(store, ADVISOR, record, name).result()
    reviewer = by_role["reviewer"]
    team.sits(reviewer)
    with pytest.raises(NotAllowed):
        restricted.open_to(store, reviewer, record, "Role reviewer").result()
    team.sits(ADVISOR)
    restricted.open_to(store, ADVISOR, record, "role reviewer").result()
    team.sits(reviewer)
    assert contacts.get(store, reviewer, record)[0].values["service"] == "ED"
    assert restricted.opened_to(store.reader, record)[-1].name == "Role reviewer"
    assert verify(store).findings == ()


def test_who_is_named_later_has_it_no_more(store: Store, team: Team) -> None:
    record = close_one(store, values={**STAFF, "about_staff": "nobody-here"})
    team.sits(team.pat)
    assert contacts.get(store, team.pat, record)
    team.sits(team.nora)
    own = contacts.get(store, team.nora, record)[0]
    with pytest.raises(BadInput, match="not the full name of any user"):
        contacts.amend(store, team.nora, own, {"about_staff": "Pat"}, "now known").result()
    contacts.amend(store, team.nora, own, {"about_staff": "pat jones"}, "now known").result()
    contacts.add_note(store, team.nora, record, MARK).result()
    team.sits(team.pat)
    with pytest.raises(NotAllowed, match="opened to 2 people"):
        contacts.get(store, team.pat, record)
    for actor in (ADVISOR, team.nora):
        team.sits(actor)
        assert MARK in repr(contacts.get(store, actor, record))
    assert verify(store).findings == ()


def test_not_sure_opens_to_its_author_who_opens_it_to_one_who_says_whom_it_is_about(
    store: Store, team: Team
) -> None:
    record = close_one(store, values={**STAFF, "about_staff": "not-sure"})
    for actor in (team.pat, team.nora):
        team.sits(actor)
        with pytest.raises(NotAllowed, match="opened to 1 person"):
            contacts.get(store, actor, record)
    team.sits(ADVISOR)
    named = {each.name for each in restricted.may_have(store, ADVISOR, record)}
    assert named == {"Pat Jones", "Nora Named"}
    with pytest.raises(BadInput, match="one named professional and nobody else"):
        restricted.open_to(store, ADVISOR, record, "Role advisor").result()
    restricted.open_to(store, ADVISOR, record, "Nora Named").result()
    with pytest.raises(BadInput, match="one named professional and nobody else"):
        restricted.open_to(store, ADVISOR, record, "Pat Jones").result()
    team.sits(team.nora)
    own = contacts.get(store, team.nora, record)[0]
    contacts.amend(store, team.nora, own, {"about_staff": "nobody-here"}, "a porter").result()
    team.sits(team.pat)
    assert contacts.get(store, team.pat, record)[0].values["about_staff"] == "nobody-here"
    assert verify(store).findings == ()


def test_until_it_is_said_whom_it_is_about_it_may_be_anybody(store: Store, team: Team) -> None:
    draft = keep(store, marked(store, values={"restricted": "staff-allegation"}))
    sheets.hand_on(store, ADVISOR, drafts.waiting(store, ADVISOR))[0].result()
    team.sits(team.nora)
    with pytest.raises(NotAllowed):
        contacts.get(store, team.nora, draft.id)
    refuge = close_one(store, values={"restricted": "refuge-address"})  # about nobody at all
    assert contacts.get(store, team.nora, refuge)


def test_after_a_reset_it_is_opened_again_by_another(store: Store, team: Team) -> None:
    record = close(store, marked(store))
    team.sits(ADVISOR)
    store.keyring.hold(team.nora.id, b"n" * 32)  # a new key pair: the old one is gone
    with pytest.raises(
        NotAllowed, match="key of yours that is gone since your passphrase was reset"
    ):
        contacts.get(store, team.nora, record)


# -- what decides ----------------------------------------------------------------------------------


def test_a_prompt_that_restricts_restricts(store: Store, team: Team) -> None:
    sheet = a_sheet(
        store.now(), many={"issues": ("staff-allegation",)}, values={"about_staff": "Pat Jones"}
    )
    title = GENERIC.guide.prompt_by_code["T10"].title
    assert recipients.reasons(sheet, store.pack) == (title,)
    assert recipients.reasons(a_sheet(store.now()), store.pack) == ()
    record = close(store, sheet)
    assert restricted.is_restricted(store.reader, record)
    assert [each.name for each in restricted.opened_to(store.reader, record)] == [
        "Ada Advisor",
        "Nora Named",
    ]


def test_where_there_is_nobody_else_it_says_so(store: Store) -> None:
    sheet = a_sheet(store.now(), values={**STAFF, "about_staff": "nobody-here"})
    words = recipients.words(restricted.users(store.reader), ADVISOR.id, "nobody-here")
    assert words == "Restricted: opened to you alone."
    record = close(store, sheet)
    assert [each.name for each in restricted.opened_to(store.reader, record)] == ["Ada Advisor"]


def test_a_key_that_does_not_work_is_left_out_and_named(store: Store, team: Team) -> None:
    zero: dict[str, Value] = {"public_key": "00" * 32}
    store.act(ADVISOR, [Command("user", team.nora.id, zero)]).result()
    record = close(store, marked(store))
    assert [each.name for each in restricted.opened_to(store.reader, record)] == ["Ada Advisor"]
    said = recipients.words(restricted.users(store.reader), ADVISOR.id, "Pat Jones")
    assert "No key works for Nora Named" in said


# -- known persons ---------------------------------------------------------------------------------


def test_a_known_child_stays_as_known_and_nobody_sees_the_link(store: Store, team: Team) -> None:
    first = close_one(store)
    child = persons.suggest(store, ADVISOR, "molly", ("child",))[0].person
    caller = persons.suggest(store, ADVISOR, "nora nurse", ("professional",))[0].person
    changed = replace(child, dob="2023-01-01")
    record = close(
        store,
        marked(
            store,
            children=(changed,),
            caller=caller,
            values=a_sheet(store.now()).values | STAFF | {"callback": "01632 960999"},
        ),
    )
    assert persons.get(store, ADVISOR, child.id) == child
    entries = store.reader.conn.execute(
        "SELECT count(*) FROM entry WHERE record IN (?, ?)",
        (bytes.fromhex(child.id), bytes.fromhex(caller.id)),
    ).fetchone()
    assert entries == (2,)
    parts = {
        part.part: part for part in contacts.get(store, ADVISOR, record) if part.tbl == "person"
    }
    assert parts["child"].values["dob"] == "2023-01-01" and parts["child"].id.hex() == child.id
    assert parts["caller"].values["callback"] == "01632 960999"
    with pytest.raises(BadInput, match="would be seen there"):
        contacts.amend(store, ADVISOR, parts["child"], {"dob": "2022-01-01"}, "why").result()
    from spoc.storage.contacts.call.guidance_facts import earlier

    assert (
        earlier(
            store,
            replace(a_sheet(store.now()), opened_at="2027-01-01T00:00:00Z", children=(child,)),
        )
        == 1
    )
    assert contacts.get(store, ADVISOR, first)
    assert [row.id for row in contacts.find(store, ADVISOR, "molly")] == [first]
