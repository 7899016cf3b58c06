"""Pages with unsaved typing: it is kept as it is typed, and no way of leaving drops it silently."""

from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from textual import on
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import ScreenResultType
from textual.timer import Timer
from textual.widgets import Input, TextArea

from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.screens.call.typing.autosave import SAVE_AFTER, TRY_AGAIN, on_disk, stays
from spoc.storage.desk import Desk
from spoc.storage.secrecy import form_drafts
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.screens import MessageScreen

ASKS = "Not recorded yet. Esc again discards it."
BACK = "What you typed here on {} is back; it is not recorded yet."


class HoldingScreen(MessageScreen[ScreenResultType]):
    """A form that exists only here until it is saved: its lines are kept as they are typed, and are back
    when the same person opens it again. A line that hides its letters is never kept.

    A subclass sets ``desk``, and ``about``, which distinguishes it from the same form about something else.
    """

    desk: Desk
    about: tuple[str, ...] = ()

    _began: dict[str, str] | None = None  # the lines as they first were, before anybody typed
    _asked: tuple[dict[str, str], list[str]] | None = None  # the lines when leaving was asked about
    _now: dict[str, str] = {}  # the lines as they are now
    _kept: dict[str, str] | None = None  # the lines last handed to the disk
    _saving: "Future[Any] | None" = None
    _waiting: Timer | None = None
    _over = False

    @dataclass
    class NotKept(Message):
        """The typing could not be saved; ``why`` is a sentence."""

        why: str

    def on_mount(self) -> None:
        """Brings back what was typed before (Textual mounts the subclass first)."""
        self._began = self._kept = self._now = self._lines()
        self._draft = form_drafts.draft_of(self.desk.actor.id, type(self).__name__, *self.about)
        kept = form_drafts.read(self.desk.store, self._draft)
        lines = self._typed_in()
        if kept is None or not kept.lines.keys() <= lines.keys():
            return
        for slot, text in kept.lines.items():
            line = lines[slot]
            if isinstance(line, TextBox):
                line.load_text(text)
                line.move_cursor(line.document.end)
            else:
                line.value = text
                line.cursor_position = len(text)
        self._kept = self._now = self._lines()
        self.say(BACK.format(shown_instant(from_text(kept.at))))

    def _typed_in(self) -> dict[str, LineInput | TextBox]:
        lines: list[LineInput | TextBox] = [
            each for each in self.query(LineInput) if not each.password
        ]
        return {each.slot: each for each in [*lines, *self.query(TextBox)]}

    def _lines(self) -> dict[str, str]:
        found = self._typed_in().items()
        return {
            slot: each.text if isinstance(each, TextBox) else each.value for slot, each in found
        }

    def _secrets(self) -> list[str]:
        return [each.value for each in self.query(LineInput) if each.password and each.value]

    # -- keeping ---------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._now = self._lines()
        self._keep_soon(SAVE_AFTER)

    def _keep_soon(self, seconds: float) -> None:
        if self._waiting is None and self._began is not None and not self._over:
            self._waiting = self.set_timer(seconds, self._keep)

    def _keep(self) -> None:
        """Hands to the disk what it does not have yet."""
        self._waiting = None
        lines = self._now
        if self._over or self._began is None or lines == self._kept:
            return
        self._kept, store = lines, self.desk.store
        if lines == self._began:
            self._saving = form_drafts.discard(store, self._draft)
        else:
            self._saving = form_drafts.save(store, self._draft, lines)
        self._saving.add_done_callback(self._report)

    def _report(self, done: "Future[Any]") -> None:
        if error := done.exception():
            self.post_message(self.NotKept(str(error)))

    def on_holding_screen_not_kept(self, event: NotKept) -> None:
        """Says so, and keeps trying."""
        self._kept = None
        self.say(stays(event.why))
        self._keep_soon(TRY_AGAIN)

    def ending(self) -> AbstractContextManager[None]:
        """Ends the draft in the transaction of what is written within. If that is refused, the draft is
        kept again."""
        draft, self._kept = self._draft, None
        self._keep_soon(TRY_AGAIN)
        return self.desk.store.alongside(lambda db: form_drafts.end(db, draft))

    def on_unmount(self) -> None:
        """Sends what was typed to the store first, however the page ends; its lines are gone by now."""
        self._keep()

    # -- leaving ---------------------------------------------------------------------------------------

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leaves: it is saved or dropped; either way nothing of it may come back."""
        self._over = True
        if self._kept != self._began:
            form_drafts.discard(self.desk.store, self._draft)
        return super().dismiss(result)

    def leaves(self) -> bool:
        """Whether it may be left now: if something is typed, only when asked twice."""
        typed = self._lines(), self._secrets()
        if typed in ((self._began, []), self._asked):
            return True
        self._asked = typed
        self.say(ASKS)
        return False

    async def unwritten(self) -> str:
        """What leaving spoc would lose, as a sentence; "" if that is nothing, or is kept."""
        await settled(self.focused)
        if self._secrets():
            return "What is typed here is not recorded yet."
        if self._began is not None:
            self._now = self._lines()
        self._keep()
        return await on_disk(self._saving)
