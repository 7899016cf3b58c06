"""What guides a call, with what the store knows of its children."""

from spoc.model.forms import contact as model
from spoc.model.forms.contact import Missing
from spoc.model.forms.sheet import Sheet
from spoc.model.rules import guiding
from spoc.model.rules.clock import to_local
from spoc.model.rules.guiding import Guided
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text
from spoc.storage.contacts.outcomes import LATEST
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
    return len(_earlier(store, sheet))


def earlier_words(store: Store, sheet: Sheet) -> str:
    """That these children are known here, in a line for the beginning of a call; "" where they are not."""
    found = _earlier(store, sheet)
    if not found:
        return ""
    received, outcome, still_open = found[0]
    day = shown_day(to_local(from_text(received)).date())
    ended = "still open" if still_open else store.pack.label("outcome", outcome or "")
    before = "1 earlier contact" if len(found) == 1 else f"{len(found)} earlier contacts"
    return f"{before} about this child, the last {day}" + (f": {ended}" if ended else "")


def _earlier(store: Store, sheet: Sheet) -> list[tuple[str, str | None, int]]:
    """When each earlier contact was received, its last outcome, whether it is open; the last first."""
    known = [each.id for child in sheet.children for each in (child, child.mother) if each]
    ids = [bytes.fromhex(each) for each in known if each]
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    found = store.reader.conn.execute(
        f"SELECT DISTINCT contact.received_at, {LATEST}, contact.closed_at IS NULL, contact.id"
        " FROM contact_person JOIN contact ON contact.id = contact_person.contact"
        f" WHERE person IN ({marks}) AND part <> 'caller' AND contact_person._void = 0"
        " AND contact._void = 0 AND contact.opened_at < ? ORDER BY contact.received_at DESC, contact.id DESC",
        (*ids, sheet.opened_at),
    )
    return [(received, outcome, is_open) for received, outcome, is_open, _ in found.fetchall()]
