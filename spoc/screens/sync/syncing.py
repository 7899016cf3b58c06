"""The app that syncs beside the work, where a place of sync is named."""

from contextlib import closing
from typing import Any

from textual import work

from spoc.screens.desk.staying import StayingApp

_CLOSED = 2.0  # seconds between two looks whether a contact was closed that is to be sent at once
EVERY = 300.0  # seconds between two syncs beside the work
_FIRST = 20.0  # after somebody sat down: the board comes first


class SyncingApp(StayingApp):
    """Syncs every few minutes; what came of it is a sentence for the board, or nothing where all went well."""

    sync_note = ""
    _tried = -1  # what was written when the last contact that was closed was sent at once
    desk: Any

    def on_mount(self) -> None:
        """Textual asks each class for its own."""
        self.set_timer(_FIRST, self.sync_beside)
        self.set_interval(EVERY, self.sync_beside)
        self.set_interval(_CLOSED, self._sync_what_is_closed)

    def sync_beside(self) -> None:
        """Sync, unless nobody is signed in or no place is named."""
        if self.desk is not None and self.desk.store.settings.get("sync"):
            self._sync_beside(self.desk)

    def _sync_what_is_closed(self) -> None:
        """Sync at once where a contact counts as closed only when the place of sync has it."""
        if self.desk is None or self.desk.store.settings.get("closed_when_shared") != "yes":
            return
        from spoc.storage.desks import standing

        changes = self.desk.store.changes()
        if changes != self._tried and standing.not_shared(self.desk.store):
            self._tried = changes
            self.sync_beside()

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
