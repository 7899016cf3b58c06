"""Handing over: what was written since one last sat here, the sheet of the shift, the sheet of the day's end."""

from collections.abc import Iterator
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.forms.forms import Field
from spoc.model.rules.clock import shown
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.contacts.contact_page import ContactPage
from spoc.screens.contacts.page_lines import Line, wrapped
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.followups.outputs import OutputsScreen
from spoc.storage.desk import Desk
from spoc.storage.followups import handover
from spoc.storage.followups.handover import News, Section
from spoc.storage.service import outputs
from spoc.widgets.bindings import DESK, LIST, arrows, key, leaves
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

LABEL = 24  # cells for the labels' column
SINCE, SHIFT, DAY = "since", "shift", "day"
_TITLES = {
    SINCE: "Since you last sat here",
    SHIFT: "Shift sheet",
    DAY: "End of the day: nobody leaves until this is settled",
}
_WORD = (
    Field("text", "Word", "notes", row=1, hint="What the next one has to know. Tab or F2 leaves.",
          needed="write the word that you leave"),
)  # fmt: skip


class HandoverScreen(Screen[None]):
    """Three views of what is handed over. What stood on the screen of the first is seen; what did not, is not."""

    CSS_PATH = "handover.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("s", "view('since')", "since you sat", "What was written since you last sat here", "handover.since", LIST),
        key("h", "view('shift')", "shift sheet", "What the next shift takes over", "handover.shift", LIST),
        key("e", "view('day')", "end of day", "What must be settled before the last one goes", "handover.day", LIST),
        key("w", "word", "leave a word", "Leave a word for whoever sits here next", "handover.word", LIST),
        key("p", "print", "print", "Write the sheet as a page to print: a file of clear text", "handover.print", LIST),
        key("o", "outputs", "files", "Show the files of clear text, and delete them", "handover.files", DESK),
        key("enter", "open", "open", "Open the contact of the line", "handover.open", LIST),
        *arrows("handover"),
        *leaves("handover"),
        key("escape", "back", "back", "Go back", "handover.back", LIST),
    ]  # fmt: skip

    class Read(Message):
        """A view as it stands now."""

        def __init__(self, view: str, news: list[News], sections: list[Section]) -> None:
            super().__init__()
            self.view, self.news, self.sections = view, news, sections

    def __init__(self, desk: Desk, view: str = SINCE) -> None:
        super().__init__()
        self.desk, self.view = desk, view
        self.held: HandoverScreen.Read | None = None
        self.places: list[int] = []  # of each line of the news, its place in the ledger

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Handover")
        yield Static("", id="said", markup=False)
        yield Rows(self._paint)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)

    def on_screen_resume(self) -> None:
        self._read()

    def on_resize(self) -> None:
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "view":
            return str(parameters[0]) != self.view
        if action == "print":
            return self.view != SINCE
        if action == "open":
            line = self.rows.item if self.is_mounted else None
            return bool(isinstance(line, Line) and line.opens)
        return True

    @work(thread=True, exclusive=True, group="handover")
    def _read(self) -> None:
        store, actor, view = self.desk.store, self.desk.actor, self.view
        news = handover.news(store, actor) if view == SINCE else []
        sections: list[Section] = []
        if view != SINCE:
            make = handover.shift_sheet if view == SHIFT else handover.end_of_day
            sections = make(store, actor)
        self.post_message(self.Read(view, news, sections))

    def on_handover_screen_read(self, event: Read) -> None:
        if event.view == self.view:
            self.held = event
            self._show()

    def _show(self) -> None:
        """Draw the view; what fits on the screen of the news is seen from now on."""
        if self.held is None:
            return
        width = max(20, self.size.width - LABEL - 6)
        lines, self.places = [], []
        for place, line in self._lines(self.held):
            pieces = wrapped(line, width)
            lines += pieces
            self.places += [place] * len(pieces)
        self.rows.show(lines, self.rows.marked)
        self.query_one("#said", Static).update(
            Content.assemble((_TITLES[self.view], "bold"), ("   " + self._count(), "$dim"))
        )
        self.refresh_bindings()
        self._see()

    def _count(self) -> str:
        held = self.held
        if held is None:
            return ""
        number = len(held.news) if self.view == SINCE else sum(len(s.lines) for s in held.sections)
        return f"{number} line{'s' * (number != 1)}"

    def _lines(self, held: Read) -> Iterator[tuple[int, Line]]:
        if self.view == SINCE:
            for each in held.news:
                at = shown(from_text(each.at)).partition(" ")[2]
                yield each.n, Line(at, f"{each.by} {each.words}", opens=each.contact)
            if not held.news:
                yield 0, Line("", "Nothing was written since you last sat here.")
        for section in held.sections:
            for place, text in enumerate(section.lines or ("nothing",)):
                style = "" if section.lines else "$dim"
                yield 0, Line(section.title if not place else "", text, style)

    def _see(self) -> None:
        """Move on past what has stood on the screen, and past nothing else."""
        if self.view != SINCE or not self.places:
            return
        last = self.rows.scroll_offset.y + self.rows.size.height
        stood = self.places[:last]
        # An act that is half on the screen waits for its other half.
        beyond = set(self.places[last:])
        whole = [place for place in stood if place not in beyond]
        if whole:
            handover.seen(self.desk.store, self.desk.actor, max(whole))

    def _paint(self, line: Line, width: int) -> Content:
        label = Content.styled(f"{visible(line.label):>{LABEL}}"[:LABEL] + "  ", "$dim")
        return label + Content.styled(visible(line.text), line.style)

    # -- keys --------------------------------------------------------------------------------------

    def action_view(self, view: str) -> None:
        self.view, self.held = view, None
        self._say("")
        self.refresh_bindings()
        self._read()

    def action_word(self) -> None:
        def write(said: Any) -> Any:
            return handover.leave_word(self.desk.store, self.desk.actor, said["text"])

        self.app.push_screen(RecordScreen(self.desk, "A word for the next", _WORD, write))

    def action_print(self) -> None:
        """Write the sheet on show as a page for the printer."""
        held = self.held
        if held is None or not held.sections:
            return
        from spoc.reports.paper import html

        now = shown(self.desk.store.now())
        about = [
            f"{self.desk.name}, {self.desk.service}",
            f"Written {now} by {self.desk.actor.name}",
        ]
        sections = [(each.title, each.lines) for each in held.sections]
        text = html(_TITLES[self.view], about, sections, boxes=self.view == DAY)
        try:
            path = outputs.write(self.desk, f"{self.view}-sheet", text)
        except Refusal as refused:
            self._say(str(refused))
            return
        self._say(
            f"Written as clear text: {path}. Open it to print; o lists it, and x there deletes it."
        )

    def action_outputs(self) -> None:
        self.app.push_screen(OutputsScreen(self.desk))

    def action_open(self) -> None:
        line = self.rows.item
        if isinstance(line, Line) and line.opens:
            self.app.push_screen(ContactPage(self.desk, line.opens))

    def _say(self, sentence: str) -> None:
        message = self.query_one("#message", Static)
        message.update(Content(visible(sentence)))
        message.set_class(bool(sentence), "-said")

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self.call_after_refresh(self._see)
        self.refresh_bindings()

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)
        self.call_after_refresh(self._see)
        self.refresh_bindings()

    def action_back(self) -> None:
        self.dismiss(None)
