"""The headings that a desk has named itself, for each site: remembered, and corrected by naming them again."""

import json
from collections.abc import Mapping
from concurrent.futures import Future

from spoc.model.attendance.columns import spelt
from spoc.model.attendance.reconcile import record_of
from spoc.model.attendance.row import READ_AS
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import require
from spoc.model.values.dates import quoted
from spoc.storage.driver import Database
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.store import Store


def of_site(store: Store, site: str) -> dict[str, str]:
    """The headings named for a site, and those named for every site, with their fields."""
    rows = store.reader.conn.execute(
        "SELECT word, field FROM heading WHERE _void = 0 AND site IN ('', ?) ORDER BY site", (site,)
    )
    return dict(rows.fetchall())


def name(store: Store, actor: Actor, site: str, words: Mapping[str, str]) -> "Future[WrittenAct]":
    """Names the columns of a site's lists: heading to field, "" for one that means nothing. Raises BadInput
    for an unknown field."""
    require(actor.role, "attendance.import")
    if wrong := [field for field in words.values() if field and field not in READ_AS]:
        raise BadInput(f"{quoted(wrong[0])} is not a field of an attendance; nothing was changed.")

    def job(db: Database) -> WrittenAct:
        commands = []
        for word, field in words.items():
            own = record_of(f"heading\0{site}", spelt(word))
            row = db.conn.execute("SELECT _heads FROM heading WHERE id = ?", (own,)).fetchone()
            on = tuple(json.loads(row[0]).get("field", ())) if row else ()
            fields = {"site": site, "word": spelt(word), "field": field or "ignored"}
            commands.append(Command("heading", own, fields, {"field": on} if on else {}))
        return store.append(db, actor, commands)

    return store.submit(job)
