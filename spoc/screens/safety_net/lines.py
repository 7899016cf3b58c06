"""An attendance as one line of the worklist, and the counts and alarms above it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rich.cells import cell_len
from textual.content import Content

from spoc.model.attendance.cell_values import age_in_months, from_text
from spoc.model.attendance.coverage import NONE_YET, Day
from spoc.model.attendance.flags import IN_DEPARTMENT, ON_WARD
from spoc.model.ledger.entry import Actor
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import WEEKDAYS, age, shown_day
from spoc.model.values.plain import visible
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, widths
from spoc.screens.desk.pages.list_screen import line as in_columns
from spoc.storage.attendances import coverage, listing, telling
from spoc.storage.attendances.listing import WorklistCounts, WorklistRow
from spoc.storage.store import Store
from spoc.widgets.pages.cells import cropped

UNKNOWN_AGE = "?"
SITE = ListColumn("Site", 5)


def age_words(line: WorklistRow) -> str:
    """The age at arrival: from a known date of birth, otherwise as the list writes it, otherwise "?"."""
    if line.birth_date:
        born, on = date.fromisoformat(line.birth_date), from_text(line.arrived).day
        number, _, unit = age(born, on).partition(" ")
        return f"{number} {'mth' if unit.startswith('month') else unit[0]}"
    return line.age if line.age and age_in_months(line.age) is not None else UNKNOWN_AGE


def arrived_words(line: WorklistRow, today: date) -> str:
    """When a child arrived: 02:14 today, "Wed 02:14" within a week, otherwise the day."""
    when = from_text(line.arrived)
    clock = when.at.strftime("%H:%M") if when.at else "--:--"
    if when.day == today:
        return clock
    if 0 < (today - when.day).days < 7:
        return f"{WEEKDAYS[when.day.weekday()]} {clock}"
    return shown_day(when.day).replace(str(when.day.year), f"{when.day.year % 100:02}")


def flag_titles(codes: Sequence[str], pack: Pack) -> list[str]:
    """The titles of flags in the order of the pack; an unknown code as it is."""
    known = [rule.title for rule in pack.book.rules if rule.code in codes]
    return known + [code for code in codes if code not in pack.book.by_code]


def moment_words(text: str) -> str:
    """A local day and time of a list, in words: "23 Nov 2026 02:37"."""
    when = from_text(text)
    return f"{shown_day(when.day)}{when.at.strftime(' %H:%M') if when.at else ''}"


def state_words(line: WorklistRow, pack: Pack, taken: str) -> str:
    """A case's state: in the department, taken by whom, reviewed how, waiting again."""
    parts = []
    if line.closed:
        return "restricted"
    if line.restricted:
        parts.append("RESTRICTED")
    if line.state:
        return line.state
    if line.late_why and line.reviewed is None:
        return f"late: {line.late_why}"
    if not line.departed and line.rank == IN_DEPARTMENT:
        parts.append("IN ED")
    elif line.rank == ON_WARD:
        parts.append("WARD")
    if line.reopened and line.reviewed is None:
        parts.append("CHANGED")
    if taken:
        parts.append(taken)
    if line.disposition:
        parts.append("clear" if line.one_key else pack.label("disposition", line.disposition))
    return " ".join(parts)


def attendance_line(
    line: WorklistRow, pack: Pack, today: date, width: int, taken: str = ""
) -> Content:
    """An attendance: when, how old, who, what with, which flags, where it stands."""
    titles = flag_titles(line.flags, pack)
    old = age_words(line)
    who = line.name or ("not for you" if line.closed else "name not given")
    cells: list[Cell] = [
        (arrived_words(line, today), "$dim"),
        (old, "bold" if old == UNKNOWN_AGE else ""),
        (who, "bold"),
        " ".join(line.complaint.split()) or "(no complaint)",
        "",  # the flags, as many as have room
        (line.site.removeprefix("ED-"), "$dim"),
        (state_words(line, pack, taken), "bold"),
    ]
    here = columns(width)
    why = next(at for at, each in enumerate(here) if each.label == "Why")
    cells[why] = (reasons(titles, widths(here, width)[why] - 1), "$warning" if titles else "$dim")
    return in_columns(here, cells if SITE in here else [*cells[:-2], cells[-1]], width)


