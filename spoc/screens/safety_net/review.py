"""The review of one attendance, all on one page: as sent, why it is flagged, the child's earlier history,
the checklist."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from spoc.model.attendance.cell_values import from_text
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
from spoc.model.attendance.row import DATES
from spoc.model.errors import NotAllowed, Refusal
from spoc.model.rules.clock import shown_instant as shown_at
from spoc.model.rules.guiding.guide import source_words
from spoc.model.values import nhs_number
from spoc.model.values.dates import age, shown_day
from spoc.model.values.instants import from_text as instant
from spoc.model.values.plain import visible
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.contacts.page.page_lines import PageLine, wrapped
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.going import GoingScreen, Told
from spoc.screens.safety_net.lines import moment_words
from spoc.screens.safety_net.review_lines import child_lines, of_desk
from spoc.storage.attendances import listing, opening, reviewing, showing, telling
from spoc.storage.attendances.showing import Shown
from spoc.storage.desk import Desk
from spoc.storage.ledger import audit
from spoc.widgets.pages.bindings import CONTACT, arrows, key, leaves
from spoc.widgets.pages.cells import fitted
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import RowsScreen

LABEL = 13
_WIDE = 50  # cells that an item needs to show all of its text
_NEXT = {"": RAISED, RAISED: NOTHING, NOTHING: ""}
_SIGNS = {"": "·", RAISED: "●", NOTHING: "○"}
_AS_SENT = ("complaint", "diagnosis", "body_part", "injury_at", "injury_mechanism", "mobility", "observations",
            "arrival_mode", "accompanied_by", "assessed_at", "seen_at", "departed", "discharge_status",
            "discharge_destination")  # fmt: skip
_STATED = ("safeguarding", "cpis", "social_worker", "referred_to", "school", "gp_practice", "gp_name", "postcode", "address")  # fmt: skip


_LABELS = {"cpis": "CP-IS", "gp_practice": "GP practice", "gp_name": "GP", "departed": "left", "discharge_status": "how it ended"}  # fmt: skip


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


class ReviewPage(RowsScreen[bytes], GoingScreen[bytes]):
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
        self._say(self.note)

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
        found = [each for line in self._lines(self.shown) for each in wrapped(line, width)]
        self.rows.show(found, self.rows.marked)
        self.query_one("#who", Static).update(self._who(self.shown))
        self._show_checklist()

    def _who(self, shown: Shown) -> Content:
        fields, line = shown.fields, shown.line
        when = from_text(line.arrived)
        born = fields.get("birth_date")
        old = age(date.fromisoformat(born), when.day) if born else "age unknown"
        if not born and fields.get("age"):
            old = f"age as written: {fields['age']}"
        parts = [
            old,
            {"M": "boy", "1": "boy", "F": "girl", "2": "girl"}.get(
                fields.get("sex", ""), fields.get("sex", "")
            ),
        ]
        if born:
            parts.append(f"born {shown_day(date.fromisoformat(born))}{shown.unsure('dob')}")
        number = fields.get("nhs_number", "")
        parts.append(
            nhs_number.grouped(number) + shown.unsure("nhs_number") if number else "no NHS number"
        )
        clock = when.at.strftime("%H:%M") if when.at else "time unknown"
        state = "IN ED" if not line.departed else ""
        name = fields.get("name") or fields.get("called") or "name not given"
        return Content.assemble(
            (visible(name), "bold"), "   ", visible("   ".join(filter(None, parts))), "   ", (state, "bold $warning"), "\n",
            (visible(f"{line.site}, {shown_day(when.day)} {clock}, attendance {line.number}"), "$dim"),
        )  # fmt: skip

    def _lines(self, shown: Shown) -> Iterator[PageLine]:
        fields = shown.fields
        if shown.line.state:
            into = f" into {fields['merged_into']}" if fields.get("merged_into") else ""
            yield PageLine(
                "Gone",
                f"{shown.line.state}{into} by the hospital: kept, but not a visit",
                "bold $warning",
            )
        if shown.line.reopened:
            yield PageLine(
                "Changed", f"a later list changed: {shown.line.reopened}", "bold $warning"
            )
        labelled = False
        for name in _AS_SENT:
            if fields.get(name):
                text = moment_words(fields[name]) if name in DATES else fields[name]
                style = "bold" if name == "complaint" else ""
                yield PageLine("" if labelled else "As sent", f"{_label(name)}: {text}", style)
                labelled = True
        if not fields.get("departed"):
            last = f" of {shown_at(instant(shown.lists_at))}" if shown.lists_at else ""
            yield PageLine("", f"no departure on the list{last}", "$warning")
        if not labelled:
            yield PageLine("As sent", "no complaint, no diagnosis, no outcome", "$warning")
        today = listing.local_now(self.desk.store).date()
        for n, flag in enumerate(shown.flags):
            words = f"{flag.title}: {flag.why}" + ("  (words suggest it)" if flag.suggested else "")
            yield PageLine("" if n else "Flags", words, "$warning" if flag.eyes else "")
            if self.sources:
                for source in flag.sources:
                    yield PageLine("", f"    {source_words(source, today)}", "$dim")
        if not shown.flags:
            yield PageLine("Flags", "none")
        stated = [f"{_label(name)}: {fields[name]}" for name in _STATED if fields.get(name)]
        if fields.get("cpis"):
            by = fields.get("cpis_by", "somebody")
            at = (
                f", {moment_words(fields['cpis_at'])}"
                if fields.get("cpis_at")
                else ", no time given"
            )
            stated.append(f"CP-IS as checked by {by}{at}: a statement, not a live claim")
        for n, text in enumerate(stated):
            yield PageLine("" if n else "ED stated", text)
        for n, each in enumerate(shown.earlier):
            how = each.state or self.desk.store.pack.label("disposition", each.disposition)
            words = f"{moment_words(each.arrived)} {each.site}  {each.complaint}  {how}"
            yield PageLine("" if n else "Before", words)
        yield from child_lines(self.desk, shown)
        if not shown.earlier:
            known = fields.get("nhs_number") and fields.get("birth_date")
            yield PageLine(
                "Before",
                "none here" if known else "cannot be looked up: no NHS number or date of birth",
            )
        for n, words in enumerate(shown.pattern):
            yield PageLine("" if n else "Pattern", words, "bold")
        for n, (_, at, category) in enumerate(shown.contacts):
            words = (
                f"{shown_at(instant(at))}  {self.desk.store.pack.label('category', category or '')}"
            )
            yield PageLine("" if n else "Contacts", words)
        if not shown.contacts:
            yield PageLine("Contacts", "none with this NHS number and date of birth")
        for n, each in enumerate(shown.family):
            yield PageLine(
                "" if n else "Household",
                f"{each.name}, born {each.birth_date or 'unknown'}, here {moment_words(each.arrived)}",
            )
        yield from of_desk(self.desk.store, shown)

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
            ("   1–8 raised, again: nothing   d decides", "$dim"),
        ]
        self.query_one("#checklist", Static).update(Content.assemble(*rows))

    def on_told(self, event: Told) -> None:
        self._say(event.words)

    def _say(self, words: str) -> None:
        self.query_one("#message", Static).update(Content(visible(words)))

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
            self._say(lacks[0])
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
        self._say("An advice contact is open, linked to this review. d decides the review.")
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
            self._say("No letter belongs to this case.")
        elif found[0].refused:
            self._say(f"{found[0].letter.title}: {found[0].refused}")
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

    def action_restrict(self) -> None:
        """Restricts it to oneself and the named professionals (for a child of staff)."""
        people = opening.named_professionals(self.desk.store)
        try:
            reviewing.restrict(self.desk.store, self.desk.actor, self.record, people).result()
        except Refusal as refused:
            self._say(str(refused))
            return
        self._say("Restricted: only you and the named professionals can see it now.")

    def action_why(self) -> None:
        self.sources = not self.sources
        self._read()
