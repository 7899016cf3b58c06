"""The summary of an import, one for all its files: every key is a number or a list of reasons."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from spoc.model.attendance.flags import Flag
from spoc.model.attendance.row import GONE, Attendance, Rejected

_COUNTS = ("read", "imported", "updated", "duplicate", "conflict", "cancelled", "merged")


@dataclass
class Summary:
    """Counts over the rows of an import. ``read`` = imported + updated + duplicate + conflict + rejected;
    ``cancelled`` and ``merged`` are the imported or updated rows that the hospital withdrew."""

    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    issues: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    # of what was imported, by record
    flags: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    sheets: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def reject(self, row: Rejected) -> None:
        self.counts["read"] += 1
        self.rejected.append(_place(row.where.file, row.where.sheet, row.where.line, row.reason))

    def set_aside(self, row: Attendance, why: str) -> None:
        self.counts["read"] += 1
        self.counts["conflict"] += 1
        self.conflicts.append(_place(row.where.file, row.where.sheet, row.where.line, why))

    def take(self, kind: str, row: Attendance) -> None:
        """Counts a row that was imported, updated something or was already there."""
        self.counts["read"] += 1
        self.counts[kind] += 1
        if kind != "duplicate" and row.fields.get("state") in GONE:
            self.counts[row.fields["state"]] += 1
        if kind != "imported":
            return
        months = row.months
        if months is None:
            self.counts["age_unknown"] += 1
        elif row.adult:
            self.counts["adults"] += 1
        else:
            self.counts["under18"] += 1
            self.people.add(_who(row))
        if row.issue:
            self.issues[row.issue] += 1
        for note in row.notes:
            self.counts[f"note: {note}"] += 1

    def flagged(self, record: bytes, flags: list[Flag], kind: str) -> None:
        """Remembers the flags of an attendance that this import brought in."""
        if kind == "imported" or record in self.flags:
            self.flags[record] = tuple(each.code for each in flags)

    def as_json(self) -> dict[str, Any]:
        """The summary as the command line prints it."""
        return {
            **{key: self.counts[key] for key in _COUNTS},
            "rejected": self.rejected,
            "blank": self.counts["blank"],
            "footer": self.counts["footer"],
            "children": len(self.people),
            "under18": self.counts["under18"],
            "adults": self.counts["adults"],
            "age_unknown": self.counts["age_unknown"],
            "flags": dict(sorted(Counter(code for each in self.flags.values() for code in each).items())),
            "nhs_issues": dict(sorted(self.issues.items())),
            "conflicts": self.conflicts,
            "sheets": self.sheets,
            "notes": [*self.notes, *self._doubts()],
        }  # fmt: skip

    def _doubts(self) -> list[str]:
        return [
            f"{count} × {key.removeprefix('note: ')}"
            for key, count in sorted(self.counts.items())
            if key.startswith("note: ")
        ]

    @property
    def done(self) -> int:
        return self.counts["read"]


def _place(file: str, sheet: str, line: int, reason: str) -> dict[str, Any]:
    return {"file": file, "sheet": sheet, "line": line, "reason": reason}


def _who(row: Attendance) -> str:
    """What identifies the child within an import: the number, or else name and birth, or else nothing."""
    number = row.fields.get("nhs_number")
    if number:
        return number
    name = row.fields.get("name", "")
    return f"{name.casefold()} {row.fields.get('birth_date')}" if name else row.number
