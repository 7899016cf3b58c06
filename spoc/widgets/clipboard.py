"""The computer's clipboard: it gets a text only if somebody asks, and is emptied after a minute.

This uses OSC 52, which a terminal may silently refuse: nothing comes back, so one can only guess, from the
kind of terminal, whether it was accepted.
"""

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.timer import Timer

from spoc.widgets.ending import EndingApp
from spoc.widgets.textual_private import set_clipboard

KEPT = 60.0  # seconds for which a copied text stays (domain W23)

# Terminals known to accept OSC 52 by default, by their names in the environment.
_WINDOWS = ("WT_SESSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR")
_PROGRAMS = ("WezTerm", "ghostty", "rio", "vscode")
_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour")


def is_taken(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is known to accept a copy. With a program in between (tmux, screen) it is not
    known, because that decides for itself."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    return (
        any(environment.get(each) for each in _WINDOWS)
        or environment.get("TERM_PROGRAM", "") in _PROGRAMS
        or environment.get("TERM", "").startswith(_TERMS)
    )


class CopyingApp(EndingApp):
    """The part of the app that puts a text on the clipboard, and removes it after a minute or at the end."""

    _clearing: Timer | None = None

    def copy_out(self, text: str) -> None:
        """Puts a text on the computer's clipboard."""
        App.copy_to_clipboard(self, text)
        set_clipboard(self, "")  # so that it cannot be pasted within spoc
        if self._clearing is not None:
            self._clearing.stop()
        self._clearing = self.set_timer(KEPT, self.clear_out)

    def clear_out(self) -> None:
        """Empties the clipboard if a text was put there and may still be there."""
        if self._clearing is not None:
            self._clearing.stop()
            self._clearing = None
            App.copy_to_clipboard(self, "")

    def exit(self, *args: Any, **kwargs: Any) -> None:
        self.clear_out()
        super().exit(*args, **kwargs)
