"""Finding contacts: by what, in which order, narrowed how, and why each was found."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import ADVISOR, KEY, Clock, close_one, joins, raw, set_up, signs

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import ROLES
from spoc.model.values.instants import utc_text
from spoc.model.values.query import parse
from spoc.model.values.tokens import numbers_in, plain_words
from spoc.storage import migrations
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.reading import finding
from spoc.storage.contacts.reading.finding import find
from spoc.storage.persons import persons
from spoc.storage.search import search
from spoc.storage.service import saved
from spoc.storage.start import open_store
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

ZOE = Person("Birch, Zoë", "child", dob="2026-07-19", nhs_number="9990000018")
MOTHER = Person("Elm, Mary", "adult")
UNBORN = Person("", "unborn", edd="2027-02-12", mother=MOTHER)


def a_few(store: Store, clock: Clock) -> dict[str, bytes]:
    """A few contacts, an hour apart; the last written was received first."""
    made = {
        "zoe": close_one(store, children=(ZOE,), caller=Person("Reed, Amy"), notes="Fell off a sofa."),
        "fgm": close_one(
            store,
            children=(Person("Ash, Muhammad", "child"),),
            caller=Person("Reed, Amy"),
            values={"service": "CAMHS", "callback": "+44 1632 960 222"},
            many={"issues": ("fgm",)},
            notes="Seen on 3 Mar 2026.",
        ),
    }  # fmt: skip
    clock.step(hours=1)
    made["unborn"] = close_one(
        store, children=(UNBORN,), caller=Person("Osei, Kwame"), outcome="strategy-agreed", notes="-"
    )  # fmt: skip
    clock.step(hours=1)
    late = utc_text(clock() - timedelta(days=3))
    made["late"] = close_one(
        store, values={"received_at": late}, caller=Person("Osei, Ama"), children=(), notes="sofa",
        identity="no-names",
    )  # fmt: skip
    return made


@pytest.fixture
def few(store: Store, clock: Clock) -> dict[str, bytes]:
    return a_few(store, clock)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[str, bytes]]]:
    """The same few contacts, for tests that only read."""
    clock = Clock()
    opened = set_up(tmp_path_factory.mktemp("shelf"), clock)
    yield opened, a_few(opened, clock)
    opened.close()


def found(store: Store, query: str, **more: object) -> list[bytes]:
    return [row.id for row in find(store, ADVISOR, query, **more).rows]  # type: ignore[arg-type]


def names(few: dict[str, bytes], ids: list[bytes]) -> list[str]:
    return [name for each in ids for name, record in few.items() if record == each]


# -- what finds what, and why ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted", "why"),
    [
        ("zoe bir", ["zoe"], "child"),
        ("BIRCH zoë", ["zoe"], "child"),
        ("reed", ["fgm", "zoe"], "caller"),
        ("birch amy", ["zoe"], "child, caller"),
        ("mary", ["unborn"], "mother"),
        ("sofa", ["zoe", "late"], "notes"),
        ("reed sofa", ["zoe"], "caller, notes"),
        ("scald", ["unborn", "zoe", "late"], "code"),
        ("999 000 0018", ["zoe"], "number"),
        ("9990000018", ["zoe"], "number"),
        ("999-000-0018", ["zoe"], "number"),
        ("999000", ["zoe"], "number"),
        ("01632 960222", ["fgm"], "call-back number"),
        ("01632960222", ["fgm"], "call-back number"),
        ("+44 1632 960222", ["fgm"], "call-back number"),
        ("19 jul 2026", ["zoe"], "date"),
        ("190726", ["zoe"], "date"),
        ("19/7/26", ["zoe"], "date"),
        ("birch 190726", ["zoe"], "child, date"),
        ("12 Feb 2027", ["unborn"], "date"),
        ("t-3", ["late"], "date"),
        ("-3d sofa", ["late"], "date, notes"),
        ("3 mar 2026", ["fgm"], "notes"),
        ("no such word", [], ""),
        ("t-9", [], ""),
    ],
)
def test_what_is_typed_finds_it_and_says_why(
    shelf: tuple[Store, dict[str, bytes]], query: str, wanted: list[str], why: str
) -> None:
    store, few = shelf
    rows = find(store, ADVISOR, query).rows
    assert names(few, [row.id for row in rows]) == wanted
    assert all(row.why == why and not row.near for row in rows)


def test_what_was_received_last_comes_first_however_late_it_was_written(
    store: Store, clock: Clock
) -> None:
    chance, received = random.Random(7), []
    for _ in range(12):
        at = utc_text(
            clock() - timedelta(minutes=chance.randint(0, 5000), seconds=chance.randint(0, 59))
        )
        received.append(at)
        close_one(store, values={"received_at": at})
        clock.step(minutes=1)
    rows = find(store, ADVISOR, "mulberry").rows
    assert [row.received_at for row in rows] == sorted(received, reverse=True)


def test_a_page_after_a_page_is_the_whole_list_once(store: Store, clock: Clock) -> None:
    for number in range(7):
        close_one(store, values={"received_at": utc_text(clock() - timedelta(days=number % 4))})
        clock.step(hours=1)
    pages, after = [], None
    while True:
        page = find(store, ADVISOR, "burn", 3, after=after)
        pages.append(page.rows)
        after = page.next
        if after is None:
            break
    rows = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [3, 3, 1] and len({row.id for row in rows}) == 7
    assert rows == find(store, ADVISOR, "burn", 50).rows
    assert find(store, ADVISOR, "burn", 7).next is None


def test_an_amended_time_of_receipt_moves_the_contact_and_leaves_nothing_behind(
    store: Store, few: dict[str, bytes], clock: Clock
) -> None:
    own = contacts.get(store, ADVISOR, few["zoe"])[0]
    later = utc_text(clock() - timedelta(days=9))
    contacts.amend(store, ADVISOR, own, {"received_at": later}, "rang before").result()
    assert names(few, found(store, "sofa")) == ["late", "zoe"]
    assert names(few, found(store, "t-9")) == ["zoe"]
    assert verify(store).findings == ()


def test_a_renamed_caller_is_found_by_the_new_name_in_every_contact(
    store: Store, clock: Clock
) -> None:
    first = close_one(store, caller=Person("Reed, Amy"))
    caller = next(each for each in contacts.get(store, ADVISOR, first) if each.part == "caller")
    known = persons.get(store, ADVISOR, caller.id.hex())
    assert known
    second = close_one(store, caller=replace(known, callback="01632 960999"))
    contacts.amend(store, ADVISOR, caller, {"name": "Marsh, Amy"}, "married").result()
    assert set(found(store, "marsh")) == {first, second} and found(store, "reed") == []
    assert verify(store).findings == ()


# -- near spellings --------------------------------------------------------------------------------


def test_near_spellings_stand_after_what_was_found_and_move_nothing(
    store: Store, clock: Clock
) -> None:
    near = close_one(store, children=(Person("Ash, Sofie", "child"),))
    clock.step(hours=1)
    heard = close_one(store, children=(Person("Elm, Sophy", "child"),))
    clock.step(hours=1)
    far = close_one(store, children=(Person("Fir, Solveig", "child"),))
    clock.step(hours=1)
    newest = close_one(store, children=(Person("Oak, Sofia", "child"),))
    rows = contacts.find(store, ADVISOR, "sofie")
    assert [(row.id, row.near) for row in rows] == [(near, False), (newest, True), (heard, True)]
    assert far not in {row.id for row in rows}
    assert rows[1].why == "child"
    held = find(store, ADVISOR, "sofie").rows
    assert rows[: len(held)] == held


STORED = (
    "Brook, Tyler James", "Brooke, Tyler", "Al-Sayed, Noor Fatima Zahra", "Doyle, Thyla Rose", "McBride, Seán Óg",
    "Groß, Zoë Anne-Marie", "De la Cruz, Ana María", "Brook, James Tyler", "Nowak, Łucja Ewa",
)  # fmt: skip


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[str, bytes]]]:
    """A contact of each child, for tests that change nothing."""
    store = set_up(tmp_path_factory.mktemp("names"), Clock())
    yield store, {name: close_one(store, children=(Person(name, "child"),)) for name in STORED}
    store.close()


@given(st.sampled_from(STORED), st.data())
def test_any_words_of_a_name_as_it_is_stored_find_it_before_all_near_spellings(
    named: tuple[Store, dict[str, bytes]], name: str, data: st.DataObject
) -> None:
    store, held = named
    words = plain_words(name)
    typed = " ".join(data.draw(st.permutations(words))[: data.draw(st.integers(1, len(words)))])
    exact = [row.id for row in find(store, ADVISOR, typed).rows]
    assert held[name] in exact, typed
    rows = contacts.find(store, ADVISOR, typed)
    assert [row.id for row in rows[: len(exact)]] == exact
    assert not any(row.near for row in rows[: len(exact)])
    assert name in [each.person.name for each in persons.suggest(store, ADVISOR, typed, ("child",))]


@pytest.mark.parametrize("query", ["mulbery", "mulbrery", "mulberrry scald"])
def test_a_slip_in_a_name_finds_it(store: Store, query: str) -> None:
    close_one(store)
    rows = contacts.find(store, ADVISOR, query)
    assert [row.near for row in rows] == [True]


def test_words_of_new_names_are_near_at_once_and_of_names_that_went_no_more(
    store: Store,
) -> None:
    first = close_one(store, children=(Person("Quillfeather, Una", "child"),))
    assert [row.id for row in contacts.find(store, ADVISOR, "quillfaether")] == [first]
    child = next(each for each in contacts.get(store, ADVISOR, first) if each.part == "child")
    contacts.amend(store, ADVISOR, child, {"name": "Wren, Una"}, "adopted").result()
    assert contacts.find(store, ADVISOR, "quillfaether") == []
    words = store.reader.conn.execute("SELECT term FROM name_word").fetchall()
    assert ("quillfeather",) not in words and ("wren",) in words
    second = close_one(store, children=(Person("Zebedee, Una", "child"),))
    assert [row.id for row in contacts.find(store, ADVISOR, "zebdeee")] == [second]


# -- filters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("service:ed", {"zoe", "unborn", "late"}),
        ("service:camhs", {"fgm"}),
        ("service:cam", {"fgm"}),
        ("Service:ED,camhs sofa", {"zoe", "late"}),
        ("service:ed service:camhs", {"zoe", "fgm", "unborn", "late"}),
        ("issue:fgm", {"fgm"}),
        ("issues:fgm reed", {"fgm"}),
        ("issue:fgm sofa", set()),
        ("action:advice", {"zoe", "fgm", "unborn", "late"}),
        ("outcome:strategy-agreed", {"unborn"}),
        ("category:physical", {"zoe", "fgm", "unborn", "late"}),
        ("by:ada reed", {"zoe", "fgm"}),
        ('by:"ada adv" kwame', {"unborn"}),
        ("by:nobody", set()),
        ("since:t", {"zoe", "fgm", "unborn"}),
        ("until:t-1", {"late"}),
        ("since:t-3 until:t-3", {"late"}),
        ("since:t-2 sofa", {"zoe"}),
        ("service:nonsense", set()),
        ("open:", set()),
    ],
)
def test_filters_narrow_what_is_found(
    shelf: tuple[Store, dict[str, bytes]], query: str, wanted: set[str]
) -> None:
    store, few = shelf
    assert set(names(few, found(store, query))) == wanted


def test_a_query_says_by_what_it_is_narrowed(store: Store, few: dict[str, bytes]) -> None:
    query = find(store, ADVISOR, "service:camhs,ed by:ada since:20112026").query
    assert query.filters.words() == ["service camhs or ed", "by ada", "since 20 Nov 2026"]


def test_an_open_contact_is_found_as_open_and_no_longer_once_it_is_closed(store: Store) -> None:
    draft = drafts.new(store, ADVISOR)
    sheet = replace(draft.sheet, caller=Person("Reed, Amy"), notes="Half.")
    contacts.leave_open(store, ADVISOR, draft, sheet).result()
    assert found(store, "open:") == [draft.id] == found(store, "open: reed")
    own = contacts.get(store, ADVISOR, draft.id)[0]
    contacts.amend(
        store, ADVISOR, own, {"closed_at": utc_text(store.now())}, "closed elsewhere"
    ).result()
    assert found(store, "open:") == [] and found(store, "reed") == [draft.id]


def test_what_is_not_complete_yet_narrows_nothing_and_is_named(
    store: Store, few: dict[str, bytes]
) -> None:
    page = find(store, ADVISOR, "sofa since:19 service: by:")
    assert set(names(few, [row.id for row in page.rows])) == {"zoe", "late"}
    assert page.query.unread == ("since:19", "service:", "by:")
    assert parse("http://x a:b", date(2026, 11, 20), {}).terms  # no filter: words


def test_a_removed_contact_is_not_found(store: Store, few: dict[str, bytes]) -> None:
    store.act(ADVISOR, [Command("contact", few["zoe"], {"_void": True})]).result()
    assert names(few, found(store, "sofa")) == ["late"]
    assert contacts.count_since(store, ADVISOR, "2026-01-01") == 3


# -- who may, and what nobody should be able to break ----------------------------------------------


@pytest.mark.parametrize("role", ["analyst", "admin", "stranger"])
def test_only_who_may_search_finds_anything(store: Store, few: dict[str, bytes], role: str) -> None:
    actor = Actor(b"somebody-else-16", "Eve", role)
    for ask in (
        lambda: find(store, actor, "sofa"),
        lambda: finding.find_near(store, actor, "sofa", []),
        lambda: contacts.by_id(store, actor, [few["zoe"]]),
        lambda: saved.all_of(store, actor),
        lambda: saved.save(store, actor, "mine", "sofa"),
    ):
        with pytest.raises(NotAllowed):
            ask()
    for may in set(ROLES) - {"analyst", "admin"}:
        assert find(store, replace(ADVISOR, role=may), "sofa").rows


HOSTILE = (
    '"', "'", "*", "^", "a AND", "NEAR(a b, 2)", "people : a", "marks:\ue000e", "\ue000e\ue001", "-a", "(",
    "a OR b) AND (c", "\x00", "a\x00b", "\ud800", "😀", "x" * 10_000, "a " * 5_000, "1 " * 5_000,
    "service:" * 100, 'by:"', "since:99999999", "0" * 5_000, "999" * 30, "%s {0} [red]", "; DROP TABLE x",
    "t+999y", "-999y", "١٢٣", "ﬁ", "İ", "²", "since:t-999y until:t+1", "service:\ue000", "\u202e", "://:",
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_whatever_is_typed_is_data(shelf: tuple[Store, dict[str, bytes]], query: str) -> None:
    store, few = shelf
    for text in (query, f"sofa {query}", f"service:{query}"):
        rows = contacts.find(store, ADVISOR, text)
        assert {row.id for row in rows} <= set(few.values())
        persons.suggest(store, ADVISOR, text, ("child",))


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*HOSTILE[:20], "molly", "mulbery", "190726", "999 000", "since:", "by:ada", ":", " "]),
)  # fmt: skip


@given(st.lists(PIECES, max_size=6).map(" ".join))
def test_no_query_raises(shelf: tuple[Store, dict[str, bytes]], text: str) -> None:
    store, few = shelf
    assert {row.id for row in contacts.find(store, ADVISOR, text, 5)} <= set(few.values())


@given(st.text(max_size=60))
def test_words_and_numbers_of_any_text_can_be_cut(text: str) -> None:
    assert all(word.isalnum() for word in plain_words(text))
    assert all(len(digits) >= 5 for digits in numbers_in(text))


# -- persons ---------------------------------------------------------------------------------------


def test_persons_are_suggested_by_kind_last_in_contact_first(store: Store, clock: Clock) -> None:
    close_one(
        store, caller=Person("Reed, Amy", "professional"), children=(Person("Reed, Al", "child"),)
    )
    clock.step(hours=1)
    close_one(
        store, caller=Person("Reed, Bo", "professional"), children=(Person("Reed, Cy", "child"),)
    )
    callers = persons.suggest(store, ADVISOR, "re", ("professional",))
    assert [each.person.name for each in callers] == ["Reed, Bo", "Reed, Amy"]
    first = persons.get(store, ADVISOR, callers[1].person.id)
    assert first
    clock.step(hours=1)
    close_one(store, caller=first)
    callers = persons.suggest(store, ADVISOR, "re", ("professional",))
    assert [each.person.name for each in callers] == ["Reed, Amy", "Reed, Bo"]
    children = persons.suggest(store, ADVISOR, "reed", ("child", "unborn"))
    assert [each.person.name for each in children] == ["Reed, Cy", "Reed, Al"]
    (near,) = persons.suggest(store, ADVISOR, "raed cy", ("child",))
    assert near.near and near.person.name == "Reed, Cy"
    assert persons.suggest(store, ADVISOR, "xx", ("child",)) == []


# -- saved searches --------------------------------------------------------------------------------


def test_searches_are_saved_by_name_replaced_and_forgotten(store: Store) -> None:
    other = joins(store, signs(Actor(b"advisor-number-2", "Bea", "advisor")))
    saved.save(store, ADVISOR, "FGM, mine", "issue:fgm by:ada").result()
    saved.save(store, ADVISOR, "open ones", " open: ").result()
    saved.save(store, other, "theirs", "sofa").result()
    kept = [(each.name, each.query) for each in saved.all_of(store, ADVISOR)]
    assert kept == [("FGM, mine", "issue:fgm by:ada"), ("open ones", "open:")]
    saved.save(store, ADVISOR, "fgm  mine", "issue:fgm").result()
    first = saved.all_of(store, ADVISOR)[0]
    assert (first.name, first.query) == ("fgm mine", "issue:fgm")
    (conflicts,) = store.reader.conn.execute(
        "SELECT max(_conflicts) FROM setting WHERE key LIKE 'search.%'"
    ).fetchone()
    assert conflicts is None
    saved.forget(store, ADVISOR, first).result()
    assert [each.name for each in saved.all_of(store, ADVISOR)] == ["open ones"]
    assert len(saved.all_of(store, other)) == 1 and verify(store).sound


def test_what_cannot_be_saved_is_refused_in_words(store: Store) -> None:
    for name, query in ((" ", "sofa"), ("!?", "sofa"), ("mine", "  ")):
        with pytest.raises(BadInput):
            saved.save(store, ADVISOR, name, query)
    for number in range(saved.MOST):
        saved.save(store, ADVISOR, f"number {number}", "sofa").result()
    with pytest.raises(BadInput, match="Nine searches"):
        saved.save(store, ADVISOR, "one more", "sofa")
    saved.save(store, ADVISOR, "number 3", "scald").result()
    assert [each.query for each in saved.all_of(store, ADVISOR)].count("scald") == 1


# -- a store of the version before -----------------------------------------------------------------


def test_a_store_of_the_first_version_opens_and_is_searched(
    store: Store, few: dict[str, bytes], tmp_path: Path
) -> None:
    """Its search as the first migration alone made it: rows by number, words by fts5vocab."""
    store.close()
    db = raw(store)
    for name in (*migrations.SEARCH_TABLES, "held", "signature", "carried", "form_draft"):
        db.conn.execute(f"DROP TABLE IF EXISTS {name}")
    db.conn.execute("DROP INDEX contact_shown")
    db.conn.execute("DELETE FROM _sqlite_migrations WHERE name <> 'first'")
    for statement in migrations.statements(migrations._FIRST_SEARCH):
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO search(rowid, people, notes) SELECT n, 'old', 'old' FROM contact")
    db.conn.execute("INSERT INTO names(rowid, name) SELECT n, name FROM person")
    db.conn.execute("PRAGMA user_version=1")
    db.close()
    later = open_store(tmp_path, KEY, now=store.now)
    assert names(few, found(later, "sofa")) == ["zoe", "late"]
    assert [row.near for row in contacts.find(later, ADVISOR, "brich")] == [True]
    assert found(later, "old") == []
    assert later.reader.conn.execute("PRAGMA user_version").fetchone() == (migrations.SCHEMA,)
    close_one(later)
    # Nobody signed in, which covers what was written before acts were signed.
    assert all("no signature can be checked" in each for each in verify(later).findings)
    tables = {each for (each,) in later.reader.conn.execute("SELECT name FROM sqlite_master")}
    assert "contact_shown" in tables and not tables & {"search_word", "names_word"}
    later.close()


def test_a_place_keeps_the_order_of_receipt_and_the_row() -> None:
    times = ["2026-11-20T09:00:00.000Z", "2026-11-20T09:01:00.000Z", "2031-01-01T00:00:00.000Z"]
    places = [search.index_row(at, n) for at, n in zip(times, (7, 3, 1), strict=True)]
    assert places == sorted(places) and [each & search.ROW for each in places] == [7, 3, 1]
    assert search.index_row(None, 5) == search.index_row("not a time", 5) == 5
    assert search.index_row("9999-01-01T00:00:00.000Z", 5) < 1 << 62
