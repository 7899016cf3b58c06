"""The teams to tell about an attendance, and the text for them. Copying a text is not sending it; only
sending counts as telling."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spoc.model.attendance.cell_values import from_text
from spoc.model.attendance.flags import Flag, months_of
from spoc.model.rules.codes import Pack
from spoc.model.values import nhs_number
from spoc.model.values.dates import age, counted, parse_day, shown_day

_BAND = re.compile(r"(\d+)-(\d+)")
_SOCIAL_WORKER_NO = ("no", "none", "n", "not known", "unknown")
SECURE = ("nhs.net",)  # the service's own; other accredited domains are a setting


@dataclass(frozen=True, slots=True)
class SharedAttendance:
    """One attendance for the text to a team."""

    fields: Mapping[str, str]
    site: str
    number: str
    flags: Sequence[Flag]
    disposition: str
    note: str
    died: str = ""
    doubted: bool = False  # whether the NHS number is in doubt


def whom(fields: Mapping[str, str], pack: Pack) -> list[str]:
    """The codes of the teams to tell, by age; where two age bands overlap, both. If the list names a social
    worker or a child protection plan, the social worker comes first."""
    months = months_of(fields)
    found = []
    for code in pack.lists.get("told", ()):
        if match := _BAND.fullmatch(code.group):
            first, last = int(match[1]), int(match[2])
            if months is None or first * 12 <= months < (last + 1) * 12:
                found.append(code.code)
    if has_social_worker(fields):
        found.insert(0, "sw")
    return found


def has_social_worker(fields: Mapping[str, str]) -> bool:
    """Whether the list states a social worker."""
    words = fields.get("social_worker", "").casefold()
    return bool(words) and words not in _SOCIAL_WORKER_NO


def subject(team: str, count: int, address: str, accredited: Sequence[str]) -> str:
    """The subject line, without name or number; with ``[secure]`` if the address is not known to be safe."""
    domain = address.rpartition("@")[2].casefold().strip()
    safe = any(domain == each or domain.endswith(f".{each}") for each in (*SECURE, *accredited))
    words = f"Emergency department attendances: {counted(count, 'child') if count == 1 else f'{count} children'}, for {team}"
    return words if safe else f"[secure] {words}"


def text(team: str, attendances: Sequence[SharedAttendance], service: str, by: str) -> str:
    """The text for one team: only about its children, one after the other."""
    lines = [f"To: {team}", f"From: {service}, children's safeguarding", ""]
    for each in attendances:
        lines += [*_about(each), ""]
    lines += [
        "This is shared to protect the children named, with those who need it. Not for online viewing.",
        f"{by}, {service}",
    ]
    return "\n".join(lines)


def _about(shared: SharedAttendance) -> list[str]:
    fields = shared.fields
    when = from_text(fields["arrived"])
    born = fields.get("birth_date", "")
    day = parse_day(born, when.day) if born else None
    who = [fields.get("name") or fields.get("called") or "name not given"]
    if day:
        who.append(f"born {shown_day(day)} ({age(day, when.day)})")
    if number := fields.get("nhs_number"):
        doubt = " (in doubt)" if shared.doubted else ""
        who.append(f"NHS number {nhs_number.grouped(number)}{doubt}")
    clock = f" {when.at.strftime('%H:%M')}" if when.at else ""
    lines = [
        ", ".join(who),
        *([f"  THE CHILD HAS {shared.died}"] if shared.died else []),
        f"  Attended {shared.site} on {shown_day(when.day)}{clock}",
    ]
    for name, label in (
        ("complaint", "Came with"),
        ("diagnosis", "Diagnosis"),
        ("discharge_status", "Left"),
    ):
        if fields.get(name):
            lines.append(f"  {label}: {' '.join(fields[name].split())}")
    if shared.flags:
        lines.append(f"  Noted: {'; '.join(each.title for each in shared.flags)}")
    if shared.note.strip():
        lines.append(f"  {shared.note.strip()}")
    return lines
