"""A card with a few lines to type in, which then does one thing in a thread, and says so meanwhile."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from spoc.model.errors import Refusal
from spoc.model.rules.access import ROLES, may_grant
from spoc.model.rules.codes import Code
from spoc.model.rules.source import Source
from spoc.screens.call.typing.suggestions import coded, marked
from spoc.screens.desk.pages.going import GoingScreen
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.storage.desk import Desk
from spoc.widgets.forms.candidates import Candidates
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import DESK, FIELD, arrows, key
from spoc.widgets.pages.keybar import KeyBar

_OURS = Source("spoc", "The roles of spoc", "", date.max)


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line to type in: its slot, label, hint, and the message if it is left empty. There is nothing
    beside a ``wide`` one."""

    slot: str
    label: str
    hint: str
    needed: str
    secret: bool = False
    wide: bool = False


class AskingScreen(ModalScreen[str], GoingScreen[str], HoldingScreen[str]):
    """Asks for a few lines. Dismissed with the result of ``act``. A line called ``role`` offers the roles
    that the person at the desk may give."""

    CSS_PATH = Path(__file__).with_name("asking.tcss")  # subclasses in other folders need it too
    AUTO_FOCUS = None
    TITLE = ""
    LINES: tuple[AskedLine, ...] = ()
    WORKING = ""
    BINDINGS = [
        key("enter", "next", "next", "Go to the next line; from the last one on", "user.next", FIELD),
        key("tab", "step(1)", "next field", "Go to the next line", "user.next-field", FIELD, show=False),
        key("shift+tab", "step(-1)", "back", "Go to the previous line", "user.back", FIELD),
        key("f2", "save", "save", "Do it", "user.save", DESK),
        key("escape", "cancel", "leave", "Leave; nothing is changed", "user.cancel", DESK),
        *arrows("user", above="Mark the role above", below="Mark the role below"),
    ]  # fmt: skip

    @dataclass
    class Done(Message):
        """It is done, with ``result``, or ``why`` says why not; then the cursor goes to ``slot``."""

        result: str = ""
        why: str = ""
        slot: str = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.busy = False
        self.doubtful = ""  # the line to correct if ``act`` refuses
        self.roles = tuple(
            Code(code, label, _OURS)
            for code, label in ROLES.items()
            if may_grant(desk.actor.role, code)
        )

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(self.TITLE, id="title", markup=False)
            for line in self.LINES:
                with Horizontal(classes="row"):
                    yield Static(line.label, classes="label", markup=False)
                    yield LineInput(
                        line.slot, password=line.secret, classes="wide" if line.wide else ""
                    )
                    if not line.wide:
                        yield Static("", id=f"{line.slot}-words", classes="words", markup=False)
            yield Static("", id="message", markup=False)
            yield Candidates()
        yield KeyBar()

    def on_mount(self) -> None:
        self.strip = self.query_one(Candidates)
        self.lines = {each.slot: each for each in self.query(LineInput)}
        self.order = [line.slot for line in self.LINES]
        self._go(self.order[0])

    @property
    def slot(self) -> str:
        """The line with the focus."""
        return self.focused.slot if isinstance(self.focused, LineInput) else self.order[0]

    # -- typing ------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer()
        self._show_words()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._offer()

    def _offer(self) -> None:
        slot = self.slot
        line = next(each for each in self.LINES if each.slot == slot)
        text = self.lines[slot].value
        self.offered_for = (slot, text)
        found = coded(text, self.roles) if slot == "role" else []
        self.strip.offer(found, marked(text, found, ""), self.hint_of(line))

    def hint_of(self, line: AskedLine) -> str:
        """What to type in a line."""
        if line.slot == "role":
            return f"{line.hint} {', '.join(each.code for each in self.roles)}."
        return line.hint

    def _show_words(self) -> None:
        for slot, each in self.beside({slot: line.value for slot, line in self.lines.items()}):
            self.query_one(f"#{slot}-words", Static).update(each)

    def beside(self, fields: dict[str, str]) -> Iterator[tuple[str, str]]:
        """The words beside each line, depending on what is typed."""
        if "role" in fields:
            label = ROLES.get(fields["role"], "")
            known = any(each.code == fields["role"] for each in self.roles)
            yield "role", label if known or not label else "not yours to give"

    def _take(self) -> None:
        """Puts the marked role into its line."""
        line = self.lines[self.slot]
        if self.offered_for != (self.slot, line.value):
            self._offer()
        choice = self.strip.marked.choice if self.strip.marked else None
        if isinstance(choice, Code) and choice.code != line.value:
            line.value = choice.code
            self._show_words()

    # -- going on ----------------------------------------------------------------------------------

    async def action_next(self) -> None:
        """Goes to the next line at once, so that what is typed ahead lands there; continues from the last
        one."""
        why = await self.wrong_at_once(self.slot)
        self.say(why)  # or takes away what was said of the line before
        if why:
            return
        if self.slot == self.order[-1]:
            await self.action_save()
        else:
            await self.action_step(1)

    async def wrong_at_once(self, slot: str) -> str:
        """A fault to report before the line is left; "" if there is none or it can wait."""
        return ""

    async def action_step(self, step: int) -> None:
        await settled(self.focused)
        self._take()
        place = self.order.index(self.slot) + step
        self._go(self.order[place % len(self.order)])

    def action_mark(self, step: int) -> None:
        self.strip.move(step)

    def _go(self, slot: str) -> None:
        self.set_focus(self.lines[slot])
        self._offer()

    async def action_save(self) -> None:
        """Does it, in a thread, or says what is missing and goes there."""
        await settled(*self.lines.values())
        if self.busy:
            return
        self._take()
        fields = {slot: line.value for slot, line in self.lines.items()}
        slot, sentence = self.fault(fields)
        if sentence:
            self.say(sentence)
            self._go(slot)
            return
        self.busy = True
        self.say(self.WORKING)
        self.query_one("#message").remove_class("-said")  # it is no fault
        self._do(fields)

    def fault(self, fields: dict[str, str]) -> tuple[str, str]:
        """The first line with a fault, and what it is; two empty texts if there is none."""
        for line in self.LINES:
            if not fields[line.slot].strip():
                return line.slot, f"{line.label}: {line.needed}."
        known = [each.code for each in self.roles]
        if "role" in fields and fields["role"] not in known:
            others = "" if len(known) == len(ROLES) else " A named professional may give any role."
            return "role", f"Role: choose one of {', '.join(known)}.{others}"
        return "", ""

    @work(thread=True, exclusive=True, group="asking")
    def _do(self, fields: dict[str, str]) -> None:
        self.doubtful = self.order[0]
        try:
            done = self.Done(self.act(fields))
        except Refusal as refused:
            done = self.Done(why=str(refused), slot=self.doubtful)
        self.post_message(done)

    @abstractmethod
    def act(self, fields: dict[str, str]) -> str:
        """Does what was asked, in a thread; returns what the page is dismissed with. Raises a Refusal;
        ``doubtful`` is then the line to correct."""

    def on_asking_screen_done(self, event: Done) -> None:
        self.busy = False
        if event.result:
            self.dismiss(event.result)
            return
        self.say(event.why)
        if self.lines[event.slot].password:
            self.lines[event.slot].value = ""
        self._go(event.slot)

    async def action_cancel(self) -> None:
        await settled(self.focused)
        if not self.busy and self.leaves():
            self.dismiss(None)
