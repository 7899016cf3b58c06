"""Restricted contacts: sealed, opened to few, and nothing of them anywhere else."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samples import (
    ADVISOR,
    GENERIC,
    KEY,
    PRIVATE,
    Clock,
    a_colleague,
    a_sheet,
    close_one,
    dump,
    joined,
    raw,
)

from spoc.model.errors import BadInput, NotAllowed, Refusal
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.records import Value
from spoc.model.rules import recipients
from spoc.model.rules.access import ROLES
from spoc.storage import desk, sealing, set_up
from spoc.storage.contacts import (
    contact_add,
    contacts,
    drafts,
    finding,
    history,
    listing,
    releases,
    sheets,
    visits,
)
from spoc.storage.contacts.drafts import Draft
from spoc.storage.contacts.listing import Wanted
from spoc.storage.driver import connect
from spoc.storage.ledger import audit
from spoc.storage.persons import persons
from spoc.storage.secrecy import keys, restricted
from spoc.storage.service import second, users
from spoc.storage.store import Store
from spoc.storage.upkeep import daily
from spoc.storage.upkeep.verify import mend, verify

MARK = "zqxmarker"  # in everything that is said of the contact
STAFF = {"restricted": "staff-allegation", "about_staff": "Pat Jones"}


class Team:
    """Ada, who takes the call; two named professionals, of whom it is about one; one of each role."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.nora, self._nora = a_colleague(store, "Nora Named", "named-professional")
        self.pat, self._pat = a_colleague(store, "Pat Jones", "named-professional")
        self.others = [
            a_colleague(store, f"Role {role}", role) for role in ROLES if "named" not in role
        ]

    def sits(self, actor: Actor) -> Actor:
        """This one's key is in the desk's hand."""
        keys = {ADVISOR.id: PRIVATE, self.nora.id: self._nora, self.pat.id: self._pat}
        keys |= {each.id: key for each, key in self.others}
        self.store.keyring.hold(actor.id, keys[actor.id])
        return actor

    @property
    def outside(self) -> list[Actor]:
        """Everybody it is not opened to, the one it is about first."""
        return [self.pat, *(each for each, _ in self.others)]


@pytest.fixture
def team(store: Store) -> Team:
    return Team(store)


def marked(store: Store, **changes: Any) -> Sheet:
    """A restricted sheet with the marker wherever something can be typed."""
    texts = {
        field.key: f"{MARK} {field.key}"
        for field in store.form
        if field.kind == "text" and field.key != "about_staff"
    }
    mother = Person(f"{MARK} mother", "adult", nhs_number="9990000034")
    unborn = Person(f"{MARK} unborn", "unborn", edd="2027-02-12", mother=mother)
    child = Person(f"{MARK} child", "child", dob="2024-02-29", nhs_number="9990000018")
    sheet = a_sheet(
        store.now(),
        values=texts | STAFF,
        caller=Person(f"{MARK} caller"),
        children=(child, unborn),
        notes=f"{MARK} notes",
        answers={"considered": Answer("answered", "yes"), "danger": Answer("answered", MARK)},
        actions=(Action("verbal-csc-caller", f"{MARK} who", "24h", store.now().isoformat()),),
        closed_anyway=f"{MARK} anyway",
    )
    prompts = {**sheet.prompts, "T2": Response("overridden", why=f"{MARK} why")}
    return replace(sheet, prompts=prompts, **changes)


def close(store: Store, sheet: Sheet, actor: Actor = ADVISOR) -> bytes:
    draft = drafts.new(store, actor)
    contacts.close(store, actor, draft, sheet).result()
    return draft.id


