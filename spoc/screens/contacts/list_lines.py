"""A contact or a draft as one line of a list: the same on the board and in the list."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from spoc.model.forms.form_input import labels
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import NO_NAMES, children_words, where_was_i
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import BRIEF, Pack
from spoc.model.values.dates import MONTHS, WEEKDAYS
from spoc.model.values.instants import from_text
from spoc.model.values.reference import reference
from spoc.screens.desk.pages.list_screen import ListColumn, line, widths
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.widgets.pages.cells import cropped, people
from spoc.widgets.pages.rows import Rows

_NOBODY = {NO_NAMES: "no names"}
_WEEK = timedelta(days=7)
_WIDE = 100  # cells from which the list also shows the caller's service
_SERVICE = 6  # cells below which a service that is cut says nothing


def when(at: str, today: date) -> str:
    """A time in a list: 09:14 today, "Wed 09:14" within six days, otherwise the day; local."""
    local = to_local(from_text(at))
    if local.date() == today:
        return f"{local:%H:%M}"
    if abs(today - local.date()) < _WEEK:
        return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"
    day = f"{local.day:2} {MONTHS[local.month - 1]}"
    return day if local.year == today.year else f"{day} {local.year}"


def day(at: str, today: date) -> str:
    """A day in a list: for a restricted contact there is nothing else."""
    local = to_local(from_text(at))
    year = "" if local.year == today.year else f" {local.year}"
    return "today" if local.date() == today else f"{local.day:2} {MONTHS[local.month - 1]}{year}"


def long_day(now: datetime) -> str:
    """Today, in the header: "Fri 20 Nov 2026"."""
    local = to_local(now)
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def heading(width: int, at: str = "When") -> Content:
    """The names of the columns, above a list."""
    columns = _columns(width, at)
    return Content("  ") + line(columns, [(each.label, "$dim") for each in columns], width)


def contact_line(
    row: ContactRow, pack: Pack, today: date, width: int, *, named: bool = True
) -> Content:
    """A contact: when, which child, what about, who rang from where, where it stands.

    ``named`` is False for a role that sees no names: the line then does not say that a name is missing.
    """
    marks = (("near", row.near), ("late", row.late), ("amended", row.amended))
    signs = [word for word, so in marks if so]
    if row.restricted:
        return _line(width, day(row.received_at, today), "", "restricted contact", "", signs)
    child = children_of(row)
    issues = [pack.brief("issue", each) for each in row.issues]
    about = _first_and_more(issues) or pack.brief("category", row.category)
    caller = row.caller or "unnamed caller"
    service = pack.brief("service", row.service)
    state = "OPEN" if row.open else pack.brief("outcome", row.outcome)
    return _line(
        width,
        when(row.received_at, today),
        child if named else "not shown",
        about,
        _who(width, caller if named else "not shown", service),
        [state, *signs],
        row.why,
        reference(row.id) if width >= _WIDE else "",
    )


def children_of(row: ContactRow) -> str:
    """Whom a contact is about, in a list."""
    nobody = "no child yet" if row.open else ""
    return "; ".join(row.children) or _NOBODY.get(row.identity, nobody)


def marked_reference(rows: Rows[Any]) -> str:
    """The reference of the marked contact, for a window in which the lines have no room for it."""
    item = rows.item
    if not isinstance(item, ContactRow) or item.restricted or rows.screen.size.width - 4 >= _WIDE:
        return ""
    return f"marked: {reference(item.id)}"


def draft_line(
    draft: Draft,
    number: int,
    author: str,
    form: Sequence[Field],
    today: date,
    width: int,
    pack: Pack,
) -> Content:
    """A waiting call: its number, its worry if there is one, who has it and the field where they stopped.

    Among contacts it has no number (0) and says that it is waiting.
    """
    sheet = draft.sheet
    if draft.shut:
        at = f"{number or '☎'} {day(sheet.opened_at, today)}"
        return _line(width, at, "", "restricted call", "", [f"by {author}"]).stylize("$warning")
    where = where_was_i(sheet, labels(form, pack.guide.questions))
    by = author if where else f"{'parked' if sheet.parked_at else 'draft'} by {author}"
    issues = [pack.brief("issue", each) for each in sheet.many.get("issues", ())]
    caller = sheet.caller.name or sheet.pending.get("caller", "") or "no caller yet"
    line = _line(
        width,
        f"{number or '☎'} {when(sheet.opened_at, today)}",
        children_words(sheet) or "no child yet",
        _first_and_more(issues) or pack.brief("category", sheet.values.get("category", "")),
        _who(width, caller, pack.brief("service", sheet.values.get("service", ""))),
        ["" if number else "waiting", where, by],
    )
    return line.stylize("$warning")


def _who(width: int, caller: str, service: str) -> str:
    """Who rang and, if there is room, from which service: their forename becomes an initial before that is cut."""
    if width < _WIDE or not service:
        return caller
    room = widths(_columns(width), width)[3] - 1
    short = people(caller, room - cell_len(f" · {service}"))
    if not short.endswith("…"):
        return f"{short} · {service}"
    short = people(caller, cell_len(caller) - 1)
    left = room - cell_len(f"{short} · ")
    return f"{short} · {cropped(service, left)}" if left >= _SERVICE else caller


def _line(
    width: int,
    at: str,
    child: str,
    about: str,
    caller: str,
    states: Sequence[str],
    why: str = "",
    ref: str = "",
) -> Content:
    """A line, with its reference at the end if there is room."""
    words = "  ".join(filter(None, (why, ", ".join(filter(None, states)), ref)))
    cells = ((at, "$dim"), (child, "bold"), about, caller, words)
    return line(_columns(width), cells, width)


def _columns(width: int, at: str = "When") -> tuple[ListColumn, ...]:
    """The first column fits a time and a number; the third a short label, and how many more there are."""
    wide = width >= _WIDE  # then also the service, and the reference at the end
    return (
        ListColumn(at, 12),
        ListColumn("Child", share=30 if wide else 37, people=True),
        ListColumn("Worry", BRIEF + 4),
        ListColumn("Who rang", share=32 if wide else 25, people=not wide),
        ListColumn("Where it stands"),
    )


def _first_and_more(labels: Sequence[str]) -> str:
    """The first of several labels, and how many more there are: "Burn or scald +1"."""
    return " ".join([*labels[:1], *([f"+{len(labels) - 1}"] if len(labels) > 1 else [])])
