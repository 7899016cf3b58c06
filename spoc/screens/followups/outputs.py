"""The files of clear text that this desk wrote, and the key that deletes one."""

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.rules.clock import shown
from spoc.model.values.plain import visible
from spoc.storage.desk import Desk
from spoc.storage.service import outputs
from spoc.storage.service.outputs import Output
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows


class OutputsScreen(Screen[None]):
    """Lists the files in the folder of outputs, the last written first."""

    CSS_PATH = "handover.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("x", "delete", "delete", "Delete the marked file; recorded", "outputs.delete", LIST),
        *arrows("outputs"),
        *leaves("outputs"),
        key("escape", "back", "back", "Go back", "outputs.back", LIST),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Files of clear text")
        yield Static("", id="said", markup=False)
        yield Rows(self._paint)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Rows))
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "delete" or bool(self.is_mounted and self.query_one(Rows).items)

    def _read(self) -> None:
        found = outputs.listed(self.desk)
        rows = self.query_one(Rows)
        rows.show(found, rows.marked)
        folder = self.desk.folder / outputs.FOLDER
        said = f"{len(found)} in {folder}" if found else f"None. They would stand in {folder}"
        self.query_one("#said", Static).update(Content(visible(said)))
        self.refresh_bindings()

    def _paint(self, each: Output, width: int) -> Content:
        return Content(visible(f"{shown(each.at)}   {each.path.name}   {each.size / 1000:.1f} kB"))

    def action_delete(self) -> None:
        each = self.query_one(Rows).item
        if each is None:
            return
        try:
            outputs.delete(self.desk, each)
            said = f"Deleted: {each.path.name}"
        except Refusal as refused:
            said = str(refused)
        message = self.query_one("#message", Static)
        message.update(Content(visible(said)))
        message.add_class("-said")
        self._read()

    def action_mark(self, step: int) -> None:
        self.query_one(Rows).move(step)

    def action_leaf(self, step: int) -> None:
        self.query_one(Rows).page(step)

    def action_back(self) -> None:
        self.dismiss(None)