def stored(store: Store, key: bytes = KEY) -> str:
    """Every table of the decrypted file, as text; the ledger's own bytes among them."""
    db = connect(store.path, key)
    tables = [
        name for (name,) in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    said = []
    for name in tables:
        for row in db.conn.execute(f'SELECT * FROM "{name}"'):
            for each in row:
                said.append(each.decode(errors="replace") if isinstance(each, bytes) else str(each))
    db.close()
    return "\n".join(said).casefold()


def reached(store: Store, actor: Actor, record: bytes) -> Iterator[str]:
    """All that somebody is given by the functions the screens and commands read with."""

    def tried(way: Any) -> str:
        try:
            return repr(way())
        except Refusal as refused:
            return f"REFUSED {refused}"

    words = (
        MARK,
        "zq",
        "9990000018",
        "29 feb 2024",
        "physical",
        "staff-allegation",
        "ED",
        "by:ada",
    )
    yield from (tried(lambda word=word: contacts.find(store, actor, word)) for word in words)
    yield from (
        tried(
            lambda word=word: persons.suggest(
                store, actor, word, ("child", "professional", "adult", "unborn")
            )
        )
        for word in words
    )
    yield tried(lambda: contacts.recent(store, actor))
    yield tried(lambda: contacts.still_open(store, actor))
    yield tried(lambda: contacts.by_id(store, actor, [record]))
    yield tried(lambda: contacts.get(store, actor, record))
    yield tried(lambda: history.changes(store, actor, record))
    yield tried(lambda: list(listing.stream(store, actor, Wanted())))
    yield tried(lambda: listing.page_of(store, actor, record))
    yield tried(lambda: sheets.sheet_of(store, actor, record))
    yield tried(lambda: sheets.last_sheet(store, actor))
    yield tried(lambda: sheets.take_over(store, actor, record).result())
    yield tried(lambda: visits.others(store, actor, record.hex(), record))
    yield tried(lambda: visits.caller_of(store, actor, record))
    yield tried(lambda: finding.waiting(store, actor, finding.understand(store, "is:open")))
    yield tried(lambda: drafts.waiting(store, actor))
    yield tried(lambda: restricted.may_have(store, actor, record))
    for table in ("contact", "person", "contact_person", "note", "outcome", "action"):
        for (each,) in store.reader.conn.execute(f'SELECT id FROM "{table}"'):
            yield tried(lambda each=each: persons.get(store, actor, each.hex()))


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
    mend(store).result()
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
            assert listing.count(store, actor, Wanted()) == 2
            assert listing.count(store, actor, Wanted(category="physical")) == 1
            told = [each for each in listing.stream(store, actor, Wanted()) if each.get("sealed")]
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
    users = [recipients.User(name.encode(), name, "named-professional", b"k") for name in names]
    found = recipients.shut_out(recipients.named(about, users), users)
    assert {each.name for each in users if each.id in found} == shut


@pytest.mark.parametrize(
    "about", ["Pat", "P Jones", "Jones", "Dr Pat Jones", "Pat Jones (ward 4)", "Nurse"]
)
def test_a_part_of_a_name_says_nothing_of_who_is_shut_out(about: str) -> None:
    users = [
        recipients.User(name.encode(), name, "advisor", b"k") for name in ("Pat Jones", "Amy Nurse")
    ]
    with pytest.raises(BadInput, match="full name of no user"):
        recipients.named(about, users)
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
    with pytest.raises(BadInput, match="full name of no user"):
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
    from spoc.storage.contacts.guidance_facts import earlier

    assert (
        earlier(
            store,
            replace(a_sheet(store.now()), opened_at="2027-01-01T00:00:00Z", children=(child,)),
        )
        == 1
    )
    assert contacts.get(store, ADVISOR, first)
    assert [row.id for row in contacts.find(store, ADVISOR, "molly")] == [first]


# -- drafts and open contacts ----------------------------------------------------------------------


def keep(store: Store, sheet: Sheet, actor: Actor = ADVISOR) -> Draft:
    draft = drafts.new(store, actor)
    drafts.save(store, draft, sheet).result()
    return draft


def test_a_draft_is_sealed_and_found_again_by_its_circle(store: Store, team: Team) -> None:
    keep(store, marked(store))
    assert MARK not in stored(store)
    for actor in (ADVISOR, team.nora):
        team.sits(actor)
        assert drafts.waiting(store, actor)[0].sheet.notes == f"{MARK} notes"
    for actor in (team.pat, team.others[0][0]):
        team.sits(actor)
        (held,) = drafts.waiting(store, actor)
        assert held.shut and held.sheet == Sheet(held.sheet.opened_at)
        with pytest.raises(BadInput):
            drafts.save(store, held, replace(held.sheet, notes="mine")).result()
        assert sheets.hand_on(store, actor, [held]) == []
    store.keyring.wipe()  # locked: what is typed is kept all the same
    draft = Draft(held.id, ADVISOR.id, marked(store), "")
    drafts.save(store, draft, marked(store, notes=f"{MARK} typed on")).result()
    team.sits(ADVISOR)
    assert drafts.waiting(store, ADVISOR)[0].sheet.notes == f"{MARK} typed on"


def test_it_is_handed_on_sealed_gone_on_with_and_closed_by_another(
    store: Store, team: Team, clock: Clock
) -> None:
    draft = keep(store, marked(store))
    team.sits(team.nora)
    (done,) = sheets.hand_on(store, team.nora, drafts.waiting(store, team.nora))
    done.result()
    assert MARK not in stored(store)
    (row,) = contacts.still_open(store, team.pat)
    assert row.restricted and row.open and row.children == ()
    team.sits(team.pat)
    with pytest.raises(NotAllowed):
        sheets.take_over(store, team.pat, draft.id).result()
    team.sits(ADVISOR)
    assert contacts.get(store, ADVISOR, draft.id)[0].values["service"] == "ED"
    team.sits(team.nora)
    clock.step(minutes=4)
    taken = sheets.take_over(store, team.nora, draft.id).result()
    assert taken.sheet.sealed and taken.sheet.notes == f"{MARK} notes"
    assert [child.name for child in taken.sheet.children] == [f"{MARK} child", f"{MARK} unborn"]
    assert MARK not in stored(store)
    sheet = replace(
        taken.sheet, notes=f"{MARK} ended", values={**taken.sheet.values, "restricted": ""}
    )
    contacts.close(store, team.nora, taken, sheet).result()
    assert MARK not in stored(store) and not contacts.still_open(store, team.nora)
    team.sits(ADVISOR)
    parts = contacts.get(store, ADVISOR, draft.id)
    assert [part.values["text"] for part in parts if part.tbl == "note"] == [f"{MARK} ended"]
    assert len([part for part in parts if part.tbl == "person"]) == 4
    assert verify(store).findings == ()


def test_what_was_begun_in_clear_is_hidden_once_it_is_restricted(store: Store, team: Team) -> None:
    known = close_one(store, children=(Person("Known Child", "child", dob="2020-01-01"),))
    draft = drafts.new(store, ADVISOR)
    plain = {key: value for key, value in marked(store).values.items() if key not in STAFF}
    other = persons.suggest(store, ADVISOR, "known child", ("child",))[0].person
    sheet = marked(store, values=plain)
    sheet = replace(sheet, children=(*sheet.children, other))
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    contacts.add_note(store, ADVISOR, draft.id, f"{MARK} beside").result()
    assert contacts.find(store, team.pat, MARK)
    taken = sheets.take_over(store, ADVISOR, draft.id).result()
    sheet = replace(taken.sheet, values={**taken.sheet.values, **STAFF})
    contacts.close(store, ADVISOR, taken, sheet).result()
    db = raw(store)
    ledger = dump(db, ["payload"])["payload"]
    assert any(
        MARK.encode() in body for *_, body in ledger
    )  # it was written, and stays in the ledger
    shown = [*store.tables, "search", "names", "name_word", "draft"]
    for name, rows in dump(db, shown).items():
        assert MARK not in repr(rows), name
    db.close()
    team.sits(team.pat)
    assert not any(MARK in said for said in reached(store, team.pat, draft.id))
    assert contacts.find(store, team.pat, "known child")[0].id == known
    team.sits(team.nora)
    parts = contacts.get(store, team.nora, draft.id)
    names = [part.values["name"] for part in parts if part.tbl == "person"]
    assert names == [
        f"{MARK} caller",
        f"{MARK} child",
        f"{MARK} mother",
        f"{MARK} unborn",
        "Known Child",
    ]
    assert [part.values["text"] for part in parts if part.tbl == "note"] == [
        f"{MARK} notes",
        f"{MARK} beside",
    ]
    assert verify(store).findings == ()
    mend(store).result()
    assert verify(store).findings == ()


def test_a_restricted_contact_of_a_file_is_sealed_and_added_once(store: Store, team: Team) -> None:
    from spoc.model.documents import contact_from_json

    value = {
        "ref": f"{MARK}-17", "restricted": "staff-allegation", "about_staff": "Pat Jones",
        "caller": {"name": MARK, "service": "ED"}, "children": [{"name": MARK}], "notes": MARK,
    }  # fmt: skip
    for result in ("open", "already there"):
        given = contact_from_json.read(value, contact_add.rules(store))
        assert isinstance(given, contact_from_json.Given), given
        assert contact_add.add(store, ADVISOR, given).result().result == result
    assert MARK not in stored(store)


def test_the_audit_names_nobody_of_a_restricted_call(store: Store, team: Team) -> None:
    child = persons.suggest(store, ADVISOR, "molly", ("child",))
    assert child == []
    one, other = keep(store, marked(store)), keep(store, a_sheet(store.now()))
    audit.record(store, ADVISOR, "view", subject=one.id).result()
    sheets.move(
        store, ADVISOR, replace(one, sheet=marked(store)), replace(other, sheet=a_sheet(store.now())), "child",
        Person(MARK, id="00" * 16),
    ).result()  # fmt: skip
    rows = store.reader.conn.execute(
        "SELECT kind, subject, detail FROM audit ORDER BY n"
    ).fetchall()
    assert rows[-1] == ("move", None, None)


def test_who_is_moved_out_of_a_restricted_call_leads_not_back(store: Store, team: Team) -> None:
    draft = keep(store, marked(store))
    sheets.hand_on(store, ADVISOR, drafts.waiting(store, ADVISOR))[0].result()
    taken = sheets.take_over(store, ADVISOR, draft.id).result()
    other = keep(store, a_sheet(store.now(), children=()))
    child = taken.sheet.children[0]
    given = replace(other, sheet=replace(other.sheet, children=(child,)))
    assert child.id
    sheets.move(store, ADVISOR, taken, given, "child", child).result()
    held = {each.id: each.sheet for each in drafts.waiting(store, ADVISOR)}
    (moved,) = held[other.id].children
    assert (moved.name, moved.id) == (child.name, "")


def test_amending_a_closed_contact_restricts_it(store: Store, team: Team) -> None:
    plain = {key: value for key, value in marked(store).values.items() if key not in STAFF}
    record = close(store, marked(store, values=plain))
    assert contacts.find(store, team.pat, MARK)
    own = contacts.get(store, team.nora, record)[0]
    contacts.amend(store, ADVISOR, own, {"about_staff": "Pat Jones"}, "told later").result()
    team.sits(team.nora)
    own = contacts.get(store, team.nora, record)[0]
    contacts.amend(store, team.nora, own, {"restricted": "own-child"}, MARK).result()
    for name, rows in dump(store.reader, [*store.tables, "search", "names", "name_word"]).items():
        assert MARK not in repr(rows) and "Pat Jones" not in repr(rows).replace(
            "'Pat Jones', 'named", ""
        ), name
    assert [each.name for each in restricted.opened_to(store.reader, record)] == [
        "Ada Advisor",
        "Nora Named",
    ]
    team.sits(ADVISOR)
    assert MARK in repr(contacts.get(store, ADVISOR, record))
    assert MARK in repr(history.changes(store, ADVISOR, record))
    assert verify(store).findings == ()


def test_a_save_of_a_restricted_draft_is_as_fast_as_typing_needs(store: Store, team: Team) -> None:
    for number in range(20):
        a_colleague(store, f"Named {number} Person", "named-professional")
    draft = drafts.new(store, ADVISOR)
    took = []
    for number in range(20):
        began = time.perf_counter()
        drafts.save(store, draft, marked(store, notes=f"typed {number}")).result()
        took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.15  # with the 0.12 s for which keys are gathered: within 300 ms


def test_a_seal_of_a_later_version_is_no_empty_record() -> None:
    from spoc.model.ledger.entry import canonical, decode

    body = canonical({"sealed": 2, "contact": "00" * 16, "key": "k", "box": ""})
    header = canonical({"body": hashlib.sha256(body).hexdigest()})
    with pytest.raises(ValueError):
        decode(header, body)


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
    code, new = second.Beside(prepared.code), keys.new_code()
    with pytest.raises(BadInput, match="1 restricted contact or call is opened to them alone"):
        users.remove(adas, kim.id, new, beside=code)
    with pytest.raises(NotAllowed, match=r"You are none of these.*Nobody who is here now may"):
        users.remove(adas, kim.id, new, losing=True, beside=code)
    nora = joined(adas, "Nora Named", "named-professional", OTHER)
    joined(adas, "Otto Lead", "named-professional", OTHER)
    noras = desk.hand_over(adas, desk.unlock(adas, OTHER, "Nora Named"))
    for beside, why in (
        (second.ALONE, "Nobody is there beside you.*Who may: Nora Named, Otto Lead"),
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
