"""What is overdue and due today, at the top of the board."""

from dataclasses import dataclass

from textual import work
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from spoc.model.followups.followup import FollowUp, moved_words
from spoc.model.rules.access import may
from spoc.model.values.plain import visible
from spoc.screens.followups.lines import brief, line
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.storage.followups import queue
from spoc.storage.followups.queue import DueCounts

DUE = f"  {'Due':9}"  # below the board's other two questions
SHOWN = 4  # lines at most; the queue has all
LATE = 2  # lines at most for what is overdue, so that what is due today has room
_MOVED = 2  # lines at most for those that the calendar moved


class DueLines(Static):
    """The first follow-ups that are overdue or due today, or that nobody holds while nobody is here, and
    how many there are: the second of the board's three questions."""

    DEFAULT_CSS = """
    DueLines { height: auto; padding: 0; display: none; }
    """

    @dataclass
    class Read(Message):
        """The first that are overdue, due today and held by nobody, and how many of each there are."""

        late: list[FollowUp]
        today: list[FollowUp]
        unheld: list[FollowUp]
        asking: int
        moved: list[FollowUp]
        counts: DueCounts
        users: dict[bytes, str]

    def __init__(self, desk: Desk) -> None:
        super().__init__("", markup=False)
        self.desk = desk
        self.held: DueLines.Read | None = None

    @work(thread=True, exclusive=True, group="due")
    def read(self) -> None:
        """Reads them off the screen, and shows them."""
        store, actor = self.desk.store, self.desk.actor
        if not may(actor.role, "followup.list"):
            return
        late, today = queue.due_now(store, actor, SHOWN)
        unheld, asking = queue.unheld(store, actor, 2 * SHOWN)
        moved, counts = queue.moved_lately(store, actor), queue.count(store, actor)
        users = contacts.authors(store)
        self.post_message(self.Read(late, today, unheld, asking, moved, counts, users))

    def on_due_lines_read(self, event: Read) -> None:
        event.stop()
        self.held = event
        self._paint_all()

    def on_resize(self) -> None:
        self._paint_all()

    def _paint_all(self) -> None:
        if self.held is None:
            return
        store, counts = self.desk.store, self.held.counts
        now = store.now()
        late, today = self.held.late, self.held.today
        due = late[: max(LATE, SHOWN - len(today))]
        due += today[: SHOWN - len(due)]
        above = {each.id for each in due}
        unheld = [each for each in self.held.unheld if each.id not in above]
        due += unheld[: max(1, SHOWN - len(due))]
        moved = self.held.moved
        self.display = True
        rows = [
            (f"{counts.overdue} overdue", "bold $error-words") if counts.overdue else None,
            (f"{counts.today} due today", "bold $warning") if counts.today else None,
        ]
        parts = [Content.styled(*each) for each in rows if each] or [Content("nothing today")]
        head = Content.assemble(
            (DUE, "$dim"),
            Content(", ").join(parts),
            (f", {asking} held by nobody" if (asking := self.held.asking) else "", "bold $warning"),
            ("   f shows all" if due or moved else "", "$dim"),
        )
        width = max(20, self.size.width - 2)
        lines = [
            Content("  ") + line(each, store.pack, self.held.users, store.hours, now, width)
            for each in due
        ]
        for each in moved[:_MOVED]:
            words = f"{brief(store.pack, each.code)}: {moved_words(each)}"
            more = len(moved) - _MOVED
            words += f" (and {more} more)" if each is moved[:_MOVED][-1] and more > 0 else ""
            wrapped = Content.assemble(("  Moved  ", "$dim"), visible(words)).wrap(width)
            lines += [Content(" ") + piece if n else piece for n, piece in enumerate(wrapped)]
        self.update(Content("\n").join([head, *(each.truncate(width + 2) for each in lines)]))
