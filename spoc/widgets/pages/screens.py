"""What pages have in common: a message below, and a list with a mark that the arrows move."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from textual.content import Content
from textual.screen import Screen, ScreenResultType
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.values.plain import visible
from spoc.widgets.pages.rows import Rows


def when_written(
    screen: Screen[Any], act: "Callable[[], Future[Any]]", then: Callable[[str], Any]
) -> None:
    """Does an act; once it is on the disk, calls ``then`` with "", or with the sentence that says why it is not.

    ``then`` runs in the screen's own turn, and not at all if the screen is gone by then.
    """
    try:
        writing = act()
    except Refusal as refused:
        then(str(refused))
    else:
        writing.add_done_callback(lambda done: screen.call_later(then, str(done.exception() or "")))


class MessageScreen(Screen[ScreenResultType]):
    """A page with a message below, about what a key did or why it did nothing."""

    def say(self, sentence: str) -> None:
        """Shows a sentence below the page, as data; "" removes it."""
        message = self.query_one("#message", Static)
        message.update(Content(visible(sentence)))
        message.set_class(bool(sentence), "-said")


class RowsScreen(Screen[ScreenResultType]):
    """A page around a list."""

    rows: Rows[Any]

    def marked_another(self) -> None:
        """Updates whatever depends on the mark after it has moved."""

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self.marked_another()

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)
        self.marked_another()

    def action_back(self) -> Any:
        self.dismiss(None)
