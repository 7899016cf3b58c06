"""A child is found however the name is written; near spellings stand behind what is exact."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import ADVISOR, Clock, close_one, set_up

from spoc.model.forms.sheet import Person
from spoc.storage.contacts import contacts
from spoc.storage.contacts.reading import finding
from spoc.storage.persons import persons
from spoc.storage.store import Store

WRITTEN = {
    "von Groß, Jürgen": ("groß", "gross", "GROß", "jurgen", "vongross"),
    "Smith-Jones, Ann": ("smithjones", "smith jones", "Smith-Jones", "jones smith"),
    "Smithjones, Ann": ("smith-jones", "smith jones ann"),
    "O’Brien, Niamh": ("obrien", "o'brien", "o brien", "O`Brien"),
    "McDonald, Sean": ("mc donald", "mcdonald", "donald"),
    "de la Cruz, Ana": ("delacruz", "de la cruz", "cruz", "dela cruz"),
    "al-Hashimi, Noor": ("alhashimi", "al hashimi", "hashimi"),
    "Łuczak, Søren": ("luczak", "łuczak", "soren", "SØREN"),
    "Yıldız, İlkay": ("yildiz", "ilkay", "Yıldız"),
    "Иванова, Анна": ("ivanova", "Иванова", "anna"),
}


@pytest.mark.parametrize(
    ("stored", "typed"), [(name, each) for name, ways in WRITTEN.items() for each in ways]
)
def test_any_way_of_writing_a_name_finds_the_child_outright(
    store: Store, stored: str, typed: str
) -> None:
    close_one(store, children=(Person("Zebra, Quill", "child"),))
    wanted = close_one(store, children=(Person(stored, "child"),))
    assert [(row.id, row.near, row.why) for row in finding.find(store, ADVISOR, typed).rows] == [
        (wanted, False, "child")
    ]
    found = persons.suggest(store, ADVISOR, typed, ("child",))
    assert [(each.person.name, each.near) for each in found] == [(stored, False)]


@pytest.mark.parametrize("typed", ["tiler bruk", "tyler bruck", "doil", "thyla", "ty brooke"])
def test_near_spellings_sound_alikes_and_short_forms_are_found(store: Store, typed: str) -> None:
    wanted = {
        close_one(store, children=(Person(name, "child"),))
        for name in ("Brook, Tyler", "Doyle, Tyla")
    }
    rows = contacts.find(store, ADVISOR, typed)
    assert rows and {row.id for row in rows} <= wanted
    assert all(row.near for row in rows)
    assert persons.suggest(store, ADVISOR, typed, ("child",))


@given(st.data())
def test_whatever_is_typed_every_exact_hit_stands_in_front(
    register: Store, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMED))
    words = [each for each in re.split(r"[^\w]+", name) if each]
    typed = " ".join(data.draw(st.permutations(words)))[: data.draw(st.integers(1, 40))]
    exact = [each.person.name for each in persons.suggest(register, ADVISOR, typed, ("child",))]
    assert name in exact, typed
    found = contacts.find(register, ADVISOR, typed)
    held = finding.find(register, ADVISOR, typed).rows
    assert found[: len(held)] == held
    assert any(name in row.children for row in held), typed


NAMED = ("Brook, Tyler James", "Brooke, Tyla Jane", "Bruck, Thyla Jayne", "Ó Sé, Máire Áine")


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with names that are near each other, middle names too."""
    opened = set_up(tmp_path_factory.mktemp("register"), Clock())
    for name in NAMED:
        close_one(opened, children=(Person(name, "child"),))
    yield opened
    opened.close()
