"""How an attendance reads: as one line of the worklist, and the counts and alarms above it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from textual.content import Content

from spoc.model.attendance.cells import age_in_months, from_text
from spoc.model.attendance.coverage import NONE_YET, Day
from spoc.model.attendance.flags import IN_DEPARTMENT
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import MONTHS, age, shown_day
from spoc.model.values.plain import visible
from spoc.storage.attendances.listing import DENOMINATORS, Counts, Line
from spoc.widgets.cells import fitted

UNKNOWN_AGE = "?"


def age_words(line: Line) -> str:
    """The age at the arrival: of a known date of birth, else as the list writes it, else "?"."""
    if line.birth_date:
        born, on = date.fromisoformat(line.birth_date), from_text(line.arrived).day
        number, _, unit = age(born, on).partition(" ")
        return f"{number} {'mth' if unit.startswith('month') else unit[0]}"
    return line.age if line.age and age_in_months(line.age) is not None else UNKNOWN_AGE


def arrived_words(line: Line, today: date) -> str:
    """When a child arrived: 02:14 today, else the day too; the year where it is another."""
    when = from_text(line.arrived)
    clock = when.at.strftime("%H:%M") if when.at else "time ?"
    if when.day == today:
        return clock
    day = f"{when.day.day:2} {MONTHS[when.day.month - 1]}"
    return f"{day} {clock}" if when.day.year == today.year else f"{day} {when.day.year}"


def state_words(line: Line, pack: Pack, taken: str) -> str:
    """Where a case stands: in the department, taken by whom, reviewed how, waiting again."""
    said = []
    if line.closed:
        return "restricted"
    if not line.departed and line.rank == IN_DEPARTMENT:
        said.append("IN ED")
    elif line.rank == IN_DEPARTMENT:
        said.append("WARD")
    if line.reopened and line.reviewed is None:
        said.append("CHANGED")
    if taken:
        said.append(taken)
    if line.disposition:
        said.append("clear" if line.one_key else pack.label("disposition", line.disposition))
    return " ".join(said)


def attendance_line(line: Line, pack: Pack, today: date, width: int, taken: str = "") -> Content:
    """An attendance: when, how old, who, what with, which flags, where it stands."""
    wide = width >= 100
    titles = [rule.title if (rule := pack.book.rule(code)) else code for code in line.flags]
    state = state_words(line, pack, taken)
    room = width - 13 - 7 - 16
    name, story = room * 26 // 100, room * 34 // 100
    who = line.name or ("not for you" if line.closed else "name not given")
    site = line.site.removeprefix("ED-") if wide else ""
    cells = (
        (fitted(arrived_words(line, today), 12) + " ", "$dim"),
        (fitted(age_words(line), 6) + " ", "bold" if age_words(line) == UNKNOWN_AGE else ""),
        (fitted(visible(who), name - 1) + " ", "bold"),
        fitted(visible(" ".join(line.complaint.split()) or "(no complaint)"), story - 1) + " ",
        (fitted(" · ".join(titles) or "–", room - name - story - (5 if site else 0) - 1) + " ", "$warning" if titles else "$dim"),
        (fitted(site, 4) + " " if site else "", "$dim"),
        (fitted(state, 16), "bold"),
    )  # fmt: skip
    return Content.assemble(*cells)


def heading(width: int) -> Content:
    """The headings over the columns."""
    wide = width >= 100
    room = width - 13 - 7 - 16
    name, story = room * 26 // 100, room * 34 // 100
    flags = room - name - story - (5 if wide else 0)
    text = (
        fitted("Arrived", 13) + fitted("Age", 7) + fitted("Name", name) + fitted("Came with", story)
    )
    text += fitted("Why", flags) + (fitted("Site", 5) if wide else "") + "Stands"
    return Content.styled(f"  {text}", "$dim")


def counts_words(counts: Counts, denominator: str, now: datetime) -> Content:
    """The counts that always stand: of each site, of all, the oldest that waits, by which denominator."""
    parts: list[tuple[str, str]] = []
    for site, (reviewed, of) in sorted(counts.sites.items()):
        parts += [
            (f"{visible(site.removeprefix('ED-'))} ", "$dim"),
            (f"{reviewed} of {of}", "bold"),
            (" reviewed   ", ""),
        ]
    parts += [(f"{counts.waiting}", "bold"), (" waiting", "")]
    if counts.oldest:
        parts.append((f", oldest {waiting_words(counts.oldest, now)}", ""))
    if counts.cannot_tell:
        parts.append((f"   {counts.cannot_tell} cannot tell", "$warning"))
    if counts.parents:
        parts.append((f"   parents {counts.parents}", ""))
    basis = f"from the list {counts.screened}, record read {counts.record_read}"
    parts.append(
        (
            f"   {basis}; of {DENOMINATORS.get(denominator, denominator)}, attended {counts.attended}",
            "$dim",
        )
    )
    return Content.assemble(*parts)


def waiting_words(arrived: str, now: datetime) -> str:
    """How long ago somebody arrived: "17 h", "3 days"."""
    hours = int((now - from_text(arrived).latest) / timedelta(hours=1))
    return f"{max(hours, 0)} h" if hours < 72 else f"{hours // 24} days"


def alarms_words(days: Sequence[Day], unsent: int) -> list[str]:
    """What stands until it is met or explained: lists that are missing, short or broken; what was copied and
    not sent."""
    said = [f"{day.site}: {alarm}" for day in days for alarm in day.alarms]
    if unsent:
        said.append(f"{unsent} copied and not sent: s shows them")
    return said


def coverage_words(days: Sequence[Day]) -> str:
    """The last days of each site in one line: "MPH Wed 31, Tue no list"."""
    sites: dict[str, list[str]] = {}
    for day in days:
        held = (
            "no list"
            if day.state == NONE_YET
            else "closed"
            if day.state == "closed"
            else str(day.records)
        )
        sites.setdefault(day.site, []).append(f"{shown_day(day.day)[:6].strip()} {held}")
    return "   ".join(f"{site}: {', '.join(held)}" for site, held in sites.items())
