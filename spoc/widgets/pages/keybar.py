"""The footer: the keys that work now, in one line, and nothing else."""

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from spoc.widgets.pages import bindings
from spoc.widgets.pages.bindings import active

SHOWN = {
    "enter": "Enter",
    "escape": "Esc",
    "shift+tab": "Shift+Tab",
    "tab": "Tab",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "slash": "/",
    "question_mark": "?",
    "space": "Space",
    "pagedown": "PgDn",
    "backspace": "Backspace",
}


def shown_key(key: str) -> str:
    """A key as a person reads it on the keyboard."""
    first = key.split(",")[0]
    if first.startswith(("ctrl+", "alt+")):
        text, _, letter = first.partition("+")
        return f"{text.capitalize()}+{letter.upper()}"
    return SHOWN.get(first, first.upper() if first[:1] == "f" and first[1:].isdigit() else first)


class KeyBar(Static):
    """Shows the screen's active bindings that have a description, in the order they are declared."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; background: $bar; color: $bar-text; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def compose(self) -> ComposeResult:
        yield from ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._refresh_keys)
        self._refresh_keys(self.screen)

    def on_resize(self) -> None:
        self._refresh_keys(self.screen)

    def _refresh_keys(self, screen: Screen[object]) -> None:
        if not self.is_attached or not screen.is_current:
            return
        self.update(self._line(screen), layout=False)

    def _line(self, screen: Screen[object]) -> Content:
        """As many keys as have room. The way back and the way to all the other keys always have theirs."""
        keys = working(screen)
        sizes = {id(each): cell_len(f"{_shown(each)} {each.description}") + 2 for each in keys}
        left = max(20, self.size.width) + 2  # nothing is between the last one and the edge
        left -= sum(sizes[id(each)] for each in keys if _always(each))
        parts: list[Content] = []
        for binding in keys:
            if not _always(binding):
                if sizes[id(binding)] > left:
                    continue
                left -= sizes[id(binding)]
            parts.append(Content.assemble((_shown(binding), "bold"), " ", binding.description))
        return Content("  ").join(parts)


def _shown(binding: Binding) -> str:
    return shown_key(binding.key_display or binding.key)


def _always(binding: Binding) -> bool:
    return binding.key.split(",")[0] == "escape" or binding.action.endswith("keys")


def working(screen: Screen[object]) -> list[Binding]:
    """The bindings that work now and say what they do, one for each action."""
    seen: dict[str, Binding] = {}
    for each in active(screen):
        binding = each.binding
        if binding.show and binding.description and each.enabled:
            seen.setdefault(binding.action, binding)
    helps = any(each.binding.group is bindings.HELP for each in active(screen))
    if screen.is_modal and not helps:  # F1 works on a card too, though it is the app's
        for _, binding in bindings.working(screen):
            if binding.show and binding.action == "keys":
                seen.setdefault(binding.action, binding)
    return list(seen.values())
