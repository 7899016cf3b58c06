"""The fold: the same record from the same entries, in whatever order and however often they come."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from spoc.model.ledger.entry import Entry
from spoc.model.ledger.fold import Folded, columns, fits, fold
from spoc.model.ledger.table import Column, Table, Value

FIELDS = ("name", "kind", "issues.burn", "issues.fall", "later")
VALUES: st.SearchStrategy[Value] = st.none() | st.booleans() | st.sampled_from(["a", "b", "c"])
TABLE = Table(
    "thing",
    (
        Column("name"),
        Column("kind", "code"),
        Column("issues", "many"),
        Column("who", "ref"),
        Column("seconds", "int"),
    ),
)
BASE = Entry(
    id=b"",
    stream=b"s" * 16,
    seq=1,
    prev=bytes(32),
    act=b"a" * 16,
    size=1,
    at="2026-11-20T09:00:00.000Z",
    hlc=1,
    tbl="thing",
    record=b"r" * 16,
    actor=b"u" * 16,
    fields={},
    parents={},
    why="",
)


def entry(number: int, fields: dict[str, Value] | None, *on: Entry, hlc: int = 0) -> Entry:
    """The number-th entry of a record, replacing these in every field that it sets."""
    parents = {name: tuple(each.id.hex() for each in on) for name in fields or {}} if on else {}
    name = hashlib.sha256(bytes([number])).digest()[:16]
    return BASE._replace(id=name, seq=number, hlc=hlc or number, fields=fields, parents=parents)


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Entries of one record; each replaces, field by field, some of those before it."""
    made: list[Entry] = []
    for number in range(1, draw(st.integers(2, 8))):
        fields = draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=1))
        parents = {
            name: tuple(draw(st.sets(st.sampled_from([each.id.hex() for each in made]))))
            for name in fields
            if made
        }
        hlc = draw(st.integers(1, 5))  # equal clocks are possible between desks
        made.append(
            entry(number, draw(st.sampled_from([fields, fields, fields, None])), hlc=hlc)._replace(
                parents=parents
            )
        )
    return made


