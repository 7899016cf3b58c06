"""The header: the desk, where you are, what is happening, and what is waiting. One line, and nothing moves."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from spoc.model.values.plain import visible
from spoc.widgets.pages.cells import whom

_WIDE = 100  # from this many cells the line has room for everything that is due
_DEMO = "DEMO"  # the beginning of the name of a demo's desk


class Header(Static):
    """``place`` says where one is, ``about`` whom it concerns, ``state`` (right) what is safe or waiting.

    All three are data, never markup. If space is short the desk's name goes first (a demo's keeps its first
    word), then the place; then the state becomes one of ``shorter``, the longest that fits; then names become
    initials, and the caller goes before the child.
    """

    DEFAULT_CSS = """
    Header { dock: top; height: 1; background: $bar; color: $bar-text; padding: 0 1; }
    """

    place: reactive[str] = reactive("", layout=False)
    about: reactive[str] = reactive("", layout=False)
    state: reactive[str] = reactive("", layout=False)
    shorter: Sequence[str] = ()

    def __init__(self, desk: str = "", place: str = "") -> None:
        super().__init__("", markup=False)
        self.desk = desk
        self.set_reactive(Header.place, place)

    def on_mount(self) -> None:
        """What is due is on every page, counted when the page appears."""
        count = getattr(self.app, "count_due", None)
        if count is not None:
            count()

    @property
    def due(self) -> str:
        """What is due, as the app counts it; shorter if space is short."""
        parts: tuple[str, ...] = getattr(self.app, "notices", ())
        short = (self.size.width or 80) < _WIDE
        return ", ".join(each.partition(",")[0] if short else each for each in parts)

    def render(self) -> Content:
        width = self.size.width or 80
        due = self.due
        states = ["   ".join(filter(None, (due, each))) for each in (self.state, *self.shorter)]
        state = states[0]
        room = width - cell_len(state) - 2
        parts = [
            ("$bar-text bold", self.desk),
            ("$bar-text", self.place),
            ("$bar-text bold", self.about),
        ]
        parts = [(style, visible(text)) for style, text in parts if text]
        while len(parts) > 1 and sum(cell_len(text) + 3 for _, text in parts) - 3 > room:
            if parts[0][1].startswith(f"{_DEMO} "):
                parts[0] = (parts[0][0], _DEMO)
                continue
            # Capitals stay: DEMO, RESTRICTED.
            goes = next((n for n, (_, text) in enumerate(parts[:-1]) if not text.isupper()), None)
            if goes is None:
                break
            parts.pop(goes)
        others = sum(cell_len(text) + 3 for _, text in parts[:-1])
        if self.about and parts:
            fits = (
                each
                for each in states
                if others + cell_len(parts[-1][1]) + cell_len(each) + 2 <= width
            )
            state = next(fits, states[-1])
            room = width - cell_len(state) - 2
            parts[-1] = (parts[-1][0], whom(parts[-1][1], room - others))
        left = Content("   ").join([Content.styled(text, style) for style, text in parts])
        left = left.truncate(max(10, room), ellipsis=True)
        gap = " " * max(1, width - left.cell_length - cell_len(state))
        if not due:
            return Content.assemble(left, gap, state)
        return Content.assemble(left, gap, (due, "$bar-text bold"), state[len(due) :])
