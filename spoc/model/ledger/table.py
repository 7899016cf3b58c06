"""A table of records and its columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["text", "code", "many", "instant", "day", "ref", "flag", "int", "word"]
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind = "text"
    indexed: bool = False
    codes: str = ""  # the pack's list, where the value may be one of its codes


@dataclass(frozen=True, slots=True, eq=False)  # one of each: known by being itself
class Table:
    name: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        return by_name(self).get(name)


@cache
def by_name(table: Table) -> Mapping[str, Column]:
    """The columns of a table by their names."""
    return {column.name: column for column in table.columns}
