"""The queue: every open promise, and the keys that end, claim or move it."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from textual import work
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from spoc.model.followups.followup import (
    HANDING_FORM,
    HOLDER_FORM,
    KEPT,
    NOT_DONE,
    NOT_DONE_FORM,
    OVERDUE,
    SNOOZE_FORM,
    TODAY,
    TOMORROW,
    FollowUp,
)
from spoc.model.forms.forms import Field
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.list_screen import LinesScreen, heading, list_keys
from spoc.screens.followups.lines import COLUMNS, in_full, line
from spoc.screens.followups.request_page import RequestPage
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.storage.followups import followups, queue
from spoc.widgets.pages.bindings import LIST, key
from spoc.widgets.pages.screens import when_written

_LATELY = timedelta(days=7)
_ACTS = ("kept", "not_done", "snooze", "hand_on", "claim", "hold", "take_back")


class FollowUpsScreen(LinesScreen[None, FollowUp]):
    """Shows the open follow-ups, the earliest first. A key acts on the marked one."""

    CSS_PATH = "followups.tcss"
    BINDINGS = [
        key("x", "kept", "done", "Mark it as done now", "followups.kept", LIST),
        key("w", "not_done", "not done", "Say that it was not done, and why", "followups.not-done", LIST),
        key("z", "snooze", "put off", "Put it off, with a reason", "followups.put-off", LIST),
        key("c", "claim", "claim", "Claim it for yourself, or let it go", "followups.claim", LIST),
        key("h", "hand_on", "hand on", "Hand it on to somebody by name", "followups.hand-on", LIST),
        key("o", "hold", "held by", "Say who holds it while nobody is here", "followups.held", LIST),
        key("r", "request", "request", "Open the request to social care", "followups.request", LIST),
        key("enter", "open", "open", "Open its contact", "followups.open", LIST),
        key("u", "take_back", "take back", "Take back what you marked last", "followups.take-back", LIST),
        key("e", "ended", "ended", "Also show those that ended within a week", "followups.ended", LIST),
        key("m", "mine", "mine", "Show only yours, or all", "followups.mine", LIST),
        *list_keys("followups"),
    ]  # fmt: skip
    PLACE = "What is due"
    NEEDS: ClassVar = {
        **dict.fromkeys(("open", "request"), "contact.view"),
        **dict.fromkeys(_ACTS, "followup.act"),
    }

    @dataclass
    class Read(Message):
        """The queue as it is now: its first page, or the ``whole``; and how many there are of each kind."""

        found: list[FollowUp]
        whole: bool
        many: dict[str, int]
        users: dict[bytes, str]

    @dataclass
    class More(Message):
        """The next page, below the one that ends with ``after``."""

        after: FollowUp
        found: list[FollowUp]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.found: list[FollowUp] = []
        self.users: dict[bytes, str] = {}
        self.many: dict[str, int] = {}
        self.mine = self.ended = self.more_coming = False
        self.whole = True
        self.last: FollowUp | None = None
        self.seen = -1

    def beneath(self) -> Iterable[Widget]:
        yield Static("", id="more", markup=False)

    def on_mount(self) -> None:
        self.set_interval(1, self._look)

    def on_screen_resume(self) -> None:
        """On the queue itself there is no need to ring."""
        silence = getattr(self.app, "silence", None)
        if silence is not None:
            silence()

    def read(self) -> None:
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Acts need the role for them, and a line to act on."""
        if not self.allows(action):
            return False
        if action == "request" and self.marked and not self.marked.contact:
            return False
        if action in ("open", "request"):
            return bool(self.found)
        if action == "take_back":
            return self.last is not None or bool(self.marked and self.marked.ended)
        if action in _ACTS and self.marked and self.marked.ended:
            return False
        if action == "hold":
            return bool(self.marked and self.marked.closed(self.desk.store.hours))
        return action not in _ACTS or bool(self.found)

    @property
    def marked(self) -> FollowUp | None:
        return self.item

    # -- reading -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Reads again after somebody, here or elsewhere, has written."""
        if self.is_current and self.seen != self.desk.store.changes():
            self.seen = self.desk.store.changes()
            self._read()
        elif self.is_current:
            self.show_above()

    @work(thread=True, exclusive=True, group="queue")
    def _read(self) -> None:
        store, actor = self.desk.store, self.desk.actor
        count = max(queue.PAGE, len(self.found))
        if self.mine or self.ended:
            found, whole = followups.open_ones(store, actor), True
            if self.mine:
                found = [each for each in found if followups.is_of(each, actor)]
        else:
            found = queue.page(store, actor, count)
            whole = len(found) < count
        counts, (tomorrow, every) = queue.count(store, actor), queue.beyond(store, actor)
        many = {OVERDUE: counts.overdue, TODAY: counts.today, TOMORROW: tomorrow, "all": every}
        if self.mine:
            states = [each.state(store.now()) for each in found]
            many = {each: states.count(each) for each in many} | {"all": len(found)}
        if self.ended:
            ended = followups.ended_since(store, actor, store.now() - _LATELY)
            found += [each for each in ended if not self.mine or followups.is_of(each, actor)]
        self.post_message(self.Read(found, whole, many, contacts.authors(store)))

    def on_rows_near_end(self) -> None:
        if self.found and not self.whole and not self.more_coming:
            self.more_coming = True
            self._read_more(self.found[-1])

    @work(thread=True, group="more")
    def _read_more(self, last: FollowUp) -> None:
        found = queue.page(self.desk.store, self.desk.actor, queue.PAGE, last)
        self.post_message(self.More(last, found))

    def on_follow_ups_screen_more(self, event: More) -> None:
        """Shows the next page, unless the list was read again meanwhile and ends elsewhere."""
        self.more_coming = False
        if self.found and not self.whole and self.found[-1].id == event.after.id:
            self.whole = len(event.found) < queue.PAGE
            self.found = [*self.found, *event.found]
            self.rows.add(event.found)

    def on_follow_ups_screen_read(self, event: Read) -> None:
        self.found, self.users = event.found, event.users
        self.whole, self.many = event.whole, event.many
        self.take(self.found)

    def empty(self) -> str:
        nothing = "Nothing of yours is open.  m shows all." if self.mine else "Nothing is open."
        return f"{nothing}\n\nWhatever a call agrees with a time is listed here until it is done."

    def above(self) -> Content:
        """How many, above the list; the whole of the marked one, below it."""
        store = self.desk.store
        late, today, tomorrow, every = (
            self.many.get(each, 0) for each in (OVERDUE, TODAY, TOMORROW, "all")
        )
        some = [
            (f"overdue {late:,}", "bold $error-words" if late else "$dim"),
            (f"today {today:,}", "bold $warning" if today else "$dim"),
            (f"tomorrow {tomorrow:,}", "$dim"),
            (f"all {every:,}", "$dim"),
            ("mine alone" if self.mine else "", "bold"),
            ("and those that ended within a week" if self.ended else "", "bold"),
        ]
        parts = [part for words, style in some if words for part in ((words, style), "   ")]
        each = self.marked
        more = in_full(each, store.pack, self.users, store.hours) if each else ""
        self.query_one("#more", Static).update(Content(more))
        return Content.assemble(*parts)

    def heading(self, width: int) -> Content:
        return heading(COLUMNS, width)

    def paint(self, item: FollowUp, width: int) -> Content:
        store = self.desk.store
        return line(item, store.pack, self.users, store.hours, store.now(), width)

    # -- keys --------------------------------------------------------------------------------------

    def action_kept(self) -> None:
        """Marks it as kept; for the family of a child who has died, only with a reason."""
        if self.marked and self.marked.stops(self.desk.store.pack):
            self._ask(
                "The child has died. Done anyway",
                NOT_DONE_FORM,
                lambda store, actor, each, value: followups.end(
                    store, actor, each, KEPT, value["why"]
                ),
            )
            return
        self._act(followups.end)

    def action_claim(self) -> None:
        """Claims it, or lets one's own claim go, unless a colleague has also claimed it."""
        each = self.marked
        own = bool(each and each.claimed_by == self.desk.actor.id and not each.disputed)
        self._act(partial(followups.claim, let_go=own))

    def action_not_done(self) -> None:
        self._ask(
            "Not done",
            NOT_DONE_FORM,
            lambda store, actor, each, value: followups.end(
                store, actor, each, NOT_DONE, value["why"]
            ),
        )

    def action_snooze(self) -> None:
        self._ask(
            "Put off",
            SNOOZE_FORM,
            lambda store, actor, each, value: followups.snooze(
                store, actor, each, value["to"], value["why"]
            ),
        )

    def action_hand_on(self) -> None:
        self._ask(
            "Hand on",
            HANDING_FORM,
            lambda store, actor, each, value: followups.hand_on(
                store, actor, each, value["to"], value["why"]
            ),
        )

    def action_hold(self) -> None:
        self._ask("Due while nobody is here", HOLDER_FORM, followups.hold)

    def action_take_back(self) -> None:
        """Reopens the one that was ended last."""
        last, self.last = self.last, None
        if self.marked and self.marked.ended:
            last = self.marked
        if last is not None:
            self._write(followups.reopen, last)

    def _act(self, act: Callable[..., "Future[Any]"]) -> None:
        each = self.marked
        if each is not None:
            if act is followups.end:
                self.last = each
            self._write(act, each)

    def _write(self, act: Callable[..., "Future[Any]"], each: FollowUp) -> None:
        def written(error: str) -> None:
            if error:
                self.last = None
            self.say(error or ("Done. u takes it back." if act is followups.end else ""))
            self._look()

        self.say("")
        when_written(self, lambda: act(self.desk.store, self.desk.actor, each), written)

    def _ask(self, title: str, form: tuple[Field, ...], act: Callable[..., "Future[Any]"]) -> None:
        """Asks what an act needs to know, for the follow-up that was marked when the key was pressed."""
        each = self.marked
        if each is None:
            return
        what = self.desk.store.pack.label("action", each.code)

        def write(value: Any) -> "Future[Any]":
            return act(self.desk.store, self.desk.actor, each, value)

        self.say("")
        self.app.push_screen(
            RecordScreen(self.desk, f"{title}: {what}", form, write, each.id.hex())
        )

    def action_open(self) -> None:
        each = self.marked
        if each is not None and each.contact:
            self.app.push_screen(ContactPage(self.desk, each.contact))
        elif each is not None:
            from spoc.screens.safety_net.review import ReviewPage

            self.app.push_screen(ReviewPage(self.desk, each.attendance))

    def action_request(self) -> None:
        each = self.marked
        if each is not None:
            self.app.push_screen(RequestPage(self.desk, each.contact))

    def action_ended(self) -> None:
        self.ended = not self.ended
        self._read()

    def action_mine(self) -> None:
        self.mine = not self.mine
        self._read()

    def marked_another(self) -> None:
        super().marked_another()
        self.show_above()
