"""Patterns over time: what counts, on which days, and how many are one short."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from spoc.guidance.patterns import patterns
from spoc.model.rules.guiding.thresholds import Event, ThresholdRule, find_patterns, letter_offered

TODAY = date(2026, 11, 26)
RULES = patterns().rules
STOKE, DUDLEY = RULES["FA-STOKE"], RULES["FA-DUDLEY"]


def attended(*days: str, **other) -> list[Event]:
    return [
        Event(date.fromisoformat(day), frozenset({"attendance"}), id=f"{at}", **other)
        for at, day in enumerate(days)
    ]


def test_four_attendances_in_six_months_are_a_hit_that_names_its_days_and_its_source() -> None:
    found = find_patterns(
        attended("2026-05-26", "2026-08-01", "2026-10-02", "2026-11-26"), [STOKE], TODAY
    )
    (hit,) = found.hits
    assert hit.words() == "4 in 6 months: 26 May 2026, 1 Aug 2026, 2 Oct 2026, 26 Nov 2026"
    assert hit.words(2) == "4 in 6 months, the last 2: 2 Oct 2026, 26 Nov 2026"
    assert (hit.reached, hit.rule.code, hit.window.count) == (TODAY, "FA-STOKE", 4)
    assert "2022-23" in hit.rule.source.edition and "GP" in hit.rule.asks


def test_a_day_before_the_six_months_is_not_counted() -> None:
    days = ("2026-05-25", "2026-08-01", "2026-10-02", "2026-11-26")
    found = find_patterns(attended(*days), [STOKE], TODAY)
    assert not found.hits
    assert [each.words() for each in found.near] == [
        "3 in 6 months; one more by 1 Feb 2027 makes 4"
    ]


def test_one_more_by_a_day_makes_it_so_many_and_a_day_later_does_not() -> None:
    held = attended("2026-09-14", "2026-10-01", "2026-11-01")
    (near,) = find_patterns(held, [STOKE], TODAY).near
    assert near.words() == "3 in 6 months; one more by 14 Mar 2027 makes 4"
    assert near.by
    for late, hits in ((0, 1), (1, 0)):
        one_more = attended((near.by + timedelta(late)).isoformat())
        assert len(find_patterns([*held, *one_more], [STOKE], date(2027, 6, 1)).hits) == hits


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        ("2025-08-31", "2026-02-28", True),  # no 31 February: to the month's last
        ("2025-08-31", "2026-03-01", False),
        ("2024-02-29", "2024-08-29", True),
        ("2024-02-29", "2024-08-30", False),
        ("2025-11-30", "2026-05-30", True),
    ],
)
def test_months_are_of_the_calendar_with_both_ends(first: str, last: str, counts: bool) -> None:
    days = attended(first, first, first, last)
    assert bool(find_patterns(days, [STOKE], TODAY).hits) is counts


def test_a_year_from_29_february_ends_on_28_february() -> None:
    held = attended("2024-02-29", "2024-05-01", "2025-02-28")
    assert find_patterns(held, [DUDLEY], TODAY).hits
    assert not find_patterns(
        attended("2024-02-29", "2024-05-01", "2025-03-01"), [DUDLEY], TODAY
    ).hits


def test_six_in_twelve_months_is_a_hit_of_its_own_beside_four_in_six() -> None:
    days = [f"2026-{month:02d}-{month + 4:02d}" for month in (1, 3, 5, 7, 9, 11)]
    found = find_patterns(attended(*days), [STOKE], TODAY)
    assert [(each.window.count, len(each.counted)) for each in found.hits] == [(6, 6)]
    assert [each.window.count for each in found.near] == [4]


def test_cancelled_and_merged_visits_never_count_and_planned_ones_only_where_the_rule_says_so() -> (
    None
):
    days = attended("2026-09-01", "2026-10-01", "2026-11-01")
    for other in ({"void": True}, {"planned": True}):
        assert not find_patterns([*days, *attended("2026-11-02", **other)], [STOKE], TODAY).hits
    counting = replace(STOKE, planned=True)
    assert find_patterns([*days, *attended("2026-11-02", planned=True)], [counting], TODAY).hits


def test_a_child_sent_on_to_the_other_site_counts_once_and_both_places_are_named() -> None:
    days = attended("2026-09-01", "2026-10-01", place="Musgrove")
    days += attended("2026-11-01", place="Musgrove", matter="m1")
    days += attended("2026-11-02", place="Yeovil", matter="m1")
    assert not find_patterns(days, [STOKE], TODAY).hits
    (hit,) = find_patterns(days, [DUDLEY], TODAY).hits
    assert "1 Nov 2026 (Musgrove and Yeovil, one journey)" in hit.words()
    assert find_patterns(days, [replace(STOKE, moved_once=False)], TODAY).hits


def test_concerns_are_repeated_whatever_the_gap() -> None:
    of = frozenset({"concern"})
    held = [Event(date(2015, 3, 1), of), Event(date(2026, 11, 20), of)]
    (hit,) = find_patterns(held, [RULES["CONCERN"]], TODAY).hits
    assert hit.words() == "2 in all: 1 Mar 2015, 20 Nov 2026"
    (near,) = find_patterns(held[:1], [RULES["CONCERN"]], TODAY).near
    assert near.words() == "1 in all; one more makes 2"


def test_a_family_referred_again_after_support_was_withdrawn_is_named() -> None:
    before = Event(date(2026, 1, 1), frozenset({"referral"}))
    withdrawn = Event(date(2026, 3, 1), frozenset({"support-withdrawn"}))
    after = Event(date(2026, 9, 1), frozenset({"referral"}), sibling="brother Sam")
    assert not find_patterns([before, withdrawn], [RULES["W27"]], TODAY).hits
    (hit,) = find_patterns([before, withdrawn, after], [RULES["W27"]], TODAY).hits
    assert hit.words() == "1 in all: 1 Sep 2026 (brother Sam), after support withdrawn"


def test_a_sibling_counts_only_where_the_rule_is_of_the_household() -> None:
    days = attended("2026-09-01", "2026-10-01", "2026-11-01")
    days += attended("2026-11-02", sibling="sister Lea")
    assert not find_patterns(days, [STOKE], TODAY).hits
    assert find_patterns(days, [replace(STOKE, household=True)], TODAY).hits


def test_a_letter_is_offered_once_a_threshold_and_again_after_the_interval() -> None:
    days = attended("2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01")
    (hit,) = find_patterns(days, [STOKE], TODAY).hits
    assert letter_offered(hit, [])
    assert not letter_offered(hit, [date(2026, 11, 2)])
    assert not letter_offered(hit, [date(2026, 6, 1)])
    assert letter_offered(hit, [date(2026, 5, 1)])
    (other,) = find_patterns(days, [DUDLEY], TODAY).hits
    assert not letter_offered(other, [])


@given(st.lists(st.integers(0, 900), max_size=14), st.sampled_from([STOKE, DUDLEY]))
def test_what_is_hit_is_what_counting_by_hand_gives(days: list[int], rule: ThresholdRule) -> None:
    on = sorted(TODAY - timedelta(each) for each in days)
    events = [Event(each, frozenset({"attendance"}), id=f"{at}") for at, each in enumerate(on)]
    hit = {each.window for each in find_patterns(events, [rule], TODAY).hits}
    for window in rule.windows:
        by_hand = any(
            sum(start <= each <= start + relativedelta(months=window.months) for each in on)
            >= window.count
            for start in on
        )
        assert (window in hit) is by_hand
