"""Adding a record that is a form by itself: text and coded fields, drawn from their description."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from spoc.model.forms.child import Interpretation
from spoc.model.forms.forms import Field
from spoc.model.forms.record_form import lacking
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code
from spoc.model.values.plain import visible
from spoc.screens.call.typing.suggestions import CHOOSES, coded, marked
from spoc.screens.desk.pages.writing import WritingScreen
from spoc.storage.desk import Desk
from spoc.widgets.forms.candidates import Candidate, Candidates
from spoc.widgets.forms.fields import Fields
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import CONTACT, FIELD, arrows, key
from spoc.widgets.pages.keybar import KeyBar

Write = Callable[[Mapping[str, str]], "Future[Any]"]


class RecordScreen(ModalScreen[bool], WritingScreen):
    """Asks for a form's fields and writes them. Dismissed with True once they are in the ledger."""

    CSS_PATH = "record.tcss"
    AUTO_FOCUS = None
    offered_for = ("", "")  # the field and its text
    BINDINGS = [
        key("enter", "next", "next", "Take what is marked and go on", "record.next", FIELD),
        key(
            "tab",
            "step(1)",
            "next field",
            "Go to the next field",
            "record.next-field",
            FIELD,
            show=False,
        ),
        key("shift+tab", "step(-1)", "back", "Go to the previous field", "record.back", FIELD),
        key("f2", "save", "save", "Write it to the record", "record.save", CONTACT),
        key("escape", "cancel", "leave", "Leave; nothing is written", "record.cancel", CONTACT),
        *arrows("record", above="Mark the choice above", below="Mark the choice below"),
    ]

    def __init__(
        self,
        desk: Desk,
        title: str,
        form: Sequence[Field],
        write: Write,
        *about: str,
        known: Mapping[str, Sequence[Candidate]] = MappingProxyType({}),
    ) -> None:
        """``about`` distinguishes it from a form with the same title about something else; ``known`` are the
        values that are offered for a text field, by its key."""
        super().__init__()
        self.known = known
        self.about = (title, *about)
        self.desk, self.form, self.write = desk, form, write
        self.heading = title
        self.fields = {field.key: field for field in form}

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(visible(self.heading), id="title", markup=False)
            yield Fields(self.form, card=True)
            yield Static("", id="message", markup=False)
            yield Candidates()
        yield KeyBar()

    def on_mount(self) -> None:
        self.strip = self.query_one(Candidates)
        self.slots: dict[str, LineInput | TextBox] = {
            each.slot: each for each in [*self.query(LineInput), *self.query(TextBox)]
        }
        self.order = [field.key for field in self.form]
        # A text takes the rows that are free, and can spare some for the list of codes.
        self.set_class(any(isinstance(each, TextBox) for each in self.slots.values()), "-roomy")
        self.set_focus(self.slots[self.order[0]])
        self._offer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter and the arrows belong to a text area while one writes in it. A form with only one field has
        no other to go to."""
        if action == "step":
            return len(self.form) > 1
        return not (action in ("next", "mark") and isinstance(self.focused, TextBox))

    @property
    def slot(self) -> str:
        """The field with the focus."""
        return self.focused.slot if isinstance(self.focused, LineInput | TextBox) else self.order[0]

    def _text(self, slot: str) -> str:
        field = self.slots[slot]
        return field.text if isinstance(field, TextBox) else field.value

    @property
    def today(self) -> Any:
        return to_local(self.desk.store.now()).date()

    # -- typing ------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_focus:
            self._keep_offered()
        if isinstance(event.input, LineInput):
            self._show_words(event.input.slot)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._keep_offered()

    def _keep_offered(self) -> None:
        """Offers what fits the field as it stands; if that is shown already, its mark stays."""
        if self.offered_for != (self.slot, self._text(self.slot)):
            self._offer()

    def _offer(self) -> None:
        field = self.fields[self.slot]
        text = self._text(self.slot)
        self.offered_for = (self.slot, text)
        codes = self.desk.store.pack.codes(field.codes, self.today) if field.codes else ()
        if codes and not text.strip():
            listed = [f"{each.short[0]:<2} {each.in_brief}" for each in codes if each.short]
            self.strip.offer((), -1, field.hint, listed)
            return
        found = coded(text, codes) if codes else self._known(text)
        hint = CHOOSES if found and not codes else field.hint
        self.strip.offer(found, marked(text, found, ""), hint)

    def _known(self, text: str) -> list[Candidate]:
        """The known values that contain what is typed, or all: none is taken without being chosen."""
        typed = text.casefold().split()
        return [
            each
            for each in self.known.get(self.slot, ())
            if each.name != text
            and all(one in f"{each.name} {each.words}".casefold() for one in typed)
        ]

    def _show_words(self, slot: str) -> None:
        """The label of the code in its field; "not a code" beside anything else."""
        field, text = self.fields[slot], self._text(slot).strip()
        if field.codes:
            found = self.desk.store.pack.find(field.codes, text)
            left = text and not self.slots[slot].has_focus
            words = found.label if found else ("not a code" if left else "")
            self.query_one(Fields).say(slot, words)

    def _take(self) -> None:
        """Puts the marked code into its field."""
        slot = self.slot
        field = self.slots[slot]
        if isinstance(field, TextBox):
            return
        self._keep_offered()
        choice = self.strip.marked.choice if self.strip.marked else None
        taken = choice.code if isinstance(choice, Code) else ""
        taken = choice.text if isinstance(choice, Interpretation) else taken
        if taken and field.value != taken:
            field.value = taken
            self._show_words(slot)

    # -- going on ----------------------------------------------------------------------------------

    async def action_next(self) -> None:
        """Goes one field on; a form with only one field is saved."""
        if len(self.order) > 1:
            await self.action_step(1)
        else:
            await self.action_save()

    async def action_step(self, step: int) -> None:
        """Takes what is marked and goes one field on or back."""
        await settled(self.focused)
        self._take()
        place = self.order.index(self.slot) + step
        self._go(self.order[place % len(self.order)])

    def _go(self, slot: str) -> None:
        left = self.slot
        self.set_focus(self.slots[slot])
        self._show_words(left)
        self._offer()

    async def action_mark(self, step: int) -> None:
        """Marks another choice, for what was typed before the arrow."""
        await settled(self.focused)
        self._keep_offered()
        self.strip.move(step)

    async def action_save(self) -> None:
        """Saves it, or says what is missing and goes there."""
        await settled(self.focused)
        if self.writing:
            return
        self._take()
        fields = {slot: self._text(slot) for slot in self.order}
        lack = lacking(fields, self.form, self.desk.store.pack, self.today)
        if lack:
            self.say(f"Not recorded yet. {lack.sentence}")
            self._go(lack.key)
            return
        await self.write_and_leave(lambda: self.write(fields))
