"""Looking after the extract while a window shows the records: receiving what was written in it, and making it
again."""

import time
from typing import TYPE_CHECKING

from textual import work

from spoc.screens.sync.syncing import SyncingApp

if TYPE_CHECKING:
    from spoc.storage.store import Store

_LOOKS, _MAKES = 15.0, 1800.0  # seconds between two checks, and between two extracts


class ExtractingApp(SyncingApp):
    """Looks after the extract while somebody is signed in who holds the key of the records.

    ``extract_note`` is a sentence for the board, or empty.
    """

    extract_note = ""
    _extract_of: "Store | None" = None
    _extract_made = 0.0
    _extract_seen: tuple[int, ...] = ()

    def on_mount(self) -> None:
        """Runs beside the other classes' own: Textual calls them all."""
        self.set_interval(_LOOKS, self.mind_extract)

    @work(thread=True, exclusive=True, group="extract")
    def mind_extract(self) -> None:
        """Makes the extract if it is due; otherwise receives what is new in it."""
        from spoc.storage.upkeep import daily

        desk = self.desk
        if desk is None or desk.store.is_extract:
            return
        due = time.monotonic() - self._extract_made > _MAKES
        if due or desk.store is not self._extract_of:
            self._extract_of, self._extract_made = desk.store, time.monotonic()
            self.extract_note = daily.extract(desk)
        self._extract_seen = daily.from_extract(desk, self._extract_seen)
