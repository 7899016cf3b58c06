"""The keys that correct a closed contact: adding, ending or taking out an action, answering a STOP,
correcting a person, erasing the contact."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, ClassVar

from textual.content import Content
from textual.widgets import Static

from spoc.model.followups.followup import KEPT, NOT_DONE
from spoc.model.forms.forms import ACTION_FORM
from spoc.model.forms.sheet import NO_NAMES, Response
from spoc.model.rules.clock import shown_instant
from spoc.model.rules.guiding.guiding import RAISED
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.model.values.reference import parse, reference
from spoc.screens.call.prompt import PromptScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.call.summary import hides_words
from spoc.screens.contacts.amend import Amendable, AmendScreen
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.contacts.whose import (
    NAME,
    OTHER,
    NameChildScreen,
    SomebodyElseScreen,
    WhoseScreen,
)
from spoc.screens.desk.pages.by_role import ByRoleScreen
from spoc.storage.contacts import corrections, erasing
from spoc.storage.contacts.call import guidance_facts, sheets
from spoc.storage.contacts.contacts import Part
from spoc.storage.persons import links
from spoc.widgets.pages.bindings import CONTACT, key
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import MessageScreen, when_written

OF_ACTION = ("done", "not_done")


class RightingPage(MessageScreen[None], ByRoleScreen[None]):
    """A contact's page with the keys that change what is agreed, and whom it is about."""

    BINDINGS = [
        key("i", "action", "add action", "Add an action that was agreed", "page.action", CONTACT),
        key("x", "done", "action done", "The marked action was done", "page.action-done", CONTACT),
        key("w", "not_done", "not done", "The marked action was not done: say why", "page.action-not-done", CONTACT),
        key("d", "take_out", "take out", "Take out what is marked, with a reason: an action, outcome, note, link",
            "page.take-out", CONTACT),
        key("n", "name_child", "name the child", "Name the child who was not named before", "page.name-child",
            CONTACT),
        key("s", "stop", "answer STOP", "Answer the open STOP", "page.stop", CONTACT),
    ]  # fmt: skip

    NEEDS: ClassVar = {"erase": "contact.erase"}

    contact: bytes
    rows: "Rows[Any]"
    open = restricted = stops_open = False
    parts: Sequence[Part] = ()

    @abstractmethod
    def _read(self) -> None:
        """Reads the contact again and shows it."""

    @property
    def marked_part(self) -> Part | None:
        """The record of the marked line."""
        rows = getattr(self, "rows", None)
        line = rows.item if rows else None
        return line.amends.part if isinstance(line, PageLine) and line.amends else None

    @property
    def marked_link(self) -> bytes:
        """The link between the marked contact and this one; empty for any other line."""
        rows = getattr(self, "rows", None)
        line = rows.item if rows else None
        return line.link if isinstance(line, PageLine) else b""

    def rights(self, action: str) -> bool | None:
        """Whether a key of this page works on the marked line; None for another page's key."""
        if action == "stop":
            return self.stops_open
        if action == "name_child":
            return self.unnamed is not None
        if action == "erase":
            return not self.open and self.allows(action)
        if action in OF_ACTION:
            return bool(self.marked_part and self.marked_part.tbl == "action")
        if action == "take_out":
            part = self.marked_part
            return bool(self.marked_link or (part and part.tbl in ("action", "outcome", "note")))
        return True if action == "action" else None

    @property
    def unnamed(self) -> Part | None:
        """The contact itself, if no names were given in it."""
        own = self.parts[0] if self.parts else None
        return own if own and own.values.get("identity") == NO_NAMES and not self.open else None

    def action_name_child(self) -> None:
        """Asks who the child is: once it is known."""
        column = self.desk.store.tables["contact"].column("identity")
        if self.unnamed and column:
            amends = Amendable(self.unnamed, column, "Child")
            self.app.push_screen(NameChildScreen(self.desk, self.contact, amends), self._after)

    def _after(self, changed: Any) -> None:
        if changed:
            self._read()

    # -- actions -----------------------------------------------------------------------------------

    def action_action(self) -> None:
        """Adds an action: what, who, by when."""
        write = partial(corrections.add_action, self.desk.store, self.desk.actor, self.contact)
        form = RecordScreen(
            self.desk, "An action that was agreed", ACTION_FORM, write, self.contact.hex()
        )
        self.app.push_screen(form, self._after)

    def action_done(self) -> None:
        """Records that the marked action was done, now."""
        part = self.marked_part
        if part:
            self._then_show(
                lambda: corrections.end_action(self.desk.store, self.desk.actor, part, KEPT)
            )

    def action_not_done(self) -> None:
        """Records that the marked action was not done, and asks why."""
        part = self.marked_part
        if part:
            self._because(
                part.id,
                "Not done",
                "Say why it was not done: it is kept with the action.",
                lambda why: corrections.end_action(
                    self.desk.store, self.desk.actor, part, NOT_DONE, why
                ),
            )

    def action_take_out(self) -> None:
        """Takes out the marked action, outcome or note, which stays in the history; or the link of the marked contact
        of the same matter."""
        part, link = self.marked_part, self.marked_link
        if link:
            store, actor = self.desk.store, self.desk.actor
            self._because(
                link,
                "Not the same matter",
                "The link is taken out; both contacts stay as they are.",
                lambda why: links.undo(store, actor, "contact_link", link, why),
            )
            return
        if part:
            self._because(
                part.id,
                f"Take out this {part.tbl}",
                "It was written by mistake: say how that happened. It stays in the history.",
                lambda why: corrections.take_out(
                    self.desk.store, self.desk.actor, self.contact, part, why
                ),
            )

    def _because(
        self, of: bytes, title: str, words: str, act: Callable[[str], "Future[Any]"]
    ) -> None:
        """Does ``act`` with this part of the contact, after asking for a reason."""

        def with_reason(why: str | None) -> None:
            if why:
                self._then_show(lambda: act(why))

        card = ReasonScreen(self.desk, title, words, self.contact.hex(), of.hex())
        self.app.push_screen(card, with_reason)

    def _then_show(self, act: Callable[[], "Future[Any]"]) -> None:
        """Does ``act``, and shows the page again once it is written, or says why not."""

        def written(error: str) -> None:
            if error:
                self.say(error)
            else:
                self._read()

        when_written(self, act, written)

    def _open_stops(self, parts: list[Part]) -> Iterator[PageLine]:
        """The reasons not to tell, as a band across the page; and each unanswered STOP, with how long it has
        been open."""
        store = self.desk.store
        now = guidance_facts.guided(store, sheets.sheet_of(store, self.desk.actor, self.contact))
        band = self.query_one("#band", Static)
        band.display = bool(now.hides)
        band.update(Content(visible(hides_words(now, self.size.width - 2))))
        raised = {
            str(part.values["code"]): str(part.values["at"])
            for part in parts
            if part.tbl == "prompt" and part.values["state"] == RAISED
        }
        stops = [each for each in now.stops if self.open or each.code in raised]
        self.stops_open = bool(stops) and not self.open
        for each in stops:
            since = shown_instant(from_text(raised.get(each.code) or parts[0].first_at))
            words = "g goes on with it" if self.open else "s answers it"
            yield PageLine("STOP", f"open since {since}: {each.title}   {words}", "bold $error")

    # -- erasing -----------------------------------------------------------------------------------

    def action_erase(self) -> None:
        """Erases the contact for good: asks why, and once more for its reference; then the page closes."""
        ref = reference(self.contact)

        def because(why: str | None) -> None:
            if why:
                card = ReasonScreen(
                    self.desk,
                    f"Erase {ref}: are you sure?",
                    "It cannot be brought back, here or at another desk. Type its reference to erase it now.",
                    self.contact.hex(),
                    label="Reference",
                )
                self.app.push_screen(card, partial(sure, why))

        def sure(why: str, typed: str | None) -> None:
            if not typed:
                return
            if parse(typed) != ref:
                self.say(f"That is not {ref}; nothing was erased.")
                return
            self._erase(why)

        words = (
            "Everything it says is erased for good, here and at every desk. What stays: that it was there, "
            "who erased it, when and why. Say why."
        )
        if self.restricted:
            words += " The reason is not sealed: name nobody in it."
        card = ReasonScreen(self.desk, f"Erase {ref} for good", words, self.contact.hex(), "erase")
        self.app.push_screen(card, because)

    def _erase(self, why: str) -> None:
        def erased(error: str) -> None:
            if error:
                self.say(error)
            else:
                self.dismiss(None)

        store, actor = self.desk.store, self.desk.actor
        when_written(self, lambda: erasing.erase(store, actor, self.contact, why), erased)

    # -- STOPs -------------------------------------------------------------------------------------

    def action_stop(self) -> None:
        """Answers the open STOPs, one by one."""
        store, actor = self.desk.store, self.desk.actor
        sheet = sheets.sheet_of(store, actor, self.contact)
        now = guidance_facts.guided(store, sheet)
        if not now.stops:
            return

        def met(answer: tuple[str, Response | None] | None) -> None:
            code, response = answer or ("", None)
            if response is not None:
                self._then_show(
                    partial(corrections.answer, store, actor, self.contact, code, response)
                )

        self.app.push_screen(PromptScreen(self.desk, sheet, now), met)

    # -- whose -------------------------------------------------------------------------------------

    def amend_person(self, amends: Amendable) -> None:
        """Amends a name: somebody else's, or this person's everywhere."""

        def chosen(which: str | None) -> None:
            if which == OTHER:
                self.app.push_screen(
                    SomebodyElseScreen(self.desk, self.contact, amends), self._after
                )
            elif which == NAME:
                self.app.push_screen(AmendScreen(self.desk, self.contact, amends), self._after)

        self.app.push_screen(WhoseScreen(self.desk, amends), chosen)
