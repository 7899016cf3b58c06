"""The users of the service: who they are, adding one, and changing one's own passphrase.

Every passphrase costs an Argon2 run, so it is checked and made in a thread; the page says so meanwhile.
"""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import date

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from spoc.model.errors import LooksAlike, Refusal, WrongPassphrase
from spoc.model.rules.access import ROLES, may
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code, Source
from spoc.model.values.dates import counted, shown_day
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.call.typing.suggestions import coded, marked
from spoc.screens.desk.arriving.form import refused
from spoc.screens.desk.pages.going import GoingScreen
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.screens.desk.pages.list_screen import Cell, ListColumn, ListScreen, list_keys
from spoc.screens.desk.users.removing import RemoveUserScreen
from spoc.storage.desk import Desk
from spoc.storage.secrecy import keys
from spoc.storage.service import users
from spoc.storage.service.users import User
from spoc.widgets.forms.candidates import Candidates
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import DESK, FIELD, arrows, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar

_OURS = Source("spoc", "The roles of spoc", "", date.max)
_ROLES = tuple(Code(code, label, _OURS) for code, label in ROLES.items())
LONG = f"{keys.PASSPHRASE_LENGTH} characters or more; four plain words are good."


@dataclass(frozen=True, slots=True)
class UserField:
    """One line to type in: its slot, label, hint, and the message if it is left empty."""

    slot: str
    label: str
    hint: str
    needed: str
    secret: bool = False


