"""Removing a user: asked once, because their key goes too, and only after the new recovery code is on
paper."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from spoc.model.errors import Refusal
from spoc.model.values.plain import visible
from spoc.screens.desk.going import GoingScreen
from spoc.screens.desk.setup import code_lines
from spoc.storage.desk import Desk
from spoc.storage.secrecy import keys
from spoc.storage.service import users
from spoc.storage.service.users import User
from spoc.widgets.bindings import DESK, key
from spoc.widgets.entry import Entry, settled
from spoc.widgets.keybar import KeyBar


class RemoveUserScreen(ModalScreen[str], GoingScreen[str]):
    """Asks before somebody is removed, then shows the new recovery code and asks for a group of it from the
    paper. Dismissed with their name once it is done."""

    CSS_PATH = "removing.tcss"
    AUTO_FOCUS = ""  # nothing at first: r is a key, not a letter
    BINDINGS = [
        key("r", "remove", "remove", "Remove this user", "removing.remove", DESK),
        key("enter", "confirm", "confirm", "Confirm the group of the code; they are removed", "removing.confirm", DESK),
        key("escape", "keep", "keep", "Go back; nothing is changed", "removing.keep", DESK),
    ]  # fmt: skip

    @dataclass
    class Done(Message):
        """They are removed, or ``why`` says why not."""

        why: str = ""

    def __init__(
        self, desk: Desk, user: User, pick: Callable[[int], int] = secrets.randbelow
    ) -> None:
        super().__init__()
        self.desk, self.user = desk, user
        self.busy = self.shown = False
        self.code = keys.new_code()
        self.asked = pick(keys.CODE_GROUPS) + 1  # the group to type again

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content(f"Remove {visible(self.user.name)}?"), id="title")
            yield Static(
                "They cannot sign in any more. Their waiting calls become open contacts; what they wrote "
                "stays, with their name. The store is given a new key when spoc is next started.\n\n"
                + users.AFTER,
                id="words", markup=False,
            )  # fmt: skip
            yield Static("", id="code", markup=False)
            with Horizontal(id="row"):
                yield Static(f"Group {self.asked}", id="label", markup=False)
                yield Entry("group")
                yield Static("from your paper", id="from", markup=False)
            lost = users.only_theirs(self.desk.store, self.user.id)
            yield Static(lost, id="message", classes="-said" if lost else "", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#row").display = self.query_one("#code").display = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Removal is asked first, then the code is confirmed."""
        return action not in ("remove", "confirm") or (action == "confirm") == self.shown

    def action_remove(self) -> None:
        """Shows the new recovery code: nobody is removed before it is on paper."""
        self.shown = True
        who = visible(self.user.name)
        self.query_one("#words", Static).update(
            f"{users.NEW_CODE}\n\nOnce group {self.asked} is typed from the paper, {who} is removed."
        )
        self.query_one("#row").display = self.query_one("#code").display = True
        self._paint(hidden=False)
        self.set_focus(self.query_one(Entry))
        self.refresh_bindings()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._paint(hidden=bool(event.value))

    def _paint(self, hidden: bool) -> None:
        self.query_one("#code", Static).update(code_lines(keys.code_groups(self.code), hidden))

    async def action_confirm(self) -> None:
        line = self.query_one(Entry)
        await settled(line)
        if self.busy:
            return
        if not keys.confirm(self.code, self.asked, line.value):
            line.value = ""
            self._say(
                f"That is not group {self.asked}. Compare your paper with the code, type it again."
            )
            return
        self.busy = True
        self._remove()

    def _say(self, words: str) -> None:
        message = self.query_one("#message", Static)
        message.update(Content(visible(words)))
        message.add_class("-said")

    @work(thread=True, exclusive=True)
    def _remove(self) -> None:
        try:
            users.remove(self.desk, self.user.id, self.code)
        except Refusal as refused:
            self.post_message(self.Done(str(refused)))
        else:
            self.post_message(self.Done())

    def on_remove_user_screen_done(self, event: Done) -> None:
        self.busy = False
        if event.why:
            self._say(event.why)
        else:
            self.dismiss(self.user.name)

    def action_keep(self) -> None:
        if not self.busy:
            self.dismiss(None)
