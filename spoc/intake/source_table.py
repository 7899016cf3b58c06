"""A table of rows, whatever the file format, and the refusal for a file that cannot be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spoc.model.attendance.cell_values import Cell
from spoc.model.errors import Refusal

Row = tuple[int, Sequence[Cell]]  # the line number as a person sees it, and its cells


class Unreadable(Refusal):
    """A file that is not a list spoc can read: the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of a file.

    ``rows`` come in order, each with its line. ``hidden`` are the lines that are hidden or filtered out, or
    None if the format does not say; ``unseen``: the whole sheet is hidden. ``notes`` are sentences.
    """

    name: str
    rows: Iterable[Row]
    hidden: frozenset[int] | None = frozenset()
    unseen: bool = False
    from_1904: bool = False
    notes: tuple[str, ...] = field(default=())
