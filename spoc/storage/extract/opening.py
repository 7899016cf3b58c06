"""Opening the extract for somebody who holds no key of the store."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from spoc.model.errors import NotAllowed
from spoc.model.ledger.records import tables
from spoc.model.rules.access import ROLES
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.storage.driver import connect, row
from spoc.storage.ledger import projection
from spoc.storage.migrations import SCHEMA, local
from spoc.storage.secrecy import rekeying
from spoc.storage.secrecy.keys import OpenedKeys
from spoc.storage.start import start
from spoc.storage.store import Store
from spoc.storage.store_folder import EXTRACT_FILE

MAKE = "somebody who takes calls signs in, or runs: spoc extract"


def open_extract(
    folder: Path, unlocked: OpenedKeys, now: Callable[[], datetime]
) -> tuple[Store, bytes]:
    """The extract as a store, and its key. Raises NotAllowed, with a sentence, if there is none that can be used."""
    path, key = folder / EXTRACT_FILE, rekeying.extract_key_in_force(folder, unlocked)
    if key is None:
        raise NotAllowed(
            "Your role works on an extract of the records without names, and it is not there or cannot be read; "
            f"the records are safe. It is made when {MAKE}"
        )
    db = connect(path, key, read_only=True)
    try:
        version = row(db.conn.execute("PRAGMA user_version").fetchone())
        fits = version == SCHEMA and local(db, "projection") == projection.signature(tables())
        if not fits or local(db, "roots") is None:
            raise NotAllowed(
                "The extract that your role works on was made by another version of spoc; the records are safe. "
                f"It is made again when {MAKE}"
            )
    finally:
        db.conn.close()
    return start(path, key, now=now), key


def as_of(store: Store) -> str:
    """For the pages and commands of whoever works on an extract: of when it is; "" for the records themselves."""
    if not store.is_extract:
        return ""
    return f"Without names, as of {shown_instant(from_text(local(store.reader, 'as_of')))}."


def not_yet(holders: Iterable[str]) -> NotAllowed:
    """The refusal for somebody whose slot still opens the records, though their role holds no key of them."""
    names = ", ".join(sorted(holders))
    if not names:
        return NotAllowed(
            "Your role works on an extract of the records without names, and nobody who takes calls is a user of this "
            "desk, so none can be made; nothing was opened. Work at a desk of theirs: they add you there."
        )
    return NotAllowed(
        "Your role works on an extract of the records without names, which is not made yet; nothing was opened. "
        f"It is made when somebody who takes calls signs in: {names}."
    )


def not_given(role: str) -> NotAllowed:
    """The refusal for somebody whose role holds the key of the records, which nobody gave them at this desk."""
    return NotAllowed(
        f"As {ROLES[role].lower()} you need the key of the records, and nobody who holds it has given it to you at this desk; "
        "nothing was opened. Let a named professional or a duty advisor who holds it give you your role again: users, or "
        "spoc user role"
    )
