"""The lines of a contact's page that say where it stands in conflict: what each said, who, and when."""

from collections.abc import Iterable, Iterator, Mapping

from spoc.model.ledger.fold import VOID
from spoc.model.ledger.records import Table
from spoc.model.rules.clock import shown
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import from_text
from spoc.screens.contacts.page_lines import Line
from spoc.storage.contacts.contacts import Part
from spoc.storage.ledger.conflicts import Said
from spoc.storage.store import Store

_STYLE = "bold $warning"
_SETTLE = "; amend the line above to settle it"


def with_conflicts(
    lines: Iterable[Line], parts: Iterable[Part], store: Store, users: Mapping[bytes, str]
) -> Iterator[Line]:
    """The lines of a page, each with what stands against it below; at the end what has no line of its own."""
    left = {(part.tbl, part.id, name) for part in parts for name in part.said}
    for line in lines:
        yield line
        part = line.amends.part if line.amends else line.of
        if part is None or not part.said:
            continue
        own = line.amends.column.name if line.amends else ""
        first = next(iter(store.tables[part.tbl].labelled), None)
        for name in part.said:
            mine = not own or name.partition(".")[0] == own
            if name == VOID:
                mine = not own or own == (first.name if first else "received_at")
            if mine and (part.tbl, part.id, name) in left:
                left.remove((part.tbl, part.id, name))
                settled = _SETTLE if line.amends and name != VOID else ""
                yield Line("", f"{_words(part, name, store, users)}{settled}", _STYLE)
    for part in parts:
        for name in part.said:
            if (part.tbl, part.id, name) in left:
                yield Line("", _words(part, name, store, users, named=True), _STYLE)


def _words(
    part: Part, name: str, store: Store, users: Mapping[bytes, str], *, named: bool = False
) -> str:
    """A conflict in a sentence; ``named`` where no line says of what."""
    said = part.said[name]

    def by(each: Said) -> str:
        return f"{users.get(each.by, 'unknown')}, {shown(from_text(each.at))}"

    if name == VOID:
        gone = "; ".join(by(each) for each in said if each.value)
        kept = "; ".join(by(each) for each in said if not each.value)
        what = f"this {part.tbl} was" if named else "it was"
        return f"CONFLICT: {what} taken out ({gone}), and changed by who had not seen that ({kept}); it stays"
    column, _, element = name.partition(".")
    table, pack = store.tables[part.tbl], store.pack
    told = " or ".join(
        f"“{_value(table, column, element, each, pack)}” ({by(each)})" for each in said
    )
    if named:
        return f"CONFLICT: {part.tbl}, {column.replace('_', ' ')}: {told}"
    return f"CONFLICT: {told}"


def _value(table: Table, name: str, element: str, said: Said, pack: Pack) -> str:
    """What somebody said of a field, in words."""
    column = table.column(name)
    codes = column.codes if column else ""
    if element:
        return f"{'' if said.value else 'not '}{pack.label(codes, element)}"
    if said.value in (None, ""):
        return "nothing"
    value = str(said.value)
    if column and column.kind == "instant":
        return shown(from_text(value))
    return pack.label(codes, value) if codes else value
