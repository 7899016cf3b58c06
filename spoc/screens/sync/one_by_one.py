"""A page that shows several findings one at a time: what each says, and its place among the others."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from spoc.storage.desk import Desk
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.screens import MessageScreen

Finding = TypeVar("Finding")


class OneByOneScreen(MessageScreen[None], Generic[Finding]):
    """Shows one finding at a time."""

    CSS_PATH = "one_by_one.tcss"
    AUTO_FOCUS = None
    NAME: str  # in the header
    NONE: str  # the sentence if there is nothing to show

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.found: Sequence[Finding] = ()
        self.at = 0

    @abstractmethod
    def findings(self) -> Sequence[Finding]:
        """What there is to show, read anew."""

    @abstractmethod
    def words(self, finding: Finding) -> Content:
        """How one of them reads."""

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, self.NAME)
        with VerticalScroll(id="all"):
            yield Static("", id="shown", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_screen_resume(self) -> None:
        self.read_again()

    def on_resize(self) -> None:
        self.show()

    @property
    def marked(self) -> Finding | None:
        return self.found[self.at] if self.at < len(self.found) else None

    def read_again(self) -> None:
        """Reads what there is to show; the place stays, or the last one is shown."""
        self.found = self.findings()
        self.at = min(self.at, max(0, len(self.found) - 1))
        self.show()

    def show(self) -> None:
        if self.marked is None:
            words = Content(self.NONE)
        else:
            place = (f"{self.at + 1} of {len(self.found)}   ", "$dim")
            words = Content.assemble(place, self.words(self.marked))
        self.query_one("#shown", Static).update(words)
        self.refresh_bindings()

    def action_mark(self, step: int) -> None:
        if self.found:
            self.at = (self.at + step) % len(self.found)
            self.show()

    def action_back(self) -> None:
        self.dismiss(None)
