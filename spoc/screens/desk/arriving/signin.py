"""Signing in, and the lock: one passphrase, one line of status, nothing else."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from spoc.model.errors import Refusal, WrongPassphrase
from spoc.model.values.plain import visible
from spoc.screens.desk.pages.covers import Cover
from spoc.storage.secrecy import keys, tries
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.memory import forget_typed
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.keybar import KeyBar

if TYPE_CHECKING:
    from spoc.model.ledger.entry import Actor
    from spoc.storage.desk import Desk


class PassphraseScreen(Cover):
    """Asks for a passphrase, and for a name if the store has several advisors."""

    CSS_PATH = "signin.tcss"
    BINDINGS = [key("enter", "enter", "open", "Open the desk", "sign-in.open", DESK)]

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.folder, self._now = folder, now
        self._busy = self._waiting = False
        self._wrong = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Static("spoc", id="mark", markup=False)
            yield Static(visible(self.about()), id="about", markup=False)
            if self.asks_name():
                with Horizontal(classes="row"):
                    yield Static("Your name", classes="label", markup=False)
                    yield LineInput("name")
            with Horizontal(classes="row"):
                yield Static("Passphrase", classes="label", markup=False)
                yield LineInput("passphrase", password=True)
            yield Static("", id="state", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Runs after the base class's: Textual calls both."""
        self.set_focus(next(line for line in self.query(LineInput) if not line.value))
        self.set_interval(1, self._count_down)
        self._count_down()

    # -- where the two kinds of page differ --------------------------------------------------------

    @abstractmethod
    def about(self) -> str:
        """The line under the program's name."""

    def asks_name(self) -> bool:
        """Whether a name must be typed: if the desk has several advisors."""
        try:
            return keys.user_count(self.folder) > 1
        except Refusal:
            return False  # the full message comes when the passphrase is tried

    @abstractmethod
    def open_with(self, passphrase: str, name: str | None) -> None:
        """Tries the passphrase, in a thread, and tells the app. Raises a Refusal."""

    # -- typing ------------------------------------------------------------------------------------

    async def action_enter(self) -> None:
        """Goes from the name to the passphrase at once, so that what is typed ahead lands there; then
        continues."""
        lines = list(self.query(LineInput))
        if self.focused is not lines[-1]:
            self.set_focus(lines[-1])
        elif not self._busy:
            await settled(*lines)
            self._go_on()

    def _go_on(self) -> None:
        lines = list(self.query(LineInput))
        empty = next((line for line in lines if not line.value), None)
        if empty is not None:
            self.set_focus(empty)
        elif self._wait() > 0:
            self._count_down()
        elif not self._busy:
            self._busy = True
            self.say("opening …")
            passphrase, lines[-1].value = lines[-1].value, ""  # no line holds it longer than needed
            self._try(passphrase, lines[0].value if len(lines) > 1 else None)
            forget_typed()

    @work(thread=True, exclusive=True, group="passphrase")
    def _try(self, passphrase: str, name: str | None) -> None:
        try:
            self.open_with(passphrase, name)
        except WrongPassphrase as wrong:
            self.app.call_from_thread(self._refused, str(wrong))

    def _refused(self, sentence: str) -> None:
        self._busy, self._wrong = False, sentence
        line = self.query_one("#passphrase", LineInput)
        line.value = ""
        self.set_focus(line)
        self.say(sentence, "wrong")
        self._count_down()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.value and self._wrong and not self._busy and self._wait() <= 0:
            self._wrong = ""
            self.say("")

    # -- the state line ----------------------------------------------------------------------------

    def _wait(self) -> float:
        """Seconds until the next try is allowed."""
        return tries.to_wait(self.folder, self._now())

    def _count_down(self) -> None:
        if self._busy or not self.is_current:
            return
        seconds = self._wait()
        if seconds > 0:
            self._waiting = True
            self.say(
                f"{self._wrong or 'There were several wrong tries.'} Next try in {seconds:.0f} s.",
                "wrong",
            )
        elif self._waiting:
            self._waiting, self._wrong = False, ""
            self.say("You can try again now.")

    def say(self, words: str, classes: str = "") -> None:
        state = self.query_one("#state", Static)
        state.set_class(classes == "wrong", "wrong")
        state.update(visible(words))


@dataclass
class SignedIn(Message):
    """The store is open and somebody is at the desk."""

    desk: "Desk"


class SignInScreen(PassphraseScreen):
    """The first frame: nothing is known about the desk before its passphrase."""

    def __init__(self, folder: Path, now: Callable[[], datetime], text: str = "") -> None:
        super().__init__(folder, now)
        self._said = text

    def on_mount(self) -> None:
        if self._said:
            self.say(self._said)

    def about(self) -> str:
        return "Single point of contact, safeguarding children"

    def open_with(self, passphrase: str, name: str | None) -> None:
        from spoc.storage.desk import sign_in

        self.post_message(SignedIn(sign_in(self.folder, passphrase, name, now=self._now)))


class LockScreen(PassphraseScreen):
    """The lock: it covers everything, and shows nothing from beneath. A colleague may sign in over it."""

    @dataclass
    class Unlocked(Message):
        """Somebody's passphrase was right: the advisor is back, or a colleague takes the desk."""

        actor: "Actor"

    def __init__(self, desk: "Desk", now: Callable[[], datetime], at: str) -> None:
        super().__init__(desk.folder, now)
        self._desk, self._at = desk, at

    def on_mount(self) -> None:
        self._desk.store.lock()  # the key to restricted contacts comes back with a passphrase
        for name in self.query("#name").results(LineInput):
            name.value = self._desk.actor.name
            self.say("Somebody else? Shift+Tab goes to the name.")

    def about(self) -> str:
        return f"Locked at {self._at} for {self._desk.actor.name}. What was typed is kept."

    def open_with(self, passphrase: str, name: str | None) -> None:
        from spoc.storage.desk import unlock

        self.post_message(self.Unlocked(unlock(self._desk, passphrase, name)))
