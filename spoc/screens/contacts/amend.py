"""Amending one field, or adding a note or an outcome: the new words, and why."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from spoc.model.errors import BadInput
from spoc.model.forms.amendment import (
    CLEAR,
    amended,
    amended_birth,
    as_typed,
    clearable,
    of_birth,
)
from spoc.model.forms.child import NUMBER, Interpretation, Terms, child_of, doubted
from spoc.model.hearing.code_match import ways
from spoc.model.ledger.table import Column
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible, visible_lines
from spoc.screens.call.typing.suggestions import HINTS, births, chooses, coded, marked, numbers
from spoc.screens.desk.pages.writing import WritingScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.contacts import Part
from spoc.storage.desk import Desk
from spoc.widgets.forms.candidates import Candidates
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import CONTACT, FIELD, arrows, key
from spoc.widgets.pages.keybar import KeyBar


@dataclass(frozen=True, slots=True)
class Amendable:
    """One field of one record, as shown when the amendment began."""

    part: Part
    column: Column
    label: str

    @property
    def current(self) -> Any:
        return self.part.values.get(self.column.name)


class AmendScreen(ModalScreen[bool], WritingScreen):
    """Asks for the new value and the reason. Dismissed with True once it is in the ledger.

    If ``amends`` is None it adds to the contact instead: a note, or an outcome if ``codes`` is set.
    """

    CSS_PATH = "amend.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key(
            "enter",
            "next",
            "next",
            "Go on to the reason, and from there save",
            "amend.next",
            CONTACT,
        ),
        key(
            "tab",
            "step",
            "next field",
            "Go to the other line",
            "amend.next-field",
            FIELD,
            show=False,
        ),
        key("shift+tab", "step", "back", "Go to the other line", "amend.back", FIELD, show=False),
        key("f2", "save", "save", "Write it to the record", "amend.save", CONTACT),
        key(
            "escape", "cancel", "leave it as it was", "Leave it as it was", "amend.cancel", CONTACT
        ),
        *arrows("amend", above="Mark the choice above", below="Mark the choice below"),
    ]

    instead = ""  # the title if it asks for somebody else instead
    warned = ""  # that a code would be taken out

    def __init__(
        self, desk: Desk, contact: bytes, amends: Amendable | None = None, codes: str = ""
    ) -> None:
        super().__init__()
        self.desk, self.contact, self.amends = desk, contact, amends
        which = (amends.part.tbl, amends.part.id.hex(), amends.column.name) if amends else (codes,)
        self.about = (contact.hex(), *which)
        self.codes = amends.column.codes if amends else codes
        self.birth = amends is not None and amends.part.tbl == "person" and of_birth(amends.column)
        self.number = amends is not None and amends.column.name == NUMBER
        long = amends.column.name == "text" if amends else not codes
        self.value = TextBox("value", desk.store.pack.abbreviations) if long else LineInput("value")

    def compose(self) -> ComposeResult:
        label = self.amends.label if self.amends else ("Outcome" if self.codes else "Note")
        with Vertical(id="card"):
            title = f"Amend: {label}" if self.amends else f"Add: {label.lower()}"
            title = self.instead or title
            yield Static(visible(title), id="title", markup=False)
            if self.amends:
                with Horizontal(id="current"):
                    yield Static("It says", classes="label", markup=False)
                    yield Static(visible_lines(self._current()), id="says", markup=False)
            with Horizontal(id="new"):
                yield Static(
                    visible(label if not self.amends else "Now"), classes="label", markup=False
                )
                yield self.value
            if self.amends:
                with Horizontal(classes="row"):
                    yield Static("Why", classes="label", markup=False)
                    yield LineInput("why")
            yield Static("", id="message", markup=False)
            yield Candidates()
            if self.amends and clearable(self.amends.column):
                yield Static(f"A single {CLEAR} leaves it empty.", id="hint", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.strip = self.query_one(Candidates)
        self.strip.display = bool(self.codes or self.instead) or self.birth or self.number
        if self.amends and self.amends.column.kind == "text" and not self.instead:
            # Words are corrected where they are; a code, a day or a number is typed afresh.
            typed = as_typed(self.amends.column, self.amends.current)
            if isinstance(self.value, TextBox):
                self.value.load_text(typed)
            elif self.amends.column.name != "nhs_number":
                self.value.value = typed
        self.query_one("#new").set_class(isinstance(self.value, TextBox), "-long")
        self.set_focus(self.value)
        self._offer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter and the arrows belong to a note while one writes it; only an amendment has two lines."""
        if action == "step":
            return self.amends is not None
        return not (action in ("next", "mark") and isinstance(self.focused, TextBox))

    def _current(self) -> str:
        assert self.amends is not None
        pack, value, column = self.desk.store.pack, self.amends.current, self.amends.column
        if column.kind == "many":
            return ", ".join(pack.label(column.codes, code) for code in value)
        text = as_typed(column, value)
        return pack.label(column.codes, text) if column.codes else text or "nothing"

    def _text(self) -> str:
        return self.value.text if isinstance(self.value, TextBox) else self.value.value

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "value":
            self._offer()

    def _offer(self) -> None:
        text = self._text()
        if self.number and self.amends:
            self.offered_for = text
            child = replace(child_of(self.amends.part.values), id=self.amends.part.id.hex())
            today = to_local(self.desk.store.now()).date()
            found = numbers(self.desk, [child], text, today, same=False)
            self.strip.offer(found, marked(text, found, ""), HINTS["child.ref"])
            return
        if self.birth and self.amends:
            self.offered_for = text
            found = births(text, child_of(self.amends.part.values), self._terms())
            self.strip.offer(found, marked(text, found, ""), HINTS["child.date"])
            return
        if not self.codes:
            return
        today = to_local(self.desk.store.now()).date()
        pack = self.desk.store.pack
        found = coded(text, pack.codes(self.codes, today), ways(pack, self.codes))
        self.offered_for = text
        index = marked(text, found, "")
        self.strip.offer(found, index, chooses(text, found, index))
        self._warn()

    def _warn(self) -> None:
        """Says beforehand that a code that is there already would be taken out."""
        marked = self.strip.marked
        many = self.amends is not None and self.amends.column.kind == "many"
        current = self.amends.current if self.amends and many else ()
        there = marked and isinstance(marked.choice, Code) and marked.choice.code in (current or ())
        words = f"{marked.words} is there already: saving takes it out." if marked and there else ""
        if words != self.warned:
            self.warned = words
            self.say(words)

    def _terms(self) -> Terms:
        """The context for reading a birth: an age typed now is an age today."""
        today = to_local(self.desk.store.now()).date()
        return Terms(today, today, self.desk.store.pack.plausible)

    def action_mark(self, step: int) -> None:
        self.strip.move(step)
        self._warn()

    def action_step(self) -> None:
        """Goes between the new value and the reason."""
        why = self.query("#why").first() if self.amends else self.value
        self.set_focus(self.value if self.focused is why else why)

    async def action_next(self) -> None:
        """Goes on to the reason; on the reason, saves."""
        if self.amends and self.focused is self.value:
            self.set_focus(self.query_one("#why", LineInput))
        else:
            await self.action_save()

    def _code(self) -> Code | None:
        if self.codes and self.offered_for != self._text():
            self._offer()
        marked = self.strip.marked
        return marked.choice if marked and isinstance(marked.choice, Code) else None

    async def action_save(self) -> None:
        """Saves it, or says what is missing."""
        await settled(self.focused)
        if not self.writing:
            await self.write_and_leave(lambda: self._write(self._code()))

    def _write(self, code: Code | None) -> "Future[Any] | None":
        store, actor = self.desk.store, self.desk.actor
        if self.amends is None:
            if not self.codes:
                return contacts.add_note(store, actor, self.contact, self._text())
            return contacts.add_outcome(store, actor, self.contact, code.code if code else "")
        why = self.query_one("#why", LineInput).value
        if self.birth:
            text = self._text()
            if self.offered_for != text:
                self._offer()
            chosen = self.strip.marked.choice if self.strip.marked else None
            reading = chosen if isinstance(chosen, Interpretation) else Interpretation(text)
            values = self.amends.part.values
            fields = amended_birth(values, reading.text, self._terms(), sure=reading.sure)
            return contacts.amend(store, actor, self.amends.part, fields, why) if fields else None
        sure = False
        if self.number:
            if self.offered_for != self._text():
                self._offer()
            chosen = self.strip.marked.choice if self.strip.marked else None
            sure = isinstance(chosen, Interpretation)
            if self.strip.offered and not sure:
                raise BadInput(
                    f"{self._text()} is the number of somebody else. ↓ keeps it, in doubt; otherwise type it again."
                )
        at = self.amends.part.values.get("at")
        fields = amended(
            self.amends.column,
            self.amends.current,
            self._text(),
            code,
            store.now(),
            store.hours,
            from_text(at) if at else None,
        )
        if self.number and fields:
            child = doubted(child_of(self.amends.part.values), NUMBER, doubt=sure)
            fields = {**fields, "doubt": child.doubt or None}
        return contacts.amend(store, actor, self.amends.part, fields, why) if fields else None
