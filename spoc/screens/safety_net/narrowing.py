"""The words of the worklist's filter: a department, a flag, a day, and a few of its own."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from spoc.model.attendance.flags import FlagRule
from spoc.model.errors import BadInput
from spoc.model.values.dates import parse_day
from spoc.storage.attendances.listing import WorklistFilter

ASKED = (
    "a department, a flag, a day, mine, late, reviewed, cancelled; empty shows all that are waiting"
)


def understood(
    text: str, rules: Sequence[FlagRule], sites: Collection[str], today: date
) -> WorklistFilter:
    """What the words of a filter ask for. Raises BadInput with the word that means nothing."""
    wanted = WorklistFilter(unreviewed=True)
    for word in text.split():
        plain = word.casefold()
        site = next((each for each in sorted(sites) if plain in each.casefold()), "")
        rule = next((each for each in rules if plain in _names(each)), None)
        if plain == "mine":
            wanted = replace(wanted, mine=True)
        elif plain == "late":
            wanted = replace(wanted, late=True)
        elif plain in ("cancelled", "merged"):
            wanted = replace(wanted, unreviewed=False, gone=True)
        elif plain in ("reviewed", "all"):
            wanted = replace(wanted, unreviewed=False)
        elif rule:
            wanted = replace(wanted, flag=rule.code)
        elif site:
            wanted = replace(wanted, site=site)
        else:
            wanted = replace(wanted, day=str(_day(word, today)))
    return wanted


def _names(rule: FlagRule) -> tuple[str, ...]:
    return (rule.code.casefold(), *rule.title.replace(",", " ").casefold().split())


def _day(word: str, today: date) -> date:
    try:
        return parse_day(word, today, past=True)
    except BadInput:
        raise BadInput(f"“{word}” is not a department, flag or day here. Write: {ASKED}.") from None
