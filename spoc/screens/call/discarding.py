"""Words typed in the wrong place, and a call that was begun by mistake."""

from collections.abc import Callable

from spoc.model.forms import form_input
from spoc.model.forms.sheet import with_pending, with_value
from spoc.screens.call.knowing import KnowingScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.storage.contacts.call import drafts
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.bindings import CALL, FIELD, key
from spoc.widgets.pages.screens import when_written

_SENTENCE = 4  # from this many words, text that is not a code, a day or a number reads like a misplaced note
_NUMBER = "record_number"  # a line of free text, where three are enough


class DiscardingScreen(KnowingScreen):
    """A call whose misplaced words go to the notes with one key, and which can be discarded with a reason."""

    BINDINGS = [
        key("ctrl+t", "to_notes", "to the notes", "Move these words to the notes", "call.to-notes", FIELD),
        key("alt+x", "discard", "discard", "Discard a call started by mistake, with a reason", "call.discard", CALL,
            show=False),
    ]  # fmt: skip

    astray = ""  # the slot whose words read like notes

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Words can be moved to the notes only if they read like notes."""
        if action == "to_notes":
            return bool(self.astray)
        if action == "discard":
            return not self.sheet.kept
        return super().check_action(action, parameters)

    def _take(self, slot: str) -> bool:
        took = super()._take(slot)
        reads = self._reads_like_notes(slot)
        if reads:
            self.say("That reads like notes: Ctrl+T puts it there.")
        if reads or self.astray == slot:
            self.astray = slot if reads else ""
            self.refresh_bindings()
        return took

    def _reads_like_notes(self, slot: str) -> bool:
        """Whether there is a sentence in place of a code, a day or a number."""
        words = len(form_input.text_of(self.sheet, slot, self.form).split())
        if slot == _NUMBER:
            return words > 2
        return (
            words >= _SENTENCE
            and slot not in ("child", "notes")
            and bool(self._left_as_typed(slot))
        )

    async def action_to_notes(self) -> None:
        """Moves the words from the wrong line to the end of the notes."""
        await settled(self.focused)
        slot, self.astray = self.astray, ""
        text = form_input.text_of(self.sheet, slot, self.form)
        sheet = with_pending(self.sheet, slot, "")
        if slot == "outcome":
            sheet = form_input.with_outcome(sheet, "")
        elif slot in self.fields and slot in sheet.values:
            sheet = with_value(sheet, slot, "")
        self.keeper.keep(form_input.with_notes(sheet, text))
        self._show_all()
        self._go(slot)
        self.say("It is now at the end of the notes.")
        self.refresh_bindings()

    async def action_discard(self) -> None:
        """Discards the call: the reason is recorded, and nothing else remains."""
        await settled(self.focused)
        self._keep_typed()
        words = "Nothing that was typed is kept. Say why: a wrong number, started twice. The reason is recorded."
        self._ask_why("Discard this call", words, self._discarded)

    def _ask_why(self, title: str, words: str, then: Callable[[str | None], None]) -> None:
        of = self.keeper.draft.id.hex()
        self.app.push_screen(ReasonScreen(self.desk, title, words, of), then)

    def _discarded(self, why: str | None) -> None:
        if not why:
            return

        def discarded(error: str) -> None:
            if error:
                self.keeper.not_saved()
                self.say(f"{error} The reason was: {why}")
            else:
                self.dismiss(None)

        writing = drafts.discard_for(self.desk.store, self.desk.actor, self.keeper.draft, why)
        self.keeper.end()
        when_written(self, lambda: writing, discarded)
