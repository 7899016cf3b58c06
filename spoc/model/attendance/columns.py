"""The columns of a list: from headings to fields, by what the guidance and the desk know."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from spoc.model.attendance.cell_values import Cell, text_of

_SIGNS = re.compile(r"[^0-9a-z&#]+")
IGNORED = "ignored"


def spelt(heading: str) -> str:
    """A heading without its capitals, spaces and signs."""
    return _SIGNS.sub("", heading.casefold())


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known about headings, and about the contents of their cells.

    ``fields`` maps a heading, spelt, to its field; the rest are the guidance's limits and placeholders (see
    spoc/guidance/intake/columns.toml).
    """

    fields: Mapping[str, str]
    heading_rows: int
    headings: int
    oldest_years: int
    unpacked: int  # bytes
    births: frozenset[date]
    numbers: frozenset[str]
    names: frozenset[str]
    empty: frozenset[str]
    footers: tuple[str, ...]
    # how a cell begins that says cancelled, merged, yes or no
    states: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """The heading row of a sheet. ``after`` is the first row below it; ``fields`` names each column's field
    ("" if not known), ``words`` the headings as written."""

    after: int
    fields: tuple[str, ...]
    words: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # as printed, to recognise them if they are printed again

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(
            word for word, field in zip(self.words, self.fields, strict=True) if word and not field
        )


def find(rows: Sequence[Sequence[Cell]], known: Columns) -> HeadingRow | None:
    """The heading row among the first rows of a sheet; it may have two lines (groups above their parts). None
    if no row has enough known headings, with an arrival or an attendance number among them."""
    texts = [tuple(text_of(cell) for cell in row) for row in rows[: known.heading_rows]]
    for at in range(len(texts)):
        if any(_enough(each, known) for each in _at(at, texts, known)):
            # A line of groups may have enough headings alone; with the line below there are then more.
            near = [each for one in range(at, at + 3) for each in _at(one, texts, known)]
            return max(near, key=_known)
    return None


def _at(at: int, texts: Sequence[tuple[str, ...]], known: Columns) -> list[HeadingRow]:
    """The headings if they are this row, or this row and the next."""
    if at >= len(texts):
        return []
    row, below = texts[at], texts[at + 1] if at + 1 < len(texts) else ()
    return [
        _heading(at + 1, _alone(row), known, (row,)),
        _heading(at + 2, _two(row, below), known, (row, below)),
    ]


def _known(heading: HeadingRow) -> int:
    return len({field for field in heading.fields if field and field != IGNORED})


def _enough(heading: HeadingRow, known: Columns) -> bool:
    return _known(heading) >= known.headings and bool(
        {"arrived", "arrived_time", "number"} & set(heading.fields)
    )


def _alone(row: Sequence[str]) -> list[tuple[str, ...]]:
    return [(text,) for text in row]


def _two(upper: Sequence[str], lower: Sequence[str]) -> list[tuple[str, ...]]:
    """The possible names of each column if groups stand above their parts."""
    found: list[tuple[str, ...]] = []
    group = ""
    for at in range(max(len(upper), len(lower))):
        own = lower[at] if at < len(lower) else ""
        group = (upper[at] if at < len(upper) else "") or group
        found.append((f"{group} {own}".strip(), own) if own else (group,))
    return found


def _heading(
    after: int, names: Sequence[tuple[str, ...]], known: Columns, rows: tuple[tuple[str, ...], ...]
) -> HeadingRow:
    fields: list[str] = []
    for choices in names:
        field = next(
            (known.fields[spelt(each)] for each in choices if spelt(each) in known.fields), ""
        )
        # If a name occurs twice the first column is used; the second stays in the row as sent.
        fields.append(field if field == IGNORED or field not in fields else IGNORED)
    words = tuple(" ".join(each[0].split()) for each in names)
    return HeadingRow(after, tuple(fields), words, rows)
