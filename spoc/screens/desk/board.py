"""The board, which is the home page: what is waiting, what is due and what happened last."""

from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import sight_of
from spoc.model.rules.clock import from_local, hours_words, shown_instant, to_local
from spoc.model.values.dates import counted
from spoc.model.values.instants import from_text, utc_text
from spoc.model.values.plain import visible_lines
from spoc.screens.contacts.list_lines import (
    contact_line,
    draft_line,
    heading,
    long_day,
    marked_reference,
    when,
)
from spoc.screens.desk.astray import AstrayScreen
from spoc.screens.desk.empty_board import nothing_yet
from spoc.screens.desk.pages.by_role import ByRoleScreen
from spoc.screens.desk.pages.going import Told
from spoc.screens.followups.due_lines import DueLines
from spoc.storage.contacts import contacts, raised_stops
from spoc.storage.contacts.call import drafts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.storage.desk import Desk
from spoc.storage.desks import clocks, standing
from spoc.storage.extract.opening import as_of
from spoc.storage.ledger import audit
from spoc.storage.secrecy import uncounted
from spoc.storage.service import adopting
from spoc.storage.store import Store
from spoc.widgets.pages.bindings import CALL, DESK, LIST, SEARCH, arrows, key, leaves
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows

RESTRICTED_CALL = (
    "This call is restricted and not open to you. Its author, or somebody it is open to, can go on with it. "
    "That you tried is recorded."
)
STOPS = 3  # lines of open STOPs; see board.tcss
LAST = 30  # contacts on the board; the list has all of them

_ROOMY = 100  # from this many cells the header has room for the year and the reason for the hours


