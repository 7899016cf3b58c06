"""What a kind of record is described by: its table, its columns, whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from spoc.model.ledger.ids import derived

Kind = Literal["text", "code", "many", "instant", "day", "ref", "flag", "int", "word"]
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """A field. ``label`` is given where the page of the record's owner shows it: in the order of the columns,
    the first always, the others where they say something."""

    name: str
    kind: Kind = "text"
    indexed: bool = False
    codes: str = ""  # the pack's list, where the value may be one of its codes
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)  # one of each: known by being itself
class Table:
    """A kind of record.

    ``owner`` is the column that says whose it is, and the name of the owner's table: a contact's records are
    read, found, amended, sealed and removed with it. ``natural`` are the columns that together say which one
    it is, where it can exist only once: its id is made from them (``natural_id``), the same on every desk.
    ``listed`` is the name of its list in the owner's JSON. ``when`` is the column that says when it happened (else when it was written), ``tells`` those that say what: with them
    a record stands in the timeline of the person, contact or attendance it names.
    ``begins`` is the column that the entry which begins a record always sets, the owner's unless another is
    named: what another desk says of a record before that has come waits for it. One with a column ``sealed`` can
    be sealed.
    """

    name: str
    columns: tuple[Column, ...]
    owner: str = ""
    natural: tuple[str, ...] = ()
    listed: str = ""
    when: str = ""
    tells: tuple[str, ...] = ()
    begins: str = ""

    def column(self, name: str) -> Column | None:
        return by_name(self).get(name)

    @property
    def sealable(self) -> bool:
        return "sealed" in by_name(self)

    @property
    def labelled(self) -> tuple[Column, ...]:
        """What the owner's page shows of it."""
        return tuple(each for each in self.columns if each.label)


@cache
def by_name(table: Table) -> Mapping[str, Column]:
    """The columns of a table by their names."""
    return {column.name: column for column in table.columns}


def owned(every: Mapping[str, Table], owner: str) -> tuple[Table, ...]:
    """The kinds of record that belong to one of this kind."""
    return tuple(table for table in every.values() if table.owner == owner)


def natural_id(table: Table, fields: Mapping[str, Value]) -> bytes:
    """The id of a record that can exist only once, from what it is about."""
    return derived(table.name, *(str(fields[name]) for name in table.natural))


def table(
    name: str,
    *columns: Column,
    owner: str = "",
    natural: tuple[str, ...] = (),
    listed: str = "",
    when: str = "",
    tells: tuple[str, ...] = (),
    begins: str = "",
) -> Table:
    """A kind of record, as ``records`` and its like write one down."""
    return Table(name, columns, owner, natural, listed, when, tells, begins or owner)
