"""The contact list: all contacts, newest first, and the search over callers, children and notes."""

from asyncio import wrap_future
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import work
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from spoc.model.errors import Refusal
from spoc.model.rules import access
from spoc.model.rules.access import may
from spoc.model.rules.clock import to_local
from spoc.model.values.plain import visible
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.list_lines import contact_line, draft_line, heading, marked_reference
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.pages.list_screen import LinesScreen, list_keys
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading import finding
from spoc.storage.contacts.reading.finding import ResultPage
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.storage.desk import Desk
from spoc.storage.desks import standing
from spoc.storage.ledger import audit
from spoc.storage.search import indexing
from spoc.storage.service import saved
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import LIST, SEARCH, key
from spoc.widgets.pages.rows import Rows

PAGE = 60  # rows fetched at a time
_ASKED = "a name, an NHS number, an issue, a word of the notes"
_OF_SEARCH = ("search", "save", "recall", "forget", "to_list")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The results for a text, or why there could be none."""

    text: str
    found: ResultPage | None = None
    rows: Sequence[Draft | ContactRow] = ()
    refused: str = ""
    # how much of search is up to date, as a percentage; None if all of it is
    done: int | None = None


class ContactsScreen(LinesScreen[None, Draft | ContactRow]):
    """Lists contacts; typing in the search line narrows them.

    One search runs at a time, in a thread. Of what is typed meanwhile only the latest waits; results for a
    text that is no longer there are dropped.
    """

    CSS_PATH = "contacts.tcss"
    BINDINGS = [
        key("enter", "open", "open", "Open the marked contact", "list.open", LIST),
        key("slash", "search", "search", "Type what to find", "list.search", SEARCH, key_display="/"),
        key("tab", "to_list", "to the list", "Go from the search line to the list", "list.to-list", LIST),
        key("s", "save", "save search", "Save this search under a name", "list.save", SEARCH),
        key("x", "forget", "forget it", "Forget this saved search", "list.forget", SEARCH),
        *(
            key(str(n), f"recall({n})", f"search {n}", f"Run saved search {n}", f"list.saved-{n}",
                SEARCH, show=False)
            for n in range(1, saved.MOST + 1)
        ),
        *list_keys("list"),
    ]  # fmt: skip
    PLACE = "Contacts"
    NEEDS: ClassVar = {**dict.fromkeys(_OF_SEARCH, "contact.search"), "open": "contact.view"}

    def __init__(self, desk: Desk, *, searching: bool = False) -> None:
        super().__init__(desk)
        self.searching, self.may_search = searching, may(desk.actor.role, "contact.search")
        self.entry = LineInput("find")
        self.wanted = self.query_now = ""
        self.busy = self.naming = self.more_coming = self.at_a_call = False
        self.found: ResultPage | None = None
        self.refused = ""
        self.all_held = False
        self.up_to: int | None = None
        self.saved: list[saved.SavedSearch] = []

    def typed_in(self) -> Iterable[Widget]:
        yield self.entry

    def on_mount(self) -> None:
        self.entry.display = self.may_search
        self.entry.placeholder = _ASKED
        self.set_focus(self.entry if self.searching else self.rows)
        if self.may_search:
            self.saved = saved.all_of(self.desk.store, self.desk.actor)
        self._show(self._answer(""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter typed in the search line is a letter; the other keys are for the roles that may use
        them."""
        if action not in _OF_SEARCH:
            return self.naming or self.allows(action)
        if not self.is_mounted or not self.may_search:
            return False
        typing = isinstance(self.focused, LineInput)
        if action == "to_list":
            return typing and not self.naming
        if typing:
            return False
        if action == "recall":
            return int(str(parameters[0])) <= len(self.saved)
        if action == "forget":
            return self._recalled() is not None
        return action != "save" or (bool(self.query_now.strip()) and self._recalled() is None)

    # -- searching -------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self.naming:
            self._look(event.input.value)

    def _look(self, text: str) -> None:
        """Searches for a text, at once or as soon as the running search is over."""
        self.wanted = text
        if not self.busy:
            self.busy = True
            self._seek()

    @work(thread=True, group="search")
    def _seek(self) -> None:
        """Searches off the screen for the latest text, until there is no newer one."""
        worker = get_current_worker()
        done = False
        while not done and not worker.is_cancelled:
            answer = self._answer(self.wanted)
            if answer.text != self.wanted:
                continue
            done = self.app.call_from_thread(self._take, answer)
            if not done or answer.found is None or answer.found.next is not None:
                continue
            # Near spellings come after, below what is already there.
            store, actor = self.desk.store, self.desk.actor
            near = finding.find_near(store, actor, answer.text, answer.found.rows, PAGE)
            done = worker.is_cancelled or self.app.call_from_thread(self._add, answer.text, near)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._rest)

    def _answer(self, text: str) -> SearchResult:
        store, actor = self.desk.store, self.desk.actor
        try:
            if not text.strip():
                return SearchResult(text, None, contacts.recent(store, actor, PAGE))
            found = finding.find(store, actor, text, PAGE)
        except Refusal as refused:
            return SearchResult(text, refused=str(refused))
        waiting = finding.waiting(store, actor, found.query)
        # a call that was continued is also in the list of contacts
        waiting_ids = {each.id for each in waiting}
        rows: list[Draft | ContactRow] = [
            *waiting,
            *(row for row in found.rows if row.id not in waiting_ids),
        ]
        return SearchResult(text, found, rows, done=indexing.behind(store.reader))

    def _take(self, answer: SearchResult) -> bool:
        """Shows the results, unless they are out of date; returns whether they were shown."""
        if self.is_attached and answer.text == self.wanted:
            self._show(answer)
        return answer.text == self.wanted

    def _add(self, text: str, near: Sequence[ContactRow]) -> bool:
        """Adds near spellings below the results; returns whether nothing else is wanted."""
        if near and self.is_attached and text == self.wanted:
            self.rows.add(near)
            self.show_above()
        return text == self.wanted

    def _rest(self) -> None:
        """Ends the search; text typed in its last moment starts another."""
        self.busy = False
        if self.is_attached and self.wanted != self.query_now:
            self._look(self.wanted)

    def _show(self, answer: SearchResult) -> None:
        self.query_now, self.found, self.up_to = answer.text, answer.found, answer.done
        at_end = answer.found.next is None if answer.found else len(answer.rows) < PAGE
        self.all_held = at_end or bool(answer.refused)
        self.refused = answer.refused
        if answer.rows != self.rows.items or self.rows.marked:
            self.take(answer.rows, 0)
        else:  # what is already there is not redrawn
            self.show_above()
            self.refresh_bindings()

    # -- what is said of it ----------------------------------------------------------------------

    def heading(self, width: int) -> Content:
        return heading(width)

    def above(self) -> str:
        """How many, by which filters; if nothing is typed, the saved searches."""
        if self.refused:
            return self.refused
        items = self.rows.items
        waiting = sum(isinstance(each, Draft) for each in items)
        near = sum(isinstance(each, ContactRow) and each.near for each in items)
        parts = []
        if not self.query_now.strip():
            parts.append(
                "Newest contacts first."
                if items
                else "No contacts yet. Esc goes back to the board; n there starts a call."
                if may(self.desk.actor.role, "contact.log")
                else "No contacts yet. Esc goes back to the board."
            )
            parts += [f"{n} {each.name}" for n, each in enumerate(self.saved, 1)]
        elif not items:
            parts.append("Nothing found. Try fewer letters; names are also found by near spelling.")
        else:
            count = f"{len(items) - near - waiting} found"
            if not self.all_held:
                count = f"First {len(items) - waiting} of many"
            count = f"{waiting} waiting, {count}" if waiting else count
            parts.append(count + (f", {near} by near spelling" if near else ""))
        if self.found:
            parts += self.found.query.filters.words()
            parts += [f"{each} is not complete yet" for each in self.found.query.unread]
        if self.up_to is not None:
            parts.append(f"Search is {self.up_to}% up to date; until then it may find less")
        parts += filter(None, [marked_reference(self.rows), standing.as_of(self.desk.store)])
        return "   ".join(parts)

    def show_above(self) -> None:
        self.say(self.above())

    def say(self, sentence: str) -> None:
        """Shows a message above the list, in place of the count, without laying the list out again."""
        self.query_one("#said", Static).update(Content(visible(sentence)), layout=False)

    def on_rows_near_end(self, event: Rows.NearEnd) -> None:
        last = self.rows.item and self.rows.items[-1]
        if not self.all_held and isinstance(last, ContactRow) and not self.more_coming:
            self.more_coming = True
            self._more(self.query_now, last, self.found)

    @work(thread=True, group="more")
    def _more(self, text: str, last: ContactRow, found: ResultPage | None) -> None:
        """Fetches the next page off the screen."""
        store, actor = self.desk.store, self.desk.actor
        if found is None:
            rows = contacts.recent(store, actor, PAGE, last)
            self.app.call_from_thread(self._append, text, rows, None)
        else:
            more = finding.find(store, actor, text, PAGE, after=found.next)
            self.app.call_from_thread(self._append, text, more.rows, more)

    def _append(self, text: str, rows: Sequence[ContactRow], found: ResultPage | None) -> None:
        self.more_coming = False
        if not self.is_attached or text != self.query_now:
            return
        self.found = found
        self.all_held = found.next is None if found else len(rows) < PAGE
        self.rows.add(rows)
        self.show_above()

    def paint(self, item: Draft | ContactRow, width: int) -> Content:
        row, store = item, self.desk.store
        today = to_local(store.now()).date()
        if isinstance(row, Draft):
            author = contacts.authors(store).get(row.actor, "a colleague")
            return draft_line(row, 0, author, store.form, today, width, store.pack)
        named = access.sight_of(self.desk.actor.role).identifiers
        return contact_line(row, store.pack, today, width, named=named)

    def read(self) -> None:
        """After a waiting call: what became of it. After a contact's page: its line as it now is."""
        row = self.item
        if self.at_a_call:
            self.at_a_call = False
            self._look(self.query_now)
        elif isinstance(row, ContactRow) and may(self.desk.actor.role, "contact.search"):
            now = contacts.by_id(self.desk.store, self.desk.actor, [row.id])
            items = [*self.rows.items]
            items[self.rows.marked] = replace(now[0], why=row.why, near=row.near) if now else row
            self.take(items)

    # -- saved searches --------------------------------------------------------------------------

    def _recalled(self) -> saved.SavedSearch | None:
        """The saved search in the line, if it is one."""
        return next((each for each in self.saved if each.query == self.query_now.strip()), None)

    def action_save(self) -> None:
        """Asks for a name in the search line."""
        self.naming = True
        self._write("", f"a name for this search: {self.query_now}")
        self.set_focus(self.entry)
        self.say("Type a name. Enter saves the search under it, Esc does not.")
        self.refresh_bindings()

    def action_recall(self, number: int) -> None:
        """Repeats a saved search."""
        if number <= len(self.saved):
            self._write(self.saved[number - 1].query, _ASKED)
            self._look(self.entry.value)

    async def action_forget(self) -> None:
        """Deletes the saved search in the line."""
        recalled = self._recalled()
        if recalled is not None:
            try:
                await wrap_future(saved.forget(self.desk.store, self.desk.actor, recalled))
            except Refusal as refused:
                self.say(str(refused))
                return
            self._saved_again()
            self.say(f"Forgotten: {recalled.name}. The ledger still shows that it was there.")

    async def _keep_as(self, name: str) -> None:
        """Saves the search under the typed name; stays if there is none."""
        store, actor = self.desk.store, self.desk.actor
        try:
            await wrap_future(saved.save(store, actor, name, self.query_now))
        except Refusal as refused:
            self.say(str(refused))
            return
        self._end_naming()
        number = next(n for n, each in enumerate(self.saved, 1) if each == self._recalled())
        self.say(f"Saved. Key {number} in this list finds it again.")

    def _end_naming(self) -> None:
        self.naming = False
        self._write(self.query_now, _ASKED)
        self.set_focus(self.rows)
        self._saved_again()

    def _saved_again(self) -> None:
        self.saved = saved.all_of(self.desk.store, self.desk.actor)
        self.show_above()
        self.refresh_bindings()

    def _write(self, text: str, asked: str) -> None:
        """Puts a text into the search line without searching for it."""
        with self.prevent(Input.Changed):
            self.entry.value = text
        self.entry.placeholder = asked

    # -- keys ------------------------------------------------------------------------------------

    async def action_open(self) -> None:
        """Opens the marked contact, or continues the waiting call; opening one found by a search leaves an
        entry in the audit trail.

        If the list does not yet show the results for what was typed, it is searched first: never a
        stranger's page.
        """
        await settled(self.entry)
        if self.naming:
            await self._keep_as(self.entry.value)
            return
        if self.entry.value != self.query_now:
            self._look(self.entry.value)
            return
        row = self.item
        if row is None:
            return
        if self.query_now.strip():
            audit.record(
                self.desk.store, self.desk.actor, "search", subject=row.id, detail=self.query_now
            )
        if isinstance(row, Draft):
            self.at_a_call = True
            self.app.push_screen(ContactScreen(self.desk, row))
        else:
            self.app.push_screen(ContactPage(self.desk, row.id))

    def action_search(self) -> None:
        self.set_focus(self.entry)

    def action_to_list(self) -> None:
        self.set_focus(self.rows)

    def marked_another(self) -> None:
        super().marked_another()
        self.show_above()

    async def action_back(self) -> None:
        """Goes back to the board; from naming a search, back to the search."""
        if self.naming:
            await settled(self.entry)
            self._end_naming()
        else:
            self.dismiss(None)
