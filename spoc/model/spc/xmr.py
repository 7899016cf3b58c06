"""The XmR chart: each value, the mean, the limits, and the signals.

Computed like NHSRplotthedots 0.2.2, column by column; a preset says where a chart differs from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate, groupby
from math import isfinite
from operator import itemgetter
from typing import Any

from spoc.model.spc import signals
from spoc.model.spc.limits import ControlLimits, Number, limits
from spoc.model.spc.words import TRIAL, guard

TRIAL_BELOW = 13  # rows of a phase below which the reference calls its limits trial limits
FIXED_AT_LEAST = 12
DIRECTIONS = {"increase": 1, "neutral": 0, "decrease": -1}


@dataclass(frozen=True, slots=True)
class Preset:
    """How a chart is computed. ``label`` appears on it."""

    label: str
    screens: bool = True
    outside_counts: bool = False
    gaps_break: bool = False


PRESETS: Mapping[str, Preset] = {
    "plotthedots": Preset("NHSRplotthedots: moving ranges screened"),
    "nhse-excel": Preset(
        "NHS England Excel tool: no screening, points outside count in 2 in 3",
        screens=False,
        outside_counts=True,
        gaps_break=True,
    ),
    "plotthedots-gaps": Preset(
        "NHSRplotthedots: moving ranges screened; a gap ends a run", gaps_break=True
    ),
}


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of a series. ``points`` maps each column to a list in order of date; ``phases`` sum up
    each phase; ``warnings`` are the reference's, ``notes`` are sentences for whoever reads the chart;
    ``doubtful`` if counts are too low, or limits too weak, for a signal to mean anything."""

    points: Mapping[str, list[Any]]
    variation_type: str
    variation_icon: str
    assurance_type: str | None
    assurance_icon: str | None
    phases: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    preset: str
    doubtful: bool = False


def analyse(
    values: Iterable[float | None],
    dates: Iterable[str | date] | None = None,
    *,
    improvement_direction: str,
    target: float | None = None,
    rebase: Iterable[str | date] | None = (),
    fix_after_n_points: int | None = None,
    screen_outliers: bool = True,
    preset: str = "plotthedots",
) -> Analysis:
    """The analysis of a series.

    ``dates`` are days or ISO texts in any order (without them the points are numbered from 1); a new phase
    begins at each day in ``rebase``. A missing value is None. With ``fix_after_n_points`` the limits come
    from the first n rows of each phase. Raises ValueError where the reference refuses: no value, a day that
    occurs twice, an unknown direction or preset, fewer than 12 points to fix after, a missing value within a
    possible trend.
    """
    rows = _rows(values, dates)
    if improvement_direction not in DIRECTIONS:
        raise ValueError(f"improvement_direction is one of {', '.join(DIRECTIONS)}.")
    if preset not in PRESETS:
        raise ValueError(f"preset is one of {', '.join(PRESETS)}.")
    if fix_after_n_points is not None and fix_after_n_points < FIXED_AT_LEAST:
        raise ValueError(f"fix_after_n_points is {FIXED_AT_LEAST} or more.")
    drawn, direction = PRESETS[preset], DIRECTIONS[improvement_direction]
    begins = {_key(each) for each in rebase or ()}
    groups = accumulate(int(day in begins) for day, _ in rows)
    points: dict[str, list[Any]] = {}
    phases = []
    lines = None
    for group, part in groupby(zip(groups, rows, strict=True), itemgetter(0)):
        phase = [row for _, row in part]
        columns, lines = _phase(phase, group, direction, fix_after_n_points, screen_outliers, drawn)
        for name, column in columns.items():
            points.setdefault(name, []).extend(column)
        phases.append(_summary(group, columns, lines))
    assert lines is not None
    variation = points["point_type"][-1]
    notes, doubtful = guard(
        [value for _, value in rows], phases, trial=points["short_group_warning"][-1]
    )
    assurance = _assurance(target, lines, direction)
    return Analysis(
        points,
        variation,
        _variation_icon(variation, direction),
        assurance,
        {"consistent_pass": "pass", "consistent_fail": "fail"}.get(assurance or "", assurance),
        tuple(phases),
        (TRIAL,) if any(points["short_group_warning"]) else (),
        notes,
        preset,
        doubtful,
    )


