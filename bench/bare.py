"""The floor for everything on the screen: an app of Textual's own with one line of text and one input."""

import os

os.environ["TEXTUAL_FPS"] = "120"
os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.app import App, ComposeResult
from textual.widgets import Input, Static

WORD = "Passphrase"  # what its first frame shows, as spoc's does


class Bare(App[None]):
    """Says one word and takes one line."""

    def compose(self) -> ComposeResult:
        yield Static(WORD)
        yield Input(compact=True)


if __name__ == "__main__":
    Bare().run()
