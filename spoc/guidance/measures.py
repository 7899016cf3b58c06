"""Reads the part of a pack that counts: measures (measures.toml), and packs of them, recipients and groups
(returns.toml)."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from spoc.guidance.entries import Builder, Entries, needs
from spoc.guidance.packfile import PackFile, listed
from spoc.model.measures.measure import (
    ACTIONS,
    DESK,
    MEDIANS,
    RECORD,
    RECORDED,
    SUPPLIED,
    Counting,
    Criterion,
    Measure,
    Recipient,
    Where,
)
from spoc.model.measures.period import Kind
from spoc.model.measures.record_kinds import KINDS
from spoc.model.measures.record_kinds import RecordKind as Counted
from spoc.model.rules.codes import Code
from spoc.model.rules.source import Source
from spoc.model.spc.xmr import DIRECTIONS
from spoc.model.values.dates import quoted

MEASURES = ("measures", "returns")

_MEASURE: Mapping[str, type] = {
    "title": str,
    "definition": str,
    "unit": str,
    "date": str,
    "records": str,
    "numerator": dict,
    "denominator": dict,
    "exclude": dict,
    "exclusions": str,
    "by": list,
    "direction": str,
    "target": float,
    "period": str,
    "origin": str,
    "theme": str,
    "year_on_year": bool,
    "value": str,
    "adds": list,
    "at_end": bool,
    "source": str,
}
_RETURNS: Mapping[str, Mapping[str, type]] = {
    "group": {"of": str, "codes": list, "source": str},
    "recipient": {"title": str, "under": int, "zeros": bool, "source": str},
    "chart": {"value": int, "source": str},
    "pack": {"measures": list, "source": str},
    "choice": {"concern": str, "all": str, "source": str},
    "workbook": {"cells": dict, "source": str},
}


def lay_over(entries: Entries, name: str, file: PackFile) -> None:
    """Lays one file's entries over those of the packs beneath."""
    if name == "measures":
        for code, table in file.table.items():
            entries.lay(name, code, file, table, _MEASURE)
        return
    for part, tables in file.table.items():
        if part not in _RETURNS:
            raise file.bad(f"{quoted(part)} is none of {listed(_RETURNS)}.", part)
        if type(tables) is not dict:
            raise file.bad(f"{quoted(part)} must be a table.", part)
        for code, table in tables.items():
            entries.lay(part, code, file, table, _RETURNS[part])


def build(
    entries: Entries, lists: Mapping[str, Iterable[Code]], sources: Mapping[str, Source]
) -> Counting:
    """What the entries say about counting, complete and checked. Raises BadPack with file, line and reason."""
    return _Builder(entries, lists, sources).counting()


