"""Saving a call sheet as it is typed, and knowing what is safe."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from spoc.model.errors import Refusal
from spoc.model.forms.sheet import Sheet
from spoc.model.rules.clock import to_local
from spoc.model.values.instants import from_text
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.desk import Desk

SAVE_AFTER = 0.12  # seconds from the first unsaved key to the save: a draft is never 300 ms behind
TRY_AGAIN = 2.0  # seconds to wait after a failed save
PATIENCE = 2.0  # seconds for which leaving waits for the disk


class Keeper:
    """Holds one draft's sheet and saves it, at most SAVE_AFTER after each change.

    It posts ``Saved`` and ``Failed`` to the screen; after a failure it keeps trying.
    """

    @dataclass
    class Saved(Message):
        """The draft is safe on disk up to ``version``; ``at`` is UTC text."""

        at: str
        version: int

    @dataclass
    class Failed(Message):
        """A save did not happen; ``why`` is a sentence."""

        why: str

    def __init__(
        self, screen: Screen[Any], desk: Desk, draft: Draft, where: Callable[[], tuple[str, int]]
    ) -> None:
        self.screen, self.desk, self.draft, self.where = screen, desk, draft, where
        self.sheet = draft.sheet
        self.version = self.saved_version = 0
        self.failed = self.ended = False
        self._waiting: Timer | None = None
        self._saving: Future[str] | None = None  # the latest save requested

    def keep(self, sheet: Sheet) -> None:
        """Takes the sheet as it now is."""
        self.sheet = sheet
        self.version += 1
        if self._waiting is None:
            self._waiting = self.screen.set_timer(SAVE_AFTER, self.save)

    def save(self) -> "Future[str] | None":
        """Saves now what is not yet saved. Does nothing after ``end``."""
        self._waiting = None
        if self.ended or self.version == self.saved_version:
            return None
        # so that the cursor comes back to the letter even after a crash
        slot, cursor = self.where()
        sheet = replace(self.sheet, slot=slot, cursor=cursor)
        self._saving = done = drafts.save(self.desk.store, self.draft, sheet)
        done.add_done_callback(partial(self._report, self.version))
        return done

    async def unsaved(self) -> str:
        """Why the page must not be left yet, as a sentence; "" once everything is on the disk, or the draft
        has ended."""
        self.save()
        return "" if self.ended else await on_disk(self._saving)

    def end(self) -> None:
        """Ends the draft: the contact is closed, or was never begun, and no draft of it may come back."""
        self.ended = True

    def _report(self, version: int, done: "Future[str]") -> None:
        error = done.exception()
        message = self.Failed(str(error)) if error else self.Saved(done.result(), version)
        self.screen.post_message(message)

    def saved(self, event: Saved) -> bool:
        """Takes note of a save; returns whether it is the first after a failure."""
        again, self.failed = self.failed, False
        self.draft = replace(self.draft, saved_at=event.at)
        self.saved_version = max(self.saved_version, event.version)
        return again

    def not_saved(self) -> None:
        """Takes note of a failure, and tries again."""
        self.failed, self.ended = True, False
        if self._waiting is None:
            self._waiting = self.screen.set_timer(TRY_AGAIN, self.save)

    def words(self) -> str:
        """The save state in words: "saved 09:14:03"."""
        if self.failed:
            return "NOT SAVED"
        if self.version > self.saved_version or not self.draft.saved_at:
            return "not saved yet" if self.version else "nothing typed yet"
        return f"saved {to_local(from_text(self.draft.saved_at)):%H:%M:%S}"

    def brief(self) -> str:
        """The save state in a word or two, for a header without room."""
        if self.failed:
            return self.words()
        return (
            "unsaved" if self.version > self.saved_version or not self.draft.saved_at else "saved"
        )


async def on_disk(saving: "Future[Any] | None") -> str:
    """Why the typing is not on the disk, as a sentence; "" once it is. Waits a moment for it."""
    if saving is None:
        return ""
    try:
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(saving)), PATIENCE)
    except TimeoutError:
        return "The disk is slow and has not saved everything you typed yet: wait a moment, then press the same key again."
    except Refusal as refused:
        return stays(str(refused))
    return ""


def stays(why: str) -> str:
    """The sentence that nothing is saved, and that the words are only on this page."""
    return f"NOT SAVED. {why} What you typed is only here: stay on this page."


def give_up(screens: Iterable[Screen[Any]]) -> "list[Future[str]]":
    """Stops, because a colleague takes the desk: what was typed is saved now, and nothing later by the
    person who left. Another save would take back the open contact that the draft has become."""
    saves = []
    for screen in screens:
        keeper = getattr(screen, "keeper", None)
        if isinstance(keeper, Keeper):
            saves.append(keeper.save())
            keeper.end()
    return [each for each in saves if each]
