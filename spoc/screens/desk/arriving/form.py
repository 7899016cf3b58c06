"""The pages without a store: they check the folder, and most have a form."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from spoc.model.errors import Refusal
from spoc.model.values.plain import visible
from spoc.screens.desk.pages.covers import Cover
from spoc.storage import store_folder
from spoc.storage.secrecy import keys
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import FIELD, key
from spoc.widgets.pages.keybar import KeyBar

Line = tuple[str, str, str]  # a field: its name, its label, what to type there
SECRET = ("passphrase", "again")
NEW_PASSPHRASE: tuple[Line, Line] = (
    (
        "passphrase",
        "Passphrase",
        f"{keys.PASSPHRASE_LENGTH} characters or more, spaces count; four plain words are good",
    ),
    ("again", "Once more", "The same passphrase again, in case of a slip"),
)


def refused(line: LineInput) -> str:
    """Says at the line why a new passphrase is refused; what is typed next replaces it."""
    why = keys.fault_of(line.value) if line.value else ""
    if why:
        line.select_all()
    return why


class NewDesk(Cover):
    """A page shown while there is no store in the folder."""

    CSS_PATH = "setup.tcss"

    def __init__(self, folder: Path, now: Callable[[], datetime], text: str = "") -> None:
        super().__init__()
        self.folder, self._now, self._said = folder, now, text
        self._warnings: list[str] = []

    def on_mount(self) -> None:
        self._look_round()

    @work(thread=True)
    def _look_round(self) -> None:
        """Finds out whether a store may be in the folder. A Refusal ends the program."""
        found = self.look()
        self.app.call_from_thread(self._looked, store_folder.check(self.folder))
        self.app.call_from_thread(self.found, found)

    def look(self) -> Any:
        """What else a page has to look for, in a thread; ``found`` gets it."""
        return None

    def found(self, what: Any) -> None:
        """Uses what ``look`` found."""

    def _looked(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self.say(self._said)

    def say(self, words: str, wrong: bool = False) -> None:
        state = self.query_one("#state", Static)
        state.set_class(wrong or bool(self._warnings), "wrong")
        state.update(visible("  ".join([words, *self._warnings]).strip()))


class FormScreen(NewDesk):
    """A form of a few lines. Enter goes to the next line, and continues from the last one."""

    BINDINGS = [
        key("enter", "next", "next", "Go to the next field, then on", "set-up.next", FIELD),
        key("shift+tab", "back", "previous field", "Go to the previous field", "set-up.back", FIELD),
        key("escape", "leave", "back", "Go back to the first page; nothing is set up", "set-up.leave", FIELD),
    ]  # fmt: skip
    FIELDS: ClassVar[tuple[Line, ...]] = ()
    ABOUT = ""
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    doubtful = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("spoc", id="mark", markup=False)
            yield Static(self.ABOUT, id="about", markup=False)
            for slot, label, _ in self.FIELDS:
                with Horizontal(classes="row"):
                    yield Static(label, classes="label", markup=False)
                    yield LineInput(slot, password=slot in SECRET)
                    yield Static("", id=f"{slot}-words", classes="words", markup=False)
            yield Static("", id="hint", markup=False)
            yield Static("", id="state", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Runs beside the base class's: Textual calls both."""
        self.set_focus(self.line(self.FIELDS[0][0]))

    def line(self, slot: str) -> LineInput:
        return self.query_one(f"#{slot}", LineInput)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self.focused is not None and self.focused.id != self.FIELDS[0][0]
        return True

    async def action_next(self) -> None:
        """Goes to the next field at once, so that what is typed ahead lands there; continues from the last
        one."""
        lines = list(self.query(LineInput))
        if getattr(self.focused, "id", "") == "passphrase" and "again" in self.given():
            await settled(self.focused)
            why = refused(self.line("passphrase"))
            self.say(why, wrong=bool(why))
            if why:
                return
        if self.focused in lines[:-1]:
            self.set_focus(lines[lines.index(self.focused) + 1])
        elif self.focused is lines[-1]:
            self.set_focus(None)
            await settled(*lines)
            self.go_on()

    def action_back(self) -> None:
        lines = list(self.query(LineInput))
        if isinstance(self.focused, LineInput):
            self.set_focus(lines[max(0, lines.index(self.focused) - 1)])

    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Input.Changed)
    def _changed(self) -> None:
        for slot, words in self.beside():
            self.query_one(f"#{slot}-words", Static).update(visible(words))

    def beside(self) -> Iterator[tuple[str, str]]:
        """Updates the words beside each field, depending on what is typed there."""
        slots = {slot for slot, *_ in self.FIELDS}
        if "again" in slots:
            length = len(self.line("passphrase").value)
            short = keys.PASSPHRASE_LENGTH - length
            words = "" if not length else f"{short} more at least" if short > 0 else "long enough"
            yield "passphrase", words
            again = self.line("again").value
            same = again == self.line("passphrase").value
            yield "again", "" if not again else "the same" if same else "not the same yet"

    def on_descendant_focus(self) -> None:
        hints = {slot: hint for slot, _, hint in self.FIELDS}
        slot = getattr(self.focused, "id", None) or ""
        self.query_one("#hint", Static).update(hints.get(slot, ""))
        self._changed()

    # -- going on ----------------------------------------------------------------------------------

    def go_on(self) -> None:
        fields = self.given()
        if faulty := self._fault(fields):
            slot, sentence = faulty
            self.refused(sentence, slot)
            return
        self.say("setting up …")
        self._build(fields)

    def given(self) -> dict[str, str]:
        """What was typed, by field."""
        return {slot: self.line(slot).value for slot, *_ in self.FIELDS}

    @work(thread=True, exclusive=True, group="set-up")
    def _build(self, fields: dict[str, str]) -> None:
        try:
            self.build(fields)
        except Refusal as refusal:
            self.app.call_from_thread(self.refused, str(refusal), self.doubtful)

    def build(self, fields: dict[str, str]) -> None:
        """Does what the form is for, in a thread. If it raises a Refusal, ``doubtful`` is the field to correct."""

    def _fault(self, fields: dict[str, str]) -> tuple[str, str] | None:
        """The first field with a fault, and what it is."""
        for slot, label, _ in self.FIELDS:
            if slot not in self.OPTIONAL and not fields[slot].strip():
                return slot, f"{label}: something is needed here."
        if "again" in fields:
            if why := keys.fault_of(fields["passphrase"]):
                return "passphrase", why
            if fields["again"] != fields["passphrase"]:
                return "again", "The two passphrases differ; type the second again, or both."
        return None

    def refused(self, sentence: str, slot: str) -> None:
        """Says why it did not go on, and puts the cursor where that can be corrected."""
        self.set_focus(self.line(slot))
        self.say(sentence, wrong=True)
