"""Opening a restricted contact to one more person."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.values.plain import visible
from spoc.screens.desk.pages.writing import WritingScreen
from spoc.storage.desk import Desk
from spoc.storage.secrecy import restricted
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import CONTACT, key
from spoc.widgets.pages.keybar import KeyBar


class OpeningScreen(ModalScreen[bool], WritingScreen):
    """Asks for a name. Dismissed with True once the contact is also open to that person."""

    CSS_PATH = "key_grant.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "open", "open it to them", "Open it to them; recorded", "opening.open", CONTACT),
        key("escape", "cancel", "back", "Go back; nothing is opened", "opening.leave", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, contact: bytes) -> None:
        super().__init__()
        self.desk, self.contact = desk, contact
        self.about = (contact.hex(),)

    def compose(self) -> ComposeResult:
        names = ", ".join(
            each.name
            for each in restricted.may_have(self.desk.store, self.desk.actor, self.contact)
        )
        words = f"It may be opened to: {names}." if names else "There is nobody else to open it to."
        with Vertical(id="card"):
            yield Static("Open it to one more person", id="title", markup=False)
            yield Static(Content(visible(words)), id="words", markup=False)
            yield Static("Name, in full", classes="label", markup=False)
            yield LineInput("name", classes="wide")
            yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(LineInput))

    async def action_open(self) -> None:
        """Opens it to the person named, or says why not."""
        entry = self.query_one(LineInput)
        await settled(entry)
        if not self.writing:
            store, actor = self.desk.store, self.desk.actor
            await self.write_and_leave(
                lambda: restricted.open_to(store, actor, self.contact, entry.value)
            )
