"""A control chart, independent of what draws it: lines, letters, words and colours.

Nothing depends on colour alone: H and L mark a special cause above or below, P, F and ? say whether the
target is met.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spoc.model.spc import PRESETS, Analysis, Rare
from spoc.model.values.dates import shown_day

COLOURS = {
    "common_cause": "#a6a6a6",
    "improvement": "#00b0f0",
    "concern": "#e46c0a",
    "neutral": "#490092",
}
VARIATION = {
    "common_cause": "common cause, nothing but noise",
    "improvement_high": "H improvement, high",
    "improvement_low": "L improvement, low",
    "concern_high": "H concern, high",
    "concern_low": "L concern, low",
    "neutral_high": "H special cause, high",
    "neutral_low": "L special cause, low",
}
ASSURANCE = {
    "pass": "P the target is met whatever the noise",
    "fail": "F the target is missed whatever the noise",
    "inconsistent": "? the target is met or missed by chance",
}
FLOORED = "The lower limit lies below 0 and is drawn at 0."
TOPPED = "The upper limit lies above 100 % and is drawn at 100 %."


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One point: its day, its value (None is a gap), the position of the lines there, and whether it is a
    special cause: ``kind`` names the colour, ``letter`` says it in black and white."""

    day: str
    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    kind: str = "common_cause"
    letter: str = ""
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to draw. ``marks`` are notes on days; ``notes`` sentences beneath it. ``doubtful``: counts
    too low, or limits that say nothing, so that nobody should act on a signal. ``sign`` follows its
    numbers."""

    title: str
    points: tuple[ChartPoint, ...]
    notes: tuple[str, ...]
    verdict: str = ""
    assurance: str = ""
    target: float | None = None
    marks: tuple[tuple[str, str], ...] = ()
    doubtful: bool = False
    sign: str = ""

    @property
    def latest(self) -> str:
        """What the latest point shows, because earlier points may be signals although it is not."""
        return f"Latest point: {self.verdict}" if self.verdict else ""


def of_analysis(
    title: str,
    found: Analysis,
    target: float | None = None,
    marks: Sequence[tuple[str, str]] = (),
    *,
    percent: bool = False,
) -> Chart:
    """The chart of an XmR analysis. A lower limit for counts is never below 0, an upper one for percentages
    never above 100."""
    columns = found.points
    known = [value for value in columns["value"] if value is not None]
    counts = all(value >= 0 for value in known)
    lowest = [lower for lower in columns["lpl"] if lower is not None]
    floored = counts and any(lower < 0 for lower in lowest)
    topped = percent and any(upper is not None and upper > 100 for upper in columns["upl"])
    points = tuple(
        ChartPoint(
            str(day),
            value,
            mean,
            max(0.0, lower) if counts and lower is not None else lower,
            min(100.0, upper) if percent and upper is not None else upper,
            _kind(special),
            _letter(cause),
            phase,
        )
        for day, value, mean, lower, upper, special, cause, phase in zip(
            columns["date"],
            columns["value"],
            columns["mean"],
            columns["lpl"],
            columns["upl"],
            columns["point_type"],
            columns["special_cause_type"],
            columns["rebase_group"],
            strict=True,
        )
    )
    drawn = f"Drawn by {PRESETS[found.preset].label}."
    return Chart(
        title,
        points,
        (*found.notes, *([FLOORED] if floored else []), *([TOPPED] if topped else []), drawn),
        VARIATION[found.variation_icon],
        ASSURANCE.get(found.assurance_icon or "", ""),
        target,
        tuple(marks),
        found.doubtful,
        "%" if percent else "",
    )


def of_rare(title: str, found: Rare) -> Chart:
    """The chart of the time between events."""
    letters = {"long": "H", "short": "L", "": ""}
    points = tuple(
        ChartPoint(
            day.isoformat(),
            value,
            found.centre,
            found.lower,
            found.upper,
            "neutral" if signal else "common_cause",
            letters[signal],
        )
        for day, value, signal in zip(found.dates, found.values, found.signals, strict=True)
    )
    last = found.signals[-1] if found.signals else ""
    verdict = {"long": "H longer than usual", "short": "L shorter than usual"}.get(
        last, VARIATION["common_cause"]
    )
    kind = "a geometric count" if found.kind == "g" else "a time, transformed"
    notes = [f"{found.kind} chart: days since the event before, as {kind}; each event is a point."]
    if found.upper is None:
        same = len(found.values) > 2 and len(set(found.values)) == 1
        why = "The events are always the same time apart" if same else "Too few events for limits"
        notes.insert(0, f"{why}: nothing is a signal here.")
    return Chart(title, points, tuple(notes), verdict)


def label(day: str) -> str:
    """A point's day as people read it."""
    try:
        return shown_day(date.fromisoformat(day[:10]))
    except ValueError:
        return day


def number(value: float | None) -> str:
    """A number in short form: 12, 12.3, or a dash if there is none."""
    if value is None:
        return "–"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def summary(chart: Chart) -> str:
    """The last point and the lines around it, in one sentence."""
    if not chart.points:
        return "No points."
    last = chart.points[-1]
    value, mean, lower, upper = (
        number(each) + (chart.sign if each is not None else "")
        for each in (last.value, last.mean, last.lower, last.upper)
    )
    limits = f"{lower} to {upper}" if last.upper is not None else "none"
    return f"Latest {value} ({label(last.day)}), mean {mean}, limits {limits}"


def _kind(special: str) -> str:
    for kind in ("improvement", "concern", "neutral"):
        if kind in special:
            return kind
    return "common_cause"


def _letter(cause: str) -> str:
    if "Above" in cause or "Increasing" in cause:
        return "H"
    return "L" if cause != "Common Cause" else ""
