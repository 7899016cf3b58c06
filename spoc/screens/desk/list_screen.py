"""A list to copy: a new one is its columns, what it reads, and what it says where there is nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen, ScreenResultType
from textual.widgets import Static

from spoc.model.values.plain import visible
from spoc.storage.desk import Desk
from spoc.widgets.bindings import LIST, arrows, key, leaves
from spoc.widgets.cells import fitted
from spoc.widgets.header import Header
from spoc.widgets.keybar import KeyBar
from spoc.widgets.rows import Rows

Item = TypeVar("Item")
Cell = str | tuple[str, str]  # the words of a column, with a style or without; data, never markup
_LEAST = 30  # cells that the columns share at least


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and its width in cells or as a share (percent) of what those leave. The last
    takes the rest."""

    label: str
    cells: int = 0
    share: int = 0


def widths(columns: Sequence[Column], width: int) -> list[int]:
    """The cells of each column in a line of so many."""
    room = max(_LEAST, width - sum(each.cells for each in columns))
    found = [each.cells or room * each.share // 100 for each in columns[:-1]]
    shared = sum(size for size, each in zip(found, columns, strict=False) if not each.cells)
    return [*found, room - shared]


def heading(columns: Sequence[Column], width: int) -> Content:
    """The names of the columns, above the lines."""
    sizes = widths(columns, width)
    words = "".join(f"{each.label:{size}}" for each, size in zip(columns, sizes, strict=True))
    return Content.styled(f"  {words}"[: width + 2], "$dim")


def line(columns: Sequence[Column], cells: Sequence[Cell], width: int) -> Content:
    """One line: each cell in its column, a space between two."""
    parts = []
    for at, (cell, size) in enumerate(zip(cells, widths(columns, width), strict=True)):
        words, style = (cell, "") if isinstance(cell, str) else cell
        between = "" if at == len(columns) - 1 else " "
        parts.append((fitted(visible(words), size - len(between)) + between, style))
    return Content.assemble(*parts)


def list_keys(page: str) -> list[Binding]:
    """The keys that every list has: up and down, by the page, back."""
    back = key("escape", "back", "back", "Go back", f"{page}.back", LIST)
    return [*arrows(page), *leaves(page), back]


class ListScreen(Screen[ScreenResultType], Generic[ScreenResultType, Item]):
    """Shows what ``query`` gives, a line each, and reads it again whenever the page comes up.

    A list sets PLACE, COLUMNS and EMPTY, has ``list_keys(page)`` among its bindings, and says what stands in
    a line (``cells``). What is slow to read is read in a worker: it overrides ``read`` and calls ``take``.
    """

    AUTO_FOCUS = None
    DEFAULT_CSS = """
    ListScreen { background: $background; }
    ListScreen #said { height: auto; padding: 1 1 0 1; }
    ListScreen #heads { height: 2; padding: 1 0 0 0; }
    ListScreen #empty { height: 1fr; padding: 2 4; }
    ListScreen #message { height: auto; padding: 0 1; }
    ListScreen #message.-said { background: $warning; color: $background; text-style: bold; }
    """
    PLACE: ClassVar[str]  # of the header
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY: ClassVar[str] = ""  # what to do where there is nothing

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.rows: Rows[Item] = Rows(self.paint)

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, self.PLACE)
        yield Static("", id="said", markup=False)
        yield Static("", id="heads", markup=False)
        yield self.rows
        yield Static("", id="empty", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_screen_resume(self) -> None:
        self.read()

    def on_resize(self) -> None:
        self._show_heading()

    def _show_heading(self) -> None:
        heads, names = self.query_one("#heads", Static), self.heading(self.size.width - 2)
        heads.display = bool(names.plain and self.rows.display)
        heads.update(names)

    # -- what a list says of itself ------------------------------------------------------------------

    def query_items(self) -> Sequence[Item]:
        """What there is to show now."""
        raise NotImplementedError

    def cells(self, item: Item) -> Sequence[Cell]:
        """What stands in the columns of one."""
        raise NotImplementedError

    def above(self) -> Content | str:
        """What stands above the lines: how many, what of; "" for nothing."""
        return ""

    def empty(self) -> str:
        """What is said where there is nothing."""
        return self.EMPTY

    def heading(self, width: int) -> Content:
        return heading(self.COLUMNS, width) if self.COLUMNS else Content("")

    def paint(self, item: Item, width: int) -> Content:
        return line(self.COLUMNS, self.cells(item), width)

    # -- showing ---------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read it and show it."""
        self.take(self.query_items())

    def take(self, items: Sequence[Item], marked: int | None = None) -> None:
        """Show what was read; the mark stays where it is, or goes to a line."""
        self.rows.show(items, self.rows.marked if marked is None else marked)
        nothing = "" if items else self.empty()
        self.rows.display = not nothing
        self._show_heading()
        self.set_focus(None if nothing else self.rows)
        words = self.query_one("#empty", Static)
        words.display = bool(nothing)
        words.update(nothing)
        self.show_above()
        self.refresh_bindings()

    def show_above(self) -> None:
        said, words = self.query_one("#said", Static), self.above()
        said.display = bool(words)
        said.update(words if isinstance(words, Content) else Content(visible(words)))

    def say(self, sentence: str) -> None:
        """Say what came of a key, below the lines; "" takes it away."""
        message = self.query_one("#message", Static)
        message.update(Content(visible(sentence)))
        message.set_class(bool(sentence), "-said")

    @property
    def item(self) -> Item | None:
        """The marked one."""
        return self.rows.item

    # -- keys ------------------------------------------------------------------------------------------

    def marked_another(self) -> None:
        """The mark has moved: what depends on it is shown anew."""
        self.refresh_bindings()

    def action_mark(self, step: int) -> None:
        self.rows.move(step)
        self.marked_another()

    def action_leaf(self, step: int) -> None:
        self.rows.page(step)
        self.marked_another()

    def action_back(self) -> Any:
        self.dismiss(None)
