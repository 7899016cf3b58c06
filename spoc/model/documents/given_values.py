"""Values from other programs: a time, a day, a due time, a code. Each is refused with a sentence."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from spoc.model.errors import BadInput
from spoc.model.hearing.code_match import PLAIN, Ways, exact, meant
from spoc.model.rules.clock import Hours, from_local, to_local
from spoc.model.rules.codes import Code
from spoc.model.rules.due import DueRule, parse_due
from spoc.model.values.dates import parse_day, quoted

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099  # years outside these are slips
_FEW = 8  # if none is similar, a list with up to this many codes is named in full


def instant(text: str) -> tuple[datetime, str]:
    """The UTC instant in ISO 8601 text, and a word if it is doubtful; without an offset it is London time.
    Raises BadInput, also for a time that the clocks left out."""
    typed = text.strip().upper()
    match = _INSTANT.fullmatch(typed)
    try:
        if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
            raise ValueError
        read_as = datetime.fromisoformat(typed)
    except ValueError:
        raise BadInput(
            f"{quoted(text)} is not a time: write 2026-11-20T09:14Z, or 2026-11-20T09:14 for London time."
        ) from None
    if read_as.tzinfo is not None:
        return read_as.astimezone(UTC), ""
    at, word = from_local(read_as)
    if to_local(at).replace(tzinfo=None) != read_as:
        raise BadInput(
            f"{quoted(text)} did not exist, as the clocks went forward: write what the clock showed."
        )
    return at, word or ""


def day(text: str, today: date, *, past: bool) -> date:
    """The day in ISO 8601 text, or as people type it. Raises BadInput."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return parse_day(text, today, past)
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise BadInput(f"{quoted(text)} is not a date I recognise.") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise BadInput(f"{quoted(text)} is not a date I recognise: it would be in {found.year}.")
    if past and found > today:
        raise BadInput(f"{quoted(text)} is still to come.")
    return found


def due_rule(text: str, start: datetime, hours: Hours) -> str:
    """A due time in its standard spelling: a rule, ISO 8601, or as typed. Raises BadInput."""
    typed = text.strip()
    if _INSTANT.fullmatch(typed.upper()):
        return str(DueRule(instant(typed)[0]))
    if _DAY.fullmatch(typed):
        return str(DueRule(day(typed, to_local(start).date(), past=False)))
    return str(parse_due(typed, start, hours))


def code_of(text: str, offered: Sequence[Code], every: Sequence[Code], by: Ways = PLAIN) -> Code:
    """The code that is meant, by its code or an abbreviation. Raises BadInput with similar ones."""
    found = next((code for code in offered if code.code == text), None) or exact(text, offered)
    if found:
        return found
    if exact(text, every):
        raise BadInput(f"{quoted(text)} is not in use on that day.")
    few = offered if len(offered) <= _FEW else ()
    listed = ", ".join(
        f"{code.code} ({code.label})" for code in meant(text, offered, by).offered[:3] or few
    )
    if text.strip().casefold() in by.unsure:
        raise BadInput(
            f"{quoted(text)} can mean several things: write the code"
            + (f", such as {listed}." if listed else ".")
        )
    raise BadInput(
        f"{quoted(text)} is not a code there" + (f"; near it: {listed}." if listed else ".")
    )