def reasons(titles: Sequence[str], room: int) -> str:
    """As many whole titles as there is room for, and how many more there are: "under 1, injury · +2"."""
    for n in range(len(titles), 0, -1):
        text = " · ".join(titles[:n]) + (f" · +{len(titles) - n}" if n < len(titles) else "")
        if cell_len(text) <= room:
            return text
    if not titles:
        return "–"
    more = f" +{len(titles) - 1}" if len(titles) > 1 else ""
    return cropped(titles[0], room - len(more)) + more


def columns(width: int) -> tuple[ListColumn, ...]:
    """The columns of the worklist; on a narrow screen the site goes."""
    wide = width >= 100
    return (
        *(
            ListColumn("Arrived", 10),
            ListColumn("Age", 7),
            ListColumn("Name", share=31, people=True),
        ),
        *(ListColumn("Came with", share=33), ListColumn("Why"), *((SITE,) if wide else ())),
        ListColumn("Stands", 16 if wide else 10),
    )


def counts_words(counts: WorklistCounts, denominator: str, now: datetime) -> Content:
    """The counts that are always shown: for each site, for all, the oldest waiting, and the denominator."""
    parts: list[tuple[str, str]] = []
    for site, (reviewed, all_of_it) in sorted(counts.sites.items()):
        parts += [
            (f"{visible(site.removeprefix('ED-'))} ", "$dim"),
            (f"{reviewed} of {all_of_it}", "bold"),
            (" reviewed   ", ""),
        ]
    parts += [(f"{counts.waiting}", "bold"), (" waiting", "")]
    if counts.oldest:
        parts.append((f", oldest {waiting_words(counts.oldest, now)}", ""))
    if counts.cannot_tell:
        parts.append((f"   {counts.cannot_tell} cannot tell", "$warning"))
    if counts.parents:
        parts.append((f"   parents {counts.parents}", ""))
    which = {"all": "all", "concern": "with a concern"}.get(denominator, denominator)
    basis = f"{counts.attended} attended, {counts.eligible} to review ({which}): {counts.screened} done by the list, "
    basis += f"{counts.record_read} by the record"
    return Content.assemble(*parts, ("\n" + basis, "$dim"))


def waiting_words(arrived: str, now: datetime) -> str:
    """How long ago somebody arrived: "17 h", "3 days"."""
    hours = int((now - from_text(arrived).latest) / timedelta(hours=1))
    return f"{max(hours, 0)} h" if hours < 72 else f"{hours // 24} days"


def alarms_words(
    days: Sequence[Day], unsent: int, aside: int = 0, late: int = 0, first: str = ""
) -> list[str]:
    """The warnings that stay until somebody corrects or explains them: lists that are missing, short or have
    a gap; cases copied and not sent, set aside, or not reviewed in time. ``first`` is the key that leads to
    the worklist ("w, then "), where the keys named here work."""
    parts = [f"{day.site}: {alarm}" for day in days for alarm in day.alarms]
    if late:
        parts.append(
            f"{late} not reviewed by the end of the next working day: {first}/ late shows them"
        )
    if aside:
        parts.append(f"{aside} set aside, their number is another child's: {first}y shows them")
    if unsent:
        parts.append(f"{unsent} copied and not sent: {first}s shows them")
    return parts


def coverage_words(days: Sequence[Day]) -> str:
    """Each site's last days in one line: "MPH Wed 31, Tue no list"."""
    sites: dict[str, list[str]] = {}
    for day in days:
        text = (
            "no list"
            if day.state == NONE_YET
            else "closed"
            if day.state == "closed"
            else str(day.records)
        )
        sites.setdefault(day.site, []).append(f"{shown_day(day.day)[:6].strip()} {text}")
    return "   ".join(f"{site}: {', '.join(parts)}" for site, parts in sites.items())


def board_words(store: Store, actor: Actor) -> str:
    """The safety net in a line or two for the board: how many reviewed at each site, the oldest waiting,
    what is missing; "" if no list ever came."""
    found = listing.counts(store, actor, listing.recently(store))
    days = coverage.recent(store, actor)
    if not found.attended and not found.waiting and not days:
        return ""
    sites = "   ".join(
        f"{site.removeprefix('ED-')} {reviewed} of {all_of_it}"
        for site, (reviewed, all_of_it) in sorted(found.sites.items())
    )
    oldest = (
        f", oldest {waiting_words(found.oldest, listing.local_now(store))}" if found.oldest else ""
    )
    lines = [f"ED reviewed   {sites}   {found.waiting} waiting{oldest}"]
    unsent = len(telling.unsent(store, actor))
    return "\n".join([*lines, *alarms_words(days, unsent, late=found.late, first="w, then ")[:2]])
