"""Handing over: what was written since one was last here, the shift sheet, the end-of-day sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from textual import work
from textual.content import Content
from textual.message import Message

from spoc.model.errors import Refusal
from spoc.model.forms.forms import Field
from spoc.model.rules.clock import shown_instant
from spoc.model.values.dates import counted
from spoc.model.values.instants import from_text
from spoc.screens.contacts.labelled import LabelledScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.list_screen import list_keys
from spoc.screens.followups.outputs import OutputsScreen
from spoc.storage.desk import Desk
from spoc.storage.followups import handover
from spoc.storage.followups.handover import News, Section
from spoc.widgets.pages.bindings import DESK, LIST, key

SINCE, SHIFT, DAY = "since", "shift", "day"
_TITLES = {
    SINCE: "Since you were last here",
    SHIFT: "Shift sheet",
    DAY: "End of the day: nobody leaves until this is settled",
}
_WORD = (
    Field("text", "Message", "notes", row=1, hint="What the next person needs to know. Tab or F2 leaves.",
          needed="write the message"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewsLine(PageLine):
    """A line of the news; ``n`` is its place in the ledger."""

    n: int = 0


class HandoverScreen(LabelledScreen):
    """Three views of the handover. In the first, only what was on the screen counts as seen."""

    CSS_PATH = "handover.tcss"
    BINDINGS = [
        key("s", "view('since')", "since last time", "What was written since you were last here", "handover.since", LIST),
        key("h", "view('shift')", "shift sheet", "What the next shift takes over", "handover.shift", LIST),
        key("e", "view('day')", "end of day", "What must be settled before the last person goes", "handover.day", LIST),
        key("w", "word", "leave a message", "Leave a message for the next person", "handover.word", LIST),
        key("p", "print", "print", "Write the sheet as a page to print: an unencrypted file", "handover.print", LIST),
        key("o", "outputs", "files", "Show the unencrypted files, and delete them", "handover.files", DESK),
        key("enter", "open", "open", "Open the contact on this line", "handover.open", LIST),
        *list_keys("handover"),
    ]  # fmt: skip
    PLACE = "Handover"
    LABEL = 24

    class Read(Message):
        """A view as it is now."""

        def __init__(self, view: str, news: list[News], sections: list[Section]) -> None:
            super().__init__()
            self.view, self.news, self.sections = view, news, sections

    def __init__(self, desk: Desk, view: str = SINCE) -> None:
        super().__init__(desk)
        self.view = view
        self.held: HandoverScreen.Read | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "view":
            return str(parameters[0]) != self.view
        if action == "print":
            return self.view != SINCE
        if action == "open":
            return bool(self.item and self.item.opens)
        return True

    def read(self) -> None:
        self._read()

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
            self.take(list(self._lines(event)))

    def take(self, items: Sequence[PageLine], marked: int | None = None) -> None:
        """Shows the view; the news that fits on the screen now counts as seen."""
        super().take(items, marked)
        self._see()

    def above(self) -> Content | str:
        view = self.held
        if view is None:
            return ""
        number = len(view.news) if self.view == SINCE else sum(len(s.lines) for s in view.sections)
        return Content.assemble(
            (_TITLES[self.view], "bold"), (f"   {counted(number, 'line')}", "$dim")
        )

    def _lines(self, view: Read) -> Iterator[PageLine]:
        if self.view == SINCE:
            for each in view.news:
                at = shown_instant(from_text(each.at)).partition(" ")[2]
                yield NewsLine(at, f"{each.by} · {each.words}", opens=each.contact, n=each.n)
            if not view.news:
                yield PageLine("", "Nothing has been written since you were last here.")
        for section in view.sections:
            for place, text in enumerate(section.lines or ("nothing",)):
                style = "" if section.lines else "$dim"
                yield PageLine(section.title if not place else "", text, style)

    def _see(self) -> None:
        """Moves on past what has been on the screen, and past nothing else."""
        places = [each.n for each in self.rows.items if isinstance(each, NewsLine)]
        last = self.rows.scroll_offset.y + self.rows.size.height
        shown = places[:last]
        # An act that is half on the screen waits for its other half.
        below = set(places[last:])
        whole = [place for place in shown if place not in below]
        if whole:
            handover.seen(self.desk.store, self.desk.actor, max(whole))

    # -- keys --------------------------------------------------------------------------------------

    def action_view(self, view: str) -> None:
        self.view, self.held = view, None
        self.say("")
        self.refresh_bindings()
        self._read()

    def action_word(self) -> None:
        def write(value: Any) -> Any:
            return handover.leave_word(self.desk.store, self.desk.actor, value["text"])

        self.app.push_screen(RecordScreen(self.desk, "A message for the next person", _WORD, write))

    def action_print(self) -> None:
        """Saves the present sheet as a page for the printer."""
        view = self.held
        if view is None or not view.sections:
            return
        from spoc.reports import paper

        sections = [(each.title, each.lines) for each in view.sections]
        kind, title = f"{self.view}-sheet", _TITLES[self.view]
        try:
            path = paper.write(self.desk, kind, title, sections, boxes=self.view == DAY)
        except Refusal as refused:
            self.say(str(refused))
            return
        self.say(paper.written(path))

    def action_outputs(self) -> None:
        self.app.push_screen(OutputsScreen(self.desk))

    def action_open(self) -> None:
        if self.item is not None and self.item.opens:
            self.app.push_screen(ContactPage(self.desk, self.item.opens))

    def marked_another(self) -> None:
        super().marked_another()
        self.call_after_refresh(self._see)
