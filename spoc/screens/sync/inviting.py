"""Inviting a desk: who will use it, the file for the invitation, and its code, which is shown once."""

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.errors import LooksAlike
from spoc.model.rules.access import holds_key
from spoc.model.values.plain import visible
from spoc.screens.desk.arriving.setup import code_lines
from spoc.screens.desk.pages.asking import AskedLine, AskingScreen
from spoc.storage.desk import Desk
from spoc.storage.secrecy import paper_codes
from spoc.widgets.forms.paths import typed_path
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.keybar import KeyBar

_ENDING = ".invitation"


class InviteScreen(AskingScreen):
    """Asks who is invited and where the invitation goes. Dismissed with the code; ``invited`` then names the
    person and ``file`` the file."""

    TITLE = "Invite a desk"
    WORKING = "writing the invitation …"
    LINES = (
        AskedLine("name", "Name", "Who will use the new desk, as it should appear beside what they write.",
             "something is needed here"),
        AskedLine("role", "Role", "What they may do:", "choose one"),
        AskedLine("file", "File", "Where the invitation goes: a folder, or the full path of a new file. You may send it "
             "by email.", "type a folder or a file", wide=True),
    )  # fmt: skip

    invited, file = "", Path()
    _alike = ""  # a name that could be mistaken for another's, after spoc said so

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.roles = tuple(each for each in self.roles if holds_key(each.code))

    def act(self, fields: dict[str, str]) -> str:
        from spoc.sync.joining.inviting import invite

        name = fields["name"].strip()
        self.invited, self.file = name, _file(fields["file"], name)
        mend_file = self.file.exists() or not self.file.parent.is_dir()
        self.doubtful = "file" if mend_file else "name"
        try:
            return invite(
                self.desk, name, fields["role"], self.file, sure=name.casefold() == self._alike
            )
        except LooksAlike as alike:
            self._alike = name.casefold()
            raise LooksAlike(f"{alike} Then save once more, with F2.") from None


class InvitedScreen(ModalScreen[None]):
    """Shows the code of an invitation while the page is open; it is never shown again."""

    CSS_PATH = "inviting.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("escape", "done", "done", "Go back; the code is not shown again", "invited.done", DESK),
    ]

    def __init__(self, name: str, file: Path, code: str) -> None:
        super().__init__()
        self._whom, self._file, self._code = name, file, code

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(visible(f"The invitation for {self._whom}"), id="title", markup=False)
            yield Static(visible(str(self._file)), id="file", markup=False)
            yield Static(
                "Read the code out by telephone or hand it over on paper, never with the file. It works once, for a "
                "day. Esc takes it off the screen for good.",
                id="words", markup=False,
            )  # fmt: skip
            yield Static(
                code_lines(paper_codes.code_groups(self._code), False), id="code", markup=False
            )
            yield Static(
                "Then the new desk presses j on its first page and syncs once. Sync here after that: it shows a "
                "fingerprint to compare by voice, and lets the new desk in.",
                id="next", markup=False,
            )  # fmt: skip
        yield KeyBar()

    def on_screen_suspend(self) -> None:
        """Hides the code, because the page above may be the lock, and a colleague may open it."""
        self.query_one("#code", Static).update("")

    def on_screen_resume(self) -> None:
        self.query_one("#code", Static).update(
            code_lines(paper_codes.code_groups(self._code), False)
        )

    def action_done(self) -> None:
        self.query_one("#code", Static).update("")
        self._code = ""
        self.dismiss(None)


def _file(typed: str, name: str) -> Path:
    """The file for an invitation: as typed or, if a folder was typed, named after the person in it."""
    path = typed_path(typed)
    if not path.is_dir():
        return path
    words = "".join(each if each.isalnum() else "-" for each in name.casefold())
    return path / f"{'-'.join(filter(None, words.split('-')))}{_ENDING}"
