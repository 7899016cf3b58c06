"""Setting up the first desk of a service: one form, then the recovery code. Nothing is saved until the code
is confirmed."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from spoc.model.rules.access import ROLES, holds_key
from spoc.screens.desk.arriving.form import NEW_PASSPHRASE, FormScreen
from spoc.screens.desk.arriving.signin import SignedIn
from spoc.screens.desk.pages.covers import Cover
from spoc.storage.secrecy import paper_codes
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import DESK, FIELD, key
from spoc.widgets.pages.keybar import KeyBar

if TYPE_CHECKING:
    from spoc.storage.desk import Desk
    from spoc.storage.set_up import Prepared

FIELDS = (
    ("service", "Service", "The service's name, as on its letters"),
    ("desk", "Desk", "What colleagues call this desk: Musgrove Park duty desk"),
    ("pack", "Pack", "The guidance the desk starts with; Up and Down choose"),
    ("name", "Your name", "As it should appear beside what you write; you sign in with it"),
    ("role", "Role", "Yours; a named professional can add every other. Up, Down choose"),
    *NEW_PASSPHRASE,
)


class SetUpScreen(FormScreen):
    """The form of a new service's first desk."""

    ABOUT = "A new desk. Nothing is kept until the last step."
    BINDINGS = [
        key("down", "choose(1)", "choose", "Choose the next one", "set-up.down", FIELD, show=False),
        key(
            "up", "choose(-1)", "choose", "Choose the previous one", "set-up.up", FIELD, show=False
        ),
    ]
    FIELDS = FIELDS

    def __init__(self, folder: Path, now: Callable[[], datetime], text: str = "") -> None:
        super().__init__(folder, now, text)
        self._choices: dict[str, list[tuple[str, str]]] = {
            "role": [each for each in ROLES.items() if holds_key(each[0])],
            "pack": [],
        }
        self._hurried = False  # typed through to the end before the packs were read

    def on_mount(self) -> None:
        self.line("pack").value = "generic"
        self.line("role").value = "advisor"

    def look(self) -> list[tuple[str, str]]:
        """The packs."""
        from spoc.guidance.pack import available, load

        return [(each, load(each).title) for each in available()]

    def found(self, what: list[tuple[str, str]]) -> None:
        self._choices["pack"] = what
        for slot in self._choices:
            if self.line(slot) is not self.focused:
                self._complete(self.line(slot))
        self._changed()
        if self._hurried:
            self.go_on()

    # -- typing ------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose":
            return self.focused is not None and self.focused.id in self._choices
        return super().check_action(action, parameters)

    def action_choose(self, step: int) -> None:
        """Chooses the previous or the next choice."""
        line = self.focused
        if isinstance(line, LineInput) and (choices := self._choices.get(line.id or "")):
            codes = [code for code, _ in choices]
            found = best(choices, line.value)
            at = codes.index(found[0]) + step if found else 0
            line.value = codes[at % len(codes)]
            line.cursor_position = len(line.value)

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        """Completes a fragment to the code it begins."""
        self._complete(event.input)

    def _complete(self, line: Input) -> None:
        if found := best(self._choices.get(line.id or "", ()), line.value):
            line.value = found[0]

    def beside(self) -> Iterator[tuple[str, str]]:
        yield from super().beside()
        for slot, choices in self._choices.items():
            found = best(choices, self.line(slot).value)
            others = ", ".join(code for code, _ in choices)
            yield slot, found[1] if found else f"one of {others}" if choices else ""

    # -- going on ----------------------------------------------------------------------------------

    def go_on(self) -> None:
        self._hurried = not self._choices["pack"]
        if not self._hurried:
            super().go_on()

    def given(self) -> dict[str, str]:
        fields = super().given()
        for slot, choices in self._choices.items():
            found = best(choices, fields[slot])
            fields[slot] = found[0] if found else ""
        return fields

    def build(self, fields: dict[str, str]) -> None:
        from spoc.storage.set_up import prepare

        self.doubtful = "passphrase"
        prepared = prepare(
            self.folder, fields["service"], fields["desk"], fields["name"], fields["role"],
            fields["passphrase"], fields["pack"], now=self._now,
        )  # fmt: skip
        self.app.call_from_thread(self._show_code, prepared)

    def _show_code(self, prepared: "Prepared") -> None:
        if not self.is_attached:
            prepared.discard()
            return
        self.app.push_screen(CodeScreen(prepared, self._now), self._came_back)

    def _came_back(self, _: None) -> None:
        self.refused("Nothing was set up. Change what you like, then go on.", "service")


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
        then: "Callable[[Desk], None]" = lambda desk: None,
    ) -> None:
        super().__init__()
        self._prepared, self._now, self._then = prepared, now, then
        self._groups = paper_codes.code_groups(prepared.code)
        self.asked = pick(len(self._groups)) + 1
        self._done = False

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("Recovery code", id="mark", markup=False)
            yield Static(
                "Write it down on paper now, and keep the paper locked away from this computer. If a "
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
        if not paper_codes.confirm(self._prepared.code, self.asked, line.value):
            line.value = ""
            self.say(
                f"That is not group {self.asked}. Compare your paper with the code and type it again."
            )
            return
        self._done = True
        self.set_focus(None)
        self.say("setting up …")
        self._commit()

    @work(thread=True, exclusive=True, group="set-up")
    def _commit(self) -> None:
        self._prepared.commit()
        desk = self._prepared.open(now=self._now)
        self._then(desk)
        self.post_message(SignedIn(desk))

    def action_back(self) -> None:
        if not self._done:
            self.dismiss(None)

    def say(self, words: str) -> None:
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
