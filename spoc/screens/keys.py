"""The keys that work here, over the page they work on."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from spoc.widgets.keybar import KeyBar, shown_key

# Textual's own keys, in our words; nothing where a key does nothing here.
_WORDS = {
    "app.focus_next": "next field",
    "app.focus_previous": "field before",
    "screen.copy_text": "",
    "command_palette": "commands by name",
    "app.command_palette": "commands by name",
}

_KEYS = {"pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "delete": "Del"}


class KeysScreen(ModalScreen[None]):
    """Lists the keys of the screen beneath, one a line. F1 or Escape goes back."""

    CSS_PATH = "keys.tcss"
    BINDINGS = [
        Binding("escape,f1", "back", "back", priority=True, id="keys.back"),
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
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


def listing(screen: Screen[object]) -> Content:
    """The screen's working keys: what belongs to the page, then what works everywhere."""
    here: list[tuple[bool, str, str]] = []
    everywhere: list[tuple[bool, str, str]] = []
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        said = _WORDS.get(binding.action, binding.tooltip or active.tooltip or binding.description)
        if not active.enabled or not said or binding.system or binding.action in seen:
            continue
        seen.add(binding.action)
        page = everywhere if active.node is screen.app else here
        # A key that a text field alone knows (move, delete a word) is not the page's own.
        if active.node is screen or active.node is screen.app or binding.show:
            key = shown_key(binding.key_display or binding.key)
            page.append((binding.show, _KEYS.get(key, key), said[:1].upper() + said[1:]))
    # What the page is for comes before how one moves about in it.
    here.sort(key=lambda line: not line[0])
    width = max((len(key) for _, key, _ in here + everywhere), default=0)
    lines = [Content.assemble((f"{key:>{width}}", "bold"), f"   {said}") for _, key, said in here]
    if here and everywhere:
        lines.append(Content(""))
    lines += [
        Content.assemble((f"{key:>{width}}", "bold"), f"   {said}") for _, key, said in everywhere
    ]
    return Content("\n").join(lines)
