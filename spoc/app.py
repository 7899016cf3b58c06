"""The app around the screens: sign-in, theme, keys that work everywhere, lock, blank page, crash."""

import os

# Frames: a letter waits for the end of a frame in which something was painted. A log would contain what is
# typed.
os.environ.update(TEXTUAL_FPS="120", TEXTUAL_ANIMATIONS="none", TEXTUAL="", TEXTUAL_LOG="")

import asyncio
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.worker import get_current_worker

from spoc.model.documents import crash
from spoc.model.idle import WARNING_SECONDS, Idle, minutes_of
from spoc.screens.desk.arriving.signin import LockScreen, SignedIn, SignInScreen
from spoc.screens.desk.pages.covers import BlankScreen, Countdown, Cover, Passing, may_cover
from spoc.screens.desk.pages.watching import WatchingApp
from spoc.screens.followups.minding import since_boot
from spoc.screens.sync.extracting import ExtractingApp
from spoc.storage.store_folder import DEMO_FILE
from spoc.widgets import preferences
from spoc.widgets.forms.line_input import taken_in
from spoc.widgets.memory import forget_typed, only_when_quiet, tidy
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.demo_mark import mark_screens
from spoc.widgets.textual_private import (
    ParsedOnce,
    PlainCrash,
    done_already,
    lenient_terminal,
    set_clipboard,
)
from spoc.widgets.theme import THEMES

if TYPE_CHECKING:
    from spoc.storage.desk import Desk

_PRESENT = (
    events.Key,
    events.Paste,
    events.MouseDown,
    events.MouseScrollUp,
    events.MouseScrollDown,
)


