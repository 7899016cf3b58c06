"""The commands by name: everything that a key now does, as a sentence, found by any word of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from spoc.model.values.plain import visible
from spoc.screens.desk.pages.covers import Passing
from spoc.screens.help.keys import listed
from spoc.widgets.forms.line_input import LineInput, settled
from spoc.widgets.pages.bindings import FIELD, HELP, HERE, MOVE, arrows, key, leaves, working
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.rows import Rows
from spoc.widgets.pages.screens import RowsScreen

# Keys without a useful name, or which would only show this list again.
_LEFT_OUT = ("commands", "next", "app.commands")


@dataclass(frozen=True, slots=True)
class PaletteCommand:
    """A sentence with a subject, the key that does the same, and the function.

    Something done ``here`` is done while the commands are still shown; it returns a sentence if one must be
    read.
    """

    words: str
    key: str
    run: Callable[[], Any]
    here: bool = False


def commands_of(screen: Screen[Any]) -> list[PaletteCommand]:
    """What the keys of a screen now do, except moving about; what concerns one field comes last."""
    nodes = {binding.tooltip: node for node, binding in reversed(working(screen))}
    return [
        PaletteCommand(
            f"{(binding.group or HERE).description}: {binding.tooltip[:1].lower()}{binding.tooltip[1:]}",
            shown,
            partial(screen.app.run_action, binding.action, nodes[binding.tooltip]),
        )
        for shown, binding in sorted(listed(screen), key=lambda each: each[1].group is FIELD)
        if binding.group is not MOVE and binding.action not in _LEFT_OUT
    ]


def matching_commands(commands: Sequence[PaletteCommand], typed: str) -> list[PaletteCommand]:
    """The commands that have a word beginning with each typed word; otherwise those that contain each."""
    wanted = typed.casefold().split()
    begins = [
        each
        for each in commands
        if all(
            any(word.startswith(part) for word in each.words.casefold().split()) for part in wanted
        )
    ]
    return begins or [
        each for each in commands if all(part in each.words.casefold() for part in wanted)
    ]


class CommandsScreen(RowsScreen[None], Passing):
    """Takes a word or two; Enter does what is marked, at once, and what is typed next goes there."""

    CSS_PATH = "commands.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter", "run", "do it", "Do what is marked", "commands.run", HELP),
        key("escape", "back", "back", "Go back to the page", "commands.back", HELP),
        *arrows("commands", above="Mark the command above", below="Mark the command below"),
        *leaves("commands"),
    ]

    def __init__(self, commands: Sequence[PaletteCommand]) -> None:
        super().__init__()
        self.commands = commands

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield LineInput("command")
            yield Static("", id="message", markup=False)
            yield Rows(self._paint)
        yield KeyBar()

    def on_mount(self) -> None:
        self.entry, self.rows = self.query_one(LineInput), self.query_one(Rows)
        self.entry.placeholder = "a word of what you want to do"
        self.set_focus(self.entry)
        self._offer()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer()

    def _offer(self) -> None:
        """Shows the commands that fit the line; the mark goes to the first."""
        self.offered_for = self.entry.value
        offered = matching_commands(self.commands, self.entry.value)
        self.rows.show(offered)
        self.say("" if offered else "No command has these words. Try fewer letters.")

    def say(self, sentence: str) -> None:
        self.query_one("#message", Static).update(Content(visible(sentence)))

    def _paint(self, command: PaletteCommand, width: int) -> Content:
        words = Content(command.words).truncate(width - len(command.key) - 2, ellipsis=True)
        room = max(1, width - words.cell_length - len(command.key))
        return Content.assemble(words, " " * room, (command.key, "$dim"))

    async def action_run(self) -> None:
        """Does it on the page beneath, before any other key is handled."""
        await settled(self.entry)
        if self.entry.value != self.offered_for:  # keys came faster than the list
            self._offer()
        command = self.rows.item
        if command is None:
            return
        if command.here and (value := command.run()):
            self.say(value)
            return
        self.dismiss(None)
        if not command.here and isawaitable(done := command.run()):
            await done