@given(histories(), st.randoms())
def test_order_and_repetition_do_not_matter(made: list[Entry], random: object) -> None:
    shuffled = [*made, *made[: len(made) // 2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = fold(made), fold(shuffled)
    assert one == other
    assert columns(TABLE, one) == columns(TABLE, other)


@given(histories())
def test_the_heads_are_those_that_nobody_replaced(made: list[Entry]) -> None:
    folded = fold(made)
    for name in FIELDS:
        setting = {each.id.hex() for each in made if name in (each.fields or {})}
        gone = {
            parent
            for each in made
            if each.fields is None or name in each.fields  # of others they say what was seen
            for parent in each.parents.get(name, ())
        }
        assert set(folded.heads.get(name, ())) == setting - gone


@given(histories())
def test_a_conflict_is_exactly_where_heads_differ(made: list[Entry]) -> None:
    folded = fold(made)
    by_id = {each.id.hex(): each for each in made}
    for name in FIELDS:
        said = {(by_id[head].fields or {})[name] for head in folded.heads.get(name, ())}
        assert set(folded.conflicts.get(name, ())) == (said if len(said) > 1 else set())
        if said:
            assert folded.values[name] in said
        else:
            assert name not in folded.values


@given(histories(), VALUES)
def test_a_later_entry_naming_all_heads_ends_every_conflict(
    made: list[Entry], value: Value
) -> None:
    heads = fold(made).heads
    # whatever its clock says
    last = entry(99, dict.fromkeys(heads, value))._replace(parents=heads, hlc=0)
    folded = fold([*made, last])
    assert not folded.conflicts
    assert folded.values == dict.fromkeys(heads, value)
    assert set(folded.heads.values()) <= {(last.id.hex(),)}


def test_an_entry_that_names_one_of_two_heads_leaves_the_other_standing() -> None:
    first = entry(1, {"name": "a"})
    one, other = entry(2, {"name": "b"}, first), entry(3, {"name": "c"}, first)
    assert fold([first, one, other]).conflicts == {"name": ("c", "b")}
    last = entry(4, {"name": "d"}, other)
    assert fold([first, one, other, last]).conflicts == {"name": ("d", "b")}


def test_two_who_say_the_same_do_not_disagree() -> None:
    one, other = entry(1, {"name": "a"}), entry(2, {"name": "a"})
    folded = fold([one, other])
    assert folded.conflicts == {} and len(folded.heads["name"]) == 2


def test_meanwhile_the_later_clock_shows_then_the_higher_id() -> None:
    assert fold([entry(1, {"name": "a"}, hlc=9), entry(2, {"name": "b"}, hlc=3)]).values == {
        "name": "a"
    }
    one, other = entry(1, {"name": "a"}, hlc=3), entry(2, {"name": "b"}, hlc=3)
    higher = max(one, other, key=lambda each: each.id)
    assert fold([one, other]).values == higher.fields


def test_where_an_order_is_written_the_safer_value_shows() -> None:
    one, other = entry(1, {"kind": "open"}), entry(2, {"kind": "closed"})
    safer = {"kind": ["open", "closed"]}
    assert fold([one, other]).values == {"kind": "closed"}
    folded = fold([one, other], safer)
    assert folded.values == {"kind": "open"}
    assert folded.conflicts == {"kind": ("open", "closed")}
    third = entry(3, {"kind": "of a later version"})
    assert fold([third, one, other], safer).conflicts["kind"][0] == "open"


def test_each_element_of_a_choice_of_many_is_a_field_of_its_own() -> None:
    first = entry(1, {"issues.burn": True})
    one, other = entry(2, {"issues.fall": True}), entry(3, {"issues.burn": False}, first)
    folded = fold([first, one, other])
    assert not folded.conflicts
    assert columns(TABLE, folded)[0] == {"issues": ["fall"]}
    again = entry(4, {"issues.burn": True}, other)
    assert columns(TABLE, fold([first, one, other, again]))[0] == {"issues": ["burn", "fall"]}


def test_an_erased_payload_says_nothing_and_disturbs_nothing() -> None:
    one, other = entry(1, {"name": "a"}), entry(2, None)
    folded = fold([one, other])
    assert folded.values == {"name": "a"} and not folded.conflicts
    assert folded.last == other
    assert fold([other]).values == {}


def test_what_no_column_can_hold_is_kept_beside() -> None:
    said: dict[str, Value] = {
        "name": 7,
        "kind": "x",
        "later": "y",
        "later.z": True,
        "who": "no id",
        "seconds": "long",
        "_void": True,
    }
    row, extra = columns(TABLE, fold([entry(1, said)]))
    assert row == {"kind": "x"}
    assert extra == {"name": 7, "later": "y", "later.z": True, "who": "no id", "seconds": "long"}


@given(histories())
def test_every_value_is_in_a_column_or_kept_beside(made: list[Entry]) -> None:
    folded: Folded = fold(made)
    row, extra = columns(TABLE, folded)
    for name, value in folded.values.items():
        many = row.get("issues") or []
        assert isinstance(many, list)
        shown = row.get(name) == value or extra.get(name) == value
        element = name.startswith("issues.") and bool(value) == (name[7:] in many)
        assert shown or element


def test_removing_is_a_field_and_can_be_undone() -> None:
    first = entry(1, {"name": "a", "_void": True})
    assert fold([first]).void
    assert not fold([first, entry(2, {"_void": False}, first)]).void


def test_a_column_holds_only_its_kind() -> None:
    assert fits("text", None) and fits("text", "x") and not fits("text", 1)
    assert fits("ref", "0" * 32) and not fits("ref", "0" * 31) and not fits("ref", "Z" * 32)
    assert fits("int", 3) and not fits("int", "3")
    assert not fits("many", "x") and not fits("many", None)


def test_erasing_the_one_in_the_middle_brings_back_none_before_it() -> None:
    before = entry(1, {"category": "physical"})
    erased = entry(2, None, hlc=2)._replace(parents={"category": (before.id.hex(),)})
    assert "category" not in fold([before, erased]).values
    last = entry(3, {"category": "neglect"}, hlc=3)._replace(
        parents={"category": (erased.id.hex(),)}
    )
    found = fold([last, before, erased])
    assert found.values["category"] == "neglect" and not found.conflicts
