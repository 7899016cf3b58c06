"""The lines of a contact's page that show conflicts: what each person entered, who, and when."""

from collections.abc import Iterable, Iterator, Mapping

from spoc.model.documents.change_words import field_label, value_words
from spoc.model.ledger.fold import VOID
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.storage.contacts.contacts import Part
from spoc.storage.ledger.conflicts import ConflictValue
from spoc.storage.store import Store

_STYLE = "bold $warning"
_SETTLE = "; amend the line above to settle it"


def with_conflicts(
    lines: Iterable[PageLine], parts: Iterable[Part], store: Store, users: Mapping[bytes, str]
) -> Iterator[PageLine]:
    """The lines of a page, each with its conflicting values below it; at the end those without a line of
    their own."""
    left = {(part.tbl, part.id, name) for part in parts for name in part.sources}
    for line in lines:
        yield line
        part = line.amends.part if line.amends else line.of
        if part is None or not part.sources:
            continue
        own = line.amends.column.name if line.amends else ""
        first = next(iter(store.tables[part.tbl].labelled), None)
        for name in part.sources:
            conflicts = not own or name.partition(".")[0] == own
            if name == VOID:
                conflicts = not own or own == (first.name if first else "received_at")
            if conflicts and (part.tbl, part.id, name) in left:
                left.remove((part.tbl, part.id, name))
                settled = _SETTLE if line.amends and name != VOID else ""
                yield PageLine("", f"{_words(part, name, store, users)}{settled}", _STYLE)
    for part in parts:
        for name in part.sources:
            if (part.tbl, part.id, name) in left:
                yield PageLine("", _words(part, name, store, users, named=True), _STYLE)


def _words(
    part: Part, name: str, store: Store, users: Mapping[bytes, str], *, named: bool = False
) -> str:
    """A conflict as a sentence; ``named`` if no line says what it is about."""
    values = part.sources[name]

    def by(each: ConflictValue) -> str:
        return f"{users.get(each.by, 'unknown')}, {shown_instant(from_text(each.at))}"

    if name == VOID:
        gone = "; ".join(by(each) for each in values if each.value)
        kept = "; ".join(by(each) for each in values if not each.value)
        what = f"this {part.tbl} was" if named else "it was"
        return f"CONFLICT: {what} taken out ({gone}), and changed by who had not seen that ({kept}); it stays"
    table, pack = store.tables[part.tbl], store.pack
    names = {user.hex(): called for user, called in users.items()}
    words = " or ".join(
        f"“{value_words(table, name, each.value, pack, names)}” ({by(each)})" for each in values
    )
    if named:
        label = field_label(table, name.partition(".")[0], store.form, pack)
        return f"CONFLICT: {part.tbl.replace('_', ' ')}, {label}: {words}"
    return f"CONFLICT: {words}"
