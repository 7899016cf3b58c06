"""Removing a user: asked once, since the key goes with them."""

from dataclasses import dataclass

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.values.plain import visible
from spoc.screens.desk.going import GoingScreen
from spoc.storage.desk import Desk
from spoc.storage.service import users
from spoc.storage.service.users import User
from spoc.widgets.bindings import DESK, key
from spoc.widgets.keybar import KeyBar


class RemoveUserScreen(ModalScreen[str], GoingScreen[str]):
    """Asks before somebody is removed. Dismissed with their name once it is done."""

    CSS_PATH = "removing.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("r", "remove", "remove", "Remove this user", "removing.remove", DESK),
        key("escape", "keep", "keep", "Go back; nothing is changed", "removing.keep", DESK),
    ]

    @dataclass
    class Done(Message):
        """They are removed, or ``why`` says why not."""

        why: str = ""

    def __init__(self, desk: Desk, user: User) -> None:
        super().__init__()
        self.desk, self.user = desk, user
        self.busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content(f"Remove {visible(self.user.name)}?"), id="title")
            yield Static(
                "They cannot sign in any more. Their waiting calls become open contacts; what they wrote "
                "stays, with their name. The store is given a new key when spoc is next started.\n\n"
                + users.AFTER,
                id="words", markup=False,
            )  # fmt: skip
            lost = users.only_theirs(self.desk.store, self.user.id)
            yield Static(lost, id="message", classes="-said" if lost else "", markup=False)
        yield KeyBar()

    def action_remove(self) -> None:
        if not self.busy:
            self.busy = True
            self._remove()

    @work(thread=True, exclusive=True)
    def _remove(self) -> None:
        try:
            users.remove(self.desk, self.user.id)
        except Refusal as refused:
            self.post_message(self.Done(str(refused)))
        else:
            self.post_message(self.Done())

    def on_remove_user_screen_done(self, event: Done) -> None:
        self.busy = False
        if event.why:
            message = self.query_one("#message", Static)
            message.update(Content(visible(event.why)))
            message.add_class("-said")
        else:
            self.dismiss(self.user.name)

    def action_keep(self) -> None:
        if not self.busy:
            self.dismiss(None)
