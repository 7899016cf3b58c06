"""What a row means, given what is stored under its attendance number (rule R1). Pure.

The same content is a duplicate; the same person with later or more data is an update; another person is a
conflict, which is set aside for somebody to decide. An empty cell never erases what is known.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from spoc.model.attendance.row import OPEN, Attendance
from spoc.model.rules.codes import Pack
from spoc.model.values.dates import quoted

Kind = Literal["imported", "updated", "duplicate", "conflict"]
# What distinguishes people, with weights: a number or a whole name weighs more than a date.
_IDENTITY = (("nhs_number", 2), ("name", 2), ("birth_date", 1), ("hospital_number", 1))
_PART = 8  # hex digits of one part of a mark
_NONE = "-" * _PART
_SIGNS = re.compile(r"[\W_]+")
# The fields that put a reviewed case back to waiting if a later list changes them.
REOPENS = (
    "birth_date",
    "age",
    "complaint",
    "complaint_code",
    "diagnosis",
    "departed",
    "discharge_status",
)


@dataclass(frozen=True, slots=True)
class StoredAttendance:
    """What is stored under an attendance number. ``marks`` are those of the rows that were used; ``adult`` if
    nothing else is kept; ``sent`` is the last row as the hospital sent it."""

    fields: Mapping[str, str]
    marks: Sequence[str]
    adult: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a row is, the mark that recognises it again, what it changes (None empties a field that was
    misread), and why it conflicts."""

    kind: Kind
    mark: str
    changed: Mapping[str, str | None]
    why: str = ""


def record_of(site: str, number: str) -> bytes:
    """The id of an attendance: the same on every desk, so that two desks make one record."""
    return hashlib.sha256(f"attendance\0{site}\0{number}".encode()).digest()[:16]


def mark(row: Attendance, key: bytes) -> str:
    """A row's mark: keyed hashes of who it is about, part by part, and of its whole content. It names nobody."""
    parts = [_part(row.fields.get(name, ""), key) for name, _ in _IDENTITY]
    text = "\0".join(f"{name}={row.fields[name]}" for name in sorted(row.fields))
    return "".join(parts) + _hash(f"{text}\0{row.issue}", key)[:16]


def decide(row: Attendance, stored: StoredAttendance | None, key: bytes) -> Decision:
    """What a row is, given what is stored."""
    own = mark(row, key)
    if stored is None:
        return Decision("imported", own, _taken(row.fields, {}))
    if own in stored.marks:
        return Decision("duplicate", own, {})
    # the same row, now read with other columns
    again = bool(stored.sent) and stored.sent == row.sent
    apart = "" if again else _apart(own, _of_held(stored, key))
    if apart:
        return Decision("conflict", own, {}, apart)
    if stored.adult and row.adult:
        return Decision("updated", own, {})
    changed: dict[str, str | None] = {
        name: value for name, value in row.fields.items() if _says_more(name, value, stored.fields)
    }
    changed = _taken(changed, stored.fields)
    if again:
        cells = set(row.sent.values())
        misread = (name for name, value in stored.fields.items() if value in cells)
        changed |= {name: None for name in misread if name not in row.fields}
    return Decision("updated" if changed else "duplicate", own, changed)


def _taken(values: Mapping[str, str | None], fields: Mapping[str, str]) -> dict[str, str | None]:
    """What is kept of a row. An attendance that stands has no state, unless it had been cancelled before."""
    rest = {name: value for name, value in values.items() if (name, value) != ("state", OPEN)}
    if len(rest) < len(values):
        rest |= dict.fromkeys(name for name in ("state", "merged_into") if name in fields)
    return rest


def _says_more(name: str, value: str, fields: Mapping[str, str]) -> bool:
    before = fields.get(name, "")
    if name == "called" and fields.get("name"):
        return False
    # A day without a time says less than the same day with one.
    return value != before and not before.startswith(f"{value}T")


def _of_held(stored: StoredAttendance, key: bytes) -> Sequence[str]:
    """The parts that identify the stored person: from what is stored, or else from the last row's mark."""
    if not stored.adult:
        return [_part(stored.fields.get(name, ""), key) for name, _ in _IDENTITY]
    merged = [_NONE] * len(_IDENTITY)
    for each in stored.marks:
        for at, part in enumerate(_parts(each)):
            merged[at] = part if part != _NONE else merged[at]
    return merged


def _parts(mark: str) -> list[str]:
    return [mark[at * _PART : (at + 1) * _PART] for at in range(len(_IDENTITY))]


def _apart(own: str, parts: Sequence[str]) -> str:
    """Why two rows are about two people, or "". What is missing on either side says nothing."""
    same = other = 0
    differ = []
    for (name, weight), one, two in zip(_IDENTITY, _parts(own), parts, strict=True):
        if _NONE in (one, two):
            continue
        if one == two:
            same += weight
        else:
            other += weight
            differ.append(name.replace("_", " "))
    if not other or same > other:
        return ""
    return f"the number belongs to another child: {', '.join(differ)} differ"


def _part(text: str, key: bytes) -> str:
    plain = _SIGNS.sub("", text.casefold())
    return _hash(plain, key)[:_PART] if plain else _NONE


def _hash(text: str, key: bytes) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


# -- sites -------------------------------------------------------------------------------------------


def site_code(site: str) -> str:
    """A site's code in small letters, without signs and without "ED" before it."""
    plain = "".join(each for each in site.casefold() if each.isalnum())
    return plain.removeprefix("ed") or plain


def aliases(pack: Pack) -> dict[str, str]:
    """The names of the pack's emergency departments: code, abbreviations, name."""
    found = {}
    for code in pack.lists.get("service", ()):
        if code.code.startswith("ED"):
            inside = code.label.partition(",")[2].partition("(")[0]
            for name in (code.code, *code.short, inside, inside.replace("Hospital", "")):
                if site_code(name):
                    found[site_code(name)] = code.code
    return found


def contradicts(own: Sequence[str], text: str, aliases: Mapping[str, str]) -> str:
    """Why a file contradicts the given site, or "". A file that names several sites does not contradict one
    of them; its rows go to their own sites."""
    named = {each for each in own if each}
    if not text or not named or any(same_site(each, text, aliases) for each in named):
        return ""
    return f"the list says it is from {quoted(', '.join(sorted(named)[:4]))}, and {quoted(text)} was given. Nothing was brought in; leave the site out, or name the right one."


def same_site(one: str, other: str, aliases: Mapping[str, str]) -> bool:
    """Whether two codes mean one site. ``aliases`` maps a code or a name, spelt plainly, to a pack's code."""
    first, second = site_code(one), site_code(other)
    return first == second or aliases.get(first, first) == aliases.get(second, second)
