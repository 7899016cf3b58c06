"""What of a return may leave: no hidden count can be worked out, whatever is added to or taken from what is shown."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from spoc.model.measures.suppression import Sum, hidden, worked_out

SERVICES = Sum("all", ("ed", "ward", "camhs", "gp"))


def shown(values: dict[str, int], sums: list[Sum], **more: object) -> dict[str, int]:
    gone = hidden(values, sums, under=5, **more)  # type: ignore[arg-type]
    return {key: value for key, value in values.items() if key not in gone}


def test_a_small_count_is_hidden_and_the_next_smallest_with_it() -> None:
    values = {"all": 52, "ed": 30, "ward": 11, "camhs": 8, "gp": 3}
    assert shown(values, [SERVICES]) == {"all": 52, "ed": 30, "ward": 11}


def test_two_small_counts_that_come_to_little_take_a_third_along() -> None:
    values = {"all": 45, "ed": 30, "ward": 12, "camhs": 2, "gp": 1}
    assert shown(values, [SERVICES]) == {"all": 45, "ed": 30}


def test_two_small_counts_that_come_to_enough_stand_for_each_other() -> None:
    values = {"all": 50, "ed": 30, "ward": 13, "camhs": 4, "gp": 3}
    assert shown(values, [SERVICES]) == {"all": 50, "ed": 30, "ward": 13}


def test_where_nothing_is_small_nothing_is_hidden() -> None:
    values = {"all": 40, "ed": 10, "ward": 10, "camhs": 10, "gp": 10}
    assert shown(values, [SERVICES]) == values


def test_a_nought_is_hidden_unless_it_is_known_anyway() -> None:
    values = {"all": 30, "ed": 10, "ward": 20, "camhs": 0, "gp": 0}
    assert "gp" not in shown(values, [SERVICES])
    assert shown(values, [SERVICES], public={"camhs", "gp"}) == values


def test_what_is_known_anyway_hides_nobody_beside_it() -> None:
    values = {"all": 37, "ed": 10, "ward": 20, "camhs": 7, "gp": 0}
    assert shown({**values, "camhs": 3, "all": 33}, [SERVICES], public={"gp"}) == {
        "all": 33,
        "ward": 20,
        "gp": 0,
    }


def test_a_small_total_hides_itself() -> None:
    values = {"all": 4, "ed": 4, "ward": 0, "camhs": 0, "gp": 0}
    assert shown(values, [SERVICES]) == {}


def test_the_complement_of_a_share_is_covered_too() -> None:
    share = Sum("of", ("with", "without"))
    assert shown({"of": 30, "with": 28, "without": 2}, [share]) == {"of": 30}


MONTHS = [Sum("quarter", ("oct", "nov", "dec"))]


def test_a_quarter_does_not_give_back_what_a_month_hid() -> None:
    values = {"quarter": 43, "oct": 20, "nov": 3, "dec": 20}
    sent = {"oct": False, "nov": True, "dec": False}
    assert "quarter" not in shown(values, MONTHS, sent=sent)


def test_the_last_month_does_not_give_back_what_an_earlier_one_hid() -> None:
    values = {"quarter": 43, "oct": 20, "nov": 3, "dec": 20}
    sent = {"oct": False, "nov": True, "quarter": False}
    assert "dec" not in shown(values, MONTHS, sent=sent)


def test_two_tables_together_do_not_give_back_what_each_hides() -> None:
    # Each sum alone hides two; between them they would solve for all.
    sums = [Sum("t1", ("a", "b", "x")), Sum("t2", ("b", "c", "y")), Sum("t3", ("a", "c", "z"))]
    values = {"a": 3, "b": 3, "c": 3, "x": 20, "y": 20, "z": 20, "t1": 26, "t2": 26, "t3": 26}
    assert worked_out(values, sums, {"a", "b", "c"}) == ["a", "b", "c"]
    gone = hidden(values, sums, under=5)
    assert worked_out(values, sums, gone) == []


def possible(
    values: dict[str, int], sums: list[Sum], gone: frozenset[object], key: str
) -> set[int]:
    """Every value that a hidden count could have, by trying all: the slow, plain attack."""
    unknown = sorted(map(str, gone))
    top = max(values.values())
    found = set()
    for tried in product(range(top + 1), repeat=len(unknown)):
        held = {**values, **dict(zip(unknown, tried, strict=True))}
        if all(held[each.whole] == sum(held[part] for part in each.parts) for each in sums):
            found.add(held[key])
    return found


@given(st.lists(st.integers(0, 7), min_size=3, max_size=4), st.integers(0, 8))
def test_whatever_the_counts_no_hidden_one_has_a_single_possible_value(
    parts: list[int], inside: int
) -> None:
    names = [f"p{at}" for at in range(len(parts))]
    values = {**dict(zip(names, parts, strict=True)), "all": sum(parts)}
    values |= {"in": min(inside, sum(parts)), "out": max(0, sum(parts) - inside)}
    sums = [Sum("all", tuple(names)), Sum("all", ("in", "out"))]
    gone = hidden(values, sums, under=5)
    assert all(key in gone for key, value in values.items() if value < 5)
    if len(gone) > 3:
        return  # nearly everything is hidden: trying all would take long, and there is nothing to start from
    for key in gone:
        assert len(possible(values, sums, gone, str(key))) > 1
