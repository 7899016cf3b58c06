"""The app that syncs beside the work, where a place of sync is named."""

from contextlib import closing
from typing import Any

from textual import work

from spoc.screens.desk.staying import StayingApp

EVERY = 300.0  # seconds between two syncs beside the work
_FIRST = 20.0  # after somebody sat down: the board comes first


class SyncingApp(StayingApp):
    """Syncs every few minutes; what came of it is a sentence for the board, or nothing where all went well."""

    sync_note = ""
    desk: Any

    def on_mount(self) -> None:
        """Textual asks each class for its own."""
        self.set_timer(_FIRST, self.sync_beside)
        self.set_interval(EVERY, self.sync_beside)

    def sync_beside(self) -> None:
        """Sync, unless nobody is signed in or no place is named."""
        if self.desk is not None and self.desk.store.settings.get("sync"):
            self._sync_beside(self.desk)

    @work(thread=True, exclusive=True, group="sync")
    def _sync_beside(self, desk: Any) -> None:
        from spoc.storage.store import StoreClosed
        from spoc.sync import run
        from spoc.sync.places import place_of

        try:
            with closing(place_of(desk.store.settings["sync"])) as transport:
                done = run.sync(desk, transport)
            said = " ".join((*done.notes, *done.problems))
        except StoreClosed:
            return
        except Exception as error:
            said = run.refused_in_words(error)
        self.sync_note = f"Sync: {said}" if said else ""
