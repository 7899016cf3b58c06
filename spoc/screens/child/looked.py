"""Who has looked at a child, when and why."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.rules.clock import shown_instant
from spoc.model.values.dates import counted
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.widgets.pages.bindings import CONTACT, arrows, key, leaves
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import RowsScreen

Look = tuple[str, str, str, str]  # when, who, why, and the kind of look


class LookedScreen(RowsScreen[None], ModalScreen[None]):
    """Lists every look at a child, the latest first."""

    CSS_PATH = "card.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        *arrows("looked"),
        *leaves("looked"),
        key("escape", "back", "back", "Go back", "looked.back", CONTACT),
    ]

    def __init__(self, whom: str, found: Sequence[Look]) -> None:
        super().__init__()
        self.whom, self.found = whom, found

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(
                Content(f"Who has looked: {counted(len(self.found), 'time')}"),
                id="title",
                markup=False,
            )
            yield Static(Content(visible(self.whom)), id="words", markup=False)
            yield Rows(self._paint)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows: Rows[Look] = self.query_one(Rows)
        self.set_focus(self.rows)
        self.rows.show(self.found)

    def _paint(self, look: Look, width: int) -> Content:
        at, who, why, kind = look
        return Content.assemble(
            (f"{shown_instant(from_text(at))}  ", "$dim"),
            (f"{visible(who)}  ", "bold"),
            visible(f"{kind}: {why}"),
        )
