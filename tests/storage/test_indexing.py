"""Search is brought up to date behind the open window: in small pieces, usable meanwhile, whatever ends it."""

import random
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import sleep

import pytest
from children import Child
from keyboard import shown, type_in, until
from kills import edited, go_on, step
from samples import ADVISOR, GENERIC, KEY, SEEDED, a_sheet, close_one
from seated import at_the_board

from spoc.model.forms.sheet import Person
from spoc.model.forms.sheet_commands import Writing, written
from spoc.model.ledger.entry import Command
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.storage.contacts import contacts
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.search import indexing, search
from spoc.storage.start import open_store
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

MANY = 240


@pytest.fixture
def full(store: Store) -> Iterator[Store]:
    """A store of more contacts than are brought up to date while it is opened."""

    def job(db: Database) -> None:
        at = store.now()
        for number in range(MANY):
            new_id = partial(append.new_id, at)
            by = Writing(new_id().hex(), ADVISOR.id.hex(), at, store.hours, new_id)
            child = Person(f"Brook, Ty {number}", "child", dob="2026-07-19")
            sheet = a_sheet(at, children=(child,), caller=Person(f"Reed, Amy {number}"))
            store.append(db, ADVISOR, written(sheet, by, closed=True))

    store.submit(job).result()
    yield store
    store.close()


def found(store: Store, text: str) -> int:
    return len(contacts.find(store, ADVISOR, text, 2 * MANY))


def bring_up(store: Store, batches: int = 1 << 30) -> None:
    """Some batches of it, without the pauses."""
    for _ in range(batches):
        if not store.submit(partial(step, store), bulk=True).result():
            return


def leftovers(store: Store) -> set[str]:
    tables = store.reader.conn.execute("SELECT name FROM sqlite_master").fetchall()
    return {name for (name,) in tables if "_next" in name or "_former" in name}


@pytest.mark.long
def test_search_finds_all_by_the_former_words_until_the_new_ones_are_in(
    full: Store, tmp_path: Path
) -> None:
    full.close()
    later = open_store(tmp_path, KEY, pack=edited())
    assert indexing.behind(later.reader) == 0
    assert found(later, "burn") == MANY and found(later, "thermal") == 0
    bring_up(later, 20)
    assert 0 < (indexing.behind(later.reader) or 0) < 100
    assert found(later, "burn") == MANY  # nobody is missing meanwhile
    first, last = close_one(later), contacts.recent(later, ADVISOR, MANY)[-1].id
    assert found(later, "thermal") == 1  # what is written now is found by the words of now
    for contact in (first, last):  # one that was put in already, and one that is still to come
        note = next(each for each in contacts.get(later, ADVISOR, contact) if each.tbl == "note")
        contacts.amend(later, ADVISOR, note, {"text": "Quincunx."}, "heard again").result()
    bring_up(later)
    assert indexing.behind(later.reader) is None
    assert found(later, "thermal") == MANY + 1 and found(later, "quincunx") == 2
    assert contacts.find(later, ADVISOR, "brok 17")[0].near
    assert verify(later).findings == () and leftovers(later) == set()
    later.close()


@pytest.mark.long
def test_documents_of_another_format_are_not_asked(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full.close()
    monkeypatch.setattr(search, "FORMAT", search.FORMAT + 1)
    later = open_store(tmp_path, KEY, pack=GENERIC)
    assert found(later, "burn") == 0
    while not found(later, "burn"):
        bring_up(later, 1)
    assert found(later, "burn") < MANY  # the newest first
    bring_up(later)
    assert found(later, "burn") == MANY and [r.near for r in contacts.find(later, ADVISOR, "brok")]
    assert verify(later).findings == () and leftovers(later) == set()
    later.close()


@pytest.mark.long
def test_without_a_window_what_is_written_meanwhile_never_finds_the_index_full(
    full: Store, tmp_path: Path
) -> None:
    full.close()
    later = open_store(tmp_path, KEY, pack=edited())
    bring_up(later, 20)
    for _ in range(2100):  # of which each makes a part of its own; 2,000 are the most
        fields = {"name": "Vole, Wyn", "kind": "child"}
        later.act(ADVISOR, [Command("person", append.new_id(later.now()), fields)]).result()
    assert indexing.behind(later.reader) is not None
    bring_up(later)
    assert verify(later).findings == () and leftovers(later) == set()
    later.close()


@pytest.mark.long
def test_a_pack_that_is_edited_again_begins_again(full: Store, tmp_path: Path) -> None:
    full.close()
    later = open_store(tmp_path, KEY, pack=edited())
    bring_up(later, 20)
    later.close()
    later = open_store(tmp_path, KEY, pack=edited("Scorching"))
    assert indexing.behind(later.reader) == 0
    bring_up(later)
    assert found(later, "thermal") == 0 and found(later, "scorching") == MANY
    assert verify(later).findings == () and leftovers(later) == set()
    later.close()


@pytest.mark.long
def test_killed_in_the_middle_it_goes_on_where_it_was(full: Store, tmp_path: Path) -> None:
    full.close()
    chance, progress = random.Random(SEEDED), [0]
    for _ in range(8):
        child = Child(go_on, tmp_path)
        assert child.hear() == "open"
        sleep(chance.uniform(0, 0.1))
        child.kill()
        later = open_store(tmp_path, KEY, pack=edited())
        done = indexing.behind(later.reader)
        progress.append(100 if done is None else done)
        assert found(later, "burn") + found(later, "thermal") >= MANY
        later.close()
    assert progress == sorted(progress) and progress[-1] > 0  # nothing is done twice
    later = open_store(tmp_path, KEY, pack=edited())
    bring_up(later)
    meanwhile = found(later, "closed meanwhile")
    assert found(later, "thermal") == MANY + meanwhile
    assert verify(later).findings == () and leftovers(later) == set()
    later.close()


async def test_the_list_says_that_search_is_not_up_to_date_yet(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full.close()
    gate, really = threading.Event(), indexing.bring_up
    monkeypatch.setattr(indexing, "bring_up", lambda *args: gate.wait(10) and really(*args))
    later = open_store(tmp_path, KEY, pack=edited())
    bring_up(later, 20)
    async with at_the_board(later) as pilot:  # type: ignore[var-annotated]
        await type_in(pilot, "/", *"burn")
        screen = await shown(pilot, ContactsScreen)

        def said() -> str:
            return str(screen.query_one("#said").content)

        await until(pilot, lambda: screen.query_now == "burn" and not screen.busy)
        assert f"{indexing.behind(later.reader)}% up to date" in said()
        gate.set()  # the app does it behind the window
        await until(pilot, lambda: indexing.behind(later.reader) is None)
        await type_in(pilot, "<backspace>", "n")
        await until(pilot, lambda: "up to date" not in said())
    later.close()