class _Builder(Builder):
    def __init__(
        self, entries: Entries, lists: Mapping[str, Iterable[Code]], sources: Mapping[str, Source]
    ) -> None:
        super().__init__(entries, lists, sources)
        self.groups: dict[str, tuple[str, tuple[str, ...]]] = {}

    def counting(self) -> Counting:
        for name, (file, table) in self.entries.of("group").items():
            needs(file, name, table, "of", "codes")
            for code in table["codes"]:
                if code not in self.codes.get(table["of"], ()):
                    raise file.bad(f"{quoted(name)}: {quoted(code)} is no {table['of']}.", name)
            self.source(file, name, table)
            self.groups[name] = (table["of"], tuple(table["codes"]))
        measures = {
            code: self._measure(file, code, table)
            for code, (file, table) in self.entries.of("measures").items()
        }
        return Counting(
            measures,
            {
                name: self._pack(file, name, table, measures)
                for name, (file, table) in self.entries.of("pack").items()
            },
            {
                code: self._recipient(file, code, table)
                for code, (file, table) in self.entries.of("recipient").items()
            },
            {
                name: self._limit(file, name, table)
                for name, (file, table) in self.entries.of("chart").items()
            },
            {
                name: self._choice(file, name, table, measures)
                for name, (file, table) in self.entries.of("choice").items()
            },
            {
                name: self._workbook(file, name, table)
                for name, (file, table) in self.entries.of("workbook").items()
            },
        )

    def _measure(self, file: PackFile, code: str, table: Mapping[str, Any]) -> Measure:
        needs(file, code, table, "title", "definition", "unit", "date")
        for key, allowed in (
            ("direction", tuple(DIRECTIONS)),
            ("origin", (DESK, SUPPLIED)),
            ("period", get_args(Kind)),
            ("records", tuple(KINDS)),
            ("value", MEDIANS),
        ):
            if key in table and table[key] not in allowed:
                raise file.bad(f"{quoted(code)}: {key} is one of {listed(allowed)}.", code)
        for each in table.get("adds", ()):
            if each not in self.entries.of("measures"):
                raise file.bad(f"{quoted(code)} adds {quoted(each)}, which is not a measure.", code)
            if self.entries.of("measures")[each][1].get("at_end"):
                reason = f"{quoted(code)} adds {quoted(each)}, which adds up to nothing (at_end)."
                raise file.bad(reason, code)
        own = {
            key: value
            for key, value in table.items()
            if key not in ("numerator", "denominator", "exclude", "by", "adds", "source")
        }
        kind = KINDS[table.get("records", "contact")]
        if table.get("at_end") and (not kind.ends or "denominator" in table or "by" in table):
            raise file.bad(
                f"{quoted(code)}: at_end is for counts of what ends (deadline), without parts.",
                code,
            )
        desk = table.get("origin", DESK) == DESK
        if desk and table["date"] != kind.date:
            raise file.bad(f"{quoted(code)}: date is {kind.date} for such records.", code)
        whole = table.get("denominator")
        return Measure(
            **own,
            code=code,
            source=self.source(file, code, table),
            numerator=self._where(file, code, kind, table.get("numerator", {})),
            denominator=None if whole is None else self._where(file, code, kind, whole),
            exclude=self._where(file, code, kind, table.get("exclude", {})),
            by=tuple(
                each
                for each in table.get("by", ())
                # otherwise it has no parts
                if self.codes[kind.lists[self._by(file, code, kind, each)]]
            ),
            adds=tuple(table.get("adds", ())),
        )

    def _by(self, file: PackFile, code: str, kind: Counted, key: str) -> str:
        if key not in kind.lists or key == ACTIONS:
            raise file.bad(
                f"{quoted(code)}: by names {quoted(key)}, which is not a coded field.", code
            )
        return key

    def _where(self, file: PackFile, code: str, kind: Counted, table: Mapping[str, Any]) -> Where:
        return tuple(self._term(file, code, kind, key, codes) for key, codes in table.items())

    def _term(self, file: PackFile, code: str, kind: Counted, key: str, codes: Any) -> Criterion:
        if type(codes) is not list or not codes or any(type(each) is not str for each in codes):
            raise file.bad(f'{quoted(code)}: {key} must be a list of codes, such as ["ED"].', code)
        found: list[str] = []
        for each in codes:
            found += self._named(file, code, kind, key, each)
        return Criterion(key, tuple(found))

    def _named(
        self, file: PackFile, code: str, kind: Counted, key: str, each: str
    ) -> tuple[str, ...]:
        if each == RECORDED and (key in kind.lists or key in kind.written):
            return (each,)
        if key == RECORD and each in kind.states:
            return (each,)
        name = kind.lists.get(key)
        if name and each.startswith("@"):
            of, codes = self.groups.get(each[1:], ("", ()))
            if of == name:
                return codes
        elif name and each in self.codes[name]:
            return (each,)
        raise file.bad(f"{quoted(code)}: {quoted(each)} is nothing that {key} can hold.", code)

    def _pack(
        self, file: PackFile, name: str, table: Mapping[str, Any], measures: Mapping[str, Measure]
    ) -> tuple[str, ...]:
        needs(file, name, table, "measures")
        self.source(file, name, table)
        for each in table["measures"]:
            if each not in measures:
                raise file.bad(
                    f"{quoted(name)} names {quoted(each)}, which is not a measure.", name
                )
        return tuple(table["measures"])

    def _recipient(self, file: PackFile, code: str, table: Mapping[str, Any]) -> Recipient:
        needs(file, code, table, "title", "under")
        source = self.source(file, code, table)
        return Recipient(code, table["title"], table["under"], source, table.get("zeros", False))

    def _limit(self, file: PackFile, name: str, table: Mapping[str, Any]) -> int:
        needs(file, name, table, "value")
        self.source(file, name, table)
        return int(table["value"])

    def _choice(
        self, file: PackFile, name: str, table: Mapping[str, Any], measures: Mapping[str, Measure]
    ) -> dict[str, str]:
        self.source(file, name, table)
        found = {key: value for key, value in table.items() if key != "source"}
        for each in found.values():
            if each not in measures:
                raise file.bad(
                    f"{quoted(name)} names {quoted(each)}, which is not a measure.", name
                )
        return found

    def _workbook(self, file: PackFile, name: str, table: Mapping[str, Any]) -> dict[str, str]:
        needs(file, name, table, "cells")
        self.source(file, name, table)
        if name not in self.entries.of("recipient"):
            raise file.bad(f"{quoted(name)} is not a recipient of a return.", name)
        for place, what in table["cells"].items():
            if type(what) is not str or "!" not in place:
                raise file.bad(f'{quoted(name)}: a place is "Sheet!C5", and words say what.', name)
        return dict(table["cells"])