class BoardScreen(AstrayScreen, ByRoleScreen[None]):
    """Shows the waiting calls, the open contacts, then the last ones. Single letters act.
    Not a ``ListScreen``: a thread reads all of it at once, as a snapshot."""

    CSS_PATH = "board.tcss"
    AUTO_FOCUS = None
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        key("n,ctrl+n", "new_call", "new call", "Start a new call; the clock starts", "board.new-call", CALL),
        key("enter", "open", "open", "Open what is marked", "board.open", LIST),
        key("slash", "search", "search", "Find a contact", "board.search", SEARCH, key_display="/"),
        *(
            key(str(n), f"resume({n})", f"go on with call {n}", f"Go on with call {n}", f"board.call-{n}",
                CALL, show=False)
            for n in range(1, 10)
        ),
        key("f", "followups", "due", "Show the open follow-ups", "board.follow-ups", LIST),
        key("w", "safety_net", "ED worklist", "Show the ED safety net: children seen in the departments",
            "board.safety-net", LIST),
        key("h", "handover", "handover", "Show what was written since you were last here; handover sheets",
            "board.handover", LIST),
        key("c", "children", "children", "Find a child and open the record", "board.children", LIST),
        key("r", "requests", "requests", "Show the requests to social care", "board.requests", LIST),
        key("l", "list", "list", "Show all contacts, newest first", "board.list", LIST),
        key("b", "unborn", "unborn", "Show the unborn board", "board.unborn", LIST),
        key("e", "email", "email", "Make a contact from a pasted email", "board.email", CALL),
        key("a", "activity", "activity", "Show what the service did: charts, week by week", "board.activity", LIST),
        key("k", "trust_clock", "clock is right", "Confirm that the computer's clock is right",
            "board.clock", DESK),
        key("y", "sync", "sync", "Show whether this desk has synced with the others; sync now", "board.sync", DESK),
        key("u", "users", "users", "Show the users; add one, change your passphrase", "board.users", DESK),
        key("t", "calendar", "calendar", "Show hours, closure days, the guidance in force and the newest backup", "board.calendar", DESK),
        *arrows("board"),
        *leaves("board"),
        key("q", "app.leave", "leave", "Leave spoc; what you typed is kept", "board.leave", DESK),
    ]  # fmt: skip

    NEEDS: ClassVar = {
        "new_call": "contact.log",
        "open": "contact.view",
        "search": "contact.search",
        "list": "contact.list",
        "resume": "contact.log",
        "email": "contact.log",
        "followups": "followup.list",
        "requests": "followup.list",
        "handover": "followup.act",
        "unborn": "followup.act",
        "trust_clock": "followup.act",
        "children": "person.view",
        "users": "user.list",
        "sync": "sync.run",
        "activity": "report.view",
        "safety_net": "attendance.list",
    }

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.seen = -1
        self.waiting: list[Draft] = []
        self.lists = ""

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name)
        yield Static("", id="now", markup=False)
        yield Static("", id="stops", markup=False)
        yield DueLines(self.desk)
        yield Static("", id="today", markup=False)
        yield Static("", id="heads", markup=False)
        yield Rows(self._paint, id="waiting")
        yield Static("", id="empty", markup=False)
        yield Static("", id="note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.users = contacts.authors(self.desk.store)
        self.watch(self.query_one(Rows), "show_vertical_scrollbar", self.on_resize, init=False)
        self.set_interval(2, self._tick)

    def on_resize(self) -> None:
        width = self.size.width - 2 - self.query_one(Rows).scrollbar_size_vertical
        self.query_one("#heads", Static).update(heading(width))

    def on_screen_resume(self) -> None:
        self.said = ""
        self.refresh_board()
        self._tick()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key works if the advisor's role may do what it does."""
        if action == "resume" and int(str(parameters[0])) > len(self.waiting):
            return False
        if action == "trust_clock" and not getattr(self.app, "clock_note", ""):
            return False
        return self.allows(action) and super().check_action(action, parameters)

    def on_told(self, event: Told) -> None:
        self.say(event.words)

    def say(self, sentence: str) -> None:
        """Shows a sentence above the notes, until another page has been open."""
        if self.astray is None:  # else the key was a letter of a name
            self.said = sentence
            self._tick()

    def refresh_board(self) -> None:
        """Reads the board again."""
        store, actor = self.desk.store, self.desk.actor
        self.seen = store.changes()  # before reading: what arrives meanwhile is seen next time
        rows: Rows[Draft | ContactRow] = self.query_one(Rows)
        waiting = drafts.waiting(store, actor) if self.allows("new_call") else []
        still_open: list[ContactRow] = []
        last: list[ContactRow] = []
        if self.allows("list"):
            still_open = contacts.still_open(store, actor)
            last = [row for row in contacts.recent(store, actor, LAST) if not row.open]
        items: list[Draft | ContactRow] = [*waiting, *still_open, *last]
        self.waiting = waiting
        self._open_stops(store, actor)
        self.lists = self._safety_net() if self.allows("safety_net") else ""
        marked = rows.item.id if rows.item else None
        place = next((n for n, item in enumerate(items) if item.id == marked), 0)
        rows.show(items, place if rows.marked else 0)
        rows.display = self.query_one("#heads").display = bool(rows.items)
        self.set_focus(rows if rows.items else None)
        empty = self.query_one("#empty", Static)
        empty.display = not rows.items
        empty.update(nothing_yet(self.desk.actor.role))
        self._now(waiting, still_open)
        self.call_after_refresh(self.query_one(DueLines).read)  # the board itself comes first

    def _open_stops(self, store: Store, actor: Actor) -> None:
        """The STOPs that an amendment raised and nobody has answered: at most three lines."""
        found = raised_stops.open_stops(store, actor) if self.allows("list") else []
        lines = [
            f"STOP open since {shown_instant(from_text(each.at))}  {', '.join(each.children) or 'no child'}: {each.title}"
            for each in found[:STOPS]
        ]
        if len(found) > STOPS:
            lines[-1] += f"   and {len(found) - STOPS + 1} more"
        stops = self.query_one("#stops", Static)
        stops.display = bool(lines)
        stops.update(Content(visible_lines("\n".join(lines))))

    def _safety_net(self) -> str:
        """The children from the emergency departments who are waiting, and any missing list; "" before the
        first list."""
        from spoc.screens.safety_net.lines import board_words

        return board_words(self.desk.store, self.desk.actor)

    def _now(self, waiting: list[Draft], still_open: list[ContactRow]) -> None:
        now = self.desk.store.now()
        today = to_local(now).date()
        midnight = from_local(
            to_local(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        )[0]
        monday = midnight - timedelta(days=today.weekday())
        count = week = 0
        if self.allows("list"):
            count = contacts.count_since(self.desk.store, self.desk.actor, utc_text(midnight))
            week = contacts.count_since(self.desk.store, self.desk.actor, utc_text(monday))
        begun = [each.sheet.opened_at for each in waiting] + [row.received_at for row in still_open]
        oldest = f", oldest {when(min(begun), today).strip()}" if begun else ""
        self.query_one("#now", Static).update(
            Content.assemble(
                (f"  {'Waiting':9}", "$dim"),
                (counted(len(waiting), "call"), "bold $warning" if waiting else ""),
                f", {counted(len(still_open), 'open contact')}{oldest}",
            )
        )
        begins, logged = (f"  {'Today':9}", "$dim"), (counted(count, "contact"), "bold")
        self.logged = Content.assemble(begins, logged, f", this week {week}")
        self._today()

    def _today(self) -> None:
        """How much was logged today; and the marked contact's reference if its line has no room for it."""
        marked = marked_reference(self.query_one(Rows))
        beside = Content.styled(f"   {marked}" if marked else "", "$dim")
        self.query_one("#today", Static).update(self.logged + beside)

    def _tick(self) -> None:
        """Updates the time, the hours, and whatever was written beside this window. Not during a call on
        top of it, when every letter is saved."""
        if not self.is_active:
            return
        if self.seen != self.desk.store.changes():
            self.refresh_board()
        now = self.desk.store.now()
        # What upkeep of the store found: its pack, the last verification, the day's backup, search.
        names = (
            "keys_note",
            "clock_note",
            "sync_note",
            "verify_note",
            "backup_note",
            "extract_note",
            "search_note",
        )
        store = self.desk.store
        found = (getattr(self.app, name, "") for name in names)
        missing = standing.band(store)
        not_counted = uncounted.note(store, self.desk.actor)
        of_store = (clocks.note(store), not_counted, store.pack_note, adopting.note(store))
        notes = [
            as_of(store),
            *self.desk.alarms,
            missing,
            standing.waits(store),
            self.lists,
            *of_store,
            *found,
        ]
        rest = "\n".join(each for each in notes if each and each != self.said)
        lines = [(self.said, "$foreground"), (rest, "")]
        said = [Content.styled(visible_lines(each), style) for each, style in lines if each]
        self.query_one("#note", Static).update(Content("\n").join(said))
        day, words = long_day(now), hours_words(store.hours, now)
        if self.size.width < _ROOMY:  # what is overdue and the desk's name must have their space
            day, words = day.rpartition(" ")[0], words.partition(" (")[0]
        self.query_one(Header).state = f"{day}  {to_local(now):%H:%M}   {words}"

    def _paint(self, item: Draft | ContactRow, width: int) -> Content:
        today = to_local(self.desk.store.now()).date()
        if isinstance(item, Draft):
            number = self.waiting.index(item) + 1
            author = self.users.get(item.actor, "a colleague")
            return draft_line(
                item, number, author, self.desk.store.form, today, width, self.desk.store.pack
            )
        named = sight_of(self.desk.actor.role).identifiers
        return contact_line(item, self.desk.store.pack, today, width, named=named)

    def action_new_call(self) -> None:
        """Starts a call, without asking anything first."""
        from spoc.screens.call.contact import new_draft

        self._resume(new_draft(self.desk))

    def action_open(self) -> None:
        """Resumes the marked draft or opens the marked contact."""
        item = self.query_one(Rows).item
        if isinstance(item, Draft):
            self._resume(item)
        elif isinstance(item, ContactRow):
            from spoc.screens.contacts.page.contact_page import ContactPage

            self.app.push_screen(ContactPage(self.desk, item.id))

    def action_resume(self, number: int) -> None:
        """Continues a waiting call by its number."""
        if number <= len(self.waiting):
            self._resume(self.waiting[number - 1])

    def _resume(self, draft: Draft) -> None:
        """Continues a call; a restricted one only if this person can open it."""
        if draft.shut:
            store, actor = self.desk.store, self.desk.actor
            audit.record(store, actor, "refused", subject=draft.id)
            self.query_one("#note", Static).update(RESTRICTED_CALL)
        else:
            from spoc.screens.call.contact import ContactScreen

            self.app.push_screen(ContactScreen(self.desk, draft))

    def action_search(self) -> None:
        self.action_list(searching=True)

    def action_list(self, searching: bool = False) -> None:
        from spoc.screens.contacts.contacts import ContactsScreen

        self.app.push_screen(ContactsScreen(self.desk, searching=searching))

    def action_email(self) -> None:
        """Logs an email instead of a call: it is pasted first."""
        from spoc.screens.call.email import EmailScreen

        self.app.push_screen(EmailScreen(self.desk))

    def action_followups(self) -> None:
        from spoc.screens.followups.followups import FollowUpsScreen

        self.app.push_screen(FollowUpsScreen(self.desk))

    def action_safety_net(self) -> None:
        from spoc.screens.safety_net.worklist import WorklistScreen

        self.app.push_screen(WorklistScreen(self.desk))

    def action_activity(self) -> None:
        """Shows the charts, which are loaded when asked for."""
        from spoc.screens.reports.dashboard import DashboardScreen

        self.app.push_screen(DashboardScreen(self.desk))

    def action_requests(self) -> None:
        from spoc.screens.followups.requests import RequestsScreen

        self.app.push_screen(RequestsScreen(self.desk))

    def action_handover(self) -> None:
        from spoc.screens.followups.handover import HandoverScreen

        self.app.push_screen(HandoverScreen(self.desk))

    def action_unborn(self) -> None:
        from spoc.screens.followups.unborn import UnbornScreen

        self.app.push_screen(UnbornScreen(self.desk))

    def action_calendar(self) -> None:
        from spoc.screens.followups.calendar import CalendarScreen

        self.app.push_screen(CalendarScreen(self.desk))

    def action_trust_clock(self) -> None:
        """Accepts the clock as right, and says no more about it."""
        self.app.trust_clock()  # type: ignore[attr-defined]
        self._tick()
        self.refresh_bindings()

    def action_children(self) -> None:
        """Finds a child."""
        from spoc.screens.child.children import ChildrenScreen

        self.app.push_screen(ChildrenScreen(self.desk))

    def action_users(self) -> None:
        from spoc.screens.desk.users.users import UsersScreen

        self.app.push_screen(UsersScreen(self.desk))

    def action_sync(self) -> None:
        from spoc.screens.sync.sync_page import SyncScreen  # with what it carries by

        self.app.push_screen(SyncScreen(self.desk))

    def action_mark(self, step: int) -> None:
        self.query_one(Rows).move(step)
        self._today()

    def action_leaf(self, step: int) -> None:
        self.query_one(Rows).page(step)
        self._today()
