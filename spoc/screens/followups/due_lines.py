"""What is overdue and due today, at the top of the board."""

from dataclasses import dataclass

from textual import work
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from spoc.model.followups.followup import OVERDUE, TODAY, FollowUp
from spoc.model.rules.access import may
from spoc.screens.followups.lines import line
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk
from spoc.storage.followups import followups
from spoc.storage.followups.followups import Counts

SHOWN = 4  # lines at most; the queue has them all


class DueLines(Static):
    """The first follow-ups that are overdue or due today, one that nobody holds while nobody is here, and how many
    there are. Nothing where none is."""

    DEFAULT_CSS = """
    DueLines { height: auto; padding: 0; border-bottom: solid $rule; display: none; }
    """

    @dataclass
    class Read(Message):
        """The first of the queue, and how many there are."""

        first: list[FollowUp]
        unheld: list[FollowUp]
        counts: Counts
        users: dict[bytes, str]

    def __init__(self, desk: Desk) -> None:
        super().__init__("", markup=False)
        self.desk = desk
        self.held: DueLines.Read | None = None

    @work(thread=True, exclusive=True, group="due")
    def read(self) -> None:
        """Read them away from the screen, and show them."""
        store, actor = self.desk.store, self.desk.actor
        if not may(actor.role, "followup.list"):
            return
        first = followups.open_ones(store, actor, SHOWN)
        unheld = followups.unheld(store, actor)
        counts = followups.count(store, actor)
        self.post_message(self.Read(first, unheld, counts, contacts.authors(store)))

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
        due = [each for each in self.held.first if each.stands(now) in (OVERDUE, TODAY)]
        unheld = [each for each in self.held.unheld if each not in due]
        due += unheld[: max(1, SHOWN - len(due))]
        self.display = bool(due)
        head = Content.assemble(
            ("  Due  ", "$dim"),
            (f"{counts.overdue} overdue", "bold $error-words" if counts.overdue else "$dim"),
            ", ",
            (f"{counts.today} due today", "bold $warning" if counts.today else "$dim"),
            (f", {len(unheld)} to be held while nobody is here" if unheld else "", "bold $warning"),
            ("   f shows all", "$dim"),
        )
        width = max(20, self.size.width - 2)
        lines = [
            Content("  ") + line(each, store.pack, self.held.users, store.hours, now, width)
            for each in due
        ]
        self.update(Content("\n").join([head, *(each.truncate(width + 2) for each in lines)]))
