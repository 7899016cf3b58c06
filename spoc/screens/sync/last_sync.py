"""Leaving with work that the other desks do not have yet: it is sent first, or somebody is told what stays here."""

from dataclasses import dataclass
from threading import Event

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.rules.access import may
from spoc.model.values.dates import counted
from spoc.model.values.plain import visible
from spoc.screens.sync.syncing import in_own_thread
from spoc.storage.desk import Desk
from spoc.storage.desks.standing import standing
from spoc.sync import run
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.keybar import KeyBar


def unsent(desk: Desk) -> int:
    """How many entries the place of sync lacks, if one is named."""
    if not desk.store.settings.get("sync") or not may(desk.actor.role, "sync.run"):
        return 0
    stands = standing(desk.store, desk.actor)
    return 0 if stands.asking else stands.unsent


class LastSyncScreen(ModalScreen[None]):
    """Syncs before spoc ends, and ends it. If the place cannot be reached, it says what stays here, and asks."""

    CSS_PATH = "last_sync.tcss"
    OVER_COVER = True  # what is unsent goes from the lock, too
    BINDINGS = [
        key("l", "leave", "leave", "Leave without waiting; it is sent when spoc is next open", "last-sync.leave", DESK),
        key("escape", "stay", "stay", "Go back to the desk", "last-sync.stay", DESK),
    ]  # fmt: skip

    @dataclass
    class Ended(Message):
        """The sync is over; ``why`` says what it could not do."""

        why: str = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.halt = desk, Event()

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static("Sending what the other desks do not have yet …", id="title", markup=False)
            yield Static("l leaves without waiting.", id="words", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        in_own_thread(self._sync)

    def _sync(self) -> None:
        done = run.attempt(self.desk, stop=self.halt)
        self.post_message(self.Ended(done if isinstance(done, str) else ""))

    def on_last_sync_screen_ended(self, event: Ended) -> None:
        if self.halt.is_set():
            return
        left = unsent(self.desk)
        if not left:
            self.app.exit()
            return
        noun = counted(left, "entry") if left == 1 else f"{left:,} entries"
        self.query_one("#title", Static).update("Not sent yet")
        self.query_one("#words", Static).update(
            Content(
                visible(
                    f"{noun} stay safe on this computer, and the other desks do not see them until spoc is open here "
                    f"again and reaches the place of sync. {event.why} Esc stays; l leaves."
                )
            )
        )

    def action_leave(self) -> None:
        self.halt.set()
        self.app.exit()

    def action_stay(self) -> None:
        self.halt.set()
        self.dismiss(None)