def _rows(
    values: Iterable[float | None], dates: Iterable[str | date] | None
) -> list[tuple[Any, Number]]:
    """The days and values, in order of day."""
    numbers = [_number(each) for each in values]
    days: list[Any] = (
        list(range(1, len(numbers) + 1)) if dates is None else [_key(day) for day in dates]
    )
    if len(days) != len(numbers):
        raise ValueError("There are not as many dates as values.")
    if not numbers:
        raise ValueError("There is no value.")
    if len(set(days)) < len(days):
        raise ValueError("A date comes twice.")
    return sorted(zip(days, numbers, strict=True), key=itemgetter(0))


def _key(day: Any) -> Any:
    if isinstance(day, date | datetime):
        return day.isoformat()
    if isinstance(day, str):
        datetime.fromisoformat(day)  # ValueError says which
    return day


def _number(value: Any) -> Number:
    if value is None:
        return None
    number = float(value)
    return number if isfinite(number) else None


def _phase(
    rows: Sequence[tuple[Any, Number]],
    group: int,
    direction: int,
    fixed: int | None,
    screened: bool,
    drawn: Preset,
) -> tuple[dict[str, list[Any]], ControlLimits]:
    size = len(rows)
    values = [value for _, value in rows]
    baseline = [value if fixed is None or at < fixed else None for at, value in enumerate(values)]
    lines = limits(baseline, screened=screened and drawn.screens)
    sides = [signals.side(value, lines.mean) for value in values]
    outside = [signals.outside(value, lines) for value in values]
    close = [signals.near(value, lines) for value in values]
    types = signals.types(
        values,
        sides,
        outside,
        close,
        outside_counts=drawn.outside_counts,
        gaps_break=drawn.gaps_break,
    )
    return {
        "date": [day for day, _ in rows],
        "value": values,
        "rebase_group": [group] * size,
        "short_group_warning": [size < TRIAL_BELOW] * size,
        "baseline_value": baseline,
        "moving_range_used": lines.ranges,
        "mean_moving_range": [lines.mean_range] * size,
        "mean": [lines.mean] * size,
        "lpl": [lines.lower] * size,
        "upl": [lines.upper] * size,
        "nlpl": [lines.near_lower] * size,
        "nupl": [lines.near_upper] * size,
        "outside_limits": outside,
        "relative_to_mean": sides,
        "close_to_limits": close,
        "special_cause_type": types,
        "special_cause_flag": [each != signals.COMMON for each in types],
        "point_type": [_point_type(each, direction) for each in types],
    }, lines


def _point_type(special: str, direction: int) -> str:
    if special == signals.COMMON:
        return "common_cause"
    high = "Above" in special or "Increasing" in special
    if not direction:
        return f"special_cause_neutral_{'high' if high else 'low'}"
    return f"special_cause_{'improvement' if high == (direction > 0) else 'concern'}"


def _variation_icon(variation: str, direction: int) -> str:
    kind = variation.removeprefix("special_cause_")
    if kind == "improvement":
        return f"improvement_{'high' if direction > 0 else 'low'}"
    if kind == "concern":
        return f"concern_{'low' if direction > 0 else 'high'}"
    return kind


def _assurance(target: float | None, lines: ControlLimits, direction: int) -> str | None:
    """Whether the target is met always, never or sometimes, by the limits of the last phase."""
    if target is None or not direction:
        return None
    if lines.lower is None or lines.upper is None or lines.lower <= target <= lines.upper:
        return "inconsistent"
    return f"consistent_{'pass' if (target < lines.lower) == (direction > 0) else 'fail'}"


def _summary(group: int, columns: Mapping[str, list[Any]], lines: ControlLimits) -> dict[str, Any]:
    kinds = columns["point_type"]
    return {
        "rebase_group": group,
        "n": len(kinds),
        "mean": lines.mean,
        "lpl": lines.lower,
        "upl": lines.upper,
        "common_cause": kinds.count("common_cause"),
        "special_cause_improvement": kinds.count("special_cause_improvement"),
        "special_cause_concern": kinds.count("special_cause_concern"),
        "variation_type": kinds[-1],
    }
