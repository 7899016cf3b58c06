"""A page of labels and text: long text continues below its label, and wraps again when the window changes."""

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from spoc.model.values.plain import visible
from spoc.screens.contacts.page.page_lines import PageLine, wrapped
from spoc.screens.desk.pages.list_screen import LinesScreen
from spoc.storage.desk import Desk


class LabelledScreen(LinesScreen[None, PageLine]):
    """Shows its lines with their labels in a column of LABEL cells."""

    DEFAULT_CSS = """
    LabelledScreen Rows { margin: 1 0 0 0; }
    """
    LABEL: ClassVar[int]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.unwrapped: Sequence[PageLine] = ()

    def on_resize(self) -> None:
        self.take(self.unwrapped)

    def take(self, items: Sequence[PageLine], marked: int | None = None) -> None:
        self.unwrapped = items
        width = max(20, self.size.width - self.LABEL - 6)
        super().take([each for line in items for each in wrapped(line, width)], marked)

    def paint(self, item: PageLine, width: int) -> Content:
        label = f"{visible(item.label):>{self.LABEL}}"[: self.LABEL]
        return Content.styled(f"{label}  ", "$dim") + Content.styled(visible(item.text), item.style)
