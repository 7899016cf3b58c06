"""The keys that work here, over the page they work on."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.screens.desk.pages.covers import Passing
from spoc.widgets.pages.bindings import HELP, HERE, MOVE, key, leaves, working
from spoc.widgets.pages.keybar import KeyBar, shown_key

_KEYS = {"pageup": "PgUp", "pagedown": "PgDn", "ctrl+backspace": "Ctrl+Backspace"}
_TAB = "app.focus_next"
ROOM = 14  # cells for the keys


class KeysScreen(Passing):
    """Lists the keys of the screen beneath, one per line. F1 or Escape goes back."""

    CSS_PATH = "keys.tcss"
    OVER_COVER = True
    BINDINGS = [
        key("escape", "back", "back", "Go back to the page", "keys.back", HELP),
        key("up", "scroll(-1)", "up", "Go up a line", "keys.up", MOVE, show=False),
        key("down", "scroll(1)", "down", "Go down a line", "keys.down", MOVE, show=False),
        *leaves("keys"),
    ]

    def __init__(self, of: Screen[object]) -> None:
        super().__init__()
        self._lines = listing(of)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="keys"):
            yield Static("Keys that work here", id="keys-title", markup=False)
            yield Static(self._lines, id="keys-list", markup=False)
        yield KeyBar()

    def action_back(self) -> None:
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#keys").scroll_relative(y=lines, animate=False)

    def action_leaf(self, pages: int) -> None:
        page = self.query_one("#keys")
        page.scroll_relative(y=pages * max(1, page.size.height - 1), animate=False)


def listed(screen: Screen[object]) -> list[tuple[str, Binding]]:
    """Everything that a key now does, once each, with its keys in words; from the third key on, and if long,
    separately."""
    found: dict[str, tuple[str, Binding]] = {}
    for _, binding in working(screen):
        shown = _KEYS.get(binding.key) or shown_key(binding.key_display or binding.key)
        before, first = found.get(binding.tooltip, ("", binding))
        both = f"{before} {shown}".strip()
        found[binding.tooltip] = (both if not before or len(both) <= ROOM else before, first)
    return list(found.values())


def listing(screen: Screen[object]) -> Content:
    """The screen's working keys by what they concern; what is the same everywhere comes last."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for shown, binding in listed(screen):
        subject = binding.group or HERE
        groups.setdefault(subject.description, []).append((shown, binding.tooltip))
    if len(screen.focus_chain) > 1 and any(
        each.enabled and each.binding.action == _TAB for each in screen.active_bindings.values()
    ):
        groups.setdefault(MOVE.description, []).append(("Tab", "Go to the next field"))
    last = [MOVE.description, *(each for each in ("Desk", HELP.description) if each in groups)]
    order = [each for each in groups if each not in last] + [
        each for each in last if each in groups
    ]
    width = max((len(shown) for lines in groups.values() for shown, _ in lines), default=0)
    lines: list[Content] = []
    for subject_words in order:
        lines += [Content("")] if lines else []
        lines.append(Content.styled(f"{'':>{width}}   {subject_words}", "$dim"))
        lines += [
            Content.assemble((f"{shown:>{width}}", "bold"), f"   {does}")
            for shown, does in groups[subject_words]
        ]
    return Content("\n").join(lines)
