"""How a conflict is shown: the values side by side, or one below the other if there is not enough room."""

from itertools import zip_longest
from textwrap import wrap

from textual.content import Content

from spoc.model.documents.change_words import field_label, value_words
from spoc.model.ledger.fold import VOID
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible, visible_lines
from spoc.model.values.reference import reference
from spoc.storage.desks import conflicts
from spoc.storage.desks.conflicts import ConflictSides, Side
from spoc.storage.store import Store
from spoc.widgets.pages.cells import fitted

SIDE_BY_SIDE = 96  # from this many cells two values are side by side
_NUMBER = 5  # cells before a value


def shown(conflict: ConflictSides, store: Store, width: int) -> Content:
    """What the conflict is about, then each value with who wrote it, when and where."""
    parts: list[str | tuple[str, str]] = [(f"{_about(conflict, store)}\n\n", "bold")]
    beside = width >= SIDE_BY_SIDE and len(conflict.sides) == 2
    room = width // 2 - 2 if beside else width
    columns = [
        _side(conflict, store, number, side, room) for number, side in enumerate(conflict.sides, 1)
    ]
    if beside:
        for left, right in zip_longest(*columns, fillvalue=("", "")):
            parts += [(fitted(left[0], room), left[1]), "    ", right, "\n"]
    else:
        for column in columns:
            for line in column:
                parts += [line, "\n"]
            parts.append("\n")
    return Content.assemble(*parts)


def _about(conflict: ConflictSides, store: Store) -> str:
    table, name = store.tables[conflict.tbl], conflict.field.partition(".")[0]
    kind, column = conflict.tbl.replace("_", " ").capitalize(), table.column("code")
    if conflict.code and column and column.codes:
        kind = f"{kind} “{store.pack.brief(column.codes, conflict.code)}”"
    if conflict.contact:
        of = f" {reference(conflict.contact)}"
        word = "restricted contact" if conflict.restricted else "contact"
        kind = f"{word.capitalize()}{of}" if conflict.tbl == "contact" else f"{kind} of {word}{of}"
    if conflict.people:
        kind = f"{kind}, {visible('; '.join(conflict.people))}"
    if conflict.field == VOID:
        return f"{kind}: taken out, or not"
    return f"{kind}: {visible(field_label(table, name, store.form, store.pack))}"


def _side(
    conflict: ConflictSides, store: Store, number: int, side: Side, room: int
) -> list[tuple[str, str]]:
    """The lines of one value."""
    if conflict.field == VOID or side.value is None:
        text = conflicts.words(conflict, side.value)
    else:
        names = conflicts.names(store, conflict)
        table = store.tables[conflict.tbl]
        text = value_words(table, conflict.field, side.value, store.pack, names)
    indent = " " * _NUMBER
    head = f"{number:>3}  {visible(side.who)}, {shown_instant(from_text(side.at))}"
    lines = [(head[:room], "bold"), (f"{indent}at {visible(side.where)}"[:room], "$dim")]
    for paragraph in visible_lines(text).splitlines() or [""]:
        lines += [
            (f"{indent}{each}", "") for each in wrap(paragraph, max(10, room - _NUMBER)) or [""]
        ]
    return lines
