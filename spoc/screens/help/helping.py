"""The app's help with keys: those that work here, a letter on every field, and the commands by name."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any

from textual import work

from spoc.screens.desk.pages.going import Told
from spoc.screens.help.jump import JumpScreen, spots
from spoc.screens.help.keys import KeysScreen
from spoc.widgets import preferences
from spoc.widgets.clipboard import CopyingApp
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.bindings import FIELD, HELP, key


class HelpingApp(CopyingApp):
    """The part of the app that shows its keys. ``own_keys`` are those that the user's settings file moved."""

    BINDINGS = [
        key("f1", "keys", "keys", "Show the keys that work here", "app.keys", HELP),
        key("f4", "jump", "go to", "Go to a field by its letter", "app.jump", FIELD),
        key("ctrl+p", "commands", "commands", "Show the commands by name", "app.commands", HELP, show=False),
    ]  # fmt: skip
    ENABLE_COMMAND_PALETTE = False  # Textual's; the commands by name are our own
    desk: Any
    backup_note: str

    def __init__(self, liked: preferences.Preferences) -> None:
        super().__init__()
        self._file = liked.file
        self.own_keys: dict[str, str] = {}
        self.said = liked.warning
        if liked.keys:
            self._move_keys(liked.keys)

    @property
    @abstractmethod
    def covered(self) -> bool:
        """Whether the desk's screens are hidden: before sign-in, locked, or blank."""

    @property
    @abstractmethod
    def locked(self) -> bool:
        """Whether it is locked, and somebody has to sign in again."""

    def _move_keys(self, wanted: Mapping[str, str]) -> None:
        """Puts the user's keys in place; if that is impossible, says so and keeps the usual ones."""
        from spoc.screens.help.keymap import usable

        self.own_keys, text = usable(wanted, type(self))
        self.said = " ".join(filter(None, (self.said, text)))
        self.set_keymap(self.own_keys)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "commands":
            return self.desk is not None and not self.covered
        if action == "jump":
            return not self.locked and bool(self.screen_stack) and len(spots(self.screen)) > 1
        return True

    def action_keys(self) -> None:
        """Shows the page's keys, or goes back to it."""
        if isinstance(self.screen, KeysScreen):
            self.screen.dismiss(None)
        else:
            super().push_screen(KeysScreen(self.screen))

    async def action_jump(self) -> None:
        """Shows a letter on every label; what was typed before comes first."""
        screen = self.screen
        await settled(screen.focused)
        self.push_screen(JumpScreen(screen, spots(screen)))

    def action_commands(self) -> None:
        """Shows the commands by name: what keys do on this page, then what has no key."""
        from spoc.screens.help.commands import CommandsScreen, PaletteCommand, commands_of

        if isinstance(self.screen, CommandsScreen):
            self.screen.dismiss(None)
            return
        more = [PaletteCommand("Backup: make one now", "", self.back_up)]
        more += [
            PaletteCommand(f"Theme: {name}", "", partial(self.use_theme, name), here=True)
            for name in preferences.THEMES
        ]
        self.push_screen(CommandsScreen([*commands_of(self.screen), *more]))

    def use_theme(self, name: str) -> str:
        """Uses the theme ``dark``, ``light`` or ``contrast``, and saves it; says if it cannot be saved."""
        self.theme = f"spoc-{name}"
        return preferences.keep_theme(name, self._file)

    @work(thread=True, exclusive=True, group="backup")
    def back_up(self) -> None:
        """Makes a backup where the daily ones are kept; the page that is open then and the board say so."""
        from spoc.storage.upkeep import daily

        if self.desk is not None:
            self.backup_note = daily.backup_now(self.desk, self.desk.store.now())
            self.call_from_thread(lambda: self.screen.post_message(Told(self.backup_note)))
