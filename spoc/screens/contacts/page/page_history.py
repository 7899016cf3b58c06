"""The history of a contact: what was amended, by whom, when and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from spoc.model.documents.change_words import change_words
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.storage.contacts.contacts import Part
from spoc.storage.contacts.reading.history import Change
from spoc.storage.store import Store

Words = Callable[[str, Any], str]  # the words for a value of a list of codes


def history_lines(
    store: Store,
    changes: Sequence[Change],
    released: Sequence[Part],
    users: Mapping[bytes, str],
    words: Words,
) -> Iterator[PageLine]:
    """Every amendment and every answered request, in order of time."""
    yield PageLine("", "")
    nothing = "" if changes or released else "as it was first logged"
    yield PageLine("History", nothing, "bold")
    lines = [(part.first_at, _answered(part, users, words)) for part in released]
    for change in changes:
        text = change_words(
            store.tables[change.tbl],
            change.field,
            change.before,
            change.value,
            store.form,
            store.pack,
        )
        line = f"{shown_instant(from_text(change.at))}  {change.by}  {text}"
        line += f"\nbecause {change.why}" if change.why else ""
        lines.append((change.at, line))
    yield from (PageLine("", line, "$dim") for _, line in sorted(lines, key=itemgetter(0)))


def _answered(part: Part, users: Mapping[bytes, str], words: Words) -> str:
    """An answered request, in the history."""
    body = words("requester", part.values["body"])
    by = users.get(part.by, "unknown")
    return f"{shown_instant(from_text(part.first_at))}  {by}  request answered: {body}"
