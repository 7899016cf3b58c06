"""The part of the app that notices what another program writes to the store, and checks it at once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from textual import work
from textual.app import App
from textual.worker import get_current_worker

from spoc.model.errors import Refusal
from spoc.model.idle import Idle

_EVERY = 2.0  # seconds between two looks
_ALONE = 600.0  # seconds without a key after which the whole store is verified, once a day


class WatchingApp(App[None]):
    """Checks the signatures of what another program wrote within seconds: what does not count disappears from
    the screens, and the board says so. What this window writes is not checked again. Once a day, while nobody
    types, the whole store is verified: a script can change a table alone, or mark its forgery as verified."""

    desk: Any
    idle: Idle
    now: Callable[[], datetime]
    keys_note: str
    verify_note: str
    _verified_on: date | None = None  # the day on which the whole store was verified
    _seen = -1  # the store's number of changes when last checked
    # The store that is watched, and what others had written to it when last checked.
    _checked: tuple[Any, int] = (None, 0)

    def on_mount(self) -> None:
        """Textual calls each class's own."""
        self.set_interval(_EVERY, self._look)

    def begin_watching(self, desk: Any) -> None:
        """Watches from here on; what was there before is checked by whoever calls. Call it in a thread."""
        from spoc.storage.upkeep.daily import written_by_others

        self._checked = (desk.store, written_by_others(desk.store))

    def _look(self) -> None:
        if self.desk is None or self._checked[0] is not self.desk.store:
            return
        today = self.now().date()
        if self._verified_on != today and self.idle.seconds() >= _ALONE:
            self._verified_on = today
            self._verify_whole(self.desk)
        if self._seen != (changes := self.desk.store.changes()):
            self._seen = changes
            self._check(self.desk)

    @work(thread=True, exclusive=True, group="watching")
    def _check(self, desk: Any) -> None:
        from spoc.storage.desk import judge_again
        from spoc.storage.secrecy.comparing import differences
        from spoc.storage.store import StoreClosed
        from spoc.storage.upkeep.daily import verify_news, written_by_others

        worker = get_current_worker()
        with suppress(Refusal, StoreClosed):
            checked = (desk.store, written_by_others(desk.store))
            if checked != self._checked:
                self._checked = checked
                judge_again(desk)
                self.keys_note = "\n".join(differences(desk.store.reader, desk.folder))
                self.verify_note = verify_news(desk, lambda: not worker.is_cancelled)

    @work(thread=True, exclusive=True, group="verifying-whole")
    def _verify_whole(self, desk: Any) -> None:
        """A key stops it; it starts again when nobody has typed for a while."""
        from spoc.storage.store import StoreClosed
        from spoc.storage.upkeep.daily import verify_whole

        worker = get_current_worker()
        with suppress(Refusal, StoreClosed):
            note = verify_whole(
                desk, lambda: not worker.is_cancelled and self.idle.seconds() >= _ALONE
            )
            if note is None:
                self._verified_on = None
            else:
                self.verify_note = note
