"""The sync page: what is unsent, what the other desks have proved to hold, and what to do next."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from spoc.screens.call.reason import ReasonScreen
from spoc.screens.desk.pages.by_role import ByRoleScreen
from spoc.screens.sync.sync_lines import words
from spoc.screens.sync.syncing import in_own_thread
from spoc.storage.desk import Desk
from spoc.storage.desks import both_ways, shut_out
from spoc.storage.desks.standing import Other, Standing, standing
from spoc.storage.secrecy import uncounted
from spoc.storage.service.second import seed_of_code
from spoc.sync import run
from spoc.sync.run import Synced
from spoc.widgets.pages.bindings import DESK, arrows, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.keybar import KeyBar
from spoc.widgets.pages.screens import MessageScreen, when_written


class SyncScreen(MessageScreen[None], ByRoleScreen[None]):
    """Shows how this desk stands with the others; ``s`` syncs, ``x`` stops it, ``o`` shuts out a desk."""

    CSS_PATH = "sync_page.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("s", "sync", "sync now", "Send what is unsent, and take in what others wrote", "sync.sync", DESK),
        key("x", "stop", "stop", "Stop it; it goes on from there next time", "sync.stop", DESK),
        key("c", "conflicts", "conflicts", "Show the conflicts, side by side", "sync.conflicts", DESK),
        key("p", "place", "place", "Name the folder or hub that the desks share", "sync.place", DESK),
        key("i", "invite", "invite", "Invite another desk: a file, and a code by voice", "sync.invite", DESK),
        key("i", "ask_again", "new invitation", "Ask to be let in with a new invitation", "sync.ask-again", DESK),
        key("w", "uncounted", "not counted", "Show what you wrote that does not count", "sync.uncounted", DESK),
        key("b", "both_count", "both count", "Let both ways of a stopped stream count, or agree to it", "sync.both", DESK),
        key("o", "revoke", "shut out", "Shut out the marked desk, or agree to it", "sync.revoke", DESK),
        *arrows("sync", above="The desk before", below="The next desk"),
        key("escape", "back", "back", "Go back", "sync.back", DESK),
    ]  # fmt: skip

    NEEDS: ClassVar = {
        "revoke": "sync.revoke",
        "both_count": "sync.both-count",
        "invite": "sync.invite",
        "place": "desk.setup",
    }

    @dataclass
    class Went(Message):
        """How far a sync has got, in words; ``done`` is its result, ``why`` what stopped it."""

        words: str = ""
        done: Synced | None = None
        why: str = ""
        stopped: bool = False

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.halt: Event | None = None
        self.stands: Standing | None = None
        self.uncounted = ""
        self.seen = -1
        self.at = 0

    def compose(self) -> ComposeResult:
        yield Header(self.desk.name, "Sync")
        with VerticalScroll(id="all"):
            yield Static("", id="stands", markup=False)
        yield Static("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_interval(1, self._look)
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.allows(action):
            return False
        if action == "revoke":
            return bool(self.marked and not self.marked.shut)
        if action == "both_count":
            return bool(self.stands and self.stands.splits)
        if action == "uncounted":
            return bool(self.uncounted)
        if action == "invite":
            return not self._asking
        if action == "ask_again":
            return self._asking and self.halt is None
        if action == "place":
            return self.halt is None
        if action == "stop":
            return self.halt is not None
        if action == "sync":
            return self.halt is None and bool(self.stands and self.stands.place)
        if action == "conflicts":
            return bool(self.stands and self.stands.conflicts)
        return True

    def _look(self) -> None:
        """Reads again once anything was written."""
        if self.is_current and self.seen != self.desk.store.changes():
            self.seen = self.desk.store.changes()
            self.stands = standing(self.desk.store, self.desk.actor)
            self.uncounted = uncounted.note(self.desk.store, self.desk.actor)
            self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        if self.stands:
            self.at = min(self.at, max(0, len(self.stands.others) - 1))
            self.query_one("#stands", Static).update(
                words(self.stands, self.at, self.size.width - 2, self.uncounted)
            )
        self.refresh_bindings()

    @property
    def _asking(self) -> bool:
        """Whether this desk waits to be let in."""
        return bool(self.stands and self.stands.asking)

    @property
    def marked(self) -> Other | None:
        others = self.stands.others if self.stands else ()
        return others[self.at] if self.at < len(others) else None

    # -- syncing -----------------------------------------------------------------------------------

    def action_sync(self) -> None:
        self.halt = Event()
        self.refresh_bindings()
        self.say("Looking …")
        in_own_thread(partial(self._sync, self.halt))

    def _sync(self, halt: Event) -> None:
        def went(what: str, done: int, of: int) -> None:
            self.post_message(self.Went(f"{what} {done:,} of {of:,}"))

        done = run.attempt(self.desk, went, halt)
        if isinstance(done, str):
            self.post_message(self.Went(why=done))
        else:
            self.post_message(self.Went(done=done, stopped=halt.is_set()))

    def on_sync_screen_went(self, event: Went) -> None:
        if event.done is None and not event.why:
            if self.halt is not None and not self.halt.is_set():
                self.say(f"Syncing: {event.words}. x stops it.")
            return
        self.halt = None
        self.refresh_bindings()
        if event.why:
            self.say(event.why)
        elif event.done is not None:
            done = event.done
            text = f"Sent {done.sent:,}, received {done.received:,}."
            if event.stopped:
                text = f"Stopped. {text} s goes on from there."
            self.say(" ".join((text, *done.notes, *done.problems)))

    def action_stop(self) -> None:
        """Stops after the present file."""
        if self.halt is not None:
            self.halt.set()
            self.say("Stopping after this file …")

    async def action_conflicts(self) -> None:
        from spoc.screens.sync.conflicts import ConflictsScreen

        await self.app.push_screen(ConflictsScreen(self.desk))

    async def action_uncounted(self) -> None:
        from spoc.screens.sync.uncounted import UncountedScreen

        await self.app.push_screen(UncountedScreen(self.desk), lambda _: self._look_again())

    def _look_again(self) -> None:
        self.seen = -1
        self._look()

    # -- the place, and who comes to it --------------------------------------------------------------

    def action_place(self) -> None:
        from spoc.screens.sync.place import PlaceScreen

        def named(place: str | None) -> None:
            if place:
                self._look_again()
                self.action_sync()

        self.app.push_screen(PlaceScreen(self.desk), named)

    def action_invite(self) -> None:
        from spoc.screens.sync.inviting import InvitedScreen, InviteScreen

        card = InviteScreen(self.desk)

        def invited(code: str | None) -> None:
            if code:
                self.app.push_screen(InvitedScreen(card.invited, card.file, code))

        self.app.push_screen(card, invited)

    def action_ask_again(self) -> None:
        from spoc.screens.sync.asking_again import AskAgainScreen

        self.app.push_screen(
            AskAgainScreen(self.desk), lambda asked: self.action_sync() if asked else None
        )

    # -- shutting out --------------------------------------------------------------------------------

    def action_mark(self, step: int) -> None:
        if self.stands and self.stands.others:
            self.at = (self.at + step) % len(self.stands.others)
            self._show()

    def action_revoke(self) -> None:
        other = self.marked
        if other is None:
            return
        store, actor = self.desk.store, self.desk.actor
        self._decide_with_a_second(
            f"Shut out {other.name}",
            "What it writes from now on counts nowhere, and the key of the service is changed.",
            other.id.hex(),
            "This takes two people, and nobody else in the service may do it: type the recovery code instead.",
            lambda: shut_out.second_wanted(store.reader, actor.id, other.id),
            lambda why, seed: shut_out.ask(store, actor, other.id, why, code=seed),
            f"Recorded: {other.name} is shut out once two people have asked; its line shows how far that is.",
        )

    def action_both_count(self) -> None:
        if not self.stands or not self.stands.splits:
            return
        split = self.stands.splits[0]
        store, actor = self.desk.store, self.desk.actor
        self._decide_with_a_second(
            "Both ways count",
            "All of it comes in, at every desk. What is not true of it can be taken out as usual.",
            split.stream,
            "This takes two people, and nobody else in the service may agree: type the recovery code instead.",
            lambda: both_ways.second_wanted(store.reader, actor.id),
            lambda why, seed: both_ways.let_count(store, actor, split.stream, why, code=seed),
            "Recorded: both count once two people have agreed. Then press s to tell the other desks.",
        )

    def _decide_with_a_second(
        self,
        title: str,
        words: str,
        about: str,
        second_words: str,
        second_wanted: Callable[[], bool],
        act: "Callable[[str, bytes], Future[Any]]",
        recorded: str,
    ) -> None:
        """Asks for a reason, and for the recovery code if it takes two and nobody else could be the second; then
        acts with the reason and the code's seed (b"" without one), and says that it is recorded."""

        def decide(why: str, code: str = "") -> None:
            def write() -> "Future[Any]":
                return act(why, seed_of_code(self.desk, code) if code else b"")

            when_written(self, write, lambda error: self.say(error or recorded))

        def because(why: str | None) -> None:
            if not why:
                return
            if not second_wanted():
                decide(why)
                return
            card = ReasonScreen(
                self.desk, title, second_words, about, label="Recovery code", secret=True
            )
            self.app.push_screen(card, lambda code: decide(why, code) if code else None)

        self.app.push_screen(ReasonScreen(self.desk, title, words, about), because)

    def action_back(self) -> None:
        self.dismiss(None)
