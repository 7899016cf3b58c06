"""Pages of lines, one of them marked. A ``ListScreen`` is the one to copy: its columns, what it reads, and
its text when empty."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.screen import ScreenResultType
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from spoc.model.values.plain import visible
from spoc.screens.desk.pages.by_role import ByRoleScreen
from spoc.screens.desk.pages.going import Told
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import LIST, arrows, key, leaves
from spoc.widgets.pages.cells import fitted, people
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import MessageScreen, RowsScreen

Item = TypeVar("Item")
Cell = str | tuple[str, str]  # the words of a column, with a style or without; data, never markup
_LEAST = 30  # the fewest cells that the flexible columns share


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its heading, and its width in cells or as a share (percent) of what those leave. One column
    of a list has neither, and takes the rest. In a column of ``people`` a long name is shortened, not cut."""

    label: str
    cells: int = 0
    share: int = 0
    people: bool = False


def widths(columns: Sequence[ListColumn], width: int) -> list[int]:
    """Each column's width in cells, in a line of the given length."""
    room = max(_LEAST, width - sum(each.cells for each in columns))
    shares = [room * each.share // 100 for each in columns]
    rest = room - sum(shares)
    return [each.cells or of or rest for each, of in zip(columns, shares, strict=True)]


def heading(columns: Sequence[ListColumn], width: int) -> Content:
    """The names of the columns, above the lines."""
    sizes = widths(columns, width)
    words = "".join(fitted(each.label, size) for each, size in zip(columns, sizes, strict=True))
    return Content.styled(f"  {words}"[: width + 2], "$dim")


def line(columns: Sequence[ListColumn], cells: Sequence[Cell], width: int) -> Content:
    """One line: each cell in its column, with a space between."""
    parts = []
    sizes = widths(columns, width)
    for at, (column, cell, size) in enumerate(zip(columns, cells, sizes, strict=True)):
        words, style = (visible(cell), "") if isinstance(cell, str) else (visible(cell[0]), cell[1])
        between = "" if at == len(columns) - 1 else " "
        if column.people:
            words = people(words, size - len(between))
        parts.append((fitted(words, size - len(between)) + between, style))
    return Content.assemble(*parts)


def list_keys(page: str) -> list[Binding]:
    """The keys of every list: up and down, by the page, back."""
    back = key("escape", "back", "back", "Go back", f"{page}.back", LIST)
    return [*arrows(page), *leaves(page), back]


class LinesScreen(
    MessageScreen[ScreenResultType],
    ByRoleScreen[ScreenResultType],
    RowsScreen[ScreenResultType],
    Generic[ScreenResultType, Item],
):
    """A page of lines, one of them marked. It is read whenever it appears, and shown with ``take``.

    A subclass sets PLACE, has ``list_keys(page)`` among its bindings, and says how to read it and how to
    paint a line. A line to type in is above the lines (``typed_in``).
    """

    AUTO_FOCUS = ""  # None would let the app choose
    DEFAULT_CSS = """
    LinesScreen { background: $background; }
    LinesScreen #said { height: auto; padding: 1 1 0 1; }
    LinesScreen #heads { height: 2; padding: 1 0 0 0; }
    LinesScreen #empty { height: 1fr; padding: 2 4; }
    LinesScreen #message { height: auto; padding: 0 1; }
    LinesScreen #message.-said { background: $warning; color: $background; text-style: bold; }
    """
    PLACE: ClassVar[str]  # of the header
    EMPTY: ClassVar[str] = ""  # what to do if there is nothing
    _was_up = False

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.rows: Rows[Item] = Rows(self.paint)

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, self.PLACE)
        yield from self.typed_in()
        yield Static("", id="said", markup=False)
        yield Static("", id="heads", markup=False)
        yield self.rows
        yield Static("", id="empty", markup=False)
        yield from self.beneath()
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.watch(self.rows, "show_vertical_scrollbar", self.show_heading, init=False)
        self.read()  # before the first key typed ahead acts on a line

    def on_screen_resume(self) -> None:
        if self._was_up:
            self.read()
        self._was_up = True

    def on_resize(self) -> None:
        self.show_heading()

    # -- what a page says about itself -----------------------------------------------------------------

    @abstractmethod
    def read(self) -> None:
        """Reads it, and shows it with ``take``."""

    @abstractmethod
    def paint(self, item: Item, width: int) -> Content:
        """One line."""

    def typed_in(self) -> Iterable[Widget]:
        """The line to type in, above the lines."""
        return ()

    def beneath(self) -> Iterable[Widget]:
        """The text beneath the lines: the whole of the marked one."""
        return ()

    def above(self) -> Content | str:
        """The text above the lines: how many, and of what; "" for nothing."""
        return ""

    def empty(self) -> str:
        """The text of an empty page."""
        return self.EMPTY

    def heading(self, width: int) -> Content:
        """The names of the columns."""
        return Content("")

    # -- showing ---------------------------------------------------------------------------------------

    def take(self, items: Sequence[Item], marked: int | None = None) -> None:
        """Shows what was read. The mark goes to a line, or stays on its record; if that is gone, on its
        place."""
        self.rows.show(items, self._still_marked(items) if marked is None else marked)
        nothing = "" if items else self.empty()
        self.rows.display = not nothing
        self.show_heading()
        if nothing and self.focused is self.rows:
            self.set_focus(None)
        elif not nothing and self.focused is None:
            self.set_focus(self.rows)
        words = self.query_one("#empty", Static)
        words.display = bool(nothing)
        words.update(nothing)
        self.show_above()
        self.refresh_bindings()

    def _still_marked(self, items: Sequence[Item]) -> int:
        before, place = getattr(self.item, "id", None), self.rows.marked
        same = [
            at for at, each in enumerate(items) if before and getattr(each, "id", None) == before
        ]
        return min(same, key=lambda at: abs(at - place), default=place)

    def show_heading(self) -> None:
        width = self.size.width - 2 - self.rows.scrollbar_size_vertical
        heads, names = self.query_one("#heads", Static), self.heading(width)
        heads.display = bool(names.plain and self.rows.display)
        heads.update(names)

    def show_above(self) -> None:
        line, words = self.query_one("#said", Static), self.above()
        line.display = bool(words)
        line.update(words if isinstance(words, Content) else Content(visible(words)))

    def on_told(self, event: Told) -> None:
        self.say(event.words)

    @property
    def item(self) -> Item | None:
        """The marked item."""
        return self.rows.item

    # -- keys ------------------------------------------------------------------------------------------

    def marked_another(self) -> None:
        """Updates whatever depends on the mark after it has moved."""
        self.refresh_bindings()


