"""Removing a user. spoc asks first, because their key goes with them, and the new recovery code must be on
paper before it counts. If two people are needed, the second types their name and passphrase, or the recovery
code.
"""

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
from spoc.screens.desk.arriving.setup import code_lines
from spoc.screens.desk.pages.going import GoingScreen
from spoc.storage.desk import Desk
from spoc.storage.secrecy import paper_codes
from spoc.storage.service import users
from spoc.storage.service.second import ALONE, Beside
from spoc.storage.service.users import User
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.screens import MessageScreen


class RemoveUserScreen(MessageScreen[str], ModalScreen[str], GoingScreen[str]):
    """Asks before it removes somebody, and asks a second person if two are needed; then shows the new
    recovery code, one group of which must be typed from the paper. Dismissed with the user's name once it is
    done."""

    CSS_PATH = "removing.tcss"
    AUTO_FOCUS = ""  # nothing at first, so that r is a key and not a letter
    BINDINGS = [
        key("r", "remove", "remove", "Remove this user", "removing.remove", DESK),
        key("enter", "confirm", "go on", "Go on; typing a group of the new code removes them", "removing.confirm", DESK),
        key("escape", "keep", "keep", "Go back; nothing is changed", "removing.keep", DESK),
    ]  # fmt: skip

    @dataclass
    class Agreed(Message):
        """A second person agreed, or ``why`` says why not."""

        beside: Beside
        why: str = ""

    @dataclass
    class Done(Message):
        """They are removed, or ``why`` says why not."""

        why: str = ""

    def __init__(
        self, desk: Desk, user: User, pick: Callable[[int], int] = secrets.randbelow
    ) -> None:
        super().__init__()
        self.desk, self.user = desk, user
        self.busy = self.shown = self.asks = False
        self.beside = ALONE
        self.code = paper_codes.new_code()
        self.asked = pick(paper_codes.CODE_GROUPS) + 1  # the group to type again

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content(f"Remove {visible(self.user.name)}?"), id="title")
            key_words = (
                f"They cannot sign in any more; what they did stays, with their name. {users.KEY_LATER}"
                if self.desk.store.is_extract
                else "They cannot sign in any more. Their waiting calls become open contacts; what they wrote "
                "stays, with their name. The store gets a new key when spoc next starts.\n\n"
                + users.AFTER
            )
            yield Static(key_words, id="words", markup=False)
            with Vertical(id="second"):
                with Horizontal(classes="row"):
                    yield Static("Second", classes="label", markup=False)
                    yield LineInput("second")
                with Horizontal(classes="row"):
                    yield Static("Secret", classes="label", markup=False)
                    yield LineInput("secret", password=True)
            yield Static("", id="code", markup=False)
            with Horizontal(id="row"):
                yield Static(f"Group {self.asked}", classes="label", markup=False)
                yield LineInput("group")
                yield Static("from your paper", id="from", markup=False)
            lost = users.only_theirs(self.desk.store, self.user.id)
            yield Static(lost, id="message", classes="-said" if lost else "", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.lines = {each.slot: each for each in self.query(LineInput)}
        for each in ("#row", "#code", "#second"):
            self.query_one(each).display = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The steps in turn: asking, a second person, confirming the code."""
        begun = self.shown or self.asks
        return action not in ("remove", "confirm") or (action == "confirm") == begun

    def action_remove(self) -> None:
        """Asks for the second person if it takes two; otherwise shows the new code."""
        if self.desk.store.is_extract:  # which has no recovery code
            self.busy = True
            self._remove()
            return
        if not users.takes_two(self.desk, self.user):
            self._show_code()
            return
        self.asks = True
        self.query_one("#words", Static).update(
            "It takes two people. A second named professional types their name and passphrase. Or leave "
            "the name empty and type the recovery code instead."
        )
        self.query_one("#second").display = True
        self.set_focus(self.lines["second"])
        self.refresh_bindings()

    def _show_code(self) -> None:
        """Shows the new recovery code: nobody is removed before it is on paper."""
        self.shown, self.asks = True, False
        self.query_one("#second").display = False
        who = visible(self.user.name)
        self.query_one("#words", Static).update(
            f"{users.NEW_CODE}\n\nOnce group {self.asked} is typed from the paper, {who} is removed. Until "
            "then the old code counts, and Esc keeps it."
        )
        self.query_one("#row").display = self.query_one("#code").display = True
        self._paint(hidden=False)
        self.set_focus(self.lines["group"])
        self.refresh_bindings()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self.shown:
            self._paint(hidden=bool(event.value))

    def _paint(self, hidden: bool) -> None:
        self.query_one("#code", Static).update(
            code_lines(paper_codes.code_groups(self.code), hidden)
        )

    async def action_confirm(self) -> None:
        if self.asks and self.focused is self.lines["second"]:
            self.set_focus(self.lines["secret"])  # at once: what is typed ahead lands there
            return
        await settled(*self.lines.values())
        if self.busy:
            return
        if self.asks:
            self._ask_the_second()
            return
        line = self.lines["group"]
        if not paper_codes.confirm(self.code, self.asked, line.value):
            line.value = ""
            self.say(
                f"That is not group {self.asked}. Compare your paper with the code and type it again."
            )
            return
        self.busy = True
        self._remove()

    def _ask_the_second(self) -> None:
        name, secret = self.lines["second"].value.strip(), self.lines["secret"].value
        self.lines["secret"].value = ""
        if not secret:
            self.say("Type the passphrase of the second person, or the recovery code.")
            return
        self.busy = True
        self._agree(Beside(name=name, passphrase=secret) if name else Beside(secret))

    @work(thread=True, exclusive=True)
    def _agree(self, beside: Beside) -> None:
        try:
            users.agreed(self.desk, self.user, beside)
        except Refusal as refused:
            self.post_message(self.Agreed(ALONE, str(refused)))
        else:
            self.post_message(self.Agreed(beside))

    def on_remove_user_screen_agreed(self, event: Agreed) -> None:
        self.busy = False
        if event.why:
            self.say(event.why)
            return
        self.beside = event.beside
        self.say("")
        self._show_code()

    @work(thread=True, exclusive=True)
    def _remove(self) -> None:
        try:
            users.remove(self.desk, self.user.id, self.code, losing=True, beside=self.beside)
        except Refusal as refused:
            self.post_message(self.Done(str(refused)))
        else:
            self.post_message(self.Done())

    def on_remove_user_screen_done(self, event: Done) -> None:
        self.busy = False
        if event.why:
            self.say(event.why)
        else:
            self.dismiss(self.user.name)

    def action_keep(self) -> None:
        if not self.busy:
            self.dismiss(None)