class UsersScreen(ListScreen[None, User]):
    """Lists who may sign in to this store. Single letters act."""

    CSS_PATH = "users.tcss"
    BINDINGS = [
        key("a", "add", "add a user", "Add a user; they type their own passphrase", "users.add", DESK),
        key("x", "remove", "remove", "Remove the marked user", "users.remove", DESK),
        key("p", "passphrase", "my passphrase", "Change your own passphrase", "users.passphrase", DESK),
        *list_keys("users"),
    ]  # fmt: skip

    PLACE = "Users"
    COLUMNS = (ListColumn("Name", share=70), ListColumn("Role", 28), ListColumn("Since"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Adding and removing need the role for it; nobody can remove themselves."""
        if action == "remove":
            user = self.item
            other = user is not None and user.id != self.desk.actor.id
            return other and may(self.desk.actor.role, "user.remove")
        return action != "add" or may(self.desk.actor.role, "user.add")

    def query_items(self) -> list[User]:
        return users.all(self.desk.store, self.desk.actor)

    def read(self, mark: str = "") -> None:
        """Shows everybody; the mark goes to the person named."""
        everybody = self.query_items()
        named = [at for at, each in enumerate(everybody) if mark and each.name == mark]
        self.take(everybody, named[0] if named else None)
        self.query_one(Header).state = counted(len(everybody), "user")

    def cells(self, item: User) -> tuple[Cell, ...]:
        you = " (you)" if item.id == self.desk.actor.id else ""
        day = shown_day(to_local(from_text(item.since)).date())
        return f"{item.name}{you}", ROLES.get(item.role, item.role), day

    def action_add(self) -> None:
        self.app.push_screen(AddUserScreen(self.desk), self._added)

    def action_passphrase(self) -> None:
        from spoc.screens.desk.users.own_passphrase import ChangePassphraseScreen

        self.app.push_screen(ChangePassphraseScreen(self.desk), self._changed)

    def action_remove(self) -> None:
        if self.item is not None:
            self.app.push_screen(RemoveUserScreen(self.desk, self.item), self._removed)

    def _removed(self, name: str | None) -> None:
        if name:
            self.read()
            self.say(f"{name} cannot sign in any more. {users.AFTER}")

    def _added(self, name: str | None) -> None:
        if name:
            self.read(name)
            self.say(f"{name} can sign in now, with exactly this name.")

    def _changed(self, name: str | None) -> None:
        if name:
            self.say("Your passphrase is changed. Earlier backups still open with the old one.")


class SecretScreen(ModalScreen[str], GoingScreen[str], HoldingScreen[str]):
    """A few lines, at least one of them secret. Dismissed with a name once it is done."""

    CSS_PATH = "users.tcss"
    AUTO_FOCUS = None
    TITLE = ""
    LINES: tuple[UserField, ...] = ()
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
        """It is done for ``name``, or ``why`` says why not; then the cursor goes to ``slot``."""

        name: str = ""
        why: str = ""
        slot: str = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(self.TITLE, id="title", markup=False)
            for line in self.LINES:
                with Horizontal(classes="row"):
                    yield Static(line.label, classes="label", markup=False)
                    yield LineInput(line.slot, password=line.secret)
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
        found = coded(text, _ROLES) if slot == "role" else []
        self.strip.offer(found, marked(text, found, ""), line.hint)

    def _show_words(self) -> None:
        """What is known about each line, without showing it."""
        fields = {slot: line.value for slot, line in self.lines.items()}
        words = dict.fromkeys(fields, "")
        if fields["new"]:
            short = keys.PASSPHRASE_LENGTH - len(fields["new"])
            words["new"] = f"{short} more at least" if short > 0 else "long enough"
        if fields["again"]:
            words["again"] = "the same" if fields["again"] == fields["new"] else "not the same yet"
        if fields.get("role"):
            words["role"] = ROLES.get(fields["role"], "")
        for slot, each in words.items():
            self.query_one(f"#{slot}-words", Static).update(each)

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
        if self.slot == "new":
            await settled(self.focused)
            why = refused(self.lines["new"])
            self._say(why)
            if why:
                return
        if self.slot == self.order[-1]:
            await self.action_save()
        else:
            await self.action_step(1)

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
        slot, sentence = self._fault(fields)
        if sentence:
            self._say(sentence)
            self._go(slot)
            return
        self.busy = True
        self._say(self.WORKING, final=False)
        self._do(fields)

    def _fault(self, fields: dict[str, str]) -> tuple[str, str]:
        """The first line that cannot stay as it is, and why; two empty texts if all can."""
        for line in self.LINES:
            if not fields[line.slot].strip():
                return line.slot, f"{line.label}: {line.needed}."
        if fields.get("role", "advisor") not in ROLES:
            return "role", f"Role: choose one of {', '.join(ROLES)}."
        if why := keys.fault_of(fields["new"]):
            return "new", why
        if fields["again"] != fields["new"]:
            return "again", "The two passphrases differ; type the second again, or both."
        return "", ""

    @work(thread=True, exclusive=True, group="passphrase")
    def _do(self, fields: dict[str, str]) -> None:
        try:
            done = self.Done(name=self.act(fields))
        except WrongPassphrase as wrong:
            done = self.Done(why=self.wrong(wrong), slot="old")
        except Refusal as refused:
            done = self.Done(why=str(refused), slot=self.order[0])
        self.post_message(done)

    @abstractmethod
    def act(self, fields: dict[str, str]) -> str:
        """Does what was asked; returns the name it was done for. Raises a Refusal."""

    def wrong(self, refused: WrongPassphrase) -> str:
        """The message for a wrong passphrase."""
        return str(refused)

    def on_secret_screen_done(self, event: Done) -> None:
        self.busy = False
        if event.name:
            self.dismiss(event.name)
            return
        self._say(event.why)
        if event.slot == "old":
            self.lines["old"].value = ""
        self._go(event.slot)

    async def action_cancel(self) -> None:
        await settled(self.focused)
        if not self.busy and self.leaves():
            self.dismiss(None)

    def _say(self, sentence: str, final: bool = True) -> None:
        message = self.query_one("#message", Static)
        message.update(Content(visible(sentence)))
        message.set_class(bool(sentence) and final, "-said")


class AddUserScreen(SecretScreen):
    """Lets somebody use the store: their name, their role, and a passphrase that only they know."""

    TITLE = "Add a user"
    WORKING = "adding …"
    LINES = (
        UserField("name", "Name", "As it should appear beside what they write; they sign in with it.",
             "something is needed here"),
        UserField("role", "Role", f"What they may do: {', '.join(ROLES)}.", "choose one"),
        UserField("new", "Passphrase", f"Your colleague types it, not you. {LONG}",
             "your colleague types their own", secret=True),
        UserField("again", "Once more", "The same again, in case of a slip.",
             "the same again", secret=True),
    )  # fmt: skip

    _alike = ""  # the name that could be taken for another's, once that was said

    def act(self, fields: dict[str, str]) -> str:
        name = fields["name"]
        try:
            return users.add(
                self.desk, name, fields["role"], fields["new"], sure=name == self._alike
            ).name
        except LooksAlike as alike:
            self._alike = name
            raise LooksAlike(f"{alike} Then save once more, with F2.") from None