class ListScreen(LinesScreen[ScreenResultType, Item]):
    """A list: its COLUMNS, what it reads (``query_items``), what a line contains (``cells``)."""

    COLUMNS: ClassVar[tuple[ListColumn, ...]]
    IN_THREAD: ClassVar[bool] = False  # whether reading is slow, and done off the screen

    class Read(Message):
        """The result of reading off the screen."""

        def __init__(self, items: Sequence[Any]) -> None:
            super().__init__()
            self.items = items

    @abstractmethod
    def query_items(self) -> Sequence[Item]:
        """The items to show now."""

    @abstractmethod
    def cells(self, item: Item) -> Sequence[Cell]:
        """The columns of one item."""

    def heading(self, width: int) -> Content:
        return heading(self.COLUMNS, width)

    def paint(self, item: Item, width: int) -> Content:
        return line(self.COLUMNS, self.cells(item), width)

    def read(self) -> None:
        if self.IN_THREAD:
            self._read_away()
        else:
            self.take(self.query_items())

    @work(thread=True, exclusive=True, group="read")
    def _read_away(self) -> None:
        worker = get_current_worker()
        items = self.query_items()
        if not worker.is_cancelled:
            self.post_message(self.Read(items))

    def on_list_screen_read(self, event: Read) -> None:
        self.take(event.items)
