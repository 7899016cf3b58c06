"""One version of a record erased: what stood before it does not come back."""

from samples import ADVISOR, close_one

from spoc.model.ledger.entry import Command
from spoc.storage.contacts import contacts
from spoc.storage.ledger import erasing, projection
from spoc.storage.store import Store


def test_what_an_erased_amendment_replaced_stays_replaced(store: Store) -> None:
    contact = close_one(store)
    for value in ("neglect", "sexual"):
        part = contacts.get(store, ADVISOR, contact)[0]
        contacts.amend(store, ADVISOR, part, {"category": value}, "rang back").result()
    every = projection.entries_of(store.reader, "contact", contact)
    middle = next(each for each in every if (each.fields or {}).get("category") == "neglect")
    found = erasing.commands(store.reader, [("contact", contact)], "misheard")
    (only,) = [each for each in found if each.record == middle.id]
    assert isinstance(only, Command)
    store.act(ADVISOR, [only]).result()
    own = contacts.get(store, ADVISOR, contact)[0]
    assert own.values["category"] == "sexual" and not own.conflicts
    last = next(each for each in found if each.record == every[-1].id)
    store.act(ADVISOR, [last]).result()
    assert contacts.get(store, ADVISOR, contact)[0].values["category"] is None
