"""Taking out a line's entries: marked first, taken out at the second press, and brought back by one key."""

from abc import abstractmethod

from spoc.model.forms import form_input
from spoc.model.forms.kinds import KINDS
from spoc.model.forms.sheet import NO_NAMES, Sheet
from spoc.screens.call.sheet_page import SheetPage
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.text_box import TextBox

_MANY = 50  # entries that can be brought back


class TakingOut(SheetPage):
    """A sheet in which any child, issue or action can be marked and taken out."""

    picked: int | None = None  # which of the line's entries is marked

    def _several(self, slot: str) -> bool:
        field = self.fields.get(slot)
        return field is not None and KINDS[field.kind].several

    def _rub(self, entry: LineInput) -> None:
        """Takes Backspace on an empty line: the first press marks what was added last, the second takes it
        out."""
        slot = entry.slot
        if not self._several(slot):
            return
        rows = form_input.held_in(self.sheet, slot)
        if not rows and not (slot == "child" and self.sheet.identity == NO_NAMES):
            return
        if self.picked is None or not entry.picking:
            self._pick(entry, len(rows) - 1)
            return
        place, before = self.picked, self.sheet
        self.picked = None
        self.taken_out(slot, before)
        self.keeper.keep(form_input.without(before, slot, place))
        self._show_all()
        self.say("Taken out. Ctrl+Z brings it back.")

    def _pick(self, entry: LineInput, place: int) -> None:
        self.picked, entry.picking = place, True
        self._say_beside(self.slot)
        self.say("Backspace again takes it out   ← → mark another   Enter goes to it")

    def _move_pick(self, entry: LineInput, step: int) -> None:
        """Marks another of the entries of an empty line, by the arrows."""
        rows = form_input.held_in(self.sheet, entry.slot) if self._several(entry.slot) else ()
        if rows:
            start = len(rows) if self.picked is None else self.picked
            self._pick(entry, max(0, min(start + step, len(rows) - 1)))

    def _unpick(self) -> None:
        if self.picked is not None:
            self.picked = None
            self.say("")
            self._say_beside(self.slot)

    def taken_out(self, slot: str, before: Sheet | str) -> None:
        """Remembers what a slot held, or what was typed in it."""
        self.gone = [*self.__dict__.get("gone", []), (slot, before)][-_MANY:]

    async def action_bring_back(self) -> None:
        """Brings back what was taken out last, in whichever list or line."""
        gone: list[tuple[str, Sheet | str]] = self.__dict__.get("gone", [])
        if not gone:
            self.say("There is nothing to bring back.")
            return
        slot, before = gone[-1]
        self.gone = gone[:-1]
        self.picked = None
        if isinstance(before, Sheet):
            self.keeper.keep(form_input.brought_back(self.sheet, before, slot, self.form))
            self._show_all()
        self._go(slot)
        if isinstance(before, str):
            line = self._line(slot)
            line.value = before
            line.cursor_position = len(before)
        self.say("Brought back.")

    @abstractmethod
    def _go(self, slot: str) -> None:
        """Puts the focus on a line."""

    def may_bring_back(self) -> bool:
        """Whether undo is this line's: a page of text has its own."""
        return not isinstance(self.focused, TextBox)
