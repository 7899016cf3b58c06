"""Other records that may be this child: to link as the same, or to mark as a different child."""

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
from spoc.storage.desk import Desk
from spoc.storage.persons import links, matching
from spoc.storage.persons.links import PersonLink
from spoc.storage.persons.record import Record
from spoc.widgets.pages.bindings import CONTACT, arrows, key
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import MessageScreen

Item = tuple[Match, str, str]  # a line of a match: its text, its style


class LinkScreen(MessageScreen[bool], GoingScreen[bool], ModalScreen[bool]):
    """Lists who may be the same child, with the reasons for and against. Dismissed with True once one was
    linked or marked as different."""

    CSS_PATH = "card.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("s", "link('same')", "the same child", "Link it as the same child; nothing is copied", "link.same", CONTACT),
        key("n", "link('not-same')", "another child", "Say that it is another child: a twin, a cousin", "link.not-same", CONTACT),
        key("b", "link('born')", "unborn and born", "Link an unborn baby and the child born", "link.born", CONTACT),
        *arrows("link"),
        key("escape", "back", "back", "Go back; nothing is changed", "link.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, record: Record) -> None:
        super().__init__()
        self.desk, self.record = desk, record
        self.found: list[Match] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static("Is one of these the same child?", id="title", markup=False)
            words = f"{self.record.first('name') or 'no name'}: twins and cousins of the same name are two children; read what is against it."
            yield Static(Content(visible(words)), id="words", markup=False)
            yield Static("", id="message", markup=False)
            yield Rows(self._paint)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows: Rows[Item] = self.query_one(Rows)
        self.set_focus(self.rows)
        store, actor = self.desk.store, self.desk.actor
        asked = matching.described(store.reader, [self.record.id])[0]
        own = {each.hex() for each in self.record.ids}
        found = [each for each in matching.find(store, actor, asked) if each.of.id not in own]
        self.found = found
        self.call_after_refresh(self._show)
        if not found:
            self.say("No other record looks like this child.")

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        self.rows.show(
            [line for each in self.found for line in self._lines(each)], self.rows.marked
        )

    def _lines(self, found: Match) -> list[Item]:
        of = found.of
        born = shown_day(of.dob) if of.dob else of.age or "birth not known"
        head = "   ".join(filter(None, [of.name or "no name", born, of.number_words]))
        lines: list[Item] = [(found, head, "bold")]
        width = max(30, (self.rows.size.width or 70) - 14)
        for word, reasons, style in (
            ("for", found.reasons, ""),
            ("against", found.against, "$warning"),
        ):
            wrapped = Content(visible("; ".join(reasons))).wrap(width) if reasons else []
            for at, piece in enumerate(wrapped):
                lines.append((found, f"   {'' if at else word:<8} {str(piece).rstrip()}", style))
        return lines

    def _paint(self, item: Item, width: int) -> Content:
        return Content.styled(visible(item[1]), item[2])

    async def action_link(self, kind: PersonLink) -> None:
        """Says it about the marked record."""
        item = self.rows.item
        if item is None:
            return
        other = bytes.fromhex(item[0].of.id)
        try:
            await wrap_future(
                links.link(self.desk.store, self.desk.actor, self.record.id, other, kind)
            )
        except Refusal as refused:
            self.say(str(refused))
            return
        self.dismiss(True)

    def action_mark(self, step: int) -> None:
        self.rows.move(step)

    def action_back(self) -> None:
        self.dismiss(False)
