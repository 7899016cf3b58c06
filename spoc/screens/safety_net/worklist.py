"""The worklist: children from the emergency departments waiting for a review, the most urgent first."""

import time
from asyncio import wrap_future
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import work
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from spoc.model.attendance.coverage import Day
from spoc.model.errors import BadInput, Refusal
from spoc.model.rules.access import may
from spoc.model.values.dates import counted
from spoc.model.values.plain import visible
from spoc.screens.desk.pages import list_screen
from spoc.screens.desk.pages.list_screen import list_keys
from spoc.screens.followups.outputs import OutputsScreen
from spoc.screens.safety_net import lines, narrowing
from spoc.screens.safety_net.excusing import ExcusingScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.storage.attendances import coverage, listing, reviewing, telling
from spoc.storage.attendances.listing import PAGE, WorklistFilter, WorklistRow
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import CONTACT, DESK, LIST, SEARCH, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.rows import Rows

# A key that acts on a case must be fresh: a held key repeats faster, and so does typing ahead.
MANY, NEAR = 2000, 100  # cases in memory: above that, only those around the mark are read again
FRESH = 0.7  # seconds since that key was last pressed


class WorklistScreen(ExcusingScreen):
    """Shows what is waiting; ``c`` clears a clear case, Enter opens any."""

    CSS_PATH = "worklist.tcss"
    BINDINGS = [
        key("enter", "open", "review", "Review the marked case", "worklist.open", LIST),
        key("c", "clear", "clear", "No concern, from the list only: never an under-2, an injury, one who left "
            "unseen, a cannot-tell", "worklist.clear", CONTACT),
        key("s", "tell", "share", "Tell health visitors, school nurses, GPs: copy, then say that it was sent",
            "worklist.tell", CONTACT),
        key("u", "undo", "undo", "Take back your last review", "worklist.undo", CONTACT),
        key("slash", "filter", "filter", "Narrow the list", "worklist.filter", SEARCH, key_display="/"),
        key("i", "bring_in", "bring in", "Bring in a list", "worklist.import", LIST),
        key("h", "by_hand", "by hand", "Add a child by hand", "worklist.by-hand", LIST),
        key("y", "aside", "set aside", "Decide rows whose number is another child's", "worklist.aside", LIST),
        key("x", "explain", "explain", "Say why a list is missing, short or broken", "worklist.explain", LIST),
        key("l", "late", "why late", "Say why a case was not reviewed by the end of the next working day",
            "worklist.late", CONTACT),
        key("p", "print", "print", "Write the cases on show as a page to print: an unencrypted file",
            "worklist.print", LIST),
        key("o", "outputs", "files", "Show the unencrypted files, and delete them", "worklist.files", DESK),
        *list_keys("worklist"),
    ]  # fmt: skip
    PLACE = "ED safety net"
    NEEDS: ClassVar = {
        "open": "attendance.view",
        **dict.fromkeys(("clear", "undo", "tell", "aside", "late"), "attendance.review"),
        **dict.fromkeys(("bring_in", "by_hand", "explain"), "attendance.import"),
    }

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(desk)
        self.clock = clock
        self.entry = LineInput("narrow")
        self.wanted = WorklistFilter(unreviewed=True)
        self.pressed: dict[str, float] = {}
        self.done: list[bytes] = []
        self.days: list[Day] = []
        self.all_held = self.more_coming = False
        self.seen = -1
        self.message = ""

    def typed_in(self) -> Iterable[Widget]:
        yield Static("", id="counts", markup=False)
        yield Static("", id="alarms", markup=False)
        yield self.entry

    def on_mount(self) -> None:
        self.entry.placeholder = narrowing.ASKED
        self.entry.display = False
        self.set_interval(2, self._tick)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, a letter is a letter."""
        typing = self.is_mounted and isinstance(self.focused, LineInput)
        if action == "back" or (action == "open" and typing):
            return True
        if typing and action != "open":
            return False
        return self.allows(action)

    # -- reading ---------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Reads what was written beside this window; the mark stays on its child."""
        if self.is_active and self.seen != self.desk.store.changes():
            self.read()

    def read(self) -> None:
        store, actor = self.desk.store, self.desk.actor
        self.seen = store.changes()
        self.users = contacts.authors(store)
        if len(self.rows.items) > MANY:
            self._read_near()
            return
        count = max(PAGE, len(self.rows.items))
        found = listing.families_together(listing.page(store, actor, self.wanted, count))
        self.all_held = len(found) < count
        self._say_counts()
        self.take(found)

    def _read_near(self) -> None:
        """In a list scrolled far down, reads again only what is near the mark."""
        items, marked = list(self.rows.items), self.rows.marked
        first, last = max(0, marked - NEAR), marked + NEAR
        near = [each.id for each in items[first:last]]
        found = {each.id: each for each in listing.by_id(self.desk.store, self.desk.actor, near)}
        now = [found[each] for each in near if each in found]
        if self.wanted.unreviewed:
            now = [each for each in now if each.reviewed is None]
        stay = {each.id for each in now}
        place = first + sum(each in stay for each in near[: marked - first])
        items[first:last] = now
        self._say_counts()
        self.take(items, place)

    def _say_counts(self) -> None:
        store, actor = self.desk.store, self.desk.actor
        counts = listing.counts(store, actor, listing.recently(store), self.wanted.site)
        words = lines.counts_words(counts, listing.denominator(store), listing.local_now(store))
        self.query_one("#counts", Static).update(words)
        self.days = coverage.recent(store, actor)
        aside = listing.set_aside(store, actor) if may(actor.role, "attendance.review") else ()
        unsent = telling.unsent(store, actor)
        alarms = lines.alarms_words(self.days, len(unsent), len(aside), counts.late)
        line = self.query_one("#alarms", Static)
        line.display = bool(alarms)
        shown = alarms[:3] + ([f"and {len(alarms) - 3} more"] if len(alarms) > 3 else [])
        line.update(Content.styled(visible("\n".join(shown)).replace("␊", "\n"), "$warning"))
        self.query_one(Header).state = f"{counts.waiting} waiting"

    def above(self) -> str:
        """The result of a key, until another moves the mark; otherwise how many there are, and by which
        filter."""
        if self.message:
            return self.message
        text = ", ".join(self.wanted.words()) or "all"
        if not self.rows.items:
            nothing = "Nothing is waiting." if self.wanted.unreviewed else "There is nothing here."
            return f"{nothing}  i brings in a list.  ({text})"
        many = f"{len(self.rows.items)}" if self.all_held else f"first {len(self.rows.items)}"
        return f"{many} shown: {text}"

    def say(self, sentence: str) -> None:
        self.message = sentence
        self.show_above()

    def on_rows_near_end(self, event: Rows.NearEnd) -> None:
        last = self.rows.items[-1] if self.rows.items else None
        if last is not None and not self.all_held and not self.more_coming:
            self.more_coming = True
            self._more(max(self.rows.items, key=lambda each: (each.rank, each.arrived, each.id)))

    @work(thread=True, group="more")
    def _more(self, last: WorklistRow) -> None:
        """Fetches the next page off the screen."""
        found = listing.page(self.desk.store, self.desk.actor, self.wanted, PAGE, last)
        self.app.call_from_thread(self._append, self.wanted, found)

    def _append(self, wanted: WorklistFilter, found: list[WorklistRow]) -> None:
        self.more_coming = False
        if self.is_attached and wanted == self.wanted:
            self.all_held = len(found) < PAGE
            self.rows.add(listing.families_together(found))
            self.show_above()

    def heading(self, width: int) -> Content:
        return list_screen.heading(lines.columns(width), width)

    def paint(self, item: WorklistRow, width: int) -> Content:
        other = listing.taken(item, self.desk.store, self.desk.actor)
        name = self.users.get(other, "colleague") if other else ""
        if item.taken_by == self.desk.actor.id and item.reviewed is None:
            name = "YOU"
        today = listing.local_now(self.desk.store).date()
        return lines.attendance_line(item, self.desk.store.pack, today, width, name)

    # -- acting on a case ------------------------------------------------------------------------

    def _fresh(self, action: str) -> bool:
        """Whether this key was pressed afresh: not held down, not typed ahead."""
        now, before = self.clock(), self.pressed.get(action, float("-inf"))
        self.pressed[action] = now
        return now - before >= FRESH

    async def action_clear(self) -> None:
        """Clears the marked case; the next one takes its place and needs its own key."""
        line = self.item
        if line is None or not self._fresh("clear"):
            return
        if line.reviewed is not None:
            self.say("This case is already reviewed.")
            return
        try:
            await wrap_future(reviewing.clear(self.desk.store, self.desk.actor, line.id))
        except Refusal as refused:
            self.say(str(refused))
            return
        self.done.append(line.id)
        self.read()
        self.say(
            f"Cleared: {line.name or line.number}. Checklist not gone through. u takes it back."
        )

    async def action_undo(self) -> None:
        """Takes back the last review, or that of the marked case."""
        line = self.item
        record = (
            line.id
            if line and line.reviewed is not None
            else self.done.pop()
            if self.done
            else None
        )
        if record is None:
            self.say("There is no review of yours here to take back.")
            return
        try:
            await wrap_future(reviewing.undo(self.desk.store, self.desk.actor, record))
        except Refusal as refused:
            self.say(str(refused))
            return
        self.read()
        place = next((n for n, each in enumerate(self.rows.items) if each.id == record), None)
        if place is not None:
            self.rows.show(self.rows.items, place)
        self.say("Taken back: the case waits again.")

    async def action_open(self) -> None:
        """Reviews the marked case; while a filter is typed, narrows the list."""
        if isinstance(self.focused, LineInput):
            await settled(self.entry)
            self._narrow(self.entry.value)
            return
        line = self.item
        if line is None or not self._fresh("open"):
            return
        if line.closed:
            self.say("This attendance is restricted, and not open to you.")
            return
        try:
            other = await wrap_future(reviewing.take(self.desk.store, self.desk.actor, line.id))
        except Refusal as refused:
            self.say(str(refused))
            return
        page = ReviewPage(self.desk, line.id)
        if other:
            page.note = f"{self.users.get(other, 'A colleague')} has this case open too."
        self.app.push_screen(page, self._after_review)

    def _after_review(self, reviewed: bytes | None) -> None:
        self.read()
        if reviewed:
            self.done.append(reviewed)
            (line,) = listing.by_id(self.desk.store, self.desk.actor, [reviewed])
            how = self.desk.store.pack.label("disposition", line.disposition)
            self.say(f"Reviewed: {line.name or line.number}, {how}. u takes it back.")

    def action_tell(self) -> None:
        from spoc.screens.safety_net.telling import TellScreen

        self.app.push_screen(TellScreen(self.desk))

    # -- narrowing -------------------------------------------------------------------------------

    def action_filter(self) -> None:
        self.entry.display = True
        self.entry.value = ""
        self.set_focus(self.entry)
        self.refresh_bindings()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def _narrow(self, text: str) -> None:
        try:
            self.wanted = narrowing.understood(
                text,
                self.desk.store.pack.book.rules,
                {each.site for each in self.days} | {each.site for each in self.rows.items},
                listing.local_now(self.desk.store).date(),
            )
        except BadInput as refused:
            self.say(str(refused))
            return
        self._leave_filter()
        self.rows.show((), 0)
        self.message = ""
        self.read()

    def _leave_filter(self) -> None:
        self.entry.display = False
        self.set_focus(self.rows)
        self.refresh_bindings()

    # -- lists -----------------------------------------------------------------------------------

    def action_bring_in(self) -> None:
        from spoc.screens.safety_net.lists.bringing_in import BringInScreen

        self.app.push_screen(BringInScreen(self.desk), self._after_import)

    def _after_import(self, words: str | None) -> None:
        self.read()
        if words:
            self.say(words)

    def action_by_hand(self) -> None:
        from spoc.screens.safety_net.lists.by_hand import by_hand

        by_hand(self, self.desk, self._after_import)

    def action_aside(self) -> None:
        from spoc.screens.safety_net.lists.set_aside import SetAsideScreen

        self.app.push_screen(SetAsideScreen(self.desk), lambda _: self.read())

    def action_print(self) -> None:
        """Saves the cases on show as a page for the printer, without restricted ones."""
        from spoc.reports import paper
        from spoc.screens.safety_net.printing import write

        cases = [each for each in self.rows.items if not each.closed]
        try:
            path = write(self.desk, cases, self.wanted)
        except Refusal as refused:
            self.say(str(refused))
            return
        left = len(self.rows.items) - len(cases)
        without = f" ({left} restricted left out)" if left else ""
        self.say(f"{counted(len(cases), 'case')}{without}. {paper.written(path)}")

    def action_outputs(self) -> None:
        self.app.push_screen(OutputsScreen(self.desk))

    # -- keys ------------------------------------------------------------------------------------

    def marked_another(self) -> None:
        super().marked_another()
        self.say("")

    def action_back(self) -> None:
        if isinstance(self.focused, LineInput):
            self._leave_filter()
        else:
            self.dismiss(None)
