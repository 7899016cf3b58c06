"""Whether what was done answers a STOP: a STOP is about now, and something due tomorrow is not done now."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action
from spoc.model.rules.clock import Hours, shown_instant
from spoc.model.rules.codes import Pack
from spoc.model.rules.due import DueRule, due
from spoc.model.rules.guiding.guide import Prompt
from spoc.model.values.instants import utc_text

LIMIT = "stop"  # limit in the pack: how late what answers a STOP may be due


def too_late(
    prompt: Prompt,
    done: Iterable[str],
    agreed: Sequence[Action],
    pack: Pack,
    hours: Hours,
    now: datetime,
) -> str:
    """Why the ticked actions do not answer a STOP, as a sentence; "" if one of them is done, or due in
    time."""
    latest = _latest(prompt, pack, hours, now)
    late = ""
    for code in done:
        action = next((each for each in reversed(agreed) if each.code == code), None)
        known = pack.find("action", code)
        usual = Action(code, due=known.due if known else "", at=utc_text(now))
        found = due_of(action or usual, hours)
        if found is None or found.at is None or latest is None or found.at <= latest:
            return ""
        late = late or f"“{pack.label('action', code)}” is due {shown_instant(found.at)}"
    if not late:
        return ""
    return f"{late}, and this is for now. Tick what is done now, or press o and say why not."


def _latest(prompt: Prompt, pack: Pack, hours: Hours, now: datetime) -> datetime | None:
    """The latest time at which what answers a STOP may be due; None if nothing says."""
    if prompt.within:
        return due(DueRule.parse(prompt.within), now, hours).at
    limit = pack.limits.get(LIMIT)
    return now + limit if limit is not None else None
