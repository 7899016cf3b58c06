"""A letter from a review: shown whole, copied and recorded with one key."""

from asyncio import wrap_future

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.attendance.letters import LetterText
from spoc.model.errors import Refusal
from spoc.model.values.plain import visible, visible_lines
from spoc.screens.desk.pages.going import GoingScreen
from spoc.storage.attendances import telling
from spoc.storage.attendances.showing import Shown
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.widgets import clipboard
from spoc.widgets.pages.bindings import CONTACT, key
from spoc.widgets.pages.keybar import KeyBar


class LetterScreen(GoingScreen[bool], ModalScreen[bool]):
    """Shows a letter. Dismissed with True once it was copied and recorded."""

    CSS_PATH = "letter.tcss"
    AUTO_FOCUS = None
    app = getters.app(clipboard.CopyingApp)
    BINDINGS = [
        key("c", "copy", "copy it", "Copy the letter for a minute, and record it", "letter.copy", CONTACT),
        key("escape", "back", "back", "Go back; nothing is recorded", "letter.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, shown: Shown, letter: LetterText, why: str = "") -> None:
        super().__init__()
        self.desk, self.shown, self.letter, self.why = desk, shown, letter, why

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(self.letter.letter.title, id="title", markup=False)
            yield Static(Content(visible_lines(self.letter.text)), markup=False)
            yield Static("", id="message", markup=False)
        yield KeyBar()

    async def action_copy(self) -> None:
        store, actor, record = self.desk.store, self.desk.actor, self.shown.line.id
        code = self.letter.letter.code
        try:
            await wrap_future(
                audit.record(store, actor, "export", subject=record, purpose="letter", detail=code)
            )
            await wrap_future(telling.write_letter(store, actor, self.shown, self.letter, self.why))
        except Refusal as refused:
            self.query_one("#message", Static).update(Content(visible(str(refused))))
            return
        self.app.copy_out(self.letter.text)
        self.dismiss(True)

    def action_back(self) -> None:
        self.dismiss(False)
