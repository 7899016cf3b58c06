"""Control charts, against the NHS reference's own results and by hand."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.model.spc import analyse, between, g_chart, t_chart

REFERENCE = Path(__file__).parents[3] / "shared/data/spc_reference.json"
# Two wide ranges about one outlier: the reference screens both out, the Excel tool keeps them.
OUTLIER = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
STEADY = [10, 12] * 10


def cases() -> list[dict[str, Any]]:
    if not REFERENCE.exists():
        return []
    found: list[dict[str, Any]] = json.loads(REFERENCE.read_text("utf-8"))["cases"]
    return found


def equal(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, float):
        return ours is not None and abs(ours - theirs) <= 1e-9 * abs(theirs)
    return bool(ours == theirs) and (type(ours) is type(theirs) or theirs is None)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the shared reference series are not here")
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['id']} {case['category']}")
def test_a_reference_series_matches_in_every_field(case: dict[str, Any]) -> None:
    given, expected = dict(case["input"]), case["expected"]
    values, dates = given.pop("values"), given.pop("dates")
    if expected["error"]:
        with pytest.raises(ValueError):
            analyse(values, dates, **given)
        return
    found = analyse(values, dates, **given)
    assert set(found.points) == set(expected["points"])
    wrong = [
        (name, at, ours, theirs)
        for name, column in expected["points"].items()
        for at, (ours, theirs) in enumerate(zip(found.points[name], column, strict=True))
        if not equal(ours, theirs)
    ]
    assert wrong == []
    assert list(found.warnings) == expected["warnings"]
    for name in ("variation_type", "variation_icon", "assurance_type", "assurance_icon"):
        assert getattr(found, name) == expected[name]
    for ours, theirs in zip(found.phases, expected["phases"], strict=True):
        assert all(equal(ours[name], theirs[name]) for name in theirs)


def test_the_outlier_widens_the_limits_only_where_nothing_is_screened() -> None:
    screened = analyse(OUTLIER, improvement_direction="neutral").phases[0]
    kept = analyse(OUTLIER, improvement_direction="neutral", screen_outliers=False).phases[0]
    excel = analyse(OUTLIER, improvement_direction="neutral", preset="nhse-excel").phases[0]
    assert [round(screened[name], 2) for name in ("mean", "upl", "lpl")] == [1.94, 4.60, -0.72]
    assert [round(kept[name], 2) for name in ("mean", "upl", "lpl")] == [1.94, 6.95, -3.06]
    assert [round(excel[name], 2) for name in ("mean", "upl", "lpl")] == [1.94, 6.95, -3.06]


def test_points_are_in_order_of_date_and_a_day_may_be_a_date() -> None:
    days = [date(2026, 1, 12), date(2026, 1, 5)]
    found = analyse([2, 1], days, improvement_direction="increase")
    assert found.points["date"] == ["2026-01-05", "2026-01-12"]
    assert found.points["value"] == [1, 2]


def test_without_dates_the_points_are_numbered() -> None:
    assert analyse([5, 6], improvement_direction="increase").points["date"] == [1, 2]


@pytest.mark.parametrize(
    ("direction", "low", "high"),
    [
        ("increase", "concern_low", "improvement_high"),
        ("decrease", "improvement_low", "concern_high"),
        ("neutral", "neutral_low", "neutral_high"),
    ],
)
def test_the_icon_says_which_way_and_whether_that_is_good(
    direction: str, low: str, high: str
) -> None:
    below = analyse([*STEADY, 0], improvement_direction=direction, screen_outliers=False)
    above = analyse([*STEADY, 30], improvement_direction=direction)
    assert (below.variation_icon, above.variation_icon) == (low, high)
    assert below.points["special_cause_type"][-1] == "Below LCL"
    assert above.points["special_cause_type"][-1] == "Above UCL"


def test_a_falling_trend_of_seven_is_named_as_such() -> None:
    found = analyse([20, 30] * 6 + [28, 27, 26, 25, 24, 23], improvement_direction="decrease")
    assert found.points["special_cause_type"][-7:] == ["7 Point Trend (Decreasing)"] * 7
    assert found.variation_type == "special_cause_improvement"


def test_a_point_outside_counts_in_two_of_three_by_the_excel_tool_alone() -> None:
    # The last three lie above the mean: one near the limit, one between, one beyond it.
    values = [*STEADY, 15, 12, 17]
    given: Any = {"improvement_direction": "increase", "fix_after_n_points": 20}
    reference = analyse(values, **given)
    excel = analyse(values, **given, preset="nhse-excel")
    assert reference.points["close_to_limits"][-3:] == [True, False, False]
    assert reference.points["outside_limits"][-3:] == [False, False, True]
    assert reference.points["special_cause_type"][-3] == "Common Cause"
    assert excel.points["special_cause_type"][-3] == "2 in 3 Above CL"
    assert excel.preset == "nhse-excel"


def test_a_gap_within_what_may_be_a_trend_is_refused_as_the_reference_refuses_it() -> None:
    values = [10, 11, 12, 13, None, 15, 16, 17]
    with pytest.raises(ValueError):
        analyse(values, improvement_direction="increase")
    found = analyse(values, improvement_direction="increase", preset="plotthedots-gaps")
    assert not any("Trend" in each for each in found.points["special_cause_type"])


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=1, max_size=40))
def test_where_the_reference_answers_the_preset_for_gaps_answers_the_same(
    values: list[int | None],
) -> None:
    broken = analyse(values, improvement_direction="increase", preset="plotthedots-gaps")
    try:
        whole = analyse(values, improvement_direction="increase")
    except ValueError:
        assert None in values
    else:
        assert whole.points == broken.points


@pytest.mark.parametrize(
    "given",
    [
        {"values": []},
        {"values": [1, 2], "dates": ["2026-01-01", "2026-01-01"]},
        {"values": [1, 2], "dates": ["2026-01-01"]},
        {"values": [1, 2], "dates": ["2026-01-01", "soon"]},
        {"values": [1, 2], "improvement_direction": "up"},
        {"values": [1, 2], "fix_after_n_points": 11},
        {"values": [1, 2], "preset": "mine"},
    ],
    ids=lambda given: str(given),
)
def test_what_cannot_be_analysed_is_a_value_error(given: dict[str, Any]) -> None:
    values = given.pop("values")
    with pytest.raises(ValueError):
        analyse(values, **{"improvement_direction": "increase", **given})


def test_nothing_but_missing_values_has_no_lines_and_no_signal() -> None:
    found = analyse([None, None], improvement_direction="increase", target=5)
    assert found.points["mean"] == [None, None]
    assert (found.variation_icon, found.assurance_icon) == ("common_cause", "inconsistent")


def test_low_counts_say_so_in_words_and_change_no_column() -> None:
    low = analyse([0, 1, 2, 1, 0, 1] * 4, improvement_direction="neutral")
    assert any("Counts this low" in note and "g or t" in note for note in low.notes)
    share = analyse([0.5, 1.5, 1.0, 0.7] * 6, improvement_direction="neutral")
    assert share.notes == ()  # no counts
    assert analyse(STEADY, improvement_direction="neutral").notes == ()


@pytest.mark.parametrize(
    ("screened", "word"), [(True, "undefined"), (False, "no width")], ids=["undefined", "no width"]
)
def test_limits_that_say_nothing_say_so(screened: bool, word: str) -> None:
    found = analyse([100] * 20, improvement_direction="increase", screen_outliers=screened)
    assert any(word in note for note in found.notes)


def test_few_points_are_called_trial_limits() -> None:
    assert any(
        "Trial limits" in note for note in analyse([9] * 5, improvement_direction="increase").notes
    )


EVENTS = [date(2026, 1, 1) + timedelta(days=each) for each in (0, 3, 3, 10, 12, 30)]


def test_each_event_is_a_point_and_two_on_one_day_have_nothing_between_them() -> None:
    dates, gaps = between(reversed(EVENTS))
    assert gaps == (3, 0, 7, 2, 18)
    assert dates == tuple(EVENTS[1:])
    assert g_chart(EVENTS).values == t_chart(EVENTS).values == (3, 0, 7, 2, 18)


def test_a_g_chart_has_three_sigmas_of_a_geometric_count() -> None:
    chart = g_chart(EVENTS)
    assert chart.centre == 6
    assert chart.upper == pytest.approx(6 + 3 * (6 * 7) ** 0.5)
    assert chart.lower == 0


def test_a_t_chart_of_even_events_marks_a_long_silence() -> None:
    days, at = [], date(2025, 1, 1)
    for gap in [7, 9, 8, 10, 7, 9, 8, 10, 7, 9, 8, 120]:
        days.append(at)
        at += timedelta(days=gap)
    chart = t_chart([*days, at])
    assert chart.signals[-1] == "long"
    assert set(chart.signals[:-1]) == {""}
    assert chart.lower is not None and chart.upper is not None
    assert 0 <= chart.lower < (chart.centre or 0) < chart.upper


@pytest.mark.parametrize("events", [[], EVENTS[:1], EVENTS[:2]], ids=["none", "one", "two"])
def test_too_few_events_have_no_limits_and_no_signal(events: list[date]) -> None:
    assert t_chart(events).upper is None
    assert set(g_chart(events).signals) <= {""}
