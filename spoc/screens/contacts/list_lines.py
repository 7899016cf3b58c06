"""How a contact or a draft reads as one line of a list: the same on the board and in the list."""

from collections.abc import Sequence
from datetime import date, datetime

from textual.content import Content

from spoc.model.forms.form_input import labels
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import NO_NAMES, children_words, where_was_i
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import MONTHS, WEEKDAYS
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.storage.contacts.contacts import Row
from spoc.storage.contacts.drafts import Draft
from spoc.widgets.cells import fitted

_NOBODY = {NO_NAMES: "no names"}


def when(at: str, today: date) -> str:
    """A time in a list: 09:14 today, else the day and the time; local."""
    local = to_local(from_text(at))
    if local.date() == today:
        return f"{local:%H:%M}"
    day = f"{local.day:2} {MONTHS[local.month - 1]}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"


def day(at: str, today: date) -> str:
    """A day in a list: of a restricted contact nothing else is said."""
    local = to_local(from_text(at))
    year = "" if local.year == today.year else f" {local.year}"
    return "today" if local.date() == today else f"{local.day:2} {MONTHS[local.month - 1]}{year}"


def long_day(now: datetime) -> str:
    """Today, in the header: "Fri 20 Nov 2026"."""
    local = to_local(now)
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def contact_line(row: Row, pack: Pack, today: date, width: int, *, named: bool = True) -> Content:
    """A contact: when, which child, who rang from where, what about, how it ended.

    ``named`` is False for a role that sees no names: then nobody is said to be without one.
    """
    marks = (("OPEN", row.open), ("near", row.near), ("late", row.late), ("amended", row.amended))
    signs = ", ".join(word for word, so in marks if so)
    if row.restricted:
        return _columns(width, day(row.received_at, today), "restricted contact", "", "", "", signs)
    child = ", ".join(row.children) or _NOBODY.get(row.identity, "")
    about = ", ".join(row.issues) or pack.label("category", row.category)
    return _columns(
        width,
        when(row.received_at, today),
        child if named else "not shown",
        (row.caller or "unnamed caller") if named else "not shown",
        row.service,
        about,
        pack.label("outcome", row.outcome),
        f"({signs}) " if signs else "",
        row.why,
    )


def draft_line(
    draft: Draft, number: int, author: str, form: Sequence[Field], today: date, width: int
) -> Content:
    """A call that waits: its number, who has it and where they were; no closed contact looks so.

    Among contacts it has no number (0) and says that it is waiting.
    """
    sheet = draft.sheet
    if draft.shut:
        at = f"{number or '☎'} {day(sheet.opened_at, today)}"
        return _columns(width, at, "restricted call", "", "", "", f"by {author}").stylize(
            "$warning"
        )
    word = "parked by" if sheet.parked_at else "draft by"
    if not number:
        word = "waiting,"
    line = _columns(
        width,
        f"{number or '☎'} {when(sheet.opened_at, today)}",
        children_words(sheet) or "no child yet",
        sheet.caller.name or sheet.pending.get("caller", "") or "no caller yet",
        sheet.values.get("service", ""),
        where_was_i(sheet, labels(form)) or ", ".join(sheet.many.get("issues", ())),
        f"{word} {author}",
    )
    return line.stylize("$warning")


def _columns(
    width: int,
    at: str,
    child: str,
    caller: str,
    service: str,
    about: str,
    end: str,
    signs: str = "",
    why: str = "",
) -> Content:
    """The columns of a line; on a narrow screen the caller's service goes first. ``why`` is dim."""
    wide = width >= 100
    room = max(0, width - 14 - (12 if wide else 0))
    sizes = (13, room * 25 // 100, room * 22 // 100, 12 if wide else 0, room * 25 // 100)
    texts = (at, child, caller, service, about)
    cells = [
        (fitted(visible(text), size - 1) + " ", style)
        for text, size, style in zip(texts, sizes, ("$dim", "bold", "", "", ""), strict=True)
        if size > 0  # what has no room on a window this narrow
    ]
    found = (f"{why}  " if why else "", "$dim")
    return Content.assemble(*cells, signs, found, visible(end))