class SpocApp(PlainCrash, ExtractingApp, WatchingApp):
    """The app. ``desk`` is None until somebody has signed in.

    A screen that takes a call sets its own ``call_running`` to True; the lock then waits longer.
    ``backup_note``, ``verify_note`` and ``search_note`` are sentences for the board, or empty.
    """

    TITLE = "spoc"
    demo_words = "all of it is invented"  # on those screens of a demo that have room for it
    ALLOW_SELECT: ClassVar[bool] = False
    HORIZONTAL_BREAKPOINTS = [(0, "-sliver"), (12, "-readable")]
    # Next to a scrollbar some words would not fit, the page would be lower and the scrollbar would go, and so
    # on for ever.
    CSS = ".-sliver, .-sliver * { scrollbar-size-vertical: 0 !important; }"
    BINDINGS = [
        key("f10", "blank", "blank", "Blank the page; again shows it", "app.blank", DESK, show=False),
        key("ctrl+l", "lock", "lock", "Lock the desk", "app.lock", DESK, show=False),
        key("ctrl+q", "leave", "leave", "Leave spoc; what you typed is kept", "app.leave", DESK, show=False),
        Binding("ctrl+c", "nothing", show=False, system=True),
    ]  # fmt: skip

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = since_boot,
        liked: preferences.Preferences | None = None,
    ) -> None:
        liked = liked or preferences.read()
        super().__init__(liked)
        self.folder, self.now = folder, now
        self.desk: Desk | None = None
        self.backup_note = self.verify_note = self.search_note = self.keys_note = ""
        self.idle = Idle(lambda: now().timestamp(), monotonic)
        self._deferred: list[Callable[[], Any]] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = f"spoc-{liked.theme}"
        for name in BUILTIN_THEMES:
            self.unregister_theme(name)
        self.stylesheet = ParsedOnce(self.get_css_variables())

    # -- the way in and out ------------------------------------------------------------------------

    def _first_screen(self) -> Screen[Any]:
        """Sign-in, or the ways to get a desk if there is no store yet."""
        if any((self.folder / name).exists() for name in ("spoc.db", "spoc.keys")):
            return SignInScreen(self.folder, self.now, self.said)
        from spoc.screens.desk.arriving.first import FirstScreen
        from spoc.storage.desks import marker

        return FirstScreen(self.folder, self.now, self.said or marker.gone(self.folder))

    @property
    def demo(self) -> bool:
        """Whether the store is a demo's: its own setting says so, and before sign-in the file beside it."""
        return self.desk.demo if self.desk else (self.folder / DEMO_FILE).exists()

    def on_mount(self) -> None:
        mark_screens(self, lambda: self.demo, self.demo_words)
        self.push_screen(self._first_screen())
        self.call_after_refresh(self._prepare)
        self.set_interval(1, self._tick)
        self.set_interval(15, self._hand_on_overdue)
        if not self.is_headless:
            only_when_quiet()
        if not self.is_headless and sys.platform != "win32":
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self._ended)
            # If the terminal is gone, painting never ends: no waiting there.
            loop.add_signal_handler(signal.SIGHUP, self.exit)

    @work
    async def _ended(self) -> None:
        """Processes what was just typed first, because the computer is shutting down."""
        await taken_in(self.screen_stack)
        self.exit()

    @work(thread=True)
    def _prepare(self) -> None:
        """Loads what is needed after the passphrase while it is being typed."""
        from spoc.screens.desk.arriving import ahead

        ahead.load()

    @on(SignedIn)
    def _signed_in(self, message: SignedIn) -> None:
        self.sit_down(message.desk)

    def sit_down(self, desk: "Desk") -> None:
        """Shows the board after sign-in, and looks after the store in the background."""
        self.desk = desk
        self.forget_due()
        self.idle.minutes = minutes_of(desk.store.settings.get("idle_minutes"))
        self.idle.touch()
        from spoc.screens.desk.board import BoardScreen
        from spoc.storage.desks.standing import is_unfilled
        from spoc.storage.search import indexing
        from spoc.storage.secrecy.comparing import differences
        from spoc.storage.service import passphrases

        self.keys_note = "\n".join(differences(desk.store.reader, desk.folder))
        while len(self.screen_stack) > 2:
            super().pop_screen()
        super().switch_screen(BoardScreen(desk))
        if passphrases.is_another_ones(desk):
            from spoc.screens.desk.users.own_passphrase import FirstPassphraseScreen

            super().push_screen(FirstPassphraseScreen(desk))
        self.call_after_refresh(self._look_after)
        if is_unfilled(desk.store):
            self.call_after_refresh(self.sync_beside)
        if indexing.is_wanted(desk.store):
            self.call_after_refresh(self._bring_search_up)

    @work(thread=True, group="upkeep")
    def _look_after(self) -> None:
        """Does what the first letters need; then the day's backup, then verifies what was written since the
        last time. What others write from here on is checked as it comes."""
        from spoc.model.hearing.code_match import ways
        from spoc.storage.contacts.call import guidance_facts
        from spoc.storage.upkeep import daily

        worker = get_current_worker()
        if self.desk is not None and not self.desk.store.is_extract:
            self.begin_watching(self.desk)
            guidance_facts.get_ready(self.desk.store)
            for name in self.desk.store.pack.lists:
                ways(self.desk.store.pack, name)
            self.backup_note = daily.daily_backup(self.desk, self.now())
            self.verify_note = daily.verify_news(self.desk, lambda: not worker.is_cancelled)

    @work(thread=True, exclusive=True, group="search-upkeep")
    def _bring_search_up(self) -> None:
        """Updates search in the background if its words are out of date."""
        from spoc.storage.upkeep import daily

        worker = get_current_worker()
        if self.desk is not None:
            self.search_note = daily.bring_search_up(self.desk, lambda: not worker.is_cancelled)

    @work(thread=True, exclusive=True, group="parked")
    def _hand_on_overdue(self) -> None:
        """Turns calls that were parked for too long into open contacts, so that none is hidden while
        somebody is away."""
        if self.desk is not None:
            from spoc.storage.contacts.call import sheets

            sheets.hand_on_overdue(self.desk.store, self.desk.actor)

    def on_unmount(self) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Closes the store. Twice does nothing."""
        desk, self.desk = self.desk, None
        if desk is not None:
            desk.close()

    # -- what works everywhere -----------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        top = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(top, BlankScreen):
            return action in ("blank", "lock")
        if action == "lock":
            return self.desk is not None and not self.locked
        return super().check_action(action, parameters)

    def action_nothing(self) -> None:
        """Ctrl+C outside a text field copies nothing and ends nothing."""

    def action_blank(self) -> None:
        if isinstance(self.screen, BlankScreen):
            self._uncover()
        else:
            super().push_screen(BlankScreen(self._local))

    def action_lock(self) -> None:
        self.lock("key")

    def copy_to_clipboard(self, text: str) -> None:
        """Keeps copied text within spoc: nothing reaches the computer's clipboard unintentionally."""
        set_clipboard(self, text)

    def notify(self, *args: Any, **kwargs: Any) -> None:
        """Shows no toasts: what must be read is on the page."""

    def _local(self) -> datetime:
        return self.now().astimezone()

    # -- covers: the blank page and the lock -----------------------------------------------------------

    @property
    def covered(self) -> bool:
        """Whether the desk's screens are hidden: before sign-in, locked, or blank."""
        return any(isinstance(screen, Cover) for screen in self.screen_stack)

    @property
    def locked(self) -> bool:
        return any(isinstance(screen, LockScreen) for screen in self.screen_stack)

    @property
    def _hidden(self) -> bool:
        return self.desk is not None and self.covered

    def lock(self, why: str) -> None:
        """Hides everything behind the passphrase; the screens beneath stay as they are."""
        if self.desk is None or self.locked:
            return
        from spoc.storage.ledger import audit

        audit.record(self.desk.store, self.desk.actor, "lock", purpose=why)
        blank = isinstance(self.screen, BlankScreen)
        while isinstance(self.screen, BlankScreen | Passing):
            super().pop_screen()
        set_clipboard(self, "")
        forget_typed()
        super().push_screen(LockScreen(self.desk, self.now, f"{self._local():%H:%M}"))
        if blank and why == "idle":
            super().push_screen(BlankScreen(self._local))

    @on(LockScreen.Unlocked)
    def _unlocked(self, message: LockScreen.Unlocked) -> None:
        self.idle.touch()
        if self.desk is not None and message.actor.id != self.desk.actor.id:
            self._deferred.clear()
            self.change_hands(self.desk, message.actor)
            return
        while self.locked:
            super().pop_screen()
        self._catch_up()

    def _uncover(self) -> None:
        super().pop_screen()
        self._catch_up()

    def _catch_up(self) -> None:
        """Does what the screens beneath asked for while they were hidden."""
        while self._deferred and not self._hidden:
            self._deferred.pop(0)()

    def push_screen(self, screen: Any, *args: Any, **kwargs: Any) -> Any:
        """As Textual's; while the desk is hidden, nothing appears over the cover: it waits."""
        if not self._hidden:
            return super().push_screen(screen, *args, **kwargs)
        self._deferred.append(lambda: super(SpocApp, self).push_screen(screen, *args, **kwargs))
        return done_already()

    def pop_screen(self) -> AwaitComplete:
        if not self._hidden or may_cover(self.screen):
            return super().pop_screen()
        self._deferred.append(super().pop_screen)
        return done_already()

    def switch_screen(self, screen: Any) -> AwaitComplete:
        if not self._hidden:
            return super().switch_screen(screen)
        self._deferred.append(lambda: super(SpocApp, self).switch_screen(screen))
        return done_already()

    @property
    def on_call(self) -> bool:
        """Whether any screen is taking a call."""
        return any(getattr(screen, "call_running", False) for screen in self.screen_stack)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, _PRESENT) and not event.is_forwarded and self.desk and not self.locked:
            if self.idle.left(self.on_call) <= 0:
                self.lock("idle")
                return  # a key that came too late locks, and does nothing else
            if not (self.screen_stack and isinstance(self.screen_stack[-1], BlankScreen)):
                self.idle.touch()
                Countdown.hide(self.screen_stack)
        await super().on_event(event)

    def _tick(self) -> None:
        tidy(self.idle.seconds())
        if self.desk is None or self.locked:
            return
        left = self.idle.left(self.on_call)
        if left <= 0:
            Countdown.hide(self.screen_stack)
            self.lock("idle")
        elif left <= WARNING_SECONDS and not self.covered:
            Countdown.show(self.screen, left)

    # -- the end, when it is not a good one --------------------------------------------------------------

    def meant(self, error: Exception) -> Exception:
        """The refusal behind an error, if the store could not be read (a broken page, a disk that is gone)."""
        if self.desk is None:
            return error
        from spoc.storage.failures import explained

        failure = explained(self.desk.store.path, error)
        return failure if isinstance(failure, Exception) else error

    def last_words(self, error: BaseException) -> tuple[int, str]:
        """The kind of error and its place; nothing from the store."""
        from spoc.storage.failures import explained

        failure = explained(self.folder / "spoc.db", error)
        return crash.code(failure), crash.words(failure)


def run(folder: Path) -> int:
    """Runs the app on the store in a folder (or sets one up there); returns the exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write(
            "spoc shows its pages in a terminal, and this is not one; nothing was opened. Start it in a "
            "terminal window; spoc --help lists the commands that work without.\n"
        )
        return crash.REFUSED
    if (folder / "spoc.keys").exists() and not (folder / "spoc.db").exists():
        from spoc.storage.start import records_gone

        sys.stderr.write(f"{records_gone(folder)}\n")
        return crash.REFUSED
    lenient_terminal()
    app = SpocApp(folder)
    try:
        app.run()
    finally:
        app.let_go()
    return app.return_code or 0
