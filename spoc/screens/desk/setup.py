"""Setting up a desk: one form, then the recovery code. Nothing is saved before the code is confirmed."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from spoc.model.errors import BadInput, DiskFull
from spoc.model.rules.access import ROLES
from spoc.model.values.plain import visible
from spoc.screens.desk.covers import Cover
from spoc.screens.desk.signin import SignedIn
from spoc.storage import place
from spoc.storage.secrecy import keys
from spoc.widgets.bindings import DESK, FIELD, key
from spoc.widgets.keybar import KeyBar
from spoc.widgets.line_input import LineInput, settled

if TYPE_CHECKING:
    from spoc.storage.set_up import Prepared

FIELDS = (
    ("service", "Service", "The team whose records these are, as its letters name it"),
    ("desk", "Desk", "This place of work, as colleagues call it: Musgrove Park duty desk"),
    ("pack", "Pack", "The words and rules the desk begins with; Up and Down choose"),
    ("name", "Your name", "As it should appear beside what you write; you sign in with it"),
    ("role", "Role", "Yours; others are added later. Up and Down choose"),
    (
        "passphrase",
        "Passphrase",
        f"{keys.PASSPHRASE_LENGTH} characters or more, spaces count; four plain words are good",
    ),
    ("again", "Once more", "The same passphrase again, so that no slip locks you out"),
)
_SECRET = ("passphrase", "again")


class SetUpScreen(Cover):
    """The form of a new desk. Enter goes to the next field, and continues from the last one."""

    CSS_PATH = "setup.tcss"
    BINDINGS = [
        key("enter", "next", "next", "Go to the next field, then on", "set-up.next", FIELD),
        key("down", "choose(1)", "choose", "Choose the next one", "set-up.down", FIELD, show=False),
        key("up", "choose(-1)", "choose", "Choose the one before", "set-up.up", FIELD, show=False),
        key("shift+tab", "back", "back", "Go to the field before", "set-up.back", FIELD),
    ]

    def __init__(self, folder: Path, now: Callable[[], datetime], said: str = "") -> None:
        super().__init__()
        self.folder, self._now, self._said = folder, now, said
        self._choices: dict[str, list[tuple[str, str]]] = {"role": list(ROLES.items()), "pack": []}
        self._warnings: list[str] = []
        self._hurried = False  # typed through to the end before the packs were read

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("spoc", id="mark", markup=False)
            yield Static(
                "A new desk. Nothing is kept before the last step.", id="about", markup=False
            )
            for slot, label, _ in FIELDS:
                with Horizontal(classes="row"):
                    yield Static(label, classes="label", markup=False)
                    yield LineInput(slot, password=slot in _SECRET)
                    yield Static("", id=f"{slot}-words", classes="words", markup=False)
            yield Static("", id="hint", markup=False)
            yield Static("", id="state", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._line("pack").value = "generic"
        self._line("role").value = "advisor"
        self._show_words()
        self.set_focus(self._line("service"))
        self._look_round()

    def _line(self, slot: str) -> LineInput:
        return self.query_one(f"#{slot}", LineInput)

    @work(thread=True)
    def _look_round(self) -> None:
        """Finds the packs, and whether the folder may hold a store. A Refusal ends the program."""
        from spoc.guidance.pack import available, load

        packs = [(each, load(each).title) for each in available()]
        warnings = place.check(self.folder)
        self.app.call_from_thread(self._found, packs, warnings)

    def _found(self, packs: list[tuple[str, str]], warnings: list[str]) -> None:
        self._choices["pack"], self._warnings = packs, warnings
        for slot in self._choices:
            if self._line(slot) is not self.focused:
                self._complete(self._line(slot))
        self._show_words()
        self._say(self._said)
        if self._hurried:
            self._go_on()

    # -- typing ------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose":
            return self.focused is not None and self.focused.id in self._choices
        if action == "back":
            return self.focused is not None and self.focused.id != FIELDS[0][0]
        return True

    async def action_next(self) -> None:
        """Goes to the next field at once, so that what is typed ahead lands there; continues from the last
        one."""
        lines = list(self.query(LineInput))
        if self.focused in lines[:-1]:
            self.set_focus(lines[lines.index(self.focused) + 1])
        elif self.focused is lines[-1]:
            self.set_focus(None)
            await settled(*lines)
            self._go_on()

    def action_back(self) -> None:
        lines = list(self.query(LineInput))
        self.set_focus(lines[max(0, lines.index(self.focused) - 1)])  # type: ignore[arg-type]

    def action_choose(self, step: int) -> None:
        """Chooses the previous or the next choice."""
        line = self.focused
        if isinstance(line, LineInput) and (choices := self._choices.get(line.id or "")):
            codes = [code for code, _ in choices]
            found = best(choices, line.value)
            at = codes.index(found[0]) + step if found else 0
            line.value = codes[at % len(codes)]
            line.cursor_position = len(line.value)

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show_words()

    def on_descendant_focus(self) -> None:
        hints = {slot: hint for slot, _, hint in FIELDS}
        self.query_one("#hint", Static).update(
            hints.get(getattr(self.focused, "id", None) or "", "")
        )
        self._show_words()

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        """Completes a fragment to the code it begins."""
        self._complete(event.input)

    def _complete(self, line: Input) -> None:
        if found := best(self._choices.get(line.id or "", ()), line.value):
            line.value = found[0]

    def _show_words(self) -> None:
        for slot, choices in self._choices.items():
            value = self._line(slot).value
            found = best(choices, value)
            others = ", ".join(code for code, _ in choices)
            words = found[1] if found else f"one of {others}" if choices else ""
            self.query_one(f"#{slot}-words", Static).update(visible(words))
        length = len(self._line("passphrase").value)
        short = keys.PASSPHRASE_LENGTH - length
        words = "" if not length else f"{short} more at least" if short > 0 else "long enough"
        self.query_one("#passphrase-words", Static).update(words)
        again = self._line("again").value
        same = again == self._line("passphrase").value
        self.query_one("#again-words", Static).update(
            "" if not again else "the same" if same else "not the same yet"
        )

    def _say(self, words: str, wrong: bool = False) -> None:
        state = self.query_one("#state", Static)
        state.set_class(wrong or bool(self._warnings), "wrong")
        state.update(visible("  ".join([words, *self._warnings]).strip()))

    # -- going on ----------------------------------------------------------------------------------

    def _go_on(self) -> None:
        self._hurried = not self._choices["pack"]
        if self._hurried:
            return
        given = {slot: self._line(slot).value for slot, _, _ in FIELDS}
        for slot, choices in self._choices.items():
            found = best(choices, given[slot])
            given[slot] = found[0] if found else ""
        faulty = self._fault(given)
        if faulty:
            slot, sentence = faulty
            self.set_focus(self._line(slot))
            self._say(sentence, wrong=True)
            return
        self._say("setting up …")
        self._build(given)

    def _fault(self, given: dict[str, str]) -> tuple[str, str] | None:
        """The first field that cannot stay as it is, and why."""
        for slot, label, _ in FIELDS:
            if not given[slot].strip():
                return slot, f"{label}: something is needed here."
        if why := keys.fault_of(given["passphrase"]):
            return "passphrase", why
        if given["again"] != given["passphrase"]:
            return "again", "The two passphrases differ; type the second again, or both."
        return None

    @work(thread=True, exclusive=True, group="set-up")
    def _build(self, given: dict[str, str]) -> None:
        from spoc.storage.set_up import prepare

        try:
            prepared = prepare(
                self.folder, given["service"], given["desk"], given["name"], given["role"],
                given["passphrase"], given["pack"], now=self._now,
            )  # fmt: skip
        except (BadInput, DiskFull) as refusal:
            self.app.call_from_thread(self._refused, str(refusal))
            return
        self.app.call_from_thread(self._show_code, prepared)

    def _refused(self, sentence: str) -> None:
        self.set_focus(self._line("passphrase"))
        self._say(sentence, wrong=True)

    def _show_code(self, prepared: "Prepared") -> None:
        if not self.is_attached:
            prepared.discard()
            return
        self.app.push_screen(CodeScreen(prepared, self._now), self._came_back)

    def _came_back(self, _: None) -> None:
        self._say("Nothing was set up. Change what you like, then go on.")
        self.set_focus(self._line("service"))


class CodeScreen(Cover):
    """The recovery code: to write down, and to confirm by typing one group of it."""

    CSS_PATH = "setup.tcss"
    BINDINGS = [
        key(
            "enter", "confirm", "confirm", "Confirm the group; the desk opens", "code.confirm", DESK
        ),
        key("escape", "back", "back", "Go back to the form; nothing is set up", "code.back", DESK),
    ]

    def __init__(
        self,
        prepared: "Prepared",
        now: Callable[[], datetime],
        pick: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        super().__init__()
        self._prepared, self._now = prepared, now
        self._groups = keys.code_groups(prepared.code)
        self.asked = pick(len(self._groups)) + 1
        self._done = False

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("Recovery code", id="mark", markup=False)
            yield Static(
                "Write it down on paper now, and keep the paper locked away from this computer. When a "
                "passphrase is forgotten, only this code opens the records. It is never shown again.",
                id="advice", markup=False,
            )  # fmt: skip
            yield Static(self._code(hidden=False), id="code", markup=False)
            with Horizontal(classes="row"):
                yield Static(f"Group {self.asked}", classes="label", markup=False)
                yield LineInput("group")
                yield Static("from your paper", classes="words", markup=False)
            yield Static("", id="state", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(LineInput))

    def on_unmount(self) -> None:
        if not self._done:
            self._prepared.discard()

    def _code(self, hidden: bool) -> Content:
        """The groups with their numbers; hidden while one is being typed."""
        return code_lines(self._groups, hidden)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#code", Static).update(self._code(hidden=bool(event.value)))

    async def action_confirm(self) -> None:
        await settled(self.query_one(LineInput))
        line = self.query_one(LineInput)
        if self._done:
            return
        if not keys.confirm(self._prepared.code, self.asked, line.value):
            line.value = ""
            self._say(
                f"That is not group {self.asked}. Compare your paper with the code, type it again."
            )
            return
        self._done = True
        self.set_focus(None)
        self._say("setting up …")
        self._commit()

    @work(thread=True, exclusive=True, group="set-up")
    def _commit(self) -> None:
        self._prepared.commit()
        self.post_message(SignedIn(self._prepared.open(now=self._now)))

    def action_back(self) -> None:
        if not self._done:
            self.dismiss(None)

    def _say(self, words: str) -> None:
        self.query_one("#state", Static).update(words)


def code_lines(groups: Sequence[str], hidden: bool) -> Content:
    """The groups of a recovery code with their numbers; hidden while one is being typed."""
    spaced = [" ".join("•" * len(group) if hidden else group) for group in groups]
    numbers = [f"{number:^{cell_len(spaced[0])}}" for number in range(1, len(spaced) + 1)]
    return Content("\n").join(
        [Content.styled("   ".join(numbers), "$dim"), Content.styled("   ".join(spaced), "bold")]
    )


def best(choices: Sequence[tuple[str, str]], typed: str) -> tuple[str, str] | None:
    """The intended choice: its code, the beginning of its code, or of a word of its title."""
    wanted = typed.strip().casefold()
    if not wanted:
        return None
    exact = [each for each in choices if each[0].casefold() == wanted]
    begins = [each for each in choices if each[0].casefold().startswith(wanted)]
    words = [
        each
        for each in choices
        if any(word.strip("()").startswith(wanted) for word in each[1].casefold().split())
    ]
    return next(iter(exact + begins + words), None)
