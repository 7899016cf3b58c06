"""The computer's clipboard: a text is given to it only where somebody asked, and taken back after a minute.

The way is OSC 52, which a terminal may refuse without a word: nothing comes back, so that whether it was
taken can only be supposed, by which terminal it is.
"""

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.timer import Timer

from spoc.widgets.ending import EndingApp
from spoc.widgets.textual_private import set_clipboard

KEPT = 60.0  # seconds for which a copied text stays (domain W23)

# Terminals that are known to take OSC 52 as they come: what they say of themselves in the environment.
_WINDOWS = ("WT_SESSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR")
_PROGRAMS = ("WezTerm", "ghostty", "rio", "vscode")
_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour")


def is_taken(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one that is known to take a copy. What stands between (tmux, screen) decides
    for itself, so that it is not known there."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    return (
        any(environment.get(each) for each in _WINDOWS)
        or environment.get("TERM_PROGRAM", "") in _PROGRAMS
        or environment.get("TERM", "").startswith(_TERMS)
    )


class CopyingApp(EndingApp):
    """The app that may give a text to the clipboard. It takes it back after a minute, or when it ends."""

    _clearing: Timer | None = None

    def copy_out(self, text: str) -> None:
        """Give a text to the computer's clipboard."""
        App.copy_to_clipboard(self, text)
        set_clipboard(self, "")  # not to be pasted within spoc
        if self._clearing is not None:
            self._clearing.stop()
        self._clearing = self.set_timer(KEPT, self.clear_out)

    def clear_out(self) -> None:
        """Empty the clipboard where a text was given to it and still may lie there."""
        if self._clearing is not None:
            self._clearing.stop()
            self._clearing = None
            App.copy_to_clipboard(self, "")

    def exit(self, *args: Any, **kwargs: Any) -> None:
        self.clear_out()
        super().exit(*args, **kwargs)
