"""The line after a call: that it closed, under which reference, for whom, and what is still to be done."""

from spoc.model.values.dates import counted
from spoc.model.values.reference import reference
from spoc.screens.contacts.list_lines import children_of
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.storage.followups import reading


def closed_words(desk: Desk, contact: bytes) -> str:
    """The line for the page beneath a closed call; the reference comes first, to be read out. For a restricted
    contact there is nothing else, as in a list."""
    ref = f"Closed: {reference(contact)}"
    row = next(iter(contacts.by_id(desk.store, desk.actor, [contact])), None)
    if row is None or row.restricted:
        return f"{ref}   restricted contact"
    left = reading.open_of(desk.store.reader, contact)
    then = counted(left, "follow-up") if left else "nothing to follow up"
    return "   ".join(filter(None, (ref, children_of(row), then)))
