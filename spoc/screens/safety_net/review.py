"""The review of one attendance, all on one page: as sent, why it is flagged, the child's earlier history,
the checklist."""

from asyncio import wrap_future
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from spoc.model.attendance.review import (  # fmt: skip
    BASES,
    FOLLOW_UP_FORM,
    ITEMS,
    LIST,
    NOTHING,
    RAISED,
    RECORD,
    REVIEW_FORM,
    Review,
    missing,
    touched,
)
from spoc.model.errors import NotAllowed, Refusal
from spoc.model.values.plain import visible
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.contacts.page.page_lines import PageLine, wrapped
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.going import GoingScreen, Told
from spoc.screens.safety_net.review_lines import child_words, review_lines
from spoc.storage.attendances import opening, reviewing, showing, telling
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.widgets.pages.bindings import CONTACT, arrows, key, leaves
from spoc.widgets.pages.cells import fitted
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import MessageScreen, RowsScreen

LABEL = 13
_WIDE = 50  # cells that an item needs to show all of its text
_NEXT = {"": RAISED, RAISED: NOTHING, NOTHING: ""}
_SIGNS = {"": "·", RAISED: "●", NOTHING: "○"}


class ReviewPage(MessageScreen[bytes], RowsScreen[bytes], GoingScreen[bytes]):
    """Reviews one case. Dismissed with its id once the review is written, otherwise with None."""

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        *(
            key(str(n), f"item({n})", f"item {n}", f"Item {n} of the checklist: raised, looked and nothing, not looked at",
                f"review.item-{n}", CONTACT, show=False)
            for n in ITEMS
        ),
        key("b", "basis", "basis", "Say whether you read only the list, or the ED record too", "review.basis", CONTACT),
        key("d,f2", "decide", "decide", "Say how the review ends", "review.decide", CONTACT),
        key("a", "contact", "advice contact", "Open an advice contact about this child", "review.contact", CONTACT),
        key("f", "agree", "follow-up", "Agree an action with an owner and a time: it joins the follow-ups",
            "review.follow-up", CONTACT),
        key("s", "tell", "share", "Tell health visitor, school nurse, GP", "review.tell", CONTACT),
        key("l", "letter", "letter", "Write a letter", "review.letter", CONTACT),
        key("k", "attach", "which child", "Say which known child this is", "review.attach", CONTACT),
        key("f6", "why", "why", "Show the rule and source of each flag", "review.why", CONTACT),
        key("r", "restrict", "restrict", "Restrict it to you and the named professionals", "review.restrict",
            CONTACT, show=False),
        *arrows("review"),
        *leaves("review"),
        key("escape", "back", "back", "Go back; nothing is written", "review.back", CONTACT),
    ]  # fmt: skip

    def __init__(self, desk: Desk, record: bytes) -> None:
        super().__init__()
        self.desk, self.record = desk, record
        self.review = Review()
        self.note = ""
        self.sources = False
        self.contact: bytes | None = None

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Review")
        yield Static("", id="who", markup=False)
        yield Rows(self._paint)
        yield Static("", id="checklist", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows = self.query_one(Rows)
        self.set_focus(self.rows)
        audit.record(
            self.desk.store, self.desk.actor, "view", subject=self.record, purpose="review"
        )
        self._read()
        self.say(self.note)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self.is_mounted and hasattr(self, "rows"):
            self._read()

    def on_resize(self, event: events.Resize) -> None:
        if hasattr(self, "rows"):
            self._read()

    # -- showing ---------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            self.shown = showing.get(self.desk.store, self.desk.actor, self.record)
        except NotAllowed as refused:
            self.leave_word(None, str(refused))
            return
        width = max(20, self.size.width - LABEL - 6)
        lines = review_lines(self.desk, self.shown, sources=self.sources)
        found = [each for line in lines for each in wrapped(line, width)]
        self.rows.show(found, self.rows.marked)
        self.query_one("#who", Static).update(child_words(self.shown))
        self._show_checklist()

    def _paint(self, line: PageLine, width: int) -> Content:
        return Content.assemble(
            (fitted(line.label.rjust(LABEL - 2), LABEL), "$dim"), (visible(line.text), line.style)
        )

    def _show_checklist(self) -> None:
        """Shows the eight items, a sign and a word each; those that concern a flag need an answer."""
        wanted = touched(self.shown.flags)
        pack = self.desk.store.pack
        half = (self.size.width - 4) // 2
        cells = []
        for n in ITEMS:
            answer = self.review.items.get(n, "")
            ask = n in wanted and not answer
            words = (pack.label if half > _WIDE else pack.brief)("checklist", f"item-{n}")
            label = f"{n} {_SIGNS[answer]} {words}"
            end = {RAISED: "RAISED", NOTHING: "nothing"}.get(answer, "answer?" if ask else "")
            text = fitted(label, half - 9) + fitted(end, 9)
            cells.append((text, "bold $warning" if ask else "bold" if answer else "$dim"))
        rows: list[Any] = []
        for n in range(0, len(cells), 2):
            rows += [cells[n], cells[n + 1], "\n"]
        basis = BASES.get(self.review.basis, "not said yet (b)")
        rows += [
            ("Basis  ", "$dim"),
            (basis, "bold"),
            ("   1–8: raised, pressed again: nothing   d decides", "$dim"),
        ]
        self.query_one("#checklist", Static).update(Content.assemble(*rows))

    def on_told(self, event: Told) -> None:
        self.say(event.words)

    # -- reviewing -------------------------------------------------------------------------------

    def action_item(self, n: int) -> None:
        """Answers one item of the checklist: raised, then looked and nothing, then not looked at."""
        before = self.review.items.get(n, "")
        self.review = replace(self.review, items={**self.review.items, n: _NEXT[before]})
        self._show_checklist()

    def action_basis(self) -> None:
        basis = RECORD if self.review.basis == LIST else LIST
        self.review = replace(self.review, basis=basis)
        self._show_checklist()

    def action_decide(self) -> None:
        """Records how it ends; what is missing is said before anything is asked."""
        # how it ends comes last, on a separate page
        asked = replace(self.review, disposition="shared")
        lacks = missing(asked, self.shown.flags, self.desk.store.pack)
        if lacks:
            self.say(lacks[0])
            return
        self.app.push_screen(
            RecordScreen(
                self.desk, "How the review ends", REVIEW_FORM, self._write, self.shown.line.id.hex()
            ),
            self._decided,
        )

    def _write(self, fields: Mapping[str, str]) -> "Future[Any]":
        review = replace(
            self.review, disposition=fields["disposition"].strip(), note=fields["note"]
        )
        return reviewing.dispose(self.desk.store, self.desk.actor, self.shown, review, self.contact)

    def _decided(self, written: bool | None) -> None:
        if written:
            self._read()
            self._leave_or_tell()

    def _leave_or_tell(self) -> None:
        """Goes back to the list; if somebody must be told, to the share first."""
        found = self.desk.store.pack.find("disposition", self.shown.line.disposition)
        if found and found.group == "told":
            from spoc.screens.safety_net.telling import TellScreen

            self.app.push_screen(
                TellScreen(self.desk, only=self.record), lambda _: self.dismiss(self.record)
            )
        else:
            self.dismiss(self.record)

    # -- acts ------------------------------------------------------------------------------------

    def action_contact(self) -> None:
        """Opens an advice contact about this child; each then refers to the other."""
        from spoc.screens.call.contact import ContactScreen

        draft = opening.advice_contact(self.desk.store, self.desk.actor, self.shown)
        self.contact = draft.id
        self.say("An advice contact is open, linked to this review. d decides the review.")
        self.app.push_screen(ContactScreen(self.desk, draft))

    def action_agree(self) -> None:
        """Adds an agreed action with an owner and a time."""
        store, actor = self.desk.store, self.desk.actor
        write = partial(reviewing.agree, store, actor, self.record)
        form = RecordScreen(
            self.desk, "A follow-up from this review", FOLLOW_UP_FORM, write, self.record.hex()
        )
        self.app.push_screen(form)

    def action_tell(self) -> None:
        from spoc.screens.safety_net.telling import TellScreen

        self.app.push_screen(TellScreen(self.desk, only=self.record))

    def action_letter(self) -> None:
        """Writes the letter that this case offers, or says why there must not be one."""
        from spoc.screens.safety_net.letter import LetterScreen

        found = telling.letters(self.desk.store, self.desk.actor, self.shown)
        if not found:
            self.say("No letter belongs to this case.")
        elif found[0].refused:
            self.say(f"{found[0].letter.title}: {found[0].refused}")
        elif found[0].asks:

            def with_reason(why: str | None) -> None:
                if why:
                    self.app.push_screen(LetterScreen(self.desk, self.shown, found[0], why))

            words = f"{found[0].asks} Say why it is written anyway; Esc writes none."
            self.app.push_screen(
                ReasonScreen(self.desk, found[0].letter.title, words, self.record.hex()),
                with_reason,
            )
        else:
            self.app.push_screen(LetterScreen(self.desk, self.shown, found[0]))

    def action_attach(self) -> None:
        from spoc.screens.safety_net.attaching import AttachScreen

        self.app.push_screen(AttachScreen(self.desk, self.shown), lambda _: self._read())

    async def action_restrict(self) -> None:
        """Restricts it to oneself and the named professionals (for a child of staff)."""
        people = opening.named_professionals(self.desk.store)
        try:
            await wrap_future(
                reviewing.restrict(self.desk.store, self.desk.actor, self.record, people)
            )
        except Refusal as refused:
            self.say(str(refused))
            return
        self.say("Restricted: only you and the named professionals can see it now.")

    def action_why(self) -> None:
        self.sources = not self.sources
        self._read()
