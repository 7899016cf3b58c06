"""What guides a call, with what the store knows of its children."""

from spoc.model import contact as model
from spoc.model import guiding
from spoc.model.clock import to_local
from spoc.model.contact import Missing
from spoc.model.guiding import Guided
from spoc.model.instants import from_text
from spoc.model.sheet import Sheet
from spoc.storage.store import Store


def missing(store: Store, sheet: Sheet, now: Guided | None = None) -> list[Missing]:
    """What the contact lacks before it can close; ``now`` is what guides it, where that is known already."""
    on = to_local(from_text(sheet.received_at)).date()
    return model.missing_to_close(sheet, store.pack, store.form, on, now or guided(store, sheet))


def guided(store: Store, sheet: Sheet) -> Guided:
    """What guides the call as it stands: questions, prompts, margin notes."""
    on = to_local(from_text(sheet.received_at)).date()
    return guiding.guided(sheet, store.pack.guide, on, earlier(store, sheet))


def earlier(store: Store, sheet: Sheet) -> int:
    """How many contacts about the children of a sheet, or about an unborn child's mother, there were
    before, however long ago (domain O12)."""
    known = [each.id for child in sheet.children for each in (child, child.mother) if each]
    ids = [bytes.fromhex(each) for each in known if each]
    if not ids:
        return 0
    marks = ", ".join("?" * len(ids))
    found = store.reader.conn.execute(
        "SELECT count(DISTINCT contact_person.contact) FROM contact_person"
        " JOIN contact ON contact.id = contact_person.contact"
        f" WHERE person IN ({marks}) AND part <> 'caller' AND contact_person._void = 0"
        " AND contact._void = 0 AND contact.opened_at < ?",
        (*ids, sheet.opened_at),
    )
    return int(found.fetchone()[0])
