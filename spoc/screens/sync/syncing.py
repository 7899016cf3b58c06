"""The app that syncs in the background, if a place of sync is named."""

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Any

from spoc.screens.desk.pages.staying import StayingApp

_CLOSED = 2.0  # seconds between two checks for a closed contact to send at once
EVERY = 300.0  # seconds between two background syncs
_FIRST = 20.0  # after somebody signed in: the board comes first


def in_own_thread(job: Callable[[], None]) -> Thread:
    """Runs what may wait for a share or a server for minutes: the app's own threads stay free for the passphrase
    and the lists, and spoc ends without waiting for it."""
    thread = Thread(target=copy_context().run, args=(job,), name="spoc-sync", daemon=True)
    thread.start()
    return thread


class SyncingApp(StayingApp):
    """Syncs every few minutes; the result is a sentence for the board, or nothing if all went well."""

    sync_note = ""
    _tried = -1  # what was written when the last closed contact was sent at once
    _syncing: Thread | None = None
    desk: Any

    def on_mount(self) -> None:
        """Textual calls each class's own."""
        self.set_timer(_FIRST, self.sync_beside)
        self.set_interval(EVERY, self.sync_beside)
        self.set_interval(_CLOSED, self._sync_what_is_closed)

    def sync_beside(self) -> None:
        """Syncs, unless nobody is signed in or no place is named."""
        if self.desk is not None and self.desk.store.settings.get("sync"):
            self._sync_beside(self.desk)

    def _sync_what_is_closed(self) -> None:
        """Syncs at once if a contact counts as closed only once the place of sync has it."""
        if self.desk is None or self.desk.store.settings.get("closed_when_shared") != "yes":
            return
        from spoc.storage.desks import standing

        changes = self.desk.store.changes()
        if changes != self._tried and standing.not_shared(self.desk.store):
            self._tried = changes
            self.sync_beside()

    def _sync_beside(self, desk: Any) -> None:
        """Not while the last one still waits for a share that does not answer."""
        from spoc.sync.run import attempt

        def job() -> None:
            if done := attempt(desk):
                text = done if isinstance(done, str) else " ".join((*done.notes, *done.problems))
                self.sync_note = f"Sync: {text}" if text else ""

        if self._syncing is None or not self._syncing.is_alive():
            self._syncing = in_own_thread(job)
