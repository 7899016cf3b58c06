"""Which child of the desk a case is about: the likely ones with their reasons, one key, never by itself."""

from asyncio import wrap_future

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.persons.match import Match
from spoc.model.values.dates import shown_day
from spoc.model.values.plain import visible
from spoc.screens.desk.pages.going import GoingScreen
from spoc.storage.attendances import attaching
from spoc.storage.attendances.showing import Shown
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import CONTACT, arrows, key
from spoc.widgets.pages.cells import fitted
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows


class AttachScreen(GoingScreen[bool], ModalScreen[bool]):
    """Dismissed with True once the case is attached."""

    CSS_PATH = "attaching.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "attach", "this child", "It is the marked child", "attach.take", CONTACT),
        key("n", "new", "a new record", "None of them: start a record of the child", "attach.new", CONTACT),
        *arrows("attach"),
        key("escape", "back", "back", "Go back; nothing is changed", "attach.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, shown: Shown) -> None:
        super().__init__()
        self.desk, self.shown = desk, shown

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static("Which child is it?", id="title", markup=False)
            yield Rows(self._paint)
            yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)
        self.rows.show(attaching.likely(self.desk.store, self.desk.actor, self.shown))
        self._why()

    def _why(self) -> None:
        match = self.rows.item
        if match is None:
            text = "Nobody like this is known here. n begins a record."
        else:
            against = f"   Against it: {', '.join(match.against)}." if match.against else ""
            text = f"For it: {', '.join(match.reasons)}.{against}"
        self.query_one("#message", Static).update(Content(visible(text)))

    def _paint(self, match: Match, width: int) -> Content:
        born = shown_day(match.of.dob) if match.of.dob else match.of.age or "birth not known"
        number = match.of.number_words or "no NHS number"
        return Content(visible(fitted(match.of.name or "no name", 30) + fitted(born, 14) + number))

    async def action_attach(self) -> None:
        if self.rows.item is not None:
            await self._write(bytes.fromhex(self.rows.item.of.id))

    async def action_new(self) -> None:
        await self._write(None)

    async def _write(self, person: bytes | None) -> None:
        try:
            await wrap_future(
                attaching.attach(self.desk.store, self.desk.actor, self.shown, person)
            )
        except Refusal as refused:
            self.query_one("#message", Static).update(Content(visible(str(refused))))
            return
        self.dismiss(True)

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self._why()

    def action_back(self) -> None:
        self.dismiss(False)
