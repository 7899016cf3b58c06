"""Sentences beside a chart, if its limits cannot be relied on."""

from collections.abc import Mapping, Sequence
from typing import Any

from spoc.model.spc.limits import Number

# The reference's own sentence, unchanged.
TRIAL = (
    "Some groups have 'n < 12' observations. These have trial limits, which will be revised with each"
    " additional observation until 'n = fix_after_n_points' has been reached."
)
LOW_MEAN = 2  # for counts: below it most charts show a false signal

_INSTEAD = "Take a longer period, or chart the time between events (g or t chart)."


def guard(
    values: Sequence[Number], phases: Sequence[Mapping[str, Any]], *, trial: bool
) -> tuple[tuple[str, ...], bool]:
    """Sentences for whoever reads the chart, about its last phase: low counts, no width, trial limits; and
    whether its signals are in doubt."""
    last = phases[-1]
    known = [each for each in values if each is not None]
    counts = all(each >= 0 and each == int(each) for each in known)
    parts = []
    if last["lpl"] is None:
        parts.append("The limits are undefined: nothing is a signal here.")
    elif last["lpl"] == last["upl"]:
        parts.append("The limits have no width: any change looks like a signal.")
    if counts and last["mean"] is not None and last["mean"] < LOW_MEAN:
        parts.append(
            f"Counts this low (a mean below {LOW_MEAN}) show false signals in most charts."
        )
    doubtful = bool(parts)
    if parts:
        parts[-1] += f" {_INSTEAD}"
    if trial:
        parts.append("Trial limits: they rest on few points and will change with each new one.")
    return tuple(parts), doubtful
