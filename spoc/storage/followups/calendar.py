"""The service's calendar: its closure days, when the desk and social care are there; and what a change moves."""

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.rules.clock import parse_week
from spoc.storage.followups import followups
from spoc.storage.service import settings
from spoc.storage.store import Store

KEYS = ("closures", "hours.desk", "hours.csc")
NONE = "none"


def change(store: Store, actor: Actor, key: str, value: str) -> tuple[str, int]:
    """Set a key of the calendar, at once in force; gives the value as it is kept, and how many open due times it
    moved. "none" (or nothing) leaves the closures empty and brings back the pack's hours. Raises BadInput."""
    text = "" if value.strip().casefold() in ("", NONE) else value.strip()
    if key == "closures":
        text = _closures(text)
    elif text:
        parse_week(text)
    settings.change(store, actor, key, text).result()
    settings.take(store)
    return text, followups.work_out_again(store, actor).result()


def _closures(text: str) -> str:
    days = settings.closures(text)
    if len(days) != len(text.replace(",", " ").split()):
        raise BadInput(
            "Closure days are dates such as 2026-12-24, with blanks between, or none; nothing was changed."
        )
    return " ".join(sorted({day.isoformat() for day in days}))
