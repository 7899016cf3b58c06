"""A follow-up as one line of the queue or of the board, and in full below the list."""

import re
from collections.abc import Mapping
from datetime import datetime

from rich.cells import cell_len
from textual.content import Content

from spoc.model.followups.followup import OVERDUE, TODAY, FollowUp, moved_words
from spoc.model.rules.clock import Hours, shown_instant, to_local
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import WEEKDAYS
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, widths
from spoc.screens.desk.pages.list_screen import line as in_columns

COLUMNS = (
    ListColumn("Due", 18),
    ListColumn("What", share=42),
    ListColumn("Child", share=30, people=True),
    ListColumn("Who"),
)
ASK_HOLDER = "ASK who holds it"  # while nobody is there
_BRACKETS = re.compile(r" \([^)]*\)")
_STYLE = {OVERDUE: "bold $error-words", TODAY: "bold $warning"}


def line(
    each: FollowUp, pack: Pack, users: Mapping[bytes, str], hours: Hours, now: datetime, width: int
) -> Content:
    """When, what, about whom, who has it: one line."""
    state = each.state(now)
    words = brief(pack, each.code, widths(COLUMNS, width)[1] - 1)
    about = "restricted" if each.restricted else "; ".join(each.children)
    if each.ended:
        cells = (f"  {_end(each, now)}", words, about, _ended_by(each, users))
        return in_columns(COLUMNS, cells, width).stylize("$dim")
    sign = "! " if state == OVERDUE else "  "
    if each.died:
        words = f"{'STOP, child died' if each.stops(pack) else 'child died'}: {words}"
    who: Cell = (held_by(each, users), "" if each.claimed_by else "$dim")
    if each.asks_holder(hours, now):
        who = (ASK_HOLDER, "bold $warning")
    due = (sign + each.when(now), _STYLE.get(state, ""))
    return in_columns(COLUMNS, (due, (words, "bold"), about, who), width)


def _end(each: FollowUp, now: datetime) -> str:
    """How one ended, and when."""
    local = to_local(from_text(each.ended_at)) if each.ended_at else to_local(now)
    today = local.date() == to_local(now).date()
    at = f"{local:%H:%M}" if today else WEEKDAYS[local.weekday()]
    word = {"kept": "kept", "not-done": "not done"}.get(each.ended, "stopped")
    return f"{word} {at}"


def _ended_by(each: FollowUp, users: Mapping[bytes, str]) -> str:
    """Who said that it ended, and why."""
    by = users.get(each.ended_by, "a colleague")
    return f"{by}: {each.ended_why}" if each.ended_why else by


def brief(pack: Pack, code: str, room: int = 0) -> str:
    """The words for an action in a list: its label without the part in brackets, or the short one if that
    takes more than ``room`` cells (0: any length)."""
    words = _BRACKETS.sub("", pack.label("action", code)) or code
    return pack.brief("action", code) if room and cell_len(words) > room else words


def held_by(each: FollowUp, users: Mapping[bytes, str]) -> str:
    """Who has it: the person who claimed it, otherwise the one who promised it; two if two desks claimed it
    while apart."""
    if len(each.disputed.get("claimed_by", ())) > 1:
        names = [_name(claim, users) for claim in each.disputed["claimed_by"]]
        return f"claimed twice: {' and '.join(names)}"
    if each.claimed_by:
        return f"claimed: {users.get(each.claimed_by, 'a colleague')}"
    return each.who or "nobody yet"


def _name(claim: str, users: Mapping[bytes, str]) -> str:
    try:
        return users.get(bytes.fromhex(claim), "a colleague") if claim else "nobody"
    except ValueError:
        return "a colleague"


def in_full(each: FollowUp, pack: Pack, users: Mapping[bytes, str], hours: Hours) -> str:
    """Everything known about one, for the lines below the list."""
    due = shown_instant(from_text(each.due_at)) if each.wakes and each.due_at else "not known"
    closed = each.closed(hours)
    ended = ""
    if each.ended and each.ended_at:
        by = users.get(each.ended_by, "a colleague")
        ended = f"{each.ended} {shown_instant(from_text(each.ended_at))}, as {by} said"
    parts = [
        "" if each.restricted else "; ".join(each.children),
        ended,
        f"{pack.label('action', each.code)}: {each.who or 'nobody named'}, by {due}"
        + (f" ({closed})" if closed else ""),
        held_by(each, users) if each.claimed_by else "",  # the list may ask who holds it instead
        "Two desks claimed this: c claims it for you and settles it"
        if "claimed_by" in each.disputed
        else "",
        each.died
        and (
            f"{each.died}: it goes to the family, so it stops; x asks why it is done anyway"
            if each.stops(pack)
            else each.died
        ),
        f"ring {each.caller or 'the caller'} on {each.callback}" if each.callback else "",
        f"put off to {shown_instant(from_text(each.snoozed_to))}: {each.snoozed_why}"
        if each.snoozed_to
        else "",
        moved_words(each),
        f"held by {each.holder}, {each.holder_bleep}, since {each.holder_since}; safe tonight: "
        f"{each.safe_tonight}, {each.safe_with}"
        if each.holder
        else "",
        f"agreed {shown_instant(from_text(each.at))}" if each.at else "",
    ]
    return visible(" · ".join(filter(None, parts)))
