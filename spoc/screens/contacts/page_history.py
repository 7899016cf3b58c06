"""The history of a contact: what was amended, by whom, when and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from spoc.model.forms.forms import RELEASE_FORM
from spoc.model.ledger.fold import VOID
from spoc.model.rules.clock import shown
from spoc.model.values.instants import from_text
from spoc.screens.contacts.page_lines import Line
from spoc.storage.contacts.contacts import Part
from spoc.storage.contacts.history import ADDED, Change
from spoc.storage.store import Store

Words = Callable[[str, Any], str]  # the words for a value of a list of codes


def history_lines(
    store: Store,
    changes: Sequence[Change],
    released: Sequence[Part],
    users: Mapping[bytes, str],
    words: Words,
) -> Iterator[Line]:
    """Every amendment and every answered request, in the order of their times."""
    yield Line("", "")
    nothing = "" if changes or released else "as it was first logged"
    yield Line("History", nothing, "bold")
    questions = store.pack.guide.questions
    labels = {each.code: each.label.lower() for each in questions} | {
        field.key: field.label.lower() for field in (*store.form, *RELEASE_FORM)
    }
    lines = [(part.first_at, _answered(part, users, words)) for part in released]
    for change in changes:
        table = store.tables[change.tbl]
        of = "code" if change.field in (VOID, ADDED) else change.field.split(".")[0]
        codes = next((each.codes for each in table.columns if each.name == of), "")
        name, _, element = change.field.partition(".")
        label = labels.get(name, name.replace("_", " "))
        if change.tbl == "contact_person" and change.field in (VOID, ADDED):
            change_words = f"{change.value} {'added' if change.field == ADDED else 'taken out'}"
        elif change.field == ADDED:
            change_words = f"{change.tbl} added: {words(codes, change.value)}"
        elif change.field == VOID:
            change_words = f"{change.tbl} taken out: {words(codes, change.value)}"
        elif element:
            change_words = (
                f"{label}: {words(codes, element)} {'added' if change.value else 'taken out'}"
            )
        else:
            before = words(codes, change.before) or "nothing"
            change_words = (
                f"{label}: was “{before}”, now “{words(codes, change.value) or 'nothing'}”"
            )
        line = f"{shown(from_text(change.at))}  {change.by}  {change_words}"
        line += f"\nbecause {change.why}" if change.why else ""
        lines.append((change.at, line))
    yield from (Line("", line, "$dim") for _, line in sorted(lines, key=itemgetter(0)))


def _answered(part: Part, users: Mapping[bytes, str], words: Words) -> str:
    """That a request was answered, in the history."""
    body = words("requester", part.values["body"])
    by = users.get(part.by, "unknown")
    return f"{shown(from_text(part.first_at))}  {by}  request answered: {body}"
