"""A reason: one line, asked for when somebody goes against what the desk would do."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.values.plain import visible
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import CALL, FIELD, key
from spoc.widgets.pages.keybar import KeyBar


class ReasonScreen(ModalScreen[str], HoldingScreen[str]):
    """Asks for a reason. Dismissed with it, or with "" if nothing is to be done."""

    CSS_PATH = "reason.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "take", "record it", "Record the reason", "reason.take", FIELD),
        key("escape", "leave", "back", "Go back; nothing is recorded", "reason.leave", CALL),
    ]

    def __init__(
        self,
        desk: Desk,
        title: str,
        words: str,
        *about: str,
        label: str = "Because",
        secret: bool = False,
    ) -> None:
        """``about`` says what the reason is for, if title and words do not; a ``secret`` reason is not shown
        as it is typed, and not kept as a draft."""
        super().__init__()
        self.desk, self.about = desk, (title, words, *about)
        self.heading, self.words, self.label = title, words, label
        self.secret = secret

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content(visible(self.heading)), id="title", markup=False)
            yield Static(Content(visible(self.words)), id="words", markup=False)
            yield Static(self.label, classes="label", markup=False)
            yield LineInput("why", password=self.secret, classes="wide")
            yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(LineInput))

    async def action_take(self) -> None:
        """Returns the reason; without one nothing happens."""
        entry = self.query_one(LineInput)
        await settled(entry)
        if entry.value.strip():
            self.dismiss(entry.value.strip())
        else:
            self.say(
                "Type it, or press Esc to go back."
                if self.secret
                else "Write why, or press Esc to go back."
            )

    async def action_leave(self) -> None:
        await settled(self.focused)
        if self.leaves():
            self.dismiss("")
