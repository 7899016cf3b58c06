"""Rows copied from a spreadsheet or an email: pasted onto a page, and taken as a list."""

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import settled
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.bindings import FIELD, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar


class PasteScreen(ModalScreen[str], HoldingScreen[str]):
    """Dismissed with what was pasted, or with "" if nothing is to be taken."""

    CSS_PATH = "pasting.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("f2", "take", "take it", "Take the rows", "paste.take", FIELD),
        key("escape", "leave", "back", "Go back; nothing is taken", "paste.leave", FIELD),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Rows to paste")
        yield Static(
            "Paste the rows with their headings here; F2 takes them.", id="asked", markup=False
        )
        yield TextBox("rows")
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        page = self.query_one(TextBox)
        page.tab_behavior, page.indent_type = (
            "indent",
            "tabs",
        )  # a console without a paste types them
        self.set_focus(page)

    async def action_take(self) -> None:
        page = self.query_one(TextBox)
        await settled(page)
        self.dismiss(page.text)

    async def action_leave(self) -> None:
        await settled(self.focused)
        if self.leaves():
            self.dismiss("")
