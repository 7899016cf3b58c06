"""The description of a kind of record: its table, its columns, its owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from spoc.model.ledger.ids import derived

Kind = Literal["text", "code", "many", "instant", "day", "ref", "flag", "int", "word"]
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """A field. It has a ``label`` if the owner's page shows it: the first labelled column always, the others
    if they are filled, in this order."""

    name: str
    kind: Kind = "text"
    indexed: bool = False
    codes: str = ""  # the pack's list, if the value may be one of its codes
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)  # one object per kind: compared by identity
class Table:
    """A kind of record.

    ``owner`` is the column that names the record's owner, and also the name of the owner's table: a contact's
    records are read, found, amended, sealed and removed with it. ``natural`` are the columns that identify a
    record that can exist only once: its id is made from them (``natural_id``), the same on every desk.
    ``listed`` is the name of its list in the owner's JSON. ``when`` is the column that says when it happened
    (otherwise it is the time of writing), ``tells`` are those that say what: they give the record a line in
    the timeline of the person, contact or attendance it names. ``begins`` is the column that a record's first
    entry always sets, by default the owner's: later entries from another desk wait until that one has
    arrived. A kind with a column ``sealed`` can be sealed.
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
        """The columns that the owner's page shows."""
        return tuple(each for each in self.columns if each.label)


@cache
def by_name(table: Table) -> Mapping[str, Column]:
    """The columns of a table by their names."""
    return {column.name: column for column in table.columns}


def owned(every: Mapping[str, Table], owner: str) -> tuple[Table, ...]:
    """The kinds of record that belong to one of this kind."""
    return tuple(table for table in every.values() if table.owner == owner)


def natural_id(table: Table, fields: Mapping[str, Value]) -> bytes:
    """The id of a record that can exist only once, made from what it is about."""
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
    """A kind of record, for the lists in ``records`` and beside it."""
    return Table(name, columns, owner, natural, listed, when, tells, begins or owner)
